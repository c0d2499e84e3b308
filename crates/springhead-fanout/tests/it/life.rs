//! Who keeps what alive.

use std::sync::Arc;

use springhead_fanout::{Capacity, Reader, Received, RecvError, Source, Start, TryRecvError, Writer, ring};

use crate::common::{audio_and_video, picture};

#[test]
fn a_closed_broadcast_is_drained_and_then_closed_for_ever() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    (0..3).for_each(|n| writer.publish(picture(n, n == 0), &tracks));
    let source = writer.source();
    let mut reader = source.reader(Start::RandomAccess);
    assert!(!source.is_closed());
    drop(writer);
    assert!(source.is_closed());
    (0..3).for_each(|n| assert_eq!(reader.try_recv().unwrap().unit.dts.0, n));
    (0..3).for_each(|_| assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Ended(RecvError::Closed)));
}

#[test]
fn nothing_can_be_joined_after_the_close() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    writer.publish(picture(0, true), &tracks);
    let source = writer.source();
    let draining = source.reader(Start::Oldest);
    writer.close();
    for start in [Start::RandomAccess, Start::Oldest, Start::Next] {
        assert_eq!(source.reader(start).try_recv().unwrap_err(), TryRecvError::Ended(RecvError::Closed));
    }
    assert_eq!(source.readers(), 1);
    drop(draining);
    assert_eq!(source.readers(), 0);
}

#[test]
fn a_forgotten_source_keeps_no_payload_in_memory() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    writer.publish(picture(0, true), &tracks);
    let source = writer.source();
    let reader = source.reader(Start::RandomAccess);
    writer.close();
    assert_eq!(Arc::strong_count(&tracks), 2, "a reader may still drain");
    drop(reader);
    assert_eq!(Arc::strong_count(&tracks), 1);
    assert!(source.is_closed());
}

#[test]
fn all_four_can_be_sent_to_another_thread() {
    fn sendable<T: Send + Sync>() {}
    sendable::<Writer>();
    sendable::<Source>();
    sendable::<Reader>();
    sendable::<Received>();
}

#[test]
fn a_reader_is_a_cursor_and_no_more() {
    assert!(size_of::<Reader>() <= 64, "{}", size_of::<Reader>());
}
