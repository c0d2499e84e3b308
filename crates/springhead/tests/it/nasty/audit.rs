//! Everything that was published, held against the rules as it comes.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use springhead::conform::cmaf::{self, Tail};
use springhead::conform::hls_renditions::{self, NamedPlaylist};
use springhead::conform::{Finding, dash, dash_history, hls_history, hls_media, hls_multivariant};
use springhead::core::{DiscontinuitySequence, MediaSequence, Now, Rope};
use springhead::manifest::dash::Mpd;
use springhead::manifest::hls::MediaPlaylist;
use springhead::packager::{Presentation, Rendition, Segment, Timing};

/// The promises of section 5 that no input may break: durations, target durations and published lines.
const PROMISES: [&str; 5] = ["H-05", "H-06", "H-09", "L-01", "L-02"];

/// The most that was held at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) segments: usize,
    pub(crate) inits: usize,
    pub(crate) periods: usize,
}

/// What was published of one rendition.
#[derive(Default)]
pub(crate) struct Published {
    /// Every complete segment, also those that are gone; none where not all is looked at.
    pub(crate) segments: Vec<Arc<Segment>>,
    playlist: Option<MediaPlaylist>,
    last: Option<MediaSequence>,
    tail: Option<(MediaSequence, DiscontinuitySequence, Tail)>,
}

/// Looks at each snapshot, or at two in a row of so many.
pub(crate) struct Audit {
    one_of: u64,
    seen: u64,
    pub(crate) renditions: BTreeMap<Arc<str>, Published>,
    mpd: Option<Mpd>,
    timing: Option<Timing>,
    listed_from: MediaSequence,
    findings: BTreeMap<&'static str, (u64, Finding)>,
    pub(crate) kept: Kept,
    /// By how much the end of the leader's segments was behind the wall clock when they became complete: least and most, in
    /// nanoseconds.
    pub(crate) behind: Option<(i64, i64)>,
    digest: DefaultHasher,
}

impl Audit {
    pub(crate) fn new(one_of: u64) -> Self {
        Self {
            one_of,
            seen: 0,
            renditions: BTreeMap::new(),
            mpd: None,
            timing: None,
            listed_from: MediaSequence(0),
            findings: BTreeMap::new(),
            kept: Kept::default(),
            behind: None,
            digest: DefaultHasher::new(),
        }
    }

    pub(crate) fn see(&mut self, snapshot: &Presentation, now: Now) {
        let timing = *self.timing.get_or_insert(snapshot.timing);
        assert_eq!(timing, snapshot.timing, "promises do not change");
        assert!(snapshot.listed_from >= self.listed_from, "numbers never go back");
        self.listed_from = snapshot.listed_from;
        self.measure(snapshot, now);
        let looks = self.seen % self.one_of < 2;
        for rendition in snapshot.renditions.iter().filter(|rendition| rendition.last_part().is_some()) {
            self.see_rendition(snapshot, rendition, looks);
        }
        let mpd = snapshot.mpd_update();
        mpd.body.slices().iter().for_each(|piece| self.digest.write(piece));
        if looks {
            self.side_by_side(snapshot);
            self.see_mpd(&mpd.text());
            let multivariant = snapshot.multivariant();
            let text = multivariant.text();
            self.add(hls_multivariant::check(&text).findings);
        } else {
            self.mpd = None;
        }
        self.seen += 1;
    }

    fn measure(&mut self, snapshot: &Presentation, now: Now) {
        let Kept { segments, inits, periods } = self.kept;
        let of = |count: fn(&Rendition) -> usize| snapshot.renditions.iter().map(|r| count(r)).max().unwrap_or(0);
        self.kept = Kept {
            segments: segments.max(of(|rendition| rendition.segments.len())),
            inits: inits.max(of(|rendition| rendition.inits.len())),
            periods: periods.max(snapshot.periods().len()),
        };
        let leader = &snapshot.renditions[0];
        let known = self.renditions.get(&leader.name).and_then(|known| known.last);
        // The first snapshot comes later than its segment, when the next one has begun.
        if let Some(last) = leader.segments.last().filter(|last| known.is_some_and(|known| last.msn > known)) {
            let end = last.program_date_time + Duration::from_micros(last.duration.micros());
            let behind = now.wall.0 - end.0;
            let (least, most) = self.behind.unwrap_or((behind, behind));
            self.behind = Some((least.min(behind), most.max(behind)));
        }
    }

    fn see_rendition(&mut self, snapshot: &Presentation, rendition: &Rendition, looks: bool) {
        let playlist = snapshot.playlist(rendition);
        playlist.body.slices().iter().for_each(|piece| self.digest.write(piece));
        let all = self.one_of == 1;
        let known = self.renditions.entry(rendition.name.clone()).or_default();
        let mut findings = Vec::new();
        if looks {
            let verdict = hls_media::check(&playlist.text());
            findings.extend(verdict.findings);
            let model = verdict.model.expect("what is printed can be read");
            findings.extend(known.playlist.iter().flat_map(|old| hls_history::check(old, &model)));
            known.playlist = Some(model);
        } else {
            known.playlist = None;
        }
        let new = rendition.segments.partition_point(|segment| Some(segment.msn) <= known.last);
        for segment in &rendition.segments[new..] {
            assert!(known.last.is_none_or(|last| segment.msn == last.next()), "numbers rise by one");
            known.last = Some(segment.msn);
            let body = segment.body();
            write(&mut self.digest, &body);
            if looks {
                findings.extend(media(known, segment, &body));
            }
            if all {
                known.segments.push(segment.clone());
            }
        }
        self.add(findings);
    }

    fn side_by_side(&mut self, snapshot: &Presentation) {
        let named = snapshot.renditions.iter().filter_map(|rendition| {
            let known = self.renditions.get(&rendition.name).filter(|_| rendition.last_part().is_some())?;
            Some(NamedPlaylist { name: &rendition.name, playlist: known.playlist.as_ref()? })
        });
        let findings = hls_renditions::check(&named.collect::<Vec<_>>());
        self.add(findings);
    }

    fn see_mpd(&mut self, text: &str) {
        let verdict = dash::check(text);
        self.add(verdict.findings);
        let model = verdict.model.expect("what is printed can be read");
        if let Some(old) = self.mpd.replace(model.clone()).filter(|old| *old != model) {
            self.add(dash_history::check(&old, &model));
        }
    }

    fn add(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            self.findings.entry(finding.id).or_insert((0, finding)).0 += 1;
        }
    }

    /// Nothing was published that breaks a rule, but for those named.
    pub(crate) fn assert_keeps_rules_but(&self, exempt: &[&str]) {
        assert!(PROMISES.iter().all(|promise| !exempt.contains(promise)), "promises have no exemption");
        let broken = self.findings.values().filter(|(_, finding)| !exempt.contains(&finding.id));
        let broken: Vec<String> = broken.map(|(count, first)| format!("{count} times {first}")).collect();
        assert!(broken.is_empty(), "{broken:#?}");
        assert!(self.seen > 0, "something was published");
    }

    pub(crate) fn segments(&self, rendition: &str) -> &[Arc<Segment>] {
        self.renditions.get(rendition).map_or(&[], |published| &published.segments)
    }

    /// A number made of everything that was served.
    pub(crate) fn digest(&self) -> u64 {
        self.digest.finish()
    }
}

/// What the rules of CMAF have against a segment.
fn media(known: &mut Published, segment: &Segment, body: &Rope) -> Vec<Finding> {
    let before = known.tail.take();
    if segment.is_gap() {
        return Vec::new();
    }
    let header = cmaf::check_init(&segment.init.body);
    let mut findings = header.findings;
    let init = header.model.expect("an init section can be read");
    let body = body.to_bytes();
    let goes_on = |(msn, period, _): &(MediaSequence, DiscontinuitySequence, Tail)| {
        msn.next() == segment.msn && *period == segment.period.id
    };
    let tail = before.filter(goes_on).map(|(.., tail)| tail);
    let verdict = cmaf::check_segment(&init, &body, tail.as_ref());
    findings.extend(verdict.findings);
    let parts: Vec<_> = segment.parts.iter().map(|part| part.body.to_bytes()).collect();
    let parts: Vec<&[u8]> = parts.iter().map(|part| &part[..]).collect();
    findings.extend(cmaf::check_parts(&init, &parts, &body));
    known.tail = verdict.model.map(|tail| (segment.msn, segment.period.id, tail));
    findings
}

fn write(digest: &mut DefaultHasher, rope: &Rope) {
    rope.slices().iter().for_each(|slice| digest.write(slice));
}
