//! EXT-X-STREAM-INF and EXT-X-I-FRAME-STREAM-INF.

use super::attributes::{AttributeList, TagWriter};
use super::{HlsErrorKind, Tag, lines};
use crate::decimal;

/// VIDEO-RANGE, the dynamic range of a variant's pictures.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum VideoRange {
    /// `SDR`: TransferCharacteristics 1, 6, 13, 14 or 15.
    Sdr,
    /// `HLG`: TransferCharacteristics 18.
    Hlg,
    /// `PQ`: TransferCharacteristics 16.
    Pq,
}

impl VideoRange {
    /// The value as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sdr => "SDR",
            Self::Hlg => "HLG",
            Self::Pq => "PQ",
        }
    }

    /// The range of a TransferCharacteristics code point of ISO/IEC 23091-2, where the standard names one.
    pub const fn from_transfer(transfer: u8) -> Option<Self> {
        match transfer {
            1 | 6 | 13 | 14 | 15 => Some(Self::Sdr),
            18 => Some(Self::Hlg),
            16 => Some(Self::Pq),
            _ => None,
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Sdr, Self::Hlg, Self::Pq].into_iter().find(|range| range.as_str() == text)
    }
}

/// CLOSED-CAPTIONS of a variant.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ClosedCaptions {
    /// `NONE`: no variant has any.
    None,
    /// The GROUP-ID of the captions.
    Group(String),
}

/// EXT-X-STREAM-INF and the URI after it, a variant stream (draft-pantos-hls-rfc8216bis-22 §4.4.6.2); or
/// EXT-X-I-FRAME-STREAM-INF (§4.4.6.3), where `frame_rate_millis`, `audio`, `subtitles` and `closed_captions` have no
/// place and are not written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Variant {
    /// Its media playlist.
    pub uri: String,
    /// BANDWIDTH: the peak segment bit rate of the largest combination of renditions, in bits a second.
    pub bandwidth: u64,
    /// AVERAGE-BANDWIDTH, in bits a second.
    pub average_bandwidth: Option<u64>,
    /// CODECS: every format of every rendition, as RFC 6381 strings. Not printed when empty.
    pub codecs: Vec<String>,
    /// SUPPLEMENTAL-CODECS, as `codec/brand`. Not printed when empty.
    pub supplemental_codecs: Vec<String>,
    /// RESOLUTION: width and height as shown.
    pub resolution: Option<(u32, u32)>,
    /// FRAME-RATE in thousandths of a picture a second, the three decimals that are printed.
    pub frame_rate_millis: Option<u64>,
    /// SCORE in thousandths: of what a client can play it prefers the highest. Stated by all variants or by none.
    pub score_millis: Option<u64>,
    /// ALLOWED-CPC: the Content Protection Configurations that play it, as `KEYFORMAT:CPC/CPC`. Not printed when empty.
    pub allowed_cpc: Vec<String>,
    /// REQ-VIDEO-LAYOUT: what a client has to be able to present, as `CH-STEREO` or `CH-STEREO/PROJ-HEQU`. Not printed when
    /// empty.
    pub req_video_layout: Vec<String>,
    /// HDCP-LEVEL: `TYPE-0`, `TYPE-1` or `NONE`.
    pub hdcp_level: Option<String>,
    /// VIDEO-RANGE.
    pub video_range: Option<VideoRange>,
    /// STABLE-VARIANT-ID.
    pub stable_variant_id: Option<String>,
    /// PATHWAY-ID.
    pub pathway_id: Option<String>,
    /// AUDIO: the GROUP-ID of its sound.
    pub audio: Option<String>,
    /// VIDEO: the GROUP-ID of its pictures.
    pub video: Option<String>,
    /// SUBTITLES: the GROUP-ID of its subtitles.
    pub subtitles: Option<String>,
    /// CLOSED-CAPTIONS.
    pub closed_captions: Option<ClosedCaptions>,
}

impl Variant {
    /// Reads the attributes of EXT-X-STREAM-INF; the URI is the next line.
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::StreamInf, value)?;
        Ok(Self {
            frame_rate_millis: list.with("FRAME-RATE", |text| decimal::parse(text, 3))?,
            audio: list.quoted("AUDIO")?,
            subtitles: list.quoted("SUBTITLES")?,
            closed_captions: match list.bare("CLOSED-CAPTIONS") {
                Ok(Some("NONE")) => Some(ClosedCaptions::None),
                Ok(Some(_)) => return Err(list.bad("CLOSED-CAPTIONS")),
                Ok(None) => None,
                Err(_) => list.quoted("CLOSED-CAPTIONS")?.map(ClosedCaptions::Group),
            },
            ..Self::read_common(&list)?
        })
    }

    /// Reads EXT-X-I-FRAME-STREAM-INF, whose URI is an attribute.
    pub(super) fn read_i_frame(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::IFrameStreamInf, value)?;
        Ok(Self { uri: list.required("URI", list.quoted("URI")?)?, ..Self::read_common(&list)? })
    }

    fn read_common(list: &AttributeList<'_>) -> Result<Self, HlsErrorKind> {
        Ok(Self {
            bandwidth: list.required("BANDWIDTH", list.integer("BANDWIDTH")?)?,
            average_bandwidth: list.integer("AVERAGE-BANDWIDTH")?,
            codecs: list.quoted_list("CODECS", ',')?.unwrap_or_default(),
            supplemental_codecs: list.quoted_list("SUPPLEMENTAL-CODECS", ',')?.unwrap_or_default(),
            resolution: list.with("RESOLUTION", resolution)?,
            score_millis: list.with("SCORE", |text| decimal::parse(text, 3))?,
            allowed_cpc: list.quoted_list("ALLOWED-CPC", ',')?.unwrap_or_default(),
            req_video_layout: list.quoted_list("REQ-VIDEO-LAYOUT", ',')?.unwrap_or_default(),
            hdcp_level: list.bare("HDCP-LEVEL")?.map(str::to_owned),
            video_range: list.with("VIDEO-RANGE", VideoRange::from_text)?,
            stable_variant_id: list.quoted("STABLE-VARIANT-ID")?,
            pathway_id: list.quoted("PATHWAY-ID")?,
            video: list.quoted("VIDEO")?,
            ..Self::default()
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        let mut tag = TagWriter::new(out, Tag::StreamInf);
        self.write_common(&mut tag);
        tag.bare_if("FRAME-RATE", self.frame_rate_millis.map(|rate| format!("{}.{:03}", rate / 1000, rate % 1000)))
            .quoted_if("AUDIO", self.audio.as_deref())
            .quoted_if("SUBTITLES", self.subtitles.as_deref());
        match &self.closed_captions {
            Some(ClosedCaptions::None) => {
                tag.bare("CLOSED-CAPTIONS", "NONE");
            }
            Some(ClosedCaptions::Group(group)) => {
                tag.quoted("CLOSED-CAPTIONS", group);
            }
            None => {}
        }
        tag.end();
        lines::push_text(out, &self.uri);
        out.push('\n');
    }

    pub(super) fn write_i_frame(&self, out: &mut String) {
        let mut tag = TagWriter::new(out, Tag::IFrameStreamInf);
        self.write_common(&mut tag);
        tag.quoted("URI", &self.uri).end();
    }

    fn write_common(&self, tag: &mut TagWriter<'_>) {
        tag.bare("BANDWIDTH", self.bandwidth)
            .bare_if("AVERAGE-BANDWIDTH", self.average_bandwidth)
            .list_if("CODECS", &self.codecs, ',')
            .list_if("SUPPLEMENTAL-CODECS", &self.supplemental_codecs, ',')
            .bare_if("RESOLUTION", self.resolution.map(|(width, height)| format!("{width}x{height}")))
            .bare_if("SCORE", self.score_millis.map(|value| decimal::Shortest { value, places: 3 }))
            .list_if("ALLOWED-CPC", &self.allowed_cpc, ',')
            .list_if("REQ-VIDEO-LAYOUT", &self.req_video_layout, ',')
            .bare_if("HDCP-LEVEL", self.hdcp_level.as_ref())
            .bare_if("VIDEO-RANGE", self.video_range.map(VideoRange::as_str))
            .quoted_if("STABLE-VARIANT-ID", self.stable_variant_id.as_deref())
            .quoted_if("PATHWAY-ID", self.pathway_id.as_deref())
            .quoted_if("VIDEO", self.video.as_deref());
    }
}

/// A decimal-resolution, `WxH`.
fn resolution(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    let side = |text| u32::try_from(lines::decimal_integer(text)?).ok();
    Some((side(width)?, side(height)?))
}
