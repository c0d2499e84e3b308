//! What is within a unit.

use bytes::Bytes;
use springhead::codec::aac::AudioSpecificConfig;
use springhead::codec::aac::adts::Header;
use springhead::codec::nal::Framing;
use springhead::core::{MediaKind, TickDelta};
use springhead::mux::fmp4::read;

use super::encoder::{Encoder, PICTURES, SOUND, Sent, framed, nals, small};
use super::house::House;
use super::{assert_in_step, assert_no_player_stops, broadcast, discontinuities, gaps, length, millis, near, seconds};

/// Every sample of a rendition, in decoding order.
fn samples(house: &House, rendition: &str) -> Vec<Bytes> {
    let bodies = house.audit.segments(rendition).iter().map(|segment| segment.body().to_bytes());
    let of_body = |body: Bytes| {
        let chunks = read::chunks(&body).expect("what is published can be read");
        let samples = chunks.into_iter().flat_map(|chunk| chunk.samples);
        samples.map(|sample| sample.payload(&body)).collect::<Vec<_>>()
    };
    bodies.flat_map(of_body).collect()
}

/// The NAL units of an access unit without lengths of their own.
fn byte_stream(nals: &[Bytes], start_code: &[u8], behind: &[u8]) -> Bytes {
    nals.iter().flat_map(|nal| [start_code, nal, behind].concat()).collect()
}

/// What comes out of an encoder whose units are changed so that nothing should be seen of it.
fn assert_the_same(units: Vec<Sent>, repairs: &[(&str, u64)]) -> House {
    let encoder = Encoder::new(small());
    let plain = broadcast(&encoder, encoder.clone().until(seconds(10)));
    let house = broadcast(&encoder, units);
    assert_eq!(house.repairs(), repairs);
    for name in ["v1", "a2"] {
        assert!(samples(&house, name) == samples(&plain, name), "{name}");
        let times = |house: &House| {
            let segments = house.audit.segments(name).iter();
            segments.map(|segment| (segment.msn, segment.start, segment.ticks, segment.duration)).collect::<Vec<_>>()
        };
        assert_eq!(times(&house), times(&plain), "{name}");
    }
    house.audit.assert_keeps_rules_but(&[]);
    house
}

fn ten_seconds() -> Vec<Sent> {
    Encoder::new(small()).until(seconds(10))
}

#[test]
fn lengths_of_two_bytes_are_rewritten_to_four_and_empty_nal_units_left_out() {
    let mut units = ten_seconds();
    for sent in units.iter_mut().filter(|sent| sent.is_picture()) {
        let mut parts = nals(&sent.raw.payload);
        parts.insert(1, Bytes::new());
        sent.raw.payload = framed(2, &parts);
        sent.raw.framing = Framing::LengthPrefixed(2);
    }
    assert_the_same(units, &[]);
}

#[test]
fn byte_streams_with_short_start_codes_trailing_zeros_and_delimiters_are_the_same_samples() {
    let delimiter = Bytes::from_static(&[9, 0xf0]);
    let filler = Bytes::from_static(&[12, 0xff, 0xff, 0x80]);
    let mut units = ten_seconds();
    for (at, sent) in units.iter_mut().filter(|sent| sent.is_picture()).enumerate() {
        let mut parts = nals(&sent.raw.payload);
        // None, one, two.
        (0..at % 3).for_each(|_| parts.insert(0, delimiter.clone()));
        parts.extend((at % 5 == 0).then(|| filler.clone()));
        let start_code: &[u8] = if at % 2 == 0 { &[0, 0, 1] } else { &[0, 0, 0, 1] };
        sent.raw.payload = byte_stream(&parts, start_code, &[0, 0][..at % 3]);
        sent.raw.framing = Framing::AnnexB;
    }
    assert_the_same(units, &[]);
}

#[test]
fn adts_headers_with_and_without_a_checksum_are_taken_off() {
    let mut units = ten_seconds();
    let config = Encoder::new(small()).track(MediaKind::Audio).config.clone();
    let config = AudioSpecificConfig::parse(&config).unwrap();
    let mut count = 0;
    for (at, sent) in units.iter_mut().filter(|sent| !sent.is_picture()).enumerate() {
        count += 1;
        let mut header = Header::for_payload(&config, sent.raw.payload.len()).unwrap().to_bytes().to_vec();
        if at % 2 == 0 {
            // protection_absent is 0, and the frame longer by the two bytes of the checksum.
            let length = sent.raw.payload.len() + 9;
            header[1] &= 0xfe;
            header[3] = header[3] & 0xfc | (length >> 11) as u8;
            header[4] = (length >> 3) as u8;
            header[5] = header[5] & 0x1f | ((length & 7) as u8) << 5;
            header.extend([0xbe, 0xef]);
        }
        sent.raw.payload = [&header[..], &sent.raw.payload].concat().into();
    }
    let house = assert_the_same(units, &[("adts_header", count)]);
    assert_eq!(house.intake(SOUND).adts_headers, count);
}

#[test]
fn an_adts_frame_of_several_blocks_is_dropped_and_told_of_and_its_neighbours_are_not() {
    let encoder = Encoder::new(small());
    let mut units = ten_seconds();
    let config = AudioSpecificConfig::parse(&encoder.track(MediaKind::Audio).config).unwrap();
    let at = units.iter().position(|sent| !sent.is_picture() && sent.at() > seconds(5)).unwrap();
    let mut header = Header::for_payload(&config, units[at].raw.payload.len()).unwrap().to_bytes();
    header[6] |= 1;
    units[at].raw.payload = [&header[..], &units[at].raw.payload].concat().into();
    let house = broadcast(&encoder, units);
    assert_eq!(house.repairs(), [("malformed", 1)]);
    assert!(near(length(&house, "a2"), seconds(10), millis(60)));
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn units_whose_lengths_lie_or_whose_bytes_are_no_pictures_are_dropped_and_the_others_are_shown() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(30));
    let mut broken = 0;
    for (at, sent) in units.iter_mut().filter(|sent| sent.is_picture() && !sent.is_key()).enumerate() {
        let mut bytes = sent.raw.payload.to_vec();
        match at % 50 {
            // A length that reaches far beyond the end, one that reaches one byte beyond, half a unit, a forbidden bit.
            10 => bytes[0] = 0x7f,
            20 => bytes.truncate(bytes.len() - 1),
            30 => bytes.truncate(6),
            40 => bytes[4] |= 0x80,
            _ => continue,
        }
        broken += 1;
        sent.raw.payload = bytes.into();
    }
    let house = broadcast(&encoder, units);
    assert_eq!(house.repairs(), [("malformed", broken)]);
    assert_eq!(house.intake(PICTURES).malformed, broken);
    assert_eq!((discontinuities(&house, "v1"), gaps(&house, "v1")), (vec![], 0));
    assert_eq!(samples(&house, "v1").len() as u64, 900 - broken);
    assert!(near(length(&house, "v1"), seconds(30), millis(40)));
    assert_in_step(&house);
    house.audit.assert_keeps_rules_but(&[]);
    assert_no_player_stops(house, seconds(29));
}

#[test]
fn units_without_a_picture_or_a_byte_make_no_sample_and_their_messages_go_with_the_next_picture() {
    let encoder = Encoder::new(small());
    let captions = Bytes::from_static(&[6, 4, 3, 0xb5, 0, 0x31, 0x80]);
    let filler = Bytes::from_static(&[12, 0xff, 0x80]);
    let delimiter = Bytes::from_static(&[9, 0xf0]);
    let mut units = encoder.clone().until(seconds(10));
    let mut sent_before = Vec::new();
    for (at, sent) in units.iter().enumerate().filter(|(_, sent)| sent.is_picture() && !sent.is_key()).step_by(17) {
        let payload = match at % 4 {
            0 => Bytes::new(),
            1 => framed(4, &[&filler]),
            2 => framed(4, &[&delimiter]),
            _ => framed(4, &[&captions]),
        };
        let mut extra = sent.clone();
        extra.raw.dts -= 5;
        extra.raw.composition_offset = TickDelta(0);
        extra.raw.payload = payload;
        sent_before.push((at, extra));
    }
    let messages = sent_before.iter().filter(|(at, _)| at % 4 == 3).count();
    let empty = sent_before.len() as u64;
    assert!(messages > 0 && (messages as u64) < empty);
    sent_before.into_iter().rev().for_each(|(at, extra)| units.insert(at, extra));
    let house = broadcast(&encoder, units);
    assert_eq!(house.repairs(), [("empty", empty)]);
    let samples = samples(&house, "v1");
    assert_eq!(samples.len(), 300);
    let with_captions = samples.iter().filter(|sample| nals(sample).contains(&captions));
    assert_eq!(with_captions.count(), messages);
    assert!(near(length(&house, "v1"), seconds(10), millis(40)));
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn captions_and_bursts_of_messages_stay_with_their_picture_to_the_byte_and_count_in_the_bandwidth() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    let message = |bytes: usize| Bytes::from([&[6, 4][..], &vec![0x55; bytes], &[0x80]].concat());
    for (at, sent) in units.iter_mut().filter(|sent| sent.is_picture()).enumerate() {
        let size = if at == 450 { 1 << 20 } else { 40 };
        let mut parts = nals(&sent.raw.payload);
        parts.insert(0, message(size));
        sent.raw.payload = framed(4, &parts);
    }
    let sent: Vec<Bytes> = units.iter().filter(|sent| sent.is_picture()).map(|sent| sent.raw.payload.clone()).collect();
    let house = broadcast(&encoder, units);
    assert_eq!(house.repairs(), []);
    assert!(samples(&house, "v1") == sent);
    assert!(house.last().rendition("v1").unwrap().bandwidth.peak > (1 << 22));
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn an_open_group_is_a_place_to_begin() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(30));
    // A recovery point, and an intra picture that is no IDR picture, from the tenth second on.
    let recovery = Bytes::from_static(&[6, 6, 1, 0xc4, 0x80]);
    let intra = Bytes::from_static(&[0x41, 0x88, 0x84]);
    for sent in units.iter_mut().filter(|sent| sent.is_key() && sent.at() >= seconds(10)) {
        sent.raw.payload = framed(4, &[recovery.clone(), intra.clone()]);
    }
    let house = broadcast(&encoder, units);
    let segments = house.audit.segments("v1");
    for segment in segments {
        assert!(segment.independent && segment.open_group == (segment.start.0 >= 20 * 90_000), "{}", segment.msn);
    }
    assert_eq!(house.packaged().forced_cuts, 0);
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn slices_that_are_sent_as_units_of_their_own_are_whole_pictures_from_the_next_key_picture_on() {
    let encoder = Encoder::new(small());
    // A slice that begins at the second macroblock.
    let (key, other) = (Bytes::from_static(&[0x65, 0x42, 0x20, 0x80]), Bytes::from_static(&[0x41, 0x46, 0x80]));
    let apart = |sent: Sent| {
        let slice = if sent.is_key() { &key } else { &other };
        let more = sent.is_picture().then(|| {
            let mut more = sent.clone();
            more.raw.payload = framed(4, &[slice]);
            more
        });
        [Some(sent), more].into_iter().flatten()
    };
    let units: Vec<Sent> = encoder.clone().until(seconds(20)).into_iter().flat_map(apart).collect();
    let house = broadcast(&encoder, units);
    // Until the second key picture, nothing that can be seen to be whole.
    assert_eq!(house.repairs(), [("before_random_access", 59), ("malformed", 1), ("slice", 599)]);
    let samples = samples(&house, "v1");
    let whole = samples.iter().filter(|sample| nals(sample).last().is_some_and(|last| *last == key || *last == other));
    assert_eq!(whole.count(), 540);
    assert_eq!((discontinuities(&house, "v1"), gaps(&house, "v1")), (vec![], 0));
    house.audit.assert_keeps_rules_but(&[]);
    assert_no_player_stops(house, seconds(19));
}
