//! The `springhead` binary on ports of its own, from start to kill.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::http::{self, Answer};
use crate::playlist::{MediaPlaylist, first_variant};
use crate::tools::{Process, results, wait_for};

/// An encoder and a browser fill a small machine: one test at a time, or each would measure the other.
static TURN: Mutex<()> = Mutex::new(());

/// The broadcast that all tests publish to.
pub(crate) const KEY: &str = "live/cam";

/// A running server; killed, and its configuration removed, when it goes out of scope.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) rtmp: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) admin: SocketAddr,
    configuration: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

impl Server {
    /// Starts `springhead serve` and waits until it says that it is well.
    pub(crate) fn start() -> Self {
        Self::start_with("serve", "")
    }

    /// Starts it with lines of its own for `[packaging]` in the configuration.
    pub(crate) fn packaging(settings: &str) -> Self {
        Self::start_with("serve", &format!("\n[packaging]\n{settings}\n"))
    }

    /// Starts another command that serves, such as `demo`.
    pub(crate) fn start_command(subcommand: &str) -> Self {
        Self::start_with(subcommand, "")
    }

    fn start_with(subcommand: &str, settings: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let [rtmp, http, admin] = free_addresses();
        let name = format!("{}-{}.toml", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let configuration = results().join(name);
        let text = format!(
            "[rtmp]\nlisten = \"{rtmp}\"\n\n[http]\nlisten = \"{http}\"\n\n[admin]\nlisten = \"{admin}\"\n{settings}"
        );
        fs::write(&configuration, text).expect("the target directory is writable");
        let mut command = Command::new(env!("CARGO_BIN_EXE_springhead"));
        command.arg(subcommand).arg("--config").arg(&configuration);
        let mut process = Process::start("springhead", command);
        wait_for("the server is well", Duration::from_secs(30), || {
            assert!(process.exited().is_none(), "the server ended:\n{}", process.output());
            http::get(admin, "/healthz").ok().filter(|answer| answer.status == 200)
        });
        Self { process, rtmp, http, admin, configuration, _turn: turn }
    }

    /// Where encoders publish the broadcast.
    pub(crate) fn publish_url(&self) -> String {
        format!("rtmp://{}/{KEY}", self.rtmp)
    }

    /// Where encoders publish another broadcast of `live`.
    pub(crate) fn publish_url_of(&self, name: &str) -> String {
        format!("rtmp://{}/live/{name}", self.rtmp)
    }

    /// Where encoders publish a version of it.
    pub(crate) fn version_url(&self, version: &str) -> String {
        format!("{}@{version}", self.publish_url())
    }

    /// The URL of `path` on the viewers' port.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }

    pub(crate) fn hls_url(&self) -> String {
        self.url(&format!("/{KEY}/index.m3u8"))
    }

    /// The multivariant playlist of transport streams.
    pub(crate) fn transport_stream_url(&self) -> String {
        format!("{}?format=ts", self.hls_url())
    }

    pub(crate) fn dash_url(&self) -> String {
        self.url(&format!("/{KEY}/manifest.mpd"))
    }

    pub(crate) fn get(&self, path: &str) -> Option<Answer> {
        http::get(self.http, path).ok()
    }

    /// The media playlist of the first variant, if there is one now.
    pub(crate) fn media_playlist(&self) -> Option<MediaPlaylist> {
        let multivariant = self.get(&format!("/{KEY}/index.m3u8")).filter(|answer| answer.status == 200)?.text();
        let uri = first_variant(&multivariant)?;
        let path = if uri.starts_with('/') { uri.to_owned() } else { format!("/{KEY}/{uri}") };
        let media = self.get(&path).filter(|answer| answer.status == 200)?;
        Some(MediaPlaylist::read(&media.text()))
    }

    /// Waits until the broadcast has `segments` finished segments in its window.
    pub(crate) fn wait_for_segments(&self, segments: u64) -> MediaPlaylist {
        let what = format!("{segments} segments are listed");
        wait_for(&what, Duration::from_secs(60), || {
            self.media_playlist().filter(|playlist| playlist.segments.len() as u64 >= segments)
        })
    }

    /// Waits until the segment before this number is finished.
    pub(crate) fn wait_for_number(&self, number: u64) -> MediaPlaylist {
        wait_for(&format!("segment {number} is next"), Duration::from_secs(60), || {
            self.media_playlist().filter(|playlist| playlist.next() >= number)
        })
    }

    /// Waits until the broadcast has been closed.
    pub(crate) fn wait_for_end(&self) -> MediaPlaylist {
        wait_for("the playlist is ended", Duration::from_secs(90), || {
            self.media_playlist().filter(|playlist| playlist.ended)
        })
    }

    /// Resident memory in KiB, where the system tells.
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.configuration);
    }
}

/// Three loopback ports that are free now. All are held until the last is chosen, so that they differ.
fn free_addresses() -> [SocketAddr; 3] {
    let listeners: [TcpListener; 3] =
        std::array::from_fn(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port"));
    listeners.map(|listener| listener.local_addr().expect("a bound socket has an address"))
}
