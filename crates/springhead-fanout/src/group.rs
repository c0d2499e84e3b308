//! Many readers of one broadcast that one task serves.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::dormitory::Bed;
use crate::ring::Ring;
use crate::{Reader, RecvError, Run, TryRecvError};

/// The number of a member in its [`Group`]. A number is given to another once its member is gone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Member(usize);

/// Readers of one broadcast that share a task: one waker, many cursors.
///
/// A task that serves a hundred sessions is woken once for a unit rather than a hundred times, which is most of what a
/// delivery costs. Each member is a [`Reader`] with a place, a policy and an account of its own; a session whose peer takes
/// nothing now is put [on hold](Self::hold), and holds up nobody.
///
/// ```
/// # use std::sync::Arc;
/// # use springhead_core::*;
/// # let track = Arc::new(Track {
/// #     id: TrackId(1),
/// #     timescale: Timescale::new(48_000).unwrap(),
/// #     codec: Codec::Aac,
/// #     config: bytes::Bytes::from_static(&[0x11, 0x90]),
/// #     codec_string: "mp4a.40.2".into(),
/// #     params: MediaParams::Audio(AudioParams { sample_rate: 48_000, channels: 2, unit_ticks: 1024 }),
/// #     language: None,
/// # });
/// # let tracks = Arc::new(TrackSet::new(Generation(0), TimelineId(0), vec![track]));
/// # let unit = AccessUnit {
/// #     track: TrackId(1),
/// #     dts: Timestamp(0),
/// #     composition_offset: TickDelta(0),
/// #     duration: Ticks(1024),
/// #     flags: UnitFlags::RANDOM_ACCESS,
/// #     arrival: MonoTime(0),
/// #     payload: bytes::Bytes::from_static(b"\x21\x10\x05").into(),
/// # };
/// use springhead_fanout::{Capacity, Start, ring};
///
/// let mut writer = ring(Capacity::default());
/// let (mut group, source) = (writer.source().group(), writer.source());
/// let [one, another] = [(); 2].map(|()| group.add(source.reader(Start::RandomAccess)));
/// writer.publish(unit, &tracks);
/// group.hold(another);
/// assert!(group.try_recv(32).is_some_and(|(member, run)| member == one && run.is_ok_and(|run| run.len() == 1)));
/// assert!(group.try_recv(32).is_none());
/// group.release(another);
/// assert!(group.try_recv(32).is_some_and(|(member, _)| member == another));
/// ```
pub struct Group {
    /// None for a group of a broadcast that was closed before.
    ring: Option<Arc<Ring>>,
    bed: Bed,
    members: Vec<Option<Seat>>,
    vacant: Vec<usize>,
    /// The member to be asked next, and how many were asked in vain since something changed.
    turn: usize,
    in_vain: usize,
    /// How much was published, and whether the broadcast was closed, when those who were asked in vain were asked first.
    seen: (u64, bool),
}

struct Seat {
    reader: Reader,
    is_on_hold: bool,
}

impl Group {
    pub(crate) fn new(ring: Option<Arc<Ring>>) -> Self {
        Self {
            ring,
            bed: Bed::default(),
            members: Vec::new(),
            vacant: Vec::new(),
            turn: 0,
            in_vain: 0,
            seen: (0, false),
        }
    }

    /// Has the writer itself wake the task, as [`Reader::woken_by_writer`] does.
    #[must_use]
    pub fn woken_by_writer(mut self) -> Self {
        self.bed = Bed::by_writer();
        self
    }

    /// Has that relay wake the task, as [`Reader::woken_by`] does.
    #[must_use]
    pub fn woken_by(mut self, relay: usize) -> Self {
        self.bed = Bed::by_relay(relay);
        self
    }

    /// Takes a reader in. It has to be one of the group's own broadcast, as others do not wake it.
    pub fn add(&mut self, reader: Reader) -> Member {
        let seat = Some(Seat { reader, is_on_hold: false });
        self.in_vain = 0;
        match self.vacant.pop() {
            Some(at) => {
                self.members[at] = seat;
                Member(at)
            }
            None => {
                self.members.push(seat);
                Member(self.members.len() - 1)
            }
        }
    }

    /// Lets a member go, if there is one of that number.
    pub fn remove(&mut self, member: Member) -> Option<Reader> {
        let seat = self.members.get_mut(member.0)?.take()?;
        self.vacant.push(member.0);
        Some(seat.reader)
    }

    /// Gives a member nothing until it is [released](Self::release). Its place stays; what it is too late for then, it does
    /// without, as its policy says.
    pub fn hold(&mut self, member: Member) {
        self.set_on_hold(member, true);
    }

    /// Goes on giving to a member.
    pub fn release(&mut self, member: Member) {
        self.set_on_hold(member, false);
        self.in_vain = 0;
    }

    fn set_on_hold(&mut self, member: Member, is_on_hold: bool) {
        if let Some(Some(seat)) = self.members.get_mut(member.0) {
            seat.is_on_hold = is_on_hold;
        }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len() - self.vacant.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The reader of a member, to look at what became of its units.
    pub fn member(&self, member: Member) -> Option<&Reader> {
        self.members.get(member.0)?.as_ref().map(|seat| &seat.reader)
    }

    /// Something for one of the members, each in its turn: up to `most` units, or why none ever comes again, upon which the
    /// member is gone. None when there is nothing for any.
    pub fn try_recv(&mut self, most: usize) -> Option<(Member, Result<Run, RecvError>)> {
        let now = self.ring.as_ref().map_or((0, true), |ring| (ring.head(), ring.is_closed()));
        if now != self.seen {
            (self.seen, self.in_vain) = (now, 0);
        }
        while self.in_vain < self.members.len() {
            let at = if self.turn < self.members.len() { self.turn } else { 0 };
            let Some(seat) = self.members[at].as_mut().filter(|seat| !seat.is_on_hold) else {
                self.pass(at);
                continue;
            };
            match seat.reader.try_recv_run(most) {
                Ok(run) => {
                    // It may have more: it is asked again when the others were.
                    self.turn = at + 1;
                    self.in_vain = 0;
                    return Some((Member(at), Ok(run)));
                }
                Err(TryRecvError::Empty) => self.pass(at),
                Err(TryRecvError::Ended(end)) => {
                    self.remove(Member(at));
                    self.pass(at);
                    return Some((Member(at), Err(end)));
                }
            }
        }
        None
    }

    fn pass(&mut self, at: usize) {
        self.turn = at + 1;
        self.in_vain += 1;
    }

    /// As [`try_recv`](Self::try_recv); when there is nothing for any member, the task of `cx` is woken by the next unit or by
    /// the close. That there are no members, or none that is not on hold, is no reason not to wait.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<(Member, Result<Run, RecvError>)> {
        for lies_down in [false, true] {
            if let Some(received) = self.try_recv(most) {
                return Poll::Ready(received);
            }
            if !lies_down {
                self.lie_down(cx);
            }
        }
        Poll::Pending
    }

    /// Waits for something for one of the members. Cancel-safe.
    pub async fn recv(&mut self, most: usize) -> (Member, Result<Run, RecvError>) {
        poll_fn(|cx| self.poll_recv(cx, most)).await
    }

    fn lie_down(&mut self, cx: &Context<'_>) {
        if let Some(ring) = &self.ring {
            ring.dormitory.lie_down(&mut self.bed, cx.waker());
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.ring.iter().for_each(|ring| ring.dormitory.leave(&self.bed));
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("members", &self.len()).finish_non_exhaustive()
    }
}
