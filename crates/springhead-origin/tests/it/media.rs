//! Parts and segments: what is hinted, what is announced, what grows.

use std::time::Duration;

use springhead_core::{MediaSequence, Rope};
use springhead_origin::respond::{Content, Step, Target, growth};

use crate::history::{History, ready, status, until};

fn part(number: u64) -> Target {
    Target::Part { rendition: "v1".into(), init: 0, number }
}

fn segment(msn: u64) -> Target {
    Target::Segment { rendition: "v1".into(), period: None, msn: MediaSequence(msn) }
}

fn body(content: Content) -> Rope {
    match content {
        Content::Media(body) => body,
        other => panic!("no media: {other:?}"),
    }
}

fn next_part(history: &History) -> u64 {
    history.snapshot().rendition("v1").unwrap().next_part().unwrap().1
}

#[test]
fn a_hinted_part_can_be_asked_for_at_once_and_comes_whole() {
    let mut history = History::of(Duration::from_secs(6));
    for _ in 0..12 {
        // Whether the next part continues a segment or begins one, its hint comes true.
        let hinted = next_part(&history);
        let mut waits = 0;
        while next_part(&history) == hinted {
            until(history.ask(&part(hinted), ""));
            waits += 1;
            let snapshot = history.snapshot();
            history.until_it(|newer| !std::ptr::eq(newer, &*snapshot));
        }
        assert!(waits > 1, "chunks of the part came before it was whole");
        let snapshot = history.snapshot();
        let whole = snapshot.rendition("v1").unwrap().part(0, hinted).unwrap().1.body.clone();
        assert_eq!(body(ready(history.ask(&part(hinted), "")).content), whole);
    }
}

#[test]
fn a_hint_that_will_not_come_true_is_answered_with_404() {
    let mut history = History::of(Duration::from_secs(6));
    let hinted = next_part(&history);
    assert_eq!(status(history.ask(&part(hinted + 1), "")), 404);
    assert_eq!(status(history.ask(&part(u64::MAX), "")), 404);
    let received = history.now();
    until(history.ask(&part(hinted), ""));
    history.end();
    // What was open at the end became a part; the one that was to follow it will not come.
    let never = next_part(&history);
    assert_eq!(status(history.ask_since(&part(never), "", received)), 404);
}

#[test]
fn an_announced_segment_that_the_end_overtakes_is_empty_and_no_error() {
    let mut history = History::of(Duration::from_secs(6));
    // The last live MPD lists the segment that is being made and the one after it.
    let announced = history.live().0 + 1;
    let received = history.now();
    until(history.ask(&segment(announced), ""));
    history.end();
    let reply = ready(history.ask_since(&segment(announced), "", received));
    assert!(matches!(reply.content, Content::Media(ref body) if body.is_empty()));
    assert_eq!((reply.max_age, reply.immutable), (Duration::ZERO, false));
    assert_eq!(status(history.ask(&segment(announced + 2), "")), 404);
}

#[test]
fn a_segment_asked_for_a_little_early_is_waited_for_and_one_farther_ahead_is_not_there() {
    let mut history = History::of(Duration::from_secs(6));
    let (live, _) = history.live();
    let received = history.now();
    let deadline = until(history.ask(&segment(live + 1), ""));
    assert!(deadline <= received + Duration::from_secs(9));
    assert_eq!(status(history.ask(&segment(live + 2), "")), 404);
    assert_eq!(status(history.ask(&segment(u64::MAX), "")), 404);
    history.until_it(|snapshot| {
        snapshot.rendition("v1").and_then(|v1| v1.open.as_ref()).is_some_and(|o| o.msn.0 == live + 1 && o.has_begun())
    });
    let reply = ready(history.ask_since(&segment(live + 1), "", received));
    assert!(matches!(reply.content, Content::Growing { msn, .. } if msn.0 == live + 1));
}

#[test]
fn a_segment_that_does_not_begin_in_time_is_answered_with_404() {
    let history = History::of(Duration::from_secs(6));
    // The one that is announced after the one that is being made.
    let target = segment(history.live().0 + 1);
    let received = history.now();
    let deadline = until(history.ask(&target, ""));
    let snapshot = history.snapshot();
    let directives = springhead_origin::respond::Directives::default();
    let request = springhead_origin::respond::Request { target: &target, directives: &directives, received };
    let now = springhead_core::Now { mono: deadline, ..Default::default() };
    assert_eq!(status(springhead_origin::respond::respond(&snapshot, &request, now)), 404);
}

#[test]
fn a_growing_segment_grows_by_whole_chunks_into_the_bytes_of_the_finished_one() {
    let mut history = History::of(Duration::from_secs(6));
    let live = history.live().0 + 1;
    history.until_it(|newer| newer.rendition("v1").and_then(|v1| v1.open.as_ref()).is_some_and(|o| o.msn.0 == live));
    let (mut sent, mut pieces) = (Rope::new(), 0);
    loop {
        let snapshot = history.snapshot();
        let (more, complete) =
            growth(&snapshot, "v1", MediaSequence(live), sent.len(), Step::Chunk).expect("it is there");
        pieces += usize::from(!more.is_empty());
        let bytes = more.to_bytes();
        assert_eq!(last_box(&bytes), (!bytes.is_empty()).then_some(*b"mdat"), "a piece ends where a chunk does");
        sent.append(&more);
        if complete {
            break;
        }
        history.until_it(|newer| !std::ptr::eq(newer, &*snapshot));
    }
    assert!(pieces > 5, "{pieces} pieces");
    assert_eq!(body(ready(history.ask(&segment(live), "")).content), sent);
}

/// The type of the last of the boxes that `bytes` are made of; none when there is none.
pub(crate) fn last_box(mut bytes: &[u8]) -> Option<[u8; 4]> {
    let mut last = None;
    while let Some((head, _)) = bytes.split_first_chunk::<8>() {
        let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        last = Some([head[4], head[5], head[6], head[7]]);
        assert!(size >= 8 && size <= bytes.len(), "a box of {size} bytes in {}", bytes.len());
        bytes = &bytes[size..];
    }
    assert!(bytes.is_empty(), "half a box");
    last
}
