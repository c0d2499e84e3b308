//! `cargo xtask golden`: rewrites golden files.

use std::path::Path;

use anyhow::Result;
use xshell::{Shell, cmd};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The package whose golden files are rewritten
    package: String,
}

/// Runs a package's tests with the switch that makes them write what they would compare, then shows what changed.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let sh = Shell::new()?;
    sh.change_dir(root);
    let package = &args.package;
    cmd!(sh, "cargo test --package {package} --all-features").env("SPRINGHEAD_BLESS", "1").run()?;
    cmd!(sh, "git status --short -- crates/{package}/testdata").run()?;
    println!("Read the difference before you commit it: a golden file is what we promise to keep giving.");
    Ok(())
}
