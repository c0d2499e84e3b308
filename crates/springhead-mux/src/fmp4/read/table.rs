//! The sample table of a track (ISO/IEC 14496-12 §8.5 to §8.7), walked sample by sample.

use std::ops::Range;

use springhead_core::TrackId;

use super::super::boxes::{ctts::Ctts, sdtp::Sdtp, stco::Stco, stsc::Stsc, stss::Stss, stsz::Stsz, stts::Stts};
use super::super::flags::SampleFlags;
use super::{BoxIter, BoxRef, ReadError};
use crate::FourCc;

/// One sample of a movie whose tables say where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MovieSample {
    /// The track that it is of.
    pub track: TrackId,
    /// Where its bytes are in the input; checked to be there.
    pub range: Range<usize>,
    /// When it is decoded, in ticks of the track's timescale from the beginning of its media.
    pub decode_time: u64,
    /// How long it lasts, in ticks.
    pub duration: u32,
    /// Composition minus decode time, in ticks.
    pub composition_offset: i32,
    /// What is known of it without decoding.
    pub flags: SampleFlags,
    /// Which of the track's sample entries it is coded by, from one.
    pub description: u32,
}

impl MovieSample {
    /// Whether decoding can start here.
    pub fn is_sync(&self) -> bool {
        self.flags.is_sync()
    }
}

/// The samples of one track in decode order, read from its tables as they are asked for. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Samples<'a> {
    track: TrackId,
    /// Bytes of the input.
    input: usize,
    tables: Option<Tables<'a>>,
    decode_time: u64,
    /// Where the next sample of the chunk is.
    at: u64,
    left_in_chunk: u32,
    description: u32,
    /// How many samples may still come. A table can claim four billion of no bytes, so there may be no more than bytes of
    /// input.
    budget: usize,
}

/// The tables, each at the next sample or chunk.
#[derive(Clone, Debug)]
struct Tables<'a> {
    stts: Stts<'a>,
    ctts: Option<Ctts<'a>>,
    stsc: Stsc<'a>,
    stsz: Stsz<'a>,
    stco: Stco<'a>,
    stss: Option<Stss<'a>>,
    sdtp: Option<Sdtp<'a>>,
    offset: usize,
}

impl<'a> Tables<'a> {
    /// The tables of a track; none when it has no samples outside of movie fragments.
    fn parse(stbl: &BoxRef<'a>) -> Result<Option<Self>, ReadError> {
        let (mut stts, mut ctts, mut stsc, mut stsz, mut stco, mut stss, mut sdtp) =
            (None, None, None, None, None, None, None);
        for child in BoxIter::within(stbl) {
            let child = child?;
            let fields = child.fields();
            match &child.header.kind.0 {
                b"stts" => stts = Some(Stts::parse(fields)?),
                b"ctts" => ctts = Some(Ctts::parse(fields)?),
                b"stsc" => stsc = Some(Stsc::parse(fields)?),
                b"stsz" => stsz = Some(Stsz::parse(fields)?),
                b"stz2" => stsz = Some(Stsz::parse_compact(fields)?),
                b"stco" => stco = Some(Stco::parse(fields, false)?),
                b"co64" => stco = Some(Stco::parse(fields, true)?),
                b"stss" => stss = Some(Stss::parse(fields)?),
                b"sdtp" => sdtp = Some(Sdtp::parse(fields)?),
                _ => {}
            }
        }
        let offset = stbl.header.offset;
        let missing = |kind: &[u8; 4]| ReadError::Missing { kind: FourCc(*kind), parent: stbl.header.kind, offset };
        let Some(stsz) = stsz.filter(|stsz| stsz.left() > 0) else { return Ok(None) };
        let stts = stts.ok_or(missing(b"stts"))?;
        let stsc = stsc.ok_or(missing(b"stsc"))?;
        let stco = stco.ok_or(missing(b"stco"))?;
        Ok(Some(Self { stts, ctts, stsc, stsz, stco, stss, sdtp, offset }))
    }
}

impl<'a> Samples<'a> {
    pub(super) fn new(track: TrackId, input: usize, stbl: &BoxRef<'a>) -> Result<Self, ReadError> {
        let tables = Tables::parse(stbl)?;
        Ok(Self { track, input, tables, decode_time: 0, at: 0, left_in_chunk: 0, description: 1, budget: input })
    }

    fn read(&mut self) -> Result<Option<MovieSample>, ReadError> {
        let Some(tables) = &mut self.tables else { return Ok(None) };
        let invalid = |why| ReadError::Invalid { kind: FourCc(*b"stbl"), offset: tables.offset, why };
        let Some(size) = tables.stsz.next()? else { return Ok(None) };
        while self.left_in_chunk == 0 {
            self.at = tables.stco.next()?.ok_or(invalid("there are more samples than chunks hold"))?;
            (self.left_in_chunk, self.description) = tables.stsc.next()?;
        }
        self.left_in_chunk -= 1;
        self.budget = self.budget.checked_sub(1).ok_or(invalid("there are more samples than bytes"))?;
        let start = usize::try_from(self.at).ok();
        let range = start.and_then(|start| Some(start..start.checked_add(size as usize)?));
        let range = range.filter(|range| range.end <= self.input).ok_or(invalid("a sample is behind the input"))?;
        self.at = range.end as u64;
        let duration = tables.stts.next()?;
        let decode_time = self.decode_time;
        self.decode_time = decode_time.saturating_add(duration.into());
        let composition_offset = tables.ctts.as_mut().map_or(Ok(0), Ctts::next)?;
        // Without a table of sync samples every sample is one.
        let sync = tables.stss.as_mut().map_or(Ok(true), Stss::next)?;
        let flags = match tables.sdtp.as_mut().and_then(Sdtp::next) {
            Some(depends) => SampleFlags(u32::from(depends) << 20 | u32::from(!sync) << 16),
            None => SampleFlags::new(sync, false),
        };
        let (track, description) = (self.track, self.description);
        Ok(Some(MovieSample { track, range, decode_time, duration, composition_offset, flags, description }))
    }
}

impl Iterator for Samples<'_> {
    type Item = Result<MovieSample, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        if !matches!(read, Ok(Some(_))) {
            self.tables = None;
        }
        read.transpose()
    }
}
