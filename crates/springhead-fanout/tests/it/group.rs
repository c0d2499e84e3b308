//! Many readers in one task.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use springhead_fanout::{Capacity, Group, Member, RecvError, Start, ring};

use crate::common::{audio_and_video, picture};

#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn drain(group: &mut Group) -> Vec<(Member, Result<usize, RecvError>)> {
    std::iter::from_fn(|| group.try_recv(32)).map(|(member, run)| (member, run.map(|run| run.len()))).collect()
}

#[test]
fn a_group_is_woken_once_for_all_of_its_members() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    let source = writer.source();
    let mut group = source.group();
    let members: Vec<_> = (0..100).map(|_| group.add(source.reader(Start::RandomAccess))).collect();
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    for n in 0..10 {
        assert!(group.poll_recv(&mut Context::from_waker(&waker), 32).is_pending());
        writer.publish(picture(n, n == 0), &tracks);
        assert_eq!(bell.0.load(Ordering::Relaxed) as u64, n + 1);
        let got = drain(&mut group);
        assert_eq!(got, members.iter().map(|member| (*member, Ok(1))).collect::<Vec<_>>(), "each in its turn");
    }
    assert_eq!(source.readers(), 101);
}

#[test]
fn a_member_on_hold_holds_up_nobody_and_goes_on_where_it_was() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    let source = writer.source();
    let mut group = source.group();
    let [slow, fast] = [(); 2].map(|()| group.add(source.reader(Start::RandomAccess)));
    group.hold(slow);
    (0..10).for_each(|n| writer.publish(picture(n, n == 0), &tracks));
    assert_eq!(drain(&mut group), [(fast, Ok(10))]);
    assert!(group.poll_recv(&mut Context::from_waker(Waker::noop()), 32).is_pending());
    group.release(slow);
    let Poll::Ready((member, Ok(run))) = group.poll_recv(&mut Context::from_waker(Waker::noop()), 4) else {
        panic!("there is something for it")
    };
    assert_eq!((member, run.len()), (slow, 4));
    assert_eq!(drain(&mut group), [(slow, Ok(6))]);
    assert_eq!(group.member(slow).unwrap().stats().received, 10);
}

#[test]
fn who_comes_late_or_goes_changes_nothing_for_the_others() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    let source = writer.source();
    let mut group = source.group();
    let first = group.add(source.reader(Start::RandomAccess));
    let second = group.add(source.reader(Start::RandomAccess));
    writer.publish(picture(0, true), &tracks);
    assert!(group.remove(first).is_some_and(|reader| reader.stats().received == 0));
    assert!(group.remove(first).is_none());
    assert_eq!(drain(&mut group), [(second, Ok(1))]);
    let third = group.add(source.reader(Start::RandomAccess));
    assert_eq!(third, first, "a number is given again");
    writer.publish(picture(1, false), &tracks);
    let mut got = drain(&mut group);
    got.sort_by_key(|(member, _)| *member);
    assert_eq!(got.iter().map(|(_, units)| units.unwrap()).collect::<Vec<_>>(), [2, 1]);
    writer.close();
    let mut ends = drain(&mut group);
    ends.sort_by_key(|(member, _)| *member);
    assert_eq!(ends, [(third, Err(RecvError::Closed)), (second, Err(RecvError::Closed))]);
    assert!(group.is_empty());
    assert!(group.poll_recv(&mut Context::from_waker(Waker::noop()), 1).is_pending());
}
