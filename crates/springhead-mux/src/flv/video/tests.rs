use proptest::prelude::*;

use super::*;

fn parse(body: &'static [u8]) -> Result<VideoTag, FlvError> {
    VideoTag::parse(&Bytes::from_static(body))
}

/// The messages of a body that can be read.
fn messages(body: &'static [u8]) -> Vec<VideoMessage> {
    match parse(body) {
        Ok(VideoTag::Tracks(messages)) => messages,
        other => panic!("{other:?}"),
    }
}

fn fourcc(code: &[u8; 4]) -> CodecId {
    CodecId::FourCc(FourCc(*code))
}

fn message(id: CodecId, packet: VideoPacket) -> VideoMessage {
    VideoMessage { track: 0, id, nanos: 0, packet }
}

fn frames(key: bool, composition_time: i32, payload: &'static [u8]) -> VideoPacket {
    VideoPacket::CodedFrames { key, composition_time, payload: Bytes::from_static(payload).into() }
}

fn start(record: &'static [u8]) -> VideoPacket {
    VideoPacket::SequenceStart(Bytes::from_static(record))
}

fn written(messages: Vec<VideoMessage>) -> Result<Bytes, FlvError> {
    VideoTag::Tracks(messages).to_rope().map(|rope| rope.to_bytes())
}

#[test]
fn messages_that_end_early_or_use_reserved_values_are_refused_with_their_place() {
    let truncated = |field, offset| Err(FlvError::Truncated { field, offset });
    assert_eq!(parse(b""), truncated("VideoTagHeader", 0));
    assert_eq!(parse(b"\x17"), truncated("AVCPacketType", 1));
    assert_eq!(parse(b"\x17\x01\0\0"), truncated("CompositionTime", 4));
    assert_eq!(parse(b"\x90hvc"), truncated("FOURCC", 4));
    assert_eq!(parse(b"\x91avc1\0\0"), truncated("compositionTimeOffset", 7));
    assert_eq!(parse(b"\x97\xff\0"), truncated("modExDataSize", 3));
    assert_eq!(parse(b"\x97\x02\0\0"), truncated("modExData", 4));
    assert_eq!(parse(b"\x96\x11av01\x00\0\0\x05abc"), truncated("track", 13));
    let reserved = |field, value, offset| Err(FlvError::Reserved { field, value, offset });
    assert_eq!(parse(b"\x17\x03\0\0\0"), reserved("AVCPacketType", 3, 1));
    assert_eq!(parse(b"\x96\x31"), reserved("multitrackType", 3, 1));
    assert_eq!(parse(b"\x96\x06avc1\0"), reserved("videoPacketType", 6, 7));
    assert_eq!(parse(b"\x98avc1"), reserved("videoPacketType", 8, 5));
}

#[test]
fn more_tracks_than_numbers_tell_apart_are_refused_where_the_next_begins() {
    let of = |count: u8, last: &[u8]| {
        let mut body = b"\x96\x12av01".to_vec();
        (0..=count).for_each(|track| body.extend([track, 0, 0, 0]));
        body.extend(last);
        VideoTag::parse(&body.into())
    };
    assert!(matches!(of(255, b""), Ok(VideoTag::Tracks(tracks)) if tracks.len() == 256));
    assert_eq!(of(255, b"\0\0\0\0"), Err(FlvError::TooManyTracks { offset: 6 + 256 * 4 }));
}

#[test]
fn what_a_form_cannot_say_is_not_written() {
    let refused = |messages: Vec<VideoMessage>| matches!(written(messages), Err(FlvError::Unwritable { .. }));
    let unit = || frames(true, 0, b"x");
    let hevc = || message(fourcc(b"hvc1"), unit());
    assert!(refused(vec![]), "no track");
    assert!(refused(vec![VideoMessage { track: 1, ..message(CodecId::AVC, unit()) }]), "the old form has one track");
    assert!(refused(vec![VideoMessage { nanos: 1, ..message(CodecId::AVC, unit()) }]), "and no offset");
    assert!(refused(vec![message(CodecId::AVC, VideoPacket::Metadata(Bytes::new()))]), "and no metadata");
    assert!(refused(vec![message(CodecId::Video(2), VideoPacket::SequenceEnd)]), "H.263 has nothing but pictures");
    assert!(refused(vec![message(CodecId::Video(16), unit())]), "a number of four bits");
    assert!(refused(vec![message(CodecId::AVC, frames(true, 1 << 23, b""))]), "a time of 24 bits");
    assert!(refused(vec![message(fourcc(b"hvc1"), frames(true, -(1 << 23) - 1, b""))]));
    assert!(refused(vec![message(fourcc(b"av01"), frames(true, 40, b""))]), "AV1 has no composition time");
    assert!(refused(vec![VideoMessage { nanos: 1_000_000, ..hevc() }]), "a whole millisecond");
    assert!(refused(vec![hevc(), VideoMessage { nanos: 5, ..hevc() }]), "two offsets");
    assert!(refused(vec![hevc(), message(fourcc(b"hvc1"), frames(false, 0, b""))]), "a key frame and none");
    assert!(refused(vec![hevc(), message(fourcc(b"hvc1"), VideoPacket::SequenceEnd)]), "two types");
    assert!(refused(vec![hevc(), message(CodecId::AVC, unit())]), "two forms");
    assert!(refused((0..257).map(|_| hevc()).collect()), "257 tracks");
}

#[test]
fn a_track_of_sixteen_mebibytes_does_not_fit_a_message_of_several() {
    let payload: Rope = (0..16).map(|_| Bytes::from_static(&[0; 1 << 20])).collect();
    let packet = VideoPacket::CodedFrames { key: true, composition_time: 0, payload };
    let two = vec![message(fourcc(b"av01"), packet); 2];
    assert_eq!(written(two), Err(FlvError::TooLarge { size: 1 << 24 }));
}

#[test]
fn composition_times_are_signed() {
    assert_eq!(messages(b"\x27\x01\xff\xff\xfe")[0].packet, frames(false, -2, b""));
    assert_eq!(messages(b"\x27\x01\x80\x00\x00")[0].packet, frames(false, -(1 << 23), b""));
    assert_eq!(messages(b"\xa1vvc1\x7f\xff\xff")[0].packet, frames(false, (1 << 23) - 1, b""));
    assert_eq!(messages(b"\xa3avc1")[0].packet, frames(false, 0, b""));
    assert_eq!(messages(b"\x91vp09\x7f\xff\xff")[0].packet, frames(true, 0, b"\x7f\xff\xff"), "VP9 has none");
}

#[test]
fn both_forms_say_the_same() {
    for (codec, old, new) in [
        (Codec::Avc, &b"\x17\0\0\0\0\x01\x64"[..], &b"\x90avc1\x01\x64"[..]),
        (Codec::Avc, b"\x17\x02\0\0\0", b"\x92avc1"),
        (Codec::Avc, b"\x27\x01\0\0\x21x", b"\xa1avc1\0\0\x21x"),
        (Codec::Avc, b"\x47\x01\0\0\0x", b"\xc3avc1x"),
        (Codec::Hevc, b"\x1c\x01\0\0\x21x", b"\x91hvc1\0\0\x21x"),
        (Codec::Hevc, b"\x1c\0\0\0\0\x01", b"\x90hvc1\x01"),
    ] {
        let ([old], [new]) = (&messages(old)[..], &messages(new)[..]) else { panic!("a message of one track each") };
        assert_eq!((old.codec(), new.codec()), (Some(codec), Some(codec)));
        assert_eq!((&old.packet, old.track), (&new.packet, new.track));
    }
}

#[test]
fn every_codec_is_known_by_its_fourcc() {
    let codec = |body| messages(body)[0].codec();
    assert_eq!(codec(b"\x90hvc1"), Some(Codec::Hevc));
    assert_eq!(codec(b"\x90vvc1"), Some(Codec::Vvc));
    assert_eq!(codec(b"\x90av01"), Some(Codec::Av1));
    assert_eq!(codec(b"\x90vp08"), Some(Codec::Vp8));
    assert_eq!(codec(b"\x90vp09"), Some(Codec::Vp9));
    assert_eq!(codec(b"\x90mp4a"), None, "sound among the pictures");
    assert_eq!(codec(b"\x12rest"), None);
    assert_eq!(messages(b"\x12rest"), [message(CodecId::Video(2), frames(true, 0, b"rest"))]);
    assert_eq!(
        messages(b"\x95av01\x80"),
        [message(fourcc(b"av01"), VideoPacket::Mpeg2TsSequenceStart(Bytes::from_static(b"\x80")),)]
    );
}

#[test]
fn the_last_offset_below_a_millisecond_counts_and_other_modifiers_are_passed_over() {
    let long: &'static [u8] = {
        let mut body = b"\xa7\xff\x01\x03".to_vec();
        body.extend([9; 260]);
        body.extend(b"\x57\x02\x0f\x42\x3f\x07\x02\x0f\x42\x40\x07\x00\xff\x01hvc1\xff\xff\xffpayload");
        body.leak()
    };
    let expected = VideoMessage { nanos: 999_999, ..message(fourcc(b"hvc1"), frames(false, -1, b"payload")) };
    assert_eq!(messages(long), [expected]);
}

#[test]
fn tracks_of_a_message_come_apart() {
    let unit = VideoMessage { track: 3, ..message(fourcc(b"avc1"), frames(true, 7, b"unit")) };
    assert_eq!(messages(b"\x96\x01avc1\x03\0\0\x07unit"), [unit]);
    let many = messages(b"\x96\x20av01\x00\0\0\x02abhvc1\x01\0\0\x00");
    let second = VideoMessage { track: 1, ..message(fourcc(b"hvc1"), start(b"")) };
    assert_eq!(many, [message(fourcc(b"av01"), start(b"ab")), second]);
    let same = messages(b"\xa6\x13hvc1\x00\0\0\x02ab\x05\0\0\x01c");
    let second = VideoMessage { track: 5, ..message(fourcc(b"hvc1"), frames(false, 0, b"c")) };
    assert_eq!(same, [message(fourcc(b"hvc1"), frames(false, 0, b"ab")), second]);
}

#[test]
fn commands_are_no_pictures_but_metadata_is_metadata_whatever_its_frame_type() {
    assert_eq!(parse(b"\x57\x01"), Ok(VideoTag::Command(1)));
    assert_eq!(parse(b"\xd1\x00"), Ok(VideoTag::Command(0)));
    assert_eq!(parse(b"\xd7\x00\x00\x01\x01"), Ok(VideoTag::Command(1)));
    let metadata = message(fourcc(b"hvc1"), VideoPacket::Metadata(Bytes::from_static(b"amf")));
    assert_eq!(messages(b"\xd4hvc1amf"), [metadata]);
}

#[test]
fn what_is_written_has_the_shortest_form_that_says_it() {
    let hevc = |time| message(fourcc(b"hvc1"), frames(true, time, b"x"));
    let second = |message| VideoMessage { track: 1, ..message };
    let av1 = message(fourcc(b"av01"), frames(true, 0, b"y"));
    let is = |messages, bytes: &'static [u8]| assert_eq!(written(messages), Ok(Bytes::from_static(bytes)));
    is(vec![message(CodecId::AVC, frames(false, 33, b"x"))], b"\x27\x01\0\0\x21x");
    is(vec![message(CodecId::AVC, VideoPacket::SequenceEnd)], b"\x17\x02\0\0\0");
    is(vec![message(CodecId::HEVC, start(b"r"))], b"\x1c\0\0\0\0r");
    is(vec![hevc(0)], b"\x93hvc1x");
    is(vec![hevc(-1)], b"\x91hvc1\xff\xff\xffx");
    is(vec![av1.clone()], b"\x91av01y");
    is(vec![second(hevc(0))], b"\x96\x03hvc1\x01x");
    is(vec![hevc(0), second(hevc(0))], b"\x96\x13hvc1\0\0\0\x01x\x01\0\0\x01x");
    is(vec![hevc(0), second(hevc(1))], b"\x96\x11hvc1\0\0\0\x04\0\0\0x\x01\0\0\x04\0\0\x01x");
    is(vec![hevc(0), second(av1)], b"\x96\x21hvc1\0\0\0\x04\0\0\0xav01\x01\0\0\x01y");
    is(vec![VideoMessage { nanos: 999_999, ..hevc(0) }], b"\x97\x02\x0f\x42\x3f\x03hvc1x");
    let metadata = || message(fourcc(b"hvc1"), VideoPacket::Metadata(Bytes::from_static(b"amf")));
    is(vec![metadata()], b"\xd4hvc1amf");
    is(vec![second(metadata())], b"\xa6\x04hvc1\x01amf");
    is(vec![message(fourcc(b"vp09"), start(b"\0\x0a\x82"))], b"\x90vp09\x01\0\0\0\0\x0a\x82");
    assert_eq!(VideoTag::Command(1).to_rope().unwrap().to_bytes(), &b"\x57\x01"[..]);
}

#[test]
fn payloads_are_slices_of_what_was_read_and_of_what_is_written() {
    let body = Bytes::from(b"\x17\x01\0\0\0payload".to_vec());
    let VideoTag::Tracks(read) = VideoTag::parse(&body).unwrap() else { panic!("a unit") };
    let VideoPacket::CodedFrames { payload, .. } = &read[0].packet else { panic!("a unit") };
    assert_eq!(payload.to_bytes().as_ptr(), body[5..].as_ptr());
    let two = VideoTag::Tracks(vec![VideoMessage { id: fourcc(b"hvc1"), ..read[0].clone() }; 2]);
    let written = two.to_rope().unwrap();
    let of_payload = written.slices().iter().filter(|slice| slice.as_ptr() == body[5..].as_ptr());
    assert_eq!(of_payload.count(), 2);
}

fn bytes() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from)
}

/// Packets of one type, as tracks of one message have them.
fn packets(reordered: bool) -> impl Strategy<Value = Vec<VideoPacket>> {
    let time = if reordered { -(1i32 << 23)..1 << 23 } else { 0..1 };
    let of = |one: BoxedStrategy<VideoPacket>| prop::collection::vec(one, 1..5);
    prop_oneof![
        of(bytes().prop_map(VideoPacket::SequenceStart).boxed()),
        any::<bool>().prop_flat_map(move |key| of((prop_oneof![time.clone(), Just(0)], bytes())
            .prop_map(move |(composition_time, payload)| {
                VideoPacket::CodedFrames { key, composition_time, payload: payload.into() }
            })
            .boxed())),
        of(Just(VideoPacket::SequenceEnd).boxed()),
        of(bytes().prop_map(VideoPacket::Metadata).boxed()),
        of(bytes().prop_map(VideoPacket::Mpeg2TsSequenceStart).boxed()),
    ]
}

proptest! {
    #[test]
    fn extended_bodies_are_read_as_they_were_written(
        (codes, packets) in any::<bool>().prop_flat_map(|reordered| {
            let codes: &[&[u8; 4]] = if reordered { &[b"avc1", b"hvc1", b"vvc1"] } else { &[b"av01", b"vp08", b"vp09"] };
            (prop::collection::vec(prop::sample::select(codes), 5), packets(reordered))
        }),
        numbers in any::<[u8; 5]>(),
        one_codec: bool,
        nanos in prop_oneof![Just(0), 0u32..1_000_000],
    ) {
        let tracks = packets.into_iter().zip(&codes).zip(numbers).map(|((packet, code), track)| {
            let code = if one_codec { codes[0] } else { code };
            VideoMessage { track, id: fourcc(code), nanos, packet }
        });
        let tag = VideoTag::Tracks(tracks.collect());
        prop_assert_eq!(VideoTag::parse(&tag.to_rope().unwrap().to_bytes()), Ok(tag));
    }

    #[test]
    fn bodies_of_the_old_form_are_read_as_they_were_written(
        id in prop::sample::select(vec![CodecId::AVC, CodecId::HEVC]),
        key: bool,
        composition_time in -(1i32 << 23)..1 << 23,
        payload in bytes(),
    ) {
        for packet in [
            VideoPacket::SequenceStart(payload.clone()),
            VideoPacket::CodedFrames { key, composition_time, payload: payload.clone().into() },
            VideoPacket::SequenceEnd,
        ] {
            let tag = VideoTag::Tracks(vec![message(id, packet)]);
            prop_assert_eq!(VideoTag::parse(&tag.to_rope().unwrap().to_bytes()), Ok(tag));
        }
    }
}
