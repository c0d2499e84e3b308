//! The media playlist.

use std::fmt::Write;

use super::segment::Printed;
use super::variables::Substitution;
use super::{
    DateRange, Define, HlsError, OpenSegment, PreloadHint, RenditionReport, Segment, ServerControl, Skip, Start, Tag,
    VariableSources,
};
use crate::Seconds;
use crate::hls::attributes::TagWriter;

/// EXT-X-PLAYLIST-TYPE (draft-pantos-hls-rfc8216bis-22 §4.4.3.5). A sliding window has none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PlaylistType {
    /// `EVENT`: only appended to.
    Event,
    /// `VOD`: never changed.
    Vod,
}

/// A media playlist (draft-pantos-hls-rfc8216bis-22 §4): the segments of one rendition, in full or as a delta update.
///
/// A plain value: nothing here judges whether it obeys the standard. What renders parses back to the same value, as long
/// as texts hold nothing that their place in a playlist cannot (control characters, quotes in quoted-strings; these are
/// left out on rendering), dates are whole milliseconds and `version` is [`required_version`](Self::required_version).
///
/// ```
/// use springhead_manifest::{Seconds, hls::{MediaPlaylist, Segment}};
/// let segment = Segment { uri: "7.m4s".into(), duration: Seconds::from_millis(2002), ..Segment::default() };
/// let playlist = MediaPlaylist { target_duration: 2, media_sequence: 7, segments: vec![segment], ..Default::default() };
/// let text = playlist.render();
/// assert!(text.ends_with("#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2.002000,\n7.m4s\n"));
/// assert_eq!(MediaPlaylist::parse(&text)?.segments, playlist.segments);
/// # Ok::<(), springhead_manifest::hls::HlsError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MediaPlaylist {
    /// EXT-X-VERSION as it was read. Not used for rendering.
    pub version: Option<u32>,
    /// EXT-X-TARGETDURATION in seconds. Never changes for the life of the playlist.
    pub target_duration: u64,
    /// EXT-X-MEDIA-SEQUENCE, the number of the first segment, skipped or not. 0 when it is not stated.
    pub media_sequence: u64,
    /// EXT-X-DISCONTINUITY-SEQUENCE of the first segment.
    pub discontinuity_sequence: Option<u64>,
    /// EXT-X-PLAYLIST-TYPE.
    pub playlist_type: Option<PlaylistType>,
    /// EXT-X-INDEPENDENT-SEGMENTS: every segment can be decoded by itself.
    pub independent_segments: bool,
    /// EXT-X-I-FRAMES-ONLY: every segment is one I-frame.
    pub i_frames_only: bool,
    /// EXT-X-SERVER-CONTROL.
    pub server_control: Option<ServerControl>,
    /// EXT-X-PART-INF: the Part Target Duration. Never changes for the life of the playlist.
    pub part_target: Option<Seconds>,
    /// EXT-X-START.
    pub start: Option<Start>,
    /// EXT-X-DEFINE.
    pub defines: Vec<Define>,
    /// EXT-X-SKIP: this is a delta update, and so many of its segments stand in an older copy only.
    pub skip: Option<Skip>,
    /// EXT-X-DATERANGE.
    pub date_ranges: Vec<DateRange>,
    /// The complete segments that are written out, oldest first.
    pub segments: Vec<Segment>,
    /// The parts of the segment after them.
    pub open: Option<OpenSegment>,
    /// EXT-X-PRELOAD-HINT.
    pub preload_hints: Vec<PreloadHint>,
    /// EXT-X-RENDITION-REPORT.
    pub rendition_reports: Vec<RenditionReport>,
    /// EXT-X-ENDLIST: nothing will be added.
    pub end_list: bool,
}

impl MediaPlaylist {
    /// The text, with LF line ends. Depends on the model only.
    pub fn render(&self) -> String {
        let mut out = String::with_capacity(512 + 160 * self.segments.len());
        self.write_head(&mut out);
        self.write_rest(&mut out, &self.segments, &mut Printed::default());
        out
    }

    /// The text in two pieces, cut before segment `at`, for whoever keeps the lines of some segments as text: what
    /// [`render_segments`](Self::render_segments) made of the segments that belong between the two, and that this value is
    /// without, is put there. `last` is the last of those. The three are what [`render`](Self::render) gives of the whole, if
    /// what is kept needs no later EXT-X-VERSION than the rest.
    ///
    /// # Panics
    /// When there is no segment before `at`, or there are fewer than `at`.
    ///
    /// ```
    /// use springhead_manifest::{Seconds, hls::{MediaPlaylist, Segment}};
    /// let segment = |n| Segment { uri: format!("{n}.m4s"), duration: Seconds::from_millis(2000), ..Segment::default() };
    /// let playlist = |segments| MediaPlaylist { target_duration: 2, segments, ..MediaPlaylist::default() };
    /// let kept = MediaPlaylist::render_segments(&[segment(1), segment(2)], &segment(0));
    /// let (head, rest) = playlist(vec![segment(0), segment(3)]).render_around(1, &segment(2));
    /// assert_eq!([head, kept, rest].concat(), playlist((0..4).map(segment).collect()).render());
    /// ```
    pub fn render_around(&self, at: usize, last: &Segment) -> (String, String) {
        let (before, after) = self.segments.split_at(at);
        assert!(!before.is_empty(), "the first segment says what holds for those that follow");
        let mut head = String::with_capacity(512 + 160 * before.len());
        self.write_head(&mut head);
        write_segments(&mut head, before, &mut Printed::default());
        let mut rest = String::with_capacity(512 + 160 * after.len());
        self.write_rest(&mut rest, after, &mut Printed::after(last));
        (head, rest)
    }

    /// The lines of segments in a playlist where `last` stands before them.
    pub fn render_segments(segments: &[Segment], last: &Segment) -> String {
        let mut out = String::with_capacity(160 * segments.len());
        write_segments(&mut out, segments, &mut Printed::after(last));
        out
    }

    /// The segments from some on, and what comes behind them.
    fn write_rest<'a>(&'a self, out: &mut String, segments: &'a [Segment], printed: &mut Printed<'a>) {
        write_segments(out, segments, printed);
        if let Some(open) = &self.open {
            open.write(out, printed);
        }
        self.preload_hints.iter().for_each(|hint| hint.write(out));
        self.rendition_reports.iter().for_each(|report| report.write(out));
        if self.end_list {
            out.push_str("#EXT-X-ENDLIST\n");
        }
    }

    /// What comes before the segments.
    fn write_head(&self, out: &mut String) {
        let _ = writeln!(out, "#EXTM3U\n#EXT-X-VERSION:{}", self.required_version());
        if self.independent_segments {
            out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        if let Some(start) = self.start {
            start.write(out);
        }
        self.defines.iter().for_each(|define| define.write(out));
        let _ = writeln!(out, "#EXT-X-TARGETDURATION:{}", self.target_duration);
        if let Some(control) = self.server_control {
            control.write(out);
        }
        if let Some(target) = self.part_target {
            TagWriter::new(out, Tag::PartInf).bare("PART-TARGET", target).end();
        }
        let _ = writeln!(out, "#EXT-X-MEDIA-SEQUENCE:{}", self.media_sequence);
        if let Some(sequence) = self.discontinuity_sequence {
            let _ = writeln!(out, "#EXT-X-DISCONTINUITY-SEQUENCE:{sequence}");
        }
        match self.playlist_type {
            Some(PlaylistType::Event) => out.push_str("#EXT-X-PLAYLIST-TYPE:EVENT\n"),
            Some(PlaylistType::Vod) => out.push_str("#EXT-X-PLAYLIST-TYPE:VOD\n"),
            None => {}
        }
        if self.i_frames_only {
            out.push_str("#EXT-X-I-FRAMES-ONLY\n");
        }
        if let Some(skip) = &self.skip {
            skip.write(out);
        }
        self.date_ranges.iter().for_each(|range| range.write(out));
    }

    /// Reads a media playlist.
    ///
    /// Strict where a client has to be (§6.3.1): a first line other than `#EXTM3U`, control characters, tags of a
    /// multivariant playlist, repeated tags, broken attribute lists and values, and missing required tags are refused.
    /// Unknown tags and attributes are passed over. Lines may end in LF or CR LF. References to variables stay as they are.
    ///
    /// # Errors
    /// The first line that is wrong; see [`HlsError`].
    pub fn parse(text: &str) -> Result<Self, HlsError> {
        super::media_reader::read(text, None)
    }

    /// Reads a media playlist as [`parse`](Self::parse) does, with the values of variables in the place of references
    /// (§4.3).
    ///
    /// ```
    /// use springhead_manifest::hls::{MediaPlaylist, VariableSources};
    /// let text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-DEFINE:QUERYPARAM=\"key\"\n#EXTINF:4,\n1.m4s?key={$key}\n";
    /// let playlist = MediaPlaylist::parse_with(text, VariableSources { query: "key=7", imports: None })?;
    /// assert_eq!(playlist.segments[0].uri, "1.m4s?key=7");
    /// # Ok::<(), springhead_manifest::hls::HlsError>(())
    /// ```
    ///
    /// # Errors
    /// As for `parse`, and for a variable that is not defined or defined twice; see [`HlsError`].
    pub fn parse_with(text: &str, sources: VariableSources<'_>) -> Result<Self, HlsError> {
        super::media_reader::read(text, Some(&mut Substitution::new(sources)))
    }

    /// The segments that the playlist stands for: those written out and those skipped.
    pub fn segment_count(&self) -> u64 {
        let skipped = self.skip.as_ref().map_or(0, |skip| skip.skipped_segments);
        skipped.saturating_add(self.segments.len() as u64)
    }

    /// The Media Sequence Number after that of the last complete segment: the one that the open segment has.
    pub fn next_media_sequence(&self) -> u64 {
        self.media_sequence.saturating_add(self.segment_count())
    }
}

fn write_segments<'a>(out: &mut String, segments: &'a [Segment], printed: &mut Printed<'a>) {
    segments.iter().for_each(|segment| segment.write(out, printed));
}
