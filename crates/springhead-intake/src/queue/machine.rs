//! The machine: bounds, policy and waker.

use std::task::{Context, Poll, Waker};

use springhead_core::lag::{Allowance, Pressure, Thinning, Verdict};
use springhead_core::{AccessUnit, LagPolicy, MediaKind, MonoTime};

use super::lanes::{Admitted, Entry, Lane, Lanes, Rank, Turn};
use super::{GivenUp, QueueStats};

/// How much may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueueCapacity {
    /// The most units. Default 1024: ten seconds of 60 pictures and 43 units of sound a second. One waits even if this is 0.
    pub units: usize,
    /// The most payload bytes of them. Default 16 MiB.
    pub bytes: usize,
}

impl Default for QueueCapacity {
    fn default() -> Self {
        Self { units: 1024, bytes: 16 << 20 }
    }
}

/// A unit that came out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The unit.
    pub unit: AccessUnit,
    /// How many units of any track were given up since the delivery before.
    pub skipped: u64,
    /// The group of pictures before this one was cut short, or is missing: to whoever reads on, this random access point is a
    /// discontinuity. Disposable pictures that were left out by themselves are not meant.
    pub resumed: bool,
}

/// A queue between one producer and one slower consumer.
///
/// [`push`](Self::push) takes a unit and says what had to be given up for it; [`pop`](Self::pop) gives the next one. It is
/// data: who shares it between tasks puts it behind a lock of his own, and has [`poll_pop`](Self::poll_pop) wake the consumer.
///
/// What holds, whatever is pushed and popped when:
///
/// - Units come out in the order in which they went in, of all tracks together.
/// - A picture comes out only if everything came out that it may refer to: all pictures since the last random access point
///   that are not disposable. A random access point is never given up before what depends on it.
/// - Sound is never given up for room while a picture waits; see [the module](super) for what goes first.
/// - At most [`QueueCapacity::units`] units of [`QueueCapacity::bytes`] wait, or one. A unit that is longer than that by
///   itself waits only where nothing else does; otherwise it is given up rather than all the others for it.
/// - [`QueueStats::pushed`] = [`QueueStats::popped`] + [`GivenUp::total`] + [`QueueStats::waiting_units`].
///
/// A push and a pop cost the same however much waits; giving up costs no more for each unit than having taken it. Beside the
/// units that wait it holds a few words for each track that ever had a picture.
///
/// ```
/// use bytes::Bytes;
/// use springhead_core::{AccessUnit, LagPolicy, MediaKind, MonoTime, TickDelta, Ticks, Timestamp, TrackId, UnitFlags};
/// use springhead_intake::queue::{Queue, QueueCapacity};
///
/// let now = MonoTime(0);
/// let picture = |dts, flags| AccessUnit {
///     track: TrackId(1),
///     dts: Timestamp(dts),
///     composition_offset: TickDelta(0),
///     duration: Ticks(1),
///     flags,
///     arrival: now,
///     payload: Bytes::from_static(b"\0\0\0\x01\x65").into(),
/// };
/// let mut queue = Queue::new(QueueCapacity { units: 2, ..QueueCapacity::default() }, LagPolicy::live());
/// queue.push(picture(0, UnitFlags::RANDOM_ACCESS), MediaKind::Video, now);
/// queue.push(picture(1, UnitFlags::DISPOSABLE), MediaKind::Video, now);
/// let given_up = queue.push(picture(2, UnitFlags::empty()), MediaKind::Video, now);
/// assert_eq!(given_up.disposable, 1);
///
/// let came: Vec<_> = std::iter::from_fn(|| queue.pop(now)).map(|next| (next.unit.dts.0, next.skipped)).collect();
/// assert_eq!(came, [(0, 1), (2, 0)]);
/// ```
#[derive(Debug)]
pub struct Queue {
    capacity: QueueCapacity,
    policy: LagPolicy,
    /// Nanoseconds that a picture may be behind without a question, by the policy.
    patience: u64,
    lanes: Lanes,
    /// What of the pictures whose turn it is goes by time.
    thinning: Thinning,
    allowance: Option<Allowance>,
    over_budget: bool,
    /// The latest arrival of a unit that was pushed.
    newest: MonoTime,
    /// How many were given up since the last delivery.
    untold: u64,
    consumer: Option<Waker>,
    closed: bool,
    stats: QueueStats,
}

impl Queue {
    /// An empty queue.
    pub fn new(capacity: QueueCapacity, policy: LagPolicy) -> Self {
        let bounds = [policy.disposable_after, policy.tail_after].into_iter().flatten();
        let patience = bounds.min().map(|bound| u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX));
        Self {
            capacity,
            policy,
            patience: patience.unwrap_or(u64::MAX),
            lanes: Lanes::default(),
            thinning: Thinning::new(),
            allowance: policy.budget.map(Allowance::new),
            over_budget: false,
            newest: MonoTime(0),
            untold: 0,
            consumer: None,
            closed: false,
            stats: QueueStats::default(),
        }
    }

    /// Takes the next unit, in decode order within its track, and wakes the consumer if it waits. Says what was given up:
    /// other units that waited, or this one.
    #[inline]
    pub fn push(&mut self, unit: AccessUnit, kind: MediaKind, now: MonoTime) -> GivenUp {
        self.stats.pushed += 1;
        if self.closed {
            return self.count(GivenUp { closed: 1, ..GivenUp::default() });
        }
        self.newest = self.newest.max(unit.arrival);
        if unit.payload.len() > self.capacity.bytes && self.lanes.units() > 0 {
            return self.refuse(&unit, kind, now);
        }
        if self.lanes.push(unit, kind) == Admitted::Refused {
            return self.count(GivenUp { tail: 1, ..GivenUp::default() });
        }
        let given_up = if self.is_over() { self.make_room(now) } else { GivenUp::default() };
        self.note_waiting();
        self.stats.peak_units = self.stats.peak_units.max(self.stats.waiting_units);
        self.stats.peak_bytes = self.stats.peak_bytes.max(self.stats.waiting_bytes);
        if self.consumer.is_some() {
            self.wake();
        }
        given_up
    }

    /// The next unit; none when nothing waits that is to go out.
    #[inline]
    pub fn pop(&mut self, now: MonoTime) -> Option<Delivery> {
        while let Some(lane) = self.lanes.next() {
            let turn = self.lanes.take(lane)?;
            let verdict =
                if lane == Lane::Sound || self.is_calm(&turn) { Verdict::Give } else { self.judge(&turn, now) };
            self.note_waiting();
            if verdict.is_given() {
                let resumed = turn.place.entry == Entry::AfterBreak || verdict == Verdict::Resume;
                return Some(self.deliver(turn.unit, resumed));
            }
        }
        None
    }

    /// The next unit, as soon as one waits; none once the queue is closed and empty. The consumer that asked last is woken.
    pub fn poll_pop(&mut self, cx: &mut Context<'_>, now: MonoTime) -> Poll<Option<Delivery>> {
        if let Some(next) = self.pop(now) {
            return Poll::Ready(Some(next));
        }
        if self.closed {
            return Poll::Ready(None);
        }
        match &mut self.consumer {
            Some(known) => known.clone_from(cx.waker()),
            None => self.consumer = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// The end of the input: what waits can still be had, and nothing more comes to wait.
    pub fn close(&mut self) {
        self.closed = true;
        self.wake();
    }

    /// Whether pictures were given up more often than [`LagPolicy::budget`] allows: time to send the consumer away. It stays
    /// so.
    pub fn is_over_budget(&self) -> bool {
        self.over_budget
    }

    /// What was counted, and what waits.
    pub fn stats(&self) -> &QueueStats {
        &self.stats
    }

    /// Whether a picture waits.
    pub fn holds_pictures(&self) -> bool {
        self.lanes.has_pictures()
    }

    #[inline]
    fn is_over(&self) -> bool {
        let too_much = self.lanes.units() > self.capacity.units || self.lanes.bytes() > self.capacity.bytes;
        too_much && self.lanes.units() > 1
    }

    #[cold]
    fn make_room(&mut self, now: MonoTime) -> GivenUp {
        let mut given_up = GivenUp::default();
        while self.is_over() {
            let Some(victim) = self.lanes.give_up() else { break };
            match victim.rank {
                Rank::Disposable => given_up.disposable += 1,
                Rank::Tail => given_up.tail += 1,
                Rank::RandomAccess => given_up.random_access += 1,
                Rank::Sound => given_up.sound += 1,
            }
            if victim.breaks {
                self.spend(now);
            }
        }
        self.count(given_up)
    }

    /// Gives up a unit that would take all the room there is.
    #[cold]
    fn refuse(&mut self, unit: &AccessUnit, kind: MediaKind, now: MonoTime) -> GivenUp {
        let mut given_up = GivenUp::default();
        match kind {
            MediaKind::Audio | MediaKind::Metadata => given_up.sound = 1,
            MediaKind::Video if unit.is_random_access() => given_up.random_access = 1,
            MediaKind::Video if unit.is_disposable() => given_up.disposable = 1,
            MediaKind::Video => given_up.tail = 1,
        }
        let referred_to = given_up.random_access + given_up.tail > 0;
        if referred_to && self.lanes.break_off(unit) {
            self.spend(now);
        }
        self.count(given_up)
    }

    /// Whether a picture goes out without a question, as nothing goes by time.
    #[inline]
    fn is_calm(&self, turn: &Turn) -> bool {
        let is_new = self.newest.0.saturating_sub(turn.unit.arrival.0) <= self.patience;
        is_new && turn.place.entry == Entry::None && self.thinning.is_whole()
    }

    /// Whether a picture goes out whose turn it is; if not, it is counted.
    #[cold]
    fn judge(&mut self, turn: &Turn, now: MonoTime) -> Verdict {
        let unit = &turn.unit;
        let whole = turn.place.entry != Entry::AfterBreak && !self.thinning.is_broken(unit.track);
        let pressure = self.policy.pressure(self.newest.saturating_since(unit.arrival));
        let verdict = if pressure == Pressure::Tail && turn.place.followed && unit.is_random_access() {
            // Pictures go up to the newest random access point, and a newer one waits.
            self.thinning.break_off(unit.track);
            Verdict::Break
        } else {
            self.thinning.judge(unit, true, pressure)
        };
        if turn.place.entry != Entry::None && verdict == Verdict::Give {
            self.thinning.enter(unit);
        }
        let mut given_up = GivenUp::default();
        match verdict {
            Verdict::Give | Verdict::Resume => {}
            Verdict::Spare => given_up.disposable = 1,
            Verdict::Break if unit.is_random_access() => given_up.random_access = 1,
            Verdict::Break => given_up.tail = 1,
        }
        self.count(given_up);
        if whole && verdict == Verdict::Break {
            self.spend(now);
        }
        verdict
    }

    fn count(&mut self, given_up: GivenUp) -> GivenUp {
        self.stats.given_up.add(&given_up);
        self.untold += given_up.total();
        given_up
    }

    fn deliver(&mut self, unit: AccessUnit, resumed: bool) -> Delivery {
        let skipped = std::mem::take(&mut self.untold);
        self.stats.popped += 1;
        self.stats.resumed += u64::from(resumed);
        Delivery { unit, skipped, resumed }
    }

    fn wake(&mut self) {
        if let Some(consumer) = self.consumer.take() {
            consumer.wake();
        }
    }

    fn spend(&mut self, now: MonoTime) {
        if let Some(allowance) = &mut self.allowance {
            self.over_budget |= !allowance.spend(now);
        }
    }

    fn note_waiting(&mut self) {
        self.stats.waiting_units = self.lanes.units() as u64;
        self.stats.waiting_bytes = self.lanes.bytes() as u64;
    }
}

#[cfg(test)]
mod tests;
