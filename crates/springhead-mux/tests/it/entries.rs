//! Sample entries of every codec, against those that ffmpeg writes.

use bytes::Bytes;
use springhead_core::{
    AudioParams, Cicp, Codec, ContentLight, MasteringDisplay, MediaKind, MediaParams, SampleAspect, Ticks, Timescale,
    Track, TrackId, VideoParams,
};
use springhead_mux::FourCc;
use springhead_mux::fmp4::read::{self, BoxIter, InitSection, MediaEntry, TrackInfo};
use springhead_mux::fmp4::{MuxError, init_section};

/// The init sections that both versions of ffmpeg write, and what each is of.
const FIXTURES: &[(Codec, &[&[u8]])] = &[
    (
        Codec::Avc,
        &[include_bytes!("../../testdata/ffmpeg-5.1-avc1.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-avc1.mp4")],
    ),
    (
        Codec::Hevc,
        &[include_bytes!("../../testdata/ffmpeg-5.1-hvc1.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-hvc1.mp4")],
    ),
    (Codec::Vvc, &[include_bytes!("../../testdata/ffmpeg-9.0-vvc1.mp4")]),
    (
        Codec::Av1,
        &[include_bytes!("../../testdata/ffmpeg-5.1-av01.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-av01.mp4")],
    ),
    (
        Codec::Vp9,
        &[include_bytes!("../../testdata/ffmpeg-5.1-vp09.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-vp09.mp4")],
    ),
    (
        Codec::Aac,
        &[include_bytes!("../../testdata/ffmpeg-5.1-mp4a.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-mp4a.mp4")],
    ),
    (
        Codec::MpegAudio,
        &[include_bytes!("../../testdata/ffmpeg-5.1-mpeg1.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-mpeg1.mp4")],
    ),
    (
        Codec::MpegAudio,
        &[include_bytes!("../../testdata/ffmpeg-5.1-mpeg2.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-mpeg2.mp4")],
    ),
    (
        Codec::Opus,
        &[include_bytes!("../../testdata/ffmpeg-5.1-opus.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-opus.mp4")],
    ),
    (
        Codec::Flac,
        &[include_bytes!("../../testdata/ffmpeg-5.1-flac.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-flac.mp4")],
    ),
    (
        Codec::Ac3,
        &[include_bytes!("../../testdata/ffmpeg-5.1-ac3.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-ac3.mp4")],
    ),
    (
        Codec::Eac3,
        &[include_bytes!("../../testdata/ffmpeg-5.1-eac3.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-eac3.mp4")],
    ),
    (
        Codec::PcmA,
        &[include_bytes!("../../testdata/ffmpeg-5.1-alaw.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-alaw.mp4")],
    ),
    (
        Codec::PcmU,
        &[include_bytes!("../../testdata/ffmpeg-5.1-ulaw.mp4"), include_bytes!("../../testdata/ffmpeg-9.0-ulaw.mp4")],
    ),
];

fn fixtures() -> impl Iterator<Item = (Codec, &'static [u8])> {
    FIXTURES.iter().flat_map(|(codec, files)| files.iter().map(|file| (*codec, *file)))
}

fn only(init: &[u8]) -> TrackInfo {
    let [track] = &InitSection::parse(init).unwrap().tracks[..] else { panic!("one track") };
    track.clone()
}

/// A track that says what an init section says.
fn track_of(info: &TrackInfo) -> Track {
    let params = match info.entry {
        MediaEntry::Video(entry) => MediaParams::Video(VideoParams {
            width: entry.width.into(),
            height: entry.height.into(),
            aspect: entry.aspect,
            frame_rate: None,
            cicp: entry.cicp,
            mastering_display: entry.mastering_display,
            content_light: entry.content_light,
        }),
        MediaEntry::Audio(entry) => MediaParams::Audio(AudioParams {
            sample_rate: entry.sample_rate,
            channels: entry.channels,
            unit_ticks: 1024,
        }),
        MediaEntry::Other => panic!("neither pictures nor sound"),
    };
    Track {
        id: info.id,
        timescale: info.timescale,
        codec: info.codec.unwrap(),
        config: info.config.clone(),
        codec_string: "".into(),
        params,
        language: info.language.as_deref().map(Into::into),
    }
}

/// The first sample entry of a section, whole.
fn entry(init: &[u8]) -> Vec<u8> {
    let at = init.windows(4).position(|window| window == b"stsd").unwrap() + 12;
    let length = u32::from_be_bytes(init[at..at + 4].try_into().unwrap());
    init[at..at + length as usize].to_vec()
}

/// The fields of an entry, and its boxes.
fn parts(entry: &[u8], fields: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (fields, mut boxes) = entry[4..].split_at(fields + 4);
    let mut children = Vec::new();
    while !boxes.is_empty() && boxes[..4] != [0; 4] {
        let (child, rest) = boxes.split_at(u32::from_be_bytes(boxes[..4].try_into().unwrap()) as usize);
        children.push(child.to_vec());
        boxes = rest;
    }
    (fields.to_vec(), children)
}

/// What ffmpeg's entry is without what ours leaves out: the name of the encoder in `compressorname`, which says nothing to
/// a decoder; `fiel`, as nothing is interlaced by default; `btrt`, as no rate is known of live media ahead; `chan`, which
/// is QuickTime's. Colour comes before shape there.
fn without_what_ours_leaves_out(entry: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let visual = only_is_video(entry);
    let (mut fields, mut boxes) = parts(entry, if visual { 78 } else { 28 });
    if visual {
        fields[4 + 42..4 + 74].fill(0);
    }
    boxes.retain(|child| !matches!(&child[4..8], b"fiel" | b"btrt" | b"chan"));
    boxes[usize::from(visual)..].sort_by(|a, b| b[4..8].cmp(&a[4..8]));
    (fields, boxes)
}

fn only_is_video(entry: &[u8]) -> bool {
    matches!(&entry[4..8], b"avc1" | b"hvc1" | b"vvc1" | b"av01" | b"vp08" | b"vp09")
}

#[test]
fn a_configuration_that_the_box_cannot_carry_is_refused_for_every_codec() {
    let refused = |codec: Codec, config: &'static [u8]| {
        let params = if codec.kind() == springhead_core::MediaKind::Video {
            MediaParams::Video(VideoParams { width: 64, height: 36, ..VideoParams::default() })
        } else {
            MediaParams::Audio(AudioParams { sample_rate: 48_000, channels: 2, unit_ticks: 1024 })
        };
        let track = Track {
            id: TrackId(1),
            timescale: Timescale::MPEG,
            codec,
            config: Bytes::from_static(config),
            codec_string: "".into(),
            params,
            language: None,
        };
        match init_section(&track, Ticks::ZERO) {
            Err(MuxError::Config { why, .. }) => why,
            other => panic!("{codec:?}: {other:?}"),
        }
    };
    let lengths = "the lengths of NAL units have not four bytes";
    assert_eq!(refused(Codec::Hevc, &[1; 22]), "there is no HEVCDecoderConfigurationRecord of version 1");
    assert_eq!(refused(Codec::Hevc, &[1; 23]), lengths);
    assert_eq!(refused(Codec::Vvc, &[0x0f, 0]), "there is no VvcDecoderConfigurationRecord");
    assert_eq!(refused(Codec::Vvc, &[0xfb, 0]), lengths);
    assert_eq!(refused(Codec::Av1, &[0x01, 0, 0, 0]), "there is no AV1CodecConfigurationRecord of version 1");
    let vp = "there is no VPCodecConfigurationRecord without initialization data";
    assert_eq!(refused(Codec::Vp9, &[0, 10, 0x82, 1, 1, 1, 0, 1, 0]), vp);
    assert_eq!(refused(Codec::Vp8, &[0, 10, 0x80]), vp);
    assert_eq!(refused(Codec::Aac, &[0x12]), "there is no AudioSpecificConfig");
    let family = "the channel mapping of dOps is not that of its family";
    assert_eq!(refused(Codec::Opus, &[1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "there is no content of dOps of version 0");
    assert_eq!(refused(Codec::Opus, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "dOps has no channels");
    assert_eq!(refused(Codec::Opus, &[0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0]), family);
    assert_eq!(refused(Codec::Flac, &[0x80, 0, 0, 34]), "the metadata blocks do not begin with STREAMINFO");
    assert_eq!(refused(Codec::Ac3, &[0x10, 0x11]), "the content of dac3 has not three bytes");
    assert_eq!(refused(Codec::Eac3, &[0x06, 0, 0x20]), "the content of dec3 is cut short");
    for codec in [Codec::MpegAudio, Codec::PcmA, Codec::PcmU] {
        assert_eq!(refused(codec, &[0]), "there is a configuration where the codec has none");
    }
}

#[test]
fn each_sample_entry_of_ffmpeg_is_written_again_byte_by_byte() {
    for (codec, file) in fixtures() {
        let info = only(file);
        assert_eq!(info.codec, Some(codec));
        let ours = entry(&init_section(&track_of(&info), Ticks::ZERO).unwrap());
        let (theirs_fields, mut theirs) = without_what_ours_leaves_out(&entry(file));
        let (fields, mut boxes) = parts(&ours, theirs_fields.len() - 4);
        assert_eq!(fields, theirs_fields, "{codec:?}");
        if matches!(codec, Codec::Aac | Codec::MpegAudio) {
            // Lengths of four bytes, a number of the stream, and rates: descriptors that say the same are shorter here.
            let (ours, theirs) = (boxes.remove(0), theirs.remove(0));
            let lengths = theirs.windows(3).filter(|window| *window == [0x80; 3]).count();
            assert_eq!(ours.len(), theirs.len() - 3 * lengths, "{codec:?}");
            let (a, b) = (only(&init_section(&track_of(&info), Ticks::ZERO).unwrap()), info);
            assert_eq!((a.config, a.entry.object_type()), (b.config, b.entry.object_type()));
        }
        assert_eq!(boxes, theirs, "{codec:?}");
    }
}

trait ObjectType {
    fn object_type(&self) -> Option<u8>;
}

impl ObjectType for MediaEntry {
    fn object_type(&self) -> Option<u8> {
        let Self::Audio(entry) = self else { return None };
        entry.object_type
    }
}

#[test]
fn what_is_written_of_any_codec_reads_back_as_the_same_description() {
    for (codec, file) in fixtures() {
        let mut track = track_of(&only(file));
        if let MediaParams::Video(video) = &mut track.params {
            video.mastering_display = Some(MasteringDisplay {
                primaries: [(13_250, 34_500), (7500, 3000), (34_000, 16_000)],
                white: (15_635, 16_450),
                max_luminance: 10_000_000,
                min_luminance: 50,
            });
            video.content_light = Some(ContentLight { max_content: 1000, max_picture_average: 400 });
        }
        track.language = Some("pt-BR".into());
        let info = only(&init_section(&track, Ticks(2112)).unwrap());
        assert_eq!(track_of(&info), track, "{codec:?}");
        assert_eq!(info.edits[0].media_time, 2112);
    }
}

#[test]
fn a_section_of_any_codec_is_a_track_with_its_codec_string_size_and_length_of_units() {
    for (codec, file) in fixtures() {
        let [track] = &read::tracks(&Bytes::from_static(file)).unwrap()[..] else { panic!("one track") };
        let shown = track.video().map(|video| video.display_size());
        let unit = track.audio().map(|audio| (audio.unit_ticks, audio.channels));
        let string = match codec {
            Codec::Avc => "avc1.64000a",
            Codec::Hevc => "hvc1.1.6.L30.90",
            Codec::Vvc => "vvc1.1.L16.CQA",
            Codec::Av1 => "av01.0.00M.08",
            Codec::Vp9 => "vp09.00.10.08",
            Codec::Aac => "mp4a.40.2",
            Codec::MpegAudio => "mp4a.40.34",
            Codec::Opus => "opus",
            Codec::Flac => "flac",
            Codec::Ac3 => "ac-3",
            Codec::Eac3 => "ec-3",
            Codec::PcmA => "alaw",
            Codec::PcmU => "ulaw",
            other => panic!("{other:?}"),
        };
        assert_eq!((track.codec, &*track.codec_string), (codec, string));
        assert_eq!(shown.is_some(), codec.kind() == MediaKind::Video);
        assert!(shown.is_none_or(|(_, height)| height == 36), "{codec:?}: {shown:?}");
        assert!(unit.is_none_or(|(ticks, channels)| ticks > 0 && channels == 2), "{codec:?}: {unit:?}");
    }
}

#[test]
fn brightness_lies_where_the_boxes_say() {
    // As ffmpeg's ffprobe shows it again: the numbers are those of ITU-T H.265 Annex D.
    let mut track = track_of(&only(FIXTURES[1].1[0]));
    let MediaParams::Video(video) = &mut track.params else { panic!("a video track") };
    video.mastering_display = Some(MasteringDisplay {
        primaries: [(1, 2), (3, 4), (5, 6)],
        white: (7, 8),
        max_luminance: 9,
        min_luminance: 10,
    });
    video.content_light = Some(ContentLight { max_content: 11, max_picture_average: 12 });
    let (_, boxes) = parts(&entry(&init_section(&track, Ticks::ZERO).unwrap()), 78);
    let mdcv = b"\0\0\0\x20mdcv\0\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0\x07\0\x08\0\0\0\x09\0\0\0\x0a";
    assert_eq!(boxes[3], mdcv);
    assert_eq!(boxes[4], b"\0\0\0\x0cclli\0\x0b\0\x0c");
}

#[test]
fn vp8_has_the_record_of_vp9_in_an_entry_of_its_own() {
    // Neither version of ffmpeg writes VP8 into MP4.
    let mut track = track_of(&only(FIXTURES[4].1[0]));
    let vp09 = entry(&init_section(&track, Ticks::ZERO).unwrap());
    track.codec = Codec::Vp8;
    let init = init_section(&track, Ticks::ZERO).unwrap();
    let vp08 = entry(&init);
    assert_eq!((&vp08[..4], &vp08[4..8], &vp08[8..]), (&vp09[..4], &b"vp08"[..], &vp09[8..]));
    assert_eq!(track_of(&only(&init)), track);
}

#[test]
fn variants_of_a_format_are_read_as_what_they_build_on() {
    let variants: [(&[u8; 4], &[u8; 4], Codec); 7] = [
        (b"avc1", b"avc3", Codec::Avc),
        (b"avc1", b"dvav", Codec::Avc),
        (b"hvc1", b"hev1", Codec::Hevc),
        (b"hvc1", b"dvh1", Codec::Hevc),
        (b"hvc1", b"dvhe", Codec::Hevc),
        (b"vvc1", b"vvi1", Codec::Vvc),
        (b"av01", b"dav1", Codec::Av1),
    ];
    for (base, variant, codec) in variants {
        let file = fixtures().find(|(known, _)| *known == codec).unwrap().1;
        let mut changed = file.to_vec();
        let at = entry_kind(file, base);
        changed[at..at + 4].copy_from_slice(variant);
        let (base, variant_of) = (only(file), only(&changed));
        assert_eq!((variant_of.codec, &variant_of.config), (Some(codec), &base.config));
        assert_eq!(variant_of.format, FourCc(*variant));
        assert_eq!(variant_of.entry, base.entry);
    }
}

fn entry_kind(file: &[u8], kind: &[u8; 4]) -> usize {
    let at = file.windows(4).position(|window| window == b"stsd").unwrap() + 16;
    assert_eq!(&file[at..at + 4], kind);
    at
}

#[test]
fn the_rate_of_an_entry_is_what_the_format_demands() {
    let rate = |file: &[u8], sample_rate: u32| {
        let mut track = track_of(&only(file));
        let MediaParams::Audio(audio) = &mut track.params else { panic!("an audio track") };
        audio.sample_rate = sample_rate;
        let MediaEntry::Audio(entry) = only(&init_section(&track, Ticks::ZERO).unwrap()).entry else { panic!("sound") };
        entry.sample_rate
    };
    let of = |codec| fixtures().find(|(known, _)| *known == codec).unwrap().1;
    assert_eq!(rate(of(Codec::Opus), 16_000), 48_000);
    assert_eq!(rate(of(Codec::Flac), 192_000), 48_000);
    assert_eq!(rate(of(Codec::Flac), 88_200), 44_100);
    assert_eq!(rate(of(Codec::Aac), 96_000), 0);
    assert_eq!(rate(of(Codec::PcmU), 8000), 8000);
}

#[test]
fn mpeg_audio_is_of_the_object_type_that_its_rate_belongs_to() {
    let [first, second] = [FIXTURES[6].1[0], FIXTURES[7].1[0]].map(only);
    assert_eq!((first.entry.object_type(), second.entry.object_type()), (Some(0x6b), Some(0x69)));
    for info in [first, second] {
        let init = init_section(&track_of(&info), Ticks::ZERO).unwrap();
        assert_eq!(only(&init).entry.object_type(), info.entry.object_type());
        assert!(info.config.is_empty());
    }
}

#[test]
fn entries_of_quicktime_are_understood() {
    for file in [
        &include_bytes!("../../testdata/ffmpeg-5.1-quicktime2.mp4")[..],
        include_bytes!("../../testdata/ffmpeg-9.0-quicktime2.mp4"),
    ] {
        let info = only(file);
        assert_eq!((info.codec, &info.config[..]), (Some(Codec::Aac), &b"\x10\x10\x56\xe5\0"[..]));
        let MediaEntry::Audio(entry) = info.entry else { panic!("sound") };
        assert_eq!((entry.sample_rate, entry.channels), (96_000, 2));
    }
    let movie = springhead_mux::fmp4::read::Movie::parse(include_bytes!("../../testdata/ffmpeg-late.mov")).unwrap();
    let sound = movie.tracks().find(|track| track.codec == Some(Codec::Aac)).unwrap();
    assert_eq!(&sound.config[..2], b"\x11\x88");
    let MediaEntry::Audio(entry) = sound.entry else { panic!("sound") };
    assert_eq!((entry.sample_rate, entry.channels), (48_000, 1));
}

#[test]
fn the_profile_brand_of_each_codec_is_one_that_is_registered() {
    let brands = |codec| {
        let init = init_section(&track_of(&only(fixtures().find(|(of, _)| *of == codec).unwrap().1)), Ticks::ZERO);
        InitSection::parse(&init.unwrap()).unwrap().brands.compatible.get(3).map(ToString::to_string)
    };
    assert_eq!(brands(Codec::Av1).as_deref(), Some("av01"));
    assert_eq!(brands(Codec::Eac3).as_deref(), Some("ceac"));
    for codec in [Codec::Vvc, Codec::Vp9, Codec::Opus, Codec::Flac, Codec::Ac3, Codec::MpegAudio, Codec::PcmA] {
        assert_eq!(brands(codec), None);
    }
}

#[test]
fn the_profiles_of_hevc_are_told_apart_by_profile_level_size_and_colour() {
    let track = track_of(&only(fixtures().find(|(of, _)| *of == Codec::Hevc).unwrap().1));
    let brand = |profile: u8, level: u8, (width, height), colour: Option<(u8, u8, u8)>| {
        let mut track = track.clone();
        let mut config = track.config.to_vec();
        (config[1], config[12]) = (profile, level);
        track.config = config.into();
        let MediaParams::Video(video) = &mut track.params else { panic!("a video track") };
        (video.width, video.height, video.aspect) = (width, height, SampleAspect::SQUARE);
        video.cicp =
            colour.map(|(primaries, transfer, matrix)| Cicp { primaries, transfer, matrix, full_range: false });
        let init = InitSection::parse(&init_section(&track, Ticks::ZERO).unwrap()).unwrap();
        init.brands.compatible.get(3).map(ToString::to_string)
    };
    let (hd, uhd) = ((1920, 1080), (3840, 2160));
    assert_eq!(brand(1, 123, hd, None).as_deref(), Some("chhd"));
    assert_eq!(brand(2, 123, hd, Some((1, 1, 1))).as_deref(), Some("chh1"));
    assert_eq!(brand(1, 150, uhd, None).as_deref(), Some("cud8"));
    assert_eq!(brand(2, 153, uhd, Some((9, 14, 9))).as_deref(), Some("cud1"));
    assert_eq!(brand(2, 123, hd, Some((9, 16, 9))).as_deref(), Some("chd1"));
    assert_eq!(brand(2, 153, uhd, Some((9, 18, 9))).as_deref(), Some("clg1"));
    assert_eq!(brand(2, 156, uhd, None), None, "a level above all of them");
    assert_eq!(brand(0x22, 123, hd, None), None, "the high tier");
    assert_eq!(brand(1, 123, hd, Some((9, 16, 9))), None, "brightness that eight bits are not for");
}

#[test]
fn boxes_of_an_entry_end_where_zeros_begin() {
    let file = FIXTURES[0].1[0];
    let stsd = file.windows(4).position(|window| window == b"stsd").unwrap() - 4;
    let end = stsd + 16 + entry(file).len();
    let mut zeros = [&file[..end], &[0; 4], &file[end..]].concat();
    // Everything around grows by the four bytes.
    let around = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"];
    for kind in around {
        let at = zeros.windows(4).position(|window| window == kind).unwrap() - 4;
        let size = u32::from_be_bytes(zeros[at..at + 4].try_into().unwrap()) + 4;
        zeros[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    assert!(BoxIter::new(&zeros).all(|found| found.is_ok()));
    assert_eq!(only(&zeros), only(file));
}
