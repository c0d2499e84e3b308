//! More than a day: clocks that wrap and drift, and a publisher who is lost again and again.
//!
//! Each is run twice, and a number made of every playlist, MPD and segment has to be the same. Of a build that is not made to
//! be fast it is a tenth, with as many reconnects in proportion.

use std::time::Duration;

use springhead::core::FrameRate;
use springhead::intake::SourceClock;
use springhead::mux::fmp4::read;
use springhead::packager::{Dvr, PackagerConfig};
use springhead_testkit::SourceOptions;

use super::audit::Kept;
use super::encoder::{Encoder, PICTURES, Sent};
use super::house::House;
use super::{AT_A_NEW_PERIOD, millis, seconds};

const HOUR: u64 = 3600;
/// What part of each stretch is run.
const PART: u64 = if cfg!(debug_assertions) { 10 } else { 1 };
/// Two snapshots of so many are held against every rule.
const ONE_OF: u64 = 997;

/// Few pictures and little sound, so that much time costs little.
fn sparse() -> SourceOptions {
    SourceOptions {
        frame_rate: FrameRate { num: 5, den: 1 },
        gop: 20,
        b_frames: 2,
        audio_rate: Some(8_000),
        unit_bytes: 40,
        size: (32, 32),
        ..SourceOptions::default()
    }
}

/// Segments of four seconds, in parts of two, of which half a minute is listed.
fn coarse() -> PackagerConfig {
    PackagerConfig {
        segment: seconds(4),
        part: seconds(2),
        chunk: seconds(1),
        dvr: Dvr { time: seconds(30), ..Dvr::default() },
        ..PackagerConfig::default()
    }
}

/// What a run comes to.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    digest: u64,
    kept: Kept,
    behind: (i64, i64),
    segments: u64,
}

fn run(house: &House) -> Run {
    Run {
        digest: house.audit.digest(),
        kept: house.audit.kept,
        behind: house.audit.behind.expect("segments became complete"),
        segments: house.packaged().segments,
    }
}

/// Half a minute of segments of four seconds is listed, as much again and two segments linger (H-15), and where a publisher
/// was lost one or two are shorter.
fn assert_is_bounded(kept: Kept) {
    assert!(kept.segments <= (30 / 4 + 2) + (30 / 4 + 4) + 4, "{kept:?}");
    assert!(kept.inits <= kept.segments && kept.periods <= kept.segments, "{kept:?}");
}

/// Stamps of 90 kHz in 33 bits, that wrap in the middle, in the middle of a group.
fn through_the_wrap() -> Run {
    let span = seconds(26 * HOUR + HOUR / 2) / PART as u32;
    let half = 90_000 * (span.as_secs() / 2) + 90_000 / 10;
    let encoder = Encoder::new(sparse()).stamped(SourceClock::MPEG_TS, (1 << 33) - half);
    let mut house = House::enduring(coarse(), ONE_OF);
    house.connect(&encoder);
    let mut last = None;
    let mut wraps_within_a_group = false;
    let units = encoder.take_while(|sent| sent.at() < span).inspect(|sent| {
        if sent.is_picture() {
            let wraps = last.is_some_and(|last| last > sent.raw.dts);
            wraps_within_a_group |= wraps && !sent.is_key();
            last = Some(sent.raw.dts);
        }
    });
    house.send(units);
    house.finish();
    assert!(wraps_within_a_group);
    assert_eq!(house.repairs(), []);
    let stats = *house.packaged();
    assert_eq!((stats.forced_cuts, stats.gap_segments, stats.reanchored, stats.held_units), (0, 0, 0, 0));
    assert_eq!(house.last().periods().len(), 1);
    assert_eq!(stats.segments, 2 * (span.as_secs() / 4));
    let last = house.last().rendition("v1").unwrap().segments.last().unwrap().clone();
    // Of the whole stretch, that is more than 32 bits hold.
    let decode = read::chunks(&last.body().to_bytes()).expect("what is published can be read")[0].base_decode_time;
    assert_eq!(decode, (10 + span.as_secs() - 4) * 90_000, "not a tick is lost");
    house.audit.assert_keeps_rules_but(&[]);
    run(&house)
}

#[test]
fn a_day_and_more_of_90_khz_stamps_goes_through_the_33_bit_wrap_without_a_seam_and_twice_alike() {
    let first = through_the_wrap();
    assert_is_bounded(first.kept);
    let (least, most) = first.behind;
    // The last one is complete with its last unit, at the end.
    assert!(most == 0 && least > -200_000_000, "the live edge stays where it is: {least} to {most} ns behind");
    assert_eq!(through_the_wrap(), first);
}

/// The publishers of a day, one after the other: every fifth is configured otherwise.
fn publisher(at: u64) -> Encoder {
    let options = match at % 5 {
        4 => SourceOptions { size: (48, 32), audio_rate: Some(16_000), ..sparse() },
        _ => sparse(),
    };
    Encoder::new(options).stamped(SourceClock::RTMP, at * 7_919)
}

/// An encoder's clock that is fast by 200 in a million: what it says is a second comes that much earlier.
fn fast(sent: Sent) -> Sent {
    let mut sent = sent;
    sent.raw.arrival.0 -= sent.raw.arrival.0 / 5_001;
    sent
}

/// A day in which the publisher is lost two hundred times, for two seconds to thirteen.
fn day_of_reconnects(told: bool) -> Run {
    let (day, reconnects) = (24 * HOUR / PART, 200 / PART);
    let stretch = seconds(day / reconnects);
    let mut house = House::enduring(coarse(), ONE_OF);
    for at in 0..reconnects {
        let away = millis(2_000 + at % 7 * 1_900);
        let encoder = publisher(at);
        house.connect(&encoder);
        house.send(encoder.take_while(|sent| sent.at() < stretch - away).map(fast));
        house.lose(told);
        house.wait(away);
    }
    let encoder = publisher(0);
    house.connect(&encoder);
    house.send(encoder.take_while(|sent| sent.at() < seconds(60)).map(fast));
    house.finish();
    assert_eq!(house.repairs(), []);
    assert_eq!(house.intake(PICTURES).received, 300);
    let stats = *house.packaged();
    assert_eq!((stats.forced_cuts, stats.unfit_units, stats.unknown_units), (0, 0, 0));
    house.audit.assert_keeps_rules_but(AT_A_NEW_PERIOD);
    run(&house)
}

/// Nothing is behind or ahead by more at the end of a day than at its beginning.
fn assert_is_a_day(told: bool) {
    let first = day_of_reconnects(told);
    assert_is_bounded(first.kept);
    let (least, most) = first.behind;
    let allowed = Duration::from_millis(500).as_nanos() as i64;
    assert!(least > -allowed && most < 4_000_000_000 + allowed, "{least} to {most} ns behind");
    assert_eq!(day_of_reconnects(told), first);
}

#[test]
fn a_day_of_two_hundred_losses_that_are_held_for_is_bounded_in_step_with_the_clock_and_twice_alike() {
    assert_is_a_day(true);
}

#[test]
fn a_day_of_two_hundred_losses_that_nobody_is_told_of_is_bounded_in_step_with_the_clock_and_twice_alike() {
    assert_is_a_day(false);
}
