//! NAL units as a sample holds them: each with its length in four bytes before it (ISO/IEC 14496-15 §5.3.2).

use std::ops::Range;

use bitflags::bitflags;
use bytes::{Bytes, BytesMut};
use springhead_core::{Limits, Rope};

use super::{Framing, NalError};

/// Bytes of the lengths that are written.
const LENGTH: usize = 4;

bitflags! {
    /// Where a NAL unit of an access unit belongs. One that belongs nowhere is left out.
    pub(crate) struct Place: u8 {
        /// The payload of the sample.
        const SAMPLE = 1;
        /// What configures a decoder.
        const CONFIGURATION = 2;
    }
}

/// The payload of a sample and what configures a decoder, of one access unit. `place` is asked of every NAL unit, in order
/// and with where it begins, and so has seen all that the caller then says of the picture.
// Called once by each codec, with a closure of its own: in line, neither results nor errors are moved from hand to hand.
#[inline(always)]
pub(crate) fn unit<E: From<NalError>>(
    payload: &Bytes,
    framing: Framing,
    limits: &Limits,
    mut place: impl FnMut(&[u8], usize) -> Result<Place, E>,
) -> Result<(Rope, Vec<Bytes>), E> {
    if payload.len() > limits.unit_bytes {
        return Err(NalError::TooLong { bytes: payload.len(), limit: limits.unit_bytes }.into());
    }
    let mut configuration = Vec::new();
    let mut kept = Kept::new(framing);
    for (index, range) in super::units(payload, framing).enumerate() {
        let range = range?;
        if index >= limits.nal_units {
            return Err(NalError::TooMany { limit: limits.nal_units }.into());
        }
        let place = place(&payload[range.clone()], range.start)?;
        if place.contains(Place::CONFIGURATION) {
            configuration.push(payload.slice(range.clone()));
        }
        if place.contains(Place::SAMPLE) {
            kept.push(range, payload);
        }
    }
    Ok((kept.into_rope(payload), configuration))
}

/// The NAL units that are kept.
enum Kept {
    /// The input has lengths of four bytes: runs of it, lengths included, the last of which may still grow.
    Runs { before: Rope, run: Range<usize> },
    /// The input is framed otherwise: the NAL units alone.
    Units(Vec<Range<usize>>),
}

impl Kept {
    fn new(framing: Framing) -> Self {
        if framing == Framing::LengthPrefixed(LENGTH as u8) {
            Self::Runs { before: Rope::new(), run: 0..0 }
        } else {
            Self::Units(Vec::new())
        }
    }

    /// The next one, by where it is in `payload` without start code or length.
    fn push(&mut self, unit: Range<usize>, payload: &Bytes) {
        match self {
            Self::Units(units) => units.push(unit),
            Self::Runs { before, run } => {
                let framed = unit.start - LENGTH..unit.end;
                if run.end == framed.start {
                    run.end = framed.end;
                } else {
                    before.push(payload.slice(std::mem::replace(run, framed)));
                }
            }
        }
    }

    /// The sample.
    fn into_rope(self, payload: &Bytes) -> Rope {
        match self {
            Self::Runs { mut before, run } => {
                before.push(payload.slice(run));
                before
            }
            Self::Units(units) => {
                let mut lengths = BytesMut::with_capacity(units.len() * LENGTH);
                for unit in &units {
                    let length = u32::try_from(unit.len()).expect("the limit on an access unit is far below 4 GiB");
                    lengths.extend_from_slice(&length.to_be_bytes());
                }
                let lengths = lengths.freeze();
                let framed = units.into_iter().enumerate();
                framed
                    .flat_map(|(at, unit)| [lengths.slice(at * LENGTH..(at + 1) * LENGTH), payload.slice(unit)])
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{byte_stream, prefixed};

    const KEPT: &[u8] = &[1, 0x88, 0x84];
    const SET: &[u8] = &[2, 77];
    const BOTH: &[u8] = &[3, 5, 0x80];
    const LEFT_OUT: &[u8] = &[4, 0xf0];

    /// The first byte of these NAL units says where they belong.
    fn read(payload: &Bytes, framing: Framing, limits: &Limits) -> Result<(Rope, Vec<Bytes>), NalError> {
        unit(payload, framing, limits, |nal, offset| {
            assert_eq!(nal[0], payload[offset]);
            Ok(Place::from_bits_truncate(nal[0]))
        })
    }

    #[test]
    fn limits_hold() {
        let limits = Limits { nal_units: 2, unit_bytes: 21, ..Limits::default() };
        let of = |nals: &[&[u8]]| read(&prefixed(4, nals), Framing::LengthPrefixed(4), &limits).map(|_| ());
        assert_eq!(of(&[SET, LEFT_OUT, SET]), Err(NalError::TooMany { limit: 2 }));
        assert_eq!(of(&[KEPT, KEPT, KEPT, &[]]), Err(NalError::TooLong { bytes: 25, limit: 21 }));
        assert_eq!(of(&[KEPT, KEPT]), Ok(()));
    }

    #[test]
    fn what_needs_no_change_is_the_input_itself() {
        let input = prefixed(4, &[BOTH, KEPT, KEPT]);
        let (payload, _) = read(&input, Framing::LengthPrefixed(4), &Limits::default()).unwrap();
        assert_eq!(payload.slices().len(), 1);
        assert_eq!((payload.slices()[0].as_ptr(), payload.len()), (input.as_ptr(), input.len()));
    }

    #[test]
    fn every_framing_gives_the_same_and_copies_no_payload() {
        let nals = [LEFT_OUT, SET, BOTH, LEFT_OUT, KEPT];
        for (framing, input) in [
            (Framing::AnnexB, byte_stream(&nals)),
            (Framing::LengthPrefixed(1), prefixed(1, &nals)),
            (Framing::LengthPrefixed(2), prefixed(2, &nals)),
            (Framing::LengthPrefixed(4), prefixed(4, &nals)),
        ] {
            let (payload, configuration) = read(&input, framing, &Limits::default()).unwrap();
            assert_eq!(payload.to_bytes(), prefixed(4, &[BOTH, KEPT]), "{framing:?}");
            assert_eq!(configuration, [SET, BOTH], "{framing:?}");
            let inside = input.as_ptr_range();
            let last = [payload.slices().last().unwrap(), configuration.last().unwrap()];
            assert!(last.iter().all(|slice| inside.contains(&slice.as_ptr())), "{framing:?}");
        }
    }
}
