//! Rules on segments.

use std::collections::HashMap;
use std::ops::Range;

use springhead_core::TrackId;
use springhead_mux::fmp4::read::{BoxRef, Chunk, InitSection, segment_index};

use super::Tail;
use super::boxes::{children, find, is, top, version_and_flags};
use super::events::events;
use crate::Finding;
use crate::finding::{Report, rules};

struct Segment<'a> {
    init: &'a InitSection,
    bytes: &'a [u8],
    chunks: &'a [Chunk],
    after: Option<&'a Tail>,
}

rules! {
    for Segment<'_>:
    order => "B-04", "ISO/IEC 23000-19 §7.3.2", Warning,
        "a segment begins with styp, and what describes a chunk stands before its moof", "strict players refuse it";
    one_track => "B-05", "ISO/IEC 23000-19 §7.3.2", Error,
        "one track fragment in each moof, of the track of the init section, numbered upwards",
        "players drop what belongs to no track, or mix up fragments";
    addressing => "B-06", "ISO/IEC 14496-12 §8.8.7", Error,
        "data offsets count from the moof, and samples fill the mdat after it", "players read other bytes as samples";
    decode_times => "B-07", "ISO/IEC 14496-12 §8.8.12", Error,
        "each tfdt is the one before plus the durations before it", "players leave a hole, or cut what they have";
    has_decode_time => "B-07", "ISO/IEC 23000-19 §7.3.2.3, rfc8216bis §3.1.2", Error,
        "every track fragment has a tfdt", "players show it where the one before it ended, at zero, or not at all";
    fragment_header => "B-07", "ISO/IEC 14496-12 §8.8.12", Warning,
        "tfdt has 64 bits, after tfhd and before trun", "32 bits of 90 kHz end after 13 hours";
    composition_offsets => "B-08", "ISO/IEC 23000-19 §7.5.13", Error,
        "composition offsets are negative, or an edit list takes them back, but not both",
        "players show pictures before their time";
    sample_flags => "B-09", "ISO/IEC 14496-12 §8.8.8", Error,
        "sample flags are said once, and every sample of sound is a sync sample", "players cannot seek, or drop sound";
    starts_with_sync => "B-10", "ISO/IEC 23000-19 §7.3.2", Error,
        "a segment begins with a sample that decoding can start at", "players show nothing, or grey pictures, after a switch";
    no_empty_chunk => "B-11", "ISO/IEC 23000-19 §7.3.3", Error,
        "every chunk has samples, and every sample has bytes and time", "players append nothing, and stall or fail";
    index => "B-12", "ISO/IEC 14496-12 §8.16.3", Error,
        "a segment index fits its segment", "players ask for other bytes than they want";
    reference_time => "B-13", "ISO/IEC 14496-12 §8.16.5", Warning,
        "prft gives a media time of the segment that it is in", "players measure latency wrongly";
    no_random_access_index => "B-14", "ISO/IEC 14496-12 §8.8.9", Warning,
        "a live segment has no mfra", "players take it for the end";
    repeated_events => "E-02", "ISO/IEC 23009-1 §5.10.3.3", Error,
        "events of one scheme, value and id are the same", "players act on the first and drop the others";
    timed_metadata => "B-26", "AOM ID3 in CMAF §2", Warning,
        "ID3 is in emsg of version 1", "Safari and AVPlayer pass over it";
}

pub(super) fn check(init: &InitSection, bytes: &[u8], chunks: &[Chunk], after: Option<&Tail>) -> Vec<Finding> {
    run(&Segment { init, bytes, chunks, after })
}

impl<'a> Segment<'a> {
    /// The movie fragments, each with its number in the segment.
    fn moofs(&self) -> impl Iterator<Item = (usize, BoxRef<'a>)> {
        top(self.bytes).filter(|one| is(one, b"moof")).enumerate()
    }

    /// Whether there is one track, as in CMAF. Where there are several, they share fragments and `mdat`.
    fn has_one_track(&self) -> bool {
        self.init.tracks.len() == 1
    }

    fn is_sound(&self, id: TrackId) -> bool {
        self.init.track(id).is_some_and(|track| track.handler.0 == *b"soun")
    }
}

fn order(segment: &Segment<'_>, report: &mut Report<'_>) {
    if !top(segment.bytes).next().is_some_and(|first| is(&first, b"styp")) {
        report.at("the segment", "it does not begin with styp");
    }
    let mut begun = false;
    let mut open_fragment = false;
    for one in top(segment.bytes) {
        let place = format_args!("byte {}", one.header.offset);
        match (&one.header.kind.0, open_fragment) {
            (b"moof", _) => (begun, open_fragment) = (true, true),
            (b"mdat", true) => open_fragment = false,
            (b"mdat", false) => report.at(place, "mdat without a moof before it"),
            (_, true) => report.at(place, format_args!("{} between moof and mdat", one.header.kind)),
            (b"sidx", false) if begun => report.at(place, "sidx behind a moof"),
            _ => {}
        }
    }
}

fn one_track(segment: &Segment<'_>, report: &mut Report<'_>) {
    for (n, moof) in segment.moofs() {
        let trafs = children(&moof).filter(|child| is(child, b"traf")).count();
        if trafs != 1 && segment.has_one_track() {
            report.at(format_args!("fragment {n}"), format_args!("{trafs} track fragments"));
        }
    }
    let mut last = segment.after.map(|tail| tail.sequence_number);
    for (n, chunk) in segment.chunks.iter().enumerate() {
        if segment.init.track(chunk.track).is_none() {
            report.at(format_args!("chunk {n}"), format_args!("it is of track {}", chunk.track));
        }
        // The number may wrap; it has 32 bits.
        let shared = !segment.has_one_track() && last == Some(chunk.sequence_number);
        let rises = shared || last.is_none_or(|last| chunk.sequence_number > last || last == u32::MAX);
        if let Some(last) = last.filter(|_| !rises) {
            report.warn(format_args!("chunk {n}"), format_args!("number {} after {last}", chunk.sequence_number));
        }
        last = Some(chunk.sequence_number);
    }
}

fn addressing(segment: &Segment<'_>, report: &mut Report<'_>) {
    for (n, chunk) in segment.chunks.iter().enumerate() {
        let place = format!("chunk {n}");
        if !chunk.base_is_moof {
            report.at(&place, "its data offsets do not count from its moof");
        }
        if !segment.has_one_track() {
            continue;
        }
        let mut at = chunk.mdat.start;
        for (s, sample) in chunk.samples.iter().enumerate() {
            if sample.range.start != at {
                let message = format_args!("sample {s} begins at byte {}, not {at}", sample.range.start);
                report.at(&place, message);
                break;
            }
            at = sample.range.end;
        }
        if !chunk.samples.is_empty() && chunk.samples.last().map(|sample| sample.range.end) != Some(chunk.mdat.end) {
            report.at(&place, format_args!("its samples do not end with its mdat at byte {}", chunk.mdat.end));
        }
    }
}

fn decode_times(segment: &Segment<'_>, report: &mut Report<'_>) {
    let mut expected = segment.after.map(|tail| tail.next_decode_times.clone()).unwrap_or_default();
    for (n, chunk) in segment.chunks.iter().enumerate() {
        let end = chunk.base_decode_time.saturating_add(chunk.duration());
        if let Some(expected) = expected.insert(chunk.track, end).filter(|at| *at != chunk.base_decode_time) {
            let message = format_args!("its decode time is {}, not {expected}", chunk.base_decode_time);
            report.at(format_args!("chunk {n}"), message);
        }
    }
}

/// [`Chunk`] does not tell a `tfdt` from the time that is taken in its place.
fn has_decode_time(segment: &Segment<'_>, report: &mut Report<'_>) {
    for (n, moof) in segment.moofs() {
        for traf in children(&moof).filter(|child| is(child, b"traf")) {
            if find(&traf, &[b"tfdt"]).is_none() {
                report.at(format_args!("fragment {n}"), "no tfdt");
            }
        }
    }
}

fn fragment_header(segment: &Segment<'_>, report: &mut Report<'_>) {
    for (n, moof) in segment.moofs() {
        for traf in children(&moof).filter(|child| is(child, b"traf")) {
            let place = format_args!("fragment {n}");
            let kinds: Vec<[u8; 4]> = children(&traf).map(|child| child.header.kind.0).collect();
            let at = |kind: &[u8; 4]| kinds.iter().position(|k| k == kind);
            let in_order = |tfdt| at(b"tfhd") < Some(tfdt) && at(b"trun").is_none_or(|trun| tfdt < trun);
            if !at(b"tfdt").is_none_or(in_order) {
                report.at(place, "tfhd, tfdt and trun are not in this order");
            }
            let version = find(&traf, &[b"tfdt"]).and_then(|tfdt| version_and_flags(&tfdt));
            if version.is_some_and(|(version, _)| version == 0) {
                report.at(place, "tfdt has 32 bits");
            }
        }
    }
}

fn composition_offsets(segment: &Segment<'_>, report: &mut Report<'_>) {
    let edited = |chunk: &Chunk| segment.init.track(chunk.track).is_some_and(|track| !track.edits.is_empty());
    for (n, chunk) in segment.chunks.iter().enumerate().filter(|(_, chunk)| edited(chunk)) {
        if let Some(sample) = chunk.samples.iter().position(|sample| sample.composition_offset < 0) {
            report.at(format_args!("sample {sample} of chunk {n}"), "a negative offset beside an edit list");
        }
    }
}

fn sample_flags(segment: &Segment<'_>, report: &mut Report<'_>) {
    const FIRST_SAMPLE_FLAGS: u32 = 0x4;
    const SAMPLE_FLAGS: u32 = 0x400;
    for (n, moof) in segment.moofs() {
        let trafs = children(&moof).filter(|child| is(child, b"traf"));
        let runs = trafs.flat_map(|traf| children(&traf)).filter(|child| is(child, b"trun"));
        for (_, flags) in runs.filter_map(|run| version_and_flags(&run)) {
            if flags & FIRST_SAMPLE_FLAGS != 0 && flags & SAMPLE_FLAGS != 0 {
                report.at(format_args!("fragment {n}"), "a run says its first sample's flags twice");
            }
        }
    }
    for (n, chunk) in segment.chunks.iter().enumerate().filter(|(_, chunk)| segment.is_sound(chunk.track)) {
        if let Some(sample) = chunk.samples.iter().position(|sample| !sample.is_sync()) {
            report.at(format_args!("chunk {n}"), format_args!("sample {sample} is sound, and no sync sample"));
        }
    }
}

fn starts_with_sync(segment: &Segment<'_>, report: &mut Report<'_>) {
    let first = segment.chunks.first().and_then(|chunk| chunk.samples.first());
    if first.is_some_and(|sample| !sample.is_sync()) {
        report.at("chunk 0", "its first sample is no sync sample");
    }
}

fn no_empty_chunk(segment: &Segment<'_>, report: &mut Report<'_>) {
    if segment.chunks.is_empty() {
        report.at("the segment", "no chunk");
    }
    for (n, chunk) in segment.chunks.iter().enumerate() {
        if chunk.samples.is_empty() {
            report.at(format_args!("chunk {n}"), "no sample");
        }
        for (s, sample) in chunk.samples.iter().enumerate() {
            if sample.size() == 0 || sample.duration == 0 {
                let message = format_args!("{} bytes that last {} ticks", sample.size(), sample.duration);
                report.at(format_args!("sample {s} of chunk {n}"), message);
            }
        }
    }
}

fn index(segment: &Segment<'_>, report: &mut Report<'_>) {
    let index = match segment_index(segment.bytes) {
        Ok(Some(index)) => index,
        Ok(None) => return,
        Err(error) => return report.at("sidx", error),
    };
    let Some(track) = segment.init.track(index.reference) else {
        return report.at("sidx", format_args!("it is of track {}", index.reference));
    };
    let of_track = || segment.chunks.iter().filter(|chunk| chunk.track == index.reference);
    if track.timescale != index.timescale {
        report.at("sidx", format_args!("its timescale is {}", index.timescale.hz()));
    }
    // Where an edit list shifts presentation times, writers do not agree on which of them the index states.
    let shifted = !track.edits.is_empty();
    let earliest = of_track().flat_map(shown).map(|span| span.start).min();
    if !shifted && earliest.is_some_and(|earliest| earliest != i128::from(index.earliest_presentation_time)) {
        report.at("sidx", format_args!("its earliest presentation time is {}", index.earliest_presentation_time));
    }
    let stated: u64 = index.references.iter().map(|reference| u64::from(reference.duration)).sum();
    let lasts = of_track().fold(0u64, |sum, chunk| sum.saturating_add(chunk.duration()));
    if stated != lasts {
        report.at("sidx", format_args!("it counts {stated} ticks, and the chunks last {lasts}"));
    }
}

/// When each sample of a chunk is shown, as far as the chunk says, in ticks of its track.
fn shown(chunk: &Chunk) -> impl Iterator<Item = Range<i128>> {
    let mut at = i128::from(chunk.base_decode_time);
    chunk.samples.iter().map(move |sample| {
        let start = at + i128::from(sample.composition_offset);
        at += i128::from(sample.duration);
        start..start + i128::from(sample.duration)
    })
}

fn reference_time(segment: &Segment<'_>, report: &mut Report<'_>) {
    for (n, chunk) in segment.chunks.iter().enumerate() {
        let of_track = || segment.chunks.iter().filter(|one| one.track == chunk.track);
        let begin = of_track().map(|chunk| i128::from(chunk.base_decode_time)).min();
        let end = of_track().flat_map(shown).map(|span| span.end).max();
        let (Some(begin), Some(end)) = (begin, end) else { continue };
        if let Some(prft) = chunk.prft.filter(|prft| !(begin..=end).contains(&i128::from(prft.media_time))) {
            let message = format_args!("prft says {}, and the segment is {begin} to {end}", prft.media_time);
            report.at(format_args!("chunk {n}"), message);
        }
    }
}

fn no_random_access_index(segment: &Segment<'_>, report: &mut Report<'_>) {
    if let Some(mfra) = top(segment.bytes).find(|one| is(one, b"mfra")) {
        report.at(format_args!("byte {}", mfra.header.offset), "mfra");
    }
}

fn repeated_events(segment: &Segment<'_>, report: &mut Report<'_>) {
    let mut known = HashMap::new();
    for event in events(segment.bytes) {
        let before = known.insert((event.scheme, event.value, event.id), event.content);
        if before.is_some_and(|before| before != event.content) {
            report.at("emsg", format_args!("{} {} has the id {} twice", event.scheme, event.value, event.id));
        }
    }
}

fn timed_metadata(segment: &Segment<'_>, report: &mut Report<'_>) {
    for event in
        events(segment.bytes).filter(|event| event.scheme == "https://aomedia.org/emsg/ID3" && event.version != 1)
    {
        report.at("emsg", format_args!("ID3 in version {}", event.version));
    }
}
