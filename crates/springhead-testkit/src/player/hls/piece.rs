//! What of a media playlist can be loaded, piece by piece.

use springhead_core::WallTime;
use springhead_manifest::hls::{ByteRange, Map, MediaPlaylist, Part};

use super::super::ranges::{Micros, stated};

/// Which piece: a segment by its Media Sequence Number, or one of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) msn: u64,
    pub(super) part: u64,
}

/// A segment, or a part where parts are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) place: Place,
    /// Whether it is a part.
    pub(super) is_part: bool,
    pub(super) uri: String,
    pub(super) range: Option<(u64, u64)>,
    /// Where it lies on the player's timeline.
    pub(super) start: Micros,
    pub(super) duration: Micros,
    /// The init section that it needs.
    pub(super) map: Option<Map>,
    /// Its Discontinuity Sequence Number.
    pub(super) discontinuity: u64,
    pub(super) independent: bool,
    pub(super) gap: bool,
}

impl Piece {
    pub(super) fn end(&self) -> Micros {
        self.start.saturating_add(self.duration)
    }

    /// What comes after it.
    pub(super) fn next(&self) -> Place {
        match self.is_part {
            true => Place { part: self.place.part + 1, ..self.place },
            false => Place { msn: self.place.msn.saturating_add(1), part: 0 },
        }
    }
}

/// A parent, complete or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parent<'a> {
    pub(super) msn: u64,
    pub(super) discontinuity: u64,
    pub(super) date: Option<WallTime>,
    pub(super) duration: Micros,
    pub(super) map: Option<&'a Map>,
    pub(super) parts: &'a [Part],
    /// The URI, byte range and mark of a gap, of a complete one.
    pub(super) whole: Option<(&'a str, Option<ByteRange>, bool)>,
}

/// The segments of a playlist, and the one that is open.
pub(super) fn parents(playlist: &MediaPlaylist) -> Vec<Parent<'_>> {
    let micros = |part: &Part| stated(part.duration.micros());
    let mut discontinuity = playlist.discontinuity_sequence.unwrap_or(0);
    let mut out = Vec::with_capacity(playlist.segments.len() + 1);
    for (index, segment) in (0..).zip(&playlist.segments) {
        let msn = playlist.media_sequence.saturating_add(index);
        discontinuity = discontinuity.saturating_add(segment.discontinuity.into());
        out.push(Parent {
            msn,
            discontinuity,
            date: segment.program_date_time,
            duration: stated(segment.duration.micros()),
            map: segment.map.as_ref(),
            parts: &segment.parts,
            whole: Some((&segment.uri, segment.byterange, segment.gap)),
        });
    }
    if let Some(open) = &playlist.open {
        discontinuity = discontinuity.saturating_add(open.discontinuity.into());
        out.push(Parent {
            msn: playlist.next_media_sequence(),
            discontinuity,
            date: open.program_date_time,
            duration: open.parts.iter().map(micros).fold(0, Micros::saturating_add),
            map: open.map.as_ref(),
            parts: &open.parts,
            whole: None,
        });
    }
    out
}

/// The pieces of a parent that begins at `start`: its parts where they are listed and wanted.
pub(super) fn pieces(parent: &Parent<'_>, start: Micros, parts: bool, lenient: bool, out: &mut Vec<Piece>) {
    let piece = |part, uri: &str, range: Option<ByteRange>, start, duration| Piece {
        place: Place { msn: parent.msn, part },
        is_part: true,
        uri: uri.to_owned(),
        range: range.map(|range| {
            let first = range.offset.unwrap_or(0);
            (first, first.saturating_add(range.length.max(1) - 1))
        }),
        start,
        duration,
        map: parent.map.cloned(),
        discontinuity: parent.discontinuity,
        independent: true,
        gap: false,
    };
    match parent.whole {
        Some((uri, range, gap)) if !parts || parent.parts.is_empty() => {
            out.push(Piece { is_part: false, gap, ..piece(0, uri, range, start, parent.duration) });
        }
        _ => {
            let mut at = start;
            for (index, part) in (0..).zip(parent.parts) {
                let duration = stated(part.duration.micros());
                let independent = part.independent || lenient && index == 0;
                out.push(Piece { independent, gap: part.gap, ..piece(index, &part.uri, part.byterange, at, duration) });
                at = at.saturating_add(duration);
            }
        }
    }
}
