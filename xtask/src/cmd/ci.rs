//! `cargo xtask ci`: what a machine that has only the last commit sees.

use std::path::Path;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::tools;

/// Clones the last commit into the target folder and runs `.ci/run` there, with a target folder of its own.
pub(crate) fn run(root: &Path) -> Result<()> {
    let sh = Shell::new()?;
    sh.change_dir(root);
    let changed = cmd!(sh, "git status --porcelain").quiet().read()?;
    if !changed.is_empty() {
        bail!("these changes are not committed, so the clone would not have them:\n{changed}");
    }
    let clone = tools::target(root).join("ci");
    if clone.exists() {
        std::fs::remove_dir_all(&clone)?;
    }
    cmd!(sh, "git clone --quiet . {clone}").run()?;
    sh.change_dir(&clone);
    cmd!(sh, "bash .ci/run").env_remove("CARGO_TARGET_DIR").env("CI", "true").run()?;
    Ok(())
}
