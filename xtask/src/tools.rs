//! What the tests need beyond Rust, and how it is had.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::run::Runner;

/// A Debian package that the tests with real clients need.
struct Package {
    name: &'static str,
    why: &'static str,
    /// Succeeds when it is there, whoever put it there.
    probe: &'static [&'static str],
}

const PACKAGES: &[Package] = &[
    Package { name: "ffmpeg", why: "publishes, and decodes what we serve", probe: &["ffmpeg", "-version"] },
    Package { name: "chromium", why: "plays in hls.js, dash.js and Shaka Player", probe: &["chromium", "--version"] },
    Package { name: "gstreamer1.0-tools", why: "a second decoder", probe: &["gst-launch-1.0", "--version"] },
    Package {
        name: "gstreamer1.0-plugins-base",
        why: "its playback",
        probe: &["gst-inspect-1.0", "--exists", "playbin"],
    },
    Package {
        name: "gstreamer1.0-plugins-good",
        why: "its HTTP",
        probe: &["gst-inspect-1.0", "--exists", "souphttpsrc"],
    },
    Package {
        name: "gstreamer1.0-plugins-bad",
        why: "its HLS and DASH",
        probe: &["gst-inspect-1.0", "--exists", "dashdemux"],
    },
    Package { name: "gstreamer1.0-plugins-ugly", why: "its x264", probe: &["gst-inspect-1.0", "--exists", "x264enc"] },
    Package { name: "gstreamer1.0-libav", why: "its decoders", probe: &["gst-inspect-1.0", "--exists", "avdec_h264"] },
    Package {
        name: "libxml2-utils",
        why: "xmllint, which checks MPDs against their schema",
        probe: &["xmllint", "--version"],
    },
    Package {
        name: "fonts-dejavu-core",
        why: "the letters of the test picture's clock",
        probe: &["test", "-f", "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"],
    },
    Package { name: "nodejs", why: "drives the browser", probe: &["node", "--version"] },
    Package { name: "npm", why: "fetches the players and the browser's driver", probe: &["npm", "--version"] },
    Package {
        name: "python3-venv",
        why: "fetches a recent ffmpeg",
        probe: &["python3", "-c", "import ensurepip, venv"],
    },
];

/// Where the players' package.json is.
const PLAYERS: &str = "crates/springhead-server/tests/clients";

/// Whether a program runs and succeeds.
pub(crate) fn works(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The folder for tools that are built or fetched, below cargo's target folder.
pub(crate) fn folder(root: &Path) -> PathBuf {
    target(root).join("tools")
}

/// Cargo's target folder.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// Installs what the tests with real clients need, and tells the tests where it is.
pub(crate) fn install_clients(root: &Path, runner: &mut Runner) -> Result<()> {
    packages(runner)?;
    players(root, runner)?;
    let ffmpeg = recent_ffmpeg(root, runner)?;
    println!("    a recent ffmpeg: {ffmpeg}");
    runner.set("SPRINGHEAD_FFMPEG_RECENT", ffmpeg);
    runner.set("SPRINGHEAD_REQUIRE_CLIENTS", "1".into());
    Ok(())
}

fn packages(runner: &Runner) -> Result<()> {
    let missing: Vec<&Package> =
        PACKAGES.iter().filter(|package| !works(package.probe[0], &package.probe[1..])).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("    The tests with real clients need programs that are not here:");
    for package in &missing {
        println!("      {:<26} {}", package.name, package.why);
    }
    let names = missing.iter().map(|package| package.name).collect::<Vec<_>>().join(" ");
    let by_hand = format!(
        "install them by hand, on Debian with\n  sudo apt-get install {names}\nor leave those tests out with\n  cargo xtask test --no-clients"
    );
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if !root || !works("apt-get", &["--version"]) {
        bail!("only root can install packages, and only with apt-get: {by_hand}");
    }
    let quiet = [("DEBIAN_FRONTEND", "noninteractive")];
    runner
        .run("apt-get", "update -qq", &quiet)
        .and_then(|()| runner.run("apt-get", &format!("install -qq -y --no-install-recommends {names}"), &quiet))
        .with_context(|| by_hand.clone())?;
    match missing.iter().find(|package| !works(package.probe[0], &package.probe[1..])) {
        Some(package) => {
            bail!("{} is installed and still `{}` fails: {by_hand}", package.name, package.probe.join(" "))
        }
        None => Ok(()),
    }
}

/// The players and the browser's driver, as the lock file has them.
fn players(root: &Path, runner: &Runner) -> Result<()> {
    let folder = root.join(PLAYERS);
    let age = |file: &str| std::fs::metadata(folder.join(file)).and_then(|meta| meta.modified()).ok();
    // npm writes the second file when it has put everything in place.
    let installed = age("node_modules/.package-lock.json");
    if installed.is_some() && installed >= age("package-lock.json") {
        return Ok(());
    }
    println!("    The players (hls.js, dash.js, Shaka Player) and the browser's driver come from npm.");
    runner
        .run("npm", &format!("ci --no-audit --no-fund --prefix {PLAYERS}"), &[("PUPPETEER_SKIP_DOWNLOAD", "1")])
        .with_context(|| {
            format!(
                "run `npm ci` in {PLAYERS} where a registry is reachable, or leave those tests out with --no-clients"
            )
        })
}

/// The path of the ffmpeg that the Python package imageio-ffmpeg ships: a second, newer publisher beside Debian's.
fn recent_ffmpeg(root: &Path, runner: &Runner) -> Result<String> {
    let venv = folder(root).join("venv");
    let python = venv.join("bin/python");
    let python = python.to_str().context("the target folder's path is no UTF-8")?;
    const ASK: &str = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())";
    if !works(python, &["-c", ASK]) {
        println!("    A recent ffmpeg, as a second publisher, comes in the Python package imageio-ffmpeg.");
        runner
            .run("python3", &format!("-m venv {}", venv.display()), &[])
            .and_then(|()| runner.run(python, "-m pip install --quiet --disable-pip-version-check imageio-ffmpeg", &[]))
            .context("leave the tests that need it out with --no-clients")?;
    }
    let answer = Command::new(python).args(["-c", ASK]).output()?;
    Ok(String::from_utf8(answer.stdout)?.trim().to_owned())
}

/// The path of cargo-deny, built when it is not there; an error says why it cannot be had.
pub(crate) fn cargo_deny(root: &Path, runner: &Runner) -> Result<String> {
    let ours = folder(root).join("bin/cargo-deny");
    let ours = ours.to_str().context("the target folder's path is no UTF-8")?;
    for program in ["cargo-deny", ours] {
        if works(program, &["--version"]) {
            return Ok(program.to_owned());
        }
    }
    println!("    cargo-deny checks licences, bans and sources; it is built once, into {}.", folder(root).display());
    // Unoptimised: it is built in half the time, and runs for a second.
    let install = format!("install --quiet --locked --debug --root {} cargo-deny", folder(root).display());
    runner.run("cargo", &install, &[("CARGO_TARGET_DIR", &format!("{}/build", folder(root).display()))])?;
    Ok(ours.to_owned())
}
