//! One rendition that is played: its playlist, and the pieces of it that are loaded one after the other.

use std::collections::BTreeMap;

use bytes::Bytes;
use springhead_core::{MediaKind, MonoTime};
use springhead_manifest::hls::{HintType, MediaPlaylist};

use super::super::deck::Deck;
use super::super::desk::Ticket;
use super::super::locator::resolve;
use super::super::media::Demuxer;
use super::super::ranges::Micros;
use super::super::{Fault, Layout, Reaction, Resource};
use super::piece::{Piece, Place};
use super::reload::{Reload, is_low_latency};
use super::timeline::Timeline;

/// The last byte of a range that has no known end: 2^53 - 1 (RFC 8673 §3).
const OPEN_END: u64 = (1 << 53) - 1;
/// How many hinted parts are kept until a playlist lists them.
const MOST_HINTED: usize = 4;

/// Something that is on its way.
#[derive(Debug)]
enum Load {
    Init { ticket: Ticket, uri: String },
    Media { ticket: Ticket, piece: Piece },
}

/// A part that was only hinted at.
#[derive(Debug)]
enum Hinted {
    Coming(Ticket),
    There(Bytes),
    /// It did not come true.
    Refused,
}

#[derive(Debug)]
pub(super) struct Rendition {
    pub(super) kind: MediaKind,
    pub(super) uri: String,
    pub(super) playlist: Option<MediaPlaylist>,
    pub(super) pieces: Vec<Piece>,
    pub(super) reload: Reload,
    /// What is loaded next; none while it is not known where to begin.
    next: Option<Place>,
    load: Option<Load>,
    hinted: BTreeMap<String, Hinted>,
    /// The init section that the demuxer goes by, and the continuity that it is in.
    current: Option<(String, u64)>,
    inits: BTreeMap<String, Bytes>,
    demuxer: Demuxer,
}

impl Rendition {
    pub(super) fn new(kind: MediaKind, uri: String) -> Self {
        Self {
            kind,
            uri,
            playlist: None,
            pieces: Vec::new(),
            reload: Reload::default(),
            next: None,
            load: None,
            hinted: BTreeMap::new(),
            current: None,
            inits: BTreeMap::new(),
            demuxer: Demuxer::default(),
        }
    }

    pub(super) fn edge(&self) -> Option<Micros> {
        self.pieces.last().map(Piece::end)
    }

    /// Where the segment of that number lies.
    pub(super) fn known(&self) -> Option<(u64, Micros)> {
        let piece = self.pieces.iter().rev().find(|piece| piece.place.part == 0)?;
        Some((piece.place.msn, piece.start))
    }

    /// Begins at the last independent piece that begins at or before `at`, or else at the first one there is.
    pub(super) fn go_to(&mut self, at: Micros, deck: &mut Deck) {
        self.let_go(deck);
        let independent = || self.pieces.iter().filter(|piece| piece.independent && !piece.gap);
        let piece = independent().rfind(|piece| piece.start <= at).or_else(|| independent().next());
        self.next = piece.map(|piece| piece.place);
        self.current = None;
        self.demuxer.reset();
    }

    /// Stops what is on its way.
    pub(super) fn let_go(&mut self, deck: &mut Deck) {
        match self.load.take() {
            Some(Load::Init { ticket, .. } | Load::Media { ticket, .. }) => deck.desk.drop_ticket(ticket),
            None => {}
        }
        for hinted in std::mem::take(&mut self.hinted).into_values() {
            if let Hinted::Coming(ticket) = hinted {
                deck.desk.drop_ticket(ticket);
            }
        }
    }

    /// Stops asking for the playlist.
    pub(super) fn leave(&mut self, deck: &mut Deck) {
        self.let_go(deck);
        if let Some(ticket) = self.reload.ticket.take() {
            deck.desk.drop_ticket(ticket);
        }
    }

    /// Whether everything that was listed is loaded, and nothing will be added.
    pub(super) fn is_complete(&self) -> bool {
        let ended = self.playlist.as_ref().is_some_and(|playlist| playlist.end_list);
        ended && self.load.is_none() && self.next.is_some() && self.next_piece().is_none()
    }

    /// The piece to load next. Where the parts of a segment are no longer listed, it is loaded as a whole.
    fn next_piece(&self) -> Option<&Piece> {
        let next = self.next?;
        let pieces = &self.pieces[self.pieces.partition_point(|piece| piece.place.msn < next.msn)..];
        pieces.iter().find(|piece| piece.place >= next || piece.place.msn == next.msn && !piece.is_part)
    }

    /// Asks for what can be loaded.
    pub(super) fn drive(&mut self, timeline: &mut Timeline, leads: bool, deck: &mut Deck, now: MonoTime) {
        while self.load.is_none() && !deck.stopped() && !deck.has_enough(self.kind) {
            let Some(piece) = self.next_piece().cloned() else { break };
            if piece.gap {
                self.next = Some(piece.next());
                continue;
            }
            // By durations, what leads says how far a continuity is shifted, and the others wait for that.
            if deck.flavour.layout == Layout::Durations && !leads && !timeline.has_shift(piece.discontinuity) {
                break;
            }
            if !self.begin(&piece, deck, now) {
                break;
            }
            match self.hinted.remove(&piece.uri) {
                Some(Hinted::There(bytes)) => self.take(&piece, &bytes, timeline, deck, now),
                Some(Hinted::Coming(ticket)) => {
                    self.hinted.insert(piece.uri.clone(), Hinted::Coming(ticket));
                    break;
                }
                Some(Hinted::Refused) | None => {
                    let uri = resolve(&self.uri, &piece.uri);
                    let flavour = deck.flavour;
                    let ticket = deck.desk.get_with(Resource::Media, uri, piece.range, false, &flavour, now);
                    self.load = Some(Load::Media { ticket, piece });
                }
            }
        }
        self.preload(deck, now);
    }

    /// Lets the demuxer go by the init section that a piece needs; false while that is on its way.
    fn begin(&mut self, piece: &Piece, deck: &mut Deck, now: MonoTime) -> bool {
        let Some(map) = &piece.map else {
            let what = Fault::Syntax { resource: Resource::Playlist, what: "a segment without EXT-X-MAP".to_owned() };
            deck.report(what, Reaction::Stops, now);
            return false;
        };
        let needed = (map.uri.to_string(), piece.discontinuity);
        if self.current.as_ref() == Some(&needed) {
            return true;
        }
        let Some(init) = self.inits.get(&needed.0) else {
            let uri = resolve(&self.uri, &needed.0);
            let ticket = deck.get(Resource::Init, uri, now);
            self.load = Some(Load::Init { ticket, uri: needed.0 });
            return false;
        };
        if let Err(error) = self.demuxer.start(init) {
            deck.report(Fault::Media(error.to_string()), Reaction::Stops, now);
            return false;
        }
        self.current = Some(needed);
        true
    }

    /// Asks for the part that is hinted at, when all that is listed is loaded.
    fn preload(&mut self, deck: &mut Deck, now: MonoTime) {
        let Some(playlist) = self.playlist.as_ref().filter(|playlist| is_low_latency(playlist)) else { return };
        let idle = self.load.is_none() && self.next.is_some() && self.next_piece().is_none();
        if !deck.flavour.loads_hints || !idle || deck.stopped() {
            return;
        }
        let hint = playlist.preload_hints.iter().find(|hint| hint.hint_type == HintType::Part);
        let Some(hint) = hint.filter(|hint| !self.hinted.contains_key(&hint.uri)) else { return };
        let range = hint.byterange_start.map(|start| {
            let last = hint.byterange_length.map_or(OPEN_END, |length| start.saturating_add(length.max(1)) - 1);
            (start, last)
        });
        let flavour = deck.flavour;
        let uri = resolve(&self.uri, &hint.uri);
        let ticket = deck.desk.get_with(Resource::Hint, uri, range, false, &flavour, now);
        if self.hinted.len() >= MOST_HINTED {
            self.hinted.retain(|_, hinted| matches!(hinted, Hinted::Coming(_)));
        }
        self.hinted.insert(hint.uri.clone(), Hinted::Coming(ticket));
    }

    /// Takes the media of a piece.
    fn take(&mut self, piece: &Piece, bytes: &[u8], timeline: &mut Timeline, deck: &mut Deck, now: MonoTime) {
        match self.demuxer.push(bytes) {
            Ok(stretches) => {
                if let Some(first) = stretches.first() {
                    let shift = timeline.shift(deck.flavour.layout, piece, self.kind, first.decode);
                    deck.append(self.kind, &stretches, shift, now);
                }
                self.next = Some(piece.next());
            }
            Err(error) => deck.report(Fault::Media(error.to_string()), Reaction::Stops, now),
        }
    }

    /// Takes what came; false when it is not for this rendition.
    pub(super) fn arrived(
        &mut self,
        ticket: Ticket,
        result: Result<Bytes, Fault>,
        timeline: &mut Timeline,
        deck: &mut Deck,
        now: MonoTime,
    ) -> bool {
        let hinted = self.hinted.values_mut().find(|hinted| matches!(hinted, Hinted::Coming(of) if *of == ticket));
        if let Some(hinted) = hinted {
            *hinted = match result {
                Ok(bytes) => Hinted::There(bytes),
                Err(fault) => {
                    // A hint that does not come true is no error of anyone (rfc8216bis §6.2.6).
                    if !matches!(fault, Fault::Status { status: 404, .. }) {
                        deck.report(fault, Reaction::PlaysOn, now);
                    }
                    Hinted::Refused
                }
            };
            return true;
        }
        let of = |load: &Load| match load {
            Load::Init { ticket, .. } | Load::Media { ticket, .. } => *ticket,
        };
        let Some(load) = self.load.take_if(|load| of(load) == ticket) else { return false };
        match (load, result) {
            (_, Err(fault)) => deck.report(fault, Reaction::Stops, now),
            (Load::Init { uri, .. }, Ok(bytes)) => {
                self.inits.insert(uri, bytes);
            }
            (Load::Media { piece, .. }, Ok(bytes)) => self.take(&piece, &bytes, timeline, deck, now),
        }
        true
    }
}
