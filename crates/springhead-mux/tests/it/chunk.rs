//! Chunks, read back and read by another implementation.

use bytes::Bytes;
use mp4_atom::{Any, DecodeMaybe, EmsgTimestamp, FourCC, Moof, ReferenceTime};
use proptest::prelude::*;
use springhead_core::{Rope, Timescale, TrackId, WallTime};
use springhead_mux::fmp4::{
    ChunkHeader, Emsg, EventTime, MuxError, Prft, Sample, SampleFlags, Styp, chunk, chunk_with_events, read,
};

use crate::support::{Made, emsg, made};

fn samples(made: &[Made]) -> Vec<Sample<'_>> {
    made.iter()
        .map(|made| Sample {
            duration: made.duration,
            composition_offset: made.composition_offset,
            sync: made.sync,
            disposable: made.disposable,
            payload: &made.payload,
        })
        .collect()
}

fn header(sequence_number: u32, base_decode_time: u64) -> ChunkHeader {
    ChunkHeader { track: TrackId(1), sequence_number, base_decode_time, styp: None, prft: None }
}

fn gop(count: u32) -> Vec<Made> {
    (0..count)
        .map(|n| Made {
            duration: 3000,
            composition_offset: if n % 2 == 0 { 0 } else { -3000 },
            sync: n == 0,
            disposable: n % 2 == 1,
            payload: Bytes::from(vec![n as u8; 4 + n as usize]).into(),
        })
        .collect()
}

#[test]
fn chunks_of_nothing_are_refused() {
    assert_eq!(chunk(&header(1, 0), &[]), Err(MuxError::NoSamples { track: TrackId(1) }));
    let mut made = gop(3);
    made[2].payload = Rope::new();
    let error = MuxError::EmptySample { track: TrackId(1), index: 2 };
    assert_eq!(chunk(&header(1, 0), &samples(&made)), Err(error));
}

#[test]
fn media_that_leaves_32_bits_is_refused() {
    let megabyte = Bytes::from_static(&[0; 1 << 20]);
    let payload: Rope = std::iter::repeat_n(megabyte, 2048).collect();
    let sample = Sample { duration: 1, composition_offset: 0, sync: true, disposable: false, payload: &payload };
    assert!(chunk(&header(1, 0), &[sample]).is_ok());
    let error = MuxError::TooLarge { track: TrackId(1), what: "the media data" };
    assert_eq!(chunk(&header(1, 0), &[sample, sample]), Err(error));
    let whole: Rope = [&payload, &payload].into_iter().flat_map(|half| half.slices().iter().cloned()).collect();
    let error = MuxError::TooLarge { track: TrackId(1), what: "a sample" };
    assert_eq!(chunk(&header(1, 0), &[Sample { payload: &whole, ..sample }]), Err(error));
}

#[test]
fn the_payload_is_the_slices_that_were_given() {
    let made = gop(4);
    let rope = chunk(&header(1, 0), &samples(&made)).unwrap();
    let given = made.iter().flat_map(|made| made.payload.slices());
    assert_eq!(rope.slices().len(), 5, "one slice of boxes, and the payloads");
    assert!(rope.slices()[1..].iter().zip(given).all(|(written, given)| written.as_ptr() == given.as_ptr()));
}

#[test]
fn boxes_come_in_the_order_that_cmaf_demands() {
    let prft = Prft { wall: WallTime(1_700_000_000_123_456_789), media_time: 90_000 };
    let header = ChunkHeader { styp: Some(Styp::Segment), prft: Some(prft), ..header(3, 90_000) };
    let bytes = chunk(&header, &samples(&gop(4))).unwrap().to_bytes();
    let kinds = |bytes: &[u8]| -> Vec<String> {
        read::BoxIter::new(bytes).map(|found| found.unwrap().header.kind.to_string()).collect()
    };
    assert_eq!(kinds(&bytes), ["styp", "prft", "moof", "mdat"]);

    let mut rest = &bytes[..];
    let mut next = || Any::decode_maybe(&mut rest).unwrap().unwrap();
    let Any::Styp(styp) = next() else { panic!("styp") };
    assert_eq!(
        (styp.major_brand, styp.compatible_brands),
        (FourCC::new(b"msdh"), vec![FourCC::new(b"msdh"), FourCC::new(b"cmfs")])
    );
    let Any::Prft(other) = next() else { panic!("prft") };
    assert_eq!((other.reference_track_id, other.media_time), (1, 90_000));
    assert_eq!(other.ntp_timestamp, prft.wall.ntp64());
    assert_eq!(other.utc_time_semantics, ReferenceTime::RealTime);

    let read = &read::chunks(&bytes).unwrap()[0];
    assert_eq!(read.prft, Some(prft));
    assert_eq!(read.styp, Some(Styp::Segment.brands()));
    assert_eq!(read.range, 0..bytes.len());
}

fn event(time: EventTime) -> Emsg {
    Emsg {
        scheme_id_uri: "https://aomedia.org/emsg/ID3".to_owned(),
        value: "1".to_owned(),
        timescale: Timescale::MPEG,
        time,
        duration: Emsg::UNKNOWN_DURATION,
        id: 7,
        message: Bytes::from_static(b"ID3\x04\0\0\0\0\0\0"),
    }
}

#[test]
fn an_event_whose_text_has_no_end_or_whose_clock_stands_still_is_refused() {
    let whole =
        |event: Emsg| chunk_with_events(&header(1, 0), &[event], &samples(&gop(1))).unwrap().to_bytes().to_vec();
    let mut endless = whole(Emsg { message: Bytes::new(), value: String::new(), ..event(EventTime::At(1)) });
    let scheme = endless.windows(4).position(|bytes| bytes == b"http").unwrap();
    let text_ends = scheme + "https://aomedia.org/emsg/ID3".len();
    endless[text_ends..text_ends + 2].fill(b'x');
    let error = read::chunks(&endless.into()).unwrap_err();
    assert!(matches!(error, read::ReadError::Invalid { why: "a text has no end", .. }), "{error}");
    let mut still = whole(event(EventTime::At(1)));
    still[12..16].fill(0);
    let error = read::chunks(&still.into()).unwrap_err();
    assert!(matches!(error, read::ReadError::Invalid { why: "timescale is zero", .. }), "{error}");
}

#[test]
fn an_event_of_an_unknown_version_is_passed_over() {
    let bytes = chunk_with_events(&header(1, 0), &[event(EventTime::At(1))], &samples(&gop(1))).unwrap().to_bytes();
    let mut bytes = bytes.to_vec();
    bytes[8] = 2;
    assert_eq!(read::chunks(&bytes.into()).unwrap()[0].events, []);
}

#[test]
fn events_come_between_the_reference_time_and_the_fragment_and_another_implementation_reads_them() {
    let prft = Prft { wall: WallTime(1_700_000_000_123_456_789), media_time: 90_000 };
    let header = ChunkHeader { styp: Some(Styp::Segment), prft: Some(prft), ..header(3, 90_000) };
    let events = [event(EventTime::At(1 << 40)), event(EventTime::SinceSegment(9))];
    let bytes = chunk_with_events(&header, &events, &samples(&gop(4))).unwrap().to_bytes();
    let kinds: Vec<String> = read::BoxIter::new(&bytes).map(|found| found.unwrap().header.kind.to_string()).collect();
    assert_eq!(kinds, ["styp", "prft", "emsg", "emsg", "moof", "mdat"]);
    let mut rest = &bytes[..];
    let others: Vec<_> = std::iter::from_fn(|| Any::decode_maybe(&mut rest).unwrap())
        .filter_map(|found| if let Any::Emsg(other) = found { Some(other) } else { None })
        .collect();
    let times = [EmsgTimestamp::Absolute(1 << 40), EmsgTimestamp::Relative(9)];
    for (other, time) in others.iter().zip(times) {
        assert_eq!(
            (&*other.scheme_id_uri, &*other.value, other.timescale, other.id),
            (&*events[0].scheme_id_uri, "1", 90_000, 7)
        );
        assert_eq!(
            (&other.presentation_time, other.event_duration, &other.message_data[..]),
            (&time, u32::MAX, &events[0].message[..])
        );
    }
    let read = &read::chunks(&bytes).unwrap()[0];
    assert_eq!((&read.events[..], read.range.clone()), (&events[..], 0..bytes.len()));
}

#[test]
fn what_all_samples_share_is_written_once_and_flags_never_twice() {
    let moof = |made: &[Made]| -> Moof {
        let bytes = chunk(&header(9, 1 << 40), &samples(made)).unwrap().to_bytes();
        let Some(Any::Moof(moof)) = Any::decode_maybe(&mut &bytes[..]).unwrap() else { panic!("moof") };
        assert_eq!(moof.traf[0].trun[0].data_offset, Some((bytes.len() - moof_payload(made)) as i32));
        moof
    };
    // Sound: nothing but sizes.
    let sound: Vec<Made> = gop(3).into_iter().map(|made| Made { sync: true, composition_offset: 0, ..made }).collect();
    let traf = &moof(&sound).traf[0];
    assert_eq!(traf.tfhd.default_sample_flags, Some(0x0200_0000));
    assert_eq!((traf.tfhd.default_sample_duration, traf.tfhd.default_sample_size), (Some(3000), None));
    assert!(traf.tfhd.default_base_is_moof && traf.tfhd.base_data_offset.is_none());
    assert_eq!(traf.tfdt.as_ref().unwrap().base_media_decode_time, 1 << 40);
    assert!(traf.trun[0].samples.iter().all(|s| s.flags.is_none() && s.cts.is_none() && s.duration.is_none()));
    // A fragment without disposable pictures: the first differs.
    let pictures: Vec<Made> = gop(3).into_iter().map(|made| Made { disposable: false, ..made }).collect();
    let traf = &moof(&pictures).traf[0];
    assert_eq!(traf.tfhd.default_sample_flags, Some(0x0101_0000));
    let flags: Vec<_> = traf.trun[0].samples.iter().map(|sample| sample.flags).collect();
    assert_eq!(flags, [Some(0x0200_0000), None, None]);
    let offsets: Vec<_> = traf.trun[0].samples.iter().map(|sample| sample.cts).collect();
    assert_eq!(offsets, [Some(0), Some(-3000), Some(0)]);
    // Disposable pictures between others: each says its own.
    let traf = &moof(&gop(3)).traf[0];
    assert_eq!(traf.tfhd.default_sample_flags, None);
    let flags: Vec<_> = traf.trun[0].samples.iter().map(|sample| sample.flags).collect();
    assert_eq!(flags, [Some(0x0200_0000), Some(0x0181_0000), Some(0x0101_0000)]);
}

fn moof_payload(made: &[Made]) -> usize {
    made.iter().map(|made| made.payload.len()).sum()
}

#[test]
fn parts_one_after_the_other_are_the_segment() {
    let made = gop(8);
    let samples = samples(&made);
    let mut segment = Rope::new();
    for (n, part) in samples.chunks(3).enumerate() {
        let styp = (n == 0).then_some(Styp::Segment);
        let header = ChunkHeader { styp, ..header(n as u32 + 1, n as u64 * 9000) };
        segment.append(&chunk(&header, part).unwrap());
    }
    let bytes = segment.to_bytes();
    let chunks = read::chunks(&bytes).unwrap();
    assert_eq!(chunks.iter().map(|chunk| chunk.samples.len()).collect::<Vec<_>>(), [3, 3, 2]);
    for pair in chunks.windows(2) {
        assert_eq!(pair[0].base_decode_time + pair[0].duration(), pair[1].base_decode_time);
        assert_eq!((pair[0].range.end, pair[0].mdat.end), (pair[1].range.start, pair[0].range.end));
        assert!(pair[0].sequence_number < pair[1].sequence_number && pair[1].styp.is_none() && pair[0].base_is_moof);
    }
    let payloads = chunks.iter().flat_map(|chunk| &chunk.samples).map(|sample| sample.payload(&bytes));
    assert!(payloads.eq(made.iter().map(|made| made.payload.to_bytes())));
}

#[test]
fn older_ways_to_say_where_the_data_is_are_understood() {
    let bytes = chunk(&header(1, 0), &samples(&gop(3))).unwrap().to_bytes();
    let expected = read::chunks(&bytes).unwrap();
    let tfhd = bytes.windows(4).position(|window| window == b"tfhd").unwrap();
    // Without default-base-is-moof the first track fragment counts from the moof all the same, but CMAF forbids it.
    let mut older = bytes.to_vec();
    older[tfhd + 5] = 0;
    let read = read::chunks(&older.into()).unwrap();
    assert_eq!((&read[0].samples, read[0].base_is_moof), (&expected[0].samples, false));
}

#[test]
fn a_run_that_claims_more_samples_than_there_are_bytes_is_refused() {
    // A default size of zero, and as many samples as 32 bits can say.
    let mut bytes = chunk(&header(1, 0), &samples(&gop(1))).unwrap().to_bytes().to_vec();
    let at = |kind: &[u8; 4]| bytes.windows(4).position(|window| window == kind).unwrap();
    let (tfhd, trun) = (at(b"tfhd"), at(b"trun"));
    bytes[tfhd + 16..tfhd + 20].fill(0);
    bytes[trun + 8..trun + 12].fill(0xff);
    let error = read::chunks(&bytes.into()).unwrap_err();
    assert!(matches!(error, read::ReadError::Invalid { why: "there are more samples than bytes", .. }), "{error}");
}

#[test]
fn samples_outside_the_input_and_fragments_without_media_are_refused() {
    let bytes = chunk(&header(1, 0), &samples(&gop(2))).unwrap().to_bytes();
    let moof = usize::try_from(u32::from_be_bytes(bytes[..4].try_into().unwrap())).unwrap();
    let missing = read::chunks(&bytes.slice(..moof)).unwrap_err();
    assert!(matches!(missing, read::ReadError::Missing { kind, .. } if kind.0 == *b"mdat"), "{missing}");
    let data_offset = bytes.windows(4).position(|window| window == b"trun").unwrap() + 12;
    for (offset, why) in [(i32::MIN, "its data is before the input"), (i32::MAX, "a sample is behind the input")] {
        let mut changed = bytes.to_vec();
        changed[data_offset..data_offset + 4].copy_from_slice(&offset.to_be_bytes());
        let error = read::chunks(&changed.into()).unwrap_err();
        assert!(matches!(error, read::ReadError::Invalid { why: said, .. } if said == why), "{error}");
    }
}

proptest! {
    #[test]
    fn any_chunk_reads_back_as_it_was_written(
        made in prop::collection::vec(made(), 1..20),
        sequence_number: u32,
        base_decode_time: u64,
        wall in 0i64..2_000_000_000_000_000_000,
        start in prop::option::of(prop::sample::select(vec![Styp::Segment, Styp::Fragment, Styp::Chunk])),
        events in prop::collection::vec(emsg(), 0..4),
    ) {
        let prft = Some(Prft { wall: WallTime(wall), media_time: base_decode_time });
        let header = ChunkHeader { styp: start, prft, ..header(sequence_number, base_decode_time) };
        let bytes = chunk_with_events(&header, &events, &samples(&made)).unwrap().to_bytes();
        let read = read::chunks(&bytes).unwrap();
        prop_assert_eq!(read.len(), 1);
        let read = &read[0];
        prop_assert_eq!(&read.events, &events);
        prop_assert_eq!((read.track, read.sequence_number, read.base_decode_time), (TrackId(1), sequence_number, base_decode_time));
        prop_assert_eq!(&read.styp, &start.map(Styp::brands));
        prop_assert_eq!(read.prft, prft);
        prop_assert_eq!(read.samples.len(), made.len());
        for (read, made) in read.samples.iter().zip(&made) {
            prop_assert_eq!((read.duration, read.composition_offset), (made.duration, made.composition_offset.into()));
            prop_assert_eq!(read.flags, SampleFlags::new(made.sync, made.disposable));
            prop_assert_eq!(read.payload(&bytes), made.payload.to_bytes());
        }

        let mut rest = &bytes[..];
        while let Some(found) = Any::decode_maybe(&mut rest).unwrap() {
            if let Any::Moof(moof) = found {
                let trun = &moof.traf[0].trun[0];
                prop_assert_eq!(moof.mfhd.sequence_number, sequence_number);
                prop_assert_eq!(moof.traf[0].tfdt.as_ref().unwrap().base_media_decode_time, base_decode_time);
                prop_assert_eq!(trun.samples.len(), made.len());
                for (theirs, made) in trun.samples.iter().zip(&made) {
                    let tfhd = &moof.traf[0].tfhd;
                    prop_assert_eq!(theirs.duration.or(tfhd.default_sample_duration), Some(made.duration));
                    prop_assert_eq!(theirs.size.or(tfhd.default_sample_size), Some(made.payload.len() as u32));
                    prop_assert_eq!(theirs.flags.or(tfhd.default_sample_flags), Some(SampleFlags::new(made.sync, made.disposable).0));
                    prop_assert_eq!(theirs.cts.unwrap_or(0), i64::from(made.composition_offset));
                }
            }
        }
        prop_assert!(rest.is_empty());
    }
}
