use proptest::prelude::*;

use super::*;
use crate::FourCc;

fn parse(body: &'static [u8]) -> Result<AudioTag, FlvError> {
    AudioTag::parse(&Bytes::from_static(body))
}

/// The messages of a body that can be read.
fn messages(body: &'static [u8]) -> Vec<AudioMessage> {
    match parse(body) {
        Ok(AudioTag::Tracks(messages)) => messages,
        other => panic!("{other:?}"),
    }
}

fn fourcc(code: &[u8; 4]) -> CodecId {
    CodecId::FourCc(FourCc(*code))
}

fn message(id: CodecId, packet: AudioPacket) -> AudioMessage {
    AudioMessage { track: 0, id, stereo: None, nanos: 0, packet }
}

fn frames(payload: &'static [u8]) -> AudioPacket {
    AudioPacket::CodedFrames(Bytes::from_static(payload).into())
}

fn written(messages: Vec<AudioMessage>) -> Result<Bytes, FlvError> {
    AudioTag::Tracks(messages).to_rope().map(|rope| rope.to_bytes())
}

#[test]
fn messages_that_end_early_or_use_reserved_values_are_refused_with_their_place() {
    let truncated = |field, offset| Err(FlvError::Truncated { field, offset });
    assert_eq!(parse(b"\xaf"), truncated("AACPacketType", 1));
    assert_eq!(parse(b"\x94Opus\x01\x03ab"), truncated("audioChannelFlags", 9));
    assert_eq!(parse(b"\x94Opus\x02\x03ab"), truncated("audioChannelMapping", 9));
    assert_eq!(parse(b"\x95\x11Opus"), truncated("trackId", 6));
    let reserved = |field, value, offset| Err(FlvError::Reserved { field, value, offset });
    assert_eq!(parse(b"\xaf\x02"), reserved("AACPacketType", 2, 1));
    assert_eq!(parse(b"\x94Opus\x03\x02"), reserved("audioChannelOrder", 3, 5));
    assert_eq!(parse(b"\x93Opus"), reserved("audioPacketType", 3, 5));
    assert_eq!(parse(b"\x95\x05mp4a\0"), reserved("audioPacketType", 5, 7));
}

#[test]
fn what_a_form_cannot_say_is_not_written() {
    let refused = |messages: Vec<AudioMessage>| matches!(written(messages), Err(FlvError::Unwritable { .. }));
    let opus = || message(fourcc(b"Opus"), frames(b"x"));
    assert!(refused(vec![]), "no track");
    assert!(
        refused(vec![AudioMessage { track: 1, ..message(CodecId::AAC, frames(b"x")) }]),
        "the old form has one track"
    );
    assert!(refused(vec![AudioMessage { nanos: 1, ..message(CodecId::AAC, frames(b"x")) }]), "and no offset");
    assert!(refused(vec![message(CodecId::AAC, AudioPacket::SequenceEnd)]), "and no end");
    assert!(refused(vec![message(CodecId::Sound(2), AudioPacket::SequenceStart(Bytes::new()))]), "nor MP3 a start");
    assert!(refused(vec![message(CodecId::Sound(9), frames(b""))]), "the number of the extended header");
    assert!(refused(vec![message(CodecId::Sound(16), frames(b""))]), "a number of four bits");
    assert!(refused(vec![opus(), AudioMessage { nanos: 1, ..opus() }]), "two offsets");
    assert!(refused(vec![opus(), message(fourcc(b"Opus"), AudioPacket::SequenceEnd)]), "two types");
    let order = ChannelOrder::Custom(Bytes::from_static(b"\0"));
    let mapping = AudioPacket::MultichannelConfig { channels: 2, order };
    assert!(refused(vec![message(fourcc(b"Opus"), mapping)]), "one place for two channels");
}

#[test]
fn an_empty_message_is_silence() {
    assert_eq!(parse(b""), Ok(AudioTag::Silence));
    assert_eq!(AudioTag::Silence.to_rope(), Ok(Rope::new()));
}

#[test]
fn both_forms_say_the_same() {
    for (codec, old, new) in [
        (Codec::Aac, &b"\xaf\x00\x12\x10"[..], &b"\x90mp4a\x12\x10"[..]),
        (Codec::Aac, b"\xaf\x01frame", b"\x91mp4aframe"),
        (Codec::MpegAudio, b"\x2fframe", b"\x91.mp3frame"),
        (Codec::MpegAudio, b"\xe2frame", b"\x91.mp3frame"),
    ] {
        let ([old], [new]) = (&messages(old)[..], &messages(new)[..]) else { panic!("a message of one track each") };
        assert_eq!((old.codec(), new.codec()), (Some(codec), Some(codec)));
        assert_eq!((&old.packet, old.track), (&new.packet, new.track));
    }
}

#[test]
fn codecs_of_either_form_are_known() {
    let codec = |body| (messages(body)[0].codec(), messages(body)[0].stereo);
    assert_eq!(codec(b"\x72x"), (Some(Codec::PcmA), Some(false)));
    assert_eq!(codec(b"\x83x"), (Some(Codec::PcmU), Some(true)));
    assert_eq!(codec(b"\xae\x01x"), (Some(Codec::Aac), None));
    assert_eq!(codec(b"\xb2speex"), (None, Some(false)));
    assert_eq!(codec(b"\x90Opus"), (Some(Codec::Opus), None));
    assert_eq!(codec(b"\x90fLaC"), (Some(Codec::Flac), None));
    assert_eq!(codec(b"\x90ac-3"), (Some(Codec::Ac3), None));
    assert_eq!(codec(b"\x90ec-3"), (Some(Codec::Eac3), None));
    assert_eq!(codec(b"\x90avc1"), (None, None), "pictures among the sound");
}

#[test]
fn ends_layouts_and_offsets_are_read() {
    let packet = |body| messages(body).remove(0).packet;
    assert_eq!(packet(b"\x92mp4a"), AudioPacket::SequenceEnd);
    let native = AudioPacket::MultichannelConfig { channels: 6, order: ChannelOrder::Native(0x3f) };
    assert_eq!(packet(b"\x94mp4a\x01\x06\0\0\0\x3f"), native);
    let custom = ChannelOrder::Custom(Bytes::from_static(b"\x01\x00"));
    assert_eq!(packet(b"\x94Opus\x02\x02\x01\x00"), AudioPacket::MultichannelConfig { channels: 2, order: custom });
    let unsaid = AudioPacket::MultichannelConfig { channels: 3, order: ChannelOrder::Unspecified };
    assert_eq!(packet(b"\x94ac-3\x00\x03"), unsaid);
    let later = AudioMessage { nanos: 9, ..message(fourcc(b"mp4a"), frames(b"frame")) };
    assert_eq!(messages(b"\x97\x02\0\0\x09\x01mp4aframe"), [later]);
}

#[test]
fn tracks_of_a_message_come_apart() {
    let frame = |track, code, payload| AudioMessage { track, ..message(fourcc(code), frames(payload)) };
    let many = messages(b"\x95\x11mp4a\x00\0\0\x03abc\x01\0\0\x01d");
    assert_eq!(many, [frame(0, b"mp4a", b"abc"), frame(1, b"mp4a", b"d")]);
    assert_eq!(messages(b"\x95\x01Opus\x02abc"), [frame(2, b"Opus", b"abc")]);
    let codecs = messages(b"\x95\x21mp4a\x00\0\0\x01aOpus\x01\0\0\x01b");
    assert_eq!(codecs, [frame(0, b"mp4a", b"a"), frame(1, b"Opus", b"b")]);
}

#[test]
fn what_is_written_has_the_shortest_form_that_says_it() {
    let is = |messages, bytes: &'static [u8]| assert_eq!(written(messages), Ok(Bytes::from_static(bytes)));
    let start = AudioPacket::SequenceStart(Bytes::from_static(b"\x12\x10"));
    let opus = |track| AudioMessage { track, ..message(fourcc(b"Opus"), frames(b"x")) };
    is(vec![message(CodecId::AAC, start.clone())], b"\xaf\0\x12\x10");
    is(vec![message(CodecId::AAC, frames(b"x"))], b"\xaf\x01x");
    is(vec![message(fourcc(b"mp4a"), start)], b"\x90mp4a\x12\x10");
    is(vec![AudioMessage { stereo: Some(false), ..message(CodecId::Sound(7), frames(b"x")) }], b"\x7ex");
    is(vec![opus(0)], b"\x91Opusx");
    is(vec![opus(4)], b"\x95\x01Opus\x04x");
    is(vec![opus(0), opus(1)], b"\x95\x11Opus\0\0\0\x01x\x01\0\0\x01x");
    is(vec![opus(0), message(fourcc(b"fLaC"), frames(b"y"))], b"\x95\x21Opus\0\0\0\x01xfLaC\0\0\0\x01y");
    is(vec![AudioMessage { nanos: 1, ..opus(0) }], b"\x97\x02\0\0\x01\x01Opusx");
}

fn bytes() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from)
}

fn order() -> impl Strategy<Value = AudioPacket> {
    prop_oneof![
        any::<u8>().prop_map(|channels| (channels, ChannelOrder::Unspecified)),
        any::<(u8, u32)>().prop_map(|(channels, flags)| (channels, ChannelOrder::Native(flags))),
        bytes().prop_map(|mapping| (mapping.len() as u8, ChannelOrder::Custom(mapping))),
    ]
    .prop_map(|(channels, order)| AudioPacket::MultichannelConfig { channels, order })
}

/// Packets of one type, as tracks of one message have them.
fn packets() -> impl Strategy<Value = Vec<AudioPacket>> {
    let of = |one: BoxedStrategy<AudioPacket>| prop::collection::vec(one, 1..5);
    prop_oneof![
        of(bytes().prop_map(AudioPacket::SequenceStart).boxed()),
        of(bytes().prop_map(|payload| AudioPacket::CodedFrames(payload.into())).boxed()),
        of(Just(AudioPacket::SequenceEnd).boxed()),
        of(order().boxed()),
    ]
}

proptest! {
    #[test]
    fn extended_bodies_are_read_as_they_were_written(
        packets in packets(),
        codes in prop::collection::vec(
            prop::sample::select(vec![b"mp4a", b"Opus", b"fLaC", b".mp3", b"ac-3", b"ec-3"]), 5,
        ),
        numbers in any::<[u8; 5]>(),
        one_codec: bool,
        nanos in prop_oneof![Just(0), 0u32..1_000_000],
    ) {
        let tracks = packets.into_iter().zip(&codes).zip(numbers).map(|((packet, code), track)| {
            let id = fourcc(if one_codec { codes[0] } else { code });
            AudioMessage { track, id, stereo: None, nanos, packet }
        });
        let tag = AudioTag::Tracks(tracks.collect());
        // A STREAMINFO without its signature is the one thing that comes back as something else.
        let is_bare = |message: &AudioMessage| matches!(&message.packet, AudioPacket::SequenceStart(b) if b.len() == 34);
        prop_assume!(!matches!(&tag, AudioTag::Tracks(messages) if messages.iter().any(is_bare)));
        prop_assert_eq!(AudioTag::parse(&tag.to_rope().unwrap().to_bytes()), Ok(tag));
    }

    #[test]
    fn bodies_of_the_old_form_are_read_as_they_were_written(
        format in (0u8..16).prop_filter("that is the extended form", |format| *format != EXTENDED),
        stereo: bool,
        payload in bytes(),
    ) {
        let id = CodecId::Sound(format);
        let is_aac = id == CodecId::AAC;
        let packet = AudioPacket::CodedFrames(payload.clone().into());
        let sound = AudioMessage { stereo: (!is_aac).then_some(stereo), ..message(id, packet) };
        let start = message(id, AudioPacket::SequenceStart(payload));
        for message in std::iter::once(sound).chain(is_aac.then_some(start)) {
            let tag = AudioTag::Tracks(vec![message]);
            prop_assert_eq!(AudioTag::parse(&tag.to_rope().unwrap().to_bytes()), Ok(tag));
        }
    }
}
