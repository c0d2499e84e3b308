//! Fuzz bodies: what must hold of any input. Each panics when it does not.

#[cfg(feature = "fmp4")]
mod fmp4;
#[cfg(feature = "fmp4")]
pub use fmp4::*;
#[cfg(feature = "ts")]
mod ts;
#[cfg(feature = "ts")]
pub use ts::*;

/// An init section either cannot be read, or gives the same tracks when they are written and read again.
#[cfg(feature = "fmp4")]
pub fn fmp4_init(data: &[u8]) {
    use crate::fmp4::{init_section, read};
    use springhead_core::Ticks;

    let presented_from = Ticks(data.len() as u64);
    let Ok(tracks) = read::tracks(&bytes::Bytes::copy_from_slice(data)) else {
        return;
    };
    for track in tracks {
        if let Ok(init) = init_section(&track, presented_from) {
            let again = read::tracks(&init).expect("what was written can be read");
            assert_eq!(again.len(), 1);
            assert_eq!((again[0].id, again[0].timescale, &again[0].config), (track.id, track.timescale, &track.config));
            assert_eq!(init_section(&again[0], presented_from).expect("and written again"), init);
        }
    }
}

/// A segment either cannot be read, or its chunks are the same when they are written and read again.
#[cfg(feature = "fmp4")]
pub fn fmp4_chunks(data: &[u8]) {
    use crate::fmp4::{ChunkHeader, Sample, chunk_with_events, read};
    use springhead_core::Rope;

    let input = bytes::Bytes::copy_from_slice(data);
    let _ = read::segment_index(&input);
    let Ok(chunks) = read::chunks(&input) else {
        return;
    };
    for read in chunks {
        let payloads: Vec<Rope> = read.samples.iter().map(|sample| sample.payload(&input).into()).collect();
        let samples: Option<Vec<Sample<'_>>> = read
            .samples
            .iter()
            .zip(&payloads)
            .map(|(sample, payload)| {
                Some(Sample {
                    duration: sample.duration,
                    composition_offset: sample.composition_offset.try_into().ok()?,
                    sync: sample.is_sync(),
                    disposable: sample.flags.is_disposable(),
                    payload,
                })
            })
            .collect();
        let header = ChunkHeader {
            track: read.track,
            sequence_number: read.sequence_number,
            base_decode_time: read.base_decode_time,
            styp: None,
            prft: read.prft,
        };
        let Some(Ok(written)) = samples.map(|samples| chunk_with_events(&header, &read.events, &samples)) else {
            continue;
        };
        let written = written.to_bytes();
        let again = read::chunks(&written).expect("what was written can be read").remove(0);
        assert_eq!(
            (again.track, again.sequence_number, again.base_decode_time, again.prft, &again.events, again.duration()),
            (read.track, read.sequence_number, read.base_decode_time, read.prft, &read.events, read.duration())
        );
        assert_eq!(again.samples.len(), read.samples.len());
        for (again, before) in again.samples.iter().zip(&read.samples) {
            assert_eq!(
                (again.duration, again.composition_offset, again.is_sync(), again.payload(&written)),
                (before.duration, before.composition_offset, before.is_sync(), before.payload(&input))
            );
        }
    }
}

/// A video message either cannot be read, or is the same when it is written and read again, and payloads lie within the
/// message.
#[cfg(feature = "flv")]
pub fn flv_video(data: &[u8]) {
    use crate::flv::{ColorInfo, VideoPacket, VideoTag};

    let body = bytes::Bytes::copy_from_slice(data);
    let Ok(tag) = VideoTag::parse(&body) else {
        return;
    };
    if let VideoTag::Tracks(messages) = &tag {
        assert!(!messages.is_empty() && messages.len() <= 256);
        for message in messages {
            match &message.packet {
                VideoPacket::CodedFrames { payload, .. } => assert!(payload.slices().len() <= 1),
                VideoPacket::Metadata(metadata) => _ = ColorInfo::parse(metadata, Default::default()),
                _ => {}
            }
        }
    }
    let again = tag.to_rope().expect("what was read can be written");
    assert_eq!(VideoTag::parse(&again.to_bytes()), Ok(tag));
}

/// An audio message either cannot be read, or is the same when it is written and read again.
#[cfg(feature = "flv")]
pub fn flv_audio(data: &[u8]) {
    use crate::flv::AudioTag;

    let body = bytes::Bytes::copy_from_slice(data);
    let Ok(tag) = AudioTag::parse(&body) else {
        return;
    };
    if let AudioTag::Tracks(messages) = &tag {
        assert!(!messages.is_empty() && messages.len() <= 256);
    }
    let again = tag.to_rope().expect("what was read can be written");
    assert_eq!(AudioTag::parse(&again.to_bytes()), Ok(tag));
}

/// Script data either cannot be read, or says the same when it is written and read again; of colour, once it has been
/// rounded as it is written.
#[cfg(feature = "flv")]
pub fn flv_script(data: &[u8]) {
    use crate::flv::amf0::Amf0Limits;
    use crate::flv::{ColorInfo, Metadata};

    // Bytes that are no UTF-8 become longer.
    let written = Amf0Limits { string_bytes: u32::MAX, ..Amf0Limits::default() };
    if let Ok(Some(metadata)) = Metadata::parse(data, Amf0Limits::default()) {
        assert_eq!(Metadata::parse(&metadata.to_bytes(), written), Ok(Some(metadata)));
    }
    if let Ok(Some(info)) = ColorInfo::parse(data, Amf0Limits::default()) {
        let rounded = ColorInfo::parse(&info.to_bytes(), written).expect("what was written").expect("is a colour");
        assert_eq!(ColorInfo::parse(&rounded.to_bytes(), written), Ok(Some(rounded)));
    }
}

/// A file gives the same tags however it arrives: at once, or in pieces whose size its first byte says.
#[cfg(feature = "flv")]
pub fn flv_file(data: &[u8]) {
    use crate::flv::{FlvError, Reader, Tag};

    let Some((piece, file)) = data.split_first() else {
        return;
    };
    let read = |piece: usize| -> (Vec<Tag>, Option<FlvError>) {
        let mut reader = Reader::new(1 << 16);
        let mut tags = Vec::new();
        for piece in file.chunks(piece) {
            reader.handle_bytes(piece);
            loop {
                match reader.next_tag() {
                    Ok(Some(tag)) => tags.push(tag),
                    Ok(None) => break,
                    Err(error) => return (tags, Some(error)),
                }
            }
        }
        (tags, None)
    };
    assert_eq!(read(file.len().max(1)), read(usize::from(*piece) + 1));
}

/// Values that can be read are written and read back as themselves.
#[cfg(feature = "flv")]
pub fn flv_amf0(data: &[u8]) {
    use crate::flv::amf0::{self, Amf0Limits, Value};

    let Ok(values) = amf0::read(data, Amf0Limits::default()) else { return };
    let mut written = bytes::BytesMut::new();
    values.iter().for_each(|value| amf0::write(value, &mut written));
    // Bytes that are no UTF-8 have become longer.
    let again = amf0::read(&written, Amf0Limits { string_bytes: u32::MAX, ..Amf0Limits::default() });
    // NaN is not equal to itself; its bytes are what they were.
    let printed = |values: &[Value]| format!("{values:?}");
    assert_eq!(again.as_deref().map(printed), Ok(printed(&values)));
}

#[cfg(all(test, feature = "fmp4", feature = "flv"))]
mod tests {
    use proptest::prelude::*;
    use springhead_core::{Rope, Timescale, TrackId};

    use super::*;
    use crate::fmp4::{ChunkHeader, Emsg, EventTime, Sample, chunk_with_events};

    const FMP4: &[u8] = include_bytes!("../testdata/ffmpeg-cmaf.mp4");
    const FLV: &[u8] = include_bytes!("../testdata/ffmpeg.flv");

    fn all(data: &[u8]) {
        for body in [fmp4_init, fmp4_chunks, flv_video, flv_audio, flv_file, flv_amf0, flv_script] {
            body(data);
        }
    }

    #[test]
    fn every_body_takes_the_fixtures_and_every_beginning_of_them() {
        all(FMP4);
        all(FLV);
        for end in 0..2048 {
            all(&FMP4[..end]);
            all(&FLV[..end]);
        }
        flv_amf0(b"\0\x7f\xf8\0\0\0\0\0\0");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn every_body_takes_noise(data in prop::collection::vec(any::<u8>(), 0..400)) {
            all(&data);
        }

        #[test]
        fn every_body_takes_fixtures_with_faults(
            faults in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
            cut in any::<prop::sample::Index>(),
        ) {
            for fixture in [FMP4, FLV] {
                let mut data = fixture.to_vec();
                for (at, value) in &faults {
                    let at = at.index(data.len());
                    data[at] = *value;
                }
                all(&data);
                all(&data[..cut.index(data.len())]);
                // Without its first bytes, so that the fragments are not behind an init section.
                all(&data[1249.min(data.len())..]);
            }
        }

        #[test]
        fn every_body_takes_events_with_faults(
            time in prop::sample::select(vec![EventTime::SinceSegment(9), EventTime::At(1 << 40)]),
            faults in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        ) {
            let event = Emsg {
                scheme_id_uri: "urn:x".to_owned(),
                value: "1".to_owned(),
                timescale: Timescale::MPEG,
                time,
                duration: 90,
                id: 7,
                message: bytes::Bytes::from_static(b"ID3\x04"),
            };
            let header = ChunkHeader {
                track: TrackId(1),
                sequence_number: 1,
                base_decode_time: 0,
                styp: None,
                prft: None,
            };
            let payload = Rope::from(bytes::Bytes::from_static(&[0; 8]));
            let sample = Sample { duration: 1, composition_offset: 0, sync: true, disposable: false, payload: &payload };
            let written = chunk_with_events(&header, &[event.clone(), event], &[sample]).expect("it fits");
            let mut data = written.to_bytes().to_vec();
            fmp4_chunks(&data);
            for (at, value) in &faults {
                let at = at.index(data.len());
                data[at] = *value;
            }
            fmp4_chunks(&data);
        }

        #[test]
        fn every_body_takes_messages_of_enhanced_rtmp(
            first in prop::sample::select(vec![0x90u8, 0x91, 0x93, 0x94, 0x95, 0x96, 0x97, 0xa1, 0xa3, 0xd1, 0xd4]),
            kind in prop::option::of(0u8..0x26),
            nanos in prop::option::of(any::<[u8; 3]>()),
            fourcc in prop::sample::select(vec![*b"avc1", *b"hvc1", *b"vp09", *b"mp4a", *b"Opus", *b"fLaC"]),
            tracks in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)), 1..4),
        ) {
            let mut data = vec![first];
            data.extend(nanos.into_iter().flat_map(|[a, b, c]| [2, a, b, c, first & 0x0f]));
            data.extend(kind);
            if kind.is_none_or(|kind| kind < 0x20) {
                data.extend(fourcc);
            }
            for (number, body) in tracks {
                if kind.is_some_and(|kind| kind >= 0x20) {
                    data.extend(fourcc);
                }
                data.extend([number, 0, 0, body.len() as u8]);
                data.extend(body);
            }
            flv_video(&data);
            flv_audio(&data);
        }

        #[test]
        fn every_body_takes_script_data(
            name in prop::sample::select(vec!["onMetaData", "colorInfo"]),
            properties in prop::collection::vec((prop::sample::select(vec![
                "width", "videocodecid", "audiocodecid", "stereo", "encoder", "videoTrackIdInfoMap", "1",
                "colorConfig", "hdrCll", "hdrMdcv", "bitDepth", "maxCLL", "maxFall",
                "greenX", "greenY", "blueX", "blueY", "redX", "redY", "whitePointX", "whitePointY", "maxLuminance",
            ]), prop_oneof![
                any::<f64>().prop_map(|number| [&[0][..], &number.to_be_bytes()].concat()),
                (0.0..2.0).prop_map(|number: f64| [&[0][..], &number.to_be_bytes()].concat()),
                Just(vec![3]), Just(vec![1, 1]), Just(b"\x02\0\x04avc1".to_vec()),
            ]), 0..30),
        ) {
            let mut data = vec![2, 0, name.len() as u8];
            data.extend(name.as_bytes());
            data.push(3);
            for (name, value) in properties {
                data.extend([0, name.len() as u8]);
                data.extend(name.as_bytes());
                data.extend(value);
            }
            flv_script(&data);
        }
    }
}
