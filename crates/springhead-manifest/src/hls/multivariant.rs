//! The multivariant playlist.

use std::fmt::Write;

use super::lines::{self, Line, integer, once};
use super::tag::Scope;
use super::variables::Substitution;
use super::{
    ContentSteering, Define, HlsError, HlsErrorKind, Rendition, SessionDatum, Start, Tag, VariableSources, Variables,
    Variant,
};

/// A multivariant playlist (draft-pantos-hls-rfc8216bis-22 §4.4.6): the renditions of one presentation.
///
/// A plain value, with the same promise of a round trip as [`MediaPlaylist`](super::MediaPlaylist).
///
/// ```
/// use springhead_manifest::hls::{ClosedCaptions, MultivariantPlaylist, Variant};
/// let playlist = MultivariantPlaylist {
///     variants: vec![Variant {
///         uri: "video.m3u8".into(),
///         bandwidth: 4_200_000,
///         codecs: vec!["avc1.64001f".into(), "mp4a.40.2".into()],
///         frame_rate_millis: Some(29_970),
///         closed_captions: Some(ClosedCaptions::None),
///         ..Variant::default()
///     }],
///     ..MultivariantPlaylist::default()
/// };
/// assert_eq!(MultivariantPlaylist::parse(&playlist.render())?.variants, playlist.variants);
/// # Ok::<(), springhead_manifest::hls::HlsError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MultivariantPlaylist {
    /// EXT-X-VERSION as it was read. Not used for rendering.
    pub version: Option<u32>,
    /// EXT-X-INDEPENDENT-SEGMENTS: every segment of every media playlist can be decoded by itself.
    pub independent_segments: bool,
    /// EXT-X-START.
    pub start: Option<Start>,
    /// EXT-X-DEFINE.
    pub defines: Vec<Define>,
    /// EXT-X-MEDIA.
    pub renditions: Vec<Rendition>,
    /// EXT-X-STREAM-INF; the first is what a client tries first.
    pub variants: Vec<Variant>,
    /// EXT-X-I-FRAME-STREAM-INF.
    pub i_frame_variants: Vec<Variant>,
    /// EXT-X-SESSION-DATA.
    pub session_data: Vec<SessionDatum>,
    /// EXT-X-CONTENT-STEERING.
    pub content_steering: Option<ContentSteering>,
}

impl MultivariantPlaylist {
    /// The text, with LF line ends. Depends on the model only.
    pub fn render(&self) -> String {
        let mut out = String::with_capacity(256 + 256 * (self.variants.len() + self.renditions.len()));
        let _ = writeln!(out, "#EXTM3U\n#EXT-X-VERSION:{}", self.required_version());
        if self.independent_segments {
            out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        if let Some(start) = self.start {
            start.write(&mut out);
        }
        self.defines.iter().for_each(|define| define.write(&mut out));
        self.content_steering.iter().for_each(|steering| steering.write(&mut out));
        self.session_data.iter().for_each(|data| data.write(&mut out));
        self.renditions.iter().for_each(|rendition| rendition.write(&mut out));
        self.variants.iter().for_each(|variant| variant.write(&mut out));
        self.i_frame_variants.iter().for_each(|variant| variant.write_i_frame(&mut out));
        out
    }

    /// Reads a multivariant playlist, as strictly as [`MediaPlaylist::parse`](super::MediaPlaylist::parse) does. One
    /// without any EXT-X-STREAM-INF is refused.
    ///
    /// # Errors
    /// The first line that is wrong; see [`HlsError`].
    pub fn parse(text: &str) -> Result<Self, HlsError> {
        Self::read(text, None)
    }

    /// Reads a multivariant playlist with the values of variables in the place of references (§4.3), and says which
    /// variables its media playlists may import.
    ///
    /// # Errors
    /// As for `parse`, and for a variable that is not defined or defined twice; see [`HlsError`].
    pub fn parse_with(text: &str, sources: VariableSources<'_>) -> Result<(Self, Variables), HlsError> {
        let mut substitution = Substitution::new(sources);
        let playlist = Self::read(text, Some(&mut substitution))?;
        Ok((playlist, substitution.into_variables()))
    }

    fn read(text: &str, substitution: Option<&mut Substitution<'_>>) -> Result<Self, HlsError> {
        let mut reader = Reader::default();
        let end = lines::read(text, Scope::Multivariant, substitution, |line| match line {
            Line::Tag(tag, value) => reader.tag(tag, value),
            Line::Uri(uri) => reader.uri(uri),
        })?;
        reader.finish().map_err(|kind| kind.at(end))
    }

    /// The renditions of a group.
    pub fn group<'a>(&'a self, group_id: &'a str) -> impl Iterator<Item = &'a Rendition> {
        self.renditions.iter().filter(move |rendition| rendition.group_id == group_id)
    }
}

#[derive(Default)]
struct Reader {
    playlist: MultivariantPlaylist,
    version: Option<u32>,
    independent_segments: Option<()>,
    /// The variant whose URI is the next line.
    stream: Option<Variant>,
}

impl Reader {
    fn tag(&mut self, tag: Tag, value: &str) -> Result<(), HlsErrorKind> {
        if self.stream.is_some() {
            return Err(HlsErrorKind::NoUri(Tag::StreamInf));
        }
        let playlist = &mut self.playlist;
        match tag {
            Tag::Version => {
                let version = u32::try_from(integer(tag, value)?).map_err(|_| HlsErrorKind::BadValue(tag))?;
                return once(&mut self.version, tag, version);
            }
            Tag::IndependentSegments => return once(&mut self.independent_segments, tag, ()),
            Tag::Start => return once(&mut playlist.start, tag, Start::read(value)?),
            Tag::Define => match Define::read(value)? {
                // There is nothing to import from (§4.4.2.3).
                Define::Import(_) => return Err(HlsErrorKind::BadAttribute(tag, "IMPORT")),
                define => playlist.defines.push(define),
            },
            Tag::SessionData => playlist.session_data.push(SessionDatum::read(value)?),
            Tag::ContentSteering => return once(&mut playlist.content_steering, tag, ContentSteering::read(value)?),
            Tag::Media => playlist.renditions.push(Rendition::read(value)?),
            Tag::StreamInf => self.stream = Some(Variant::read(value)?),
            Tag::IFrameStreamInf => playlist.i_frame_variants.push(Variant::read_i_frame(value)?),
            _ => return Err(HlsErrorKind::OtherPlaylist(tag)),
        }
        Ok(())
    }

    fn uri(&mut self, uri: &str) -> Result<(), HlsErrorKind> {
        let stream = self.stream.take().ok_or(HlsErrorKind::StrayUri(Tag::StreamInf))?;
        self.playlist.variants.push(Variant { uri: uri.to_owned(), ..stream });
        Ok(())
    }

    fn finish(self) -> Result<MultivariantPlaylist, HlsErrorKind> {
        if self.stream.is_some() {
            return Err(HlsErrorKind::NoUri(Tag::StreamInf));
        }
        if self.playlist.variants.is_empty() {
            return Err(HlsErrorKind::Missing(Tag::StreamInf));
        }
        let independent_segments = self.independent_segments.is_some();
        Ok(MultivariantPlaylist { version: self.version, independent_segments, ..self.playlist })
    }
}
