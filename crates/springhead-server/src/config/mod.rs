//! The configuration file.
//!
//! Every key has a default, so an empty file is a valid one, and no file at all is the same as an empty one. A key that is
//! not known is an error that points at its line.

mod span;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use springhead::core::{BadKey, BroadcastKey, Limits};
use springhead::engine::{AllowAll, ApplicationPolicy, Authorizer, Capacity, EngineConfig, StaticUsers, Takeover};
use springhead::origin::http::HttpOptions;
use springhead::origin::{OriginOptions, Programmes};
use springhead::packager::{
    ConfigError, DashAddressing, DashAvailabilityStart, Dvr, HlsFormat, Numbering, PackagerConfig, PartAddressing,
};

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
    pub(crate) programmes: BTreeMap<String, ProgrammeTable>,
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
    preset: Preset,
    /// None: what the preset has. The same of the others that a preset sets.
    part: Option<Span>,
    segment: Span,
    chunk: Option<Span>,
    min_target_duration: Span,
    dash_target_latency: Option<Span>,
    hls_parts: Parts,
    hls_format: Format,
    dash_addressing: Addressing,
    dash_patch: bool,
    date_range_deltas: bool,
    dash_availability_start: AvailabilityStart,
    numbering: NumberingName,
    promises: PathBuf,
    dvr: DvrTable,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Preset {
    Standard,
    LowestLatency,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Parts {
    Files,
    Ranges,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Format {
    Cmaf,
    Ts,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NumberingName {
    Counted,
    Clock,
    Epoch,
}

/// What a programme is made of besides the broadcast of its name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ProgrammeTable {
    versions: Vec<String>,
    backups: Vec<String>,
    slate: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Addressing {
    Timeline,
    Time,
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
            preset: Preset::Standard,
            part: None,
            segment: Span(config.segment),
            chunk: None,
            min_target_duration: Span(config.min_target_duration),
            dash_target_latency: None,
            hls_parts: Parts::Files,
            hls_format: Format::Cmaf,
            dash_addressing: Addressing::Timeline,
            dash_patch: config.dash_patch,
            date_range_deltas: config.date_range_deltas,
            dash_availability_start: AvailabilityStart::Fixed,
            // A server is started again some day.
            numbering: NumberingName::Clock,
            promises: PathBuf::new(),
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
    #[error("{name:?} in [programmes] names no broadcast")]
    Key {
        name: String,
        #[source]
        source: BadKey,
    },
    #[error("{name} has two places in [programmes]")]
    Twice { name: String },
}

/// Under which key a programme's slate is published.
fn slate_key(programme: &str) -> Result<BroadcastKey, BadKey> {
    format!("{programme}~slate").parse()
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
        config.check_programmes()?;
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
            ..EngineConfig::default()
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
        let preset = match packaging.preset {
            Preset::Standard => PackagerConfig::default(),
            Preset::LowestLatency => PackagerConfig::lowest_latency(),
        };
        let or = |span: Option<Span>, preset| span.map_or(preset, |span| span.0);
        OriginOptions {
            packager: PackagerConfig {
                part: or(packaging.part, preset.part),
                segment: packaging.segment.0,
                chunk: or(packaging.chunk, preset.chunk),
                min_target_duration: packaging.min_target_duration.0,
                dash_target_latency: or(packaging.dash_target_latency, preset.dash_target_latency),
                hls_parts: match packaging.hls_parts {
                    Parts::Files => PartAddressing::Files,
                    Parts::Ranges => PartAddressing::Ranges,
                },
                hls_format: match packaging.hls_format {
                    Format::Cmaf => HlsFormat::Cmaf,
                    Format::Ts => HlsFormat::TransportStream,
                },
                dash_addressing: match packaging.dash_addressing {
                    Addressing::Timeline => DashAddressing::Timeline,
                    Addressing::Time => DashAddressing::Time,
                    Addressing::Duration => DashAddressing::Duration,
                },
                dash_patch: packaging.dash_patch,
                date_range_deltas: packaging.date_range_deltas,
                // No protocol of this server brings what announces a break.
                interstitials: None,
                dash_availability_start: match packaging.dash_availability_start {
                    AvailabilityStart::Fixed => DashAvailabilityStart::Fixed,
                    AvailabilityStart::Broadcast => DashAvailabilityStart::Broadcast,
                },
                numbering: match packaging.numbering {
                    NumberingName::Counted => Numbering::Counted,
                    NumberingName::Clock => Numbering::Clock,
                    NumberingName::Epoch => Numbering::Epoch,
                },
                dvr: Dvr {
                    time: packaging.dvr.time.0,
                    segments: packaging.dvr.segments,
                    bytes: packaging.dvr.mebibytes << 20,
                },
            },
            programmes: self.programmes(),
            promises: (!packaging.promises.as_os_str().is_empty()).then(|| packaging.promises.clone()),
            linger: self.http.linger.0,
            waiting: self.http.waiting,
        }
    }

    /// The slates, and the keys under which they are published.
    pub(crate) fn slates(&self) -> impl Iterator<Item = (&Path, BroadcastKey)> {
        let with_slate =
            |(key, table): (&String, &'_ ProgrammeTable)| table.slate.is_some().then(|| slate_key(key))?.ok();
        let keys = self.programmes.iter().map(with_slate);
        let paths = self.programmes.values().map(|table| table.slate.as_deref());
        paths.zip(keys).filter_map(|(path, key)| path.zip(key))
    }

    /// Checked when the file was read.
    fn programmes(&self) -> Programmes {
        let mut programmes = Programmes::default();
        let keys =
            |names: &[String]| -> Vec<BroadcastKey> { names.iter().filter_map(|name| name.parse().ok()).collect() };
        for (name, table) in &self.programmes {
            let Ok(programme) = name.parse::<BroadcastKey>() else { continue };
            programmes.versions.extend(keys(&table.versions).into_iter().map(|version| (version, programme.clone())));
            let slate = table.slate.as_ref().and_then(|_| slate_key(name).ok());
            let backups: Vec<_> = keys(&table.backups).into_iter().chain(slate).collect();
            if !backups.is_empty() {
                programmes.backups.insert(programme, backups);
            }
        }
        programmes
    }

    fn check_programmes(&self) -> Result<(), LoadError> {
        let mut seen = std::collections::BTreeSet::new();
        for (name, table) in &self.programmes {
            let check = |name: &str| match name.parse::<BroadcastKey>() {
                Ok(key) => Ok(key),
                Err(source) => Err(LoadError::Key { name: name.to_owned(), source }),
            };
            check(name)?;
            slate_key(name).map_err(|source| LoadError::Key { name: name.clone(), source })?;
            for member in table.versions.iter().chain(&table.backups) {
                if !seen.insert(check(member)?) || member == name {
                    return Err(LoadError::Twice { name: member.clone() });
                }
            }
        }
        Ok(())
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
            ..ApplicationPolicy::default()
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
        // What a preset sets is named as well, at what the standard one has.
        let example = parse(EXAMPLE).unwrap();
        assert_eq!(example.origin(), Config::default().origin());
        assert_eq!(Config { packaging: Packaging::default(), ..example }, Config::default());
        // Every key, not only those that happen to be there: with its comment signs gone, nothing is left at a default
        // that the example does not name.
        let keys = |text: &str| text.lines().filter(|line| line.contains(" = ")).count();
        assert_eq!(keys(EXAMPLE), 43, "a key was added or removed: say so in the example");
    }

    #[test]
    fn a_preset_sets_what_is_not_set() {
        let packager = |text: &str| parse(text).unwrap().origin().packager;
        let preset = "[packaging]\npreset = \"lowest-latency\"\n";
        assert_eq!(packager(preset).part, PackagerConfig::lowest_latency().part);
        let own = packager(&format!("{preset}part = \"333ms\"\n"));
        assert_eq!(own.part, std::time::Duration::from_millis(333));
        assert_eq!(own.chunk, PackagerConfig::lowest_latency().chunk);
    }

    #[test]
    fn what_a_programme_is_made_of_has_one_place_and_a_name() {
        let error = |text: &str| parse(text).unwrap_err();
        assert!(matches!(error("[programmes.cam]\n"), LoadError::Key { .. }));
        let twice =
            "[programmes.\"live/a\"]\nbackups = [\"live/b\"]\n[programmes.\"live/c\"]\nversions = [\"live/b\"]\n";
        assert!(matches!(error(twice), LoadError::Twice { .. }));
        let good =
            "[programmes.\"live/a\"]\nversions = [\"live/low\"]\nbackups = [\"live/b\"]\nslate = \"slate.flv\"\n";
        let config = parse(good).unwrap();
        let programmes = config.origin().programmes;
        let key = |text: &str| text.parse::<BroadcastKey>().unwrap();
        assert_eq!(programmes.versions[&key("live/low")], key("live/a"));
        assert_eq!(programmes.backups[&key("live/a")], [key("live/b"), key("live/a~slate")]);
        assert_eq!(config.slates().collect::<Vec<_>>(), [(Path::new("slate.flv"), key("live/a~slate"))]);
    }

    #[test]
    fn an_application_that_is_not_allowed_has_no_policy() {
        let config = parse("[application]\nallowed = false\n[applications.live]\nbroadcasts = 2\n").unwrap().engine();
        assert_eq!(config.policy("other"), None);
        assert_eq!(config.policy("live").map(|policy| policy.broadcasts), Some(2));
    }
}
