//! The configuration file.
//!
//! Every key has a default, so an empty file is a valid one, and no file at all is the same as an empty one. A key that is
//! not known is an error that points at its line.

mod span;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use springhead::core::Limits;
use springhead::engine::{AllowAll, ApplicationPolicy, Authorizer, Capacity, EngineConfig, StaticUsers, Takeover};
use springhead::origin::OriginOptions;
use springhead::origin::http::HttpOptions;
use springhead::packager::{ConfigError, DashAddressing, DashAvailabilityStart, Dvr, PackagerConfig};

use span::Span;

/// A configuration file with every key at its default, and what it means.
pub(crate) const EXAMPLE: &str = include_str!("../../springhead.example.toml");

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) rtmp: Rtmp,
    pub(crate) http: Http,
    pub(crate) admin: Admin,
    pub(crate) packaging: Packaging,
    pub(crate) application: Application,
    pub(crate) applications: BTreeMap<String, Application>,
    pub(crate) auth: Auth,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Rtmp {
    pub(crate) listen: SocketAddr,
    pub(crate) connections: usize,
}

impl Default for Rtmp {
    fn default() -> Self {
        Self { listen: ([0, 0, 0, 0], 1935).into(), connections: 1_000 }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Http {
    pub(crate) listen: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) head_timeout: Span,
    pub(crate) write_stall: Span,
    pub(crate) waiting: usize,
    pub(crate) linger: Span,
}

impl Default for Http {
    fn default() -> Self {
        let (options, origin) = (HttpOptions::default(), OriginOptions::default());
        Self {
            listen: ([0, 0, 0, 0], 8888).into(),
            connections: options.connections,
            head_timeout: Span(options.head_timeout),
            write_stall: Span(options.write_stall),
            waiting: origin.waiting,
            linger: Span(origin.linger),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Admin {
    pub(crate) listen: SocketAddr,
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: ([127, 0, 0, 1], 9997).into() }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Packaging {
    part: Span,
    segment: Span,
    chunk: Span,
    min_target_duration: Span,
    dash_target_latency: Span,
    dash_addressing: Addressing,
    dash_availability_start: AvailabilityStart,
    dvr: DvrTable,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Addressing {
    Timeline,
    Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AvailabilityStart {
    Fixed,
    Broadcast,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DvrTable {
    time: Span,
    segments: usize,
    mebibytes: u64,
}

impl Default for DvrTable {
    fn default() -> Self {
        let dvr = Dvr::default();
        Self { time: Span(dvr.time), segments: dvr.segments, mebibytes: dvr.bytes >> 20 }
    }
}

impl Default for Packaging {
    fn default() -> Self {
        let config = PackagerConfig::default();
        Self {
            part: Span(config.part),
            segment: Span(config.segment),
            chunk: Span(config.chunk),
            min_target_duration: Span(config.min_target_duration),
            dash_target_latency: Span(config.dash_target_latency),
            dash_addressing: Addressing::Timeline,
            dash_availability_start: AvailabilityStart::Fixed,
            dvr: DvrTable::default(),
        }
    }
}

/// The policy of an application; keys that are absent are the defaults, not those of `[application]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Application {
    allowed: bool,
    broadcasts: usize,
    cache_units: usize,
    cache_mebibytes: usize,
    cache_time: Span,
    max_jump: Span,
    idle_timeout: Span,
    reconnect_grace: Span,
    track_wait: Span,
    takeover: TakeoverName,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TakeoverName {
    WhenSilent,
    Replace,
    Reject,
}

impl Default for Application {
    fn default() -> Self {
        let policy = ApplicationPolicy::default();
        Self {
            allowed: true,
            broadcasts: policy.broadcasts,
            cache_units: policy.cache.units,
            cache_mebibytes: policy.cache.bytes >> 20,
            cache_time: Span(policy.cache.time),
            max_jump: Span(policy.limits.max_jump),
            idle_timeout: Span(policy.idle_timeout),
            reconnect_grace: Span(policy.reconnect_grace),
            track_wait: Span(policy.track_wait),
            takeover: TakeoverName::WhenSilent,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Auth {
    users: BTreeMap<String, UserTable>,
}

#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserTable {
    password: String,
    #[serde(default)]
    publish: bool,
    #[serde(default)]
    play: bool,
}

impl std::fmt::Debug for UserTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserTable").field("publish", &self.publish).field("play", &self.play).finish_non_exhaustive()
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(crate) enum LoadError {
    #[error("cannot read {path}")]
    Unreadable {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{message}")]
    #[diagnostic(help("`springhead example-config` prints every key with its default"))]
    Invalid {
        message: String,
        #[source_code]
        text: NamedSource<String>,
        #[label("here")]
        at: Option<SourceSpan>,
    },
    #[error("the settings of [packaging] do not fit together")]
    Packaging(#[source] ConfigError),
}

impl Config {
    /// Reads a file, or takes the defaults when there is none.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self, LoadError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let name = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| LoadError::Unreadable { path: name.clone(), source })?;
        Self::parse(&name, &text)
    }

    fn parse(name: &str, text: &str) -> Result<Self, LoadError> {
        let config: Self = toml::from_str(text).map_err(|error| LoadError::Invalid {
            message: error.message().to_owned(),
            at: error.span().map(SourceSpan::from),
            text: NamedSource::new(name, text.to_owned()).with_language("TOML"),
        })?;
        config.origin().packager.validate().map_err(LoadError::Packaging)?;
        Ok(config)
    }

    pub(crate) fn engine(&self) -> EngineConfig {
        EngineConfig {
            applications: self
                .applications
                .iter()
                .filter(|(_, application)| application.allowed)
                .map(|(name, application)| (name.clone(), application.policy()))
                .collect(),
            default: self.application.allowed.then(|| self.application.policy()),
        }
    }

    pub(crate) fn authorizer(&self) -> std::sync::Arc<dyn Authorizer> {
        if self.auth.users.is_empty() {
            return std::sync::Arc::new(AllowAll);
        }
        let user = |(name, table): (&String, &UserTable)| {
            let UserTable { password, publish, play } = table.clone();
            (name.clone(), springhead::engine::User { password, publish, play })
        };
        let users = self.auth.users.iter().map(user).collect();
        // Viewers' HTTP asks for no user yet, so a table of users governs publishing.
        std::sync::Arc::new(StaticUsers { users, play_needs_user: false })
    }

    pub(crate) fn origin(&self) -> OriginOptions {
        let packaging = &self.packaging;
        OriginOptions {
            packager: PackagerConfig {
                part: packaging.part.0,
                segment: packaging.segment.0,
                chunk: packaging.chunk.0,
                min_target_duration: packaging.min_target_duration.0,
                dash_target_latency: packaging.dash_target_latency.0,
                dash_addressing: match packaging.dash_addressing {
                    Addressing::Timeline => DashAddressing::Timeline,
                    Addressing::Duration => DashAddressing::Duration,
                },
                dash_availability_start: match packaging.dash_availability_start {
                    AvailabilityStart::Fixed => DashAvailabilityStart::Fixed,
                    AvailabilityStart::Broadcast => DashAvailabilityStart::Broadcast,
                },
                dvr: Dvr {
                    time: packaging.dvr.time.0,
                    segments: packaging.dvr.segments,
                    bytes: packaging.dvr.mebibytes << 20,
                },
            },
            linger: self.http.linger.0,
            waiting: self.http.waiting,
        }
    }

    pub(crate) fn http(&self) -> HttpOptions {
        HttpOptions {
            connections: self.http.connections,
            head_timeout: self.http.head_timeout.0,
            write_stall: self.http.write_stall.0,
            ..HttpOptions::default()
        }
    }
}

impl Application {
    fn policy(&self) -> ApplicationPolicy {
        ApplicationPolicy {
            broadcasts: self.broadcasts,
            cache: Capacity { units: self.cache_units, bytes: self.cache_mebibytes << 20, time: self.cache_time.0 },
            limits: Limits { max_jump: self.max_jump.0, ..Limits::default() },
            idle_timeout: self.idle_timeout.0,
            reconnect_grace: self.reconnect_grace.0,
            track_wait: self.track_wait.0,
            takeover: match self.takeover {
                TakeoverName::WhenSilent => Takeover::WhenSilent,
                TakeoverName::Replace => Takeover::Replace,
                TakeoverName::Reject => Takeover::Reject,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, LoadError> {
        Config::parse("test.toml", text)
    }

    #[test]
    fn a_key_that_is_not_known_is_pointed_at() {
        let Err(LoadError::Invalid { message, at: Some(at), .. }) = parse("[rtmp]\nlisen = \"127.0.0.1:1\"\n") else {
            panic!("the misspelt key is an error with a place");
        };
        assert!(message.contains("lisen"), "{message}");
        assert_eq!((at.offset(), at.len()), (7, 5));
    }

    #[test]
    fn settings_that_do_not_fit_together_are_named() {
        let error = parse("[packaging]\npart = \"9s\"\n").unwrap_err();
        assert!(matches!(error, LoadError::Packaging(ConfigError::OutOfRange { what: "part", .. })), "{error:?}");
    }

    #[test]
    fn the_example_holds_every_key_at_its_default() {
        assert_eq!(parse(EXAMPLE).unwrap(), Config::default());
        // Every key, not only those that happen to be there: with its comment signs gone, nothing is left at a default
        // that the example does not name.
        let keys = |text: &str| text.lines().filter(|line| line.contains(" = ")).count();
        assert_eq!(keys(EXAMPLE), 33, "a key was added or removed: say so in the example");
    }

    #[test]
    fn an_application_that_is_not_allowed_has_no_policy() {
        let config = parse("[application]\nallowed = false\n[applications.live]\nbroadcasts = 2\n").unwrap().engine();
        assert_eq!(config.policy("other"), None);
        assert_eq!(config.policy("live").map(|policy| policy.broadcasts), Some(2));
    }
}
