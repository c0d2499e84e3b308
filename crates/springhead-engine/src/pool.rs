//! Many tracks taken in at once, on all cores.
//!
//! An intake knows nothing but its own track, so that no track has to wait for another. The pool gives each a task of its own:
//! the runtime spreads tasks over its threads, a track's units stay in order as one task works on them, a reader that is slow
//! holds back its own track alone, and a task that fails takes nothing of the others with it.

use std::future::pending;
use std::sync::Arc;

use springhead_core::{Limits, MonoTime, Track, TrackId};
use springhead_intake::{Intake, IntakeSnapshot, IntakeStats, Output, RawUnit};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinSet};

use crate::{Clock, TrackDescription};

/// The most units that a task takes out of its queue in one go.
const BATCH: usize = 64;

/// How a pool takes tracks in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolOptions {
    /// What each track's input is held to.
    pub limits: Limits,
    /// How many units of a track wait for its task, and how many outputs for whoever takes them. Default 64; 0 is as 1.
    pub depth: usize,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self { limits: Limits::default(), depth: 64 }
    }
}

/// Takes in any number of tracks at once, each in its own task on the tokio runtime.
///
/// For input of many tracks that come together, as out of one multiplex. A [`PublishSession`](crate::PublishSession) needs
/// none: it takes its own tracks in where it is called, and sessions run beside each other.
///
/// At most [`PoolOptions::depth`] units of a track wait before its intake, as many have been taken out to be worked on, and as
/// many outputs wait behind it, beside what the intake itself holds back; then the input waits. Dropping the pool ends its
/// tasks at once.
///
/// ```
/// use std::sync::Arc;
/// use bytes::Bytes;
/// use springhead_codec::{aac, nal::Framing};
/// use springhead_core::{MonoTime, Now, TickDelta, TrackId};
/// use springhead_engine::{Clock, IntakePool, PoolOptions, RawUnit, SourceClock, TrackDescription};
///
/// #[derive(Debug)]
/// struct Noon;
/// impl Clock for Noon {
///     fn now(&self) -> Now {
///         Now::default()
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let mut pool = IntakePool::new(PoolOptions::default(), Arc::new(Noon));
/// let track = aac::track(TrackId(2), &Bytes::from_static(&[0x12, 0x10]))?;
/// let (input, mut output) = pool.add(TrackDescription { track, clock: SourceClock::RTMP });
/// let unit = RawUnit {
///     dts: 0,
///     composition_offset: TickDelta(0),
///     sequence: Some(0),
///     framing: Framing::LengthPrefixed(4),
///     payload: Bytes::from_static(b"\x21\x10\x05"),
///     checksum: None,
///     arrival: MonoTime(0),
/// };
/// input.send(unit).await?;
/// drop(input);
/// assert!(output.recv().await.is_some() && output.recv().await.is_none());
/// let ended = pool.drain().await;
/// assert!(matches!(&ended[..], [(TrackId(2), Ok(stats))] if stats.emitted == 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct IntakePool {
    options: PoolOptions,
    clock: Arc<dyn Clock>,
    tasks: JoinSet<IntakeStats>,
    tracks: Vec<(task::Id, TrackId)>,
}

/// The intake of a track failed, which is a bug of ours. What it had given out is good; the other tracks go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the intake of the track failed")]
pub struct TrackFailed;

/// Why a unit was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// As many wait as may. The unit is handed back: it can be tried again, or waited for with [`TrackInput::send`].
    #[error("as many units wait as may")]
    Full(RawUnit),
    /// Nobody takes the track's outputs any more, its intake failed, or the pool is gone.
    #[error("the track is taken in no more")]
    Gone,
}

#[derive(Debug)]
enum Input {
    Unit(RawUnit),
    Track(Arc<Track>),
}

/// Where the units of a track go in. Dropping it is the end of the track's input.
#[derive(Debug)]
pub struct TrackInput(mpsc::Sender<Input>);

/// Where a track comes out. Dropping it ends the track's task.
#[derive(Debug)]
pub struct TrackOutput {
    outputs: mpsc::Receiver<Output>,
    snapshot: watch::Receiver<IntakeSnapshot>,
}

impl IntakePool {
    /// A pool without a track. The clock is the one that [`RawUnit::arrival`] is read from.
    pub fn new(options: PoolOptions, clock: Arc<dyn Clock>) -> Self {
        Self { options, clock, tasks: JoinSet::new(), tracks: Vec::new() }
    }

    /// Begins to take a track in.
    ///
    /// # Panics
    /// Outside of a tokio runtime. Its time has to be enabled.
    pub fn add(&mut self, description: TrackDescription) -> (TrackInput, TrackOutput) {
        let depth = self.options.depth.max(1);
        let track = Arc::new(description.track);
        let intake = Intake::new(Arc::clone(&track), description.clock, self.options.limits);
        let (input, inputs) = mpsc::channel(depth);
        let (output, outputs) = mpsc::channel(depth);
        let (told, snapshot) = watch::channel(intake.snapshot(MonoTime(0)));
        let worker = Worker { intake, clock: Arc::clone(&self.clock), depth, inputs, output, told };
        let task = self.tasks.spawn(worker.run());
        self.tracks.push((task.id(), track.id));
        (TrackInput(input), TrackOutput { outputs, snapshot })
    }

    /// Waits until every track has ended, and says what was counted, in the order in which they were added. A track ends when
    /// its input was dropped and its outputs were taken, or when its output is dropped.
    pub async fn drain(mut self) -> Vec<(TrackId, Result<IntakeStats, TrackFailed>)> {
        let mut ended = Vec::new();
        while let Some(result) = self.tasks.join_next_with_id().await {
            ended.push(match result {
                Ok((id, stats)) => (id, Ok(stats)),
                Err(failed) => (failed.id(), Err(TrackFailed)),
            });
        }
        let result = |id| ended.iter().find(|(known, _)| *known == id).map(|(_, result)| *result);
        self.tracks.iter().filter_map(|(id, track)| Some((*track, result(*id)?))).collect()
    }
}

impl TrackInput {
    /// Takes the next unit of the track; waits while there is no room. Cancel-safe, in that a unit is taken or not.
    pub async fn send(&self, unit: RawUnit) -> Result<(), InputError> {
        self.0.send(Input::Unit(unit)).await.map_err(|_| InputError::Gone)
    }

    /// Takes the next unit of the track if there is room.
    pub fn try_send(&self, unit: RawUnit) -> Result<(), InputError> {
        self.0.try_send(Input::Unit(unit)).map_err(|refused| match refused {
            TrySendError::Full(Input::Unit(unit)) => InputError::Full(unit),
            TrySendError::Full(Input::Track(_)) | TrySendError::Closed(_) => InputError::Gone,
        })
    }

    /// Takes a decoder configuration that came out of band, as [`Intake::handle_track`] does.
    pub async fn set_track(&self, track: Track) -> Result<(), InputError> {
        self.0.send(Input::Track(Arc::new(track))).await.map_err(|_| InputError::Gone)
    }
}

impl TrackOutput {
    /// What comes out next; none after the last, or when the intake failed: [`IntakePool::drain`] says which. Cancel-safe.
    pub async fn recv(&mut self) -> Option<Output> {
        self.outputs.recv().await
    }

    /// The latest snapshot.
    pub fn snapshot(&self) -> IntakeSnapshot {
        *self.snapshot.borrow()
    }

    /// The next snapshot, of which there is one each time that a task has worked on what waited; none after the last. Whoever
    /// is slow gets the latest. Cancel-safe.
    pub async fn next_snapshot(&mut self) -> Option<IntakeSnapshot> {
        self.snapshot.changed().await.ok()?;
        Some(*self.snapshot.borrow_and_update())
    }
}

/// What works on one track.
#[derive(Debug)]
struct Worker {
    intake: Intake,
    clock: Arc<dyn Clock>,
    depth: usize,
    inputs: mpsc::Receiver<Input>,
    output: mpsc::Sender<Output>,
    told: watch::Sender<IntakeSnapshot>,
}

impl Worker {
    async fn run(mut self) -> IntakeStats {
        let most = self.depth.min(BATCH);
        let mut batch = Vec::with_capacity(most);
        loop {
            let due = self.intake.poll_timeout().map(|deadline| deadline.saturating_since(self.clock.now().mono));
            let wait = async {
                match due {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => pending().await,
                }
            };
            let ended = tokio::select! {
                came = self.inputs.recv_many(&mut batch, most) => came == 0,
                () = wait => {
                    self.intake.handle_timeout(self.clock.now().mono);
                    false
                }
            };
            for input in batch.drain(..) {
                match input {
                    Input::Unit(unit) => self.intake.handle_unit(unit),
                    Input::Track(track) => self.intake.handle_track(track),
                }
            }
            if ended {
                self.intake.flush();
            }
            self.told.send_replace(self.intake.snapshot(self.clock.now().mono));
            while let Some(output) = self.intake.poll_output() {
                if self.output.send(output).await.is_err() {
                    return *self.intake.stats();
                }
            }
            if ended {
                return *self.intake.stats();
            }
        }
    }
}
