//! The threads that readers run on.

use std::fs;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Notify;

/// How many threads readers have: as many as the machine that the targets are for has cores.
pub(crate) const THREADS: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layout {
    Stealing,
    Pinned,
}

/// A running set of threads.
pub(crate) enum Threads {
    Stealing(Runtime),
    Pinned { handles: Vec<Handle>, stop: Arc<Notify>, threads: Vec<JoinHandle<()>> },
}

impl Layout {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stealing => "stealing",
            Self::Pinned => "pinned",
        }
    }

    pub(crate) fn start(self) -> Threads {
        match self {
            Self::Stealing => Threads::Stealing(
                Builder::new_multi_thread()
                    .worker_threads(THREADS)
                    .enable_time()
                    .build()
                    .expect("threads can be started"),
            ),
            Self::Pinned => {
                let stop = Arc::new(Notify::new());
                let start = || {
                    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime can be built");
                    let (handle, stop) = (runtime.handle().clone(), Arc::clone(&stop));
                    (handle, std::thread::spawn(move || runtime.block_on(stop.notified())))
                };
                let (handles, threads) = (0..THREADS).map(|_| start()).unzip();
                Threads::Pinned { handles, stop, threads }
            }
        }
    }
}

impl Threads {
    /// Where the `n`th task is to be spawned.
    pub(crate) fn handle(&self, n: usize) -> &Handle {
        match self {
            Self::Stealing(runtime) => runtime.handle(),
            Self::Pinned { handles, .. } => &handles[n % THREADS],
        }
    }

    pub(crate) fn stop(self) {
        match self {
            Self::Stealing(runtime) => runtime.shutdown_timeout(Duration::from_secs(5)),
            Self::Pinned { stop, threads, .. } => {
                // One permit is kept for a thread that does not wait yet, so each is told until it is gone.
                for thread in threads {
                    while !thread.is_finished() {
                        stop.notify_waiters();
                        stop.notify_one();
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    thread.join().expect("no reader panics");
                }
            }
        }
    }
}

/// The CPU time that the threads of this process had so far, but for the one that asks.
pub(crate) fn cpu_time() -> Duration {
    let mine = fs::read_link("/proc/thread-self").ok().and_then(|path| path.file_name().map(|name| name.to_owned()));
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let others = tasks.filter(|task| Some(task.file_name()) != mine);
    let nanos = others.filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}
