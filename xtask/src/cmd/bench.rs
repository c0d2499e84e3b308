//! `cargo xtask bench`: the benchmarks.

use std::path::Path;

use anyhow::Result;
use xshell::{Shell, cmd};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs only the benchmarks whose names contain this
    filter: Option<String>,
}

/// Runs the benchmarks of `benches`, all or some.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let sh = Shell::new()?;
    sh.change_dir(root);
    let filter = &args.filter;
    Ok(cmd!(sh, "cargo bench --package springhead-benches --benches -- {filter...}").run()?)
}
