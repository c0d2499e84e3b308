//! What a reader that is too slow does without.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use springhead_core::{AccessUnit, TrackId, TrackSet, UnitFlags};
use springhead_fanout::{Budget, Capacity, LagPolicy, Reader, Received, RecvError, Start, TryRecvError, Writer, ring};

use crate::common::{AUDIO, VIDEO, audio_and_video, audio_only, two_versions, unit};

const SMALL: TrackId = TrackId(3);

/// A picture each 100 ms: `k` a key picture, `o` one that begins an open group and `l` one that leads to it, `p` one that others
/// refer to, `b` a disposable one; `a` a unit of sound, `K` and `P` those of the second version.
fn publish(writer: &mut Writer, tracks: &Arc<TrackSet>, from_ms: u64, script: &str) {
    for (n, kind) in script.chars().enumerate() {
        let track = match kind {
            'a' => AUDIO,
            'K' | 'P' => SMALL,
            _ => VIDEO,
        };
        let at = writer.published();
        let mut unit = unit(track, at as i64, matches!(kind, 'k' | 'K' | 'a' | 'o'), 8, from_ms + 100 * n as u64);
        unit.flags.set(UnitFlags::DISPOSABLE, kind == 'b');
        unit.flags.set(UnitFlags::OPEN, kind == 'o');
        unit.flags.set(UnitFlags::LEADING, kind == 'l');
        writer.publish(unit, tracks);
    }
}

fn take(reader: &mut Reader) -> Vec<Received> {
    std::iter::from_fn(|| reader.try_recv().ok()).collect()
}

fn numbers(received: &[Received]) -> Vec<i64> {
    received.iter().map(|received| received.unit.dts.0).collect()
}

/// A live reader that has taken a key picture and is at the newest unit.
fn reader(writer: &mut Writer, tracks: &Arc<TrackSet>, policy: LagPolicy) -> Reader {
    let mut reader = writer.source().reader(Start::RandomAccess).under(policy);
    publish(writer, tracks, 0, "k");
    assert_eq!(take(&mut reader).len(), 1);
    reader
}

#[test]
fn who_keeps_up_gets_everything() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    let mut reader = reader(&mut writer, &tracks, LagPolicy::live());
    publish(&mut writer, &tracks, 100, "bpab");
    assert_eq!(numbers(&take(&mut reader)), [1, 2, 3, 4]);
    assert_eq!(reader.stats().skipped, 0);
}

#[test]
fn disposable_pictures_go_first_and_nothing_else_with_them() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    let mut reader = reader(&mut writer, &tracks, LagPolicy::live());
    publish(&mut writer, &tracks, 100, "babpabbpab");
    let got = take(&mut reader);
    // From half a second behind on: the first four.
    assert_eq!(numbers(&got), [2, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(got.iter().map(|received| received.skipped).collect::<Vec<_>>(), [1, 1, 0, 0, 0, 0, 0, 0]);
    assert!(got.iter().all(|received| !received.resumed), "nothing is lost that anything refers to");
    let stats = reader.stats();
    assert_eq!((stats.received, stats.skipped, stats.spared, stats.breaks), (9, 2, 2, 0));
}

#[test]
fn then_the_rest_of_the_pictures_up_to_the_newest_random_access_point_while_sound_goes_on() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    let mut reader = reader(&mut writer, &tracks, LagPolicy::live());
    publish(&mut writer, &tracks, 100, "papapakapapapapapapakapap");
    let got = take(&mut reader);
    assert_eq!(numbers(&got), [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 21, 22, 23, 24, 25]);
    let resumed: Vec<_> = got.iter().filter(|received| received.resumed).map(|received| received.unit.dts.0).collect();
    assert_eq!(resumed, [21], "not at the older one, which is as late as the rest");
    let stats = reader.stats();
    assert_eq!((stats.received, stats.skipped, stats.breaks), (16, 10, 1));
}

#[test]
fn where_there_is_no_newer_random_access_point_it_waits_for_one_and_asks() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    let mut reader = reader(&mut writer, &tracks, LagPolicy::live());
    publish(&mut writer, &tracks, 100, "pppppppppppppppppppp");
    assert!(take(&mut reader).is_empty());
    assert!(!reader.request_key(), "it has asked by itself");
    publish(&mut writer, &tracks, 2100, "ppkp");
    assert_eq!(numbers(&take(&mut reader)), [23, 24]);
    assert!(reader.request_key(), "the wish was fulfilled");
}

#[test]
fn who_begins_or_resumes_far_behind_is_not_slow_for_that() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    publish(&mut writer, &tracks, 0, "kppppppppppppppppppppppppppppp");
    let mut reader = writer.source().reader(Start::RandomAccess).under(LagPolicy::lowest_latency());
    // Three seconds behind from the beginning, and it stays so.
    let mut got = Vec::new();
    for n in 0..30 {
        got.push(reader.try_recv().unwrap().unit.dts.0);
        publish(&mut writer, &tracks, 3000 + n * 100, "p");
    }
    assert_eq!(got, (0..30).collect::<Vec<_>>());
    // It falls back farther by more than it may.
    publish(&mut writer, &tracks, 6000, "pppp");
    assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Empty);
    publish(&mut writer, &tracks, 6400, "kppppppp");
    assert_eq!(numbers(&take(&mut reader)), (64..72).collect::<Vec<_>>());
}

#[test]
fn sound_alone_is_thinned_as_pictures_are() {
    let tracks = audio_only(0);
    let mut writer = ring(Capacity::default());
    let mut reader = writer.source().reader(Start::RandomAccess).under(LagPolicy::live());
    publish(&mut writer, &tracks, 0, "a");
    assert_eq!(take(&mut reader).len(), 1);
    publish(&mut writer, &tracks, 100, "aaaaaaaaaaaaaaaaaaaa");
    let got = take(&mut reader);
    // A second and a half behind is not more than that.
    assert_eq!(numbers(&got), (5..=20).collect::<Vec<_>>());
    assert!(got[0].resumed && got[0].skipped == 4);
}

#[test]
fn an_overtaken_reader_has_every_track_go_on_at_a_random_access_point_of_its_own() {
    let tracks = two_versions(0);
    let mut writer = ring(Capacity { units: 8, ..Capacity::default() });
    let mut reader = writer.source().reader(Start::RandomAccess);
    publish(&mut writer, &tracks, 0, "kKa");
    assert_eq!(take(&mut reader).len(), 3);
    publish(&mut writer, &tracks, 300, "pPapPapPakPapKaP");
    let got = take(&mut reader);
    assert_eq!(numbers(&got), [12, 14, 15, 16, 17, 18]);
    assert_eq!(
        got.iter().map(|received| received.resumed).collect::<Vec<_>>(),
        [true, true, false, true, false, false]
    );
    assert_eq!(got.iter().map(|received| received.skipped).collect::<Vec<_>>(), [9, 1, 0, 0, 0, 0]);
    assert_eq!(reader.stats().overtaken, 1);
}

#[test]
fn who_enters_an_open_group_gets_none_of_its_leading_pictures_and_who_reads_on_gets_them_all() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity { units: 16, ..Capacity::default() });
    let mut first = writer.source().reader(Start::RandomAccess);
    publish(&mut writer, &tracks, 0, "kppollap");
    let mut joiner = writer.source().reader(Start::RandomAccess);
    assert_eq!(numbers(&take(&mut first)), [0, 1, 2, 3, 4, 5, 6, 7]);
    let joined = take(&mut joiner);
    assert_eq!(numbers(&joined), [3, 6, 7]);
    assert_eq!((joined[1].skipped, joiner.stats().spared), (2, 2));
    publish(&mut writer, &tracks, 800, "olpppppppppppppppppol");
    let resumed = take(&mut first);
    assert_eq!((numbers(&resumed), resumed[0].resumed), (vec![27], true), "overtaken, it enters the newest group");
}

#[test]
fn a_joiner_gets_no_picture_of_another_version_before_one_that_it_can_begin_with() {
    let tracks = two_versions(0);
    let mut writer = ring(Capacity::default());
    publish(&mut writer, &tracks, 0, "KkPpPpKkPp");
    let mut reader = writer.source().reader(Start::RandomAccess);
    publish(&mut writer, &tracks, 1000, "PKP");
    assert_eq!(numbers(&take(&mut reader)), [7, 9, 11, 12]);
}

#[test]
fn a_budget_that_is_used_up_sends_the_reader_away_and_comes_back_with_time() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity { time: Duration::from_secs(600), ..Capacity::default() });
    let budget = Some(Budget { times: 1, refill: Duration::from_secs(60) });
    let mut patient = reader(&mut writer, &tracks, LagPolicy { budget, ..LagPolicy::live() });
    let fall_behind = |writer: &mut Writer, from_ms| publish(writer, &tracks, from_ms, "ppppppppppppppppppkp");
    fall_behind(&mut writer, 100);
    assert_eq!(take(&mut patient).len(), 2);
    fall_behind(&mut writer, 70_000);
    assert_eq!(take(&mut patient).len(), 2, "after a minute it may again");
    fall_behind(&mut writer, 73_000);
    for _ in 0..2 {
        assert_eq!(patient.try_recv().unwrap_err(), TryRecvError::Ended(RecvError::Evicted));
    }
    assert_eq!(patient.stats().breaks, 3);
}

#[derive(Clone, Debug)]
enum Step {
    Publish(char, u64),
    Receive(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let kinds = prop_oneof![1 => Just('k'), 1 => Just('o'), 2 => Just('l'), 5 => Just('p'), 4 => Just('b'), 4 => Just('a'), 1 => Just('K'), 4 => Just('P')];
    prop_oneof![3 => (kinds, 0..300u64).prop_map(|(kind, ms)| Step::Publish(kind, ms)), 2 => (0..6usize).prop_map(Step::Receive)]
}

/// A picture decodes when all are there since the last random access point of its track that are not disposable; one that
/// leads to it, when all were there before it as well.
#[derive(Default)]
struct Decoder {
    /// By track, the number of its units that must be there next, and whether all were there before the last random access
    /// point.
    next: BTreeMap<TrackId, (u64, bool)>,
}

impl Decoder {
    fn decode(&mut self, history: &[AccessUnit], unit: &AccessUnit) {
        let of_track = |at: &u64| history[*at as usize].track == unit.track;
        let at = unit.dts.0 as u64;
        let of_use = |at: &u64| !history[*at as usize].is_disposable() && !history[*at as usize].is_leading();
        let missing = |next| (next..at).filter(of_track).find(of_use);
        let known = self.next.get(&unit.track).copied();
        let was_whole = match (known, unit.is_random_access()) {
            (None, true) => false,
            (None, false) => panic!("the first of a track is a random access point"),
            (Some((next, _)), true) => missing(next).is_none(),
            (Some((next, was_whole)), false) => {
                assert_eq!(missing(next), None, "{at} may refer to it");
                assert!(was_whole || !unit.is_leading(), "{at} may refer to what came before its access point");
                was_whole
            }
        };
        self.next.insert(unit.track, (at + 1, was_whole));
    }
}

proptest! {
    #[test]
    fn at_any_pace_and_under_any_policy_what_is_received_decodes_and_all_is_accounted_for(
        units in 8..200usize,
        disposable in prop::option::of(0..500u64),
        tail in prop::option::of(0..1500u64),
        most in 1..9usize,
        steps in prop::collection::vec(step(), 0..300),
    ) {
        let policy = LagPolicy {
            disposable_after: disposable.map(Duration::from_millis),
            tail_after: tail.map(Duration::from_millis),
            budget: None,
        };
        let tracks = two_versions(0);
        let mut writer = ring(Capacity { units, ..Capacity::default() });
        let mut reader = writer.source().reader(Start::RandomAccess).under(policy);
        let (mut history, mut decoder, mut now) = (Vec::<AccessUnit>::new(), Decoder::default(), 0);
        let (mut start, mut next, mut sound, mut leads) = (None, 0, None, false);
        let mut look = |reader: &mut Reader, history: &[AccessUnit]| -> bool {
            let Ok(run) = reader.try_recv_run(most) else { return false };
            assert!((1..=most).contains(&run.len()));
            for (n, unit) in run.units().enumerate() {
                let at = unit.dts.0 as u64;
                start.get_or_insert(at);
                let skipped = if n == 0 { run.skipped } else { 0 };
                assert_eq!(at, if next == 0 { at } else { next + skipped });
                assert!(n > 0 || !run.resumed || unit.is_random_access());
                if unit.track == AUDIO && reader.stats().overtaken == 0 {
                    let last = sound.replace(at).unwrap_or(at);
                    assert!((last + 1..at).all(|at| history[at as usize].track != AUDIO), "sound is kept");
                }
                decoder.decode(history, unit);
                next = at + 1;
            }
            true
        };
        for step in steps {
            match step {
                Step::Publish(kind, ms) => {
                    now += ms;
                    let track = match kind { 'a' => AUDIO, 'K' | 'P' => SMALL, _ => VIDEO };
                    let kind = if kind == 'l' && !leads { 'p' } else { kind };
                    leads = matches!(kind, 'o' | 'l') || leads && track != VIDEO;
                    let mut unit = unit(track, history.len() as i64, matches!(kind, 'k' | 'K' | 'a' | 'o'), 8, now);
                    unit.flags.set(UnitFlags::DISPOSABLE, kind == 'b');
                    unit.flags.set(UnitFlags::OPEN, kind == 'o');
                    unit.flags.set(UnitFlags::LEADING, kind == 'l');
                    history.push(unit.clone());
                    writer.publish(unit, &tracks);
                }
                Step::Receive(times) => for _ in 0..times { look(&mut reader, &history); },
            }
        }
        writer.close();
        while look(&mut reader, &history) {}
        prop_assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Ended(RecvError::Closed));
        let stats = reader.stats();
        let since = start.map_or(0, |start| history.len() as u64 - start);
        if start.is_some() {
            prop_assert_eq!(stats.received + stats.skipped, since);
        }
    }
}
