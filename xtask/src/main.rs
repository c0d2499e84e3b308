//! The project's own commands, run as `cargo xtask COMMAND`; a file per command in `cmd`.
#![allow(clippy::print_stdout)] // this program talks to the person who called it

mod cmd;
mod run;
mod tidy;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Checks, tests and measures Springhead")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything a change has to pass; what `.ci/run` calls
    Test(cmd::test::Args),
    /// `.ci/run` in a clean clone of the last commit: what is only in your work tree is not there
    Ci,
    /// The house rules: layers, names, lengths, words, conformance table
    Tidy,
    /// Runs a fuzz target, or lists them
    Fuzz(cmd::fuzz::Args),
    /// Runs the benchmarks
    Bench(cmd::bench::Args),
    /// Shows which items of the standards are covered by which test, and runs those tests
    Conformance(cmd::conformance::Args),
    /// Rewrites the golden files from what the code gives now
    Golden(cmd::golden::Args),
}

fn main() -> ExitCode {
    let root = root();
    let outcome = match Cli::parse().command {
        Command::Test(args) => cmd::test::run(&root, &args),
        Command::Ci => cmd::ci::run(&root),
        Command::Tidy => cmd::tidy::run(&root),
        Command::Fuzz(args) => cmd::fuzz::run(&root, &args),
        Command::Bench(args) => cmd::bench::run(&root, &args),
        Command::Conformance(args) => cmd::conformance::run(&root, &args),
        Command::Golden(args) => cmd::golden::run(&root, &args),
    };
    if let Err(error) = outcome {
        eprintln!("cargo xtask: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The top of the repository: this crate lies in a folder of it.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("a member of a workspace lies in a folder").to_path_buf()
}
