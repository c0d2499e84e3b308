//! Presentations as a packager makes them of a synthetic broadcast, at any moment of it.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, MonoTime, Now};
use springhead_origin::respond::{Answer, Content, Directives, Reply, Request, Target, respond};
use springhead_packager::{Manifest, Packager, PackagerConfig, Presentation};
use springhead_testkit::{Source, SourceOptions, VirtualClock};

/// A broadcast that is packaged as far as a test wants.
pub(crate) struct History {
    source: Source,
    next: Option<AccessUnit>,
    packager: Packager,
    start: Now,
    clock: VirtualClock,
    newest: Option<Arc<Presentation>>,
}

/// Segments of one second in parts of a fifth, so that little time shows much.
pub(crate) fn short() -> PackagerConfig {
    PackagerConfig {
        part: Duration::from_millis(200),
        segment: Duration::from_secs(1),
        chunk: Duration::from_millis(100),
        min_target_duration: Duration::from_secs(1),
        ..PackagerConfig::default()
    }
}

/// A key picture every second.
pub(crate) fn pictures() -> SourceOptions {
    SourceOptions { gop: 30, ..SourceOptions::default() }
}

impl History {
    pub(crate) fn new(config: PackagerConfig, source: SourceOptions) -> Self {
        let clock = VirtualClock::default();
        let packager = Packager::new(config).expect("the configuration is in range");
        Self { source: Source::new(source), next: None, packager, start: clock.now(), clock, newest: None }
    }

    /// One of [`short`] segments, packaged for so long.
    pub(crate) fn of(span: Duration) -> Self {
        let mut history = Self::new(short(), pictures());
        history.until(span);
        history
    }

    /// Packages what the publisher sends within `span` of the start.
    pub(crate) fn until(&mut self, span: Duration) {
        while let Some(unit) = self.next.take().or_else(|| self.source.next()) {
            let at = self.start.mono + Duration::from_nanos(unit.arrival.0);
            if at >= self.start.mono + span {
                self.next = Some(unit);
                break;
            }
            self.clock.advance_to(at);
            self.packager.handle_unit(&unit, &self.source.tracks(), self.clock.now());
            self.take();
        }
        self.clock.advance_to(self.start.mono + span);
    }

    /// Packages on until `done` holds of the newest snapshot.
    pub(crate) fn until_it(&mut self, done: impl Fn(&Presentation) -> bool) {
        let mut span = self.now().saturating_since(self.start.mono);
        while !self.newest.as_deref().is_some_and(&done) {
            span += Duration::from_millis(10);
            assert!(span < Duration::from_secs(120), "it never happens");
            self.until(span);
        }
    }

    pub(crate) fn end(&mut self) {
        self.packager.handle_end(self.clock.now());
        self.take();
    }

    pub(crate) fn interrupt(&mut self) {
        self.packager.handle_interruption(self.clock.now());
        self.take();
    }

    fn take(&mut self) {
        self.newest = self.packager.poll_snapshot(self.clock.now()).or(self.newest.take());
    }

    pub(crate) fn now(&self) -> MonoTime {
        self.clock.now().mono
    }

    pub(crate) fn snapshot(&self) -> Arc<Presentation> {
        self.newest.clone().expect("there is a first segment")
    }

    /// What a request that comes now gets now.
    pub(crate) fn ask(&self, target: &Target, query: &str) -> Answer {
        self.ask_since(target, query, self.now())
    }

    /// What a request that came at `received` gets now.
    pub(crate) fn ask_since(&self, target: &Target, query: &str, received: MonoTime) -> Answer {
        let directives = Directives::parse(query).expect("the query is one");
        respond(&self.snapshot(), &Request { target, directives: &directives, received }, self.clock.now())
    }

    /// What a request for the playlist of the pictures gets now.
    pub(crate) fn playlist(&self, query: &str) -> Answer {
        self.ask(&playlist(), query)
    }

    /// The Media Sequence Number of the segment of the pictures that is being made, and how many parts it has.
    pub(crate) fn live(&self) -> (u64, u64) {
        let snapshot = self.snapshot();
        let rendition = snapshot.rendition("v1").expect("there are pictures");
        (rendition.live_msn().0, rendition.live_parts() as u64)
    }
}

pub(crate) fn playlist() -> Target {
    Target::Playlist { rendition: "v1".into() }
}

pub(crate) fn ready(answer: Answer) -> Reply {
    match answer {
        Answer::Ready(reply) => reply,
        other => panic!("no answer yet: {other:?}"),
    }
}

pub(crate) fn manifest(answer: Answer) -> Arc<Manifest> {
    match ready(answer).content {
        Content::Manifest(manifest, _) => manifest,
        other => panic!("no shared manifest: {other:?}"),
    }
}

/// The text of a manifest, whoever made it.
pub(crate) fn text(answer: Answer) -> String {
    match ready(answer).content {
        Content::Manifest(manifest, _) => manifest.text(),
        Content::Text(text, _) => text,
        other => panic!("no manifest: {other:?}"),
    }
}

/// The status of a refusal.
pub(crate) fn status(answer: Answer) -> u16 {
    match answer {
        Answer::Refused(refusal) => refusal.status(),
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn until(answer: Answer) -> MonoTime {
    match answer {
        Answer::Wait { until } => until,
        other => panic!("does not wait: {other:?}"),
    }
}
