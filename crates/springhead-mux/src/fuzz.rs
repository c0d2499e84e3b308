//! Fuzz bodies: what must hold of any input. Each panics when it does not.

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

/// A video message either cannot be read, or AVC is the same when it is written and read again, and payloads lie within
/// the message.
#[cfg(feature = "flv")]
pub fn flv_video(data: &[u8]) {
    use crate::flv::{VideoTag, avc_sequence_header, avc_unit};

    let body = bytes::Bytes::copy_from_slice(data);
    let Ok(tag) = VideoTag::parse(&body) else {
        return;
    };
    let again = match &tag {
        VideoTag::AvcSequenceHeader(config) => avc_sequence_header(config.clone()),
        VideoTag::AvcUnit { keyframe, composition_time, payload } => {
            assert!(data.ends_with(payload));
            avc_unit(*keyframe, *composition_time, &payload.clone().into())
        }
        VideoTag::Enhanced(enhanced) => {
            assert!(!enhanced.packets.is_empty());
            return;
        }
        _ => return,
    };
    assert_eq!(VideoTag::parse(&again.to_bytes()), Ok(tag));
}

/// An audio message either cannot be read, or AAC is the same when it is written and read again.
#[cfg(feature = "flv")]
pub fn flv_audio(data: &[u8]) {
    use crate::flv::{AudioTag, aac_raw, aac_sequence_header};

    let body = bytes::Bytes::copy_from_slice(data);
    let Ok(tag) = AudioTag::parse(&body) else {
        return;
    };
    let again = match &tag {
        AudioTag::AacSequenceHeader(config) => aac_sequence_header(config.clone()),
        AudioTag::AacRaw(payload) => aac_raw(&payload.clone().into()),
        AudioTag::Enhanced(enhanced) => {
            assert!(!enhanced.packets.is_empty());
            return;
        }
        _ => return,
    };
    assert_eq!(AudioTag::parse(&again.to_bytes()), Ok(tag));
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

#[cfg(all(test, feature = "fmp4", feature = "flv"))]
mod tests {
    use proptest::prelude::*;
    use springhead_core::{Rope, Timescale, TrackId};

    use super::*;
    use crate::fmp4::{ChunkHeader, Emsg, EventTime, Sample, chunk_with_events};

    const FMP4: &[u8] = include_bytes!("../testdata/ffmpeg-cmaf.mp4");
    const FLV: &[u8] = include_bytes!("../testdata/ffmpeg.flv");

    fn all(data: &[u8]) {
        for body in [fmp4_init, fmp4_chunks, flv_video, flv_audio, flv_file] {
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
            first in prop::sample::select(vec![0x90u8, 0x91, 0x93, 0x94, 0x95, 0x96, 0x97, 0xa1, 0xd1]),
            fourcc in prop::sample::select(vec![*b"avc1", *b"hvc1", *b"mp4a", *b"Opus"]),
            before in prop::collection::vec(0u8..0x23, 0..6),
            after in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let data = [&[first][..], &before, &fourcc, &after].concat();
            flv_video(&data);
            flv_audio(&data);
        }
    }
}
