//! The splices that manifests tell of.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead_core::WallTime;

use super::announcement::Key;
use super::splice::printed;
use super::{Announcement, EventIds, Role, Splice, SpliceMessage};

/// The most that are told of at a time. What comes beyond is left out: to take one away of which a segment is listed would
/// break a promise (rfc8216bis §6.2.1).
const MOST: usize = 128;
/// Once their sections have so many bytes, there is no room for another; each is twice as many digits in every playlist.
const MOST_BYTES: usize = 32 << 10;
/// Two announcements of one event are the same if their times are no farther apart.
const SAME: Duration = Duration::from_millis(500);
/// After so long a break that nobody ended is over.
const LONGEST: Duration = Duration::from_secs(86_400);
/// How long after one that takes effect at once it may be repeated, where nothing says how long it lasts.
const REPEATED: Duration = Duration::from_secs(10);

/// When something is announced for, and when it was announced, both as dates of the pictures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub(crate) date: WallTime,
    /// Whether it was to be at once.
    pub(crate) at_once: bool,
    pub(crate) came: WallTime,
}

/// The splices of a broadcast that belong to what is listed, or to what is still to come, in the order announced.
#[derive(Debug, Default)]
pub(crate) struct Splices {
    entries: Vec<Entry>,
    ids: EventIds,
    /// The same, for snapshots.
    shared: Arc<[Splice]>,
}

#[derive(Debug)]
struct Entry {
    key: Key,
    splice: Splice,
}

/// What an announcement came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// There is something to tell that was not told before. Where a splice was added to or begun, at which date.
    News(Option<WallTime>),
    /// It was known.
    Known,
    /// There is no room for it, or no sense in it.
    LeftOut,
}

impl Splices {
    pub(crate) fn shared(&self) -> Arc<[Splice]> {
        self.shared.clone()
    }

    /// Takes what a section announces of one event.
    pub(crate) fn take(&mut self, announcement: &Announcement, at: At, section: &Bytes) -> Taken {
        let at = At { date: printed(at.date), came: printed(at.came), ..at };
        let taken = match announcement.role {
            Role::Cancel => self.cancel(&announcement.key, at.came),
            Role::Out => self.leave(announcement, at, section),
            Role::In => self.come_back(announcement, at, section),
            Role::Command => self.command(announcement, at, section),
        };
        if matches!(taken, Taken::News(_)) {
            self.share();
        }
        taken
    }

    /// Says where a segment begins for the splices at a date.
    pub(crate) fn note_boundary(&mut self, splice: WallTime, offset_nanos: i64) {
        let mut noted = self.entries.iter_mut().filter(|entry| entry.splice.start == splice);
        if let Some(entry) = noted.find(|entry| entry.splice.boundary_nanos.is_none()) {
            entry.splice.boundary_nanos = Some(offset_nanos);
            self.share();
        }
    }

    /// Whether something begins or ends at a date.
    pub(crate) fn is_spliced_at(&self, date: WallTime) -> bool {
        self.entries.iter().map(|entry| &entry.splice).filter(|splice| !splice.cancelled).any(|splice| {
            splice.start == date || splice.duration.is_some_and(|duration| splice.start + duration == date)
        })
    }

    /// Forgets those that end before what is listed begins; says whether there were any.
    pub(crate) fn forget_before(&mut self, listed: WallTime) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.splice.end().unwrap_or(entry.splice.start + LONGEST) >= listed);
        let gone = self.entries.len() < before;
        if gone {
            self.share();
        }
        gone
    }

    fn share(&mut self) {
        self.shared = self.entries.iter().map(|entry| entry.splice.clone()).collect();
    }

    fn cancel(&mut self, key: &Key, came: WallTime) -> Taken {
        let mut taken = Taken::Known;
        for entry in self.entries.iter_mut().filter(|entry| entry.key.is_of(key)) {
            let splice = &mut entry.splice;
            // An instant that is over can no more be cancelled than a stretch that is.
            if splice.duration.is_none() && (splice.out.is_some() || splice.start > came) {
                end_now(splice, came);
                taken = Taken::News(None);
            }
        }
        taken
    }

    fn leave(&mut self, announcement: &Announcement, at: At, section: &Bytes) -> Taken {
        let mut of_event = self.entries.iter_mut().rev();
        let last = of_event.find(|entry| entry.key == announcement.key && entry.splice.out.is_some());
        if let Some(splice) = last.map(|entry| &mut entry.splice).filter(|splice| !splice.cancelled) {
            let goes_on = splice.start + splice.planned.unwrap_or(REPEATED);
            let repeated = at.at_once && splice.duration.is_none() && at.came >= splice.start && at.came <= goes_on;
            if repeated || distance(splice.start, at.date) <= SAME {
                // What was not said at first may be added.
                if splice.planned.is_none() && announcement.planned.is_some() && splice.duration.is_none() {
                    splice.planned = announcement.planned;
                    return Taken::News(None);
                }
                return Taken::Known;
            }
            // It was moved before it began: what was published of it cannot change, so that it ends and another begins.
            if splice.duration.is_none() && splice.start > at.came {
                end_now(splice, at.came);
            }
        }
        let message = |this: &mut Self| this.message(at.date, section);
        self.add(announcement, at, |this| Splice { out: Some(message(this)), ..empty(at.date) })
    }

    fn come_back(&mut self, announcement: &Announcement, at: At, section: &Bytes) -> Taken {
        let returned = |splice: &Splice| {
            let end = splice.duration.map(|duration| splice.start + duration).filter(|_| splice.back.is_some());
            let end = end.or(splice.back.as_ref().map(|_| splice.start));
            let repeated = |end: WallTime| at.at_once && at.came >= end && at.came <= end + REPEATED;
            end.is_some_and(|end| distance(end, at.date) <= SAME || repeated(end))
        };
        if self.entries.iter().any(|entry| entry.key == announcement.key && returned(&entry.splice)) {
            return Taken::Known;
        }
        let open = |entry: &Entry| {
            entry.key == announcement.key
                && entry.splice.out.is_some()
                && entry.splice.duration.is_none()
                && entry.splice.start <= at.date
        };
        let Some(place) = self.entries.iter().rposition(open) else {
            // The beginning was before this origin's, or was lost.
            let message = |this: &mut Self| this.message(at.date, section);
            return self.add(announcement, at, |this| Splice {
                back: Some(message(this)),
                planned: None,
                ..empty(at.date)
            });
        };
        // That it ends is told in any case.
        let message = self.has_room().then(|| self.message(at.date, section));
        let splice = &mut self.entries[place].splice;
        splice.duration = Some(distance(splice.start, at.date));
        splice.back = message;
        Taken::News(Some(at.date))
    }

    fn command(&mut self, announcement: &Announcement, at: At, section: &Bytes) -> Taken {
        let same = |entry: &Entry| {
            let instant = matches!(entry.key, Key::Section(_)) && at.at_once;
            entry.key == announcement.key && (instant || distance(entry.splice.start, at.date) <= SAME)
        };
        if self.entries.iter().any(same) {
            return Taken::Known;
        }
        let message = |this: &mut Self| this.message(at.date, section);
        let taken = self.add(announcement, at, |this| Splice { command: Some(message(this)), ..empty(at.date) });
        // Nothing is spliced there.
        if matches!(taken, Taken::News(_)) { Taken::News(None) } else { taken }
    }

    fn add(&mut self, announcement: &Announcement, at: At, splice: impl FnOnce(&mut Self) -> Splice) -> Taken {
        if self.entries.len() >= MOST || !self.has_room() {
            return Taken::LeftOut;
        }
        let splice = splice(self);
        let planned = splice.planned.or(announcement.planned.filter(|_| splice.back.is_none()));
        let id = self.name(&announcement.key, at.date);
        self.entries.push(Entry { key: announcement.key.clone(), splice: Splice { id, planned, ..splice } });
        Taken::News(Some(at.date))
    }

    /// Whether another section may be kept.
    fn has_room(&self) -> bool {
        self.entries.iter().map(|entry| entry.splice.bytes()).sum::<usize>() < MOST_BYTES
    }

    fn message(&mut self, at: WallTime, section: &Bytes) -> SpliceMessage {
        SpliceMessage { section: section.clone(), event: self.ids.next(at) }
    }

    /// An id that was never used and never will be: its date is in it, and what lies before the window is not taken.
    fn name(&self, key: &Key, at: WallTime) -> Arc<str> {
        let millis = at.unix_millis();
        let name = match key {
            Key::Insert(event) => format!("insert-{event}-{millis}"),
            Key::Segment(event, of_start) => format!("segment-{event}-{:02x}-{millis}", of_start.unwrap_or(0)),
            Key::Section(_) => format!("command-{millis}"),
        };
        let taken = |name: &str| self.entries.iter().any(|entry| *entry.splice.id == *name);
        let numbered = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name}-{n}")));
        numbered.into_iter().find(|name| !taken(name)).unwrap_or(name).into()
    }
}

fn empty(start: WallTime) -> Splice {
    Splice {
        id: "".into(),
        start,
        planned: None,
        duration: None,
        out: None,
        back: None,
        command: None,
        cancelled: false,
        boundary_nanos: None,
    }
}

/// It does not go on: from `now`, or not at all where it has not begun.
fn end_now(splice: &mut Splice, now: WallTime) {
    splice.cancelled = splice.start > now;
    splice.duration = Some(if splice.cancelled { Duration::ZERO } else { distance(splice.start, now) });
}

fn distance(one: WallTime, other: WallTime) -> Duration {
    Duration::from_nanos(one.0.abs_diff(other.0))
}
