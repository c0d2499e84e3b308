//! Playing HLS: the multivariant playlist, a rendition of pictures and one of sound, and how both are followed.

mod piece;
mod reload;
mod rendition;
mod strict;
mod timeline;

use std::time::Duration;

use bytes::Bytes;
use springhead_core::{MediaKind, MonoTime, Now, WallTime};
use springhead_manifest::hls::{MediaPlaylist, MultivariantPlaylist, merge_delta};

use super::deck::Deck;
use super::desk::Ticket;
use super::locator::resolve;
use super::playback::Phase;
use super::ranges::{Micros, stated};
use super::{Fault, Reaction, Resource};
use rendition::Rendition;
use timeline::Timeline;

/// A rendition that is to be played instead of the one that leads.
#[derive(Debug)]
struct Switch {
    ticket: Ticket,
    uri: String,
}

#[derive(Debug)]
pub(super) struct Hls {
    uri: String,
    ticket: Option<Ticket>,
    multivariant: Option<MultivariantPlaylist>,
    /// What leads, pictures where there are any, and the sound beside it.
    renditions: Vec<Rendition>,
    switch: Option<Switch>,
    timeline: Timeline,
    begun: bool,
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn micros(span: Duration) -> Micros {
    Micros::try_from(span.as_micros()).unwrap_or(Micros::MAX)
}

impl Hls {
    pub(super) fn new(uri: &str, deck: &mut Deck, now: MonoTime) -> Self {
        let ticket = Some(deck.get(Resource::Multivariant, uri.to_owned(), now));
        Self {
            uri: uri.to_owned(),
            ticket,
            multivariant: None,
            renditions: Vec::new(),
            switch: None,
            timeline: Timeline::default(),
            begun: false,
        }
    }

    pub(super) fn is_low_latency(&self) -> bool {
        let playlist = self.renditions.first().and_then(|leader| leader.playlist.as_ref());
        playlist.is_some_and(reload::is_low_latency)
    }

    /// The date of what is shown.
    pub(super) fn date_at(&self, position: Micros) -> Option<WallTime> {
        self.timeline.date_at(position)
    }

    /// Plays another variant from the end of what is buffered on. Its playlist is asked for as the report of the current one
    /// says.
    pub(super) fn switch_to(&mut self, variant: usize, deck: &mut Deck, now: MonoTime) {
        let Some(multivariant) = &self.multivariant else { return };
        let Some(variant) = multivariant.variants.get(variant) else { return };
        let uri = resolve(&self.uri, &variant.uri);
        let Some(leader) = self.renditions.first().filter(|leader| leader.uri != uri) else { return };
        let wanted =
            leader.playlist.as_ref().and_then(|playlist| reload::on_switch(&deck.flavour, playlist, &leader.uri, &uri));
        if let Some(Switch { ticket, .. }) = self.switch.take() {
            deck.desk.drop_ticket(ticket);
        }
        let ticket = deck.get(Resource::Playlist, reload::with_directives(&uri, wanted, None), now);
        self.switch = Some(Switch { ticket, uri });
    }

    /// Goes back by so much, but not so near to the start of the window that it moves on before what is there is loaded.
    pub(super) fn seek_back(&mut self, by: Duration, deck: &mut Deck, now: MonoTime) {
        let playlist = self.renditions.first().and_then(|leader| leader.playlist.as_ref());
        let Some((first, playlist)) = self.window_start().zip(playlist) else { return };
        let margin = if playlist.end_list { Duration::ZERO } else { Duration::from_secs(playlist.target_duration) };
        let to = deck.playback.position().saturating_sub(micros(by)).max(first.saturating_add(micros(margin)));
        self.go_to(to, deck, now);
    }

    pub(super) fn seek_to_live(&mut self, deck: &mut Deck, now: MonoTime) {
        if let Some(to) = self.live_target(deck) {
            self.go_to(to, deck, now);
        }
    }

    fn go_to(&mut self, to: Micros, deck: &mut Deck, now: MonoTime) {
        for rendition in &mut self.renditions {
            deck.playback.buffer(rendition.kind).clear();
            rendition.go_to(to, deck);
        }
        deck.playback.finish(false);
        deck.playback.seek(to, now);
    }

    fn window_start(&self) -> Option<Micros> {
        let firsts = self.renditions.iter().map(|rendition| rendition.pieces.first().map(|piece| piece.start));
        firsts.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Where to play at the live edge: PART-HOLD-BACK from it, else HOLD-BACK, else three target durations.
    fn live_target(&self, deck: &Deck) -> Option<Micros> {
        let leader = self.renditions.first()?;
        let playlist = leader.playlist.as_ref()?;
        let target_duration = Duration::from_secs(playlist.target_duration);
        let control = playlist.server_control.unwrap_or_default();
        let part_hold_back = control.part_hold_back.filter(|_| reload::is_low_latency(playlist));
        let behind = part_hold_back.or(control.hold_back).map_or(target_duration * 3, Duration::from);
        let behind = behind + deck.retreat(target_duration);
        // hls.js goes by the playlist that leads, Shaka by the one that reaches farthest: the same to a part.
        let edge = leader.edge()?;
        // What has ended is played from its start.
        let target = if playlist.end_list { Micros::MIN } else { edge.saturating_sub(micros(behind)) };
        Some(target.max(self.window_start()?))
    }

    pub(super) fn arrived(&mut self, ticket: Ticket, result: Result<Bytes, Fault>, deck: &mut Deck, now: MonoTime) {
        if self.ticket.take_if(|of| *of == ticket).is_some() {
            return match result {
                Ok(bytes) => self.take_multivariant(&text(&bytes), deck, now),
                Err(fault) => deck.report(fault, Reaction::Stops, now),
            };
        }
        if let Some(switch) = self.switch.take_if(|switch| switch.ticket == ticket) {
            return match result {
                Ok(bytes) => self.take_switch(switch, &text(&bytes), deck, now),
                // There is still the other rendition.
                Err(fault) => deck.report(fault, Reaction::PlaysOn, now),
            };
        }
        for at in 0..self.renditions.len() {
            let rendition = &mut self.renditions[at];
            if rendition.reload.ticket.take_if(|of| *of == ticket).is_some() {
                return match result {
                    Ok(bytes) => self.take_playlist(at, &text(&bytes), deck, now),
                    Err(fault) => self.miss_playlist(at, fault, deck, now),
                };
            }
        }
        for rendition in &mut self.renditions {
            if rendition.arrived(ticket, result.clone(), &mut self.timeline, deck, now) {
                return;
            }
        }
    }

    fn take_multivariant(&mut self, text: &str, deck: &mut Deck, now: MonoTime) {
        let multivariant = match MultivariantPlaylist::parse(text) {
            Ok(playlist) if !playlist.variants.is_empty() => playlist,
            Ok(_) => return syntax(Resource::Multivariant, "no variant", deck, now),
            Err(error) => return syntax(Resource::Multivariant, error, deck, now),
        };
        let variant = &multivariant.variants[0];
        let has_sound = |rendition: &&springhead_manifest::hls::Rendition| {
            variant.audio.as_ref() == Some(&rendition.group_id) && rendition.uri.is_some()
        };
        let sound = multivariant.renditions.iter().filter(has_sound).max_by_key(|rendition| rendition.default);
        let sound = sound.and_then(|sound| sound.uri.as_deref());
        let leading = match variant.resolution {
            Some(_) => MediaKind::Video,
            None => MediaKind::Audio,
        };
        let mut uris = vec![(leading, resolve(&self.uri, &variant.uri))];
        uris.extend(sound.map(|sound| (MediaKind::Audio, resolve(&self.uri, sound))));
        self.multivariant = Some(multivariant);
        for (kind, uri) in uris {
            deck.playback.buffer(kind);
            let mut rendition = Rendition::new(kind, uri);
            rendition.reload.ticket = Some(deck.get(Resource::Playlist, rendition.uri.clone(), now));
            self.renditions.push(rendition);
        }
    }

    fn take_playlist(&mut self, at: usize, text: &str, deck: &mut Deck, now: MonoTime) {
        let rendition = &mut self.renditions[at];
        let wanted = rendition.reload.wanted.take();
        let playlist = match MediaPlaylist::parse(text) {
            Ok(playlist) => playlist,
            Err(error) => return syntax(Resource::Playlist, error, deck, now),
        };
        let whole = match &playlist.skip {
            None => Some(playlist),
            Some(_) => rendition.playlist.as_ref().and_then(|old| merge_delta(old, &playlist).ok()),
        };
        let Some(playlist) = whole else {
            (rendition.reload.no_deltas, rendition.reload.due) = (true, Some(now));
            return deck.report(Fault::UselessDelta, Reaction::Retries, now);
        };
        if let Some((fault, reaction)) = objection(rendition, &playlist, deck, now) {
            deck.report(fault, reaction, now);
        }
        let old = rendition.playlist.as_ref();
        let advanced = old.is_none_or(|old| reload::advanced(old, &playlist));
        if wanted.is_some_and(|wanted| !playlist.end_list && !reload::contains(&playlist, wanted)) {
            deck.report(Fault::Unanswered, Reaction::PlaysOn, now);
        }
        if deck.stopped() {
            return;
        }
        let reload = &mut rendition.reload;
        if advanced {
            reload.changed = now;
        }
        let target_duration = Duration::from_secs(playlist.target_duration);
        reload.due = match (advanced, reload::is_low_latency(&playlist)) {
            _ if playlist.end_list => None,
            (true, true) => Some(now),
            (true, false) => Some(now + target_duration),
            (false, _) => Some(now + reload::pause_after_miss(&deck.flavour, &playlist)),
        };
        // After a miss nothing in particular is wanted, so that the answer comes at once.
        let follows = advanced && reload::is_low_latency(&playlist);
        reload.wanted = (follows || !deck.flavour.polls_after_miss && reload::is_low_latency(&playlist))
            .then(|| reload::next(&playlist));
        self.lay_out(at, playlist, deck);
    }

    fn lay_out(&mut self, at: usize, playlist: MediaPlaylist, deck: &Deck) {
        let rendition = &mut self.renditions[at];
        let (layout, lenient) = (deck.flavour.layout, deck.flavour.begins_at_any_segment);
        let parts = reload::is_low_latency(&playlist);
        rendition.pieces = self.timeline.lay_out(layout, &playlist, rendition.known(), parts, lenient);
        rendition.playlist = Some(playlist);
    }

    /// A playlist could not be loaded.
    fn miss_playlist(&mut self, at: usize, fault: Fault, deck: &mut Deck, now: MonoTime) {
        let rendition = &mut self.renditions[at];
        let Some(playlist) = rendition.playlist.as_ref().filter(|_| deck.flavour.outlives_failed_updates) else {
            return deck.report(fault, Reaction::Stops, now);
        };
        rendition.reload.due = Some(now + reload::pause_after_miss(&deck.flavour, playlist));
        rendition.reload.wanted = reload::is_low_latency(playlist).then(|| reload::next(playlist));
        deck.report(fault, Reaction::Retries, now);
    }

    /// The playlist of the rendition to switch to is there.
    fn take_switch(&mut self, switch: Switch, text: &str, deck: &mut Deck, now: MonoTime) {
        let Some(leader) = self.renditions.first_mut() else { return };
        leader.leave(deck);
        let from = deck.playback.reach_of(leader.kind).unwrap_or(deck.playback.position());
        self.renditions[0] = Rendition::new(leader.kind, switch.uri);
        self.take_playlist(0, text, deck, now);
        self.renditions[0].go_to(from, deck);
    }

    /// Asks for whatever is due.
    pub(super) fn drive(&mut self, deck: &mut Deck, now: Now) {
        let now = now.mono;
        for rendition in &mut self.renditions {
            let reload = &mut rendition.reload;
            if deck.stopped() || reload.ticket.is_some() || reload.due.is_none_or(|due| due > now) {
                continue;
            }
            let copy = rendition.playlist.as_ref().filter(|_| !reload.no_deltas);
            let skip = copy.and_then(|playlist| reload::skip(playlist, reload.changed, now));
            let uri = reload::with_directives(&rendition.uri, reload.wanted, skip);
            reload.due = None;
            reload.ticket = Some(deck.get(Resource::Playlist, uri, now));
        }
        let loaded = !self.renditions.is_empty() && self.renditions.iter().all(|one| one.playlist.is_some());
        if loaded && !self.begun {
            self.begun = true;
            self.seek_to_live(deck, now);
        }
        self.mind_the_window(deck, now);
        for (at, rendition) in self.renditions.iter_mut().enumerate() {
            rendition.drive(&mut self.timeline, at == 0, deck, now);
        }
        if self.begun && self.renditions.iter().all(Rendition::is_complete) {
            deck.playback.finish(true);
        }
        deck.playback.advance(now);
    }

    /// Goes to the live edge when what should be played has left the window.
    fn mind_the_window(&mut self, deck: &mut Deck, now: MonoTime) {
        let stands = matches!(deck.playback.phase, Phase::Stalled | Phase::Starting);
        if !self.begun || !stands || self.window_start().is_none_or(|first| deck.playback.position() >= first) {
            return;
        }
        let missing = self.renditions.iter().any(|one| deck.playback.reach_of(one.kind).is_none());
        if missing && deck.playback.hole().is_none() && self.is_in_step() {
            deck.report(Fault::FellBehind, Reaction::PlaysOn, now);
            self.seek_to_live(deck, now);
        }
    }

    /// Whether no playlist is so much older than another that their live edges are more than a target duration apart.
    fn is_in_step(&self) -> bool {
        let playlists = self.renditions.iter().filter_map(|one| one.playlist.as_ref());
        let most = playlists.map(|playlist| stated(playlist.target_duration.saturating_mul(1_000_000))).max();
        let edges = || self.renditions.iter().filter_map(Rendition::edge);
        let apart = edges().max().zip(edges().min()).map(|(last, first)| last.saturating_sub(first));
        apart <= most
    }

    pub(super) fn poll_timeout(&self) -> Option<MonoTime> {
        let idle = self.renditions.iter().filter(|one| one.reload.ticket.is_none());
        idle.filter_map(|one| one.reload.due).min()
    }
}

fn syntax(resource: Resource, what: impl ToString, deck: &mut Deck, now: MonoTime) {
    deck.report(Fault::Syntax { resource, what: what.to_string() }, Reaction::Stops, now);
}

/// What the player has against a new version of a playlist.
fn objection(rendition: &Rendition, new: &MediaPlaylist, deck: &Deck, now: MonoTime) -> Option<(Fault, Reaction)> {
    let old = rendition.playlist.as_ref();
    if deck.flavour.strict {
        let unchanged = old.filter(|old| !reload::advanced(old, new));
        let stale = unchanged.and_then(|old| strict::stale(old, rendition.reload.changed, now));
        return strict::judge(old, new).or(stale).map(|fault| (fault, Reaction::Stops));
    }
    let lacks = new.server_control.is_some_and(|control| control.part_hold_back.is_none());
    if deck.flavour.needs_part_hold_back && lacks && reload::is_low_latency(new) {
        return Some((Fault::MissingAttribute("PART-HOLD-BACK"), Reaction::Stops));
    }
    let old = old?;
    let back = new.media_sequence < old.media_sequence || new.next_media_sequence() < old.next_media_sequence();
    back.then_some((Fault::SequenceWentBack, Reaction::PlaysOn))
}
