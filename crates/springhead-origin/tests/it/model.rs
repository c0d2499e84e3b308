//! Every reload of a random broadcast, against a model that reads nothing but the full playlist.

use std::time::Duration;

use proptest::prelude::*;
use springhead_core::FrameRate;
use springhead_origin::respond::Answer;
use springhead_packager::PackagerConfig;
use springhead_testkit::SourceOptions;

use crate::history::{History, text};

/// What a playlist says of itself.
#[derive(Debug, Default)]
struct Read {
    target_duration: u64,
    part_target: u64,
    can_skip_until: u64,
    ended: bool,
    first: u64,
    /// Microseconds and parts of each listed segment.
    segments: Vec<(u64, u64)>,
    open_parts: u64,
}

/// What a request is to get.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Playlist { skipped: usize },
    Wait,
    BadRequest,
}

fn micros(text: &str) -> u64 {
    let text = text.split([',', '\n']).next().unwrap_or_default();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    whole.parse::<u64>().unwrap() * 1_000_000 + format!("{fraction:0<6}")[..6].parse::<u64>().unwrap()
}

fn attribute<'a>(line: &'a str, name: &str) -> &'a str {
    line.split([':', ',']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
}

fn read(text: &str) -> Read {
    let mut out = Read::default();
    let mut duration = 0;
    for line in text.lines() {
        if let Some(value) = line.strip_prefix("#EXT-X-TARGETDURATION:") {
            out.target_duration = value.parse().unwrap();
        } else if line.starts_with("#EXT-X-PART-INF:") {
            out.part_target = micros(attribute(line, "PART-TARGET"));
        } else if line.starts_with("#EXT-X-SERVER-CONTROL:") {
            out.can_skip_until = micros(attribute(line, "CAN-SKIP-UNTIL"));
        } else if let Some(value) = line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:") {
            out.first = value.parse().unwrap();
        } else if line.starts_with("#EXT-X-PART:") {
            out.open_parts += 1;
        } else if let Some(value) = line.strip_prefix("#EXTINF:") {
            duration = micros(value);
        } else if line == "#EXT-X-ENDLIST" {
            out.ended = true;
        } else if !line.is_empty() && !line.starts_with('#') {
            out.segments.push((duration, std::mem::take(&mut out.open_parts)));
        }
    }
    out
}

impl Read {
    /// rfc8216bis §6.2.5, in the order in which its paragraphs stand.
    fn expected(&self, msn: Option<u64>, part: Option<u64>, skip: bool) -> Expected {
        let playlist = Expected::Playlist { skipped: if skip { self.skippable() } else { 0 } };
        let Some(msn) = msn.filter(|_| !self.ended) else {
            return if self.ended { Expected::Playlist { skipped: 0 } } else { playlist };
        };
        let open = self.first + self.segments.len() as u64;
        if msn > open + 2 {
            return Expected::BadRequest;
        }
        let Some(mut part) = part else {
            return if msn < open { playlist } else { Expected::Wait };
        };
        let mut at = msn;
        if let Some(&(_, parts)) = msn.checked_sub(self.first).and_then(|at| self.segments.get(at as usize)) {
            if part < parts {
                return playlist;
            }
            (at, part) = (msn + 1, 0);
        }
        if at < open || (at == open && part < self.open_parts) {
            return playlist;
        }
        let limit = if self.part_target < 1_000_000 { 3_000_000_u64.div_ceil(self.part_target) } else { 3 };
        let listed = if at == open { self.open_parts } else { 0 };
        // The index of the last listed part is one less than their number.
        if part.saturating_add(1) > listed + limit { Expected::BadRequest } else { Expected::Wait }
    }

    /// The segments that lie wholly beyond the skip boundary, counted from the end of the last segment.
    fn skippable(&self) -> usize {
        let mut after: u64 = self.segments.iter().map(|segment| segment.0).sum();
        let old = |segment: &&(u64, u64)| {
            after -= segment.0;
            after >= self.can_skip_until
        };
        self.segments.iter().take_while(old).count()
    }
}

fn config() -> impl Strategy<Value = PackagerConfig> {
    (100_u64..=500, 500_u64..=2000, 6_u64..60).prop_map(|(part, segment, dvr)| {
        let mut config = PackagerConfig {
            part: Duration::from_millis(part),
            segment: Duration::from_millis(segment),
            chunk: Duration::from_millis(100),
            min_target_duration: Duration::from_secs(1),
            ..PackagerConfig::default()
        };
        config.dvr.time = Duration::from_secs(dvr);
        config
    })
}

fn source() -> impl Strategy<Value = SourceOptions> {
    (15_u32..=30, 10_u32..=45, 0_u32..=2, any::<bool>()).prop_map(|(num, gop, b_frames, sound)| SourceOptions {
        frame_rate: FrameRate { num, den: 1 },
        gop,
        b_frames,
        audio_rate: sound.then_some(48_000),
        unit_bytes: 100,
        size: (64, 64),
        ..SourceOptions::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn every_reload_is_answered_as_the_model_says(
        config in config(),
        source in source(),
        moments in proptest::collection::vec(1_u64..3000, 1..5),
        end in any::<bool>(),
    ) {
        let mut history = History::new(config, source);
        history.until_it(|_| true);
        let mut span = Duration::from_secs(7);
        for moment in moments {
            span += Duration::from_millis(moment * 4);
            history.until(span);
            check(&history)?;
        }
        if end { history.end() } else { history.interrupt() }
        check(&history)?;
    }
}

fn check(history: &History) -> Result<(), TestCaseError> {
    let full = text(history.playlist(""));
    let read = read(&full);
    let open = read.first + read.segments.len() as u64;
    let hold = Duration::from_secs(read.target_duration * 3).min(Duration::from_secs(9));
    let numbers = (read.first.saturating_sub(2)..open + 5).chain([0, u64::MAX]).map(Some).chain([None]);
    for msn in numbers {
        for part in [None].into_iter().chain((0..40).chain([u64::MAX - 1, u64::MAX]).map(Some)) {
            if msn.is_none() && part.is_some() {
                continue;
            }
            for skip in ["", "_HLS_skip=YES", "_HLS_skip=v2"] {
                let mut query: Vec<String> = Vec::new();
                query.extend(msn.map(|msn| format!("_HLS_msn={msn}")));
                query.extend(part.map(|part| format!("_HLS_part={part}")));
                query.extend((!skip.is_empty()).then(|| skip.to_owned()));
                let query = query.join("&");
                let answer = history.playlist(&query);
                let expected = read.expected(msn, part, !skip.is_empty());
                let got = match &answer {
                    Answer::Elsewhere(name) => panic!("a playlist is not at {name}"),
                    Answer::Wait { until } => {
                        prop_assert_eq!(*until, history.now() + hold);
                        Expected::Wait
                    }
                    Answer::Refused(refusal) => {
                        prop_assert_eq!(refusal.status(), 400);
                        Expected::BadRequest
                    }
                    Answer::Ready(_) => Expected::Playlist { skipped: merged(&full, &text(answer))? },
                };
                prop_assert_eq!(got, expected, "{} of\n{}", query, full);
            }
        }
    }
    Ok(())
}

/// How many segments an answer skips; it must be the end of the full playlist, of which only their URIs are gone.
fn merged(full: &str, answer: &str) -> Result<usize, TestCaseError> {
    let Some((head, tail)) = answer.split_once("#EXT-X-SKIP:SKIPPED-SEGMENTS=") else {
        prop_assert_eq!(full, answer);
        return Ok(0);
    };
    let (skipped, tail) = tail.split_once('\n').unwrap_or((tail, ""));
    let skipped: usize = skipped.parse().unwrap();
    let segments =
        |text: &str| text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    prop_assert_eq!(&segments(full)[skipped..], &segments(tail)[..]);
    prop_assert!(segments(head).is_empty());
    let sequence = |text: &str| text.lines().find(|line| line.starts_with("#EXT-X-MEDIA-SEQUENCE:")).map(str::to_owned);
    prop_assert_eq!(sequence(full), sequence(head));
    Ok(skipped)
}
