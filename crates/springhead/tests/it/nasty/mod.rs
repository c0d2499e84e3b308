//! Every nasty input there is: what an encoder or a network does wrong, and what may come of it.
//!
//! Units go the whole way, from a publish session over the ring and the packager to playlists, MPDs and media. Whatever
//! comes, four things hold: it neither ends the broadcast nor lets anything grow without bound; what is bad is counted, and
//! told of; and what was promised to players is kept.

use std::time::Duration;

use springhead::core::WallTime;
use springhead::packager::{PackagerConfig, Segment};

use springhead_testkit::player::{Flavour, Phase, State};

use self::encoder::{Encoder, Sent};
use self::house::House;
use crate::studio::{Evening, Studio};

mod audit;
mod bitstream;
mod clock;
mod encoder;
mod endurance;
mod house;
mod order;
mod tracks;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Rules that one rendition is the first to come to where a period begins, and that no part is hinted at while nobody sends.
const AT_A_NEW_PERIOD: &[&str] = &["L-16", "M-10"];

/// What an encoder's units come to, from the first to a clean end.
fn broadcast(encoder: &Encoder, units: Vec<Sent>) -> House {
    let mut house = House::new(PackagerConfig::default());
    house.connect(encoder);
    house.send(units);
    house.finish();
    house
}

/// The numbers of the segments that begin with a discontinuity.
fn discontinuities(house: &House, rendition: &str) -> Vec<u64> {
    let segments = house.audit.segments(rendition).iter();
    segments.filter(|segment| segment.discontinuity).map(|segment| segment.msn.0).collect()
}

fn gaps(house: &House, rendition: &str) -> usize {
    house.audit.segments(rendition).iter().filter(|segment| segment.is_gap()).count()
}

/// How long all segments of a rendition are together, as printed.
fn length(house: &House, rendition: &str) -> Duration {
    let micros = house.audit.segments(rendition).iter().map(|segment| segment.duration.micros());
    Duration::from_micros(micros.sum())
}

/// When a segment ends on the wall clock.
fn end(segment: &Segment) -> WallTime {
    segment.program_date_time + Duration::from_micros(segment.duration.micros())
}

fn near(one: Duration, other: Duration, within: Duration) -> bool {
    one.abs_diff(other) <= within
}

/// Picture and sound begin each segment within a frame of sound of each other, which is 21.4 ms; but for the first of a
/// period, where sound begins when it comes.
fn assert_in_step(house: &House) {
    let pictures = house.audit.segments("v1");
    let goes_on = pictures.windows(2).filter(|pair| pair[0].period.id == pair[1].period.id);
    for picture in goes_on.map(|pair| &pair[1]) {
        let sound = house.audit.segments("a2").iter().find(|sound| sound.msn == picture.msn);
        let Some(sound) = sound.filter(|sound| !sound.is_gap()) else { continue };
        let apart = picture.program_date_time.0.abs_diff(sound.program_date_time.0);
        assert!(apart < 21_400_000, "segment {}: {apart} ns apart", picture.msn);
    }
}

/// What one player of each kind makes of it, who comes after six seconds and stays until it has been on for so long.
fn watched(house: House, until: Duration) -> Vec<State> {
    let script = house.into_script();
    let studio = |clock: &_| Studio::new(PackagerConfig::default(), clock).repeats(script);
    let mut evening = Evening::after(seconds(6), studio);
    Flavour::ALL.into_iter().for_each(|flavour| {
        evening.admit(flavour);
    });
    evening.watch(until - seconds(6));
    evening.states()
}

/// Each player plays at the end, and none gave up on the way.
fn assert_no_player_stops(house: House, until: Duration) {
    for state in watched(house, until) {
        assert_eq!((state.phase, state.fatal()), (Phase::Playing, None), "{} {:?}", state.name, state.errors);
        let behind = state.latency.expect("it plays");
        assert!(behind < millis(2_500), "{} is {behind:?} behind", state.name);
    }
}
