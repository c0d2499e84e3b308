//! Where segments lie on the player's timeline.

use std::collections::BTreeMap;

use springhead_core::{MediaKind, WallTime};
use springhead_manifest::hls::MediaPlaylist;

use super::super::Layout;
use super::super::ranges::{Micros, within};
use super::piece::{Parent, Piece, parents, pieces};

/// The timeline that all renditions share.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// Where a date of each continuity lies, by its Discontinuity Sequence Number.
    anchors: BTreeMap<u64, (WallTime, Micros)>,
    /// How far media is shifted to lie where the playlist puts it.
    shifts: BTreeMap<(u64, Option<MediaKind>), Micros>,
}

fn after(anchor: (WallTime, Micros), date: WallTime) -> Micros {
    anchor.1.saturating_add(date.0.saturating_sub(anchor.0.0) / 1_000)
}

impl Timeline {
    /// The pieces of a playlist, laid out. `known` says where a segment of the same playlist lies already.
    pub(super) fn lay_out(
        &mut self,
        layout: Layout,
        playlist: &MediaPlaylist,
        known: Option<(u64, Micros)>,
        parts: bool,
        lenient: bool,
    ) -> Vec<Piece> {
        let parents = parents(playlist);
        let starts = match layout {
            Layout::Durations => self.by_duration(&parents, known),
            Layout::Dates => self.by_date(&parents),
        };
        for (parent, start) in parents.iter().zip(&starts) {
            if let Some(date) = parent.date {
                self.anchors.entry(parent.discontinuity).or_insert((date, *start));
            }
        }
        let mut out = Vec::new();
        for (parent, start) in parents.iter().zip(starts) {
            pieces(parent, start, parts, lenient, &mut out);
        }
        // A playlist that marks no part as independent says nothing of it.
        if !out.iter().any(|piece| piece.is_part && piece.independent) {
            out.iter_mut().for_each(|piece| piece.independent = true);
        }
        out
    }

    /// One after the other, from a segment whose place is known: by the last version, or by a date in a continuity that
    /// another rendition has shown.
    fn by_duration(&self, parents: &[Parent<'_>], known: Option<(u64, Micros)>) -> Vec<Micros> {
        let mut starts = Vec::with_capacity(parents.len());
        let mut at: Micros = 0;
        for parent in parents {
            starts.push(at);
            at = within(at.saturating_add(parent.duration));
        }
        let by_number = known.and_then(|(msn, start)| {
            let index = parents.iter().position(|parent| parent.msn == msn)?;
            Some(start.saturating_sub(starts[index]))
        });
        let by_date = || {
            parents.iter().zip(&starts).find_map(|(parent, start)| {
                let anchor = self.anchors.get(&parent.discontinuity)?;
                Some(after(*anchor, parent.date?).saturating_sub(*start))
            })
        };
        let shift = by_number.or_else(by_date).unwrap_or(0);
        starts.iter_mut().for_each(|start| *start = within(start.saturating_add(shift)));
        starts
    }

    /// Each where its date puts it, counted from the first date ever seen; one without a date after the one before.
    fn by_date(&self, parents: &[Parent<'_>]) -> Vec<Micros> {
        let first = self.anchors.values().next().copied();
        let origin = first.or_else(|| parents.iter().find_map(|parent| Some((parent.date?, 0))));
        let mut at: Micros = 0;
        let place = |parent: &Parent<'_>| {
            let dated = parent.date.zip(origin).map(|(date, origin)| after(origin, date));
            let start = within(dated.unwrap_or(at));
            at = start.saturating_add(parent.duration);
            start
        };
        parents.iter().map(place).collect()
    }

    /// How far the media of `piece` is shifted: known, or such that its first presentation lies where the piece does. By
    /// durations the first rendition decides for all, as sound may lie a little before or behind the pictures.
    pub(super) fn shift(&mut self, layout: Layout, piece: &Piece, kind: MediaKind, first: Micros) -> Micros {
        let of = (layout == Layout::Dates).then_some(kind);
        *self.shifts.entry((piece.discontinuity, of)).or_insert(piece.start.saturating_sub(first))
    }

    /// Whether it is known how far media of a continuity is shifted.
    pub(super) fn has_shift(&self, discontinuity: u64) -> bool {
        self.shifts.contains_key(&(discontinuity, None))
    }

    /// The date of a place, by the continuity that begins last before it.
    pub(super) fn date_at(&self, at: Micros) -> Option<WallTime> {
        let anchor = self.anchors.values().rev().find(|anchor| anchor.1 <= at).or(self.anchors.values().next())?;
        Some(WallTime(anchor.0.0.saturating_add(at.saturating_sub(anchor.1).saturating_mul(1_000))))
    }
}
