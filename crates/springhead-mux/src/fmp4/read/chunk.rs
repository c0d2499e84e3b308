//! Chunks, and the segments that are runs of them.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use springhead_core::TrackId;

use super::super::boxes::{
    ftyp, mfhd::Mfhd, prft, saiz::Saiz, senc::Senc, sidx, tfdt::Tfdt, tfhd::Tfhd, trun::RunReader,
};
use super::super::flags::SampleFlags;
use super::{BoxIter, BoxRef, ReadError};
use crate::FourCc;
use crate::fmp4::{Brands, Emsg, FragmentProtection, Prft, Pssh, SampleEncryption};

/// One track fragment with its samples. In CMAF that is a chunk; a `moof` of several tracks gives one for each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chunk {
    /// `mfhd`.
    pub sequence_number: u32,
    /// The track that it is of.
    pub track: TrackId,
    /// The decode time of the first sample, in ticks of the track's timescale (`tfdt`). Where a fragment does not say it, it
    /// goes on where the track's fragment before in the same input ended, or begins at zero.
    pub base_decode_time: u64,
    /// The samples in decode order. None when the runs are empty, which CMAF forbids.
    pub samples: Vec<SampleInfo>,
    /// The segment type box since the `mdat` before; on the first track fragment of its `moof` only.
    pub styp: Option<Brands>,
    /// The producer reference time of this track since the `mdat` before.
    pub prft: Option<Prft>,
    /// What it says of its protection; none when it says nothing. Of auxiliary information only that of `senc` is kept.
    pub protection: Option<FragmentProtection>,
    /// The event messages since the `mdat` before; on the first track fragment of its `moof` only.
    pub events: Vec<Emsg>,
    /// Whether data offsets count from the `moof`, as CMAF demands.
    pub base_is_moof: bool,
    /// Where the chunk is in the input: from what precedes its `moof` to the end of its `mdat`.
    pub range: Range<usize>,
    /// Where the content of its `mdat` is.
    pub mdat: Range<usize>,
}

impl Chunk {
    /// How long it lasts, in ticks of the track's timescale.
    pub fn duration(&self) -> u64 {
        self.samples.iter().map(|sample| u64::from(sample.duration)).sum()
    }
}

/// One sample.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleInfo {
    /// Where its bytes are in the input; checked to be there.
    pub range: Range<usize>,
    /// How long it lasts, in ticks.
    pub duration: u32,
    /// Presentation minus decode time, in ticks.
    pub composition_offset: i64,
    /// What is known of it without decoding.
    pub flags: SampleFlags,
}

impl SampleInfo {
    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.range.len()
    }

    /// Whether decoding can start here.
    pub fn is_sync(&self) -> bool {
        self.flags.is_sync()
    }

    /// Its bytes, shared with the segment that it was read from.
    ///
    /// # Panics
    /// When `segment` is not the one that it was read from, and shorter.
    pub fn payload(&self, segment: &Bytes) -> Bytes {
        segment.slice(self.range.clone())
    }
}

/// Default duration, size and flags of a track's samples.
type Defaults = Option<(u32, u32, SampleFlags)>;

/// Reads a part or a segment: any number of chunks.
///
/// What neither a fragment nor its runs say is zero; see [`InitSection::chunks`](super::InitSection::chunks) for media
/// that leaves it to the init section, which ours never does.
///
/// # Errors
/// When a fragment lacks `mfhd`, `tfhd` or the `mdat` after it; when a sample lies outside the input; when there
/// are more samples than bytes, which only an attack has.
pub fn chunks(segment: &Bytes) -> Result<Vec<Chunk>, ReadError> {
    read(segment, |_| None)
}

/// The segment index of a segment, if it has one.
pub fn segment_index(segment: &[u8]) -> Result<Option<sidx::Sidx>, ReadError> {
    for top in BoxIter::new(segment) {
        let top = top?;
        match &top.header.kind.0 {
            b"sidx" => return sidx::Sidx::parse(top.fields()).map(Some),
            b"moof" => return Ok(None),
            _ => {}
        }
    }
    Ok(None)
}

pub(super) fn read(input: &[u8], defaults: impl Fn(TrackId) -> Defaults) -> Result<Vec<Chunk>, ReadError> {
    let mut chunks = Vec::new();
    let mut samples = SampleBudget(input.len());
    let mut ends = BTreeMap::new();
    let mut start = 0;
    let (mut styp, mut prfts, mut events) = (None, BTreeMap::new(), Vec::new());
    let mut moof: Option<BoxRef<'_>> = None;
    for top in BoxIter::new(input) {
        let top = top?;
        match &top.header.kind.0 {
            b"styp" => styp = Some(ftyp::Brands::parse(top.fields())?),
            b"prft" => {
                let (track, prft) = prft::Prft::parse(top.fields())?;
                prfts.insert(track, prft);
            }
            b"emsg" => events.extend(Emsg::parse(top.fields())?),
            b"moof" => {
                if let Some(lonely) = moof.replace(top) {
                    return Err(no_mdat(&lonely));
                }
            }
            b"mdat" => {
                let end = top.header.offset + top.header.len;
                let Some(moof) = moof.take() else {
                    continue;
                };
                let place = Place { input, range: start..end, mdat: top.body_offset()..end };
                let first = chunks.len();
                place.fragments(&moof, &defaults, &mut samples, &mut ends, &mut chunks)?;
                for chunk in &mut chunks[first..] {
                    chunk.styp = styp.take();
                    chunk.events = std::mem::take(&mut events);
                    chunk.prft = prfts.get(&chunk.track).copied();
                }
                (styp, start) = (None, end);
                prfts.clear();
                events.clear();
            }
            _ => {}
        }
    }
    match moof {
        Some(lonely) => Err(no_mdat(&lonely)),
        None => Ok(chunks),
    }
}

fn no_mdat(moof: &BoxRef<'_>) -> ReadError {
    ReadError::Missing { kind: FourCc(*b"mdat"), parent: moof.header.kind, offset: moof.header.offset }
}

/// The auxiliary information of `senc`, with the sizes of `saiz`.
fn encryption(senc: Senc, saiz: Option<Saiz>) -> SampleEncryption {
    let auxiliary_type = saiz.as_ref().and_then(|saiz| saiz.kind);
    let Senc { subsamples, sample_count, data } = senc;
    SampleEncryption { subsamples, sample_count, data, sizes: saiz.map(|saiz| saiz.sizes), auxiliary_type }
}

/// How many samples may still come. A run can claim four billion in 20 bytes, so there may be no more than bytes of
/// input.
struct SampleBudget(usize);

impl SampleBudget {
    fn spend(&mut self, error: impl FnOnce() -> ReadError) -> Result<(), ReadError> {
        self.0 = self.0.checked_sub(1).ok_or_else(error)?;
        Ok(())
    }
}

/// Where one `moof` and its `mdat` are.
struct Place<'a> {
    input: &'a [u8],
    range: Range<usize>,
    mdat: Range<usize>,
}

impl Place<'_> {
    /// Appends a chunk for each track fragment.
    fn fragments(
        &self,
        moof: &BoxRef<'_>,
        defaults: &impl Fn(TrackId) -> Defaults,
        budget: &mut SampleBudget,
        ends: &mut BTreeMap<TrackId, u64>,
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), ReadError> {
        let Mfhd { sequence_number } = Mfhd::parse(moof.child(b"mfhd")?.fields())?;
        let mut systems = Vec::new();
        for pssh in BoxIter::within(moof) {
            let pssh = pssh?;
            if pssh.header.kind.0 == *b"pssh" {
                systems.push(Pssh::parse(pssh.fields())?);
            }
        }
        let first = chunks.len();
        // Without an explicit base, a track fragment's data follows that of the one before (§8.8.7.1).
        let mut follows = moof.header.offset as u64;
        for traf in BoxIter::within(moof) {
            let traf = traf?;
            if traf.header.kind.0 != *b"traf" {
                continue;
            }
            let head = Tfhd::parse(traf.child(b"tfhd")?.fields())?;
            let base_decode_time = match traf.find(b"tfdt")? {
                Some(tfdt) => Tfdt::parse(tfdt.fields())?.base_decode_time,
                None => ends.get(&head.track).copied().unwrap_or(0),
            };
            let base = match head.base_data_offset {
                Some(offset) => offset,
                None if head.base_is_moof => moof.header.offset as u64,
                None => follows,
            };
            let (duration, size, flags) = defaults(head.track).unwrap_or_default();
            let fallback = (head.duration.unwrap_or(duration), head.size.unwrap_or(size), head.flags.unwrap_or(flags));
            let mut chunk = Chunk {
                sequence_number,
                track: head.track,
                base_decode_time,
                samples: Vec::new(),
                styp: None,
                prft: None,
                protection: None,
                events: Vec::new(),
                base_is_moof: head.base_is_moof && head.base_data_offset.is_none(),
                range: self.range.clone(),
                mdat: self.mdat.clone(),
            };
            let mut at = base;
            let (mut senc, mut saiz) = (None, None);
            for child in BoxIter::within(&traf) {
                let child = child?;
                match &child.header.kind.0 {
                    b"trun" => at = self.run(&child, base, at, fallback, budget, &mut chunk.samples)?,
                    b"senc" => senc = Some(Senc::parse(child.fields())?),
                    b"saiz" if saiz.is_none() => saiz = Some(Saiz::parse(child.fields())?),
                    _ => {}
                }
            }
            follows = at;
            let systems = if chunks.len() == first { std::mem::take(&mut systems) } else { Vec::new() };
            if senc.is_some() || !systems.is_empty() {
                chunk.protection =
                    Some(FragmentProtection { samples: senc.map(|senc| encryption(senc, saiz)), systems });
            }
            ends.insert(head.track, base_decode_time.saturating_add(chunk.duration()));
            chunks.push(chunk);
        }
        Ok(())
    }

    /// Appends the samples of a run and says where the data after it is.
    fn run(
        &self,
        trun: &BoxRef<'_>,
        base: u64,
        follows: u64,
        fallback: (u32, u32, SampleFlags),
        budget: &mut SampleBudget,
        samples: &mut Vec<SampleInfo>,
    ) -> Result<u64, ReadError> {
        let invalid = |why| ReadError::Invalid { kind: trun.header.kind, offset: trun.header.offset, why };
        let mut run = RunReader::parse(trun.fields())?;
        let start = match run.data_offset {
            Some(offset) => base.checked_add_signed(offset.into()).ok_or(invalid("its data is before the input"))?,
            None => follows,
        };
        let mut at = usize::try_from(start).map_err(|_| invalid("its data is behind the input"))?;
        while let Some(sample) = run.next()? {
            budget.spend(|| invalid("there are more samples than bytes"))?;
            let size = sample.size.unwrap_or(fallback.1) as usize;
            let end = at.checked_add(size).filter(|end| *end <= self.input.len());
            let end = end.ok_or(invalid("a sample is behind the input"))?;
            samples.push(SampleInfo {
                range: at..end,
                duration: sample.duration.unwrap_or(fallback.0),
                composition_offset: sample.composition_offset,
                flags: sample.flags.unwrap_or(fallback.2),
            });
            at = end;
        }
        Ok(at as u64)
    }
}
