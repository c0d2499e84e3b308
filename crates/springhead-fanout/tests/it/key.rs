//! Asking the publisher for a key picture.

use std::pin::pin;
use std::task::{Context, Waker};

use springhead_fanout::{Capacity, Start, ring};

use crate::common::{audio_and_video, picture};

#[test]
fn many_who_ask_are_one_request_which_the_next_key_picture_fulfils() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    let source = writer.source();
    let readers: Vec<_> = (0..10).map(|_| source.reader(Start::RandomAccess)).collect();
    assert_eq!(readers.iter().filter(|reader| reader.request_key()).count(), 1);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(source.key_requested()).poll(&mut cx).is_ready());
    assert!(pin!(source.key_requested()).poll(&mut cx).is_pending(), "it was taken");
    assert!(source.request_key());
    writer.publish(picture(0, false), &tracks);
    assert!(!source.request_key());
    writer.publish(picture(1, true), &tracks);
    assert!(pin!(source.key_requested()).poll(&mut cx).is_pending(), "there is one by now");
    writer.close();
    assert!(!source.request_key() && !readers[0].request_key(), "there is nobody to ask");
    assert!(pin!(source.key_requested()).poll(&mut cx).is_pending());
}

#[test]
fn a_reader_that_has_nothing_to_go_on_at_asks_by_itself() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity { units: 4, ..Capacity::default() });
    let mut reader = writer.source().reader(Start::RandomAccess);
    writer.publish(picture(0, true), &tracks);
    reader.try_recv().unwrap();
    (1..10).for_each(|n| writer.publish(picture(n, false), &tracks));
    assert!(reader.try_recv().is_err());
    assert!(!writer.source().request_key(), "somebody has asked");
    assert_eq!(writer.groups_given_up(), 1);
}
