//! Track fragment header (ISO/IEC 14496-12 §8.8.7).

use bitflags::bitflags;
use springhead_core::TrackId;

use super::super::flags::SampleFlags;
use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;
use super::trun::Trun;

bitflags! {
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    struct Has: u32 {
        const BASE_DATA_OFFSET = 0x00_0001;
        const DESCRIPTION_INDEX = 0x00_0002;
        const DURATION = 0x00_0008;
        const SIZE = 0x00_0010;
        const FLAGS = 0x00_0020;
        const DURATION_IS_EMPTY = 0x01_0000;
        const DEFAULT_BASE_IS_MOOF = 0x02_0000;
    }
}

/// What holds of the samples of a fragment when their run does not say otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tfhd {
    pub(crate) track: TrackId,
    /// Where data offsets count from, in the file. Only ever read.
    pub(crate) base_data_offset: Option<u64>,
    /// Whether data offsets count from the first byte of the `moof`.
    pub(crate) base_is_moof: bool,
    pub(crate) duration: Option<u32>,
    pub(crate) size: Option<u32>,
    pub(crate) flags: Option<SampleFlags>,
}

impl Tfhd {
    /// The header of a fragment of one run: what is equal in all its samples.
    pub(crate) fn of_run(track: TrackId, run: &Trun<'_>) -> Self {
        let (duration, size, flags) = run.common();
        Self { track, base_data_offset: None, base_is_moof: true, duration, size, flags }
    }

    /// How many bytes the box takes.
    pub(crate) fn len(&self) -> usize {
        let fields = [self.duration.is_some(), self.size.is_some(), self.flags.is_some()];
        16 + fields.into_iter().map(|there| if there { 4 } else { 0 }).sum::<usize>()
    }

    pub(crate) fn write(&self, out: &mut BoxWriter) {
        let mut has = Has::empty();
        has.set(Has::DEFAULT_BASE_IS_MOOF, self.base_is_moof);
        has.set(Has::DURATION, self.duration.is_some());
        has.set(Has::SIZE, self.size.is_some());
        has.set(Has::FLAGS, self.flags.is_some());
        out.full_box(b"tfhd", 0, has.bits(), |out| {
            out.u32(self.track.0);
            let fields = [self.duration, self.size, self.flags.map(|flags| flags.0)];
            fields.into_iter().flatten().for_each(|value| out.u32(value));
        });
    }

    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        let has = Has::from_bits_truncate(fields.version_and_flags()?.1);
        let track = TrackId(fields.u32()?);
        let base_data_offset = if has.contains(Has::BASE_DATA_OFFSET) { Some(fields.u64()?) } else { None };
        if has.contains(Has::DESCRIPTION_INDEX) {
            fields.skip(4)?;
        }
        let mut optional = |flag| if has.contains(flag) { fields.u32().map(Some) } else { Ok(None) };
        Ok(Self {
            track,
            base_data_offset,
            base_is_moof: has.contains(Has::DEFAULT_BASE_IS_MOOF),
            duration: optional(Has::DURATION)?,
            size: optional(Has::SIZE)?,
            flags: optional(Has::FLAGS)?.map(SampleFlags),
        })
    }
}
