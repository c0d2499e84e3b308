//! The programs that the tests need, where to find them, and processes that do not outlive their test.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Directory of the scripts and of `node_modules`.
pub(crate) fn scripts() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients"))
}

/// Where reports, logs and screenshots are left for whoever looks at a failure.
pub(crate) fn results() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
    std::fs::create_dir_all(&path).expect("the target directory is writable");
    path
}

/// How long each player is watched.
pub(crate) fn watch_seconds() -> u64 {
    asked_seconds().unwrap_or(20)
}

/// How long somebody who wants figures asked each player to be watched.
pub(crate) fn asked_seconds() -> Option<u64> {
    std::env::var("SPRINGHEAD_CLIENT_SECONDS").ok()?.parse().ok()
}

/// Says something to whoever runs the tests: `eprintln!` would be swallowed with the output of a test that passes.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Tool {
    /// `ffmpeg` and `ffprobe` from the path, ffmpeg with libx264.
    Ffmpeg,
    GStreamer,
    /// `tsreport` and `tsinfo`.
    TsTools,
    /// Node with the players installed, and a Chromium.
    Browser,
}

impl Tool {
    /// Why the tool cannot be used; `None` when it can.
    fn missing(self) -> Option<String> {
        let answers = |program: &str, argument: &str| {
            Command::new(program).arg(argument).output().is_ok_and(|o| o.status.success())
        };
        match self {
            Self::Ffmpeg if !answers("ffmpeg", "-version") || !answers("ffprobe", "-version") => {
                Some("ffmpeg and ffprobe are not installed (Debian: apt-get install ffmpeg)".into())
            }
            Self::GStreamer if !answers("gst-launch-1.0", "--version") => Some(
                "gst-launch-1.0 is not installed (Debian: gstreamer1.0-tools gstreamer1.0-plugins-{base,good,bad} gstreamer1.0-libav)".into(),
            ),
            // It says how it is used, and fails, when it is given nothing.
            Self::TsTools if Command::new("tsreport").arg("-help").output().is_err() => {
                Some("tsreport is not installed (Debian: tstools)".into())
            }
            Self::Browser if !answers("node", "--version") => Some("node is not installed".into()),
            Self::Browser if !scripts().join("node_modules/puppeteer-core").exists() => {
                Some(format!("the players are not installed (npm ci in {})", scripts().display()))
            }
            Self::Browser => {
                let found = Command::new("node")
                    .args(["--input-type=module", "-e", "import { chromiumPath } from './chromium.mjs'; chromiumPath()"])
                    .current_dir(scripts())
                    .output()
                    .is_ok_and(|output| output.status.success());
                (!found).then(|| "Chromium is not installed (Debian: apt-get install chromium)".into())
            }
            Self::Ffmpeg | Self::GStreamer | Self::TsTools => None,
        }
    }
}

/// True when all tools are there. Otherwise says what is missing, and fails if the environment insists on them.
pub(crate) fn have(tools: &[Tool]) -> bool {
    let reasons: Vec<String> = tools.iter().filter_map(|tool| tool.missing()).collect();
    if !reasons.is_empty() {
        missing(&reasons.join("; "));
    }
    reasons.is_empty()
}

/// Every ffmpeg here that can publish: the one on the path, then a newer one, which `SPRINGHEAD_FFMPEG_RECENT` names or
/// Python's `imageio-ffmpeg` carries.
pub(crate) fn ffmpegs() -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("ffmpeg")];
    let script = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())";
    let carried = || {
        let output =
            Command::new("python3").args(["-c", script]).output().ok().filter(|output| output.status.success())?;
        Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
    };
    match std::env::var_os("SPRINGHEAD_FFMPEG_RECENT").map(PathBuf::from).or_else(carried) {
        Some(recent) => found.push(recent),
        None => missing("the newer ffmpeg is not installed (pip install imageio-ffmpeg)"),
    }
    found
}

/// Says what is missing, and fails if the environment insists on it.
fn missing(what: &str) {
    let required = std::env::var("SPRINGHEAD_REQUIRE_CLIENTS").is_ok_and(|value| value == "1");
    assert!(!required, "{what}");
    say(&format!("SKIPPED: {what}"));
}

/// Asks until there is an answer.
///
/// # Panics
/// When there is none after `limit`.
pub(crate) fn wait_for<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < limit, "{what}: not within {limit:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Runs a program to its end and gives what it printed.
///
/// # Panics
/// When it cannot be started or fails, with its standard error.
pub(crate) fn run<S: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = S>) -> String {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    let shown = format!("{command:?}");
    let Output { status, stdout, stderr } = command.output().unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert!(status.success(), "{shown}: {status}\n{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("text")
}

/// A child process that is killed when it goes out of scope, and whose output is kept line by line.
pub(crate) struct Process {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    name: String,
}

impl Process {
    /// Starts `command` with its standard input held open and both outputs collected.
    pub(crate) fn start(name: &str, mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let outputs: [Box<dyn io::Read + Send>; 2] =
            [Box::new(child.stdout.take().expect("piped")), Box::new(child.stderr.take().expect("piped"))];
        for output in outputs {
            let lines = Arc::clone(&lines);
            // Ends with the pipe, that is, with the process.
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    lines.lock().expect("no holder panics").push(line);
                }
            });
        }
        Self { child, lines, name: name.into() }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// All lines so far, of both outputs.
    pub(crate) fn output(&self) -> String {
        self.lines.lock().expect("no holder panics").join("\n")
    }

    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    /// Waits until a line contains `text`.
    pub(crate) fn wait_for_line(&mut self, text: &str, limit: Duration) {
        let name = self.name.clone();
        wait_for(&format!("{name} prints {text:?}"), limit, || {
            if self.lines.lock().expect("no holder panics").iter().any(|line| line.contains(text)) {
                return Some(());
            }
            let exited = self.exited();
            // What it printed last may still be on its way: the reader has it once the pipe is closed.
            assert!(exited.is_none_or(|status| status.success()), "{name} ended ({exited:?}):\n{}", self.output());
            None
        });
    }

    /// Waits for the end.
    pub(crate) fn finish(&mut self, limit: Duration) -> ExitStatus {
        let name = self.name.clone();
        wait_for(&format!("{name} ends"), limit, || self.exited())
    }

    /// Closes the standard input, which some programs take as the sign to stop.
    pub(crate) fn close_input(&mut self) {
        self.child.stdin = None;
    }

    /// Kills it as a crash would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            let output = self.output();
            let tail: Vec<&str> = output.lines().rev().take(40).collect();
            eprintln!("--- {} said last:", self.name);
            tail.iter().rev().for_each(|line| eprintln!("{line}"));
        }
    }
}

/// A packet that ffprobe lists: presentation and decode time in ticks of its stream, and bytes.
pub(crate) type Line = (i64, i64, usize);

/// What ffprobe lists of one stream of a file.
pub(crate) fn listed(path: &Path, stream: usize) -> Vec<Line> {
    let selected = stream.to_string();
    let path = path.to_str().expect("a path in UTF-8");
    let entries =
        ["-v", "error", "-select_streams", &selected, "-show_entries", "packet=pts,dts,size", "-of", "csv=p=0"];
    let output = run("ffprobe", entries.into_iter().chain([path]));
    let line = |line: &str| {
        let mut numbers = line.split(',').filter_map(|field| field.parse::<i64>().ok());
        Some((numbers.next()?, numbers.next()?, numbers.next()? as usize))
    };
    output.lines().filter_map(line).collect()
}
