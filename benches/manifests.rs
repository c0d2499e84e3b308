//! What does it cost to write a manifest?
//!
//! | rows | question | rivals in the same run |
//! |---|---|---|
//! | `hls` | a media playlist of so many segments, with and without dates | m3u8-rs, arcly-stream (no dates), the digits alone |
//! | `mpd` | an MPD whose timeline has so many `S`, none like the one before, or a few runs of equal ones | dash-mpd-core, arcly-stream |
//!
//! "The digits alone" writes the same text of segments with integers printed by hand and everything else known beforehand: what
//! formatting of integers costs, and a floor for whoever makes such a text anew.
#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::hint::black_box;

use arcly_stream::packager;
use springhead_benches::turns;
use springhead_core::WallTime;
use springhead_manifest::Seconds;
use springhead_manifest::dash::{AdaptationSet, Mpd, Period, Representation, SegmentTemplate, SegmentTimeline};
use springhead_manifest::hls::{MediaPlaylist, Segment};

const LENGTHS: [usize; 4] = [30, 300, 1800, 10_800];
/// 2026-11-22T00:00:00Z
const BEGINNING: i64 = 1_795_305_600_000_000_000;
const FIRST: u64 = 100_000;

fn micros(n: usize) -> u64 {
    2_000_000 + (n % 7) as u64 * 1001
}

fn playlist(segments: usize, dated: bool) -> MediaPlaylist {
    let mut at = BEGINNING;
    let segment = |n: usize| {
        let program_date_time = dated.then_some(WallTime(at / 1_000_000 * 1_000_000));
        at += micros(n) as i64 * 1000;
        let uri = format!("0-{}.m4s", FIRST + n as u64);
        Segment { uri, duration: Seconds::from_micros(micros(n)), program_date_time, ..Segment::default() }
    };
    let segments = (0..segments).map(segment).collect();
    MediaPlaylist { target_duration: 2, media_sequence: FIRST, segments, ..MediaPlaylist::default() }
}

fn by_m3u8_rs(segments: usize, dated: bool) -> m3u8_rs::MediaPlaylist {
    let segment = |n: usize| m3u8_rs::MediaSegment {
        uri: format!("0-{}.m4s", FIRST + n as u64),
        duration: micros(n) as f32 / 1e6,
        program_date_time: dated.then(|| {
            let at = BEGINNING + n as i64 * 2_003_000_000;
            format!("{}", WallTime(at)).parse().expect("a date")
        }),
        ..m3u8_rs::MediaSegment::default()
    };
    let segments = (0..segments).map(segment).collect();
    m3u8_rs::MediaPlaylist { target_duration: 2, media_sequence: FIRST, segments, ..m3u8_rs::MediaPlaylist::default() }
}

fn by_arcly(segments: usize) -> packager::HlsPlaylist {
    let mut playlist = packager::HlsPlaylist::new(2, segments);
    for n in 0..segments {
        let uri = format!("0-{}.m4s", FIRST + n as u64);
        let duration = micros(n) as f64 / 1e6;
        playlist.push(packager::Segment { seq: FIRST + n as u64, duration, uri, discontinuity: false, parts: vec![] });
    }
    playlist
}

fn digits(out: &mut String, mut value: u64, width: usize) {
    let mut text = [b'0'; 20];
    let mut at = text.len();
    while value > 0 {
        at -= 1;
        text[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    let from = at.min(text.len() - width.max(1));
    out.push_str(std::str::from_utf8(&text[from..]).expect("digits"));
}

/// The lines of segments, of which all but the durations is known.
fn digits_alone(playlist: &MediaPlaylist) -> String {
    let mut out = String::with_capacity(512 + 96 * playlist.segments.len());
    for segment in &playlist.segments {
        if let Some(WallTime(at)) = segment.program_date_time {
            out.push_str("#EXT-X-PROGRAM-DATE-TIME:2026-11-22T");
            digits(&mut out, (at / 3_600_000_000_000 % 24) as u64, 2);
            out.push(':');
            digits(&mut out, (at / 60_000_000_000 % 60) as u64, 2);
            out.push(':');
            digits(&mut out, (at / 1_000_000_000 % 60) as u64, 2);
            out.push('.');
            digits(&mut out, (at / 1_000_000 % 1000) as u64, 3);
            out.push_str("Z\n");
        }
        out.push_str("#EXTINF:");
        digits(&mut out, segment.duration.micros() / 1_000_000, 1);
        out.push('.');
        digits(&mut out, segment.duration.micros() % 1_000_000, 6);
        out.push_str(",\n");
        out.push_str(&segment.uri);
        out.push('\n');
    }
    out
}

/// m3u8-rs writes into what it is given, which is as large as it has to be.
fn rendered_by_m3u8_rs(playlist: &m3u8_rs::MediaPlaylist, out: &mut Vec<u8>) {
    out.clear();
    playlist.write_to(out).expect("writing to memory does not fail");
}

fn hls() {
    println!("\n| media playlist | µs | of digits alone | of m3u8-rs 6 | of arcly-stream 0.8.3 |");
    println!("|---|---:|---:|---:|---:|");
    for segments in LENGTHS {
        if turns::asked_for(&format!("manifests hls plain {segments}")) {
            let (ours, theirs, arcly) = (playlist(segments, false), by_m3u8_rs(segments, false), by_arcly(segments));
            same_lines(&ours);
            let mut out = Vec::with_capacity(1 << 20);
            let rounds = turns::take([
                turns::call(|| black_box(&ours).render()),
                turns::call(|| digits_alone(black_box(&ours))),
                turns::call(|| rendered_by_m3u8_rs(black_box(&theirs), &mut out)),
                turns::call(|| black_box(&arcly).render()),
            ]);
            println!(
                "| {segments} segments | {:.1} | {:.2} | {:.2} | {:.2} |",
                rounds.median(|[ours, ..]| ours / 1e3),
                rounds.median(|[ours, digits, ..]| ours / digits),
                rounds.median(|[ours, _, m3u8_rs, _]| ours / m3u8_rs),
                rounds.median(|[ours, .., arcly]| ours / arcly),
            );
        }
        if turns::asked_for(&format!("manifests hls dated {segments}")) {
            let (ours, theirs) = (playlist(segments, true), by_m3u8_rs(segments, true));
            same_lines(&ours);
            let mut out = Vec::with_capacity(1 << 20);
            let rounds = turns::take([
                turns::call(|| black_box(&ours).render()),
                turns::call(|| digits_alone(black_box(&ours))),
                turns::call(|| rendered_by_m3u8_rs(black_box(&theirs), &mut out)),
            ]);
            println!(
                "| {segments} segments with dates | {:.1} | {:.2} | {:.2} | |",
                rounds.median(|[ours, ..]| ours / 1e3),
                rounds.median(|[ours, digits, _]| ours / digits),
                rounds.median(|[ours, _, m3u8_rs]| ours / m3u8_rs),
            );
        }
    }
}

fn same_lines(playlist: &MediaPlaylist) {
    assert!(digits_alone(playlist).len() + 200 > playlist.render().len(), "the same lines");
}

/// Durations that differ from one to the next, or change once in three hundred.
fn durations(segments: usize, runs: bool) -> impl Iterator<Item = (u64, u64)> {
    let mut at = 900_000;
    (0..segments).map(move |n| {
        let d = 180_000 + if runs { (n / 300) as u64 * 90 } else { (n % 2) as u64 * 90 };
        let t = at;
        at += d;
        (t, d)
    })
}

fn mpd(segments: usize, runs: bool) -> Mpd {
    let template = SegmentTemplate {
        timescale: Some(90_000),
        media: Some("$RepresentationID$/0-$Number$.m4s".into()),
        initialization: Some("$RepresentationID$/init-0.mp4".into()),
        start_number: Some(FIRST),
        timeline: Some(SegmentTimeline::from_segments(durations(segments, runs))),
        ..SegmentTemplate::default()
    };
    let representation = Representation { id: "v1".into(), bandwidth: 5_000_000, ..Representation::default() };
    let set = AdaptationSet {
        id: Some(1),
        segment_template: Some(template),
        representations: vec![representation],
        ..AdaptationSet::default()
    };
    let period = Period { id: Some("0".into()), adaptation_sets: vec![set], ..Period::default() };
    Mpd { id: Some("live".into()), periods: vec![period], ..Mpd::default() }
}

fn mpd_by_dash_mpd(segments: usize, runs: bool) -> dash_mpd_core::MPD {
    let timeline = SegmentTimeline::from_segments(durations(segments, runs));
    let s = |s: &springhead_manifest::dash::S| dash_mpd_core::S {
        t: s.t,
        d: s.d,
        r: (s.r != 0).then_some(s.r.into()),
        ..dash_mpd_core::S::default()
    };
    let segments = timeline.s.iter().map(s).collect();
    let template = dash_mpd_core::SegmentTemplate {
        timescale: Some(90_000),
        media: Some("$RepresentationID$/0-$Number$.m4s".into()),
        initialization: Some("$RepresentationID$/init-0.mp4".into()),
        startNumber: Some(FIRST),
        SegmentTimeline: Some(dash_mpd_core::SegmentTimeline { segments }),
        ..Default::default()
    };
    let representation =
        dash_mpd_core::Representation { id: Some("v1".into()), bandwidth: Some(5_000_000), ..Default::default() };
    let set = dash_mpd_core::AdaptationSet {
        id: Some("1".into()),
        SegmentTemplate: Some(template),
        representations: vec![representation],
        ..Default::default()
    };
    let period = dash_mpd_core::Period { id: Some("0".into()), adaptations: vec![set], ..Default::default() };
    dash_mpd_core::MPD { id: Some("live".into()), periods: vec![period], ..Default::default() }
}

fn dash() {
    println!("\n| MPD | µs | of dash-mpd-core | of arcly-stream 0.8.3 |\n|---|---:|---:|---:|");
    for segments in LENGTHS {
        if turns::asked_for(&format!("manifests mpd each {segments}")) {
            let (ours, theirs) = (mpd(segments, false), mpd_by_dash_mpd(segments, false));
            let mut arcly = packager::DashManifest::new(segments);
            durations(segments, false).zip(FIRST..).for_each(|((t, d), n)| arcly.push(n, t / 90, d / 90));
            let rounds = turns::take([
                turns::call(|| black_box(&ours).render()),
                turns::call(|| black_box(&theirs).to_string()),
                turns::call(|| black_box(&arcly).render()),
            ]);
            println!(
                "| {segments} segments, an `S` each | {:.1} | {:.2} | {:.2} |",
                rounds.median(|[ours, ..]| ours / 1e3),
                rounds.median(|[ours, dash_mpd, _]| ours / dash_mpd),
                rounds.median(|[ours, _, arcly]| ours / arcly),
            );
        }
        if turns::asked_for(&format!("manifests mpd runs {segments}")) {
            let (ours, theirs) = (mpd(segments, true), mpd_by_dash_mpd(segments, true));
            let rounds = turns::take([
                turns::call(|| black_box(&ours).render()),
                turns::call(|| black_box(&theirs).to_string()),
            ]);
            println!(
                "| {segments} segments, runs of `S` | {:.1} | {:.2} | |",
                rounds.median(|[ours, _]| ours / 1e3),
                rounds.median(|[ours, dash_mpd]| ours / dash_mpd),
            );
        }
    }
}

fn main() {
    hls();
    dash();
}
