use super::*;
use proptest::prelude::*;
use springhead_codec::avc::Sps;

const DELIMITER: &[u8] = b"\0\0\0\x01\x09\xf0";
const SETS: &[u8] = b"\0\0\0\x01\x67\x42\xc0\x0d\xda\x05\x07\xec\x04\x40\0\0\x03\0\x40\0\0\x0c\x83\xc5\x0a\xa8\0\0\0\x01\x68\xce\x0f\xc8";

/// A slice of the picture of that number, which is the first of it or not.
fn slice(number: u8, first: bool) -> Vec<u8> {
    // first_mb_in_slice 0 or 1, slice_type 7, pic_parameter_set_id 0, frame_num of four bits.
    let bits = if first { 0b1_0001_0001 } else { 0b010_0001_0001 } << 4 | u16::from(number & 15);
    let [high, low] = (bits << if first { 3 } else { 1 }).to_be_bytes();
    [&[0, 0, 1, 0x41, high, low, 0x11][..], &[number | 1; 30]].concat()
}

/// Pictures of two slices each, with a delimiter or without.
fn stream(count: u8, delimited: bool) -> Vec<Vec<u8>> {
    let unit = |number: u8| {
        let sets = if number == 0 { SETS } else { &[] };
        let delimiter = if delimited { DELIMITER } else { &[] };
        [delimiter, sets, &slice(number, true), &slice(number, false)].concat()
    };
    (0..count).map(unit).collect()
}

fn at(pts: u64) -> Said {
    Said { pts: Some(pts), dts: Some(pts), ..Said::default() }
}

fn avc() -> Pictures {
    Pictures::new(Codec::Avc).unwrap()
}

fn split(pictures: &mut Pictures, payload: &[u8], said: Said) -> (Vec<Frame>, bool) {
    let mut frames = Vec::new();
    let sound = pictures.split(Bytes::copy_from_slice(payload), said, |frame| frames.push(frame));
    (frames, sound)
}

fn finish(pictures: &mut Pictures) -> Vec<Frame> {
    let mut frames = Vec::new();
    pictures.finish(|frame| frames.push(frame));
    frames
}

#[test]
fn what_is_no_nal_unit_is_dropped_and_told_once() {
    let mut pictures = avc();
    assert_eq!(split(&mut pictures, &[0x55; 300], at(0)), (vec![], false));
    assert_eq!(split(&mut pictures, &[0x55; 300], at(1)), (vec![], true));
    assert!(pictures.held_bytes() < 4);
    let unit = &stream(1, true)[0];
    assert_eq!(split(&mut pictures, unit, at(2)), (vec![], true));
    let found = finish(&mut pictures);
    assert!(found.len() == 1 && found[0].loss_before && found[0].payload == unit);
    assert_eq!((found[0].pts, finish(&mut pictures).len()), (Some(2), 0));
}

#[test]
fn aligned_pictures_are_given_with_their_payload_which_is_not_copied() {
    let mut pictures = avc();
    for (n, unit) in stream(5, true).into_iter().enumerate() {
        let payload = Bytes::from(unit);
        let mut found = Vec::new();
        let said = Said { aligned: true, ..at(n as u64) };
        assert!(pictures.split(payload.clone(), said, |frame| found.push(frame)));
        assert_eq!((found.len(), found[0].pts, pictures.held_bytes()), (1, Some(n as u64), 0));
        assert_eq!((&found[0].payload, found[0].payload.as_ptr()), (&payload, payload.as_ptr()));
    }
}

#[test]
fn the_first_picture_waits_until_payloads_are_seen_to_be_aligned_if_they_do_not_say_so() {
    let slices: Vec<_> = (0..4).map(|n| slice(n, true)).collect();
    // The indicator may be of slices.
    for (units, aligned, expected) in [
        (stream(4, true), true, [1, 1, 1, 1]),
        (stream(4, true), false, [0, 2, 1, 1]),
        (slices.clone(), true, [0, 2, 1, 1]),
        (slices, false, [0, 2, 1, 1]),
    ] {
        let mut pictures = avc();
        let given = |(n, unit): (usize, &Vec<u8>)| split(&mut pictures, unit, Said { aligned, ..at(n as u64) }).0.len();
        assert_eq!(units.iter().enumerate().map(given).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn slices_that_come_apart_tear_one_picture_and_are_put_together_from_then_on() {
    let mut pictures = avc();
    let mut found = Vec::new();
    let units = stream(4, true);
    assert_eq!(split(&mut pictures, &units[0], Said { aligned: true, ..at(0) }).0.len(), 1);
    for n in 1..4u8 {
        let (frames, _) = split(&mut pictures, &[DELIMITER, &slice(n, true)].concat(), at(n.into()));
        found.extend(frames);
        let (frames, sound) = split(&mut pictures, &slice(n, false), at(9));
        assert_eq!(sound, n > 1, "the first was given without its second slice");
        found.extend(frames);
    }
    found.extend(finish(&mut pictures));
    let told: Vec<_> = found.iter().map(|frame| (frame.pts.unwrap(), frame.payload.len(), frame.loss_before)).collect();
    assert_eq!(told, [(1, 43, false), (2, 80, true), (3, 80, false)]);
}

#[test]
fn a_nal_unit_a_payload_is_joined_to_pictures_with_the_time_of_the_first() {
    let mut pictures = avc();
    let mut found = Vec::new();
    for n in 0..3u8 {
        let time = 100 * u64::from(n);
        let key = Said { random_access: n == 0, ..at(time + 2) };
        // What GStreamer says of those behind the first is not when the picture is shown.
        for (payload, said) in [(DELIMITER.to_vec(), at(time)), (slice(n, true), at(time + 1)), (slice(n, false), key)]
        {
            let (frames, sound) = split(&mut pictures, &payload, said);
            assert!(sound);
            // The next delimiter tells that the picture has ended.
            assert_eq!(frames.len(), usize::from(payload == DELIMITER && n > 0));
            found.extend(frames);
        }
    }
    found.extend(finish(&mut pictures));
    let told: Vec<_> = found.iter().map(|frame| (frame.pts, frame.random_access, frame.payload.len())).collect();
    assert_eq!(told, [(Some(0), true, 80), (Some(100), false, 80), (Some(200), false, 80)]);
}

#[test]
fn what_has_no_time_of_its_own_is_decoded_at_the_pace_of_those_around_and_shown_at_a_time_unknown() {
    let mut pictures = avc();
    let units = stream(7, true);
    let mut found = Vec::new();
    for (n, pair) in units.chunks(2).enumerate() {
        let said = Said { pts: Some(n as u64 * 6000 + 9000), dts: Some(n as u64 * 6000), random_access: true, ..at(0) };
        found.extend(split(&mut pictures, &pair.concat(), said).0);
    }
    let told: Vec<_> = found.iter().map(|frame| (frame.pts, frame.dts, frame.random_access)).collect();
    let stated = |n: u64| (Some(n * 6000 + 9000), Some(n * 6000), true);
    // Before two times are stated there is no pace.
    let reckoned = |n: u64| (None, Some(n * 6000 + 3000), false);
    assert_eq!(told[..2], [stated(0), (None, None, false)]);
    assert_eq!(told[2..], [stated(1), reckoned(1), stated(2), reckoned(2), stated(3)]);
    // A time far from the last one says nothing of the pace, and behind a loss there is none to begin from.
    found = split(&mut pictures, &units[..2].concat(), at(CLOCK_RANGE - 1000)).0;
    assert_eq!(found[1].dts, Some(2000), "through the wrap of the clock");
    pictures.reset();
    found = split(&mut pictures, &units[1], Said::default()).0;
    assert_eq!((found[0].pts, found[0].dts), (None, None));
}

#[test]
fn behind_a_loss_pictures_that_are_cut_apart_begin_where_that_is_certain() {
    // From within the second picture on, or from its end: a slice may have had something before it.
    for (delimited, into, first) in [(true, 15, 2), (false, 15, 2), (true, 0, 2), (false, 0, 3)] {
        let units = stream(5, delimited);
        let mut pictures = avc();
        split(&mut pictures, &units[0][..40], at(0));
        split(&mut pictures, &units[0][40..], at(0));
        assert!(pictures.reset());
        let rest = if into == 0 { units[2..].concat() } else { [&units[1][into..], &units[2..].concat()].concat() };
        let (frames, sound) = split(&mut pictures, &rest, at(0));
        assert!(sound, "what is missing is known");
        let found: Vec<_> = frames.into_iter().chain(finish(&mut pictures)).map(|frame| frame.payload).collect();
        assert_eq!(found, units[first..], "{delimited}, {into}");
    }
}

#[test]
fn both_fields_of_a_frame_stay_together_unless_each_has_a_time() {
    // Of x264, `tff=1`.
    const SETS: &[u8] = b"\0\0\x01\x67\x64\0\x28\xac\xd9\x40\x78\x04\x4f\xde\x02\x20\0\0\x03\0\x20\0\0\
        \x06\x43\xe2\xc5\xb2\xc0\0\0\x01\x68\xfe\x8f\xcb";
    let sps = Sps::parse(&SETS[3..]).unwrap();
    let field = |frame: u8, bottom: bool| {
        // first_mb_in_slice 0, slice_type 7, pic_parameter_set_id 0, frame_num, field_pic_flag, bottom_field_flag, and more.
        let frame_num = format!("{frame:0width$b}", width = sps.log2_max_frame_num.into());
        let bits = format!("1 0001000 1 {frame_num} 1 {} 1010101010101010101010101010101010", u8::from(bottom));
        let bits: Vec<_> = bits.bytes().filter(|bit| *bit != b' ').map(|bit| bit & 1).collect();
        let bytes: Vec<u8> =
            bits.as_chunks::<8>().0.iter().map(|bits| bits.iter().fold(0, |all, bit| all << 1 | bit)).collect();
        [DELIMITER, b"\0\0\x01\x61", &bytes].concat()
    };
    let [top, bottom, next] = [field(1, false), field(1, true), field(2, false)];
    let mut pictures = avc();
    let first = [DELIMITER, SETS, &top[6..]].concat();
    let (frames, sound) = split(&mut pictures, &[&first[..], &bottom].concat(), Said { aligned: true, ..at(0) });
    assert_eq!((frames.len(), sound), (1, true));
    assert_eq!(frames[0].payload.len(), first.len() + bottom.len());
    // Two of different frames, and two with their times.
    let (frames, _) = split(&mut pictures, &[&top[..], &next].concat(), at(3600));
    assert_eq!(frames.iter().map(|frame| frame.pts).collect::<Vec<_>>(), [Some(3600), None]);
    let found = [top, bottom].map(|field| split(&mut pictures, &field, at(7200)).0);
    assert_eq!(found.map(|frames| frames.len()), [1, 1]);
}

proptest! {
    #[test]
    fn however_access_units_lie_in_payloads_they_come_out_whole(
        (count, delimited) in (1u8..12, any::<bool>()),
        first in 36usize..70,
        cuts in prop::collection::btree_set(71usize..1000, 0..40),
    ) {
        let units = stream(count, delimited);
        let all = units.concat();
        let starts: Vec<_> = units.iter().scan(0, |at, unit| Some(std::mem::replace(at, *at + unit.len()))).collect();
        // The first picture is cut apart, so that none of the others is taken to end with its payload.
        let mut cuts: Vec<_> = [0, first].into_iter().chain(cuts).filter(|cut| *cut < all.len()).collect();
        cuts.push(all.len());
        let (mut pictures, mut found) = (avc(), Vec::new());
        let mut timed = Vec::new();
        for cut in cuts.windows(2) {
            // A unit begins with its start code, of which the first zero of four may be left out.
            let begins = |start: &usize| {
                let code = start + usize::from(all[start + 2] == 0);
                (cut[0]..cut[1]).contains(&code)
            };
            let first = starts.iter().position(begins);
            timed.extend(first);
            let said = Said { pts: first.map(|n| n as u64), ..Said::default() };
            let (frames, sound) = split(&mut pictures, &all[cut[0]..cut[1]], said);
            prop_assert!(sound);
            found.extend(frames);
        }
        found.extend(finish(&mut pictures));
        prop_assert_eq!(found.iter().map(|frame| frame.payload.to_vec()).collect::<Vec<_>>(), units);
        for (n, frame) in found.iter().enumerate() {
            prop_assert_eq!(frame.pts, timed.contains(&n).then_some(n as u64));
            prop_assert!(!frame.loss_before);
        }
    }

    #[test]
    fn several_whole_access_units_in_a_payload_are_given_with_it(
        counts in prop::collection::vec(1usize..5, 1..8),
        delimited: bool,
    ) {
        let units = stream(counts.iter().sum::<usize>() as u8, delimited);
        let mut rest = &units[..];
        let (mut pictures, mut found) = (avc(), Vec::new());
        for count in counts {
            let (these, others) = rest.split_at(count);
            rest = others;
            found.extend(split(&mut pictures, &these.concat(), Said { aligned: true, ..at(rest.len() as u64) }).0);
            // The first payload begins with parameter sets, or a delimiter.
            prop_assert_eq!(found.len(), units.len() - rest.len());
        }
        prop_assert!(found.iter().map(|frame| frame.payload.to_vec()).eq(units));
    }
}
