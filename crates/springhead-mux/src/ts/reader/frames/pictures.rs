//! H.264, H.265 and H.266: NAL units into access units.

#[cfg(test)]
mod tests;

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use springhead_codec::nal::{Role, annexb};
use springhead_codec::video::AccessUnits;
use springhead_core::Codec;

use super::super::super::pes::CLOCK_RANGE;
use super::{Frame, Said, later};

/// Bytes of a start code, without the zero that may be before it.
const CODE_BYTES: usize = 3;

/// As many bytes of a NAL unit say what it is, though its end is not here: more than the header of a slice has, and than
/// parameter sets have.
const TELLING_BYTES: usize = 1024;

/// Pictures, whose access units may reach over several payloads, of which several may be in one.
#[derive(Clone, Debug)]
pub(in super::super) struct Pictures {
    units: AccessUnits,
    packing: Packing,
    /// What has come and is not given, from the access unit on that is open.
    held: Bytes,
    /// How far that was searched: every NAL unit that begins before it is told.
    searched: usize,
    /// The payloads that are held, where each begins, unless an access unit begins in it that was told.
    payloads: Vec<(usize, Option<Said>)>,
    /// The access unit that is open.
    open: Option<Said>,
    /// Where the next one begins, which has no time: a second field belongs to the first then.
    next: Option<(usize, Said)>,
    /// The access unit that began last has a slice.
    has_slice: bool,
    /// Bytes were dropped before the access unit that is open, or that comes.
    loss: bool,
    /// What was dropped last is known to be missing; and it was this payload that told it.
    told: bool,
    broken: bool,
    clock: Clock,
}

/// What payloads of a stream were seen to be; once they are cut finer, nothing can be known of the end of the next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Packing {
    Unknown,
    /// Each begins with an access unit.
    Units,
    /// Each begins with a NAL unit.
    NalUnits,
    Bytes,
}

impl Pictures {
    /// None of a codec that has no NAL units.
    pub(super) fn new(codec: Codec) -> Option<Self> {
        Some(Self {
            units: AccessUnits::new(codec)?,
            packing: Packing::Unknown,
            held: Bytes::new(),
            searched: 0,
            payloads: Vec::new(),
            open: None,
            next: None,
            has_slice: false,
            loss: false,
            told: false,
            broken: false,
            clock: Clock::default(),
        })
    }

    /// The access units that are whole with this payload. False when some of it belongs to none.
    pub(super) fn split(&mut self, payload: Bytes, said: Said, mut give: impl FnMut(Frame)) -> bool {
        if let Some(code) = leading_code(&payload) {
            self.join(payload, said);
            let first = self.search(self.packing < Packing::Bytes, Some(code), &mut give);
            let over = match self.packing {
                Packing::Units => true,
                // With slices behind the first NAL unit it is aligned to more than those.
                Packing::Unknown => said.aligned && first.is_some_and(|first| first.begins && !first.is_slice),
                Packing::NalUnits | Packing::Bytes => false,
            };
            if over && self.has_slice {
                self.end(&mut give);
            }
        } else {
            self.packing = Packing::Bytes;
            self.join(payload, said);
            self.search(false, None, &mut give);
        }
        self.settle()
    }

    /// Gives what is held, as nothing more belongs to it.
    pub(super) fn finish(&mut self, mut give: impl FnMut(Frame)) {
        self.search(true, None, &mut give);
        self.end(&mut give);
        self.reset();
        self.told = false;
    }

    /// Forgets what was begun. Whether there was something.
    pub(super) fn reset(&mut self) -> bool {
        let begun = self.open.take().is_some();
        self.units.reset();
        self.clear();
        (self.has_slice, self.loss, self.told) = (false, false, true);
        self.clock.stated = None;
        begun
    }

    /// How many bytes wait.
    pub(super) fn held_bytes(&self) -> usize {
        self.held.len()
    }

    fn clear(&mut self) {
        self.held = Bytes::new();
        self.payloads.clear();
        (self.searched, self.next) = (0, None);
    }

    fn join(&mut self, payload: Bytes, said: Said) {
        self.payloads.push((self.held.len(), Some(said)));
        if self.held.is_empty() {
            self.held = payload;
        } else {
            // Copied once where it was shared, and added to where it is alone.
            let mut held = BytesMut::from(std::mem::take(&mut self.held));
            held.extend_from_slice(&payload);
            self.held = held.freeze();
        }
    }

    /// Tells the NAL units that were not told yet, the last one only where it is `complete` or long enough. What the one is
    /// with which the payload begins, at that place of it.
    fn search(&mut self, complete: bool, first: Option<usize>, give: &mut impl FnMut(Frame)) -> Option<Role> {
        let held = self.held.clone();
        let from = self.searched;
        let first = first.and_then(|first| Some(self.payloads.last()?.0 + first));
        let (mut found, mut start) = (None, 0);
        // A start code may be cut apart.
        let rest = held.len().saturating_sub(CODE_BYTES - 1);
        self.searched = from.max(rest);
        let mut codes = annexb::start_codes(&held[from..]).map(|at| from + at).peekable();
        while let Some(code) = codes.next() {
            let end = codes.peek().copied();
            let nal = trimmed(&held[code + CODE_BYTES..end.unwrap_or(held.len())]);
            if end.is_none() && !complete && nal.len() < TELLING_BYTES {
                self.searched = code;
                break;
            }
            self.searched = end.unwrap_or(rest.max(code + CODE_BYTES));
            if nal.is_empty() {
                continue;
            }
            let role = self.units.push(nal);
            if first == Some(code) {
                found = Some(role);
                self.note(role);
            }
            self.take(role, code, &mut start, give);
        }
        self.advance(start);
        found
    }

    /// Notes what a payload begins with.
    fn note(&mut self, role: Role) {
        if !role.begins {
            self.packing = self.packing.max(Packing::NalUnits);
        } else if self.has_slice {
            self.packing = self.packing.max(Packing::Units);
        }
    }

    /// Takes a NAL unit; what is open begins at `start`.
    fn take(&mut self, role: Role, code: usize, start: &mut usize, give: &mut impl FnMut(Frame)) {
        if role.begins {
            self.confirm(start, give);
            // The zero before it belongs to it (Annex B).
            let cut = if code > *start && self.held[code - 1] == 0 { code - 1 } else { code };
            // What may have lost its beginning is not taken for whole.
            let certain = role.is_delimiter || self.has_slice || !self.told || self.packing < Packing::NalUnits;
            match (self.open, certain) {
                (None, false) => {}
                (None, true) => {
                    self.drop_bytes(*start..cut);
                    *start = cut;
                    self.open = Some(self.said_of(code));
                    self.told = false;
                }
                (Some(_), _) => {
                    let said = self.said_of(code);
                    self.next = Some((cut, said));
                    if said.pts.is_some() {
                        self.confirm(start, give);
                    }
                }
            }
            self.has_slice = false;
        }
        if role.is_slice {
            self.has_slice = true;
            if role.second_field {
                self.next = None;
            } else {
                self.confirm(start, give);
            }
        }
    }

    /// The access unit that is open ends where the next one begins, if one does.
    fn confirm(&mut self, start: &mut usize, give: &mut impl FnMut(Frame)) {
        if let Some((cut, said)) = self.next.take() {
            self.give(*start..cut, give);
            *start = cut;
            self.open = Some(said);
        }
    }

    /// The access unit that is open has ended, with all that is held.
    fn end(&mut self, give: &mut impl FnMut(Frame)) {
        let mut start = 0;
        self.confirm(&mut start, give);
        self.note_random_access(usize::MAX);
        if self.open.is_some() {
            self.give(start..self.held.len(), give);
            self.clear();
        }
    }

    fn give(&mut self, range: Range<usize>, give: &mut impl FnMut(Frame)) {
        let Some(Said { pts, dts, random_access, .. }) = self.open.take() else { return };
        let dts = self.clock.of(dts.or(pts));
        let loss_before = std::mem::take(&mut self.loss);
        give(Frame { payload: self.held.slice(range), config: None, pts, dts, random_access, loss_before });
    }

    /// What is said of the access unit that begins there, if it is the first of its payload.
    fn said_of(&mut self, at: usize) -> Said {
        self.note_random_access(at);
        let payload = self.payloads.iter_mut().rev().find(|(start, _)| *start <= at);
        payload.and_then(|(_, said)| said.take()).unwrap_or_default()
    }

    /// Payloads that end before there and in which none begins go with the access unit before.
    fn note_random_access(&mut self, at: usize) {
        let ended = self.payloads.iter().filter(|(start, _)| *start <= at).count();
        let ended = if at == usize::MAX { ended } else { ended.saturating_sub(1) };
        let indicated = self.payloads.drain(..ended).any(|(_, said)| said.is_some_and(|said| said.random_access));
        if let Some(last) = self.next.as_mut().map(|(_, said)| said).or(self.open.as_mut()) {
            last.random_access |= indicated;
        }
    }

    /// Leaves out what was given, or belongs to nothing.
    fn advance(&mut self, start: usize) {
        self.note_random_access(self.searched);
        self.held = self.held.slice(start..);
        self.searched -= start;
        for (at, _) in &mut self.payloads {
            *at = at.saturating_sub(start);
        }
        self.next = self.next.map(|(at, said)| (at - start, said));
    }

    /// Drops what belongs to no access unit. False when that is news.
    fn settle(&mut self) -> bool {
        if self.open.is_none() {
            let zero = self.searched > 0 && self.held[self.searched - 1] == 0;
            let start = self.searched - usize::from(zero);
            self.drop_bytes(0..start);
            self.advance(start);
        }
        !std::mem::take(&mut self.broken)
    }

    fn drop_bytes(&mut self, range: Range<usize>) {
        if !self.told && self.held[range].iter().any(|&byte| byte != 0) {
            (self.loss, self.told, self.broken) = (true, true, true);
        }
    }
}

/// Where the start code is that a payload begins with, or zeros before it.
fn leading_code(payload: &[u8]) -> Option<usize> {
    let zeros = payload.iter().position(|&byte| byte != 0)?;
    zeros.checked_sub(CODE_BYTES - 1).filter(|_| payload[zeros] == 1)
}

/// A NAL unit without the zeros behind it, which belong to none (ITU-T H.264 Annex B).
fn trimmed(nal: &[u8]) -> &[u8] {
    &nal[..nal.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)]
}

/// The longest distance of two pictures by which those between them are timed: no two stated times are farther apart
/// (ISO/IEC 13818-1 §2.7.4).
const MOST_TICKS: u64 = 63_000;

/// When access units are decoded whose packet does not say it: as far behind the one before as it was from that to the
/// next, when last two were stated.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    /// What was stated last, and how many access units there are from that one on.
    stated: Option<(u64, u64)>,
    /// How far it was from one to another, and how many access units that was.
    pace: Option<(u64, u64)>,
}

impl Clock {
    fn of(&mut self, stated: Option<u64>) -> Option<u64> {
        let Some(dts) = stated else {
            let (last, units) = self.stated.as_mut()?;
            let behind = *units;
            *units += 1;
            let (ticks, of) = self.pace?;
            return later(Some(*last), ticks * behind / of);
        };
        if let Some((last, units)) = self.stated.replace((dts, 1)) {
            let ticks = (dts + CLOCK_RANGE - last) % CLOCK_RANGE;
            if (1..=MOST_TICKS).contains(&ticks) {
                self.pace = Some((ticks, units));
            }
        }
        Some(dts)
    }
}
