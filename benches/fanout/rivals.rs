//! Those who are compared.

use std::future::Future;
use std::sync::Arc;

use arcly_stream::bus::PublishRegistry;
use arcly_stream::prelude::{AppSpec, CodecId, Engine, MediaFrame, StreamHandle, StreamKey};
use bytes::Bytes;
use postage::sink::Sink;
use postage::stream::Stream;
use springhead_core::AccessUnit;
use tokio::sync::{broadcast, mpsc};

use crate::layout::Threads;

/// How many units whoever has a limit keeps for who is slow.
pub(crate) const SLOTS: usize = 1024;

/// One writer and its readers, of whichever make. What readers get says when it was published, in nanoseconds of the arrival.
pub(crate) trait Fanout: Sized {
    const NAME: &'static str;
    type Reader: Reader;
    /// `group` is how many pictures there are from one random access point to the next.
    fn open(threads: &Threads, group: usize) -> Self;
    /// The reader of the `n`th of as many tasks as [`tasks`](Self::tasks) says.
    fn join(&mut self, n: usize) -> Self::Reader;
    /// How many tasks `sessions` sessions have.
    fn tasks(sessions: usize) -> usize {
        sessions
    }
    fn publish(&mut self, unit: AccessUnit);
}

pub(crate) trait Reader: Send + 'static {
    /// Waits for units, and has `take` look at each; says whether there may be more.
    fn receive(&mut self, take: impl FnMut(u64) + Send) -> impl Future<Output = bool> + Send;
}

pub(crate) struct Tokio(broadcast::Sender<Arc<AccessUnit>>);

impl Fanout for Tokio {
    const NAME: &'static str = "tokio broadcast";
    type Reader = broadcast::Receiver<Arc<AccessUnit>>;

    fn open(_: &Threads, _: usize) -> Self {
        Self(broadcast::channel(SLOTS).0)
    }

    fn join(&mut self, _: usize) -> Self::Reader {
        self.0.subscribe()
    }

    fn publish(&mut self, unit: AccessUnit) {
        let _ = self.0.send(Arc::new(unit));
    }
}

/// What says when it was published.
pub(crate) trait Stamped: Clone + Send + 'static {
    fn published(&self) -> u64;
}

impl Stamped for Arc<AccessUnit> {
    fn published(&self) -> u64 {
        self.arrival.0
    }
}

impl Stamped for Arc<MediaFrame> {
    fn published(&self) -> u64 {
        self.dts as u64
    }
}

impl<T: Stamped> Reader for broadcast::Receiver<T> {
    async fn receive(&mut self, mut take: impl FnMut(u64) + Send) -> bool {
        match self.recv().await {
            Ok(unit) => take(unit.published()),
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return false,
        }
        true
    }
}

/// Has the one that came looked at, if one did.
fn look<T: Stamped>(came: Option<T>, take: impl FnOnce(u64)) -> bool {
    came.map(|unit| take(unit.published())).is_some()
}

/// What is usual where there is no broadcast: a queue for each reader.
pub(crate) struct Queues(Vec<mpsc::Sender<Arc<AccessUnit>>>);

impl Fanout for Queues {
    const NAME: &'static str = "a tokio mpsc each";
    type Reader = mpsc::Receiver<Arc<AccessUnit>>;

    fn open(_: &Threads, _: usize) -> Self {
        Self(Vec::new())
    }

    fn join(&mut self, _: usize) -> Self::Reader {
        let (send, receive) = mpsc::channel(64);
        self.0.push(send);
        receive
    }

    fn publish(&mut self, unit: AccessUnit) {
        let unit = Arc::new(unit);
        self.0.iter().for_each(|reader| drop(reader.try_send(Arc::clone(&unit))));
    }
}

impl<T: Stamped> Reader for mpsc::Receiver<T> {
    async fn receive(&mut self, take: impl FnMut(u64) + Send) -> bool {
        look(self.recv().await, take)
    }
}

pub(crate) struct Arcly {
    handle: Option<StreamHandle>,
    _engine: Arc<Engine>,
}

impl Arcly {
    pub(crate) fn handle(&self) -> &StreamHandle {
        self.handle.as_ref().expect("it is there until it is dropped")
    }
}

impl Fanout for Arcly {
    const NAME: &'static str = "arcly-stream 0.8.3";
    type Reader = broadcast::Receiver<Arc<MediaFrame>>;

    fn open(threads: &Threads, group: usize) -> Self {
        let spec = AppSpec::new("live").broadcast_capacity(SLOTS).gop_cache(group);
        let engine = Engine::builder().application(spec).build();
        let (send, receive) = std::sync::mpsc::channel();
        let publishing = Arc::clone(&engine);
        threads.handle(0).spawn(async move {
            let _ = send.send(publishing.start_publish(&StreamKey::new("live", "bench")).await);
        });
        let handle = receive.recv().expect("the task answers").expect("a new name is free");
        Self { handle: Some(handle), _engine: engine }
    }

    fn join(&mut self, _: usize) -> Self::Reader {
        self.handle().subscribe()
    }

    fn publish(&mut self, unit: AccessUnit) {
        let data: Bytes = unit.payload.to_bytes();
        let at = unit.arrival.0 as i64;
        let _ =
            self.handle().publish_frame(MediaFrame::new_video(at, at, data, CodecId::H264, unit.is_random_access()));
    }
}

impl Drop for Arcly {
    fn drop(&mut self) {
        self.handle().close();
    }
}

pub(crate) struct Postage {
    send: postage::broadcast::Sender<Arc<AccessUnit>>,
    /// Reads along, as it holds the writer up otherwise.
    first: Option<postage::broadcast::Receiver<Arc<AccessUnit>>>,
}

impl Fanout for Postage {
    const NAME: &'static str = "postage broadcast";
    type Reader = postage::broadcast::Receiver<Arc<AccessUnit>>;

    fn open(_: &Threads, _: usize) -> Self {
        let (send, first) = postage::broadcast::channel(SLOTS);
        Self { send, first: Some(first) }
    }

    fn join(&mut self, _: usize) -> Self::Reader {
        self.first = None;
        self.send.subscribe()
    }

    fn publish(&mut self, unit: AccessUnit) {
        assert!(self.send.try_send(Arc::new(unit)).is_ok(), "nobody is that slow here");
    }
}

impl<T: Stamped> Reader for postage::broadcast::Receiver<T> {
    async fn receive(&mut self, take: impl FnMut(u64) + Send) -> bool {
        look(self.recv().await, take)
    }
}
