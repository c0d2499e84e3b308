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

/// A run to be written. Version 1, where composition offsets are signed, only when one is negative: beside an edit list
/// none is.
pub(crate) struct Trun<'a> {
    samples: &'a [Sample<'a>],
    sizes: Vec<u32>,
    has: Has,
}

impl<'a> Trun<'a> {
    /// Decides what each sample says for itself. `samples` is not empty.
    pub(crate) fn new(track: TrackId, samples: &'a [Sample<'a>]) -> Result<Self, MuxError> {
        let sizes = samples
            .iter()
            .enumerate()
            .map(|(index, sample)| match u32::try_from(sample.payload.len()) {
                Ok(0) => Err(MuxError::EmptySample { track, index }),
                Ok(size) => Ok(size),
                Err(_) => Err(MuxError::TooLarge { track, what: "a sample" }),
            })
            .collect::<Result<Vec<u32>, MuxError>>()?;
        let mut has = Has::DATA_OFFSET;
        has.set(Has::DURATION, !all_equal(samples.iter().map(|sample| sample.duration)));
        has.set(Has::SIZE, !all_equal(sizes.iter()));
        has.set(Has::COMPOSITION_OFFSET, samples.iter().any(|sample| sample.composition_offset != 0));
        // A fragment's first sample is the one that differs, mostly; to say both would be against the standard.
        if !all_equal(samples.iter().map(Sample::flags)) {
            let rest_equal = all_equal(samples[1..].iter().map(Sample::flags));
            has.insert(if rest_equal { Has::FIRST_FLAGS } else { Has::FLAGS });
        }
        Ok(Self { samples, sizes, has })
    }

    /// Duration, size and flags where all samples agree on them; of the flags, all but the first if it has its own.
    pub(crate) fn common(&self) -> (Option<u32>, Option<u32>, Option<SampleFlags>) {
        let last = &self.samples[self.samples.len() - 1];
        (
            (!self.has.contains(Has::DURATION)).then_some(last.duration),
            (!self.has.contains(Has::SIZE)).then_some(self.sizes[0]),
            (!self.has.contains(Has::FLAGS)).then(|| last.flags()),
        )
    }

    /// At least how many bytes the run takes.
    pub(crate) fn len_hint(&self) -> usize {
        20 + self.samples.len() * 16
    }

    /// Writes the run and says where its data offset is, to be filled in when the size of the `moof` is known.
    pub(crate) fn write(&self, out: &mut BoxWriter) -> usize {
        let mut data_offset = 0;
        let negative = self.samples.iter().any(|sample| sample.composition_offset < 0);
        out.full_box(b"trun", negative.into(), self.has.bits(), |out| {
            // As many samples as sizes, each of which is at least one byte of a sum that is checked to fit 32 bits.
            out.u32(self.samples.len() as u32);
            data_offset = out.len();
            out.i32(0);
            if self.has.contains(Has::FIRST_FLAGS) {
                out.u32(self.samples[0].flags().0);
            }
            for (sample, size) in self.samples.iter().zip(&self.sizes) {
                if self.has.contains(Has::DURATION) {
                    out.u32(sample.duration);
                }
                if self.has.contains(Has::SIZE) {
                    out.u32(*size);
                }
                if self.has.contains(Has::FLAGS) {
                    out.u32(sample.flags().0);
                }
                if self.has.contains(Has::COMPOSITION_OFFSET) {
                    out.i32(sample.composition_offset);
                }
            }
        });
        data_offset
    }
}

fn all_equal<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    match values.next() {
        Some(first) => values.all(|value| value == first),
        None => true,
    }
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
