//! NAL units as a sample holds them: each with its length in four bytes before it (ISO/IEC 14496-15 §5.3.2).

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use springhead_core::Rope;

use super::Framing;

/// Bytes of the lengths that are written.
const LENGTH: usize = 4;

/// The NAL units that are kept.
pub(crate) enum Kept {
    /// The input has lengths of four bytes: runs of it, lengths included, the last of which may still grow.
    Runs { before: Rope, run: Range<usize> },
    /// The input is framed otherwise: the NAL units alone.
    Units(Vec<Range<usize>>),
}

impl Kept {
    pub(crate) fn new(framing: Framing) -> Self {
        if framing == Framing::LengthPrefixed(LENGTH as u8) {
            Self::Runs { before: Rope::new(), run: 0..0 }
        } else {
            Self::Units(Vec::new())
        }
    }

    /// The next one, by where it is in `payload` without start code or length.
    pub(crate) fn push(&mut self, unit: Range<usize>, payload: &Bytes) {
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
    pub(crate) fn into_rope(self, payload: &Bytes) -> Rope {
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
