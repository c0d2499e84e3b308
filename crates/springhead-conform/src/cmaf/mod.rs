//! Init sections, segments, and the parts that they are made of.

mod boxes;
mod codecs;
pub(crate) mod events;
mod header;
mod parts;
mod segment;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use springhead_core::TrackId;
use springhead_mux::fmp4::read::{BoxIter, BoxRef, Chunk, InitSection, ReadError};

use crate::{Finding, Rule, Severity, Verdict};

pub use header::RULES as INIT_RULES;
pub use parts::RULES as PARTS_RULES;
pub use segment::RULES as SEGMENT_RULES;

/// Where a segment ends: what the next one has to follow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tail {
    /// The decode time after each track's last sample, in ticks of the track's timescale. One track in CMAF.
    pub next_decode_times: BTreeMap<TrackId, u64>,
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
    let ends = chunks.iter().map(|chunk| (chunk.track, chunk.base_decode_time.saturating_add(chunk.duration())));
    let next_decode_times = ends.collect();
    let tail = chunks.last().map(|last| Tail { next_decode_times, sequence_number: last.sequence_number });
    Verdict { model: tail, findings }
}

/// Checks that a segment holds the samples of its parts, at the same times.
pub fn check_parts(init: &InitSection, parts: &[&[u8]], segment: &[u8]) -> Vec<Finding> {
    parts::check(init, parts, segment)
}

/// Whether the init section claims to be CMAF. HLS also has fragmented MP4 that is not, of several tracks for one.
fn is_cmaf(init: &InitSection) -> bool {
    let cmaf = |brand: &&[u8; 4]| init.brands.major.0 == **brand || init.brands.has(brand);
    [b"cmfc", b"cmf2"].iter().any(cmaf)
}

fn read(init: &InitSection, segment: &[u8]) -> Result<Vec<Chunk>, ReadError> {
    // All boxes at the top level, as those behind the last `mdat` are none of a chunk.
    BoxIter::new(segment).collect::<Result<Vec<BoxRef<'_>>, _>>()?;
    init.chunks(segment)
}

/// The bytes can be read at all.
pub const UNREADABLE: Rule = Rule {
    id: "B-01",
    clause: "ISO/IEC 14496-12 §4.2",
    severity: Severity::Error,
    summary: "boxes fit into one another, and those that a track or a fragment must have are there",
    consequence: "players cannot append it, and stop",
};

fn unreadable(place: &str, error: &ReadError) -> Finding {
    UNREADABLE.broken(UNREADABLE.severity, place, error)
}
