use bytes::Bytes;
use springhead_codec::nal::Framing;
use springhead_core::{Codec, TickDelta, Timescale};
use springhead_testkit::{AUDIO, Source, SourceOptions, VIDEO};

use super::*;

/// The units of a source from `start` on, as a protocol hands them in, stamped in the tracks' own timescales.
fn source(start: Duration, span: Duration) -> Vec<(TrackId, RawUnit)> {
    let units = Source::new(SourceOptions { start, ..SourceOptions::default() }).until(span);
    let raw = |unit: AccessUnit| RawUnit {
        dts: unit.dts.0 as u64,
        composition_offset: unit.composition_offset,
        sequence: None,
        framing: Framing::LengthPrefixed(4),
        payload: unit.payload.to_bytes(),
        checksum: None,
        arrival: unit.arrival,
    };
    units.into_iter().map(|unit| (unit.track, raw(unit))).collect()
}

fn description(kind: MediaKind) -> TrackDescription {
    let set = Source::new(SourceOptions::default()).tracks();
    let track = Track::clone(set.first(kind).unwrap());
    TrackDescription { clock: SourceClock { scale: track.timescale, bits: None }, track }
}

fn assembly(numbering: Numbering) -> Assembly {
    Assembly::new(Limits::default(), Duration::from_secs(1), numbering)
}

fn with_tracks(numbering: Numbering) -> Assembly {
    let mut assembly = assembly(numbering);
    assert_eq!(assembly.set_track(0, description(MediaKind::Video)), Ok(VIDEO));
    assert_eq!(assembly.set_track(1, description(MediaKind::Audio)), Ok(AUDIO));
    assembly
}

fn units(assembly: &mut Assembly) -> Vec<(AccessUnit, Arc<TrackSet>)> {
    let unit = |assembled| match assembled {
        Assembled::Unit(unit, set) => Some((unit, set)),
        _ => None,
    };
    std::iter::from_fn(|| assembly.poll()).filter_map(unit).collect()
}

fn dropped(assembly: &mut Assembly) -> usize {
    std::iter::from_fn(|| assembly.poll()).filter(|assembled| matches!(assembled, Assembled::Dropped(..))).count()
}

fn shape(set: &TrackSet) -> (u64, u64, Vec<MediaKind>) {
    (set.generation.0, set.timeline.0, set.tracks.iter().map(|track| track.kind()).collect())
}

const BOTH: [MediaKind; 2] = [MediaKind::Video, MediaKind::Audio];
const SECOND: Duration = Duration::from_secs(1);

fn splices() -> TrackDescription {
    let track = Track {
        id: TrackId(0),
        timescale: Timescale::MPEG,
        codec: Codec::Scte35,
        config: Bytes::new(),
        codec_string: "".into(),
        params: springhead_core::MediaParams::Metadata,
        language: None,
    };
    TrackDescription { clock: SourceClock::MPEG_TS, track }
}

#[test]
fn a_message_that_comes_before_the_first_picture_and_sound_does_not_end_the_wait_for_them() {
    let mut assembly = with_tracks(Numbering::default());
    let messages = assembly.set_track(2, splices()).unwrap();
    let units_of_media = source(Duration::ZERO, SECOND);
    let message = RawUnit { dts: 0, payload: Bytes::from_static(&[0xfc, 0x30]), ..units_of_media[0].1.clone() };
    assembly.handle_unit(messages, message);
    // Nothing but the message comes for longer than any wait.
    let late = MonoTime(0) + Duration::from_secs(60);
    let media = |raw: &RawUnit| RawUnit { arrival: late, ..raw.clone() };
    let picture = units_of_media.iter().find(|(id, _)| *id == VIDEO).unwrap();
    assembly.handle_unit(VIDEO, media(&picture.1));
    assert_eq!(units(&mut assembly), []);
    let sound = units_of_media.iter().find(|(id, _)| *id == AUDIO).unwrap();
    assembly.handle_unit(AUDIO, media(&sound.1));
    let given = units(&mut assembly);
    assert_eq!(given.len(), 3);
    assert!(given.iter().all(|(_, set)| set.tracks.len() == 3 && set.leading().unwrap().id == VIDEO));
}

#[test]
fn too_many_tracks_and_a_slot_of_another_kind_are_refused() {
    let mut assembly = Assembly::new(Limits { tracks: 1, ..Limits::default() }, SECOND, Numbering::default());
    assembly.set_track(3, description(MediaKind::Video)).unwrap();
    assert_eq!(assembly.set_track(3, description(MediaKind::Audio)), Err(TrackError::OtherKind));
    assert_eq!(assembly.set_track(4, description(MediaKind::Audio)), Err(TrackError::TooMany(1)));
    assembly.handle_unit(TrackId(9), source(Duration::ZERO, SECOND).remove(0).1);
    assert!(assembly.poll().is_none());
}

#[test]
fn a_broadcast_begins_with_both_tracks_and_with_every_unit() {
    let mut assembly = with_tracks(Numbering::default());
    let input = source(Duration::ZERO, SECOND);
    for (id, raw) in input.clone() {
        assembly.handle_unit(id, raw);
    }
    let out = units(&mut assembly);
    assert_eq!(out.len(), input.len());
    assert!(out.iter().all(|(_, set)| shape(set) == (0, 0, BOTH.to_vec())));
    assert!(out[0].0.is_random_access() && out[0].0.track == VIDEO);
}

#[test]
fn a_track_that_stays_away_is_waited_for_and_then_joins_as_a_new_generation() {
    let mut assembly = with_tracks(Numbering::default());
    let late = Duration::from_secs(5);
    let (mut first_out, mut sound_came) = (None, false);
    for (id, raw) in source(Duration::ZERO, 6 * SECOND) {
        if id == AUDIO && raw.arrival < MonoTime(0) + late {
            continue;
        }
        let arrival = raw.arrival;
        assembly.handle_unit(id, raw);
        for (unit, set) in units(&mut assembly) {
            first_out.get_or_insert(arrival);
            sound_came |= unit.track == AUDIO;
            let expected = if sound_came { (1, 0, BOTH.to_vec()) } else { (0, 0, vec![MediaKind::Video]) };
            assert_eq!(shape(&set), expected);
        }
    }
    assert_eq!((first_out, sound_came), (Some(MonoTime(0) + SECOND), true));
}

#[test]
fn the_first_picture_of_a_known_track_is_waited_for_longer_than_sound_is() {
    let mut assembly = with_tracks(Numbering::default());
    for (id, raw) in source(Duration::ZERO, 5 * SECOND) {
        if id == AUDIO || raw.arrival >= MonoTime(0) + 3 * SECOND {
            assembly.handle_unit(id, raw);
        }
    }
    // Pictures began in the middle of a group, and the next one begins after four seconds.
    let out = units(&mut assembly);
    assert!(out.iter().all(|(_, set)| shape(set) == (0, 0, BOTH.to_vec())));
    assert!(out.windows(2).all(|pair| nanos(&pair[0]) <= nanos(&pair[1])));
}

fn nanos((unit, set): &(AccessUnit, Arc<TrackSet>)) -> Timestamp {
    unit.dts.rescale(set.track(unit.track).unwrap().timescale, Timescale::NANOS, Rounding::Floor)
}

#[test]
fn what_waits_at_the_gate_is_bounded_be_it_messages_alone() {
    for id in [AUDIO, TrackId(3)] {
        let mut assembly = with_tracks(Numbering::default());
        assert_eq!(assembly.set_track(2, splices()), Ok(TrackId(3)));
        for n in 0..GATE_UNITS as u64 + 10 {
            let raw = RawUnit {
                dts: n * 1024,
                composition_offset: TickDelta(0),
                sequence: None,
                framing: Framing::AnnexB,
                payload: Bytes::from_static(b"\x21\x10"),
                checksum: None,
                arrival: MonoTime(0),
            };
            assembly.handle_unit(id, raw);
        }
        assert_eq!(units(&mut assembly).len(), GATE_UNITS + 10);
    }
}

#[test]
fn the_next_session_goes_on_with_the_numbers_and_has_a_timeline_of_its_own() {
    let mut first = with_tracks(Numbering::default());
    for (id, raw) in source(Duration::ZERO, SECOND) {
        first.handle_unit(id, raw);
    }
    first.flush();
    // A session in between that sends nothing leaves no trace.
    let mut silent = with_tracks(first.into_numbering());
    silent.flush();

    let mut second = assembly(silent.into_numbering());
    assert_eq!(second.set_track(7, description(MediaKind::Audio)), Ok(AUDIO));
    assert_eq!(second.set_track(8, description(MediaKind::Video)), Ok(VIDEO));
    for (id, raw) in source(Duration::ZERO, SECOND) {
        second.handle_unit(id, raw);
    }
    second.flush();
    assert!(units(&mut second).iter().all(|(_, set)| shape(set) == (0, 1, BOTH.to_vec())));

    let mut third = assembly(second.into_numbering());
    let mut other = description(MediaKind::Audio);
    other.track.language = Some("de".into());
    third.set_track(1, other).unwrap();
    for (id, raw) in source(Duration::ZERO, SECOND) {
        third.handle_unit(id, raw);
    }
    third.flush();
    assert!(units(&mut third).iter().all(|(_, set)| shape(set) == (1, 2, vec![MediaKind::Audio])));
}

#[test]
fn when_all_clocks_start_anew_there_is_one_new_timeline_and_no_mixture() {
    let mut assembly = with_tracks(Numbering::default());
    for (id, raw) in source(1000 * SECOND, 4 * SECOND) {
        assembly.handle_unit(id, raw);
    }
    let before = units(&mut assembly).len();
    let restart = source(Duration::ZERO, 4 * SECOND);
    let (shift, count) = (4 * SECOND, restart.len());
    for (id, raw) in restart {
        assembly.handle_unit(id, RawUnit { arrival: raw.arrival + shift, ..raw });
    }
    let after = units(&mut assembly);
    assert_eq!(before, source(Duration::ZERO, 4 * SECOND).len());
    assert_eq!(after.len(), count);
    assert!(after.iter().all(|(_, set)| shape(set) == (0, 1, BOTH.to_vec())));
}

#[test]
fn a_track_on_the_old_clock_is_left_out_until_it_is_clear_that_it_stays_there() {
    let mut assembly = with_tracks(Numbering::default());
    for (id, raw) in source(1000 * SECOND, 4 * SECOND) {
        assembly.handle_unit(id, raw);
    }
    units(&mut assembly);
    let sound = source(1000 * SECOND, 10 * SECOND).into_iter().filter(|(id, _)| *id == AUDIO);
    let pictures = source(Duration::ZERO, 6 * SECOND).into_iter().filter(|(id, _)| *id == VIDEO);
    let pictures = pictures.map(|(id, raw)| (id, RawUnit { arrival: raw.arrival + 4 * SECOND, ..raw }));
    let mut input: Vec<_> = sound.filter(|(_, raw)| raw.arrival >= MonoTime(0) + 4 * SECOND).chain(pictures).collect();
    input.sort_by_key(|(_, raw)| raw.arrival);
    let mut timelines = Vec::new();
    let (mut left_out, mut sounds) = (0, 0);
    for (id, raw) in input {
        assembly.handle_unit(id, raw);
        while let Some(assembled) = assembly.poll() {
            match assembled {
                Assembled::Unit(unit, set) => {
                    timelines.push(set.timeline.0);
                    sounds += usize::from(unit.track == AUDIO && set.timeline.0 == 1);
                }
                Assembled::Dropped(id, DropReason::OldTimeline, _) => {
                    assert_eq!(id, AUDIO);
                    left_out += 1;
                }
                Assembled::Repaired(..) => {}
            }
        }
    }
    timelines.dedup();
    assert_eq!(timelines, [0, 1]);
    // Two seconds of sound, and the rest is there.
    assert!((93..=95).contains(&left_out), "{left_out}");
    assert!(sounds > 150, "{sounds}");
    assert_eq!(dropped(&mut assembly), 0);
}

#[test]
fn a_changed_configuration_is_a_new_generation_from_its_first_unit_on() {
    let mut assembly = with_tracks(Numbering::default());
    let input = source(Duration::ZERO, 4 * SECOND);
    let (before, after) = input.split_at(input.len() / 2);
    before.iter().cloned().for_each(|(id, raw)| assembly.handle_unit(id, raw));
    units(&mut assembly);
    let wide = Source::new(SourceOptions { size: (1280, 720), ..SourceOptions::default() }).tracks();
    let track = Track::clone(wide.first(MediaKind::Video).unwrap());
    assert_eq!(track.codec, Codec::Avc);
    let clock = SourceClock { scale: track.timescale, bits: None };
    assert_eq!(assembly.set_track(0, TrackDescription { track, clock }), Ok(VIDEO));
    after.iter().cloned().for_each(|(id, raw)| assembly.handle_unit(id, raw));
    let out = units(&mut assembly);
    let changed = out.iter().position(|(_, set)| set.generation.0 == 1).unwrap();
    assert!(out[changed].0.is_random_access() && out[changed].0.track == VIDEO);
    assert_eq!(out[changed].1.first(MediaKind::Video).unwrap().video().unwrap().width, 1280);
    assert!(out[..changed].iter().all(|(_, set)| set.generation.0 == 0));
    assert!(out[changed..].iter().all(|(_, set)| set.generation.0 == 1));
}

#[test]
fn a_missing_unit_is_given_up_when_units_of_another_track_show_that_its_time_is_over() {
    let mut assembly = with_tracks(Numbering::default());
    let mut sequence = 0;
    for (id, mut raw) in source(Duration::ZERO, SECOND) {
        if id == AUDIO {
            sequence += 1;
            raw.sequence = Some(sequence);
            if sequence == 10 || raw.arrival > MonoTime(0) + SECOND / 2 {
                continue;
            }
        }
        assembly.handle_unit(id, raw);
    }
    let sounds = units(&mut assembly).iter().filter(|(unit, _)| unit.track == AUDIO).count();
    assert_eq!(sounds, 23);
}
