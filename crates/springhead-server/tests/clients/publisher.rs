//! What is published, and by whom.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::tools::{Process, results, run, scripts};

/// A recording of `SOURCE_SECONDS` at 30 fps with reordered B-pictures and 48 kHz AAC, made once per run.
pub(crate) fn source() -> &'static Path {
    static SOURCE: OnceLock<PathBuf> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let path = results().join("source.flv");
        // Moved into place when it is whole, so that another run never reads half of it.
        let made = results().join(format!("source-{}.flv", std::process::id()));
        let arguments = "-nostdin -v error -y -f lavfi -i testsrc2=size=640x360:rate=30 \
            -f lavfi -i sine=frequency=330:beep_factor=4:sample_rate=48000 \
            -c:v libx264 -preset veryfast -profile:v high -bf 3 -g 60 -keyint_min 60 -sc_threshold 0 \
            -x264-params b-pyramid=normal:b-adapt=0:open-gop=0 -pix_fmt yuv420p -c:a aac -ac 2 -b:a 96k -f flv";
        let arguments = arguments.split_whitespace().map(str::to_owned);
        run("ffmpeg", arguments.chain(["-t".into(), SOURCE_SECONDS.to_string(), made.display().to_string()]));
        std::fs::rename(&made, &path).expect("both are in the target directory");
        path
    })
}

/// Length of [`source`]: six GOPs.
pub(crate) const SOURCE_SECONDS: u32 = 12;

/// Publishes a file in real time without touching its bitstreams, and closes the stream at its end.
pub(crate) fn file(ffmpeg: &Path, file: &Path, url: &str) -> Process {
    let mut command = Command::new(ffmpeg);
    command.args(["-nostdin", "-v", "error", "-re", "-i"]).arg(file).args(["-c", "copy", "-f", "flv", url]);
    Process::start("publisher", command)
}

/// Publishes a file in real time over and over, as the README's first line does.
pub(crate) fn file_for_ever(ffmpeg: &Path, file: &Path, url: &str) -> Process {
    let mut command = Command::new(ffmpeg);
    command
        .args(["-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i"])
        .arg(file)
        .args(["-c", "copy", "-f", "flv", url]);
    Process::start("publisher", command)
}

/// Publishes the picture with the clock, for ever.
pub(crate) struct Clock(Process);

impl Clock {
    /// A plain picture, from an encoder whose stamps begin at zero.
    pub(crate) fn start(ffmpeg: &Path, url: &str) -> Self {
        Self::start_with(ffmpeg, &["--url", url])
    }

    /// The same in other codecs, by the names that the script has for them.
    pub(crate) fn coded(ffmpeg: &Path, url: &str, video: &str, audio: &str) -> Self {
        Self::start_with(ffmpeg, &["--url", url, "--video", video, "--audio", audio])
    }

    /// A picture that needs its bits, in one version for each URL, from an encoder that stamps with the time of day: so
    /// versions that are published apart fit together.
    pub(crate) fn versions(urls: &[&str]) -> Self {
        let urls = urls.iter().flat_map(|url| ["--url", url]);
        Self::start_with("ffmpeg".as_ref(), &["--noise", "--time-of-day"].into_iter().chain(urls).collect::<Vec<_>>())
    }

    fn start_with(ffmpeg: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new("node");
        command.arg(scripts().join("publish.mjs")).arg("--ffmpeg").arg(ffmpeg).args(arguments);
        let mut process = Process::start("clock publisher", command);
        process.wait_for_line("publishing", Duration::from_secs(30));
        Self(process)
    }

    /// Dies as an encoder does whose machine fails: its connection breaks, nothing is closed.
    pub(crate) fn crash(mut self) {
        self.0.close_input();
        self.0.finish(Duration::from_secs(30));
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        // The script kills ffmpeg when its input closes; killed itself, it could not.
        self.0.close_input();
        for _ in 0..100 {
            if self.0.exited().is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
