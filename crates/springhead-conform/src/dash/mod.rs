//! One MPD.

mod low_latency;
mod presentation;
mod sets;
#[cfg(test)]
pub(crate) mod tests;
mod timeline;

pub(crate) use low_latency::offset;
use springhead_manifest::dash::{
    AdaptationSet, DashError, Mpd, Period, PresentationType, Representation, SegmentTemplate,
};

use crate::finding::rules;
use crate::{Finding, Rule, Severity, Verdict};

/// An MPD with the text that it was read from.
struct Document<'a> {
    mpd: &'a Mpd,
    text: &'a str,
}

rules! {
    for Document<'_>:
    presentation::dates => "A-02", "ISO/IEC 23009-1 §5.3.1.2", Error,
        "a dynamic MPD has availabilityStartTime and publishTime", "players cannot place segments on the wall clock";
    presentation::profiles => "A-03", "ISO/IEC 23009-1 §8.1", Warning,
        "profiles names one that players know", "strict players refuse the MPD";
    presentation::longest_segment => "A-04", "ISO/IEC 23009-1 §5.3.1.2", Error,
        "maxSegmentDuration is at least every segment's duration", "players ask for the last segment too late";
    presentation::updates => "A-05", "DASH-IF IOP timing model", Error,
        "a live MPD has minimumUpdatePeriod, a finished one has not", "players never reload, or reload for ever";
    presentation::time_shift => "A-06", "ISO/IEC 23009-1 §5.3.1.2", Warning,
        "a live MPD has timeShiftBufferDepth", "players seek back to segments that are gone";
    presentation::delay => "A-07", "DASH-IF IOP timing model", Error,
        "suggestedPresentationDelay is above zero and below timeShiftBufferDepth", "players start outside the window";
    presentation::ids => "A-08", "DASH-IF IOP timing model", Error,
        "Periods, sets and Representations have ids, each once", "players match the wrong ones after an update";
    presentation::period_starts => "A-09", "DASH-IF IOP timing model", Error,
        "every Period of a dynamic MPD has a start, each later than the one before", "players move the timeline after an update";
    presentation::clock => "A-10", "DASH-IF IOP timing model", Error,
        "a dynamic MPD has a UTCTiming that browsers can use", "players trust the viewer's clock, or a third party's";
    presentation::durations => "A-11", "DASH-IF IOP timing model", Error,
        "durations have no years and months", "players disagree on their length";
    low_latency::service_description => "A-12", "DASH-IF low latency §9.X.4.2", Warning,
        "a low-latency MPD has a ServiceDescription with Latency and PlaybackRate", "players choose a latency of their own";
    sets::sound => "A-13", "ISO/IEC 23009-1 §5.8.5", Error,
        "lang is a language tag, Role is of its scheme, and sound says its channels", "players offer or choose the wrong one";
    sets::descriptors => "A-14", "DASH-IF IOP §3.2.9, ISO/IEC 23009-1 §5.8.5", Error,
        "properties name sets that are there and code points that are numbers", "players pass over the element";
    sets::common_attributes => "A-16", "ISO/IEC 23009-1 §5.3.7", Error,
        "a Representation has mimeType, codecs and size, and those of one set are aligned",
        "players cannot tell whether they can play it, or do not switch";
    timeline::exact => "T-01", "ISO/IEC 23009-1 §5.3.9.6", Error,
        "segments do not overlap, and none has no duration", "players skip media or ask for it twice";
    timeline::runs => "T-04", "ISO/IEC 23009-1 §5.3.9.6", Error,
        "a timeline has no gap, and r=-1 only where it ends", "players stall at the gap, or list segments that are not there";
    timeline::names => "T-05", "ISO/IEC 23009-1 §5.3.9.4.4", Error,
        "the media template has $Number$ or $Time$, not both, and fits its timeline", "players make up wrong URLs";
    sets::continuity => "T-11", "ISO/IEC 23009-1 §5.3.2.4", Error,
        "a set goes on from one Period before, and either continues it or is connected with it", "players reset their decoders, or fail to";
    low_latency::availability => "X-01", "DASH-IF low latency §9.X.4.5", Error,
        "availabilityTimeOffset above zero goes with availabilityTimeComplete=false, and stays below a segment",
        "dash.js needs the one and Shaka the other; without both one of them has no low latency";
    low_latency::reference_times => "X-05", "ISO/IEC 23009-1 §5.12", Error,
        "ProducerReferenceTime has an id of its own in its set, and Latency refers to one that is there",
        "players measure latency from nothing";
    sets::resync => "X-06", "ISO/IEC 23009-1 §5.3.12", Warning,
        "points of resynchronisation are no further apart than segments, in ticks of the Representation",
        "players wait for a point where they could start at once";
    sets::segment_length => "X-07", "DASH-IF low latency §9.X.4.2", Warning,
        "segments that are not delivered while they are produced are at most half the target latency",
        "players cannot reach the latency that is asked of them";
    sets::segment_sequences => "X-08", "ISO/IEC 23009-1 §5.3.9.6", Error,
        "S@k goes with $SubNumber$", "players ask for chunks that have no names";
}

/// Checks the text of an MPD. One that cannot be read gives one finding, `A-01`, and those of A-11.
pub fn check(text: &str) -> Verdict<Mpd> {
    match Mpd::parse(text) {
        Ok(mpd) => {
            let findings = run(&Document { mpd: &mpd, text });
            Verdict { model: Some(mpd), findings }
        }
        Err(error) => {
            let mut findings = vec![unreadable(&error)];
            let mpd = Mpd::default();
            let rule = RULES.iter().find(|rule| rule.id == "A-11").expect("A-11 is a rule of this module");
            presentation::durations(
                &Document { mpd: &mpd, text },
                &mut crate::finding::Report::new(rule, &mut findings),
            );
            Verdict { model: None, findings }
        }
    }
}

/// The text can be read at all.
pub const UNREADABLE: Rule = Rule {
    id: "A-01",
    clause: "ISO/IEC 23009-1 Annex B",
    severity: Severity::Error,
    summary: "the text is an MPD, as far as the schema can tell",
    consequence: "players refuse the MPD",
};

fn unreadable(error: &DashError) -> Finding {
    UNREADABLE.broken(UNREADABLE.severity, format_args!("byte {}", error.position), &error.kind)
}

/// A Representation with all that applies to it.
pub(crate) struct Listed<'a> {
    pub(crate) period: &'a Period,
    pub(crate) set: &'a AdaptationSet,
    pub(crate) representation: &'a Representation,
    /// Its template, with what it takes from its set.
    pub(crate) template: SegmentTemplate,
    pub(crate) place: String,
}

/// The most Representations that are looked at. Each is looked at with the timeline of its set, so that their product is
/// what has to be bounded.
const MAX_REPRESENTATIONS: usize = 256;

/// The Representations that have a template.
pub(crate) fn listed(mpd: &Mpd) -> impl Iterator<Item = Listed<'_>> {
    let representations = mpd.periods.iter().enumerate().flat_map(move |(n, period)| {
        let name = period.id.clone().unwrap_or_else(|| format!("number {n}"));
        let sets = period.adaptation_sets.iter();
        let each = sets.flat_map(|set| set.representations.iter().map(move |one| (set, one)));
        each.map(move |(set, one)| (period, set, one, format!("Representation {} of Period {name}", one.id)))
    });
    representations.take(MAX_REPRESENTATIONS).filter_map(|(period, set, representation, place)| {
        let template = set.template_of(representation)?;
        Some(Listed { period, set, representation, template, place })
    })
}

fn is_dynamic(mpd: &Mpd) -> bool {
    mpd.type_ == PresentationType::Dynamic
}
