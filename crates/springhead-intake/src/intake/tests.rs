use bytes::Bytes;
use springhead_codec::avc;
use springhead_codec::nal::Framing;
use springhead_core::{FrameRate, Timescale, TrackId};

use super::*;
use crate::fixtures::{self, B, IDR, OTHER_SPS, P, PPS, SEI, SPS, raw, sample};

fn video() -> Intake {
    Intake::new(Arc::new(fixtures::video()), SourceClock::RTMP, Limits::default())
}

fn audio() -> Intake {
    Intake::new(Arc::new(fixtures::audio(44_100)), SourceClock::RTMP, Limits::default())
}

fn drain(intake: &mut Intake) -> Vec<Output> {
    std::iter::from_fn(|| intake.poll_output()).collect()
}

fn units(intake: &mut Intake) -> Vec<AccessUnit> {
    let unit = |output| match output {
        Output::Unit(unit) => Some(unit),
        _ => None,
    };
    drain(intake).into_iter().filter_map(unit).collect()
}

/// What came out, in short: decode times, and the names of everything else.
fn shape(intake: &mut Intake) -> Vec<String> {
    let short = |output| match output {
        Output::Unit(unit) => unit.dts.0.to_string(),
        Output::Track(track) => track.codec_string.to_string(),
        Output::Timeline => "timeline".into(),
        Output::Repair(repair) => repair.name().into(),
    };
    drain(intake).into_iter().map(short).collect()
}

fn push(intake: &mut Intake, dts: u64, nals: &[&[u8]]) {
    intake.handle_unit(raw(dts, 0, sample(nals)));
}

/// Pictures of 25 a second, the first an IDR.
fn pictures(intake: &mut Intake, from: u64, count: u64) {
    for n in 0..count {
        push(intake, from + n * 40, &[if n == 0 { IDR } else { P }]);
    }
}

#[test]
fn units_beyond_reading_are_dropped_and_the_track_goes_on() {
    // What sound is held to does not concern pictures.
    let limits = Limits { unit_bytes: 100, audio_unit_bytes: 1, ..Limits::default() };
    let mut intake = Intake::new(Arc::new(fixtures::video()), SourceClock::RTMP, limits);
    pictures(&mut intake, 0, 1);
    intake.handle_unit(raw(40, 0, Bytes::from(vec![0; 101])));
    intake.handle_unit(raw(80, 0, Bytes::from_static(b"\0\0\0\x09\x41\x9a")));
    push(&mut intake, 120, &[P]);
    assert_eq!(shape(&mut intake), ["0", "oversized", "malformed", "10800"]);
    let stats = intake.stats();
    assert_eq!((stats.received, stats.emitted, stats.dropped(), stats.received_bytes), (4, 2, 2, 8 + 101 + 6 + 7));
}

/// An intra picture with a recovery point, B-pictures that are shown before it, and one that is shown after it.
fn open_group(intake: &mut Intake, from: u64) {
    let intra: &[u8] = b"\x41\x88\x84\x01";
    for (n, offset, nals) in [(0, 120, &[SEI, intra][..]), (1, 0, &[B]), (2, 0, &[B]), (3, 80, &[P]), (4, 0, &[B])] {
        intake.handle_unit(raw(from + n * 40, offset, sample(nals)));
    }
}

#[test]
fn of_an_open_group_that_is_entered_the_leading_pictures_do_not_come_out() {
    let mut intake = video();
    push(&mut intake, 0, &[P]);
    open_group(&mut intake, 40);
    let entered = ["before_random_access", "3600", "before_random_access", "before_random_access", "14400", "18000"];
    assert_eq!(shape(&mut intake), entered);
    open_group(&mut intake, 240);
    let went_on = units(&mut intake);
    let open = UnitFlags::RANDOM_ACCESS | UnitFlags::OPEN;
    let leading = UnitFlags::LEADING | UnitFlags::DISPOSABLE;
    let flags: Vec<_> = went_on.iter().map(|unit| unit.flags).collect();
    assert_eq!(flags, [open, leading, leading, UnitFlags::empty(), UnitFlags::DISPOSABLE]);
}

#[test]
fn nothing_comes_out_before_a_random_access_point() {
    let mut intake = video();
    push(&mut intake, 0, &[P]);
    push(&mut intake, 40, &[B]);
    push(&mut intake, 80, &[IDR]);
    push(&mut intake, 120, &[B]);
    assert_eq!(shape(&mut intake), ["before_random_access", "before_random_access", "7200", "10800"]);
    assert_eq!((intake.stats().before_random_access, intake.stats().random_access), (2, 1));
}

#[test]
fn flags_and_framing_are_those_of_the_family() {
    let mut intake = video();
    let annexb = Bytes::from_static(b"\0\0\0\x01\x09\xf0\0\0\x01\x65\x88\x84\x01\0");
    intake.handle_unit(RawUnit { framing: Framing::AnnexB, ..raw(0, 0, annexb) });
    intake.handle_unit(RawUnit {
        framing: Framing::LengthPrefixed(2),
        ..raw(40, 0, Bytes::from_static(b"\0\x03\x01\x9e\x03"))
    });
    let units = units(&mut intake);
    assert_eq!(units[0].payload.to_bytes(), sample(&[IDR]));
    assert_eq!(units[1].payload.to_bytes(), sample(&[B]));
    assert_eq!([units[0].flags, units[1].flags], [UnitFlags::RANDOM_ACCESS, UnitFlags::DISPOSABLE]);
    assert_eq!((units[0].track, units[0].duration), (TrackId(1), Ticks(3600)));
}

#[test]
fn a_unit_without_a_picture_gives_its_messages_to_the_next() {
    let mut intake = video();
    pictures(&mut intake, 0, 1);
    push(&mut intake, 40, &[SEI]);
    intake.handle_unit(raw(60, 0, Bytes::new()));
    push(&mut intake, 80, &[P]);
    let all = drain(&mut intake);
    assert!(matches!(all[1..3], [Output::Repair(Repair::Empty { .. }), Output::Repair(Repair::Empty { .. })]));
    let Output::Unit(unit) = &all[3] else { panic!("{:?}", all[3]) };
    assert_eq!((unit.payload.to_bytes(), unit.dts), (sample(&[SEI, P]), Timestamp(7200)));
    assert_eq!(intake.stats().empty, 2);
}

#[test]
fn slices_that_come_apart_are_one_unit_from_the_next_random_access_point_on() {
    let mut intake = video();
    let more: &[u8] = b"\x41\x46\x80";
    let more_idr: &[u8] = b"\x65\x42\x20\x80";
    for (dts, begin, slice) in [(0, IDR, more_idr), (40, P, more), (80, IDR, more_idr), (120, P, more)] {
        push(&mut intake, dts, &[begin]);
        push(&mut intake, dts, &[slice]);
    }
    intake.flush();
    let all = drain(&mut intake);
    let repairs: Vec<_> = all
        .iter()
        .filter_map(|output| match output {
            Output::Repair(repair) => Some(repair.name()),
            _ => None,
        })
        .collect();
    let units: Vec<_> = all
        .iter()
        .filter_map(|output| match output {
            Output::Unit(unit) => Some((unit.dts.0, unit.payload.to_bytes(), unit.is_random_access())),
            _ => None,
        })
        .collect();
    assert_eq!(repairs, ["malformed", "slice", "before_random_access", "slice", "slice"]);
    let whole = [(7200, sample(&[IDR, more_idr]), true), (10_800, sample(&[P, more]), false)];
    assert_eq!(units[0], (0, sample(&[IDR]), true));
    assert_eq!(units[1..], whole);
    assert_eq!((intake.stats().slices, intake.stats().malformed), (3, 1));
}

#[test]
fn jitter_and_equal_stamps_cost_a_tick_and_give_it_back() {
    let mut intake = video();
    for (n, dts) in [0, 40, 25, 25, 80].into_iter().enumerate() {
        push(&mut intake, dts, &[if n == 0 { IDR } else { P }]);
    }
    assert_eq!(shape(&mut intake), ["0", "3600", "backwards", "3601", "backwards", "3602", "7200"]);
    push(&mut intake, 80, &[P]);
    assert_eq!(shape(&mut intake), ["same_time", "7201"]);
    assert_eq!((intake.stats().backwards, intake.stats().same_time), (2, 1));
}

/// A picture stamped hours away that arrives in its turn.
fn rogue(arrival_ms: u64) -> RawUnit {
    RawUnit { arrival: MonoTime(arrival_ms * 1_000_000), ..raw(9_000_000, 0, sample(&[P])) }
}

#[test]
fn a_rogue_picture_is_stamped_between_its_neighbours() {
    let mut intake = video();
    pictures(&mut intake, 1000, 2);
    intake.handle_unit(rogue(1080));
    assert_eq!(shape(&mut intake), ["90000", "93600"]);
    push(&mut intake, 1120, &[P]);
    assert_eq!(shape(&mut intake), ["rogue", "97200", "100800"]);
    assert_eq!((intake.stats().rogue, intake.stats().new_timelines), (1, 0));
}

#[test]
fn a_restart_of_the_source_is_a_new_timeline_at_its_random_access_point() {
    let mut intake = video();
    pictures(&mut intake, 90_000, 3);
    shape(&mut intake);
    push(&mut intake, 0, &[P]);
    push(&mut intake, 40, &[IDR]);
    assert_eq!(shape(&mut intake), [""; 0]);
    push(&mut intake, 80, &[P]);
    assert_eq!(shape(&mut intake), ["new_timeline", "timeline", "before_random_access", "3600", "7200"]);
}

#[test]
fn a_jump_before_anything_came_out_sets_nothing_apart() {
    let mut intake = video();
    push(&mut intake, 90_000, &[P]);
    pictures(&mut intake, 0, 3);
    assert_eq!(shape(&mut intake), ["before_random_access", "new_timeline", "0", "3600", "7200"]);
}

#[test]
fn what_is_held_back_comes_out_at_the_end() {
    let mut intake = video();
    pictures(&mut intake, 0, 2);
    intake.handle_unit(rogue(80));
    intake.flush();
    assert_eq!(shape(&mut intake), ["0", "3600", "rogue", "7200"]);
}

#[test]
fn a_hole_in_steady_pictures_is_flagged_and_measured() {
    let mut intake = video();
    pictures(&mut intake, 0, 40);
    push(&mut intake, 3000, &[P]);
    let all = drain(&mut intake);
    let [Output::Repair(Repair::Gap { at, missing }), Output::Unit(unit)] = &all[40..] else { panic!("{all:?}") };
    assert_eq!((at.unit, *missing), (40, Ticks((3000 - 1600) * 90)));
    assert!(unit.flags.contains(UnitFlags::GAP_BEFORE));
    assert_eq!(intake.stats().gaps, 1);
}

#[test]
fn missing_sequence_numbers_are_flagged_on_the_unit_behind_them() {
    let mut intake = audio();
    let unit = |dts, sequence| RawUnit { sequence: Some(sequence), ..raw(dts, 0, Bytes::from_static(b"\x21\x10")) };
    intake.handle_unit(unit(0, 7));
    intake.handle_unit(unit(46, 9));
    let deadline = intake.poll_timeout().unwrap();
    assert_eq!(units(&mut intake).len(), 1);
    intake.handle_timeout(deadline);
    assert_eq!(units(&mut intake)[0].flags, UnitFlags::RANDOM_ACCESS | UnitFlags::GAP_BEFORE);
    intake.handle_unit(unit(23, 8));
    intake.handle_unit(unit(70, 10));
    intake.handle_unit(unit(0, 100_000));
    assert_eq!(intake.poll_timeout(), None);
    let stats = intake.stats();
    assert_eq!((stats.lost, stats.late, stats.sequence_resets, stats.duplicate, stats.reordered), (1, 1, 1, 0, 0));
}

#[test]
fn duplicates_and_disorder_are_counted() {
    let mut intake = audio();
    for sequence in [1, 3, 3, 2] {
        let payload = Bytes::from_static(b"\x21\x10");
        intake.handle_unit(RawUnit { sequence: Some(sequence), ..raw(sequence * 23, 0, payload) });
    }
    assert_eq!(units(&mut intake).len(), 3);
    assert_eq!((intake.stats().duplicate, intake.stats().reordered), (1, 1));
}

#[test]
fn a_wrong_composition_offset_is_repaired_and_counted() {
    let mut intake = video();
    pictures(&mut intake, 0, 1);
    intake.handle_unit(raw(40, 80, sample(&[P])));
    intake.handle_unit(raw(80, -40, sample(&[B])));
    assert_eq!(units(&mut intake).iter().map(|unit| unit.composition_offset.0).collect::<Vec<_>>(), [0, 7200, 0]);
    assert_eq!(intake.stats().composition_offset, 1);
}

#[test]
fn repeated_parameter_sets_are_no_new_track() {
    let mut intake = video();
    intake.handle_track(Arc::new(fixtures::video()));
    push(&mut intake, 0, &[SPS, PPS, IDR]);
    push(&mut intake, 40, &[PPS, P]);
    push(&mut intake, 80, &[SPS, PPS, IDR]);
    assert_eq!(shape(&mut intake), ["0", "3600", "7200"]);
    assert_eq!(intake.stats().new_tracks, 0);
}

#[test]
fn changed_parameter_sets_wait_for_a_random_access_point() {
    for in_band in [true, false] {
        let mut intake = video();
        pictures(&mut intake, 0, 1);
        if in_band {
            push(&mut intake, 40, &[OTHER_SPS, PPS, P]);
        } else {
            let config = fixtures::config(OTHER_SPS);
            intake.handle_track(Arc::new(avc::track(TrackId(9), Timescale::MILLIS, &config).unwrap()));
            push(&mut intake, 40, &[P]);
        }
        push(&mut intake, 80, &[IDR]);
        assert_eq!(shape(&mut intake), ["0", "3600", "avc1.4d401e", "7200"]);
        assert_eq!((intake.track().id, intake.track().timescale), (TrackId(1), Timescale::MPEG));
        assert_eq!((intake.stats().new_tracks, intake.stats().frame_rate.map(|rate| rate.num)), (1, Some(30)));
    }
}

#[test]
fn a_broken_configuration_leaves_the_one_before() {
    let mut intake = video();
    let broken = Track { config: Bytes::from_static(b"\x01\x64"), ..fixtures::video() };
    intake.handle_track(Arc::new(broken));
    intake.handle_track(Arc::new(fixtures::audio(44_100)));
    push(&mut intake, 0, &[b"\x67\x64", IDR]);
    assert_eq!(shape(&mut intake), ["configuration", "configuration", "configuration", "0"]);
    assert_eq!(intake.stats().configuration, 3);
}

#[test]
fn a_new_sampling_rate_takes_effect_at_once_and_time_goes_on() {
    let mut intake = audio();
    let unit = |dts| raw(dts, 0, Bytes::from_static(b"\x21\x10"));
    intake.handle_unit(unit(0));
    intake.handle_track(Arc::new(fixtures::audio(44_100)));
    intake.handle_unit(unit(23));
    let changed = Track { id: TrackId(7), ..fixtures::audio(48_000) };
    intake.handle_track(Arc::new(changed));
    intake.handle_unit(unit(46));
    assert_eq!(shape(&mut intake), ["0", "1024", "mp4a.40.2", "2230"]);
    assert_eq!(intake.track().id, TrackId(2));
}

#[test]
fn adts_headers_come_off_and_overlapping_sound_is_dropped() {
    let mut intake = audio();
    intake.handle_unit(raw(0, 0, Bytes::from_static(b"\xff\xf1\x50\x40\x01\x3f\xfc\x21\x10")));
    assert_eq!(units(&mut intake)[0].payload.to_bytes(), Bytes::from_static(b"\x21\x10"));
    for _ in 0..6 {
        intake.handle_unit(raw(0, 0, Bytes::from_static(b"\x21\x10")));
    }
    assert_eq!(intake.stats().adts_headers, 1);
    assert_eq!((intake.stats().overlap, intake.stats().emitted), (1, 6));
}

/// Decode time, presentation time and duration of each picture.
type Pictures = Vec<(i64, i64, u64)>;

/// Decode time and duration of each unit of sound.
type Sounds = Vec<(i64, u64)>;

/// N-01, N-02, N-24, T2: an hour of 30000/1001 with B-frames, and of 44.1 kHz sound, from `start` ms on.
fn an_hour(clock: SourceClock, start: u64) -> (Pictures, Sounds) {
    let (hz, wrap) = (u64::from(clock.scale.hz()), (1u64 << clock.bits.unwrap()) - 1);
    let stamp = |n: u64, num: u64, den: u64| start + (2 * n * den * hz + num) / (2 * num);
    let rate = FrameRate { num: 30_000, den: 1001 };
    let mut video = Intake::new(Arc::new(fixtures::video_at(Some(rate))), clock, Limits::default());
    let mut pictures = Vec::new();
    // Decode order I P B B, so that P is shown three pictures later and each B one earlier than it is decoded.
    for n in 0..107_892u64 {
        let shown = n + 1 + [0, 2, 0, 0][(n % 4) as usize];
        let nal = if n % 120 == 0 { IDR } else { P };
        let (dts, pts) = (stamp(n, 30_000, 1001), stamp(shown, 30_000, 1001));
        let unit = raw(0, pts as i64 - dts as i64, sample(&[nal]));
        video.handle_unit(RawUnit { dts: dts & wrap, ..unit });
        for unit in units(&mut video) {
            pictures.push((unit.dts.0, unit.pts().0, unit.duration.0));
        }
    }
    let mut audio = Intake::new(Arc::new(fixtures::audio(44_100)), clock, Limits::default());
    let mut sounds = Vec::new();
    for n in 0..3600 * 44_100 / 1024u64 {
        let unit = raw(0, 0, Bytes::from_static(b"\x21\x10"));
        audio.handle_unit(RawUnit { dts: stamp(n, 44_100, 1024) & wrap, ..unit });
        sounds.extend(units(&mut audio).iter().map(|unit| (unit.dts.0, unit.duration.0)));
    }
    assert_eq!((video.stats().repaired(), video.stats().dropped()), (0, 0));
    assert_eq!((audio.stats().repaired(), audio.stats().dropped()), (0, 0));
    (pictures, sounds)
}

#[test]
fn an_hour_of_ntsc_pictures_and_44_1_khz_sound_ends_on_the_exact_tick() {
    let (pictures, sounds) = an_hour(SourceClock::RTMP, 0);
    assert_eq!((pictures.len(), sounds.len()), (107_892, 155_039));
    for (n, (dts, pts, duration)) in pictures.into_iter().enumerate() {
        let shown = n + 1 + [0, 2, 0, 0][n % 4];
        assert_eq!((dts, pts, duration), (n as i64 * 3003, shown as i64 * 3003, 3003));
    }
    assert_eq!(sounds.last(), Some(&(155_038 * 1024, 1024)));
}

#[test]
fn a_wrap_in_the_middle_of_an_hour_changes_nothing() {
    for clock in [SourceClock::RTMP, SourceClock::MPEG_TS] {
        let half = 1_800 * u64::from(clock.scale.hz());
        let wrap = 1u64 << clock.bits.unwrap();
        // Whole seconds apart, so that the shift is a whole number of ticks on either side.
        let through = (wrap - half) / u64::from(clock.scale.hz()) * u64::from(clock.scale.hz());
        let (pictures, sounds) = an_hour(clock, through);
        let (plain_pictures, plain_sounds) = an_hour(clock, 0);
        let seconds = (through / u64::from(clock.scale.hz())) as i64;
        let shifted =
            plain_pictures.iter().map(|(dts, pts, len)| (dts + seconds * 90_000, pts + seconds * 90_000, *len));
        assert!(pictures.into_iter().eq(shifted));
        assert!(sounds.into_iter().eq(plain_sounds.iter().map(|(dts, len)| (dts + seconds * 44_100, *len))));
    }
}

#[test]
fn messages_keep_their_stamps_minutes_apart_and_start_anew_with_the_media() {
    let track = Track {
        codec: Codec::Scte35,
        timescale: Timescale::MPEG,
        params: springhead_core::MediaParams::Metadata,
        config: Bytes::new(),
        ..fixtures::audio(48_000)
    };
    let mut intake = Intake::new(Arc::new(track), SourceClock::MPEG_TS, Limits::default());
    let wrap = 1u64 << 33;
    let message = |dts| RawUnit { dts, ..raw(0, 0, Bytes::from_static(b"\xfc\x30")) };
    for stamp in [wrap - 90_000, 500 * 90_000, 500 * 90_000] {
        intake.handle_unit(message(stamp));
    }
    let first = (wrap - 90_000) as i64;
    let after = first + 90_000 + 500 * 90_000;
    let of = |units: Vec<AccessUnit>| units.iter().map(|unit| (unit.dts.0, unit.duration.0)).collect::<Vec<_>>();
    let placed = of(units(&mut intake));
    assert_eq!(placed, [(first, 0), (after, 0), (after + 1, 0)]);
    intake.handle_timeline();
    intake.handle_unit(message(7));
    assert_eq!(of(units(&mut intake)), [(7, 0)]);
    assert_eq!(intake.stats().dropped(), 0);
    // A clock that wrapped long before the first message did.
    intake.handle_timeline();
    intake.handle_position(Timestamp(5 * wrap as i64), Timescale::MPEG);
    intake.handle_unit(message(90_000));
    assert_eq!(of(units(&mut intake)), [(5 * wrap as i64 + 90_000, 0)]);
}
