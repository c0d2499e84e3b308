//! The tags that this crate reads and writes.

use std::fmt;

/// What kind of playlist a tag belongs to (draft-pantos-hls-rfc8216bis-22 §4.1: a playlist is one or the other).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scope {
    Either,
    Media,
    Multivariant,
}

macro_rules! tags {
    ($($variant:ident $name:literal $clause:literal $scope:ident),* $(,)?) => {
        /// A tag of draft-pantos-hls-rfc8216bis-22. Tags that are not here are ignored on reading, as §6.3.1 has it.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Tag {
            $(#[doc = concat!("`#", $name, "`, §", $clause)] $variant,)*
        }

        impl Tag {
            /// The name, without the leading `#`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The clause that defines the tag.
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$variant => $clause,)* }
            }

            pub(super) const fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope,)* }
            }

            pub(super) fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

tags! {
    M3u "EXTM3U" "4.4.1.1" Either,
    Version "EXT-X-VERSION" "4.4.1.2" Either,
    IndependentSegments "EXT-X-INDEPENDENT-SEGMENTS" "4.4.2.1" Either,
    Start "EXT-X-START" "4.4.2.2" Either,
    Define "EXT-X-DEFINE" "4.4.2.3" Either,
    TargetDuration "EXT-X-TARGETDURATION" "4.4.3.1" Media,
    MediaSequence "EXT-X-MEDIA-SEQUENCE" "4.4.3.2" Media,
    DiscontinuitySequence "EXT-X-DISCONTINUITY-SEQUENCE" "4.4.3.3" Media,
    EndList "EXT-X-ENDLIST" "4.4.3.4" Media,
    PlaylistType "EXT-X-PLAYLIST-TYPE" "4.4.3.5" Media,
    IFramesOnly "EXT-X-I-FRAMES-ONLY" "4.4.3.6" Media,
    PartInf "EXT-X-PART-INF" "4.4.3.7" Media,
    ServerControl "EXT-X-SERVER-CONTROL" "4.4.3.8" Media,
    Inf "EXTINF" "4.4.4.1" Media,
    ByteRange "EXT-X-BYTERANGE" "4.4.4.2" Media,
    Discontinuity "EXT-X-DISCONTINUITY" "4.4.4.3" Media,
    Map "EXT-X-MAP" "4.4.4.5" Media,
    ProgramDateTime "EXT-X-PROGRAM-DATE-TIME" "4.4.4.6" Media,
    Gap "EXT-X-GAP" "4.4.4.7" Media,
    Bitrate "EXT-X-BITRATE" "4.4.4.8" Media,
    Part "EXT-X-PART" "4.4.4.9" Media,
    DateRange "EXT-X-DATERANGE" "4.4.5.1" Media,
    Skip "EXT-X-SKIP" "4.4.5.2" Media,
    PreloadHint "EXT-X-PRELOAD-HINT" "4.4.5.3" Media,
    RenditionReport "EXT-X-RENDITION-REPORT" "4.4.5.4" Media,
    Media "EXT-X-MEDIA" "4.4.6.1" Multivariant,
    StreamInf "EXT-X-STREAM-INF" "4.4.6.2" Multivariant,
    IFrameStreamInf "EXT-X-I-FRAME-STREAM-INF" "4.4.6.3" Multivariant,
    SessionData "EXT-X-SESSION-DATA" "4.4.6.4" Multivariant,
    ContentSteering "EXT-X-CONTENT-STEERING" "4.4.6.6" Multivariant,
}

impl Tag {
    /// Whether the value is an attribute list (§4.2).
    pub(super) const fn has_attributes(self) -> bool {
        match self {
            Self::Start
            | Self::Define
            | Self::PartInf
            | Self::ServerControl
            | Self::Map
            | Self::Part
            | Self::DateRange
            | Self::Skip
            | Self::PreloadHint
            | Self::RenditionReport
            | Self::Media
            | Self::StreamInf
            | Self::IFrameStreamInf
            | Self::SessionData
            | Self::ContentSteering => true,
            Self::M3u
            | Self::Version
            | Self::IndependentSegments
            | Self::TargetDuration
            | Self::MediaSequence
            | Self::DiscontinuitySequence
            | Self::EndList
            | Self::PlaylistType
            | Self::IFramesOnly
            | Self::Inf
            | Self::ByteRange
            | Self::Discontinuity
            | Self::ProgramDateTime
            | Self::Gap
            | Self::Bitrate => false,
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
