//! What a player asks of the network, and what comes back.

use bytes::Bytes;

/// Names a request of one player. A request that is sent again has another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its number.
    pub id: RequestId,
    /// Path and query, from the slash on.
    pub path: String,
    /// The first byte and the last byte of `Range: bytes=`, both included (RFC 9110 §14.1.2); all when there is none.
    pub range: Option<(u64, u64)>,
}

/// What a player wants of the network next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Send this.
    Get(Request),
    /// Forget about an earlier request: its answer is of no use any more.
    Abort(RequestId),
}

/// A step of the answer to a request, in the order in which they come: one head, any number of bodies, one end. A
/// connection may be lost at any point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The status line and the header fields are there.
    Head {
        /// The status code.
        status: u16,
    },
    /// Some bytes of the body.
    Body(Bytes),
    /// The body is complete.
    End,
    /// The connection broke.
    Lost,
}

/// The kinds of resource that players tell apart when something is wrong with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// A multivariant playlist.
    Multivariant,
    /// A media playlist.
    Playlist,
    /// An MPD.
    Mpd,
    /// The time by UTCTiming.
    Clock,
    /// An init section.
    Init,
    /// A segment or a part.
    Media,
    /// A part that is only hinted at.
    Hint,
}

impl Resource {
    /// Whether it is text that says where media is.
    pub(super) fn is_manifest(self) -> bool {
        matches!(self, Self::Multivariant | Self::Playlist | Self::Mpd | Self::Clock)
    }
}
