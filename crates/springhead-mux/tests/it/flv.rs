//! FLV files of ffmpeg, packet for packet as ffmpeg itself reads them (`*.framecrc`, see `testdata/README.md`), and several
//! tracks in one file.

use bytes::Bytes;
use springhead_core::{Cicp, Codec, ContentLight, MasteringDisplay, Rope};
use springhead_mux::flv::{
    AudioMessage, AudioPacket, AudioTag, ChannelOrder, CodecId, ColorInfo, FileHeader, Metadata, Reader, TagKind,
    VideoMessage, VideoPacket, VideoTag, file_header, tag,
};

/// A coded picture or piece of sound, as a line of ffmpeg's listing says it.
#[derive(Debug, PartialEq)]
struct Packet {
    dts: i64,
    pts: i64,
    size: usize,
    /// ffmpeg's checksum: Adler-32 that starts with zero.
    checksum: u32,
    key: bool,
}

impl Packet {
    fn new(dts: u32, composition_time: i32, key: bool, payload: &Rope) -> Self {
        let dts = i64::from(dts);
        let (a, b) = payload.slices().iter().flatten().fold((0u32, 0u32), |(a, b), byte| {
            let a = (a + u32::from(*byte)) % 65_521;
            (a, (b + a) % 65_521)
        });
        Self { dts, pts: dts + i64::from(composition_time), size: payload.len(), checksum: b << 16 | a, key }
    }

    /// The stream of a line, and the packet.
    fn parse(line: &str) -> (usize, Self) {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [stream, dts, pts, _, size, checksum, flags @ ..] = &fields[..] else { panic!("{line}") };
        let checksum = u32::from_str_radix(checksum.trim_start_matches("0x"), 16).unwrap();
        let number = |text: &str| text.parse().unwrap();
        let packet =
            Self { dts: number(dts), pts: number(pts), size: size.parse().unwrap(), checksum, key: flags.is_empty() };
        (stream.parse().unwrap(), packet)
    }
}

/// One elementary stream of a file.
#[derive(Debug)]
struct Stream {
    codec: Codec,
    track: u8,
    configurations: Vec<Bytes>,
    packets: Vec<Packet>,
}

/// All that a file holds.
#[derive(Debug, Default)]
struct File {
    metadata: Metadata,
    colors: Vec<ColorInfo>,
    layouts: Vec<AudioPacket>,
    streams: Vec<Stream>,
}

impl File {
    fn read(bytes: &[u8]) -> Self {
        let mut file = Self::default();
        let mut reader = Reader::new(1 << 20);
        reader.handle_bytes(bytes);
        while let Some(tag) = reader.next_tag().unwrap() {
            let at = tag.header.timestamp;
            match tag.header.kind {
                TagKind::Video => file.video(at, VideoTag::parse(&tag.body).unwrap()),
                TagKind::Audio => file.audio(at, AudioTag::parse(&tag.body).unwrap()),
                TagKind::Script => {
                    file.metadata =
                        Metadata::parse(&tag.body, Default::default()).unwrap().expect("nothing else is said");
                }
                TagKind::Other(code) => panic!("a tag of type {code}"),
            }
        }
        file
    }

    fn stream(&mut self, codec: Option<Codec>, track: u8) -> &mut Stream {
        let codec = codec.expect("every codec is known");
        let found = self.streams.iter().position(|stream| (stream.codec, stream.track) == (codec, track));
        let at = found.unwrap_or_else(|| {
            self.streams.push(Stream { codec, track, configurations: Vec::new(), packets: Vec::new() });
            self.streams.len() - 1
        });
        &mut self.streams[at]
    }

    fn video(&mut self, at: u32, tag: VideoTag) {
        let VideoTag::Tracks(messages) = tag else { panic!("{tag:?}") };
        for message in messages {
            if let VideoPacket::Metadata(amf) = message.packet {
                self.colors.extend(ColorInfo::parse(&amf, Default::default()).unwrap());
                continue;
            }
            let stream = self.stream(message.codec(), message.track);
            match message.packet {
                VideoPacket::SequenceStart(config) => stream.configurations.push(config),
                VideoPacket::CodedFrames { key, composition_time, payload } => {
                    stream.packets.push(Packet::new(at, composition_time, key, &payload));
                }
                VideoPacket::SequenceEnd => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn audio(&mut self, at: u32, tag: AudioTag) {
        let AudioTag::Tracks(messages) = tag else { panic!("{tag:?}") };
        for message in messages {
            let stream = self.stream(message.codec(), message.track);
            match message.packet {
                AudioPacket::SequenceStart(config) => stream.configurations.push(config),
                // ffmpeg ends FLAC with a piece of nothing.
                AudioPacket::CodedFrames(payload) if payload.is_empty() => {}
                AudioPacket::CodedFrames(payload) => stream.packets.push(Packet::new(at, 0, true, &payload)),
                AudioPacket::SequenceEnd => {}
                layout => self.layouts.push(layout),
            }
        }
    }

    /// The packets of each stream, in the order in which `streams` has them, are those of ffmpeg's listing.
    fn has_packets_of(&self, listing: &str, streams: &[(Codec, u8)]) {
        assert_eq!(self.streams.len(), streams.len(), "{self:?}");
        for (number, (codec, track)) in streams.iter().enumerate() {
            let lines = listing.lines().map(Packet::parse);
            let expected = lines.filter(|(stream, packet)| *stream == number && packet.size != 0);
            let expected: Vec<Packet> = expected.map(|(_, packet)| packet).collect();
            let stream = self.streams.iter().find(|stream| (stream.codec, stream.track) == (*codec, *track));
            assert_eq!(stream.expect("the stream is there").packets, expected, "{codec:?}, track {track}");
            assert!(!expected.is_empty());
        }
    }

    fn configurations(&self, codec: Codec) -> &[Bytes] {
        &self.streams.iter().find(|stream| stream.codec == codec).unwrap().configurations
    }
}

/// A fixture with its listing.
macro_rules! fixture {
    ($name:literal) => {
        (
            File::read(include_bytes!(concat!("../../testdata/", $name, ".flv"))),
            include_str!(concat!("../../testdata/", $name, ".framecrc")),
        )
    };
}

const MONO: AudioPacket = AudioPacket::MultichannelConfig { channels: 1, order: ChannelOrder::Native(4) };

#[test]
fn avc_and_aac_in_the_old_form() {
    let (file, listing) = fixture!("ffmpeg");
    file.has_packets_of(listing, &[(Codec::Avc, 0), (Codec::Aac, 0)]);
    let [record] = file.configurations(Codec::Avc) else { panic!("one configuration") };
    springhead_codec::avc::DecoderConfig::parse(record).unwrap();
    let [config] = file.configurations(Codec::Aac) else { panic!("one configuration") };
    springhead_codec::aac::AudioSpecificConfig::parse(config).unwrap();
    let (video, audio) = (file.metadata.video[0].1, file.metadata.audio[0].1);
    assert_eq!((video.codec, video.width, video.height), (Some(CodecId::AVC), Some(64.0), Some(36.0)));
    assert_eq!((audio.codec, audio.sample_rate, audio.stereo), (Some(CodecId::AAC), Some(44_100.0), Some(false)));
}

#[test]
fn hevc_and_opus() {
    let (file, listing) = fixture!("ffmpeg-hevc-opus");
    file.has_packets_of(listing, &[(Codec::Hevc, 0), (Codec::Opus, 0)]);
    let [record] = file.configurations(Codec::Hevc) else { panic!("one configuration") };
    assert_eq!((record[0], record[21] & 3), (1, 3), "version, and lengths of four bytes");
    assert_eq!(file.configurations(Codec::Opus), [&b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0"[..]]);
    assert_eq!(file.layouts, [MONO]);
    assert_eq!(file.colors, [ColorInfo::default()], "nothing is known of the colour");
    assert_eq!(file.metadata.video[0].1.codec, CodecId::fourcc_of(Codec::Hevc));
    assert_eq!(file.metadata.audio[0].1.codec, CodecId::fourcc_of(Codec::Opus));
}

#[test]
fn av1_and_flac_whose_configurations_come_again() {
    let (file, listing) = fixture!("ffmpeg-av1-flac");
    file.has_packets_of(listing, &[(Codec::Flac, 0), (Codec::Av1, 0)]);
    let [none, record] = file.configurations(Codec::Av1) else { panic!("two configurations") };
    assert_eq!((&none[..], &record[..4]), (&b""[..], &[0x81, 0, 0x0c, 0][..]), "the first before anything is known");
    let [first, last] = file.configurations(Codec::Flac) else { panic!("two configurations") };
    for blocks in [first, last] {
        assert_eq!((&blocks[..8], blocks.len()), (&b"fLaC\x80\0\0\x22"[..], 4 + 4 + 34));
    }
    assert_ne!(first, last, "the last knows how many samples there were");
}

#[test]
fn vp9_and_ac3() {
    let (file, listing) = fixture!("ffmpeg-vp9-ac3");
    file.has_packets_of(listing, &[(Codec::Vp9, 0), (Codec::Ac3, 0)]);
    assert_eq!(file.configurations(Codec::Vp9), [&[0, 10, 0x82, 2, 2, 2, 0, 0][..]], "without version and flags");
    assert_eq!(file.configurations(Codec::Ac3), [&b""[..]]);
}

#[test]
fn vvc_and_eac3() {
    let (file, listing) = fixture!("ffmpeg-vvc-eac3");
    file.has_packets_of(listing, &[(Codec::Vvc, 0), (Codec::Eac3, 0)]);
    let [record] = file.configurations(Codec::Vvc) else { panic!("one configuration") };
    assert_eq!(record[0], 0xff, "lengths of four bytes, and the profile is there");
    assert_eq!(file.configurations(Codec::Eac3), [&b""[..]]);
}

#[test]
fn two_tracks_of_pictures_and_two_of_sound_in_messages_of_both_forms() {
    let (file, listing) = fixture!("ffmpeg-multitrack");
    let streams = [(Codec::Avc, 0), (Codec::Hevc, 1), (Codec::Aac, 0), (Codec::MpegAudio, 1)];
    file.has_packets_of(listing, &streams);
    assert_eq!(file.configurations(Codec::MpegAudio), [&b""[..]]);
    // Of the others, ffmpeg says nothing there; and what it says of the colour of track 1, it says of no track.
    assert_eq!((file.metadata.video.len(), file.metadata.audio.len()), (1, 1));
}

#[test]
fn colour_of_high_dynamic_range() {
    let (file, listing) = fixture!("ffmpeg-hdr");
    file.has_packets_of(listing, &[(Codec::Hevc, 0)]);
    let expected = ColorInfo {
        bit_depth: None,
        cicp: Some(Cicp { primaries: 9, transfer: Cicp::PQ, matrix: 9, full_range: false }),
        content_light: Some(ContentLight { max_content: 1000, max_picture_average: 400 }),
        mastering_display: Some(MasteringDisplay {
            primaries: [(8500, 39850), (6550, 2300), (35400, 14600)],
            white: (15635, 16450),
            max_luminance: 10_000_000,
            min_luminance: 50,
        }),
    };
    assert_eq!(file.colors, [expected]);
}

/// Each tag of a file, written again.
fn rewritten(file: &[u8]) -> Vec<u8> {
    let mut reader = Reader::new(1 << 20);
    reader.handle_bytes(file);
    let mut out = file_header(FileHeader { audio: true, video: true }).to_vec();
    while let Some(read) = reader.next_tag().unwrap() {
        let body = match read.header.kind {
            TagKind::Video => VideoTag::parse(&read.body).unwrap().to_rope().unwrap(),
            TagKind::Audio => AudioTag::parse(&read.body).unwrap().to_rope().unwrap(),
            TagKind::Script => {
                let metadata = Metadata::parse(&read.body, Default::default()).unwrap().unwrap();
                metadata.to_bytes().into()
            }
            TagKind::Other(_) => continue,
        };
        out.extend(tag(read.header.kind, read.header.timestamp, &body).unwrap().to_bytes());
    }
    out
}

#[test]
fn files_of_ffmpeg_say_the_same_when_they_are_written_again() {
    for file in [
        &include_bytes!("../../testdata/ffmpeg.flv")[..],
        include_bytes!("../../testdata/ffmpeg-hevc-opus.flv"),
        include_bytes!("../../testdata/ffmpeg-av1-flac.flv"),
        include_bytes!("../../testdata/ffmpeg-vp9-ac3.flv"),
        include_bytes!("../../testdata/ffmpeg-vvc-eac3.flv"),
        include_bytes!("../../testdata/ffmpeg-multitrack.flv"),
        include_bytes!("../../testdata/ffmpeg-hdr.flv"),
    ] {
        let (before, after) = (File::read(file), File::read(&rewritten(file)));
        assert_eq!(format!("{after:?}"), format!("{before:?}"));
    }
}

#[test]
fn tracks_that_share_messages_come_out_of_a_file_one_by_one() {
    let picture = |track, codec, composition_time, payload: &'static [u8]| VideoMessage {
        track,
        id: CodecId::fourcc_of(codec).unwrap(),
        nanos: 500,
        packet: VideoPacket::CodedFrames { key: true, composition_time, payload: Bytes::from_static(payload).into() },
    };
    let sound = |track, codec, payload: &'static [u8]| AudioMessage {
        track,
        id: CodecId::fourcc_of(codec).unwrap(),
        stereo: None,
        nanos: 0,
        packet: AudioPacket::CodedFrames(Bytes::from_static(payload).into()),
    };
    let video = VideoTag::Tracks(vec![
        picture(0, Codec::Hevc, 80, b"one"),
        picture(1, Codec::Av1, 0, b"another"),
        picture(9, Codec::Hevc, 0, b""),
    ]);
    let audio = AudioTag::Tracks(vec![sound(0, Codec::Aac, b"left"), sound(1, Codec::Opus, b"right")]);
    let mut file = file_header(FileHeader { audio: true, video: true }).to_vec();
    file.extend(tag(TagKind::Video, 40, &video.to_rope().unwrap()).unwrap().to_bytes());
    file.extend(tag(TagKind::Audio, 45, &audio.to_rope().unwrap()).unwrap().to_bytes());

    let mut reader = Reader::new(1 << 10);
    reader.handle_bytes(&file);
    let first = reader.next_tag().unwrap().unwrap();
    assert_eq!((first.header.timestamp, VideoTag::parse(&first.body)), (40, Ok(video)));
    let second = reader.next_tag().unwrap().unwrap();
    assert_eq!((second.header.timestamp, AudioTag::parse(&second.body)), (45, Ok(audio)));
    assert_eq!(reader.next_tag(), Ok(None));
}
