//! Where the readers of one ring sleep.

use std::num::NonZero;
use std::sync::Arc;
use std::task::Waker;

use crate::relay::Relays;
use crate::sleepers::{Sleeper, Sleepers};
use crate::sync::{AtomicBool, AtomicUsize, Ordering};

/// Which of a ring's sleepers a reader belongs to: those of the relay of that number less one, or else those whom the writer
/// wakes itself.
type Room = NonZero<u32>;

/// Where one reader, or a group of them, sleeps on a ring: its room, and itself asleep, from the first time on.
#[derive(Default)]
pub(crate) struct Bed {
    room: Option<Room>,
    sleeper: Option<Arc<Sleeper>>,
}

impl Bed {
    /// In the room of those whom the writer wakes itself.
    pub(crate) fn by_writer() -> Self {
        Self { room: Some(Dormitory::BY_WRITER), sleeper: None }
    }

    /// In the room of a relay, counted from 0.
    pub(crate) fn by_relay(relay: usize) -> Self {
        let room = u32::try_from(relay).ok().and_then(|relay| Room::MIN.checked_add(relay));
        Self { room: Some(room.unwrap_or(Dormitory::BY_WRITER)), sleeper: None }
    }
}

/// All who sleep on one ring: in a room of those whom the writer wakes, and in one for each relay.
///
/// The writer leaves word with one relay, its [home](Self::home), and that one with the others. Where each runs on a thread of
/// its own, the writer's is the one on its own thread: to tell that one costs no call to the system, which to start another
/// thread does.
pub(crate) struct Dormitory {
    relays: Relays,
    home: AtomicUsize,
    by_writer: Sleepers,
    /// Whether anybody ever slept there: seldom so, and a look at a queue is two more lines of memory for the writer.
    is_by_writer_used: AtomicBool,
    by_relay: Box<[Relayed]>,
    /// Which relay the next reader belongs to that goes to sleep for the first time.
    turn: AtomicUsize,
}

struct Relayed {
    sleepers: Sleepers,
    /// Whether word was left with the relay that has not been taken yet.
    is_told: AtomicBool,
}

impl Dormitory {
    /// Those whom the writer wakes itself; no relay has that number.
    const BY_WRITER: Room = Room::MAX;

    pub(crate) fn new(relays: &Relays) -> Self {
        let room = || Relayed { sleepers: Sleepers::new(), is_told: AtomicBool::new(false) };
        Self {
            relays: relays.clone(),
            home: AtomicUsize::new(relays.next_home()),
            by_writer: Sleepers::new(),
            is_by_writer_used: AtomicBool::new(false),
            by_relay: (0..relays.len()).map(|_| room()).collect(),
            turn: AtomicUsize::new(0),
        }
    }

    /// Has the writer leave word with that relay.
    pub(crate) fn set_home(&self, relay: usize) {
        self.home.store(relay, Ordering::Relaxed);
    }

    fn home(&self) -> usize {
        self.home.load(Ordering::Relaxed) % self.by_relay.len().max(1)
    }

    /// Has the task of `waker` woken by the next unit. The caller must look once more before it sleeps.
    pub(crate) fn lie_down(&self, Bed { room, sleeper }: &mut Bed, waker: &Waker) {
        let room = self.room(*room.get_or_insert_with(|| self.next_room()));
        if std::ptr::eq(room, &self.by_writer) && !self.is_by_writer_used.load(Ordering::Relaxed) {
            // Seen by whoever sees, behind a fence, who lies there.
            self.is_by_writer_used.store(true, Ordering::Relaxed);
        }
        if sleeper.as_ref().is_none_or(|sleeper| !sleeper.is_woken_by(waker))
            && let Some(before) = sleeper.replace(Sleeper::new(waker))
        {
            room.leave(&before);
        }
        sleeper.iter().for_each(|sleeper| room.lie_down(sleeper));
    }

    /// Nobody sleeps in that bed any more.
    pub(crate) fn leave(&self, bed: &Bed) {
        if let (Some(room), Some(sleeper)) = (bed.room, &bed.sleeper) {
            self.room(room).leave(sleeper);
        }
    }

    /// Where somebody is to sleep who was not told.
    fn next_room(&self) -> Room {
        match self.by_relay.len() {
            0 => Self::BY_WRITER,
            count => {
                let relay = self.turn.fetch_add(1, Ordering::Relaxed) % count;
                Room::MIN.saturating_add(relay as u32)
            }
        }
    }

    fn room(&self, room: Room) -> &Sleepers {
        let relay = usize::try_from(room.get() - 1).ok();
        relay.and_then(|relay| self.by_relay.get(relay)).map_or(&self.by_writer, |relayed| &relayed.sleepers)
    }

    /// Has everyone woken; the caller has made visible what they are woken for, and passed its fence.
    pub(crate) fn wake(self: &Arc<Self>) {
        if self.is_by_writer_used.load(Ordering::Relaxed) && !self.by_writer.is_empty() {
            self.by_writer.wake_all();
        }
        if self.by_relay.iter().any(|room| !room.sleepers.is_empty()) {
            self.tell(self.home());
        }
    }

    /// Leaves word with a relay, unless it has word of this already.
    fn tell(self: &Arc<Self>, relay: usize) {
        if !self.by_relay[relay].is_told.swap(true, Ordering::AcqRel) {
            self.relays.post(relay).leave(self);
        }
    }

    /// What the relay of that number has to do: how many sleep in its room. Its word is taken with that, so that for whoever
    /// lies down later it is told anew.
    pub(crate) fn take_word(self: &Arc<Self>, relay: usize) -> usize {
        self.by_relay[relay].is_told.swap(false, Ordering::AcqRel);
        if relay == self.home() {
            let others = (0..self.by_relay.len()).filter(|other| *other != relay);
            others.filter(|other| !self.by_relay[*other].sleepers.is_empty()).for_each(|other| self.tell(other));
        }
        self.by_relay[relay].sleepers.len()
    }

    /// Wakes the first `most` in the room of that relay.
    pub(crate) fn wake_in(&self, relay: usize, most: usize) {
        self.by_relay[relay].sleepers.wake(most);
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) fn len(&self) -> usize {
        self.by_writer.len() + self.by_relay.iter().map(|room| room.sleepers.len()).sum::<usize>()
    }
}
