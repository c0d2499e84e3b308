//! One media playlist over time: when something new comes, and how much is there when something leaves.

use std::time::Duration;

use springhead_core::MonoTime;
use springhead_manifest::Seconds;
use springhead_manifest::hls::MediaPlaylist;

use crate::Finding;
use crate::finding::{Report, rules};

/// One fetch of the playlist. Between the two instants the server looked at it.
#[derive(Clone, Copy, Debug)]
pub struct Fetch<'a> {
    /// When the request was sent.
    pub sent: MonoTime,
    /// When the answer was there.
    pub received: MonoTime,
    /// The answer.
    pub playlist: &'a MediaPlaylist,
}

/// The fetches of one playlist. Feed each to [`fetched`](Self::fetched), in order.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    segment: Option<Newest>,
    part: Option<Newest>,
    first: Option<u64>,
}

/// The newest of its kind: how many there were, and when it was seen first.
#[derive(Clone, Copy, Debug)]
struct Newest {
    at: (u64, usize),
    seen: MonoTime,
}

/// What one fetch shows of the pace: for how long there was surely nothing new.
struct Waits<'a> {
    playlist: &'a MediaPlaylist,
    for_segment: Duration,
    for_part: Duration,
    /// Whether segments left since the fetch before.
    slid: bool,
}

rules! {
    for Waits<'_>:
    long_enough => "H-14", "rfc8216bis §6.2.2", Error,
        "nothing leaves while three target durations would not be left", "players that are behind find their segments gone";
    segments => "H-16", "rfc8216bis §6.2.1", Error,
        "a segment comes within one and a half target durations of the one before",
        "AVPlayer fails with -12888 after two target durations; others run dry";
    parts => "L-08", "rfc8216bis §6.2.1", Warning,
        "a part comes within a part target of the one before", "players at PART-HOLD-BACK run dry";
}

impl Pace {
    /// Checks how long it took until this fetch, or has taken up to it. Each wait is reported by the fetch that ends it,
    /// and by those before that are late already.
    ///
    /// A wait counts from when the newest was received to when a request was sent whose answer had nothing newer: it may
    /// have been longer, never shorter, whatever the network did. Only an answer that was held tells more: what is new in
    /// it came when it was received.
    pub fn fetched(&mut self, fetch: Fetch<'_>) -> Vec<Finding> {
        let playlist = fetch.playlist;
        let next = playlist.next_media_sequence();
        let open = playlist.open.as_ref().map_or(0, |open| open.parts.len());
        let slid = self.first.replace(playlist.media_sequence).is_some_and(|first| first < playlist.media_sequence);
        let waits = Waits {
            playlist,
            slid,
            for_segment: waited(&mut self.segment, (next, 0), fetch),
            for_part: waited(&mut self.part, (next, open), fetch),
        };
        if playlist.end_list { Vec::new() } else { run(&waits) }
    }
}

fn waited(newest: &mut Option<Newest>, at: (u64, usize), fetch: Fetch<'_>) -> Duration {
    let known = newest.get_or_insert(Newest { at, seen: fetch.received });
    let wait = fetch.sent.saturating_since(known.seen);
    if known.at == at {
        return wait;
    }
    // An answer that took a while was held for what is new in it. A quarter of a second is the network's.
    let took = fetch.received.saturating_since(fetch.sent).saturating_sub(Duration::from_millis(250));
    let wait = wait.saturating_add(took);
    *known = Newest { at, seen: fetch.received };
    wait
}

fn long_enough(waits: &Waits<'_>, report: &mut Report<'_>) {
    let playlist = waits.playlist;
    if !waits.slid || playlist.skip.is_some() {
        return;
    }
    let left: Seconds = playlist.segments.iter().map(|segment| segment.duration).sum();
    let least = Seconds::from_secs(playlist.target_duration).times(3);
    // Durations are rounded one by one.
    if left + Seconds::from_millis(1).times(playlist.segments.len() as u64) < least {
        report.at("EXT-X-MEDIA-SEQUENCE", format_args!("segments left, and {left} are listed, below {least}"));
    }
}

fn segments(waits: &Waits<'_>, report: &mut Report<'_>) {
    let most = Duration::from(Seconds::from_secs(waits.playlist.target_duration)) * 3 / 2;
    if waits.for_segment > most {
        let next = waits.playlist.next_media_sequence();
        let message =
            format_args!("{} ms without a segment, above {}", waits.for_segment.as_millis(), most.as_millis());
        report.at(format_args!("segment {next}"), message);
    }
}

fn parts(waits: &Waits<'_>, report: &mut Report<'_>) {
    let Some(target) = waits.playlist.part_target else { return };
    // Half a target more, as it is a client that looks at the clock.
    let most = Duration::from(target) * 3 / 2;
    if waits.for_part > most {
        let next = waits.playlist.next_media_sequence();
        let message = format_args!("{} ms without a part, above {}", waits.for_part.as_millis(), most.as_millis());
        report.at(format_args!("a part of segment {next}"), message);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{BrokenInputs, broken};

    fn playlist(segments: usize, parts: usize) -> MediaPlaylist {
        let segments = "#EXTINF:2,\na\n".repeat(segments);
        let parts = "#EXT-X-PART:DURATION=1,URI=\"p\"\n".repeat(parts);
        let text = format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART-INF:PART-TARGET=1\n{segments}{parts}");
        MediaPlaylist::parse(&text).unwrap()
    }

    fn millis(at: u64) -> MonoTime {
        MonoTime(at * 1_000_000)
    }

    /// What is said over fetches that were sent and received at these milliseconds, with so many segments and parts.
    fn over(fetches: &[(u64, u64, usize, usize)]) -> Vec<Finding> {
        let mut pace = Pace::default();
        let each = fetches.iter().flat_map(|(sent, received, segments, parts)| {
            let playlist = playlist(*segments, *parts);
            pace.fetched(Fetch { sent: millis(*sent), received: millis(*received), playlist: &playlist })
        });
        each.collect()
    }

    const LATE_SEGMENT: &[(u64, u64, usize, usize)] =
        &[(0, 10, 3, 0), (10, 900, 3, 1), (900, 1_900, 3, 2), (1_900, 2_900, 3, 3), (2_900, 3_900, 3, 4)];
    const LATE_PART: &[(u64, u64, usize, usize)] = &[(0, 10, 3, 0), (10, 2_000, 3, 1)];

    pub(crate) fn broken_inputs() -> BrokenInputs {
        let mut pace = Pace::default();
        let short = [4, 5].map(|media_sequence| {
            let playlist = MediaPlaylist { media_sequence, ..playlist(2, 0) };
            pace.fetched(Fetch { sent: millis(0), received: millis(0), playlist: &playlist })
        });
        vec![
            ("H-14", short.concat()),
            ("H-16", over(&[LATE_SEGMENT, &[(3_900, 4_000, 3, 5)]].concat())),
            ("L-08", over(LATE_PART)),
            ("L-08", over(&[(0, 10, 3, 0), (1_600, 1_610, 3, 0)])),
        ]
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (n, (id, findings)) in broken_inputs().into_iter().enumerate() {
            assert_eq!(broken(&findings), [id], "case {n}");
        }
    }

    #[test]
    fn media_that_comes_in_time_has_no_finding() {
        assert_eq!(over(LATE_SEGMENT), [], "three seconds are not over yet when the last request is sent");
        let steady: Vec<_> = (0..20u64).map(|n| (n * 1_000, n * 1_000 + 990, n as usize / 2, n as usize % 2)).collect();
        assert_eq!(over(&steady), []);
    }

    #[test]
    fn a_slow_network_is_not_the_servers_fault() {
        assert_eq!(over(&[(0, 10, 3, 0), (1_000, 1_200, 3, 1), (2_600, 2_800, 4, 0)]), []);
    }

    #[test]
    fn nothing_comes_after_the_end() {
        let ended = MediaPlaylist { end_list: true, ..playlist(3, 0) };
        let mut pace = Pace::default();
        for at in [0, 60_000] {
            assert_eq!(pace.fetched(Fetch { sent: millis(at), received: millis(at), playlist: &ended }), []);
        }
    }
}
