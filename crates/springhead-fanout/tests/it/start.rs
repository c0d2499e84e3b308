//! Where readers begin, and what they learn there.

use std::sync::Arc;

use springhead_fanout::{Capacity, Reader, Start, TryRecvError, ring};

use crate::common::{AUDIO, VIDEO, audio_and_video, audio_only, picture, unit};

fn next(reader: &mut Reader) -> i64 {
    reader.try_recv().unwrap().unit.dts.0
}

#[test]
fn a_random_access_point_of_sound_is_no_start_while_there_is_picture() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    writer.publish(unit(AUDIO, 0, true, 1, 0), &tracks);
    let mut reader = writer.source().reader(Start::RandomAccess);
    writer.publish(unit(VIDEO, 1, false, 1, 0), &tracks);
    assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Empty);
    writer.publish(unit(VIDEO, 2, true, 1, 0), &tracks);
    writer.publish(unit(AUDIO, 3, true, 1, 0), &tracks);
    assert_eq!([next(&mut reader), next(&mut reader)], [2, 3]);
    assert_eq!(reader.stats().skipped, 0, "what was before the start was not missed");
}

#[test]
fn sound_leads_where_there_is_no_picture() {
    let tracks = audio_only(0);
    let mut writer = ring(Capacity::default());
    (0..3).for_each(|n| writer.publish(unit(AUDIO, n, true, 1, 0), &tracks));
    assert_eq!(next(&mut writer.source().reader(Start::RandomAccess)), 2);
    assert_eq!(next(&mut writer.source().reader(Start::Oldest)), 0);
}

#[test]
fn each_start_finds_its_random_access_point() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity { units: 8, ..Capacity::default() });
    (0..11).for_each(|n| writer.publish(picture(n, n % 4 == 0), &tracks));
    let source = writer.source();
    let [mut newest, mut oldest, mut coming] =
        [Start::RandomAccess, Start::Oldest, Start::Next].map(|start| source.reader(start));
    assert_eq!(next(&mut newest), 8);
    assert_eq!(next(&mut oldest), 4, "3 is the oldest unit, 4 the oldest to start at");
    assert_eq!(coming.try_recv().unwrap_err(), TryRecvError::Empty);
    (11..18).for_each(|n| writer.publish(picture(n, n % 4 == 0), &tracks));
    assert_eq!(next(&mut coming), 12, "the next one, though there is a newer one by now");
    assert_eq!(source.readers(), 3);
}

#[test]
fn a_joiner_learns_the_tracks_first_and_again_only_when_they_change() {
    let (first, again, changed) = (audio_and_video(0), audio_and_video(0), audio_and_video(1));
    let mut writer = ring(Capacity::default());
    let mut reader = writer.source().reader(Start::RandomAccess);
    for (n, tracks) in [&first, &first, &again, &changed, &changed].into_iter().enumerate() {
        writer.publish(picture(n as u64, true), tracks);
    }
    let mut learnt = Vec::new();
    while let Ok(received) = reader.try_recv() {
        learnt.push(received.new_tracks.is_some());
        assert_eq!(reader.tracks().unwrap().generation.0, u64::from(received.unit.dts.0 >= 3));
    }
    assert_eq!(learnt, [true, false, false, true, false]);
    assert!(Arc::ptr_eq(reader.tracks().unwrap(), &changed));
    assert!(writer.source().reader(Start::RandomAccess).try_recv().unwrap().new_tracks.is_some());
}
