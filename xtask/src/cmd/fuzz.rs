//! `cargo xtask fuzz`: cargo-fuzz on the targets of `crates/springhead-fuzz`.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::tools;

const CRATE: &str = "crates/springhead-fuzz";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The target; without one, all are listed
    target: Option<String>,
    /// How long to look for failures
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// Lists the targets, or runs one for a while.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let targets = targets(root)?;
    let Some(target) = &args.target else {
        for target in targets {
            println!("{target}");
        }
        return Ok(());
    };
    if !targets.contains(target) {
        bail!("there is no target {target}; `cargo xtask fuzz` lists them");
    }
    if !tools::works("cargo", &["+nightly", "fuzz", "--version"]) {
        bail!(
            "fuzzing needs a nightly compiler and cargo-fuzz:\n  rustup toolchain install nightly\n  \
             cargo install --locked cargo-fuzz\n`cargo xtask test` replays the corpus without them"
        );
    }
    let sh = Shell::new()?;
    sh.change_dir(root);
    let time = format!("-max_total_time={}", args.seconds);
    // libFuzzer keeps what it finds in the first folder, and starts from that, the corpus and the crate's own test files.
    let found = tools::target(root).join("fuzz-corpus").join(target);
    std::fs::create_dir_all(&found)?;
    let (krate, _) = target.split_once('_').context("a target's name begins with its crate")?;
    let kept = [format!("{CRATE}/corpus/{target}"), format!("crates/springhead-{krate}/testdata")];
    let kept: Vec<&String> = kept.iter().filter(|folder| root.join(folder).is_dir()).collect();
    let run = cmd!(
        sh,
        "cargo +nightly fuzz run --fuzz-dir {CRATE} --features libfuzzer {target} {found} {kept...} -- {time}"
    );
    run.run().with_context(|| {
        format!(
            "an input that fails lies in {CRATE}/artifacts/{target}; move it to {CRATE}/corpus/{target} with its fix"
        )
    })
}

/// The names of the targets: a file each.
fn targets(root: &Path) -> Result<Vec<String>> {
    let folder = root.join(CRATE).join("fuzz_targets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}
