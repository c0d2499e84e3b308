//! Rules on low latency.

use std::collections::HashSet;

use springhead_manifest::Seconds;
use springhead_manifest::dash::{AVAILABLE_AT_ONCE, Mpd};

use super::{Document, Listed, is_dynamic, listed};
use crate::finding::Report;

/// The offset that applies: those of the BaseURLs and of the template together.
pub(crate) fn offset(mpd: &Mpd, one: &Listed<'_>) -> Seconds {
    let levels = [&mpd.base_urls, &one.period.base_urls, &one.set.base_urls, &one.representation.base_urls];
    let bases = levels.into_iter().filter_map(|urls| urls.first()?.availability_time_offset);
    bases.chain(one.template.availability_time_offset).sum()
}

/// Whether segments are delivered while they are produced.
pub(super) fn is_incomplete(mpd: &Mpd, one: &Listed<'_>) -> bool {
    let levels = [&mpd.base_urls, &one.period.base_urls, &one.set.base_urls, &one.representation.base_urls];
    let bases = levels.into_iter().filter_map(|urls| urls.first()?.availability_time_complete);
    bases.chain(one.template.availability_time_complete).any(|complete| !complete)
}

fn is_low_latency(mpd: &Mpd) -> bool {
    let profile = mpd.profiles.iter().any(|profile| profile.contains("low-latency"));
    is_dynamic(mpd) && (profile || listed(mpd).any(|one| is_incomplete(mpd, &one)))
}

pub(super) fn service_description(document: &Document<'_>, report: &mut Report<'_>) {
    let mpd = document.mpd;
    if !is_low_latency(mpd) {
        return;
    }
    let descriptions = &mpd.service_descriptions;
    let Some(latency) = descriptions.iter().find_map(|description| description.latency) else {
        return report.at("MPD", "low latency, and no ServiceDescription with Latency");
    };
    match latency.target {
        None => report.at("Latency", "no @target"),
        Some(target) => {
            if latency.min.is_some_and(|min| min > target) || latency.max.is_some_and(|max| max < target) {
                report.at("Latency", format_args!("the target {target} is not between min and max"));
            }
        }
    }
    if !descriptions.iter().any(|description| description.playback_rate.is_some()) {
        report.at("MPD", "low latency, and no PlaybackRate");
    }
}

pub(super) fn availability(document: &Document<'_>, report: &mut Report<'_>) {
    let mpd = document.mpd;
    if !is_dynamic(mpd) {
        return;
    }
    for one in listed(mpd) {
        let (offset, incomplete) = (offset(mpd, &one), is_incomplete(mpd, &one));
        if incomplete && offset == Seconds::ZERO {
            report.at(&one.place, "@availabilityTimeComplete is false, and @availabilityTimeOffset is zero");
        }
        if !incomplete && offset > Seconds::ZERO && offset < AVAILABLE_AT_ONCE {
            report.warn(&one.place, "@availabilityTimeOffset, and @availabilityTimeComplete is not false");
        }
        let runs = one.template.timeline.iter().flat_map(|timeline| timeline.runs().map(|run| run.duration));
        let Some(longest) = runs.chain(one.template.duration).max() else { continue };
        // offset >= longest / timescale, without dividing
        let scaled = u128::from(offset.micros()) * u128::from(one.template.timescale());
        if incomplete && scaled >= u128::from(longest) * 1_000_000 {
            report.at(&one.place, format_args!("@availabilityTimeOffset {} is a whole segment", offset.shortest()));
        }
    }
}

pub(super) fn reference_times(document: &Document<'_>, report: &mut Report<'_>) {
    let mpd = document.mpd;
    let mut known = HashSet::new();
    for set in mpd.periods.iter().flat_map(|period| &period.adaptation_sets) {
        let mut ids = HashSet::new();
        let in_representations = set.representations.iter().flat_map(|one| &one.base.producer_reference_times);
        for time in set.base.producer_reference_times.iter().chain(in_representations) {
            if !ids.insert(time.id) {
                report.at(format_args!("ProducerReferenceTime {}", time.id), "the id stands twice in its set");
            }
            if time.utc_timing.is_none() {
                report.warn(format_args!("ProducerReferenceTime {}", time.id), "no UTCTiming says of which clock");
            }
        }
        known.extend(ids);
    }
    let referred = mpd.service_descriptions.iter().filter_map(|description| description.latency?.reference_id);
    for id in referred.filter(|id| is_dynamic(mpd) && !known.contains(id)) {
        report.at("Latency", format_args!("@referenceId {id} is no ProducerReferenceTime"));
    }
}
