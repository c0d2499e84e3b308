//! The `springhead` server: configuration, signals, wiring, exit codes.
//!
//! Layer 6, on the facade. The wall clock, the environment and the arguments are read here and nowhere else.

mod cli;
mod clip;
mod clock;
mod config;
mod lint;
mod serve;

use std::process::ExitCode;

use clap::Parser;
use miette::{IntoDiagnostic, WrapErr};
use tracing_subscriber::EnvFilter;

use cli::{Cli, Command};
use config::Config;

/// What a command comes to. A usage error is clap's own, with exit code 2.
enum Outcome {
    Done,
    /// `lint` found something that is against a rule.
    Found,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the runtime does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(3),
        Err(report) => {
            eprintln!("{report:?}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> miette::Result<Outcome> {
    let filter = EnvFilter::try_new(&cli.log).into_diagnostic().wrap_err("--log is no filter")?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
    match cli.command {
        Command::Serve { config } => serve::serve(Config::load(config.as_deref())?, false).await?,
        Command::Demo { config } => serve::serve(Config::load(config.as_deref())?, true).await?,
        Command::Lint { url, seconds, json } => {
            let clean = lint::lint(&url, Command::watching(seconds), json).await?;
            return Ok(if clean { Outcome::Done } else { Outcome::Found });
        }
        Command::ExampleConfig => {
            use std::io::Write;
            std::io::stdout().write_all(config::EXAMPLE.as_bytes()).into_diagnostic()?;
        }
    }
    Ok(Outcome::Done)
}
