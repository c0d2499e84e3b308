//! Init sections, segments, and the parts that they are made of.

mod boxes;
mod header;
mod parts;
mod segment;
#[cfg(test)]
mod tests;

use springhead_core::TrackId;
use springhead_mux::fmp4::read::{BoxIter, BoxRef, Chunk, InitSection, ReadError};

use crate::{Finding, Severity, Verdict};

pub use header::RULES as INIT_RULES;
pub use parts::RULES as PARTS_RULES;
pub use segment::RULES as SEGMENT_RULES;

/// Where a segment ends: what the next one has to follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tail {
    /// The track.
    pub track: TrackId,
    /// The decode time after its last sample, in ticks of the track's timescale.
    pub next_decode_time: u64,
    /// The sequence number of its last movie fragment.
    pub sequence_number: u32,
}

/// Checks an init section. One that cannot be read gives one finding, `B-01`.
pub fn check_init(init: &[u8]) -> Verdict<InitSection> {
    match InitSection::parse(init) {
        Ok(section) => {
            let findings = header::check(init, &section);
            Verdict { model: Some(section), findings }
        }
        Err(error) => Verdict { model: None, findings: vec![unreadable("the init section", &error)] },
    }
}

/// Checks a segment: whole, or the part of one that begins it. `after` is where the segment before it ended; none after
/// a discontinuity, or when it is not known.
///
/// One that cannot be read gives one finding, `B-01`.
pub fn check_segment(init: &InitSection, segment: &[u8], after: Option<&Tail>) -> Verdict<Tail> {
    let chunks = match read(init, segment) {
        Ok(chunks) => chunks,
        Err(error) => return Verdict { model: None, findings: vec![unreadable("the segment", &error)] },
    };
    let findings = segment::check(init, segment, &chunks, after);
    let tail = chunks.last().map(|last| Tail {
        track: last.track,
        next_decode_time: last.base_decode_time.saturating_add(last.duration()),
        sequence_number: last.sequence_number,
    });
    Verdict { model: tail, findings }
}

/// Checks that a segment holds the samples of its parts, at the same times.
pub fn check_parts(init: &InitSection, parts: &[&[u8]], segment: &[u8]) -> Vec<Finding> {
    parts::check(init, parts, segment)
}

fn read(init: &InitSection, segment: &[u8]) -> Result<Vec<Chunk>, ReadError> {
    // All boxes at the top level, as those behind the last `mdat` are none of a chunk.
    BoxIter::new(segment).collect::<Result<Vec<BoxRef<'_>>, _>>()?;
    init.chunks(segment)
}

/// B-01: bytes whose boxes do not fit together.
fn unreadable(place: &str, error: &ReadError) -> Finding {
    Finding {
        id: "B-01",
        clause: "ISO/IEC 14496-12 §4.2",
        severity: Severity::Error,
        place: place.to_owned(),
        message: error.to_string(),
        consequence: "players cannot append it, and stop",
    }
}
