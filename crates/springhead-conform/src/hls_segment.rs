//! A segment or a part, against what its playlist says of it.

use springhead_core::{Rounding, Ticks};
use springhead_manifest::Seconds;
use springhead_manifest::hls::{MediaPlaylist, Part, Segment};
use springhead_mux::fmp4::read::{Chunk, InitSection, TrackInfo};

use crate::Finding;
use crate::finding::{Report, rules};

/// What was fetched.
#[derive(Clone, Copy, Debug)]
pub enum Listed<'a> {
    /// A Media Segment.
    Segment(&'a Segment),
    /// A Partial Segment.
    Part(&'a Part),
}

/// Fragmented MP4 that a playlist lists.
#[derive(Clone, Copy, Debug)]
pub struct Fetched<'a> {
    /// The playlist.
    pub playlist: &'a MediaPlaylist,
    /// Its entry for what was fetched.
    pub listed: Listed<'a>,
    /// The init section that applies.
    pub init: &'a InitSection,
    /// The bytes, of the byte range alone where there is one.
    pub bytes: &'a [u8],
}

struct Read<'a> {
    fetched: &'a Fetched<'a>,
    chunks: Vec<Chunk>,
}

rules! {
    for Read<'_>:
    duration => "H-05", "rfc8216bis §4.4.4.1", Warning,
        "EXTINF, and DURATION of a part, are the duration of the media", "players seek to the wrong place, and drift from their buffer";
    bitrate => "H-23", "rfc8216bis §4.4.4.8", Error,
        "EXT-X-BITRATE is within a tenth of the segment's own bit rate", "players choose a variant by a wrong number";
    independent_segments => "H-24", "rfc8216bis §4.4.2.1", Error,
        "with EXT-X-INDEPENDENT-SEGMENTS every segment begins with what decoding can start at",
        "players switch there, and show grey pictures";
    i_frame => "H-27", "rfc8216bis §4.4.3.6", Error,
        "a segment of an I-frame playlist is one frame", "players show other pictures than they seek to";
    independent_parts => "L-05", "rfc8216bis §4.4.4.9", Error,
        "a part says INDEPENDENT=YES when decoding can start in it, and only then",
        "players join where they cannot, or pass over where they could";
}

/// Checks media that could be read; what cannot be is for [`cmaf`](crate::cmaf) to say.
pub fn check(fetched: &Fetched<'_>) -> Vec<Finding> {
    match fetched.init.chunks(fetched.bytes) {
        Ok(chunks) => run(&Read { fetched, chunks }),
        Err(_) => Vec::new(),
    }
}

impl<'a> Read<'a> {
    /// The track that is cut by: pictures where there are some.
    fn track(&self) -> Option<&'a TrackInfo> {
        let tracks = &self.fetched.init.tracks;
        tracks.iter().find(|track| track.handler.0 == *b"vide").or(tracks.first())
    }

    fn of_track(&self) -> impl Iterator<Item = &Chunk> {
        let id = self.track().map(|track| track.id);
        self.chunks.iter().filter(move |chunk| Some(chunk.track) == id)
    }

    fn lasts(&self) -> Option<Seconds> {
        let ticks = self.of_track().fold(0u64, |sum, chunk| sum.saturating_add(chunk.duration()));
        let track = self.track().filter(|_| ticks > 0)?;
        Some(Seconds::from_ticks(Ticks(ticks), track.timescale, Rounding::Nearest))
    }
}

fn duration(read: &Read<'_>, report: &mut Report<'_>) {
    let stated = match read.fetched.listed {
        Listed::Segment(segment) => segment.duration,
        Listed::Part(part) => part.duration,
    };
    let Some(lasts) = read.lasts().filter(|_| !read.fetched.playlist.i_frames_only) else { return };
    let off = stated.saturating_sub(lasts) + lasts.saturating_sub(stated);
    if off > Seconds::from_millis(100) {
        report.at("the media", format_args!("it lasts {lasts}, and the playlist says {stated}"));
    }
}

fn bitrate(read: &Read<'_>, report: &mut Report<'_>) {
    let Listed::Segment(segment) = read.fetched.listed else { return };
    // A segment that is a byte range of another resource has no bit rate of its own in this tag's sense.
    let Some(stated) = segment.bitrate.filter(|_| segment.byterange.is_none() && !segment.gap) else { return };
    let micros = u128::from(segment.duration.micros().max(1));
    let real = read.fetched.bytes.len() as u128 * 8 * 1_000 / micros;
    let stated = u128::from(stated);
    if stated * 10 < real * 9 || stated * 10 > real * 11 {
        report.at("EXT-X-BITRATE", format_args!("{stated} kbit/s, and the segment has {real}"));
    }
}

fn independent_segments(read: &Read<'_>, report: &mut Report<'_>) {
    let Listed::Segment(_) = read.fetched.listed else { return };
    let first = read.of_track().next().and_then(|chunk| chunk.samples.first());
    if read.fetched.playlist.independent_segments && first.is_some_and(|sample| !sample.is_sync()) {
        report.at("the media", "its first sample is no sync sample");
    }
}

fn i_frame(read: &Read<'_>, report: &mut Report<'_>) {
    if !read.fetched.playlist.i_frames_only {
        return;
    }
    let samples: Vec<bool> = read.of_track().flat_map(|chunk| &chunk.samples).map(|sample| sample.is_sync()).collect();
    if samples.len() != 1 {
        report.at("the media", format_args!("{} samples", samples.len()));
    }
    if samples.first() == Some(&false) {
        report.at("the media", "its sample is no sync sample");
    }
}

fn independent_parts(read: &Read<'_>, report: &mut Report<'_>) {
    let Listed::Part(part) = read.fetched.listed else { return };
    let sync = read.of_track().flat_map(|chunk| &chunk.samples).any(|sample| sample.is_sync());
    match (part.independent, sync) {
        (true, false) => report.at("the part", "INDEPENDENT=YES, and no sample of it is a sync sample"),
        (false, true) => report.warn("the part", "it has a sync sample, and no INDEPENDENT=YES"),
        _ => {}
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::cmaf::tests::{part, section, segment, video};
    use crate::finding::{BrokenInputs, broken};

    const HEAD: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n";

    /// What is said of bytes that the playlist ends with: a segment, or the part after all of them.
    fn said(text: &str, bytes: &[u8]) -> Vec<Finding> {
        let playlist = MediaPlaylist::parse(&format!("{HEAD}{text}")).unwrap();
        let listed = match &playlist.open {
            Some(open) => Listed::Part(open.parts.last().unwrap()),
            None => Listed::Segment(playlist.segments.last().unwrap()),
        };
        check(&Fetched { playlist: &playlist, listed, init: &section(&video()), bytes })
    }

    pub(crate) fn broken_inputs() -> BrokenInputs {
        let unsynced = [part(1), part(3)].concat();
        vec![
            ("H-05", said("#EXTINF:0.31,\na\n", &segment(0))),
            ("H-05", said("#EXT-X-PART:DURATION=0.21,URI=\"a\",INDEPENDENT=YES\n", &part(0))),
            ("H-23", said("#EXT-X-BITRATE:99\n#EXTINF:0.2,\na\n", &segment(0))),
            ("H-24", said("#EXT-X-INDEPENDENT-SEGMENTS\n#EXTINF:0.2,\na\n", &unsynced)),
            ("H-27", said("#EXT-X-I-FRAMES-ONLY\n#EXTINF:0.2,\na\n", &segment(0))),
            ("L-05", said("#EXT-X-PART:DURATION=0.1,URI=\"a\",INDEPENDENT=YES\n", &part(1))),
            ("L-05", said("#EXT-X-PART:DURATION=0.1,URI=\"a\"\n", &part(0))),
        ]
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (n, (id, findings)) in broken_inputs().into_iter().enumerate() {
            assert_eq!(broken(&findings), [id], "case {n}");
        }
    }

    #[test]
    fn media_that_is_what_the_playlist_says_has_no_finding() {
        let kilobits = segment(0).len() * 8 / 200;
        let text = format!("#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-BITRATE:{kilobits}\n#EXTINF:0.2,\na\n");
        assert_eq!(said(&text, &segment(0)), []);
        assert_eq!(said("#EXTINF:0.2,\na\n", &[part(1), part(3)].concat()), [], "nothing is promised");
        assert_eq!(said("#EXT-X-PART:DURATION=0.1,URI=\"a\"\n", &part(1)), []);
        assert_eq!(said("#EXTINF:9,\na\n", b"no boxes"), [], "what cannot be read is for another module");
    }
}
