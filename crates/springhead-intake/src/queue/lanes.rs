//! The units that wait, by what has to be given up before them.
//!
//! Each lane is in the order of turns, so a unit leaves at its lane's front when it is its turn, and at the front or back of
//! some lane when it is given up: neither ever searches among units. The units themselves lie still in slots, as moving them
//! from place to place would be most of the work.

use std::collections::VecDeque;

use springhead_core::{AccessUnit, MediaKind, MonoTime, Rope, TickDelta, Ticks, Timestamp, TrackId, UnitFlags};

/// What lies in a slot whose unit went.
const VACANT: AccessUnit = AccessUnit {
    track: TrackId(0),
    dts: Timestamp::ZERO,
    composition_offset: TickDelta(0),
    duration: Ticks::ZERO,
    flags: UnitFlags::empty(),
    arrival: MonoTime(0),
    payload: Rope::new(),
};

/// Where a unit lies, and its turn, which rises by one with each unit of any lane.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    turn: u64,
    slot: usize,
    random_access: bool,
}

/// What became of a unit that was to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Admitted {
    /// It waits.
    Waits,
    /// Its track waits for a random access point, and it is none.
    Refused,
}

/// A unit that was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Victim {
    pub(super) rank: Rank,
    /// Its track was whole until then, and goes on at a random access point only.
    pub(super) breaks: bool,
}

/// What a victim was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rank {
    Disposable,
    Tail,
    RandomAccess,
    Sound,
}

/// Where the unit waits whose turn it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lane {
    Sound,
    Disposable,
    Pictures(usize),
}

/// A unit whose turn it is.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) unit: AccessUnit,
    pub(super) place: Place,
}

/// What is known of its track.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// Whether its track is entered here.
    pub(super) entry: Entry,
    /// A newer random access point of its track waits.
    pub(super) followed: bool,
}

/// Whether a track is entered at a random access point, with nothing of what came before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Entry {
    /// It is not: all came out before that this unit may refer to.
    #[default]
    None,
    /// For the first time.
    First,
    /// Something that others may have referred to was given up between the unit before and this one.
    AfterBreak,
}

/// All that waits.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    next_turn: u64,
    bytes: usize,
    slots: Vec<AccessUnit>,
    /// Slots whose unit went.
    free: Vec<usize>,
    sound: VecDeque<Waiting>,
    disposable: VecDeque<Waiting>,
    pictures: Vec<Pictures>,
}

/// The pictures of one track that others may refer to.
#[derive(Debug)]
struct Pictures {
    track: TrackId,
    /// In decode order. The last is still coming and may be empty; none of the others is.
    groups: VecDeque<Group>,
    /// So many of the first groups are known to be random access points and nothing else, and none of them is the last.
    bare: usize,
    /// Whether a random access point came at all.
    begun: bool,
    /// Nothing is taken until a random access point.
    broken: bool,
    /// What is left of a group that went, for the next.
    spare: VecDeque<Waiting>,
}

/// A random access point and what depends on it, or the rest of that.
#[derive(Debug, Default)]
struct Group {
    units: VecDeque<Waiting>,
    entry: Entry,
}

impl Group {
    /// Something before it was given up. Says whether the track was whole until then.
    fn enter_after_break(&mut self) -> bool {
        std::mem::replace(&mut self.entry, Entry::AfterBreak) == Entry::None
    }

    /// Nothing is left but the random access point.
    fn is_bare(&self) -> bool {
        self.units.len() == 1 && self.units[0].random_access
    }
}

impl Pictures {
    fn new(track: TrackId) -> Self {
        let groups = VecDeque::from([Group::default()]);
        Self { track, groups, bare: 0, begun: false, broken: true, spare: VecDeque::new() }
    }

    #[inline]
    fn push(&mut self, waiting: Waiting) {
        if waiting.random_access {
            let entry = match (self.begun, self.broken) {
                (true, true) => Entry::AfterBreak,
                (false, _) => Entry::First,
                (true, false) => Entry::None,
            };
            (self.begun, self.broken) = (true, false);
            match self.groups.back_mut() {
                Some(last) if last.units.is_empty() => last.entry = entry,
                _ => self.groups.push_back(Group { units: std::mem::take(&mut self.spare), entry }),
            }
        }
        self.groups.back_mut().expect("there is always a last group").units.push_back(waiting);
    }

    /// The turn of the first one.
    fn turn(&self) -> Option<u64> {
        self.groups.front().and_then(|group| group.units.front()).map(|first| first.turn)
    }

    #[inline]
    fn take(&mut self) -> Option<(Waiting, Place)> {
        let followed = self.groups.len() > 1;
        let group = self.groups.front_mut()?;
        let first = group.units.pop_front()?;
        let entry = std::mem::take(&mut group.entry);
        if followed && group.units.is_empty() {
            self.drop_first_group();
        }
        Some((first, Place { entry, followed }))
    }

    /// The first group is empty, and is not the last.
    fn drop_first_group(&mut self) {
        self.spare = self.groups.pop_front().unwrap_or_default().units;
        self.bare = self.bare.saturating_sub(1);
    }

    /// The first group that is not the last and has more than its random access point.
    fn oldest_tail(&mut self) -> Option<&Group> {
        while self.bare + 1 < self.groups.len() && self.groups[self.bare].is_bare() {
            self.bare += 1;
        }
        (self.bare + 1 < self.groups.len()).then(|| &self.groups[self.bare])
    }

    /// Gives up the last picture of that group. Says whether the track was whole there until then.
    fn give_up_tail(&mut self) -> Option<(Waiting, bool)> {
        let last = self.groups[self.bare].units.pop_back()?;
        let breaks = self.groups[self.bare + 1].enter_after_break();
        if self.groups[self.bare].units.is_empty() {
            // Only of the first group can the random access point have gone out.
            self.drop_first_group();
        }
        Some((last, breaks))
    }

    /// Gives up the first random access point, of whose group nothing else is left and which is not the last.
    fn give_up_bare(&mut self) -> Option<(Waiting, bool)> {
        let only = self.groups.front_mut()?.units.pop_front()?;
        self.drop_first_group();
        let breaks = self.groups[0].enter_after_break();
        Some((only, breaks))
    }

    /// Gives up the newest picture.
    fn give_up_newest(&mut self) -> Option<(Waiting, bool)> {
        let newest = self.groups.back_mut()?.units.pop_back()?;
        let breaks = !std::mem::replace(&mut self.broken, true);
        Some((newest, breaks))
    }

    fn newest(&self) -> Option<Waiting> {
        self.groups.back().and_then(|group| group.units.back()).copied()
    }
}

impl Lanes {
    /// How many units wait.
    pub(super) fn units(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// How many payload bytes they have.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a picture waits.
    pub(super) fn has_pictures(&self) -> bool {
        self.units() > self.sound.len()
    }

    /// Lets a unit wait.
    #[inline]
    pub(super) fn push(&mut self, unit: AccessUnit, kind: MediaKind) -> Admitted {
        let (turn, random_access) = (self.next_turn, unit.is_random_access());
        let slot = self.free.last().copied().unwrap_or(self.slots.len());
        let waiting = Waiting { turn, slot, random_access };
        if kind != MediaKind::Video {
            self.sound.push_back(waiting);
        } else {
            let at = self.track(unit.track);
            let pictures = &mut self.pictures[at];
            if pictures.broken && !random_access {
                return Admitted::Refused;
            }
            if unit.is_disposable() && !random_access {
                self.disposable.push_back(waiting);
            } else {
                pictures.push(waiting);
            }
        }
        self.next_turn += 1;
        self.bytes += unit.payload.len();
        if self.free.pop().is_some() {
            self.slots[slot] = unit;
        } else {
            self.slots.push(unit);
        }
        Admitted::Waits
    }

    /// This picture is not to wait, so nothing may that depends on it. Says whether its track was whole until then.
    pub(super) fn break_off(&mut self, unit: &AccessUnit) -> bool {
        let at = self.track(unit.track);
        let pictures = &mut self.pictures[at];
        pictures.begun |= unit.is_random_access();
        !std::mem::replace(&mut pictures.broken, true)
    }

    /// Where the pictures of a track are.
    fn track(&mut self, track: TrackId) -> usize {
        let known = self.pictures.iter().position(|pictures| pictures.track == track);
        known.unwrap_or_else(|| {
            self.pictures.push(Pictures::new(track));
            self.pictures.len() - 1
        })
    }

    /// Where the unit waits whose turn it is.
    #[inline]
    pub(super) fn next(&self) -> Option<Lane> {
        let turn = |lane: &VecDeque<Waiting>| lane.front().map_or(u64::MAX, |first| first.turn);
        let mut next = (turn(&self.sound), Lane::Sound);
        let disposable = turn(&self.disposable);
        if disposable < next.0 {
            next = (disposable, Lane::Disposable);
        }
        for (at, pictures) in self.pictures.iter().enumerate() {
            if let Some(turn) = pictures.turn().filter(|turn| *turn < next.0) {
                next = (turn, Lane::Pictures(at));
            }
        }
        (next.0 < u64::MAX).then_some(next.1)
    }

    /// Takes the first unit of a lane out.
    #[inline]
    pub(super) fn take(&mut self, lane: Lane) -> Option<Turn> {
        let (first, place) = match lane {
            Lane::Sound => (self.sound.pop_front()?, Place::default()),
            Lane::Disposable => (self.disposable.pop_front()?, Place::default()),
            Lane::Pictures(at) => self.pictures[at].take()?,
        };
        Some(Turn { unit: self.vacate(first.slot), place })
    }

    /// Takes a unit out of its slot.
    #[inline]
    fn vacate(&mut self, slot: usize) -> AccessUnit {
        self.free.push(slot);
        let held = &mut self.slots[slot];
        self.bytes -= held.payload.len();
        // Whole: put together field by field it takes a quarter longer to push and pop.
        std::mem::replace(held, VACANT)
    }

    /// Gives up what can best be spared; none when nothing waits.
    pub(super) fn give_up(&mut self) -> Option<Victim> {
        let (rank, (gone, breaks)) = self.spare()?;
        drop(self.vacate(gone.slot));
        Some(Victim { rank, breaks })
    }

    fn spare(&mut self) -> Option<(Rank, (Waiting, bool))> {
        if let Some(oldest) = self.disposable.pop_front() {
            return Some((Rank::Disposable, (oldest, false)));
        }
        let tails = self.pictures.iter_mut().filter_map(|pictures| {
            let turn = pictures.oldest_tail()?.units.front()?.turn;
            Some((turn, pictures))
        });
        if let Some((_, pictures)) = tails.min_by_key(|(turn, _)| *turn) {
            return Some((Rank::Tail, pictures.give_up_tail()?));
        }
        let bare = self.pictures.iter_mut().filter(|pictures| pictures.groups.len() > 1);
        if let Some(pictures) = bare.min_by_key(|pictures| pictures.turn()) {
            return Some((Rank::RandomAccess, pictures.give_up_bare()?));
        }
        let newest = self.pictures.iter_mut().filter_map(|pictures| {
            let newest = pictures.newest()?;
            Some(((!newest.random_access, newest.turn), pictures))
        });
        if let Some(((tail, _), pictures)) = newest.max_by_key(|(order, _)| *order) {
            let rank = if tail { Rank::Tail } else { Rank::RandomAccess };
            return Some((rank, pictures.give_up_newest()?));
        }
        self.sound.pop_front().map(|oldest| (Rank::Sound, (oldest, false)))
    }
}
