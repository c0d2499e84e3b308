//! A packager under virtual time, with every snapshot that it yielded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use springhead_conform::cmaf::{self, Tail};
use springhead_conform::hls_renditions::NamedPlaylist;
use springhead_conform::{
    Finding, Severity, dash, dash_history, hls_history, hls_media, hls_multivariant, hls_renditions,
};
use springhead_core::{
    AccessUnit, MediaSequence, MonoTime, Rope, TimelineId, Timescale, Timestamp, Track, TrackSet, UnitFlags, WallTime,
};
use springhead_manifest::dash::Mpd;
use springhead_manifest::hls::{HintType, MediaPlaylist};
use springhead_mux::fmp4::read::InitSection;
use springhead_packager::{Dvr, Packager, PackagerConfig, Presentation, Rendition, Segment, hls};
use springhead_testkit::{Prng, Source, SourceOptions, VIDEO, VirtualClock};

/// A publisher's side of a packager.
pub(crate) struct Broadcast {
    pub(crate) packager: Packager,
    pub(crate) clock: VirtualClock,
    /// In order; the newest last.
    pub(crate) snapshots: Vec<Arc<Presentation>>,
    /// When each was taken, by both clocks.
    pub(crate) taken: Vec<MonoTime>,
    pub(crate) walls: Vec<WallTime>,
}

impl Broadcast {
    pub(crate) fn new(config: PackagerConfig) -> Self {
        let packager = Packager::new(config).expect("the configuration is valid");
        Self { packager, clock: VirtualClock::default(), snapshots: Vec::new(), taken: Vec::new(), walls: Vec::new() }
    }

    /// `seconds` of a source, from its first unit.
    pub(crate) fn of(config: PackagerConfig, options: SourceOptions, seconds: u64) -> Self {
        let mut broadcast = Self::new(config);
        let source = Source::new(options);
        let tracks = source.tracks();
        broadcast.send(source.until(Duration::from_secs(seconds)), &tracks);
        broadcast
    }

    /// Sends units, each when it arrives, counted from now.
    pub(crate) fn send(&mut self, units: impl IntoIterator<Item = AccessUnit>, tracks: &Arc<TrackSet>) {
        let start = self.clock.now().mono;
        for unit in units {
            self.clock.advance_to(start + Duration::from_nanos(unit.arrival.0));
            self.packager.handle_unit(&unit, tracks, self.clock.now());
            self.poll();
        }
    }

    /// The same, waking the packager in between whenever it wants to be woken.
    pub(crate) fn send_awake(&mut self, units: impl IntoIterator<Item = AccessUnit>, tracks: &Arc<TrackSet>) {
        let start = self.clock.now().mono;
        for unit in units {
            let due = start + Duration::from_nanos(unit.arrival.0);
            self.wait(due.saturating_since(self.clock.now().mono));
            self.packager.handle_unit(&unit, tracks, self.clock.now());
            self.poll();
        }
    }

    pub(crate) fn end(&mut self) {
        self.packager.handle_end(self.clock.now());
        self.poll();
    }

    pub(crate) fn interrupt(&mut self) {
        self.packager.handle_interruption(self.clock.now());
        self.poll();
    }

    pub(crate) fn poll(&mut self) {
        if let Some(snapshot) = self.packager.poll_snapshot(self.clock.now()) {
            self.snapshots.push(snapshot);
            self.taken.push(self.clock.now().mono);
            self.walls.push(self.clock.now().wall);
        }
    }

    /// Lets the time pass, waking the packager whenever it wants to be woken.
    pub(crate) fn wait(&mut self, span: Duration) {
        let end = self.clock.now().mono + span;
        while let Some(due) = self.packager.poll_timeout().filter(|due| *due <= end) {
            self.clock.advance_to(due);
            self.packager.handle_timeout(self.clock.now());
            self.poll();
        }
        self.clock.advance_to(end);
    }

    pub(crate) fn last(&self) -> &Arc<Presentation> {
        self.snapshots.last().expect("a snapshot has been yielded")
    }

    /// Every complete segment there ever was of a rendition, also those that are gone.
    pub(crate) fn segments(&self, name: &str) -> Vec<Arc<Segment>> {
        let mut all: BTreeMap<MediaSequence, Arc<Segment>> = BTreeMap::new();
        for rendition in self.snapshots.iter().filter_map(|snapshot| snapshot.rendition(name)) {
            all.extend(rendition.segments.iter().map(|segment| (segment.msn, segment.clone())));
        }
        all.into_values().collect()
    }

    /// The nanoseconds between the end of what was and the beginning of what comes at the first discontinuity.
    pub(crate) fn hole(&self, name: &str) -> i64 {
        let segments = self.segments(name);
        let at = segments.iter().position(|segment| segment.discontinuity).expect("there is a discontinuity");
        let (old, new) = (&segments[at - 1], &segments[at]);
        let scale = old.init.track.timescale;
        new.period.wall_at(new.start, scale).0 - old.period.wall_at(old.start + old.ticks, scale).0
    }

    /// Each version of a rendition's playlist, as text and as read.
    pub(crate) fn playlists(&self, name: &str) -> Vec<(String, MediaPlaylist)> {
        let mut versions: Vec<(String, MediaPlaylist)> = Vec::new();
        let mut version = None;
        for snapshot in &self.snapshots {
            if version.replace(snapshot.playlist_version) == Some(snapshot.playlist_version) {
                continue;
            }
            // One that has not begun is known to nobody.
            let rendition = snapshot.rendition(name).filter(|rendition| rendition.last_part().is_some());
            let Some(rendition) = rendition else { continue };
            let text = text(snapshot, rendition);
            if versions.last().is_none_or(|(last, _)| *last != text) {
                let playlist = MediaPlaylist::parse(&text).expect("what is printed can be read");
                versions.push((text, playlist));
            }
        }
        versions
    }

    /// The MPD that somebody gets who comes now, as text and as read.
    pub(crate) fn first_mpd(&self) -> (String, Mpd) {
        let text = self.last().mpd().text();
        let mpd = Mpd::parse(&text).expect("what is printed can be read");
        (text, mpd)
    }

    /// Each version of the MPD that somebody gets who reloads it, as text and as read.
    pub(crate) fn mpds(&self) -> Vec<(String, Mpd)> {
        let mut versions: Vec<(String, Mpd)> = Vec::new();
        let mut version = None;
        for snapshot in &self.snapshots {
            if version.replace(snapshot.mpd_version) == Some(snapshot.mpd_version) {
                continue;
            }
            let text = snapshot.mpd_update().text();
            if versions.last().is_none_or(|(last, _)| *last != text) {
                let mpd = Mpd::parse(&text).expect("what is printed can be read");
                versions.push((text, mpd));
            }
        }
        versions
    }

    /// The names of all renditions that were ever shown.
    pub(crate) fn names(&self) -> Vec<String> {
        let shown = self.snapshots.iter().flat_map(|snapshot| snapshot.renditions.iter());
        let mut names: Vec<String> = shown.map(|rendition| rendition.name.to_string()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// As [`findings`](Self::findings), of a broadcast that was interrupted. While nobody sends, no next part is hinted
    /// at; when somebody does again, one rendition is the first to have a part of the new timeline.
    pub(crate) fn findings_of_a_return(&self) -> Vec<Finding> {
        let mut findings = self.findings();
        findings.retain(|finding| finding.id != "L-16" && finding.id != "M-10");
        findings
    }

    /// As [`findings`](Self::findings), of a broadcast whose tracks changed: one rendition is the first to have a part of the
    /// new period, and what stands in for another has its codec string. No part is hinted at while nobody can tell which is
    /// next; those that are hinted at come.
    pub(crate) fn findings_of_a_change(&self) -> Vec<Finding> {
        for name in self.names() {
            self.assert_hints_come_true(&name);
        }
        let mut findings = self.findings();
        let no_hint = |finding: &Finding| finding.id == "L-16" && finding.severity == Severity::Warning;
        findings.retain(|finding| finding.id != "M-10" && !no_hint(finding));
        findings
    }

    /// Asserts that each part that was ever hinted at was listed later, but for the one that the end overtook.
    fn assert_hints_come_true(&self, name: &str) {
        let mut listed = BTreeSet::new();
        let mut hinted = Vec::new();
        for (_, playlist) in self.playlists(name) {
            let open = playlist.open.into_iter().flat_map(|open| open.parts);
            listed.extend(
                playlist.segments.into_iter().flat_map(|segment| segment.parts).chain(open).map(|part| part.uri),
            );
            hinted.extend(playlist.preload_hints.into_iter().filter(|hint| hint.hint_type == HintType::Part));
        }
        let last = hinted.last().expect("parts are hinted at").uri.clone();
        let never: Vec<_> = hinted.iter().map(|hint| &hint.uri).filter(|uri| !listed.contains(*uri)).collect();
        assert!(never.iter().all(|uri| **uri == last), "{name}: {never:?}");
    }

    /// What the rules of HLS, DASH and CMAF have against everything that was published, once per text.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for name in self.names() {
            let versions = self.playlists(&name);
            versions.iter().for_each(|(text, _)| findings.extend(hls_media::check(text).findings));
            versions.windows(2).for_each(|pair| findings.extend(hls_history::check(&pair[0].1, &pair[1].1)));
        }
        let mut version = None;
        for snapshot in &self.snapshots {
            // Only parts and segments change what stands side by side.
            if version.replace(snapshot.playlist_version) == Some(snapshot.playlist_version) {
                continue;
            }
            // One that has not begun is known to nobody.
            let begun = snapshot.renditions.iter().filter(|rendition| rendition.last_part().is_some());
            let named: Vec<(&str, MediaPlaylist)> = begun.map(|r| (&*r.name, model(snapshot, r))).collect();
            let side_by_side: Vec<_> = named.iter().map(|(name, playlist)| NamedPlaylist { name, playlist }).collect();
            findings.extend(hls_renditions::check(&side_by_side));
        }
        let multivariant = self.last().multivariant();
        let multivariant = &multivariant.text();
        findings.extend(hls_multivariant::check(multivariant).findings);
        let mpds = self.mpds();
        findings.extend(dash::check(&self.first_mpd().0).findings);
        mpds.iter().for_each(|(text, _)| findings.extend(dash::check(text).findings));
        mpds.windows(2).for_each(|pair| findings.extend(dash_history::check(&pair[0].1, &pair[1].1)));
        for name in self.names() {
            findings.extend(media_findings(&self.segments(&name)));
        }
        findings
    }
}

/// What the rules of CMAF have against a rendition's segments.
pub(crate) fn media_findings(segments: &[Arc<Segment>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut after: Option<(u64, Tail)> = None;
    for segment in segments {
        let header = cmaf::check_init(&segment.init.body);
        findings.extend(header.findings);
        let init = header.model.expect("an init section can be read");
        if segment.is_gap() {
            after = None;
            continue;
        }
        let body = segment.body().to_bytes();
        let tail = after.take().filter(|(period, _)| *period == segment.period.id.0).map(|(_, tail)| tail);
        let verdict = cmaf::check_segment(&init, &body, tail.as_ref());
        findings.extend(verdict.findings);
        let parts: Vec<_> = segment.parts.iter().map(|part| part.body.to_bytes()).collect();
        let parts: Vec<&[u8]> = parts.iter().map(|part| &part[..]).collect();
        findings.extend(cmaf::check_parts(&init, &parts, &body));
        after = verdict.model.map(|tail| (segment.period.id.0, tail));
    }
    findings
}

/// Everything that a player can ask for by a playlist's word.
pub(crate) fn uris(playlist: &MediaPlaylist) -> Vec<String> {
    let mut uris: Vec<String> = Vec::new();
    for segment in &playlist.segments {
        uris.extend(segment.map.iter().map(|map| map.uri.to_string()));
        uris.extend(segment.parts.iter().map(|part| part.uri.clone()));
        uris.extend((!segment.gap).then(|| segment.uri.clone()));
    }
    if let Some(open) = &playlist.open {
        uris.extend(open.map.iter().map(|map| map.uri.to_string()));
        uris.extend(open.parts.iter().map(|part| part.uri.clone()));
    }
    uris
}

/// What a rendition serves under a URI.
pub(crate) fn resolve(rendition: &Rendition, uri: &str) -> Option<Rope> {
    if let Some(id) = uri.strip_prefix("init-") {
        let id: u32 = id.strip_suffix(".mp4")?.parse().ok()?;
        return rendition.inits.iter().find(|init| init.id == id).map(|init| Rope::from(init.body.clone()));
    }
    let name = uri.strip_suffix(".m4s")?;
    match name.strip_prefix("part-") {
        Some(name) => {
            let (init, number) = name.split_once('-')?;
            rendition.part(init.parse().ok()?, number.parse().ok()?).map(|part| part.1.body.clone())
        }
        None => {
            let (period, msn) = name.split_once('-')?;
            let segment = rendition.segment(MediaSequence(msn.parse().ok()?))?;
            let named = segment.period.id.0 == period.parse::<u64>().ok()?;
            (named && !segment.is_gap()).then(|| segment.body())
        }
    }
}

/// The media playlist, which is what the model of it renders, however much of it was made before.
pub(crate) fn text(snapshot: &Presentation, rendition: &Rendition) -> String {
    let (text, model) = (snapshot.playlist(rendition).text(), hls::media(snapshot, rendition, ""));
    assert_eq!(text, model.render());
    let delta = snapshot.delta(rendition).map(|delta| delta.text());
    assert_eq!(delta, model.delta().map(|delta| delta.render()));
    text
}

pub(crate) fn model(snapshot: &Presentation, rendition: &Rendition) -> MediaPlaylist {
    MediaPlaylist::parse(&text(snapshot, rendition)).expect("what is printed can be read")
}

/// A short window, so that segments leave within a test.
pub(crate) fn short_window() -> PackagerConfig {
    PackagerConfig { dvr: Dvr { time: Duration::from_secs(12), ..Dvr::default() }, ..PackagerConfig::default() }
}

/// Small units: a test looks at times more than at bytes.
pub(crate) fn small() -> SourceOptions {
    SourceOptions { unit_bytes: 60, ..SourceOptions::default() }
}

/// The same tracks on a timeline of their own.
pub(crate) fn on_timeline(tracks: &Arc<TrackSet>, timeline: u64) -> Arc<TrackSet> {
    Arc::new(TrackSet { timeline: TimelineId(timeline), ..(**tracks).clone() })
}

/// The same tracks, with sound for which no silence is known.
pub(crate) fn never_silent(tracks: &Arc<TrackSet>) -> Arc<TrackSet> {
    let other = |track: &Arc<Track>| match track.audio() {
        Some(_) => Arc::new(Track { codec_string: "mp4a.40.5".into(), ..(**track).clone() }),
        None => track.clone(),
    };
    Arc::new(TrackSet { tracks: tracks.tracks.iter().map(other).collect(), ..(**tracks).clone() })
}

/// Only the units of one track.
pub(crate) fn only(units: Vec<AccessUnit>, track: springhead_core::TrackId) -> Vec<AccessUnit> {
    units.into_iter().filter(|unit| unit.track == track).collect()
}

/// Takes the mark of a random access point from some pictures, as an encoder does that cuts at scenes, but never from so
/// many that two are more than `most` apart.
pub(crate) fn irregular(units: Vec<AccessUnit>, seed: u64, most: Duration) -> Vec<AccessUnit> {
    let mut prng = Prng::new(seed);
    let mut last: Option<Timestamp> = None;
    let most = Timescale::MPEG.ticks(most, springhead_core::Rounding::Floor);
    let keys: Vec<Timestamp> =
        units.iter().filter(|unit| unit.track == VIDEO && unit.is_random_access()).map(|unit| unit.dts).collect();
    let mut units = units;
    for unit in units.iter_mut().filter(|unit| unit.track == VIDEO && unit.is_random_access()) {
        let next = keys.iter().find(|key| **key > unit.dts);
        let must = last.is_none_or(|last| next.is_none_or(|next| next.saturating_since(last) > most));
        if must || prng.chance(300) {
            last = Some(unit.dts);
        } else {
            unit.flags.remove(UnitFlags::RANDOM_ACCESS);
        }
    }
    units
}

/// The init section of a segment, as read.
pub(crate) fn init_of(segment: &Segment) -> InitSection {
    InitSection::parse(&segment.init.body).expect("an init section can be read")
}

/// When a segment is shown, from its Period on the wall clock.
pub(crate) fn shown_at(segment: &Segment, track: &Track) -> WallTime {
    segment.period.wall_at(segment.start, track.timescale)
}
