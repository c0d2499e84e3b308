//! Those who wake readers in a writer's place.
//!
//! Waking a thousand tasks takes a writer a tenth of a millisecond, unit after unit, on the thread that should take the
//! next unit in. A [`Relay`] is a task of its own, one for each core, that does this for all writers of a process. A writer
//! leaves word with one of them, which costs the same however many there are to wake, and that one tells the others.
//!
//! A relay wakes a few dozen at a time and lets them run in between: the first of a thousand then has its unit before the
//! last is woken, and those who were woken are still in the core's cache when they run.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::dormitory::Dormitory;
use crate::sync::{AtomicBool, AtomicUsize, AtomicWaker, Ordering, Queue, fence};

/// How many are woken before the others on the thread have their turn.
const AT_A_TIME: usize = 32;

/// The relays that readers of a ring may be woken by. Cheap to clone; give the same ones to all rings of a process.
///
/// ```
/// use springhead_fanout::{Capacity, Start, relays, ring_with};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (relays, tasks) = relays(2);
/// let running: Vec<_> = tasks.into_iter().map(|relay| tokio::spawn(relay.run())).collect();
/// let writer = ring_with(Capacity::default(), &relays);
/// let mut reader = writer.source().reader(Start::RandomAccess);
/// tokio::spawn(async move { drop(writer) });
/// assert!(reader.recv().await.is_err(), "woken by the close");
/// drop((relays, reader));
/// for relay in running {
///     relay.await?;
/// }
/// # Ok::<(), tokio::task::JoinError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Relays(Option<Arc<House>>);

/// Where writers leave word. The relays go when it does.
struct House {
    posts: Box<[Arc<Post>]>,
    /// Which relay the next ring's writer leaves word with.
    turn: AtomicUsize,
}

/// What is left for one relay.
pub(crate) struct Post {
    /// Its number.
    relay: usize,
    /// Where somebody is to be woken; each at most once.
    waiting: Queue<Arc<Dormitory>>,
    bell: AtomicWaker,
    /// Whether there is a relay.
    is_manned: AtomicBool,
    /// Whether nobody leaves anything any more.
    is_shut: AtomicBool,
}

/// `count` relays, and what each of them has to run: spawn it, on the thread whose readers it is to wake where threads are
/// told apart. A relay that is dropped is no loss: the writers wake its readers themselves then.
pub fn relays(count: usize) -> (Relays, Vec<Relay>) {
    let post = |relay| {
        Arc::new(Post {
            relay,
            waiting: Queue::new(),
            bell: AtomicWaker::new(),
            is_manned: AtomicBool::new(true),
            is_shut: AtomicBool::new(false),
        })
    };
    let posts: Box<[_]> = (0..count).map(post).collect();
    let tasks = posts.iter().map(|post| Relay { post: Arc::clone(post), current: None }).collect();
    (Relays(Some(Arc::new(House { posts, turn: AtomicUsize::new(0) }))), tasks)
}

impl Relays {
    /// None: writers wake their readers themselves.
    pub fn none() -> Self {
        Self(None)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |house| house.posts.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn post(&self, relay: usize) -> &Post {
        let house = self.0.as_ref().expect("who has no relay leaves no word");
        &house.posts[relay]
    }

    /// The relay that the next ring's writer leaves word with: each in its turn, so that none has all the work.
    pub(crate) fn next_home(&self) -> usize {
        self.0.as_ref().map_or(0, |house| house.turn.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Debug for Relays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Relays").field(&self.len()).finish()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        for post in &self.posts {
            post.is_shut.store(true, Ordering::Release);
            post.bell.wake();
        }
    }
}

impl Post {
    /// Says that somebody in that dormitory is to be woken.
    pub(crate) fn leave(&self, dormitory: &Arc<Dormitory>) {
        self.waiting.push(Arc::clone(dormitory));
        // Either the relay has said that it goes and this sees it, or the relay sees what was left.
        fence(Ordering::SeqCst);
        if self.is_manned.load(Ordering::Relaxed) {
            self.bell.wake();
        } else {
            self.wake_all();
        }
    }

    /// The next dormitory, and how many are to be woken there.
    fn next(&self) -> Option<(Arc<Dormitory>, usize)> {
        let dormitory = self.waiting.pop()?;
        let count = dormitory.take_word(self.relay);
        Some((dormitory, count))
    }

    fn wake_all(&self) {
        while let Some((dormitory, count)) = self.next() {
            dormitory.wake_in(self.relay, count);
        }
    }
}

/// One relay: a task that wakes readers.
#[must_use = "a relay does nothing unless its run is spawned"]
pub struct Relay {
    post: Arc<Post>,
    /// Those who are being woken, and how many are left of them.
    current: Option<(Arc<Dormitory>, usize)>,
}

impl Relay {
    /// Wakes whoever is to be woken, until the last [`Relays`] that it is one of, and the last ring that has them, are gone.
    pub async fn run(mut self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut most = AT_A_TIME;
        let mut is_registered = false;
        loop {
            let Some((dormitory, left)) = &mut self.current else {
                self.current = self.post.next();
                if self.current.is_some() {
                    continue;
                }
                if self.post.is_shut.load(Ordering::Acquire) {
                    return Poll::Ready(());
                }
                if is_registered {
                    return Poll::Pending;
                }
                self.post.bell.register(cx.waker());
                is_registered = true;
                continue;
            };
            let now = (*left).min(most);
            dormitory.wake_in(self.post.relay, now);
            *left -= now;
            most -= now;
            if *left == 0 {
                self.current = None;
            } else if most == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.post.is_manned.store(false, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if let Some((dormitory, left)) = self.current.take() {
            dormitory.wake_in(self.post.relay, left);
        }
        self.post.wake_all();
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").finish_non_exhaustive()
    }
}
