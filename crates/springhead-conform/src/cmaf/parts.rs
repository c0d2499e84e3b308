//! The rule on a segment and its parts.

use springhead_mux::fmp4::read::{Chunk, InitSection};

use super::{read, unreadable};
use crate::Finding;
use crate::finding::{Report, rules};

struct Parent<'a> {
    parts: &'a [u8],
    segment: &'a [u8],
    of_parts: Vec<Chunk>,
    of_segment: Vec<Chunk>,
}

rules! {
    for Parent<'_>:
    same_samples => "L-07", "rfc8216bis §3.2", Error,
        "a segment has the samples of its parts, at the same times",
        "players that go from parts to segments skip or repeat media";
}

pub(super) fn check(init: &InitSection, parts: &[&[u8]], segment: &[u8]) -> Vec<Finding> {
    let joined = parts.concat();
    if joined == segment {
        return Vec::new();
    }
    let (of_parts, of_segment) = match (read(init, &joined), read(init, segment)) {
        (Ok(of_parts), Ok(of_segment)) => (of_parts, of_segment),
        (Err(error), _) => return vec![unreadable("the parts", &error)],
        (_, Err(error)) => return vec![unreadable("the segment", &error)],
    };
    run(&Parent { parts: &joined, segment, of_parts, of_segment })
}

/// A sample with its decode time, and all that a decoder is told of it.
type Told<'a> = (u64, u32, i64, bool, &'a [u8]);

fn samples<'a>(chunks: &'a [Chunk], bytes: &'a [u8]) -> impl Iterator<Item = Told<'a>> {
    chunks.iter().flat_map(move |chunk| {
        let mut at = chunk.base_decode_time;
        chunk.samples.iter().map(move |sample| {
            let start = at;
            at = at.saturating_add(sample.duration.into());
            let payload = &bytes[sample.range.clone()];
            (start, sample.duration, sample.composition_offset, sample.is_sync(), payload)
        })
    })
}

fn same_samples(parent: &Parent<'_>, report: &mut Report<'_>) {
    let mut of_segment = samples(&parent.of_segment, parent.segment);
    let mut count = 0;
    for told in samples(&parent.of_parts, parent.parts) {
        match of_segment.next() {
            None => return report.at(format_args!("sample {count}"), "the parts have it, and the segment ends"),
            Some(other) if other != told => {
                return report.at(format_args!("sample {count}"), "it is not the same in the parts and in the segment");
            }
            Some(_) => count += 1,
        }
    }
    if of_segment.next().is_some() {
        report.at(format_args!("sample {count}"), "the segment has it, and the parts end");
    }
}
