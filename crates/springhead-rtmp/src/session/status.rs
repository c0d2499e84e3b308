//! What a server tells a client about a connection or a stream: `level`, `code` and `description` of an information
//! object (Adobe RTMP 1.0 §7.2.1.1, §7.2.2).

use springhead_mux::flv::amf0::Value;

/// A `code` that this server sends. The text is the protocol's; encoders match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusCode {
    /// The application takes the client.
    ConnectSuccess,
    /// The application does not take the client.
    ConnectRejected,
    /// The server is going down.
    ConnectAppShutdown,
    /// A command that the server does not know or cannot follow.
    CallFailed,
    /// Media may be sent.
    PublishStart,
    /// The name is no name, or somebody else publishes under it.
    PublishBadName,
    /// The credentials do not allow it.
    PublishUnauthorized,
    /// The publish is ended because nothing came.
    PublishIdle,
    /// The publish has ended.
    UnpublishSuccess,
    /// Nothing can be played.
    PlayFailed,
    /// Media of a codec that the server does not take.
    UnsupportedCodec,
}

impl StatusCode {
    /// The protocol's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConnectSuccess => "NetConnection.Connect.Success",
            Self::ConnectRejected => "NetConnection.Connect.Rejected",
            Self::ConnectAppShutdown => "NetConnection.Connect.AppShutdown",
            Self::CallFailed => "NetConnection.Call.Failed",
            Self::PublishStart => "NetStream.Publish.Start",
            Self::PublishBadName => "NetStream.Publish.BadName",
            Self::PublishUnauthorized => "NetStream.Publish.Unauthorized",
            Self::PublishIdle => "NetStream.Publish.Idle",
            Self::UnpublishSuccess => "NetStream.Unpublish.Success",
            Self::PlayFailed => "NetStream.Play.Failed",
            Self::UnsupportedCodec => "NetStream.Publish.UnsupportedCodec",
        }
    }

    /// `status`, `warning` or `error`. Encoders take an error as the end.
    pub fn level(self) -> &'static str {
        match self {
            Self::ConnectSuccess | Self::PublishStart | Self::UnpublishSuccess => "status",
            Self::UnsupportedCodec => "warning",
            _ => "error",
        }
    }
}

impl std::fmt::Display for StatusCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A code with a sentence for the person at the encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What programs read.
    pub code: StatusCode,
    /// What people read.
    pub description: String,
}

impl Status {
    /// A code with a sentence.
    pub fn new(code: StatusCode, description: impl Into<String>) -> Self {
        Self { code, description: description.into() }
    }

    /// The information object's properties.
    pub(super) fn properties(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("level", Value::from(self.code.level())),
            ("code", Value::from(self.code.as_str())),
            ("description", Value::from(self.description.as_str())),
        ]
    }
}
