//! What a player learns of the media that it loads.

use bytes::{Buf, Bytes, BytesMut};
use springhead_core::{MediaKind, Rounding, Timescale, time::rescale};
use springhead_mux::fmp4::read::{Chunk, InitSection, ReadError, TrackInfo};

use super::ranges::Micros;

/// The most bytes that are kept while the end of their chunk has not come.
const MOST_WAITING: usize = 64 << 20;

/// What a chunk holds that can be decoded, from its first presentation to the end of its last, by the media's own clock.
/// It lasts no time when nothing can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// When the chunk is decoded, whether it can be or not.
    pub(super) decode: Micros,
    pub(super) start: Micros,
    pub(super) end: Micros,
}

/// The media cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MediaError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("an init section of no track")]
    NoTrack,
    #[error("media before any init section")]
    NoInit,
    #[error("media of track {0}, which the init section does not have")]
    OtherTrack(u32),
    #[error("a chunk that never ends")]
    Endless,
}

/// Reads what is appended, chunk by chunk: bytes of an incomplete one show nothing, as in browsers, which append whole
/// `moof` and `mdat` pairs. Pictures before the first random access point are dropped, after a reset and after a hole in
/// decode times (Media Source Extensions §3.5.8).
#[derive(Clone, Debug, Default)]
pub(super) struct Demuxer {
    init: Option<InitSection>,
    waiting: BytesMut,
    run: Run,
}

/// Samples that follow each other.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    /// Whether there was a random access point.
    decoding: bool,
    /// When the next sample is decoded, and how long the last one was.
    next: Option<(u64, u64)>,
}

impl Run {
    /// Begins anew where a chunk does not continue it.
    fn join(&mut self, chunk: &Chunk) {
        let begin = chunk.base_decode_time;
        let joins = self.next.is_none_or(|(next, last)| begin >= next && begin - next <= 2 * last);
        let last = chunk.samples.last().map_or(0, |sample| u64::from(sample.duration));
        *self = Self { decoding: self.decoding && joins, next: Some((begin.saturating_add(chunk.duration()), last)) };
    }
}

impl Demuxer {
    /// Takes the init section for all that follows.
    pub(super) fn start(&mut self, init: &[u8]) -> Result<(), MediaError> {
        let init = InitSection::parse(init)?;
        if init.tracks.is_empty() {
            return Err(MediaError::NoTrack);
        }
        self.init = Some(init);
        self.reset();
        Ok(())
    }

    /// What follows does not continue what was before.
    pub(super) fn reset(&mut self) {
        self.waiting.clear();
        self.run = Run::default();
    }

    /// Takes some bytes, and gives what can be decoded by them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Stretch>, MediaError> {
        self.waiting.extend_from_slice(bytes);
        let whole = complete(&self.waiting);
        if whole == 0 {
            return if self.waiting.len() > MOST_WAITING { Err(MediaError::Endless) } else { Ok(Vec::new()) };
        }
        let ready = Bytes::copy_from_slice(&self.waiting[..whole]);
        self.waiting.advance(whole);
        let init = self.init.as_ref().ok_or(MediaError::NoInit)?;
        let mut out = Vec::new();
        for chunk in init.chunks(&ready)? {
            let track = init.track(chunk.track).ok_or(MediaError::OtherTrack(chunk.track.0))?;
            out.push(stretch(&chunk, track, &mut self.run));
        }
        Ok(out)
    }
}

/// The kind of media that an init section is of.
pub(super) fn kind_of(track: &TrackInfo) -> MediaKind {
    if track.handler.0 == *b"soun" { MediaKind::Audio } else { MediaKind::Video }
}

fn stretch(chunk: &Chunk, track: &TrackInfo, run: &mut Run) -> Stretch {
    run.join(chunk);
    let skipped = track.edits.iter().find(|edit| edit.is_offset()).map_or(0, |edit| edit.media_time);
    let begin = i64::try_from(chunk.base_decode_time).unwrap_or(i64::MAX);
    let mut decode = begin;
    let mut shown: Option<(i64, i64)> = None;
    for sample in &chunk.samples {
        run.decoding |= sample.is_sync() || kind_of(track) == MediaKind::Audio;
        let start = decode.saturating_add(sample.composition_offset).saturating_sub(skipped);
        let end = start.saturating_add(sample.duration.into());
        decode = decode.saturating_add(sample.duration.into());
        if run.decoding {
            shown = Some(shown.map_or((start, end), |(first, last)| (first.min(start), last.max(end))));
        }
    }
    let micros = |ticks| rescale(ticks, track.timescale, Timescale::MICROS, Rounding::Nearest);
    let (start, end) = shown.unwrap_or((begin, begin));
    Stretch { decode: micros(begin), start: micros(start), end: micros(end) }
}

/// How many of the bytes are whole chunks: up to the end of the last complete `mdat`.
fn complete(bytes: &[u8]) -> usize {
    let (mut at, mut whole) = (0usize, 0);
    while let Some(header) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let [size, kind] = [&header[..4], &header[4..]];
        let size = size.iter().fold(0u64, |size, &byte| size << 8 | u64::from(byte));
        let long =
            || bytes.get(at + 8..).and_then(|rest| rest.first_chunk::<8>()).map(|wide| u64::from_be_bytes(*wide));
        let (size, least) = if size == 1 { (long(), 16) } else { (Some(size), 8) };
        // A size that cannot be is not waited for: whoever reads the boxes says what is wrong.
        let Some(size) = size.filter(|size| *size >= least) else {
            return if size.is_some() { bytes.len() } else { whole };
        };
        let Some(end) = usize::try_from(size).ok().and_then(|size| at.checked_add(size)) else { return whole };
        if end > bytes.len() {
            return whole;
        }
        at = end;
        if kind == b"mdat" {
            whole = end;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use springhead_core::{AccessUnit, Rope, Ticks};
    use springhead_mux::fmp4::{ChunkHeader, Sample, chunk, init_section};

    use super::*;
    use crate::{Source, SourceOptions, VIDEO};

    /// An init section, and a chunk of each group of twelve pictures.
    fn clip() -> (Bytes, Vec<Bytes>) {
        let source = Source::new(SourceOptions { gop: 24, b_frames: 0, unit_bytes: 20, ..SourceOptions::default() });
        let tracks = source.tracks();
        let track = tracks.track(VIDEO).unwrap();
        let init = init_section(track, Ticks::ZERO).unwrap();
        let units: Vec<AccessUnit> = source.filter(|unit| unit.track == VIDEO).take(48).collect();
        let chunks = units.chunks(12).map(|units| {
            let payloads: Vec<&Rope> = units.iter().map(|unit| &unit.payload).collect();
            let samples: Vec<Sample<'_>> = units
                .iter()
                .zip(&payloads)
                .map(|(unit, payload)| Sample {
                    duration: unit.duration.0 as u32,
                    composition_offset: 0,
                    sync: unit.is_random_access(),
                    disposable: false,
                    payload,
                })
                .collect();
            let base_decode_time = units[0].dts.0 as u64;
            let header = ChunkHeader { track: VIDEO, sequence_number: 1, base_decode_time, styp: None, prft: None };
            chunk(&header, &samples).unwrap().to_bytes()
        });
        (init, chunks.collect())
    }

    #[test]
    fn media_before_an_init_section_or_of_another_track_is_refused() {
        let (_, chunks) = clip();
        assert_eq!(Demuxer::default().push(&chunks[0]), Err(MediaError::NoInit));
        assert!(matches!(Demuxer::default().start(b"\0\0\0\x08free"), Err(MediaError::Read(_))));
    }

    #[test]
    fn bytes_of_an_incomplete_chunk_show_nothing() {
        let (init, chunks) = clip();
        let mut demuxer = Demuxer::default();
        demuxer.start(&init).unwrap();
        let (most, last) = chunks[0].split_at(chunks[0].len() - 1);
        assert_eq!(demuxer.push(most), Ok(Vec::new()));
        assert_eq!(demuxer.push(last), Ok(vec![Stretch { decode: 0, start: 0, end: 400_000 }]));
    }

    #[test]
    fn pictures_before_a_random_access_point_are_dropped() {
        let (init, chunks) = clip();
        let mut demuxer = Demuxer::default();
        demuxer.start(&init).unwrap();
        let nothing = |at| Ok(vec![Stretch { decode: at, start: at, end: at }]);
        assert_eq!(demuxer.push(&chunks[1]), nothing(400_000), "the second half of a group");
        let group = Stretch { decode: 800_000, start: 800_000, end: 1_200_000 };
        assert_eq!(demuxer.push(&chunks[2]), Ok(vec![group]));
        demuxer.reset();
        assert_eq!(demuxer.push(&chunks[3]), nothing(1_200_000));
        assert_eq!(demuxer.push(&chunks[0]).unwrap()[0].end, 400_000);
        assert_eq!(demuxer.push(&chunks[3]), nothing(1_200_000), "it does not follow");
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_split_changes_nothing(cuts in prop::collection::vec(0usize..2000, 0..8)) {
            let (init, chunks) = clip();
            let all = chunks.concat();
            let whole = {
                let mut demuxer = Demuxer::default();
                demuxer.start(&init).unwrap();
                demuxer.push(&all).unwrap()
            };
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % all.len()).chain([0, all.len()]).collect();
            cuts.sort_unstable();
            let mut demuxer = Demuxer::default();
            demuxer.start(&init).unwrap();
            let pieces = cuts.windows(2).flat_map(|pair| demuxer.push(&all[pair[0]..pair[1]]).unwrap());
            prop_assert_eq!(pieces.collect::<Vec<_>>(), whole);
        }

        #[test]
        fn no_bytes_panic(init: bool, bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..400) {
            let (section, chunks) = clip();
            let mut demuxer = Demuxer::default();
            if init {
                demuxer.start(&section).unwrap();
            }
            let mut media = chunks[0].to_vec();
            media.splice(at.min(media.len())..(at + 4).min(media.len()), bytes.iter().copied());
            let _ = (demuxer.push(&media), demuxer.push(&bytes));
        }
    }
}
