//! Playing DASH: the MPD, the clock, and the segments of each kind of media.

mod index;
mod track;

use std::time::Duration;

use bytes::Bytes;
use springhead_core::{MediaKind, MonoTime, Now, WallTime};
use springhead_manifest::dash::{ContentType, Mpd};
use springhead_manifest::parse_date_time;

use super::deck::Deck;
use super::desk::Ticket;
use super::locator::resolve;
use super::playback::Phase;
use super::ranges::{Micros, stated};
use super::{DelayOrder, Fault, LowLatencySign, Reaction, Resource};
use track::Track;

/// How often a player that keeps its delay looks whether it does.
const CATCH_UP_EVERY: Duration = Duration::from_millis(500);
/// How far from its delay a player may be without playing faster or slower.
const CLOSE_ENOUGH: Micros = 50_000;

/// The schemes of UTCTiming that players in browsers can use.
const CLOCKS: [&str; 2] = ["urn:mpeg:dash:utc:http-iso:2014", "urn:mpeg:dash:utc:http-xsdate:2014"];

#[derive(Debug)]
pub(super) struct Dash {
    uri: String,
    mpd: Option<Mpd>,
    ticket: Option<Ticket>,
    due: Option<MonoTime>,
    /// Whether what is played says that it is for low latency.
    low_latency: bool,
    clock: Clock,
    tracks: Vec<Track>,
    begun: bool,
    /// When to look next what can be asked for, and how far behind the playhead is.
    look: Option<MonoTime>,
    wake: Option<MonoTime>,
}

/// What the player knows of the server's clock.
#[derive(Debug)]
enum Clock {
    Unknown,
    Asked(Ticket),
    /// The server's clock minus the player's own, in nanoseconds.
    Known(i64),
}

fn micros(span: Duration) -> Micros {
    Micros::try_from(span.as_micros()).unwrap_or(Micros::MAX)
}

impl Dash {
    pub(super) fn new(uri: &str, deck: &mut Deck, now: MonoTime) -> Self {
        let ticket = Some(deck.get(Resource::Mpd, uri.to_owned(), now));
        Self {
            uri: uri.to_owned(),
            mpd: None,
            ticket,
            due: None,
            low_latency: false,
            clock: Clock::Unknown,
            tracks: Vec::new(),
            begun: false,
            look: None,
            wake: None,
        }
    }

    pub(super) fn is_low_latency(&self) -> bool {
        self.low_latency
    }

    pub(super) fn date_at(&self, position: Micros) -> Option<WallTime> {
        let start = self.mpd.as_ref()?.availability_start_time?;
        Some(WallTime(start.0.saturating_add(position.saturating_mul(1_000))))
    }

    /// The presentation's time now, by the server's clock.
    fn time(&self, wall: WallTime) -> Option<Micros> {
        let Clock::Known(ahead) = self.clock else { return None };
        Some(index::time_of(self.mpd.as_ref()?, WallTime(wall.0.saturating_add(ahead))))
    }

    pub(super) fn switch_to(&mut self, index: usize, deck: &mut Deck) {
        let Some(track) = self.tracks.iter_mut().find(|track| track.kind == MediaKind::Video) else { return };
        if track.index != index {
            track.index = index;
            let from = deck.playback.reach_of(track.kind).unwrap_or(deck.playback.position());
            track.segments.clear();
            track.go_to(from, deck);
        }
    }

    pub(super) fn seek_back(&mut self, by: Duration, deck: &mut Deck, now: MonoTime) {
        let first = self.tracks.iter().filter_map(|track| track.segments.first()).map(|segment| segment.start).max();
        // Not so near to the start of the window that it moves on before what is there is loaded.
        let live = self.mpd.as_ref().filter(|mpd| index::is_live(mpd));
        let margin = live.and_then(|mpd| mpd.max_segment_duration).map_or(0, |longest| stated(longest.micros()));
        let first = first.unwrap_or(Micros::MIN).saturating_add(margin);
        let to = deck.playback.position().saturating_sub(micros(by)).max(first);
        self.go_to(to, deck, now);
    }

    pub(super) fn seek_to_live(&mut self, deck: &mut Deck, now: Now) {
        if let Some(to) = self.live_target(deck, now.wall) {
            self.go_to(to, deck, now.mono);
        }
    }

    fn go_to(&mut self, to: Micros, deck: &mut Deck, now: MonoTime) {
        for track in &mut self.tracks {
            deck.playback.buffer(track.kind).clear();
            track.go_to(to, deck);
        }
        deck.playback.finish(false);
        deck.playback.seek(to, now);
    }

    /// How far behind now the player wants to be.
    fn delay(&self, deck: &Deck) -> Option<Micros> {
        let mpd = self.mpd.as_ref()?;
        let target = mpd.service_descriptions.iter().find_map(|description| description.latency?.target);
        let target = target.map(|millis| Micros::from(millis) * 1_000).filter(|_| self.is_low_latency());
        let suggested = mpd.suggested_presentation_delay.map(|delay| stated(delay.micros()));
        let longest = mpd.max_segment_duration.map_or(0, |longest| stated(longest.micros()));
        match deck.flavour.delay_order {
            DelayOrder::LatencyFirst => target.or(suggested).or(Some(longest.saturating_mul(4))),
            DelayOrder::SuggestedFirst => suggested.or(target).or(Some(longest.saturating_mul(4))),
        }
    }

    fn live_target(&self, deck: &Deck, wall: WallTime) -> Option<Micros> {
        let mpd = self.mpd.as_ref()?;
        let firsts = self.tracks.iter().map(|track| track.segments.first().map(|segment| segment.start));
        let first = firsts.collect::<Option<Vec<_>>>()?.into_iter().max()?;
        if !index::is_live(mpd) {
            return Some(first);
        }
        let edge = match deck.flavour.delay_order {
            DelayOrder::LatencyFirst => self.time(wall)?,
            DelayOrder::SuggestedFirst => {
                let longest = mpd.max_segment_duration.map_or(0, |longest| stated(longest.micros()));
                let by_clock = self.time(wall)?.saturating_sub(longest);
                self.announced_end(mpd, wall).unwrap_or(by_clock).saturating_add(self.least_offset(mpd))
            }
        };
        Some(edge.saturating_sub(self.delay(deck)?).max(first))
    }

    /// The end of the last segment of a timeline, of those that start before now. Shaka counts now from 1970 there, whatever
    /// the presentation counts from.
    fn announced_end(&self, mpd: &Mpd, wall: WallTime) -> Option<Micros> {
        let Clock::Known(ahead) = self.clock else { return None };
        let now = wall.0.saturating_add(ahead) / 1_000;
        let segments = self.tracks.iter().flat_map(|track| &track.segments);
        let ends = segments.filter(|segment| segment.start <= now).map(|segment| segment.end);
        ends.max().filter(|_| !counts(mpd))
    }

    fn least_offset(&self, mpd: &Mpd) -> Micros {
        let chosen = self.tracks.iter().filter_map(|track| {
            let chosen = index::choose(mpd.periods.last()?, track.content_type(), track.index)?;
            Some(chosen.template.availability_time_offset.map_or(0, |offset| stated(offset.micros())))
        });
        chosen.min().unwrap_or(0)
    }

    pub(super) fn some_arrived(&mut self, ticket: Ticket, bytes: &[u8], deck: &mut Deck, now: MonoTime) {
        if let Some(track) = self.tracks.iter_mut().find(|track| track.waits_for(ticket)) {
            track.some_arrived(bytes, deck, now);
        }
    }

    pub(super) fn arrived(&mut self, ticket: Ticket, result: Result<Bytes, Fault>, deck: &mut Deck, now: Now) {
        if self.ticket.take_if(|of| *of == ticket).is_some() {
            return match result {
                Ok(bytes) => self.take_mpd(&bytes, deck, now),
                Err(fault) => self.miss_mpd(fault, deck, now.mono),
            };
        }
        if matches!(self.clock, Clock::Asked(of) if of == ticket) {
            let said = result.ok().and_then(|bytes| parse_date_time(std::str::from_utf8(&bytes).ok()?.trim()));
            // Who cannot ask goes by the own clock.
            self.clock = Clock::Known(said.map_or(0, |said| said.0.saturating_sub(now.wall.0)));
            return;
        }
        if let Some(track) = self.tracks.iter_mut().find(|track| track.waits_for(ticket)) {
            track.arrived(result, deck, now.mono);
        }
    }

    fn take_mpd(&mut self, bytes: &Bytes, deck: &mut Deck, now: Now) {
        let mpd = match Mpd::parse(&String::from_utf8_lossy(bytes)) {
            Ok(mpd) if !mpd.periods.is_empty() => mpd,
            Ok(_) => return syntax("no Period", deck, now.mono),
            Err(error) => return syntax(error, deck, now.mono),
        };
        if self.mpd.as_ref().is_some_and(|old| has_moved(old, &mpd)) {
            deck.report(Fault::PeriodMoved, Reaction::PlaysOn, now.mono);
        }
        if let Some(location) = mpd.locations.first() {
            self.uri = resolve(&self.uri, location);
        }
        if matches!(self.clock, Clock::Unknown) {
            let known = mpd.utc_timings.iter().find(|timing| CLOCKS.contains(&timing.scheme_id_uri.as_str()));
            let value = known.and_then(|timing| timing.value.as_deref());
            self.clock = match value {
                Some(value) => Clock::Asked(deck.get(Resource::Clock, resolve(&self.uri, value), now.mono)),
                None => Clock::Known(0),
            };
        }
        if self.tracks.is_empty() {
            let kinds = [(ContentType::Video, MediaKind::Video), (ContentType::Audio, MediaKind::Audio)];
            let last = mpd.periods.last();
            let there = |kind| last.is_some_and(|period| index::choose(period, kind, 0).is_some());
            self.tracks = kinds.iter().filter(|(kind, _)| there(*kind)).map(|(_, kind)| Track::new(*kind)).collect();
            self.tracks.iter().for_each(|track| {
                deck.playback.buffer(track.kind);
            });
            let signs = self.tracks.iter().filter_map(|track| index::choose(last?, track.content_type(), track.index));
            self.low_latency = signs.into_iter().all(|chosen| match deck.flavour.low_latency_sign {
                LowLatencySign::Incomplete => chosen.template.availability_time_complete == Some(false),
                LowLatencySign::Offset => chosen.template.availability_time_offset.is_some_and(|o| o.micros() > 0),
            });
        }
        let period = mpd.minimum_update_period.map(|period| Duration::from(period.seconds()));
        let period = period.filter(|_| index::is_live(&mpd)).map(|period| period.max(deck.flavour.least_update));
        self.due = period.map(|period| now.mono + period.max(Duration::from_millis(100)));
        self.mpd = Some(mpd);
        self.list(now.wall);
    }

    /// Lists the segments anew.
    fn list(&mut self, wall: WallTime) {
        let time = self.time(wall).unwrap_or(0);
        let Some(mpd) = &self.mpd else { return };
        for track in &mut self.tracks {
            track.segments = index::segments(mpd, &self.uri, track.content_type(), track.index, time);
        }
    }

    fn miss_mpd(&mut self, fault: Fault, deck: &mut Deck, now: MonoTime) {
        if self.mpd.is_some() && deck.flavour.outlives_failed_updates {
            self.due = Some(now + deck.flavour.manifests.pause);
            return deck.report(fault, Reaction::Retries, now);
        }
        deck.report(fault, Reaction::Stops, now);
    }

    pub(super) fn drive(&mut self, deck: &mut Deck, now: Now) {
        if self.ticket.is_none() && self.due.is_some_and(|due| due <= now.mono) {
            self.due = None;
            self.ticket = Some(deck.get(Resource::Mpd, self.uri.clone(), now.mono));
        }
        let Some(time) = self.time(now.wall) else { return };
        let lists = |track: &Track| track.segments.last().is_some_and(|last| last.start > time);
        let counts = self.mpd.as_ref().is_some_and(counts);
        if self.tracks.iter().any(|track| track.segments.is_empty() || counts && !lists(track)) {
            self.list(now.wall);
        }
        if !self.begun && self.live_target(deck, now.wall).is_some() {
            self.begun = true;
            self.seek_to_live(deck, now);
        }
        let live = self.mpd.as_ref().is_some_and(index::is_live);
        let streams = self.is_low_latency();
        for track in &mut self.tracks {
            track.drive(time, live, streams, deck, now.mono);
        }
        if self.begun && !live && self.tracks.iter().all(Track::is_complete) {
            deck.playback.finish(true);
        }
        deck.playback.advance(now.mono);
        self.catch_up(time, live, deck, now);
        let soonest = self.tracks.iter().filter_map(Track::next_available).filter(|at| *at > time).min();
        self.wake = soonest.map(|at| now.mono + Duration::from_micros(u64::try_from(at - time).unwrap_or(0)));
    }

    /// Plays faster or slower to keep the delay, within what the MPD allows.
    fn catch_up(&mut self, time: Micros, live: bool, deck: &mut Deck, now: Now) {
        let described = self.mpd.as_ref().and_then(|mpd| mpd.service_descriptions.first());
        let target = described.and_then(|description| Some(Micros::from(description.latency?.target?) * 1_000));
        let most = described.and_then(|description| Some(Micros::from(description.latency?.max?) * 1_000));
        let Some(target) = target.filter(|_| deck.flavour.catches_up && self.is_low_latency()) else { return };
        let rate = described.and_then(|description| description.playback_rate).unwrap_or_default();
        let behind = time.saturating_sub(deck.playback.position());
        let plays = live && deck.playback.phase == Phase::Playing;
        if plays && deck.flavour.leaps_beyond_most && most.is_some_and(|most| behind > most) {
            deck.report(Fault::FellBehind, Reaction::PlaysOn, now.mono);
            self.look = Some(now.mono);
            return self.seek_to_live(deck, now);
        }
        // Who went back to see something again is left alone.
        let wanted = match behind - target {
            _ if !live || behind > most.unwrap_or(Micros::MAX).min(target.saturating_mul(10)) => 1000,
            late if late > CLOSE_ENOUGH => rate.max.map_or(1000, |rate| rate.0),
            late if late < -CLOSE_ENOUGH => rate.min.map_or(1000, |rate| rate.0),
            _ => 1000,
        };
        deck.playback.set_rate(u32::try_from(wanted).unwrap_or(1000), now.mono);
        self.look = (deck.playback.phase == Phase::Playing).then_some(now.mono + CATCH_UP_EVERY);
    }

    pub(super) fn poll_timeout(&self) -> Option<MonoTime> {
        let update = self.due.filter(|_| self.ticket.is_none());
        [update, self.look, self.wake].into_iter().flatten().min()
    }
}

fn syntax(what: impl ToString, deck: &mut Deck, now: MonoTime) {
    deck.report(Fault::Syntax { resource: Resource::Mpd, what: what.to_string() }, Reaction::Stops, now);
}

/// Whether segments are counted by the clock.
fn counts(mpd: &Mpd) -> bool {
    let sets = mpd.periods.iter().flat_map(|period| &period.adaptation_sets);
    let templates = sets.flat_map(|set| set.representations.iter().map(|one| &one.segment_template));
    templates.flatten().any(|template| template.duration.is_some())
}

/// Whether something lies elsewhere than it did.
fn has_moved(old: &Mpd, new: &Mpd) -> bool {
    let moved = |(period, start): (&springhead_manifest::dash::Period, Micros)| {
        let same = old.periods.iter().zip(index::starts(old)).find(|(one, _)| one.id == period.id);
        period.id.is_some() && same.is_some_and(|(_, known)| known != start)
    };
    let live = index::is_live(new);
    live && old.availability_start_time != new.availability_start_time
        || new.periods.iter().zip(index::starts(new)).any(moved)
}
