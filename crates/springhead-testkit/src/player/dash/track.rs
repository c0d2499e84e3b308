//! One kind of media that is played: the segments that are loaded one after the other.

use std::collections::BTreeMap;

use bytes::Bytes;
use springhead_core::{MediaKind, MonoTime};
use springhead_manifest::dash::ContentType;

use super::super::deck::Deck;
use super::super::desk::Ticket;
use super::super::media::Demuxer;
use super::super::ranges::Micros;
use super::super::{Fault, Reaction, Resource};
use super::index::Announced;

#[derive(Debug)]
enum Load {
    Init { ticket: Ticket, uri: String },
    Media { ticket: Ticket, segment: Announced },
}

/// Where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    /// At the segment that is presented then.
    At(Micros),
    /// After a segment.
    After { period: String, number: u64, end: Micros },
}

#[derive(Debug)]
pub(super) struct Track {
    pub(super) kind: MediaKind,
    /// Which Representation.
    pub(super) index: usize,
    pub(super) segments: Vec<Announced>,
    next: Option<Next>,
    load: Option<Load>,
    /// The init section that the demuxer goes by, and the Period that it is in.
    current: Option<(String, String)>,
    inits: BTreeMap<String, Bytes>,
    demuxer: Demuxer,
}

impl Track {
    pub(super) fn new(kind: MediaKind) -> Self {
        Self {
            kind,
            index: 0,
            segments: Vec::new(),
            next: None,
            load: None,
            current: None,
            inits: BTreeMap::new(),
            demuxer: Demuxer::default(),
        }
    }

    pub(super) fn content_type(&self) -> ContentType {
        match self.kind {
            MediaKind::Video => ContentType::Video,
            MediaKind::Audio | MediaKind::Metadata => ContentType::Audio,
        }
    }

    pub(super) fn go_to(&mut self, at: Micros, deck: &mut Deck) {
        match self.load.take() {
            Some(Load::Init { ticket, .. } | Load::Media { ticket, .. }) => deck.desk.drop_ticket(ticket),
            None => {}
        }
        self.next = Some(Next::At(at));
        self.current = None;
        self.demuxer.reset();
    }

    /// The segment to load next, whether it is available or not.
    fn next_segment(&self) -> Option<&Announced> {
        match self.next.as_ref()? {
            Next::At(at) => {
                let containing = self.segments.iter().find(|segment| (segment.start..segment.end).contains(at));
                containing.or_else(|| self.segments.iter().find(|segment| segment.start >= *at))
            }
            Next::After { period, number, end } => {
                // The one after it, or the first that is still there.
                let same = self.segments.iter().find(|one| one.period == *period && one.number > *number);
                // A Period that goes on has no other after it.
                same.or_else(|| {
                    let last = self.segments.iter().rposition(|one| one.period == *period);
                    match last {
                        Some(last) => self.segments.get(last + 1).filter(|one| one.period != *period),
                        None => self.segments.iter().find(|one| one.start >= *end),
                    }
                })
            }
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.load.is_none() && self.next.is_some() && self.next_segment().is_none()
    }

    /// When the next segment becomes available.
    pub(super) fn next_available(&self) -> Option<Micros> {
        let idle = self.load.is_none().then(|| self.next_segment());
        idle.flatten().map(|segment| segment.available)
    }

    /// Asks for what can be loaded by `time` of the presentation.
    pub(super) fn drive(&mut self, time: Micros, live: bool, streams: bool, deck: &mut Deck, now: MonoTime) {
        if self.load.is_some() || deck.stopped() || deck.has_enough(self.kind) {
            return;
        }
        let Some(segment) = self.next_segment().cloned().filter(|one| !live || one.available <= time) else { return };
        let needed = (segment.init.clone(), segment.period.clone());
        if self.current.as_ref() != Some(&needed) {
            let Some(init) = self.inits.get(&needed.0) else {
                let ticket = deck.get(Resource::Init, needed.0.clone(), now);
                self.load = Some(Load::Init { ticket, uri: needed.0 });
                return;
            };
            if let Err(error) = self.demuxer.start(init) {
                return deck.report(Fault::Media(error.to_string()), Reaction::Stops, now);
            }
            self.current = Some(needed);
        }
        let flavour = deck.flavour;
        let ticket = deck.desk.get_with(Resource::Media, segment.uri.clone(), None, streams, &flavour, now);
        self.load = Some(Load::Media { ticket, segment });
    }

    /// Whether what came is for this track.
    pub(super) fn waits_for(&self, of: Ticket) -> bool {
        self.load.as_ref().is_some_and(|load| match load {
            Load::Init { ticket, .. } | Load::Media { ticket, .. } => *ticket == of,
        })
    }

    /// Takes some bytes of the segment that is on its way.
    pub(super) fn some_arrived(&mut self, bytes: &[u8], deck: &mut Deck, now: MonoTime) {
        let Some(Load::Media { segment, .. }) = &self.load else { return };
        match self.demuxer.push(bytes) {
            Ok(stretches) => deck.append(self.kind, &stretches, segment.shift, now),
            Err(error) => deck.report(Fault::Media(error.to_string()), Reaction::Stops, now),
        }
    }

    pub(super) fn arrived(&mut self, result: Result<Bytes, Fault>, deck: &mut Deck, now: MonoTime) {
        if let Ok(bytes) = &result
            && matches!(self.load, Some(Load::Media { .. }))
        {
            self.some_arrived(bytes, deck, now);
        }
        match (self.load.take(), result) {
            (_, Err(fault)) => deck.report(fault, Reaction::Stops, now),
            (Some(Load::Init { uri, .. }), Ok(bytes)) => {
                self.inits.insert(uri, bytes);
            }
            (Some(Load::Media { segment, .. }), Ok(_)) => {
                let Announced { period, number, end, .. } = segment;
                self.next = Some(Next::After { period, number, end });
            }
            (None, Ok(_)) => {}
        }
    }
}
