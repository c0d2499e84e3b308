//! Deltas of playlists that go on, against every copy that a client may still have.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use springhead_core::MonoTime;

use super::super::*;
use crate::Seconds;

const TARGET: u64 = 2;
const BOUNDARY: Seconds = Seconds::from_secs(6 * TARGET);

/// What happens to the playlist.
#[derive(Clone, Debug)]
enum Event {
    /// A part of so many milliseconds comes.
    Part(u64),
    /// The segment of the parts that came is complete, if there are any.
    Close,
    /// Another init section applies from here on, behind a discontinuity.
    Discontinuity,
    /// The oldest segment goes, as long as the window is not too short.
    Remove,
    /// A date range comes.
    AddRange,
    /// One of them learns how long it is.
    EndRange(Index),
    /// One of them goes.
    RemoveRange(Index),
    /// Time goes by, in milliseconds.
    Wait(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        12 => (300u64..=1_000).prop_map(Event::Part),
        8 => Just(Event::Close),
        1 => Just(Event::Discontinuity),
        3 => Just(Event::Remove),
        2 => Just(Event::AddRange),
        1 => any::<Index>().prop_map(Event::EndRange),
        1 => any::<Index>().prop_map(Event::RemoveRange),
        1 => (0u64..3_000).prop_map(Event::Wait),
    ];
    vec(event, 40..90)
}

/// A live playlist with its clock.
struct Live {
    now: MonoTime,
    playlist: MediaPlaylist,
    log: DateRangeLog,
    /// The map that applies next, and whether a discontinuity comes before it.
    map: u32,
    discontinuity: bool,
    /// Counters that give names.
    parts: u64,
    ranges: u64,
}

impl Live {
    fn new() -> Self {
        let control = ServerControl {
            can_block_reload: true,
            can_skip_until: Some(BOUNDARY),
            can_skip_dateranges: true,
            part_hold_back: Some(Seconds::from_secs(3)),
            ..ServerControl::default()
        };
        let playlist = MediaPlaylist {
            target_duration: TARGET,
            discontinuity_sequence: Some(0),
            server_control: Some(control),
            part_target: Some(Seconds::from_secs(1)),
            ..MediaPlaylist::default()
        };
        let log = DateRangeLog::new(BOUNDARY);
        Self { now: MonoTime(0), playlist, log, map: 0, discontinuity: false, parts: 0, ranges: 0 }
    }

    fn wait(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
    }

    fn handle(&mut self, event: &Event) {
        match event {
            Event::Wait(millis) => self.wait(*millis),
            Event::Part(millis) => self.part(*millis),
            Event::Close => self.close(),
            Event::Discontinuity => {
                self.close();
                self.map += 1;
                self.discontinuity = true;
            }
            Event::Remove => self.remove(),
            Event::AddRange => {
                let id = format!("range {}", self.ranges);
                self.ranges += 1;
                self.playlist.date_ranges.push(DateRange { id, cue: vec!["ONCE".into()], ..DateRange::default() });
            }
            Event::EndRange(at) => {
                let ranges = &mut self.playlist.date_ranges;
                if !ranges.is_empty() {
                    let count = ranges.len();
                    ranges[at.index(count)].duration.get_or_insert(Seconds::from_millis(500));
                }
            }
            Event::RemoveRange(at) => {
                let ranges = &mut self.playlist.date_ranges;
                if !ranges.is_empty() {
                    ranges.remove(at.index(ranges.len()));
                }
            }
        }
        self.drop_parts();
        self.log.handle_date_ranges(&self.playlist.date_ranges, self.now);
    }

    fn part(&mut self, millis: u64) {
        self.wait(millis);
        let (map, discontinuity) = (Some(Map::new(format!("init-{}.mp4", self.map))), self.discontinuity);
        let part =
            Part { uri: format!("{}.m4s", self.parts), duration: Seconds::from_millis(millis), ..Part::default() };
        self.parts += 1;
        let open = self.playlist.open.get_or_insert_with(|| OpenSegment {
            discontinuity,
            map,
            bitrate: Some(u64::from(self.map) * 1_000),
            ..OpenSegment::default()
        });
        open.parts.push(part);
        self.discontinuity = false;
        if open.parts.iter().map(|part| part.duration).sum::<Seconds>() > Seconds::from_secs(TARGET - 1) {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some(open) = self.playlist.open.take() else { return };
        let segment = Segment {
            uri: format!("segment-{}.m4s", self.playlist.next_media_sequence()),
            duration: open.parts.iter().map(|part| part.duration).sum(),
            discontinuity: open.discontinuity,
            map: open.map,
            bitrate: open.bitrate,
            parts: open.parts,
            ..Segment::default()
        };
        self.playlist.segments.push(segment);
    }

    /// Leaves out parts that are three Target Durations from the end (§6.2.2), which is that of the newest part: the end of
    /// the newest whole segment may jump by more than the time between two copies.
    fn drop_parts(&mut self) {
        let open = self.playlist.open.iter().flat_map(|open| &open.parts);
        let mut from_end: Seconds = open.map(|part| part.duration).sum();
        for segment in self.playlist.segments.iter_mut().rev() {
            if from_end >= Seconds::from_secs(3 * TARGET) {
                segment.parts.clear();
            }
            from_end = from_end + segment.duration;
        }
    }

    fn remove(&mut self) {
        let length: Seconds = self.playlist.segments.iter().map(|segment| segment.duration).sum();
        if length > BOUNDARY.times(2) {
            let gone = self.playlist.segments.remove(0);
            self.playlist.media_sequence += 1;
            self.playlist.discontinuity_sequence =
                self.playlist.discontinuity_sequence.map(|sequence| sequence + u64::from(gone.discontinuity));
        }
    }
}

fn after(events: &[Event]) -> Live {
    let mut live = Live::new();
    events.iter().for_each(|event| live.handle(event));
    live
}

/// Merges both forms of delta with one of the copies that a client may still have; how many forms there are.
fn merge_with_a_copy(events: &[Event], copy: Index) -> Result<usize, TestCaseError> {
    let mut live = Live::new();
    let times: Vec<MonoTime> = events
        .iter()
        .map(|event| {
            live.handle(event);
            live.now
        })
        .collect();
    // A client asks for a delta when its copy is no older than half the Skip Boundary (§6.3.7).
    let stale = |at: &&MonoTime| Seconds::from(live.now.saturating_since(**at)).times(2) > BOUNDARY;
    let oldest = times.iter().take_while(stale).count();
    let old = after(&events[..=oldest + copy.index(events.len() - oldest)]).playlist.render();
    let (old, whole) = (MediaPlaylist::parse(&old).expect("what is rendered parses"), live.playlist.render());
    let recent = live.log.recent(live.now);
    let deltas = [live.playlist.delta(), live.playlist.delta_of_date_ranges(&recent)];
    for delta in deltas.iter().flatten() {
        let delta = MediaPlaylist::parse(&delta.render()).expect("a delta parses");
        let merged = merge_delta(&old, &delta).map(|merged| merged.render());
        prop_assert_eq!(merged.as_ref(), Ok(&whole), "{}", delta.render());
    }
    Ok(deltas.iter().flatten().count())
}

#[test]
fn most_histories_are_long_enough_for_a_delta_of_either_form() {
    let mut runner = TestRunner::deterministic();
    let forms = (0..100).map(|_| {
        let (events, copy) = (events(), any::<Index>()).new_tree(&mut runner).unwrap().current();
        merge_with_a_copy(&events, copy).unwrap()
    });
    let with_both = forms.filter(|forms| *forms == 2).count();
    assert!(with_both > 50, "{with_both} of 100");
}

#[test]
fn the_second_form_leaves_out_what_is_older_than_the_skip_boundary_and_names_what_went() {
    let mut live = Live::new();
    (0..20).for_each(|_| live.handle(&Event::Part(1_000)));
    for event in [Event::AddRange, Event::AddRange, Event::Wait(12_001), Event::AddRange] {
        live.handle(&event);
    }
    let delta = |live: &Live| live.playlist.delta_of_date_ranges(&live.log.recent(live.now)).unwrap();
    let ids = |playlist: &MediaPlaylist| playlist.date_ranges.iter().map(|range| range.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&delta(&live)), ["range 2"]);
    assert!(delta(&live).render().contains(",RECENTLY-REMOVED-DATERANGES=\"\"\n"), "present though empty");
    assert_eq!(ids(&live.playlist.delta().unwrap()).len(), 3, "the first form leaves out none");

    live.playlist.date_ranges[0].duration = Some(Seconds::from_millis(500));
    live.playlist.date_ranges.remove(1);
    live.handle(&Event::Wait(0));
    assert_eq!(ids(&delta(&live)), ["range 0", "range 2"], "what changed is news");
    assert!(delta(&live).render().contains(",RECENTLY-REMOVED-DATERANGES=\"range 1\"\n"));
    assert_eq!(delta(&live).required_version(), 10);
}

#[test]
fn without_the_promise_to_skip_date_ranges_there_is_no_second_form() {
    let mut live = Live::new();
    (0..20).for_each(|_| live.handle(&Event::Part(1_000)));
    live.playlist.server_control.as_mut().unwrap().can_skip_dateranges = false;
    assert_eq!(live.playlist.delta_of_date_ranges(&RecentDateRanges::default()), None);
    let first = live.playlist.delta().and_then(|delta| delta.skip).expect("there is enough to skip");
    assert!(first.skipped_segments > 0 && first.recently_removed_dateranges.is_none(), "{first:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn a_delta_merges_with_any_copy_of_any_history_younger_than_half_the_skip_boundary(
        events in events(),
        copy: Index,
    ) {
        merge_with_a_copy(&events, copy)?;
    }
}
