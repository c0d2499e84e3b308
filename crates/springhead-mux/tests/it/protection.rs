//! Common encryption that is passed through, of media that ffmpeg encrypted.

use bytes::Bytes;
use proptest::prelude::*;
use springhead_core::{Rope, Ticks, TrackId};
use springhead_mux::FourCc;
use springhead_mux::fmp4::read::{self, BoxIter, Chunk, InitSection, Movie};
use springhead_mux::fmp4::{
    AuxiliarySizes, ChunkHeader, FragmentProtection, MuxError, Pattern, Protection, Pssh, Sample, SampleEncryption,
    protected_chunk, protected_init_section,
};

use crate::support;

static FRAGMENTS: &[u8] = include_bytes!("../../testdata/ffmpeg-cenc-fragments.mp4");
static MOVIE: &[u8] = include_bytes!("../../testdata/ffmpeg-cenc.mp4");

const KEY_ID: [u8; 16] = *b"\xa7\xe6\x1c\x37\x3e\x21\x90\x33\xc2\x10\x91\xfa\x60\x7b\xf3\xb8";

fn cenc() -> Protection {
    Protection {
        scheme: FourCc(*b"cenc"),
        scheme_version: 0x0001_0000,
        is_protected: true,
        key_id: KEY_ID,
        iv_size: 8,
        constant_iv: None,
        pattern: None,
    }
}

fn systems() -> Vec<Pssh> {
    vec![
        Pssh { system_id: [7; 16], key_ids: None, data: Bytes::from_static(b"what only the system knows") },
        Pssh { system_id: [9; 16], key_ids: Some(vec![KEY_ID, [0; 16]]), data: Bytes::new() },
    ]
}

/// A chunk written again with the protection that it was read with.
fn again(file: &Bytes, chunk: &Chunk) -> Bytes {
    let payloads: Vec<Rope> = chunk.samples.iter().map(|sample| sample.payload(file).into()).collect();
    let samples: Vec<Sample<'_>> = chunk
        .samples
        .iter()
        .zip(&payloads)
        .map(|(sample, payload)| Sample {
            duration: sample.duration,
            composition_offset: sample.composition_offset.try_into().unwrap(),
            sync: sample.is_sync(),
            disposable: sample.flags.is_disposable(),
            payload,
        })
        .collect();
    let header = ChunkHeader {
        track: chunk.track,
        sequence_number: chunk.sequence_number,
        base_decode_time: chunk.base_decode_time,
        styp: None,
        prft: None,
    };
    protected_chunk(&header, &samples, chunk.protection.as_ref().unwrap()).unwrap().to_bytes()
}

/// The content of the only box of that type, wherever it is.
fn body<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    let at = bytes.windows(4).position(|window| window == kind).unwrap();
    let size = u32::from_be_bytes(bytes[at - 4..at].try_into().unwrap()) as usize;
    &bytes[at + 4..at - 4 + size]
}

#[test]
fn protection_whose_parts_do_not_go_together_is_refused() {
    let refused =
        |protection: Protection| protected_init_section(&support::video(), Ticks::ZERO, &protection, &[]).unwrap_err();
    let error = |why| MuxError::Protection { track: TrackId(1), why };
    let size = error("an initialization vector has not 8 or 16 bytes");
    assert_eq!(refused(Protection { iv_size: 12, ..cenc() }), size);
    let vectors = error("samples have no initialization vector, or two");
    assert_eq!(refused(Protection { iv_size: 0, ..cenc() }), vectors);
    assert_eq!(refused(Protection { constant_iv: Some(Bytes::from_static(&[0; 8])), ..cenc() }), vectors);

    let payload = Rope::from(Bytes::from_static(b"one"));
    let sample = Sample { duration: 1, composition_offset: 0, sync: true, disposable: false, payload: &payload };
    let header = ChunkHeader { track: TrackId(1), sequence_number: 1, base_decode_time: 0, styp: None, prft: None };
    let information = SampleEncryption {
        subsamples: false,
        sample_count: 1,
        data: Bytes::from_static(&[1; 8]),
        sizes: Some(AuxiliarySizes::Equal(8)),
        auxiliary_type: None,
    };
    let of = |samples| FragmentProtection { samples: Some(samples), systems: Vec::new() };
    let error = Err(error("the information is not that of the samples"));
    assert!(protected_chunk(&header, &[sample], &of(information.clone())).is_ok());
    assert_eq!(protected_chunk(&header, &[sample; 2], &of(information.clone())), error);
    let sizes = Some(AuxiliarySizes::Equal(16));
    assert_eq!(protected_chunk(&header, &[sample], &of(SampleEncryption { sizes, ..information.clone() })), error);
    let sizes = Some(AuxiliarySizes::Each(Bytes::from_static(&[4, 4])));
    assert_eq!(protected_chunk(&header, &[sample], &of(SampleEncryption { sizes, ..information })), error);
}

#[test]
fn tracks_that_ffmpeg_encrypted_show_what_they_were_and_how_they_are_protected() {
    for file in [FRAGMENTS, MOVIE] {
        let init = InitSection::parse(file).unwrap();
        let [video, audio] = &init.tracks[..] else { panic!("two tracks") };
        assert_eq!((video.format, audio.format), (FourCc(*b"avc1"), FourCc(*b"mp4a")));
        assert_eq!((&video.protection, &audio.protection), (&Some(cenc()), &Some(cenc())));
        assert_eq!((video.config[0], &audio.config[..2]), (1, &b"\x11\x88"[..]));
        // What cannot be decoded as it is, is not among the tracks that can.
        assert_eq!(read::tracks(&Bytes::from_static(file)).unwrap(), []);
    }
    let samples = Movie::parse(MOVIE).unwrap().samples_by_place().unwrap().map(Result::unwrap).count();
    assert_eq!(samples, 30);
}

#[test]
fn the_init_section_of_a_protected_track_reads_back_as_it_was_read() {
    for info in InitSection::parse(FRAGMENTS).unwrap().tracks {
        let track = info.to_track().unwrap().unwrap();
        let protection = info.protection.as_ref().unwrap();
        let init = protected_init_section(&track, Ticks::ZERO, protection, &systems()).unwrap();
        let read = InitSection::parse(&init).unwrap();
        assert_eq!((&read.tracks[0].protection, read.tracks[0].format), (&info.protection, info.format));
        assert_eq!(read.tracks[0].to_track().unwrap().unwrap(), track);
        assert_eq!(read.systems, systems());
        // Byte by byte what ffmpeg wrote, but for the flags of schm, an address that nobody needs.
        let position = |bytes: &[u8]| bytes.windows(4).position(|window| window == b"sinf").unwrap();
        let theirs = body(&FRAGMENTS[position(FRAGMENTS) - 4..], b"tenc");
        assert_eq!(body(&init, b"tenc"), theirs);
        assert_eq!(body(&init, b"frma"), &info.format.0);
    }
}

#[test]
fn what_samples_need_is_written_again_as_it_came_with_offsets_of_its_own() {
    let file = Bytes::from_static(FRAGMENTS);
    let init = InitSection::parse(&file).unwrap();
    let chunks = init.chunks(&file).unwrap();
    assert!(!chunks.is_empty());
    for chunk in &chunks {
        let written = again(&file, chunk);
        let read = read::chunks(&written).unwrap().remove(0);
        assert_eq!(read.protection, chunk.protection);
        let information = read.protection.unwrap().samples.unwrap();
        let keys = information.samples(8).unwrap();
        assert_eq!(keys.len(), chunk.samples.len());
        // Each sample's subsamples are as long as the sample.
        for (key, sample) in keys.iter().zip(&chunk.samples) {
            let sum: usize = key.subsamples.iter().map(|(clear, hidden)| usize::from(*clear) + *hidden as usize).sum();
            assert!(key.subsamples.is_empty() || sum == sample.size());
        }
        // The offset is that of the information, from the first byte of the moof.
        let offset = u32::from_be_bytes(body(&written, b"saio")[8..12].try_into().unwrap()) as usize;
        assert!(written[offset..].starts_with(&information.data));
    }
}

#[test]
fn headers_of_protection_systems_in_a_fragment_are_kept() {
    let file = Bytes::from_static(FRAGMENTS);
    let mut chunk = read::chunks(&file).unwrap().remove(0);
    chunk.protection.as_mut().unwrap().systems = systems();
    let written = again(&file, &chunk);
    assert_eq!(read::chunks(&written).unwrap()[0].protection, chunk.protection);
    let kinds: Vec<_> = BoxIter::new(&written).map(|top| top.unwrap().header.kind.to_string()).collect();
    assert_eq!(kinds, ["moof", "mdat"]);
}

prop_compose! {
    fn protection()(
        scheme in prop::sample::select(vec![*b"cenc", *b"cbc1", *b"cens", *b"cbcs"]),
        scheme_version: u32,
        key_id: [u8; 16],
        vector in prop::option::of(prop::collection::vec(any::<u8>(), 0..=255)),
        iv_size in prop::sample::select(vec![8u8, 16]),
        is_protected: bool,
        pattern in prop::option::of((0u8..16, 0u8..16)),
    ) -> Protection {
        Protection {
            scheme: FourCc(scheme),
            scheme_version,
            is_protected,
            key_id,
            iv_size: if vector.is_some() { 0 } else { iv_size },
            constant_iv: vector.filter(|_| is_protected).map(Bytes::from),
            pattern: pattern.map(|(crypt, skip)| Pattern { crypt, skip }),
        }
    }
}

proptest! {
    #[test]
    fn any_protection_reads_back_as_it_was_written(protection in protection(), sound: bool) {
        let track = if sound { support::audio() } else { support::video() };
        let init = protected_init_section(&track, Ticks::ZERO, &protection, &systems()).unwrap();
        let read = InitSection::parse(&init).unwrap();
        prop_assert_eq!(read.tracks[0].protection.as_ref(), Some(&protection));
        prop_assert_eq!(read.tracks[0].to_track().unwrap().unwrap(), track);
    }

    #[test]
    fn any_information_of_samples_reads_back_as_it_was_written(
        samples in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..6),
        subsamples: bool,
        sized: bool,
        auxiliary_type in prop::option::of(any::<u32>()),
    ) {
        let sizes = samples.iter().map(|sample| sample.len() as u8).collect::<Bytes>();
        // As every sample has eight bytes here, or each its own.
        let sizes = if sizes.iter().all(|size| *size == 8) { AuxiliarySizes::Equal(8) } else { AuxiliarySizes::Each(sizes) };
        let information = SampleEncryption {
            subsamples,
            sample_count: samples.len() as u32,
            data: samples.concat().into(),
            sizes: sized.then_some(sizes),
            auxiliary_type: auxiliary_type.filter(|_| sized).map(|parameter| (FourCc(*b"cenc"), parameter)),
        };
        let payload = Rope::from(Bytes::from_static(b"one"));
        let one = Sample { duration: 1, composition_offset: 0, sync: true, disposable: false, payload: &payload };
        let header = ChunkHeader { track: TrackId(1), sequence_number: 1, base_decode_time: 0, styp: None, prft: None };
        let protection = FragmentProtection { samples: Some(information), systems: systems() };
        let written = protected_chunk(&header, &vec![one; samples.len()], &protection).unwrap().to_bytes();
        let read = read::chunks(&written).unwrap();
        prop_assert_eq!(read[0].protection.as_ref(), Some(&protection));
    }
}
