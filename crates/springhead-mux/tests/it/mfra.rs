//! The index of random access of a recording.

use bytes::Bytes;
use mp4_atom::{Any, DecodeMaybe};
use proptest::prelude::*;
use springhead_core::{Rope, TrackId};
use springhead_mux::fmp4::read::{self, BoxIter};
use springhead_mux::fmp4::{ChunkHeader, RandomAccessIndex, RandomAccessPoint, Sample, Styp, TrackIndex, chunk};

static FMP4: &[u8] = include_bytes!("../../testdata/ffmpeg-cmaf.mp4");

#[test]
fn a_file_without_an_index_has_none_and_one_that_is_not_there_is_refused() {
    assert_eq!(read::random_access_index(b"").unwrap(), None);
    assert_eq!(read::random_access_index(&FMP4[..FMP4.len() - 1]).unwrap(), None);
    for size in [u32::MAX, 0, 16] {
        let mut changed = FMP4.to_vec();
        let end = changed.len();
        changed[end - 4..].copy_from_slice(&size.to_be_bytes());
        assert!(matches!(read::random_access_index(&changed), Err(read::ReadError::Invalid { .. })), "{size}");
    }
}

#[test]
fn the_index_of_ffmpeg_is_written_again_byte_by_byte() {
    let index = read::random_access_index(FMP4).unwrap().unwrap();
    assert_eq!(index.tracks.iter().map(|index| index.track).collect::<Vec<_>>(), [TrackId(1), TrackId(2)]);
    let moofs: Vec<u64> = BoxIter::new(FMP4)
        .map(|top| top.unwrap().header)
        .filter(|header| header.kind.0 == *b"moof")
        .map(|header| header.offset as u64)
        .collect();
    assert!(index.tracks.iter().flat_map(|index| &index.points).all(|point| moofs.contains(&point.moof_offset)));
    let mfra = FMP4.windows(4).position(|window| window == b"mfra").unwrap() - 4;
    assert_eq!(index.to_bytes().unwrap(), &FMP4[mfra..]);
}

#[test]
fn a_recording_ends_with_where_its_chunks_can_be_decoded_from() {
    let payload = Rope::from(Bytes::from_static(b"picture"));
    let picture = |sync| Sample { duration: 10, composition_offset: 5, sync, disposable: false, payload: &payload };
    let (mut file, mut index) = (b"\0\0\0\x08free".to_vec(), RandomAccessIndex::default());
    for (n, sync) in [true, false, true].into_iter().enumerate() {
        let header = ChunkHeader {
            track: TrackId(3),
            sequence_number: n as u32,
            base_decode_time: 20 * n as u64,
            styp: (n == 0).then_some(Styp::Segment),
            prft: None,
        };
        // The third chunk has its access point second.
        let samples = if n == 2 { [picture(false), picture(sync)] } else { [picture(sync), picture(false)] };
        let written = chunk(&header, &samples).unwrap();
        index.handle_chunk(&header, &samples, &written, file.len() as u64);
        file.extend_from_slice(&written.to_bytes());
    }
    let points = &index.tracks[0].points;
    assert_eq!(points.iter().map(|point| (point.time, point.sample)).collect::<Vec<_>>(), [(5, 1), (55, 2)]);
    for point in points {
        let at = point.moof_offset as usize;
        assert_eq!(&file[at + 4..at + 8], b"moof");
    }
    file.extend_from_slice(&index.to_bytes().unwrap());
    assert_eq!(read::random_access_index(&file).unwrap(), Some(index));
}

proptest! {
    #[test]
    fn any_index_reads_back_as_it_was_written_and_elsewhere_as_well(
        tracks in prop::collection::vec(
            (any::<u32>(), prop::collection::vec((any::<u64>(), any::<u64>(), any::<[u32; 3]>(), 0u32..33), 0..5)),
            0..4,
        ),
    ) {
        let point = |(time, moof_offset, [traf, trun, sample], shift): (u64, u64, [u32; 3], u32)| {
            let narrow = |number: u32| number.checked_shr(shift).unwrap_or(0);
            RandomAccessPoint { time, moof_offset, traf: narrow(traf), trun: narrow(trun), sample: narrow(sample) }
        };
        let tracks = tracks.into_iter().map(|(track, points)| TrackIndex {
            track: TrackId(track),
            points: points.into_iter().map(point).collect(),
        });
        let index = RandomAccessIndex { tracks: tracks.collect() };
        let written = index.to_bytes().unwrap();
        let read = read::random_access_index(&written).unwrap();
        prop_assert_eq!(read.as_ref(), Some(&index));
        if let Ok(Some(Any::Mfra(theirs))) = Any::decode_maybe(&mut &written[..]) {
            prop_assert_eq!(theirs.tfra.len(), index.tracks.len());
        }
    }
}
