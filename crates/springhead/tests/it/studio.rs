//! A broadcast behind the origin's decisions, as the other end of a player's network: no socket, no task, no waiting.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead::core::{AccessUnit, MonoTime, Now, Rope, TimelineId, TrackId, TrackSet};
use springhead::origin::respond::{
    self, Answer as Decision, Content, Directives, Request, Route, growth, respond, route,
};
use springhead::packager::{Packager, PackagerConfig, Presentation};
use springhead_testkit::player::{Answer, Asked, Audience, Flavour, Origin, State};
use springhead_testkit::{Source, SourceOptions, VIDEO, VirtualClock};

/// Something that a publisher does, or that happens to it.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Unit(AccessUnit, Arc<TrackSet>),
    Interruption,
    End,
}

/// A packager with its publisher, from whose snapshots requests are answered.
pub(crate) struct Studio {
    packager: Packager,
    events: VecDeque<(MonoTime, Event)>,
    /// Where the next of the publisher's doings is put.
    until: MonoTime,
    timelines: u64,
    newest: Option<Arc<Presentation>>,
    start: Now,
}

/// Small units, so that much time costs little.
pub(crate) fn pictures() -> SourceOptions {
    SourceOptions { unit_bytes: 60, ..SourceOptions::default() }
}

impl Studio {
    pub(crate) fn new(config: PackagerConfig, clock: &VirtualClock) -> Self {
        let packager = Packager::new(config).expect("the configuration is in range");
        let start = clock.now();
        Self { packager, events: VecDeque::new(), until: start.mono, timelines: 0, newest: None, start }
    }

    /// Then a publisher sends for so long, on a timeline of its own.
    pub(crate) fn sends(self, options: SourceOptions, span: Duration) -> Self {
        let source = Source::new(options);
        let tracks = source.tracks();
        self.sends_units(source.until(span), &tracks, span)
    }

    /// Then a publisher sends these units, each when it arrives, which takes so long.
    pub(crate) fn sends_units(mut self, units: Vec<AccessUnit>, tracks: &Arc<TrackSet>, span: Duration) -> Self {
        let tracks = Arc::new(TrackSet { timeline: TimelineId(self.timelines), ..(**tracks).clone() });
        self.timelines += 1;
        let at = |unit: &AccessUnit| self.until + Duration::from_nanos(unit.arrival.0);
        self.events.extend(units.into_iter().map(|unit| (at(&unit), Event::Unit(unit, tracks.clone()))));
        self.until = self.until + span;
        self
    }

    /// What another room noted is done again, each when it was done, counted from the start.
    pub(crate) fn repeats(mut self, script: Vec<(Duration, Event)>) -> Self {
        let start = self.start.mono;
        self.events.extend(script.into_iter().map(|(since, event)| (start + since, event)));
        self
    }

    /// Then the publisher is lost, and is awaited for so long.
    pub(crate) fn loses_publisher(mut self, span: Duration) -> Self {
        self.events.push_back((self.until, Event::Interruption));
        self.until = self.until + span;
        self
    }

    /// Then nothing comes for so long, though the connection stands.
    pub(crate) fn falls_silent(mut self, span: Duration) -> Self {
        self.until = self.until + span;
        self
    }

    /// Then the broadcast ends.
    pub(crate) fn ends(mut self) -> Self {
        self.events.push_back((self.until, Event::End));
        self
    }

    fn presentation_answer(&self, path: &str, asked: &Asked<'_>, now: MonoTime) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let target = match route(path) {
            Route::Broadcast(_, target) => target,
            Route::Time => {
                let wall = self.start.wall + now.saturating_since(self.start.mono);
                return Answer::Whole(200, wall.to_string().into());
            }
            _ => return Answer::Whole(404, Bytes::new()),
        };
        let Ok(directives) = Directives::parse(query) else { return Answer::Whole(400, Bytes::new()) };
        let Some(presentation) = &self.newest else { return Answer::Whole(404, Bytes::new()) };
        let request = Request { target: &target, directives: &directives, received: asked.received };
        if asked.given > 0
            && let respond::Target::Segment { rendition, msn, .. } = &target
        {
            return grown(presentation, rendition, *msn, asked.given);
        }
        let now = Now { mono: now, wall: self.start.wall + now.saturating_since(self.start.mono) };
        match respond(presentation, &request, now) {
            Decision::Wait { until } => Answer::Wait(until),
            Decision::Elsewhere(_) => Answer::Whole(307, Bytes::new()),
            Decision::Refused(refusal) => Answer::Whole(refusal.status(), Bytes::new()),
            Decision::Ready(reply) => match reply.content {
                Content::Manifest(manifest, _) => Answer::Whole(200, manifest.body.to_bytes()),
                Content::Text(text, _) => Answer::Whole(200, text.into()),
                Content::Media(rope) => Answer::Whole(200, rope.to_bytes()),
                Content::Growing { rendition, msn } => grown(presentation, &rendition, msn, 0),
            },
        }
    }
}

fn grown(presentation: &Presentation, rendition: &str, msn: springhead::core::MediaSequence, from: usize) -> Answer {
    match growth(presentation, rendition, msn, from, respond::Step::Chunk) {
        Some((rope, complete)) => Answer::Growing(Rope::to_bytes(&rope), complete),
        None => Answer::Lost,
    }
}

impl Origin for Studio {
    fn answer(&mut self, asked: &Asked<'_>, now: Now) -> Answer {
        self.presentation_answer(asked.path, asked, now.mono)
    }

    fn poll_timeout(&self) -> Option<MonoTime> {
        let event = self.events.front().map(|(at, _)| *at);
        event.into_iter().chain(self.packager.poll_timeout()).min()
    }

    fn handle_timeout(&mut self, now: Now) -> bool {
        if self.packager.poll_timeout().is_some_and(|due| due <= now.mono) {
            self.packager.handle_timeout(now);
        }
        while let Some((_, event)) = self.events.pop_front_if(|(at, _)| *at <= now.mono) {
            match event {
                Event::Unit(unit, tracks) => self.packager.handle_unit(&unit, &tracks, now),
                Event::Interruption => self.packager.handle_interruption(now),
                Event::End => self.packager.handle_end(now),
            }
        }
        let newer = self.packager.poll_snapshot(now);
        let changed = newer.is_some();
        self.newest = newer.or(self.newest.take());
        changed
    }
}

/// A studio whose answers a test changes on their way.
pub(crate) struct Tampered<F>(pub(crate) Studio, pub(crate) F);

impl<F: FnMut(&Asked<'_>, Answer, Now) -> Answer> Origin for Tampered<F> {
    fn answer(&mut self, asked: &Asked<'_>, now: Now) -> Answer {
        let answer = self.0.answer(asked, now);
        self.1(asked, answer, now)
    }

    fn poll_timeout(&self) -> Option<MonoTime> {
        self.0.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Now) -> bool {
        self.0.handle_timeout(now)
    }
}

/// Players who come when a broadcast has been on for a while.
pub(crate) struct Evening<O> {
    pub(crate) origin: O,
    pub(crate) audience: Audience,
    pub(crate) clock: VirtualClock,
}

/// Where a player of that flavour begins.
pub(crate) fn manifest(flavour: &Flavour) -> &'static str {
    match flavour.protocol {
        springhead_testkit::player::Protocol::Hls => "/live/cam/index.m3u8",
        springhead_testkit::player::Protocol::Dash => "/live/cam/manifest.mpd",
    }
}

impl<O: Origin> Evening<O> {
    /// Nobody has come yet, and it has been on for so long.
    pub(crate) fn after(span: Duration, origin: impl FnOnce(&VirtualClock) -> O) -> Self {
        let clock = VirtualClock::default();
        let mut evening = Self { origin: origin(&clock), audience: Audience::default(), clock };
        evening.watch(span);
        evening
    }

    /// Somebody comes now.
    pub(crate) fn admit(&mut self, flavour: Flavour) -> usize {
        self.audience.admit(flavour, manifest(&flavour), &self.clock)
    }

    pub(crate) fn watch(&mut self, span: Duration) {
        self.audience.watch(&mut self.origin, span, &mut self.clock);
    }

    pub(crate) fn state(&self, player: usize) -> State {
        self.audience.state(player, &self.clock)
    }

    pub(crate) fn states(&self) -> Vec<State> {
        self.audience.states(&self.clock)
    }
}

/// The track of the second video rendition of [`two_sizes`].
pub(crate) const SMALL: TrackId = TrackId(3);

/// The pictures of `options` in two sizes, with one sound.
pub(crate) fn two_sizes(options: SourceOptions, span: Duration) -> (Vec<AccessUnit>, Arc<TrackSet>) {
    let large = Source::new(options);
    let small = Source::new(SourceOptions { size: (320, 180), audio_rate: None, unit_bytes: 40, ..options });
    let renamed =
        small.tracks().track(VIDEO).map(|track| Arc::new(springhead::core::Track { id: SMALL, ..(**track).clone() }));
    let tracks = large.tracks();
    let all = tracks.tracks.iter().cloned().chain(renamed).collect();
    let tracks = TrackSet::new(tracks.generation, tracks.timeline, all);
    let small = small.until(span).into_iter().map(|unit| AccessUnit { track: SMALL, ..unit });
    let mut units: Vec<AccessUnit> = large.until(span).into_iter().chain(small).collect();
    units.sort_by_key(|unit| unit.arrival);
    (units, Arc::new(tracks))
}
