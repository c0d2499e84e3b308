//! Init sections, read by another implementation.

use bytes::Bytes;
use mp4_atom::{Any, Codec, DecodeMaybe, Edts, Elst, ElstEntry, Encode, Esds, FourCC, Ftyp, Moov};
use proptest::prelude::*;
use springhead_codec::av1;
use springhead_core::{MediaParams, Ticks, Timescale, Track, TrackId};
use springhead_mux::fmp4::{MuxError, init_section, read};

use crate::support;

fn read_by_other(track: &Track) -> (Ftyp, Moov) {
    boxes_by_other(&init_section(track, Ticks::ZERO).unwrap())
}

fn boxes_by_other(init: &[u8]) -> (Ftyp, Moov) {
    let mut rest = init;
    let Some(Any::Ftyp(ftyp)) = Any::decode_maybe(&mut rest).unwrap() else { panic!("ftyp comes first") };
    let Some(Any::Moov(moov)) = Any::decode_maybe(&mut rest).unwrap() else { panic!("moov comes second") };
    assert_eq!(rest, b"", "and nothing follows");
    (ftyp, moov)
}

#[test]
fn a_configuration_that_the_sample_entry_cannot_carry_is_refused() {
    let why = |change: fn(&mut Track)| {
        let mut track = support::video();
        change(&mut track);
        init_section(&track, Ticks::ZERO).unwrap_err()
    };
    let config = |why| MuxError::Config { track: TrackId(1), why };
    assert_eq!(
        why(|track| track.config = b"\x01\x4d\x40\x1e\xfd\xe1\x00".as_slice().into()),
        config("the lengths of NAL units have not four bytes")
    );
    assert_eq!(
        why(|track| track.config = bytes::Bytes::new()),
        config("there is no AVCDecoderConfigurationRecord of version 1")
    );
    assert_eq!(why(|track| track.params = support::audio().params), config("the parameters are of the other kind"));
    let mut numberless = support::audio();
    numberless.id = TrackId(0);
    assert!(matches!(init_section(&numberless, Ticks::ZERO), Err(MuxError::Config { track: TrackId(0), .. })));
    let mut huge = support::video();
    let MediaParams::Video(video) = &mut huge.params else { panic!("a video track") };
    video.width = 65_536;
    assert_eq!(init_section(&huge, Ticks::ZERO), Err(MuxError::TooLarge { track: TrackId(1), what: "the picture" }));
}

#[test]
fn a_video_track_reads_elsewhere_with_the_same_values() {
    let track = support::video();
    let (ftyp, moov) = read_by_other(&track);
    assert_eq!(ftyp.major_brand, FourCC::new(b"iso6"));
    let brands = [b"iso6", b"cmfc", b"dash", b"cfsd"].map(FourCC::new);
    assert_eq!(ftyp.compatible_brands, brands);
    assert_eq!((moov.mvhd.duration, moov.mvhd.timescale, moov.mvhd.next_track_id), (0, 90_000, 2));

    let mvex = moov.mvex.unwrap();
    assert_eq!((mvex.mehd, mvex.trex.len(), mvex.trex[0].track_id), (None, 1, 1));
    assert_eq!(mvex.trex[0].default_sample_flags, 0x0101_0000);

    let [trak] = &moov.trak[..] else { panic!("one track") };
    assert!(trak.edts.is_none() && trak.tkhd.enabled && trak.tkhd.in_movie);
    assert_eq!((trak.tkhd.track_id, trak.tkhd.duration), (1, 0));
    assert_eq!((trak.tkhd.width.integer(), trak.tkhd.height.integer()), (853, 360), "shown with the shape applied");
    assert_eq!((trak.mdia.mdhd.timescale, trak.mdia.mdhd.duration), (90_000, 0));
    assert_eq!(trak.mdia.mdhd.language, "deu");
    assert_eq!(trak.mdia.hdlr.handler, FourCC::new(b"vide"));
    assert!(trak.mdia.minf.vmhd.is_some() && trak.mdia.minf.smhd.is_none());

    let stbl = &trak.mdia.minf.stbl;
    assert!(
        stbl.stts.entries.is_empty() && stbl.stsc.entries.is_empty() && stbl.stco.as_ref().unwrap().entries.is_empty()
    );
    let [Codec::Avc1(avc1)] = &stbl.stsd.codecs[..] else { panic!("{:?}", stbl.stsd) };
    assert_eq!((avc1.visual.width, avc1.visual.height), (640, 360));
    assert_eq!(avc1.avcc.length_size, 4);
    assert_eq!(avc1.avcc.sequence_parameter_sets, [support::SPS]);
    assert_eq!(avc1.avcc.picture_parameter_sets, [support::PPS]);
    let pasp = avc1.pasp.as_ref().unwrap();
    assert_eq!((pasp.h_spacing, pasp.v_spacing), (4, 3));
    assert_eq!(
        avc1.colr,
        Some(mp4_atom::Colr::Nclx {
            colour_primaries: 9,
            transfer_characteristics: 18,
            matrix_coefficients: 9,
            full_range_flag: true
        })
    );
}

#[test]
fn the_time_that_is_presented_first_reads_elsewhere_as_an_edit() {
    let init = init_section(&support::video(), Ticks(6000)).unwrap();
    let (_, moov) = boxes_by_other(&init);
    let edits = moov.trak[0].edts.as_ref().unwrap().elst.as_ref().unwrap();
    let [edit] = &edits.entries[..] else { panic!("one edit") };
    assert_eq!((edit.segment_duration, edit.media_time, edit.media_rate.integer()), (0, Some(6000), 1));

    let read = read::InitSection::parse(&init).unwrap();
    assert!(read.tracks[0].edits[0].is_offset());
    assert_eq!(read.tracks[0].edits[0].media_time, 6000);
    assert_eq!(read::tracks(&init).unwrap(), [support::video()]);
    let late = init_section(&support::video(), Ticks(1 << 63)).unwrap_err();
    assert!(matches!(late, MuxError::TooLarge { track: TrackId(1), .. }));
}

proptest! {
    #[test]
    fn any_edit_list_that_another_wrote_is_read(
        edits in prop::collection::vec(
            (prop_oneof![0..10u64, any::<u64>()], prop::option::of(prop_oneof![0..10u64, 0..1u64 << 63]), any::<i16>()),
            0..5,
        ),
        cut in any::<prop::sample::Index>(),
    ) {
        let (ftyp, mut moov) = read_by_other(&support::video());
        let entry = |&(segment_duration, media_time, rate): &(u64, Option<u64>, i16)| ElstEntry {
            segment_duration,
            media_time,
            media_rate: rate.into(),
        };
        moov.trak[0].edts = Some(Edts { elst: Some(Elst { entries: edits.iter().map(entry).collect() }) });
        let mut init = Vec::new();
        ftyp.encode(&mut init).unwrap();
        moov.encode(&mut init).unwrap();
        let read = read::InitSection::parse(&init).unwrap();
        prop_assert_eq!(read.tracks[0].edits.len(), edits.len());
        for (read, &(duration, media_time, rate)) in read.tracks[0].edits.iter().zip(&edits) {
            prop_assert_eq!(read.duration, duration);
            prop_assert_eq!(read.media_time, media_time.map_or(-1, |at| at as i64));
            prop_assert_eq!(read.rate, (rate as u16 as u32) << 16);
        }
        // Cut anywhere, it is an error or the same, and no panic.
        let _ = read::InitSection::parse(&init[..cut.index(init.len())]);
    }
}

#[test]
fn an_audio_track_reads_elsewhere_with_the_same_values() {
    let (ftyp, moov) = read_by_other(&support::audio());
    assert_eq!(ftyp.compatible_brands.last(), Some(&FourCC::new(b"caac")));
    assert_eq!(moov.mvex.unwrap().trex[0].default_sample_flags, 0x0200_0000);
    let mdia = &moov.trak[0].mdia;
    assert_eq!((mdia.mdhd.timescale, mdia.mdhd.language.as_str()), (44_100, "und"));
    assert!(mdia.minf.smhd.is_some() && mdia.minf.vmhd.is_none());
    let [Codec::Mp4a(mp4a)] = &mdia.minf.stbl.stsd.codecs[..] else { panic!("{:?}", mdia.minf.stbl.stsd) };
    assert_eq!((mp4a.audio.channel_count, mp4a.audio.sample_rate.integer()), (2, 44_100));
    let Esds { es_desc } = &mp4a.esds;
    assert_eq!(es_desc.es_id, 0);
    assert_eq!((es_desc.dec_config.object_type_indication, es_desc.dec_config.stream_type), (0x40, 5));
    let specific = es_desc.dec_config.dec_specific.as_ref().unwrap();
    assert_eq!((specific.profile, specific.freq_index, specific.chan_conf), (2, 4, 2));
}

#[test]
fn what_is_written_reads_back_as_the_same_track() {
    let video = support::video();
    assert_eq!(read::tracks(&init_section(&video, Ticks::ZERO).unwrap()).unwrap(), [video]);
    let mut audio = support::audio();
    audio.language = Some("gsw".into());
    assert_eq!(read::tracks(&init_section(&audio, Ticks::ZERO).unwrap()).unwrap(), [audio]);
}

#[test]
fn descriptors_of_long_configurations_have_long_lengths() {
    let mut audio = support::audio();
    audio.config = [&[0x12, 0x10][..], &[0; 300]].concat().into();
    let init = read::InitSection::parse(&init_section(&audio, Ticks::ZERO).unwrap()).unwrap();
    assert_eq!(init.tracks[0].config, audio.config);
}

#[test]
fn a_high_sampling_rate_leaves_the_field_that_cannot_hold_it_at_zero() {
    let track = springhead_codec::aac::track(TrackId(2), &bytes::Bytes::from_static(&[0x10, 0x10])).unwrap();
    assert_eq!(track.timescale.hz(), 96_000);
    let init = init_section(&track, Ticks::ZERO).unwrap();
    let read::MediaEntry::Audio(entry) = read::InitSection::parse(&init).unwrap().tracks[0].entry else {
        panic!("an audio entry")
    };
    assert_eq!(entry.sample_rate, 0);
    assert_eq!(read::tracks(&init).unwrap(), [track]);
}

#[test]
fn the_profile_brand_is_claimed_only_where_it_holds() {
    let brand = |width, height, level: u8| {
        let mut track = support::video();
        let mut config = track.config.to_vec();
        config[3] = level;
        track.config = config.into();
        let MediaParams::Video(video) = &mut track.params else { panic!("a video track") };
        (video.width, video.height) = (width, height);
        let init = read::InitSection::parse(&init_section(&track, Ticks::ZERO).unwrap()).unwrap();
        init.brands.compatible.get(3).map(ToString::to_string)
    };
    assert_eq!(brand(864, 576, 31).as_deref(), Some("cfsd"));
    assert_eq!(brand(864, 576, 32).as_deref(), Some("cfhd"));
    assert_eq!(brand(1920, 1080, 40).as_deref(), Some("cfhd"));
    assert_eq!(brand(1920, 1080, 42).as_deref(), Some("chdf"));
    assert_eq!(brand(3840, 2160, 51), None);
}

#[test]
fn av1_whose_record_has_no_sequence_header_is_of_the_size_of_its_entry() {
    let sequence = Bytes::from_static(b"\x0a\x0a\0\0\0\x02\xaf\xff\x9b\x5f\x20\x08");
    let config = av1::DecoderConfig::from_found(&[sequence]).unwrap();
    let whole = av1::track(TrackId(1), Timescale::MPEG, &config).unwrap();
    let bare = Track { config: whole.config.slice(..4), ..whole.clone() };
    let read = read::tracks(&init_section(&bare, Ticks::ZERO).unwrap()).unwrap();
    assert_eq!(read.iter().map(|track| &*track.codec_string).collect::<Vec<_>>(), ["av01.0.00M.08"]);
    let size = |track: &Track| track.video().map(|video| (video.width, video.height));
    assert_eq!(size(&read[0]), size(&whole));
    assert_eq!(read[0].config, bare.config);
}
