//! `cargo xtask test`: everything that a change has to pass.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::run::Runner;
use crate::tools;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leaves out the tests with ffmpeg, GStreamer and a browser, and installs nothing for them
    #[arg(long)]
    no_clients: bool,
    /// Runs only this step, by the name that the progress shows; may be given more than once
    #[arg(long = "step", value_name = "NAME")]
    steps: Vec<String>,
}

/// One step: what it is called, and what it does. It gives the reason when it was left out.
type Step = (&'static str, fn(&Path, &Runner) -> Result<Option<String>>);

/// The step that needs programs from outside.
const CLIENTS: &str = "real clients";

/// What `springhead-mux` may be built with when only one container is wanted.
const MUX_ALONE: &[&str] =
    &["bitflags", "bytes", "memchr", "springhead-codec", "springhead-core", "springhead-mux", "thiserror"];

/// Where property tests begin, unless the variable is set already: a change is judged by its own inputs and not by the
/// luck of the day. `cargo test` alone draws anew each time, and `cargo xtask fuzz` is what looks for failures.
const PROPTEST_SEED: (&str, &str) = ("PROPTEST_RNG_SEED", "20260119");

/// Runs every step until one fails, and says what passed and how long it took.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let mut steps: Vec<Step> = vec![
        ("tidy", tidy),
        ("format", format),
        ("clippy", clippy),
        ("docs", docs),
        ("minimal features", minimal_features),
        ("tests", tests),
        ("doc tests", doc_tests),
        ("loom", loom),
        ("fuzz replay", fuzz_replay),
    ];
    if !args.no_clients {
        steps.push((CLIENTS, clients));
    }
    steps.push(("deny", deny));
    if let Some(unknown) = args.steps.iter().find(|wanted| steps.iter().all(|(name, _)| name != wanted)) {
        let names: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
        bail!("there is no step `{unknown}`; there are: {}", names.join(", "));
    }
    steps.retain(|(name, _)| args.steps.is_empty() || args.steps.iter().any(|wanted| wanted == name));

    let mut runner = Runner::new(root);
    let (name, seed) = PROPTEST_SEED;
    if std::env::var_os(name).is_none() {
        runner.set(name, seed.to_owned());
    }
    let start = Instant::now();
    let mut done: Vec<String> = Vec::new();
    // First, so that what cannot be installed is known before anything is built.
    let mut failure = None;
    if steps.iter().any(|(name, _)| *name == CLIENTS) {
        println!("==> tools for the tests with real clients");
        failure = tools::install_clients(root, &mut runner).err().map(|error| ("tools", error));
    }
    let total = steps.len();
    for (number, (name, step)) in (1..).zip(steps) {
        if failure.is_some() {
            break;
        }
        println!("==> [{number}/{total}] {name}");
        let began = Instant::now();
        let outcome = step(root, &runner);
        let took = clock(began.elapsed());
        match outcome {
            Ok(None) => done.push(format!("{name:<18} {took:>8}")),
            Ok(Some(reason)) => done.push(format!("{name:<18} {took:>8}  left out: {reason}")),
            Err(error) => failure = Some((name, error)),
        }
        println!("    {name}: {took}, {} since the start", clock(start.elapsed()));
    }

    println!("\n==> summary");
    for line in &done {
        println!("    {line}");
    }
    let tally = runner.tally();
    if let Some((name, error)) = failure {
        // A runner that was stopped by a failing build has counted none, and still something failed.
        println!("{} passed, {} failed", tally.passed, tally.failed.max(1));
        return Err(error.context(format!("{name} failed after {}", clock(start.elapsed()))));
    }
    println!("    {:<18} {:>8}", "in all", clock(start.elapsed()));
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(())
}

fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

fn tidy(root: &Path, _: &Runner) -> Result<Option<String>> {
    super::tidy::run(root).map(|()| None)
}

fn format(_: &Path, runner: &Runner) -> Result<Option<String>> {
    runner.cargo("fmt --all --check")?;
    runner.cargo("fmt --check --manifest-path crates/springhead-fuzz/Cargo.toml").map(|()| None)
}

fn clippy(_: &Path, runner: &Runner) -> Result<Option<String>> {
    runner.cargo("clippy --quiet --workspace --all-targets --all-features -- -D warnings").map(|()| None)
}

/// The libraries' pages; the binary has the facade's name and would overwrite its page.
fn docs(_: &Path, runner: &Runner) -> Result<Option<String>> {
    let env = [("RUSTDOCFLAGS", "-D warnings")];
    runner.run("cargo", "doc --quiet --workspace --lib --no-deps --all-features", &env).map(|()| None)
}

/// Every library builds by itself, without its features and without what its neighbours happen to switch on; those with a
/// feature for each codec or container, with each of them alone and with all.
fn minimal_features(root: &Path, runner: &Runner) -> Result<Option<String>> {
    for name in libraries(root)? {
        runner.cargo(&format!("check --quiet --package {name} --no-default-features"))?;
    }
    for name in ["springhead-codec", "springhead-mux"] {
        for feature in features(root, name)? {
            runner.cargo(&format!("check --quiet --package {name} --no-default-features --features {feature}"))?;
        }
        runner.cargo(&format!("check --quiet --package {name} --all-features"))?;
    }
    let containers = features(root, "springhead-mux")?;
    containers.iter().try_for_each(|feature| mux_alone(root, feature))?;
    Ok(None)
}

/// Whoever wants one container gets no runtime with it, nor anything else that is not said.
fn mux_alone(root: &Path, feature: &str) -> Result<()> {
    let sh = Shell::new()?;
    sh.change_dir(root);
    let only = ["--package", "springhead-mux", "--no-default-features", "--features", feature];
    let format = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{lib}"];
    let tree = cmd!(sh, "cargo tree {only...} {format...}").quiet().read()?;
    // A line that is shown a second time ends in a mark.
    let built = tree.lines().filter_map(|line| line.split_whitespace().next()).map(|name| name.replace('_', "-"));
    if let Some(stranger) = built.into_iter().find(|name| !MUX_ALONE.contains(&name.as_str())) {
        bail!(
            "springhead-mux with {feature} alone is built with {stranger}; docs/architecture.md says with what it may be"
        );
    }
    Ok(())
}

/// The features of a library, but for the default ones.
fn features(root: &Path, name: &str) -> Result<Vec<String>> {
    let manifest: toml::Table = std::fs::read_to_string(root.join("crates").join(name).join("Cargo.toml"))?.parse()?;
    let features = manifest.get("features").and_then(toml::Value::as_table).context("a crate with features")?;
    Ok(features.keys().filter(|name| *name != "default").cloned().collect())
}

fn libraries(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root.join("crates"))? {
        let entry = entry?;
        if entry.path().join("src/lib.rs").exists() && entry.file_name() != "springhead-fuzz" {
            names.push(entry.file_name().into_string().ok().context("a crate's name is no UTF-8")?);
        }
    }
    names.sort();
    Ok(names)
}

/// Unit, property and integration tests of every crate but those with real clients.
fn tests(root: &Path, runner: &Runner) -> Result<Option<String>> {
    if tools::works("cargo", &["nextest", "--version"]) {
        let arguments = "nextest run --cargo-quiet --workspace --all-features --lib --bins --tests \
                         --no-fail-fast --status-level slow --final-status-level fail --filterset !binary(clients)";
        return runner.cargo(arguments).map(|()| None);
    }
    runner.cargo("test --quiet --workspace --exclude springhead-server --all-features --lib --bins --tests")?;
    let mut server = "test --quiet --package springhead-server --all-features --bins".to_owned();
    for entry in std::fs::read_dir(root.join("crates/springhead-server/tests"))? {
        let path = entry?.path();
        let is_test = path.join("main.rs").exists() || path.extension().is_some_and(|end| end == "rs");
        if let Some(name) = path.file_stem().and_then(|name| name.to_str()).filter(|name| is_test && *name != "clients")
        {
            server.push_str(&format!(" --test {name}"));
        }
    }
    runner.cargo(&server).map(|()| None)
}

fn doc_tests(_: &Path, runner: &Runner) -> Result<Option<String>> {
    runner.cargo("test --quiet --workspace --all-features --doc").map(|()| None)
}

/// The ring under every schedule with at most two preemptions.
fn loom(root: &Path, runner: &Runner) -> Result<Option<String>> {
    let target = tools::target(root).join("loom").display().to_string();
    let env = [("RUSTFLAGS", "--cfg loom"), ("LOOM_MAX_PREEMPTIONS", "2"), ("CARGO_TARGET_DIR", target.as_str())];
    runner.run("cargo", "test --quiet --package springhead-fanout --test loom --release", &env).map(|()| None)
}

/// The corpus of every fuzz target, without libFuzzer.
fn fuzz_replay(root: &Path, runner: &Runner) -> Result<Option<String>> {
    let target = tools::target(root).display().to_string();
    let env = [("CARGO_TARGET_DIR", target.as_str())];
    runner.run("cargo", "test --quiet --manifest-path crates/springhead-fuzz/Cargo.toml", &env).map(|()| None)
}

/// One at a time: each starts a server and measures what a player sees.
fn clients(_: &Path, runner: &Runner) -> Result<Option<String>> {
    runner
        .cargo("test --package springhead-server --test clients --release -- --test-threads=1 --nocapture")
        .map(|()| None)
}

/// Licences, bans and sources; not advisories, whose database is not reachable everywhere.
fn deny(root: &Path, runner: &Runner) -> Result<Option<String>> {
    let program = match tools::cargo_deny(root, runner) {
        Ok(program) => program,
        Err(error) => return Ok(Some(format!("cargo-deny cannot be had here: {error:#}"))),
    };
    runner.run(&program, "--workspace --all-features check licenses bans sources", &[]).map(|()| None)
}
