//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

/// A live-media origin: encoders publish over RTMP, viewers watch over LL-HLS and LL-DASH.
#[derive(Debug, Parser)]
#[command(name = "springhead", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// What is logged: error, warn, info, debug or trace, or a filter such as `info,springhead_rtmp=debug`.
    #[arg(long, global = true, value_name = "FILTER", default_value = "info", env = "SPRINGHEAD_LOG")]
    pub(crate) log: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves. Needs no configuration.
    Serve {
        /// A TOML file; `springhead example-config` prints one with every key.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Serves, with a built-in channel `live/demo` that loops a short clip.
    Demo {
        /// A TOML file, as for serve.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Checks a live stream against the rules of HLS, DASH, CMAF and HTTP, as a strict player would.
    #[command(
        after_help = "Exit codes: 0 nothing is against a MUST, 1 the stream cannot be fetched, 2 wrong arguments, \
                            3 something is against a MUST. Warnings, against a SHOULD or what players are known to need, \
                            do not change the exit code."
    )]
    Lint {
        /// A multivariant or media playlist, or an MPD, over http.
        url: String,
        /// How long to watch it.
        #[arg(long, value_name = "N", default_value = "30")]
        seconds: u64,
        /// Prints findings as JSON, one object to a line: url, id, clause, severity, place, message, and the consequence,
        /// which is what a player does about it.
        #[arg(long)]
        json: bool,
    },
    /// Prints a configuration file with every key at its default.
    ExampleConfig,
}

impl Command {
    /// How long a lint watches.
    pub(crate) fn watching(seconds: u64) -> Duration {
        Duration::from_secs(seconds.min(86_400))
    }
}
