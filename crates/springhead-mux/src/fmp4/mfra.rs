//! The index of random access at the end of a recording (ISO/IEC 14496-12 §8.8.9 to §8.8.11).

use bytes::Bytes;
use springhead_core::{Rope, TrackId};

use super::boxes::tfra;
use super::read::BoxIter;
use super::writer::BoxWriter;
use super::{ChunkHeader, MuxError, Sample};

/// Where in a file decoding can start. A recording ends with it; a live segment has none.
///
/// Whoever records tells of each chunk with [`handle_chunk`](Self::handle_chunk) as it is written, and at the end writes
/// what [`to_bytes`](Self::to_bytes) gives. [`read::random_access_index`](super::read::random_access_index) reads it.
///
/// ```
/// # use bytes::Bytes;
/// # use springhead_core::{Rope, TrackId};
/// use springhead_mux::fmp4::{ChunkHeader, RandomAccessIndex, Sample, chunk, read};
/// # let payload = Rope::from(Bytes::from_static(b"\0\0\0\x02\x65\x88"));
/// # let header = ChunkHeader { track: TrackId(1), sequence_number: 7, base_decode_time: 90_000, styp: None, prft: None };
/// # let samples = [Sample { duration: 3000, composition_offset: 0, sync: true, disposable: false, payload: &payload }];
/// let (mut file, mut index) = (Vec::new(), RandomAccessIndex::default());
/// let written = chunk(&header, &samples)?;
/// index.handle_chunk(&header, &samples, &written, file.len() as u64);
/// file.extend_from_slice(&written.to_bytes());
/// file.extend_from_slice(&index.to_bytes()?);
/// assert_eq!(read::random_access_index(&file)?.as_ref(), Some(&index));
/// assert_eq!(index.tracks[0].points[0].time, 90_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RandomAccessIndex {
    /// The tracks, in the order in which they first came.
    pub tracks: Vec<TrackIndex>,
}

/// The random access points of one track (`tfra`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrackIndex {
    /// The track.
    pub track: TrackId,
    /// Its points in the order of the file.
    pub points: Vec<RandomAccessPoint>,
}

/// One sample at which decoding can start. Numbers count from one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RandomAccessPoint {
    /// Its composition time, in ticks of the track's timescale.
    pub time: u64,
    /// Where its `moof` starts in the file.
    pub moof_offset: u64,
    /// Which track fragment of the `moof` it is in.
    pub traf: u32,
    /// Which run of the fragment it is in.
    pub trun: u32,
    /// Which sample of the run it is.
    pub sample: u32,
}

impl RandomAccessIndex {
    /// Notes the first sync sample of a chunk that [`chunk`](super::chunk()) made of `header` and `samples`, and that begins
    /// at byte `at` of the file. A chunk without one has no point, and neither has one that would be composed before zero.
    pub fn handle_chunk(&mut self, header: &ChunkHeader, samples: &[Sample<'_>], chunk: &Rope, at: u64) {
        let boxes = chunk.slices().first().map_or(&[][..], |slice| &slice[..]);
        let moof = BoxIter::new(boxes).map_while(Result::ok).find(|top| top.header.kind.0 == *b"moof");
        let mut decode_time = header.base_decode_time;
        let first = samples.iter().enumerate().find_map(|(index, sample)| {
            if sample.sync {
                return Some((index, decode_time.checked_add_signed(sample.composition_offset.into())?));
            }
            decode_time = decode_time.saturating_add(sample.duration.into());
            None
        });
        let (Some(moof), Some((index, time))) = (moof, first) else { return };
        let moof_offset = at.saturating_add(moof.header.offset as u64);
        let sample = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let point = RandomAccessPoint { time, moof_offset, traf: 1, trun: 1, sample };
        match self.tracks.iter_mut().find(|known| known.track == header.track) {
            Some(known) => known.points.push(point),
            None => self.tracks.push(TrackIndex { track: header.track, points: vec![point] }),
        }
    }

    /// The `mfra` box, which is to end the file.
    ///
    /// # Errors
    /// [`MuxError::TooLarge`] when it leaves the 32 bits of its size.
    pub fn to_bytes(&self) -> Result<Bytes, MuxError> {
        let points: usize = self.tracks.iter().map(|index| index.points.len()).sum();
        let mut out = BoxWriter::with_capacity(24 + 24 * self.tracks.len() + 28 * points);
        let mut size = 0;
        out.boxed(b"mfra", |out| {
            self.tracks.iter().for_each(|index| tfra::write(index, out));
            out.full_box(b"mfro", 0, 0, |out| {
                size = out.len();
                out.u32(0);
            });
        });
        let track = self.tracks.first().map_or(TrackId(0), |index| index.track);
        let whole = u32::try_from(out.len()).map_err(|_| MuxError::TooLarge { track, what: "the index" })?;
        out.patch_i32(size, whole as i32);
        out.finish().ok_or(MuxError::TooLarge { track, what: "the index" })
    }
}
