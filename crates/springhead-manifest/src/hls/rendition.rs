//! EXT-X-MEDIA.

use super::attributes::{AttributeList, TagWriter};
use super::{HlsErrorKind, Tag};

/// The TYPE of a rendition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum MediaType {
    /// `AUDIO`
    #[default]
    Audio,
    /// `VIDEO`
    Video,
    /// `SUBTITLES`
    Subtitles,
    /// `CLOSED-CAPTIONS`
    ClosedCaptions,
}

impl MediaType {
    /// The value as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Audio => "AUDIO",
            Self::Video => "VIDEO",
            Self::Subtitles => "SUBTITLES",
            Self::ClosedCaptions => "CLOSED-CAPTIONS",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Audio, Self::Video, Self::Subtitles, Self::ClosedCaptions].into_iter().find(|t| t.as_str() == text)
    }
}

/// EXT-X-MEDIA, an alternative rendition (draft-pantos-hls-rfc8216bis-22 §4.4.6.1).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rendition {
    /// TYPE.
    pub media_type: MediaType,
    /// GROUP-ID, by which variants name the group.
    pub group_id: String,
    /// NAME, for people to read; no two of a group are the same.
    pub name: String,
    /// Its media playlist. None for captions that are carried in the video, and for sound that is in the variant itself.
    pub uri: Option<String>,
    /// LANGUAGE as a BCP 47 tag.
    pub language: Option<String>,
    /// ASSOC-LANGUAGE as a BCP 47 tag.
    pub assoc_language: Option<String>,
    /// STABLE-RENDITION-ID.
    pub stable_rendition_id: Option<String>,
    /// DEFAULT: played unless the user says otherwise. Implies `autoselect`.
    pub default: bool,
    /// AUTOSELECT: may be chosen by the user's environment.
    pub autoselect: bool,
    /// FORCED: essential to play. Subtitles only.
    pub forced: bool,
    /// INSTREAM-ID: `CC1` to `CC4` or `SERVICEn`, the captions in the video.
    pub instream_id: Option<String>,
    /// BIT-DEPTH of audio.
    pub bit_depth: Option<u64>,
    /// SAMPLE-RATE of audio.
    pub sample_rate: Option<u64>,
    /// CHARACTERISTICS, Media Characteristic Tags.
    pub characteristics: Vec<String>,
    /// CHANNELS: the count, and after slashes what else describes the sound: `2`, `16/JOC`.
    pub channels: Option<String>,
}

impl Rendition {
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::Media, value)?;
        Ok(Self {
            media_type: list.required("TYPE", list.with("TYPE", MediaType::from_text)?)?,
            group_id: list.required("GROUP-ID", list.quoted("GROUP-ID")?)?,
            name: list.required("NAME", list.quoted("NAME")?)?,
            uri: list.quoted("URI")?,
            language: list.quoted("LANGUAGE")?,
            assoc_language: list.quoted("ASSOC-LANGUAGE")?,
            stable_rendition_id: list.quoted("STABLE-RENDITION-ID")?,
            default: list.yes("DEFAULT")?,
            autoselect: list.yes("AUTOSELECT")?,
            forced: list.yes("FORCED")?,
            instream_id: list.quoted("INSTREAM-ID")?,
            bit_depth: list.integer("BIT-DEPTH")?,
            sample_rate: list.integer("SAMPLE-RATE")?,
            characteristics: list.quoted_list("CHARACTERISTICS", ',')?.unwrap_or_default(),
            channels: list.quoted("CHANNELS")?,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        TagWriter::new(out, Tag::Media)
            .bare("TYPE", self.media_type.as_str())
            .quoted("GROUP-ID", &self.group_id)
            .quoted("NAME", &self.name)
            .quoted_if("LANGUAGE", self.language.as_deref())
            .quoted_if("ASSOC-LANGUAGE", self.assoc_language.as_deref())
            .quoted_if("STABLE-RENDITION-ID", self.stable_rendition_id.as_deref())
            .yes_if("DEFAULT", self.default)
            .yes_if("AUTOSELECT", self.autoselect)
            .yes_if("FORCED", self.forced)
            .quoted_if("INSTREAM-ID", self.instream_id.as_deref())
            .bare_if("BIT-DEPTH", self.bit_depth)
            .bare_if("SAMPLE-RATE", self.sample_rate)
            .list_if("CHARACTERISTICS", &self.characteristics, ',')
            .quoted_if("CHANNELS", self.channels.as_deref())
            .quoted_if("URI", self.uri.as_deref())
            .end();
    }
}
