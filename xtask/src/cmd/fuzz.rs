//! `cargo xtask fuzz`: cargo-fuzz on the targets of `crates/springhead-fuzz`.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::tools;

const CRATE: &str = "crates/springhead-fuzz";

/// An input that takes longer, in seconds, or for which more is held, in MiB, is a failure as well.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=2048"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The target; without one, all are listed
    target: Option<String>,
    /// Runs every target, one after the other
    #[arg(long, conflicts_with = "target")]
    all: bool,
    /// How long to look for failures, in each target
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// Lists the targets, or runs one or all for a while.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let targets = targets(root)?;
    let chosen = match &args.target {
        _ if args.all => targets,
        Some(target) if targets.contains(target) => vec![target.clone()],
        Some(target) => bail!("there is no target {target}; `cargo xtask fuzz` lists them"),
        None => {
            targets.iter().for_each(|target| println!("{target}"));
            return Ok(());
        }
    };
    if !tools::works("cargo", &["+nightly", "fuzz", "--version"]) {
        bail!(
            "fuzzing needs a nightly compiler and cargo-fuzz:\n  rustup toolchain install nightly\n  \
             cargo install --locked cargo-fuzz\n`cargo xtask test` replays the corpus without them"
        );
    }
    let sh = Shell::new()?;
    sh.change_dir(root);
    let time = format!("-max_total_time={}", args.seconds);
    if let [target] = &chosen[..] {
        return fuzz(&sh, root, target, &[&time])?.run().with_context(|| keep(target));
    }
    all(&sh, root, &chosen, &time)
}

/// Runs the targets one after the other, whatever becomes of each, and tells what did.
fn all(sh: &Shell, root: &Path, targets: &[String], time: &str) -> Result<()> {
    // Each run asks cargo again, which then has nothing to do.
    cmd!(sh, "cargo +nightly fuzz build --fuzz-dir {CRATE} --features libfuzzer").run()?;
    let (mut table, mut failed) = (Vec::new(), Vec::new());
    for (n, target) in targets.iter().enumerate() {
        println!("==> [{}/{}] {target}", n + 1, targets.len());
        let began = Instant::now();
        let run = fuzz(sh, root, target, &[time, "-verbosity=0", "-print_final_stats=1"])?.ignore_status().output()?;
        let said = String::from_utf8_lossy(&run.stderr);
        let runs = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        let outcome = if run.status.success() { "ok" } else { "failed" };
        let (runs, seconds) = (runs.map_or("?", str::trim), began.elapsed().as_secs());
        table.push(format!("{target:<40} {runs:>12} {seconds:>8}  {outcome}"));
        if !run.status.success() {
            eprintln!("{said}\n{}", keep(target));
            failed.push(target.as_str());
        }
    }
    println!("\n{:<40} {:>12} {:>8}  outcome", "target", "runs", "seconds");
    table.iter().for_each(|row| println!("{row}"));
    if !failed.is_empty() {
        bail!("{} of {} targets failed: {}", failed.len(), targets.len(), failed.join(", "));
    }
    Ok(())
}

/// Fuzzes one target. libFuzzer keeps what it finds in the first folder, and starts from that, the corpus and the crate's
/// own test files.
fn fuzz<'a>(sh: &'a Shell, root: &Path, target: &str, options: &[&str]) -> Result<Cmd<'a>> {
    let found = tools::target(root).join("fuzz-corpus").join(target);
    std::fs::create_dir_all(&found)?;
    let (krate, _) = target.split_once('_').context("a target's name begins with its crate")?;
    let kept = [format!("{CRATE}/corpus/{target}"), format!("crates/springhead-{krate}/testdata")];
    let kept = kept.iter().filter(|folder| root.join(folder).is_dir());
    Ok(cmd!(
        sh,
        "cargo +nightly fuzz run --fuzz-dir {CRATE} --features libfuzzer {target} {found} {kept...} -- {LIMITS...} {options...}"
    ))
}

/// What is to be done with an input that fails.
fn keep(target: &str) -> String {
    format!("an input that fails lies in {CRATE}/artifacts/{target}; move it to {CRATE}/corpus/{target} with its fix")
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
