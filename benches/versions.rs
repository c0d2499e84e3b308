//! What does a new version of a manifest cost, when a part or a segment has come and the window is long?
//!
//! | row | question | rival in the same run |
//! |---|---|---|
//! | `hls` | the media playlist of so many segments, one part later; its delta update | m3u8-rs, which renders a playlist of as many segments anew |
//! | `mpd` | the MPD, one segment later | dash-mpd-core, which renders an MPD of as many segments anew |
//!
//! Ours is what the origin does for the first who asks: from the snapshot of the broadcast to the bytes of an answer and their
//! entity tag. The rivals are given a model that is ready, and make no tag. What it takes to package the media is in
//! neither.
//!
//! ```text
//! cargo bench -p springhead-benches --bench versions
//! ```
#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use springhead_benches::{encoded, turns};
use springhead_core::{
    AccessUnit, Generation, MonoTime, Now, TickDelta, Ticks, TimelineId, Timestamp, TrackId, TrackSet, UnitFlags,
    WallTime,
};
use springhead_packager::{Dvr, Manifest, Packager, PackagerConfig, Presentation, Rendition};

const LENGTHS: [usize; 2] = [1800, 10_800];
/// Pictures of 200 ms each, of which ten are a segment and each is a part.
const PICTURE: Duration = Duration::from_millis(200);
const PICTURES: u64 = 10;
/// 2026-11-22T00:00:00Z
const BEGINNING: i64 = 1_795_305_600_000_000_000;

/// A broadcast with a window of so many segments that is full.
struct Broadcast {
    packager: Packager,
    tracks: Arc<TrackSet>,
    payload: Bytes,
    next: u64,
    newest: Arc<Presentation>,
}

impl Broadcast {
    fn new(segments: usize) -> Self {
        let tracks = Arc::new(TrackSet::new(Generation(0), TimelineId(0), vec![encoded()]));
        let time = PICTURE * PICTURES as u32 * segments as u32;
        let config = PackagerConfig {
            segment: Duration::from_secs(2),
            part: PICTURE,
            dvr: Dvr { time, segments, ..Dvr::default() },
            ..PackagerConfig::default()
        };
        let mut packager = Packager::new(config).expect("a configuration like this");
        let payload = Bytes::from_static(b"\0\0\0\x05\x65\x88\x84\0\x21");
        let mut next = 0;
        let newest = loop {
            let newest = step(&mut packager, &tracks, &payload, &mut next);
            if next > (segments as u64 + 20) * PICTURES
                && let Some(newest) = newest
            {
                break newest;
            }
        };
        Self { packager, tracks, payload, next, newest }
    }

    /// Goes on until a version is there that `is_new`.
    fn until(&mut self, is_new: impl Fn(&Presentation, &Presentation) -> bool) {
        let old = self.newest.clone();
        while !is_new(&old, &self.newest) {
            if let Some(newest) = step(&mut self.packager, &self.tracks, &self.payload, &mut self.next) {
                self.newest = newest;
            }
        }
    }

    fn pictures(&self) -> &Rendition {
        &self.newest.renditions[0]
    }
}

fn step(packager: &mut Packager, tracks: &Arc<TrackSet>, payload: &Bytes, next: &mut u64) -> Option<Arc<Presentation>> {
    let n = *next;
    *next += 1;
    let since = PICTURE.as_nanos() as u64 * n;
    let now = Now { mono: MonoTime(since), wall: WallTime(BEGINNING + since as i64) };
    let unit = AccessUnit {
        track: TrackId(1),
        dts: Timestamp(n as i64 * 18_000),
        composition_offset: TickDelta(0),
        duration: Ticks(18_000),
        flags: if n.is_multiple_of(PICTURES) { UnitFlags::RANDOM_ACCESS } else { UnitFlags::empty() },
        arrival: now.mono,
        payload: payload.clone().into(),
    };
    packager.handle_unit(&unit, tracks, now);
    packager.poll_snapshot(now)
}

/// Makes a version for each call, and says how long it took from the snapshot on.
fn versions<'a>(
    segments: usize,
    is_new: impl Fn(&Presentation, &Presentation) -> bool + 'a,
    make: impl Fn(&Presentation, &Rendition) -> Arc<Manifest> + 'a,
) -> turns::Contender<'a> {
    let mut broadcast = Broadcast::new(segments);
    make(&broadcast.newest, broadcast.pictures());
    Box::new(move |count| {
        let mut spent = Duration::ZERO;
        for _ in 0..count {
            broadcast.until(&is_new);
            let start = Instant::now();
            let made = make(&broadcast.newest, broadcast.pictures());
            spent += start.elapsed();
            assert!(!made.body.is_empty());
        }
        spent
    })
}

fn hls(segments: usize) {
    let row = format!("hls {segments}");
    if !turns::asked_for(&row) {
        return;
    }
    let later = |old: &Presentation, new: &Presentation| new.playlist_version > old.playlist_version;
    let text = {
        let broadcast = Broadcast::new(segments);
        let text = broadcast.newest.playlist(broadcast.pictures()).text();
        assert!(text.matches("#EXTINF").count() >= segments, "the window is full");
        text
    };
    let theirs = m3u8_rs::parse_media_playlist_res(text.as_bytes()).expect("a media playlist");
    let mut out = Vec::with_capacity(text.len());
    let rounds = turns::take([
        versions(segments, later, |snapshot, pictures| snapshot.playlist(pictures)),
        versions(segments, later, |snapshot, pictures| snapshot.delta(pictures).expect("there is much to skip")),
        turns::call(|| {
            out.clear();
            theirs.write_to(&mut out).expect("writing to memory does not fail");
        }),
    ]);
    println!(
        "| {row} | {:.1} | {:.1} | {:.0} | 1/{:.0} |",
        rounds.median(|[ours, ..]| ours / 1e3),
        rounds.median(|[_, delta, _]| delta / 1e3),
        rounds.median(|[.., theirs]| theirs / 1e3),
        rounds.median(|[ours, _, theirs]| theirs / ours),
    );
}

fn mpd(segments: usize) {
    let row = format!("mpd {segments}");
    if !turns::asked_for(&row) {
        return;
    }
    let later = |old: &Presentation, new: &Presentation| new.mpd_version > old.mpd_version;
    let text = Broadcast::new(segments).newest.mpd().text();
    let theirs = dash_mpd_core::parse(&text).expect("an MPD");
    let rounds =
        turns::take([versions(segments, later, |snapshot, _| snapshot.mpd()), turns::call(|| theirs.to_string())]);
    println!(
        "| {row} | {:.1} | | {:.0} | 1/{:.1} |",
        rounds.median(|[ours, _]| ours / 1e3),
        rounds.median(|[_, theirs]| theirs / 1e3),
        rounds.median(|[ours, theirs]| theirs / ours),
    );
}

fn main() {
    println!("| microseconds for | a version | its delta update | rival | ratio |\n|---|---:|---:|---:|---:|");
    LENGTHS.into_iter().for_each(hls);
    LENGTHS.into_iter().for_each(mpd);
}
