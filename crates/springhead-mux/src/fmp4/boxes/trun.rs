//! Track fragment run (ISO/IEC 14496-12 §8.8.8).

use bitflags::bitflags;
use springhead_core::TrackId;

use super::super::chunk::Sample;
use super::super::error::MuxError;
use super::super::flags::SampleFlags;
use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

bitflags! {
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    struct Has: u32 {
        const DATA_OFFSET = 0x001;
        const FIRST_FLAGS = 0x004;
        const DURATION = 0x100;
        const SIZE = 0x200;
        const FLAGS = 0x400;
        const COMPOSITION_OFFSET = 0x800;
    }
}

/// A run to be written, and what is known of its samples from one look at each. Version 1, where composition offsets are
/// signed, only when one is negative: beside an edit list none is.
pub(crate) struct Trun<'a> {
    samples: &'a [Sample<'a>],
    has: Has,
    negative: bool,
    /// Bytes of all samples.
    pub(crate) payload: u64,
    /// Slices of all samples.
    pub(crate) slices: usize,
}

impl<'a> Trun<'a> {
    /// Decides what each sample says for itself. `samples` is not empty.
    pub(crate) fn new(track: TrackId, samples: &'a [Sample<'a>]) -> Result<Self, MuxError> {
        // The flags of a fragment's first sample differ from those of the others, mostly; to say both would be against the
        // standard.
        let first = samples[0];
        let (size, flags) = (first.payload.len(), first.flags());
        let rest = samples.get(1).map_or(flags, Sample::flags);
        // Bits that a sample has other than the first, and of offsets all bits that one has.
        let (mut durations, mut sizes, mut offsets) = (0, 0, 0);
        let (mut payload, mut slices, mut empty) = (0, 0, false);
        for sample in samples {
            let len = sample.payload.len();
            durations |= sample.duration ^ first.duration;
            sizes |= len ^ size;
            offsets |= sample.composition_offset;
            payload += len as u64;
            slices += sample.payload.slices().len();
            empty |= len == 0;
        }
        if empty {
            let index = samples.iter().position(|sample| sample.payload.is_empty()).unwrap_or(0);
            return Err(MuxError::EmptySample { track, index });
        }
        // None is larger than all of them together.
        let too_large = |len: u64| u32::try_from(len).is_err();
        if too_large(payload) && samples.iter().any(|sample| too_large(sample.payload.len() as u64)) {
            return Err(MuxError::TooLarge { track, what: "a sample" });
        }
        let others = samples[1..].iter().any(|sample| sample.flags() != rest);
        let mut has = Has::DATA_OFFSET;
        has.set(Has::DURATION, durations != 0);
        has.set(Has::SIZE, sizes != 0);
        has.set(Has::FLAGS, others);
        has.set(Has::FIRST_FLAGS, flags != rest && !others);
        has.set(Has::COMPOSITION_OFFSET, offsets != 0);
        Ok(Self { samples, has, negative: offsets < 0, payload, slices })
    }

    /// Duration, size and flags where all samples agree on them; of the flags, all but the first if it has its own.
    pub(crate) fn common(&self) -> (Option<u32>, Option<u32>, Option<SampleFlags>) {
        let last = &self.samples[self.samples.len() - 1];
        (
            (!self.has.contains(Has::DURATION)).then_some(last.duration),
            (!self.has.contains(Has::SIZE)).then_some(last.payload.len() as u32),
            (!self.has.contains(Has::FLAGS)).then(|| last.flags()),
        )
    }

    /// How many bytes the box takes.
    pub(crate) fn len(&self) -> usize {
        20 + if self.has.contains(Has::FIRST_FLAGS) { 4 } else { 0 } + self.samples.len() * self.each()
    }

    /// How many bytes each sample takes.
    fn each(&self) -> usize {
        const EACH: Has = Has::DURATION.union(Has::SIZE).union(Has::FLAGS).union(Has::COMPOSITION_OFFSET);
        4 * (self.has & EACH).bits().count_ones() as usize
    }

    /// Fills in the entries of all samples, each so many bytes, field by field.
    fn fill(&self, entries: &mut [u8], each: usize) {
        let mut at = 0;
        if self.has.contains(Has::DURATION) {
            fill_field(entries, each, &mut at, self.samples.iter().map(|sample| sample.duration));
        }
        if self.has.contains(Has::SIZE) {
            fill_field(entries, each, &mut at, self.samples.iter().map(|sample| sample.payload.len() as u32));
        }
        if self.has.contains(Has::FLAGS) {
            fill_field(entries, each, &mut at, self.samples.iter().map(|sample| sample.flags().0));
        }
        if self.has.contains(Has::COMPOSITION_OFFSET) {
            fill_field(entries, each, &mut at, self.samples.iter().map(|sample| sample.composition_offset as u32));
        }
    }

    /// Writes the run and says where its data offset is, to be filled in when the size of the `moof` is known.
    pub(crate) fn write(&self, out: &mut BoxWriter) -> usize {
        let mut data_offset = 0;
        out.full_box(b"trun", self.negative.into(), self.has.bits(), |out| {
            // As many samples as sizes, each of which is at least one byte of a sum that is checked to fit 32 bits.
            out.u32(self.samples.len() as u32);
            data_offset = out.len();
            out.i32(0);
            if self.has.contains(Has::FIRST_FLAGS) {
                out.u32(self.samples[0].flags().0);
            }
            let each = self.each();
            if each > 0 {
                self.fill(out.room(self.samples.len() * each), each);
            }
        });
        data_offset
    }
}

/// Fills in the field at byte `at` of every entry, and says where the next is.
fn fill_field(entries: &mut [u8], each: usize, at: &mut usize, values: impl Iterator<Item = u32>) {
    for (entry, value) in entries.chunks_exact_mut(each).zip(values) {
        entry[*at..*at + 4].copy_from_slice(&value.to_be_bytes());
    }
    *at += 4;
}

/// A run as it is read: what it says of itself, and then its samples one by one.
pub(crate) struct RunReader<'a> {
    fields: Fields<'a>,
    has: Has,
    signed: bool,
    index: u32,
    /// How many samples it says it has. Nothing may be allocated by it.
    pub(crate) sample_count: u32,
    /// Where its first byte is, relative to the base that the track fragment header gives.
    pub(crate) data_offset: Option<i32>,
    first_flags: Option<SampleFlags>,
}

/// What a run says of one sample.
pub(crate) struct RunSample {
    pub(crate) duration: Option<u32>,
    pub(crate) size: Option<u32>,
    pub(crate) flags: Option<SampleFlags>,
    pub(crate) composition_offset: i64,
}

impl<'a> RunReader<'a> {
    pub(crate) fn parse(mut fields: Fields<'a>) -> Result<Self, ReadError> {
        let (version, flags) = fields.version_and_flags()?;
        if version > 1 {
            return Err(fields.unsupported("version"));
        }
        let has = Has::from_bits_truncate(flags);
        let sample_count = fields.u32()?;
        let data_offset = if has.contains(Has::DATA_OFFSET) { Some(fields.u32()? as i32) } else { None };
        let first_flags = if has.contains(Has::FIRST_FLAGS) { Some(SampleFlags(fields.u32()?)) } else { None };
        Ok(Self { fields, has, signed: version == 1, index: 0, sample_count, data_offset, first_flags })
    }

    /// The next sample; none after the last.
    pub(crate) fn next(&mut self) -> Result<Option<RunSample>, ReadError> {
        if self.index == self.sample_count {
            return Ok(None);
        }
        let (has, fields) = (self.has, &mut self.fields);
        let mut optional = |flag| if has.contains(flag) { fields.u32().map(Some) } else { Ok(None) };
        let duration = optional(Has::DURATION)?;
        let size = optional(Has::SIZE)?;
        let own_flags = optional(Has::FLAGS)?.map(SampleFlags);
        let offset = optional(Has::COMPOSITION_OFFSET)?.unwrap_or(0);
        let first = if self.index == 0 { self.first_flags } else { None };
        self.index += 1;
        let composition_offset = if self.signed { i64::from(offset as i32) } else { i64::from(offset) };
        Ok(Some(RunSample { duration, size, flags: first.or(own_flags), composition_offset }))
    }
}
