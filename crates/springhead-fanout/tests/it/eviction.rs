//! What the ring lets go, and what those who had not read it yet are told.

use std::time::Duration;

use springhead_fanout::{Capacity, ReaderStats, RecvError, Start, TryRecvError, ring};

use crate::common::{VIDEO, audio_and_video, picture, unit};

#[test]
fn each_of_the_three_bounds_lets_the_oldest_go() {
    let tracks = audio_and_video(0);
    let wide = Capacity { units: 100, bytes: 10_000, time: Duration::from_millis(1000) };
    for (capacity, held) in [
        (wide, 20),
        (Capacity { units: 5, ..wide }, 5),
        (Capacity { bytes: 70, ..wide }, 7),
        (Capacity { bytes: 79, ..wide }, 7),
        (Capacity { time: Duration::from_millis(90), ..wide }, 10),
        (Capacity { time: Duration::from_millis(99), ..wide }, 10),
        (Capacity { units: 0, bytes: 0, time: Duration::ZERO }, 1),
    ] {
        let mut writer = ring(capacity);
        (0..20).for_each(|n| writer.publish(unit(VIDEO, n, true, 10, n as u64 * 10), &tracks));
        assert_eq!((writer.published(), writer.held(), writer.held_bytes()), (20, held, held as usize * 10));
        let mut reader = writer.source().reader(Start::Oldest);
        let got: Vec<_> = std::iter::from_fn(|| reader.try_recv().ok()).map(|r| r.unit.dts.0).collect();
        assert_eq!(got, (20 - held as i64..20).collect::<Vec<_>>(), "{capacity:?}");
    }
}

#[test]
fn a_unit_larger_than_the_ring_is_still_handed_out() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity { bytes: 10, ..Capacity::default() });
    let mut reader = writer.source().reader(Start::Next);
    writer.publish(unit(VIDEO, 0, true, 5, 0), &tracks);
    writer.publish(unit(VIDEO, 1, true, 500, 0), &tracks);
    assert_eq!((writer.held(), writer.held_bytes()), (1, 500));
    assert_eq!(reader.try_recv().unwrap().unit.dts.0, 1);
}

#[test]
fn an_overtaken_reader_never_resumes_in_the_middle_of_a_group_of_pictures() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity { units: 4, ..Capacity::default() });
    let mut reader = writer.source().reader(Start::RandomAccess);
    writer.publish(picture(0, true), &tracks);
    assert_eq!(reader.try_recv().unwrap().skipped, 0);
    (1..9).for_each(|n| writer.publish(picture(n, false), &tracks));
    assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Empty, "there are units, but none to resume at");
    (9..13).for_each(|n| writer.publish(picture(n, n >= 10), &tracks));
    let resumed = reader.try_recv().unwrap();
    assert_eq!((resumed.unit.dts.0, resumed.skipped), (12, 11), "the newest one");
    assert_eq!(reader.stats(), ReaderStats { received: 2, skipped: 11, overtaken: 1, ..ReaderStats::default() });
}

#[test]
fn what_is_missed_at_the_very_end_is_counted_too() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity { units: 4, ..Capacity::default() });
    let mut reader = writer.source().reader(Start::Next);
    (0..10).for_each(|n| writer.publish(picture(n, n == 0), &tracks));
    assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Empty, "its start point came and went unseen");
    let mut late = writer.source().reader(Start::Next);
    writer.publish(picture(10, true), &tracks);
    assert_eq!(late.try_recv().unwrap().unit.dts.0, 10);
    (11..20).for_each(|n| writer.publish(picture(n, false), &tracks));
    writer.close();
    assert_eq!(late.try_recv().unwrap_err(), TryRecvError::Ended(RecvError::Closed));
    assert_eq!(late.try_recv().unwrap_err(), TryRecvError::Ended(RecvError::Closed));
    assert_eq!(late.stats(), ReaderStats { received: 1, skipped: 9, ..ReaderStats::default() });
}
