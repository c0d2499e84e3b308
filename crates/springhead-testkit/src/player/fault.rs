//! What goes wrong, in each player's own words, and what the player does about it.

use std::fmt;
use std::time::Duration;

use springhead_core::MonoTime;

use super::{Family, Resource};

/// Something that a player does not like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A status that is no success.
    Status {
        /// What was asked for.
        resource: Resource,
        /// The status code.
        status: u16,
        /// Whether it was a blocking playlist reload.
        blocked: bool,
    },
    /// Nothing came in time.
    Timeout {
        /// What was asked for.
        resource: Resource,
        /// Whether it was a blocking playlist reload.
        blocked: bool,
    },
    /// The connection broke.
    Lost {
        /// What was asked for.
        resource: Resource,
        /// Whether it was a blocking playlist reload.
        blocked: bool,
    },
    /// A manifest that cannot be parsed.
    Syntax {
        /// Which kind of manifest.
        resource: Resource,
        /// What is wrong with it.
        what: String,
    },
    /// A playlist lacks an attribute that the player cannot do without.
    MissingAttribute(&'static str),
    /// A blocking reload was answered with a playlist that lacks what was asked for.
    Unanswered,
    /// A playlist did not change for two target durations.
    Unchanged(Duration),
    /// A playlist breaks a promise that it made, or that a playlist makes by what it is.
    BrokenPromise(&'static str),
    /// A segment that lasts no time.
    ZeroDuration,
    /// Media sequence numbers went back.
    SequenceWentBack,
    /// A delta update does not apply to the copy at hand.
    UselessDelta,
    /// A Period, or the availability start, is no longer where it was.
    PeriodMoved,
    /// Media that cannot be parsed.
    Media(String),
    /// The playhead stands before a hole that the player does not step over.
    Hole {
        /// How long it lasts.
        length: Duration,
    },
    /// The playhead fell out of the window, and goes back to the live edge.
    FellBehind,
}

/// What the player does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reaction {
    /// Goes on as if nothing had happened.
    PlaysOn,
    /// Asks again.
    Retries,
    /// Stops for good: a fatal error.
    Stops,
}

/// A fault as the player reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerError {
    /// When.
    pub at: MonoTime,
    /// What.
    pub fault: Fault,
    /// The real player's name or number for it.
    pub code: &'static str,
    /// What the player does about it.
    pub reaction: Reaction,
}

impl PlayerError {
    /// Whether the player stopped for good.
    pub fn is_fatal(&self) -> bool {
        self.reaction == Reaction::Stops
    }
}

impl fmt::Display for PlayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}: {:?}, {:?}", self.code, self.at, self.fault, self.reaction)
    }
}

/// The name or the number by which a player of that family reports the fault.
pub(super) fn code(family: Family, fault: &Fault) -> &'static str {
    match family {
        Family::HlsJs => hls_js(fault),
        Family::Shaka => shaka(fault),
        Family::DashJs => dash_js(fault),
        Family::AvPlayer => av_player(fault),
    }
}

/// `ErrorDetails` of hls.js.
fn hls_js(fault: &Fault) -> &'static str {
    match fault {
        Fault::Status { resource, .. } | Fault::Lost { resource, .. } => match resource {
            Resource::Multivariant => "manifestLoadError",
            resource if resource.is_manifest() => "levelLoadError",
            _ => "fragLoadError",
        },
        Fault::Timeout { resource, .. } => match resource {
            Resource::Multivariant => "manifestLoadTimeOut",
            resource if resource.is_manifest() => "levelLoadTimeOut",
            _ => "fragLoadTimeOut",
        },
        Fault::Syntax { resource: Resource::Multivariant, .. } => "manifestParsingError",
        Fault::Media(_) => "fragParsingError",
        Fault::Hole { .. } | Fault::FellBehind => "bufferStalledError",
        _ => "levelParsingError",
    }
}

/// `shaka.util.Error.Code`.
fn shaka(fault: &Fault) -> &'static str {
    match fault {
        Fault::Status { .. } => "1001 BAD_HTTP_STATUS",
        Fault::Lost { .. } => "1002 HTTP_ERROR",
        Fault::Timeout { .. } => "1003 TIMEOUT",
        Fault::Syntax { resource: Resource::Mpd, .. } => "4001 DASH_INVALID_XML",
        Fault::Syntax { .. } => "4016 INVALID_HLS_TAG",
        Fault::MissingAttribute(_) => "4023 HLS_REQUIRED_ATTRIBUTE_MISSING",
        Fault::Media(_) => "3014 MEDIA_SOURCE_OPERATION_FAILED",
        _ => "warning",
    }
}

/// `MediaPlayer.errors` of dash.js.
fn dash_js(fault: &Fault) -> &'static str {
    match fault {
        Fault::Status { resource, .. } | Fault::Lost { resource, .. } | Fault::Timeout { resource, .. } => {
            match resource {
                Resource::Init => "28 DOWNLOAD_ERROR_ID_INITIALIZATION",
                resource if resource.is_manifest() => "25 DOWNLOAD_ERROR_ID_MANIFEST",
                _ => "27 DOWNLOAD_ERROR_ID_CONTENT",
            }
        }
        Fault::Syntax { .. } => "31 MANIFEST_ERROR_ID_PARSE",
        Fault::Media(_) => "22 DATA_UPDATE_FAILED",
        _ => "warning",
    }
}

/// Numbers of `CoreMediaErrorDomain`, as people report them of AVPlayer.
fn av_player(fault: &Fault) -> &'static str {
    match fault {
        Fault::Status { status: 403, .. } => "-12660",
        Fault::Status { status: 404, .. } => "-12938",
        Fault::Status { status: 503, .. } => "-16849",
        Fault::Status { blocked: true, .. }
        | Fault::Timeout { blocked: true, .. }
        | Fault::Lost { blocked: true, .. } => "-15416",
        Fault::Status { .. } | Fault::Timeout { .. } | Fault::Lost { .. } => "-12889",
        Fault::Unanswered => "-15410",
        Fault::Unchanged(_) => "-12888",
        Fault::ZeroDuration => "-16240",
        Fault::Hole { .. } | Fault::FellBehind => "AVPlayerItemPlaybackStalled",
        _ => "-12642",
    }
}
