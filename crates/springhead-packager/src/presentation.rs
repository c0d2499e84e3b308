//! The immutable snapshot from which everything is answered.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use springhead_core::{
    DiscontinuitySequence, FrameRate, MediaKind, MediaSequence, MonoTime, Rope, Ticks, Timestamp, Track, TrackId,
    WallTime,
};

use springhead_codec::captions::Captions;
use springhead_manifest::dash::Mpd;
use springhead_manifest::hls::{DateRange, MediaPlaylist, RecentDateRanges};

use crate::events::{Interstitials, Splice};
use crate::kind::Kind;
use crate::manifest::{Manifest, Piece};
use crate::segment::{Init, OpenSegment, Part, Period, Segment, segment_name, transport_stream_name};
use crate::shift::Shifted;
use crate::transport_stream;
use crate::{DashAddressing, DashAvailabilityStart, HlsFormat, PartAddressing, Timing, dash, hls};

/// Everything that can be served of a broadcast at one moment.
///
/// A snapshot is published whenever a chunk is complete. Manifests are rendered from it at most once, however many
/// requests wait for them: snapshots between which a manifest did not change share its text, its compressed form and its
/// entity tag.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// The renditions that have, or had, media; the leading one first.
    pub renditions: Vec<Arc<Rendition>>,
    /// What was promised.
    pub timing: Timing,
    /// `MPD@availabilityStartTime`; never changes.
    pub availability_start: WallTime,
    /// The first segment that there ever was.
    pub first: MediaSequence,
    /// The first segment that manifests list.
    pub listed_from: MediaSequence,
    /// By how much the encoder's clock has fallen behind ours since its timeline began, in nanoseconds; negative when it is
    /// ahead.
    pub drift_nanos: i64,
    /// Whether the publisher ended the broadcast (EXT-X-ENDLIST, a static MPD).
    pub ended: bool,
    /// +1 whenever a media playlist changes: a part, a segment or the end.
    pub playlist_version: u64,
    /// +1 whenever the MPD changes.
    pub mpd_version: u64,
    /// Until when segments that are no longer listed are kept, by number.
    pub(crate) lingering: Arc<[(MediaSequence, MonoTime)]>,
    /// What was spliced, of what is listed and what is still to come, in the order announced.
    pub splices: Arc<[Splice]>,
    /// What breaks are to players of HLS, beyond what splice information says.
    pub(crate) interstitials: Option<Arc<Interstitials>>,
    /// Which date ranges a delta update may not leave out, where it may leave out others.
    pub(crate) recent_date_ranges: Option<Arc<RecentDateRanges>>,
    /// The captions that were found in pictures so far.
    pub captions: Captions,
    /// The kinds of renditions whose chunks hold messages.
    pub(crate) inband_events: Vec<Kind>,
    pub(crate) hls_parts: PartAddressing,
    /// What the multivariant playlist leads to when a viewer does not say.
    pub hls_format: HlsFormat,
    pub(crate) by_epoch: bool,
    pub(crate) dash: DashSettings,
    pub(crate) shifted: Option<Shifted>,
    pub(crate) multivariant: Arc<MultivariantCell>,
    pub(crate) playlists: Arc<Vec<PlaylistCells>>,
    pub(crate) mpd: Arc<MpdCell>,
    pub(crate) rendered: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
pub(crate) struct DashSettings {
    pub(crate) addressing: DashAddressing,
    pub(crate) availability_start: DashAvailabilityStart,
    pub(crate) target_latency: Duration,
    pub(crate) chunk: Duration,
    pub(crate) dvr: Duration,
    pub(crate) patch: bool,
}

#[derive(Debug, Default)]
pub(crate) struct MultivariantCell {
    cmaf: OnceLock<Arc<Manifest>>,
    transport_stream: OnceLock<Option<Arc<Manifest>>>,
}

#[derive(Debug, Default)]
pub(crate) struct PlaylistCells {
    full: OnceLock<Arc<Manifest>>,
    transport_stream: OnceLock<Option<Arc<Manifest>>>,
    delta: OnceLock<Option<Arc<Manifest>>>,
    delta_of_date_ranges: OnceLock<Option<Arc<Manifest>>>,
    keys: OnceLock<Option<Arc<Manifest>>>,
}

/// The MPD changes less often than the snapshot, so it is rendered from the snapshot that first had its version.
#[derive(Debug)]
pub(crate) struct MpdCell {
    pub(crate) publish_time: WallTime,
    pub(crate) first: OnceLock<Arc<Manifest>>,
    pub(crate) update: OnceLock<Arc<Manifest>>,
    /// The versions before it that somebody may have, oldest first.
    pub(crate) before: Vec<PatchCell>,
}

/// An earlier version of the MPD, and what makes this one of it.
#[derive(Debug)]
pub(crate) struct PatchCell {
    pub(crate) publish_time: WallTime,
    pub(crate) text: Arc<Manifest>,
    pub(crate) patch: OnceLock<Option<Arc<Manifest>>>,
}

/// For how many versions of the MPD a patch can be had. There are some two for each segment of each rendition.
pub(crate) const PATCHED_VERSIONS: usize = 32;

impl MpdCell {
    pub(crate) fn new(publish_time: WallTime) -> Self {
        Self { publish_time, first: OnceLock::new(), update: OnceLock::new(), before: Vec::new() }
    }

    /// The version that comes after this one.
    pub(crate) fn next(&self, publish_time: WallTime) -> Self {
        let cell =
            |publish_time, text: &Arc<Manifest>| PatchCell { publish_time, text: text.clone(), patch: OnceLock::new() };
        let known = self.before.iter().map(|old| cell(old.publish_time, &old.text));
        // One that was never rendered is had by nobody.
        let own = self.update.get().map(|text| cell(self.publish_time, text));
        let mut before: Vec<PatchCell> = known.chain(own).collect();
        before.drain(..before.len().saturating_sub(PATCHED_VERSIONS));
        Self { before, ..Self::new(publish_time) }
    }
}

/// Whether there is a patch for a version of the MPD.
#[derive(Debug)]
pub enum MpdPatch {
    /// There is.
    Patch(Arc<Manifest>),
    /// That version is the newest.
    NotYet,
    /// That version is too old or never was, or too much has changed for players to follow: they are to load the MPD.
    Gone,
}

/// One encoded version of one kind of media, as it stands in a snapshot.
#[derive(Clone, Debug)]
pub struct Rendition {
    /// Its name in URIs, and its `Representation@id`: `v1`, `a2`.
    pub name: Arc<str>,
    /// The number of its own track.
    pub own_track: TrackId,
    /// That track, as it was sent last.
    pub track: Arc<Track>,
    /// Whether it goes on: with what is sent, or with what stands in for that.
    pub current: bool,
    /// Whether it is made of its own track, and not of another that stands in for it.
    pub own: bool,
    /// The periods that it came too late for, so that their Periods are without it.
    pub(crate) late_for: Arc<Vec<DiscontinuitySequence>>,
    /// The period that the next segment belongs to.
    pub(crate) period: Option<DiscontinuitySequence>,
    /// The farthest from where the leader's began that one of its segments of the current period began, in its ticks. More
    /// than a unit's duration says that the encoder's key pictures are not aligned.
    pub misalignment: Ticks,
    /// All complete segments that can be served, without a hole in their numbers: those listed and those that linger.
    pub segments: Arc<Vec<Arc<Segment>>>,
    /// The segment that is being made.
    pub open: Option<OpenSegment>,
    /// The number that the next segment to begin will have.
    pub next_msn: MediaSequence,
    /// The number that the next part to become complete will have.
    pub(crate) next_part: u64,
    /// Whether what it is made of is about to change, so that nobody can tell which init section the next part needs.
    pub(crate) changes: bool,
    /// The init section that what is made now needs.
    pub init: Option<Arc<Init>>,
    /// Every init section that a kept segment needs, and the newest.
    pub inits: Arc<Vec<Arc<Init>>>,
    /// What the open segment is expected to last at most: as long as any of the current period did lately, and of sound to
    /// the unit where the pictures end.
    pub expected: Ticks,
    /// The longest chunk that can come.
    pub chunk: Ticks,
    /// The most bits per second over any one segment, and over all kept.
    pub bandwidth: Bandwidth,
}

/// Measured rates of a rendition, in bits per second (BANDWIDTH and AVERAGE-BANDWIDTH).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bandwidth {
    /// The peak over a segment.
    pub peak: u64,
    /// The average over all segments kept.
    pub average: u64,
}

impl Presentation {
    /// The rendition of that name.
    pub fn rendition(&self, name: &str) -> Option<&Arc<Rendition>> {
        self.renditions.iter().find(|rendition| &*rendition.name == name)
    }

    /// The renditions in an order that does not depend on which of them leads: pictures first, then by number.
    pub fn in_order(&self) -> Vec<&Arc<Rendition>> {
        let mut renditions: Vec<_> = self.renditions.iter().collect();
        renditions.sort_by_key(|rendition| (rendition.kind() != MediaKind::Video, rendition.own_track));
        renditions
    }

    /// How long a segment can still be had, at the least: one that is listed or announced leaves the store no sooner than the
    /// window's length after it left the window (H-15); of one that left it, it is known when that will be.
    pub fn kept_at_least(&self, msn: MediaSequence, now: MonoTime) -> Duration {
        let place = self.lingering.binary_search_by_key(&msn, |&(msn, _)| msn);
        place.map_or(self.dash.dvr, |at| self.lingering[at].1.saturating_since(now))
    }

    /// Whether it has parts, hints and segments that are still being made.
    pub(crate) fn has_live_edge(&self) -> bool {
        !self.ended && self.shifted.is_none_or(|shifted| shifted.live_edge)
    }

    /// How far back players are to begin, where they do not choose themselves.
    pub(crate) fn begin(&self) -> Option<Duration> {
        self.shifted.and_then(|shifted| shifted.begin)
    }

    /// By how much all is later on the wall clock than it is live.
    pub(crate) fn delay(&self) -> Duration {
        self.shifted.map_or(Duration::ZERO, |shifted| shifted.delay)
    }

    /// The playlist of a rendition's key pictures (EXT-X-I-FRAMES-ONLY); none for sound.
    pub fn key_pictures(&self, rendition: &Rendition) -> Option<Arc<Manifest>> {
        let render = || {
            let playlist = (rendition.kind() == MediaKind::Video).then(|| hls::key_pictures(self, rendition, ""));
            playlist.map(|playlist| self.rendering(playlist.render()))
        };
        match self.cells(rendition) {
            Some(cells) => cells.keys.get_or_init(render).clone(),
            None => render(),
        }
    }

    /// What a segment is called.
    pub fn segment_name(&self, period: DiscontinuitySequence, msn: MediaSequence) -> String {
        segment_name(period, msn, self.by_epoch)
    }

    /// How many manifests were rendered of this broadcast, whether they were kept or not.
    pub fn rendered(&self) -> u64 {
        self.rendered.load(Ordering::Relaxed)
    }

    fn rendering(&self, text: String) -> Arc<Manifest> {
        self.rendering_of([Piece::new(text)])
    }

    fn rendering_of(&self, pieces: impl IntoIterator<Item = Piece>) -> Arc<Manifest> {
        self.rendered.fetch_add(1, Ordering::Relaxed);
        Manifest::new(pieces)
    }

    /// The multivariant playlist.
    pub fn multivariant(&self) -> Arc<Manifest> {
        self.multivariant.cmaf.get_or_init(|| self.rendering(hls::multivariant(self, "").render())).clone()
    }

    /// The multivariant playlist of transport streams; none where they can carry nothing of the broadcast.
    pub fn multivariant_of_transport_streams(&self) -> Option<Arc<Manifest>> {
        let render = || Some(self.rendering(transport_stream::multivariant(self, "")?.render()));
        self.multivariant.transport_stream.get_or_init(render).clone()
    }

    /// The media playlist of a rendition's transport streams, which for pictures have sound in them; none where they cannot
    /// carry it.
    pub fn playlist_of_transport_streams(&self, rendition: &Rendition) -> Option<Arc<Manifest>> {
        let render = || Some(self.rendering(transport_stream::media(self, rendition, "")?.render()));
        match self.cells(rendition) {
            Some(cells) => cells.transport_stream.get_or_init(render).clone(),
            None => render(),
        }
    }

    /// A segment as a transport stream, with its sound where it is of pictures: made of the segments when it is asked for first,
    /// and kept with them. None where those are not complete, where the media is missing, or where
    /// transport streams cannot carry it.
    pub fn transport_stream(&self, rendition: &Rendition, msn: MediaSequence) -> Option<Rope> {
        transport_stream::segment(self, rendition, msn)
    }

    /// The number of the segment that the playlist of a rendition's transport streams lists next.
    pub fn next_transport_stream(&self, rendition: &Rendition) -> MediaSequence {
        transport_stream::next(self, rendition)
    }

    pub(crate) fn transport_stream_name(&self, period: DiscontinuitySequence, msn: MediaSequence) -> String {
        transport_stream_name(period, msn, self.by_epoch)
    }

    /// The media playlist of a rendition, in full.
    pub fn playlist(&self, rendition: &Rendition) -> Arc<Manifest> {
        let render = || self.rendering_of(hls::pieces(self, rendition));
        match self.cells(rendition) {
            Some(cells) => cells.full.get_or_init(render).clone(),
            None => render(),
        }
    }

    /// The playlist delta update of a rendition (EXT-X-SKIP); none when nothing could be skipped.
    pub fn delta(&self, rendition: &Rendition) -> Option<Arc<Manifest>> {
        let render = || hls::delta(self, rendition, "", None).map(|delta| self.rendering(delta.render()));
        match self.cells(rendition) {
            Some(cells) => cells.delta.get_or_init(render).clone(),
            None => render(),
        }
    }

    /// The playlist delta update that leaves out old date ranges too; the other one where that is not offered
    /// ([`PackagerConfig::date_range_deltas`](crate::PackagerConfig::date_range_deltas)).
    pub fn delta_of_date_ranges(&self, rendition: &Rendition) -> Option<Arc<Manifest>> {
        let Some(recent) = &self.recent_date_ranges else { return self.delta(rendition) };
        let render = || hls::delta(self, rendition, "", Some(recent)).map(|delta| self.rendering(delta.render()));
        match self.cells(rendition) {
            Some(cells) => cells.delta_of_date_ranges.get_or_init(render).clone(),
            None => render(),
        }
    }

    /// A manifest whose URIs carry a query, as a token that a viewer came with. Not kept. What a viewer asked to be shifted by
    /// is no part of it: the URIs of playlists and MPDs carry that too, those of media do not. See
    /// [`with_queries`](Self::with_queries). None where transport streams are asked for and cannot carry it.
    pub fn with_query(&self, what: Form<'_>, query: &str) -> Option<String> {
        self.with_queries(what, query, query)
    }

    /// As [`with_query`](Self::with_query), with another query on the URIs of manifests than on those of media.
    pub fn with_queries(&self, what: Form<'_>, query: &str, of_manifests: &str) -> Option<String> {
        self.rendered.fetch_add(1, Ordering::Relaxed);
        Some(match what {
            Form::Multivariant => hls::multivariant(self, of_manifests).render(),
            Form::MultivariantOfTransportStreams => transport_stream::multivariant(self, of_manifests)?.render(),
            Form::Playlist(rendition) => hls::media(self, rendition, query).render(),
            Form::PlaylistOfTransportStreams(rendition) => transport_stream::media(self, rendition, query)?.render(),
            Form::Delta(rendition) => self.delta_or_full(rendition, query, None).render(),
            Form::DeltaOfDateRanges(rendition) => {
                self.delta_or_full(rendition, query, self.recent_date_ranges.as_deref()).render()
            }
            Form::KeyPictures(rendition) => hls::key_pictures(self, rendition, query).render(),
            Form::Mpd | Form::MpdUpdate => {
                let mut mpd =
                    if matches!(what, Form::Mpd) { dash::mpd(self, query) } else { dash::update(self, query) };
                dash::locate(&mut mpd, of_manifests);
                mpd.render()
            }
        })
    }

    fn delta_or_full(&self, rendition: &Rendition, query: &str, recent: Option<&RecentDateRanges>) -> MediaPlaylist {
        hls::delta(self, rendition, query, recent).unwrap_or_else(|| hls::media(self, rendition, query))
    }

    /// The MPD for who begins to watch, see [`dash::mpd`].
    pub fn mpd(&self) -> Arc<Manifest> {
        // They are the same until the end.
        if !self.ended {
            return self.mpd_update();
        }
        self.mpd.first.get_or_init(|| self.rendering(dash::mpd(self, "").render())).clone()
    }

    /// The MPD for who watches already, see [`dash::update`].
    pub fn mpd_update(&self) -> Arc<Manifest> {
        self.mpd.update.get_or_init(|| self.rendering(dash::update(self, "").render())).clone()
    }

    /// What makes the MPD of one that a player has, by that one's publish time in milliseconds (ISO/IEC 23009-1 §5.15). Not
    /// beyond the end of the broadcast, which players do not follow in a patch.
    pub fn mpd_patch(&self, from_unix_millis: i64) -> MpdPatch {
        if self.mpd.publish_time.unix_millis() == from_unix_millis && !self.ended {
            return MpdPatch::NotYet;
        }
        let old = self.mpd.before.iter().find(|old| old.publish_time.unix_millis() == from_unix_millis);
        let Some(old) = old.filter(|_| !self.ended) else { return MpdPatch::Gone };
        let patch = old.patch.get_or_init(|| {
            let parse = |manifest: &Manifest| Mpd::parse(&manifest.text()).ok();
            // Who applies the patch has the new version, and will ask for what follows it.
            let patch = parse(&old.text)?.patch_to(&parse(&self.mpd_update())?)?;
            Some(self.rendering(patch.render()))
        });
        patch.clone().map_or(MpdPatch::Gone, MpdPatch::Patch)
    }

    /// The date ranges of every playlist.
    pub(crate) fn date_ranges(&self) -> Vec<DateRange> {
        self.told_splices().map(|splice| splice.date_range(self.interstitials.as_deref())).collect()
    }

    /// The splices that manifests tell of: none that ends before what is listed begins, and where there is no live edge none
    /// that begins after it.
    pub(crate) fn told_splices(&self) -> impl Iterator<Item = &Splice> {
        let listed = self.renditions.first().map(|leader| leader.listed(self)).unwrap_or_default();
        let since = listed.first().map(|first| first.program_date_time);
        let until = listed.last().filter(|_| !self.has_live_edge());
        let until = until.map(|last| last.program_date_time + Duration::from_micros(last.duration.micros()));
        self.splices.iter().filter(move |splice| {
            let over = since.is_some_and(|since| splice.end().is_some_and(|end| end < since));
            let to_come = until.is_some_and(|until| splice.start >= until);
            !over && !to_come
        })
    }

    /// The periods that listed segments belong to, oldest first.
    pub fn periods(&self) -> Vec<Arc<Period>> {
        let mut periods: Vec<Arc<Period>> = Vec::new();
        let mut note = |period: &Arc<Period>| {
            if let Err(at) = periods.binary_search_by_key(&period.id, |known| known.id) {
                periods.insert(at, period.clone());
            }
        };
        for rendition in &self.renditions {
            // A window of thousands of segments has few periods, one after the other.
            let mut listed = rendition.listed(self);
            while let Some(first) = listed.first() {
                note(&first.period);
                listed = &listed[listed.partition_point(|segment| segment.period.id <= first.period.id)..];
            }
            rendition.open.iter().for_each(|open| note(&open.period));
        }
        periods
    }

    fn cells(&self, rendition: &Rendition) -> Option<&PlaylistCells> {
        let at = self.renditions.iter().position(|other| other.name == rendition.name)?;
        self.playlists.get(at)
    }
}

/// A URI that carries a query, if there is one.
pub(crate) fn with_query(uri: String, query: &str) -> String {
    if query.is_empty() { uri } else { format!("{uri}?{query}") }
}

/// Which manifest.
#[derive(Clone, Copy, Debug)]
pub enum Form<'a> {
    /// The multivariant playlist.
    Multivariant,
    /// That of transport streams.
    MultivariantOfTransportStreams,
    /// A media playlist in full.
    Playlist(&'a Rendition),
    /// One of transport streams.
    PlaylistOfTransportStreams(&'a Rendition),
    /// A playlist delta update.
    Delta(&'a Rendition),
    /// A playlist delta update without old date ranges, where that is offered.
    DeltaOfDateRanges(&'a Rendition),
    /// The key pictures of a rendition.
    KeyPictures(&'a Rendition),
    /// The MPD for who begins to watch.
    Mpd,
    /// The MPD for who watches already.
    MpdUpdate,
}

impl Rendition {
    /// Picture, or sound.
    pub fn kind(&self) -> MediaKind {
        self.track.kind()
    }

    /// The complete segments that manifests list.
    pub fn listed(&self, presentation: &Presentation) -> &[Arc<Segment>] {
        let first = self.segments.partition_point(|segment| segment.msn < presentation.listed_from);
        &self.segments[first..]
    }

    /// The rate of the last of some segments whose pictures have an even pace: AV1 and VP9 state none as a rule.
    pub(crate) fn measured_rate(&self, among: impl Fn(&Segment) -> bool) -> Option<FrameRate> {
        let mut segments = self.segments.iter().rev().filter(|segment| !segment.is_gap() && among(segment));
        segments.find_map(|segment| segment.frame_rate())
    }

    /// The complete segment of that number, in constant time.
    pub fn segment(&self, msn: MediaSequence) -> Option<&Arc<Segment>> {
        let first = self.segments.first()?.msn;
        self.segments.get(usize::try_from(msn.0.checked_sub(first.0)?).ok()?)
    }

    /// The complete part of that number which needs that init section, and the number of its parent, which may not be
    /// complete.
    pub fn part(&self, init: u32, number: u64) -> Option<(MediaSequence, &Arc<Part>)> {
        // Numbers rise from segment to segment, and one whose media is missing has none: a search from the newest back finds
        // those at the live edge at once, which are what is asked for.
        let open = self.open.iter().map(|open| (open.msn, &open.init, &open.parts));
        let complete = self.segments.iter().rev().map(|segment| (segment.msn, &segment.init, &segment.parts));
        let begun = |parts: &Vec<Arc<Part>>| parts.first().is_some_and(|part| part.number <= number);
        let (msn, needed, parts) = open.chain(complete).find(|(.., parts)| begun(parts))?;
        let at = parts.binary_search_by_key(&number, |part| part.number).ok()?;
        (needed.id == init).then_some((msn, parts.get(at)?))
    }

    /// The init section that the next part needs, as far as is known, and its number: what EXT-X-PRELOAD-HINT names.
    pub fn next_part(&self) -> Option<(&Arc<Init>, u64)> {
        Some((self.init.as_ref().or(self.inits.last())?, self.next_part))
    }

    /// The number of the segment that a media time of a period lies in, complete or not (`$Time$`). Times are those that an
    /// MPD announced: one that lies well into what is expected of the open segment is meant to be the next one's.
    pub fn segment_at(&self, period: DiscontinuitySequence, at: Timestamp) -> Option<MediaSequence> {
        if let Some(open) = self.open.as_ref().filter(|open| open.period.id == period && open.start <= at) {
            let after = at.saturating_since(open.start).0;
            return match self.expected.0 {
                expected if after <= expected / 2 => Some(open.msn),
                expected => (after <= expected.saturating_mul(2)).then(|| open.msn.next()),
            };
        }
        let place = (period, at);
        let after = self.segments.partition_point(|segment| (segment.period.id, segment.start) <= place);
        let segment = self.segments.get(after.checked_sub(1)?).filter(|segment| segment.period.id == period)?;
        let lies_within = at < segment.start + segment.ticks;
        // After the last segment is the one that is about to begin.
        let last = self.segments.last().is_some_and(|last| last.msn == segment.msn);
        let soon = at <= segment.start + segment.ticks + self.expected;
        lies_within.then_some(segment.msn).or_else(|| (last && soon).then(|| segment.msn.next()))
    }

    /// The number of the segment that is being made, or that will be made next.
    pub fn live_msn(&self) -> MediaSequence {
        self.open.as_ref().map_or(self.next_msn, |open| open.msn)
    }

    /// How many parts of the segment that is being made are complete.
    pub fn live_parts(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.parts.len())
    }

    /// The newest part that a playlist lists (LAST-MSN, LAST-PART); none when there is no part at all.
    pub fn last_part(&self) -> Option<(MediaSequence, usize)> {
        if let Some(open) = self.open.as_ref().filter(|open| !open.parts.is_empty()) {
            return Some((open.msn, open.parts.len() - 1));
        }
        let last = self.segments.last()?;
        Some((last.msn, last.parts.len().saturating_sub(1)))
    }
}
