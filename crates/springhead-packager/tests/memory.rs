//! What a packager holds of messages besides the media, against what docs/memory.md says of it.

use std::alloc::System;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use springhead_core::AccessUnit;
use springhead_packager::{Packager, PackagerConfig, Presentation, Splice};
use springhead_testkit::{
    SPLICES, Source, SourceOptions, SpliceSection, TAGS, VirtualClock, interleaved, message, with_messages,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time, as each looks at the memory of the whole process.
static TURN: Mutex<()> = Mutex::new(());

/// What is said of memory may be wrong by this factor.
const ROOM: usize = 2;
/// A range here and in the snapshot, with its key, its id, and the counts of its sections.
const RANGE: usize = 2 * size_of::<Splice>() + 160;
/// The numbers that events had.
const NUMBERS: usize = 4 << 10;
/// A tag that waits.
const TAG: usize = 48;

fn live_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// A packager eight seconds into a broadcast with messages, its newest snapshot, and the memory of both.
fn after(messages: impl FnOnce() -> Vec<AccessUnit>) -> (Packager, Arc<Presentation>, usize) {
    let before = live_bytes();
    let mut packager = Packager::new(PackagerConfig::default()).unwrap();
    let mut newest = None;
    {
        let mut clock = VirtualClock::default();
        let source = Source::new(SourceOptions { size: (64, 64), ..SourceOptions::default() });
        let tracks = with_messages(&source.tracks());
        for unit in interleaved(source.until(Duration::from_secs(8)), messages()) {
            clock.advance_to(unit.arrival);
            packager.handle_unit(&unit, &tracks, clock.now());
            newest = packager.poll_snapshot(clock.now()).or(newest);
        }
    }
    (packager, newest.expect("segments are complete"), live_bytes() - before)
}

/// The memory of a packager of the same media without messages.
fn without() -> usize {
    // What is made once in a process is so before it is measured.
    let [_, measured] = [(); 2].map(|()| after(Vec::new).2);
    measured
}

fn compare(what: &str, measured: usize, said: usize) {
    eprintln!("{what}: {measured} bytes, {said} by the formula");
    assert!(measured <= said * ROOM && said <= measured * ROOM, "{what}: {measured} bytes and not about {said}");
}

#[test]
fn date_ranges_take_what_is_said_of_them() {
    let _turn = TURN.lock();
    let without = without();
    // Announced long before they begin, so that the media is cut as it is without them, and out of large buffers.
    let section = |n: u32, out| {
        let section = SpliceSection::insert(n, out, Some((20 + 4 * u64::from(!out)) * 90_000), None);
        let stuffed = [&section.to_bytes()[..], &[0xff; 64 << 10]].concat();
        message(SPLICES, Duration::from_millis(3_000 + u64::from(n)), stuffed)
    };
    let (packager, snapshot, with) = after(|| (0..256).flat_map(|n| [section(n, true), section(n, false)]).collect());
    assert_eq!((snapshot.splices.len(), packager.stats().lost_messages), (128, 256));
    let sections = snapshot.splices.iter().flat_map(|splice| [&splice.out, &splice.back]).flatten();
    let sections: usize = sections.map(|message| message.section.len()).sum();
    compare("128 date ranges", with - without, 128 * RANGE + sections + NUMBERS);
}

#[test]
fn tags_that_wait_take_what_is_said_of_them() {
    let _turn = TURN.lock();
    let without = without();
    // Of a moment that is an hour away.
    let tag = |n: u64| {
        let head = b"ID3\x04\0\0\0\0\x0f\x76";
        let mut tag = message(TAGS, Duration::from_millis(3_000 + n), [&head[..], &[0; 2038]].concat());
        tag.dts.0 += 3_600 * 90_000;
        tag
    };
    let (packager, _snapshot, with) = after(|| (0..100).map(tag).collect());
    assert_eq!(packager.stats().lost_messages, 100 - 32);
    compare("tags for one rendition", with - without, 32 * (TAG + 2048) + NUMBERS);
}
