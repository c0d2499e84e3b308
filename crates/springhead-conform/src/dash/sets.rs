//! Rules on AdaptationSets, Representations and their descriptors.

use std::collections::HashSet;

use springhead_manifest::dash::{AdaptationSet, ContentType, Descriptor, Representation, RepresentationBase, Span};

use super::{Document, is_dynamic, listed};
use crate::finding::Report;
use crate::language::is_language_tag;

/// The sets of all Periods, each with its place.
fn sets<'a>(document: &Document<'a>) -> impl Iterator<Item = (String, &'a AdaptationSet)> + use<'a> {
    document.mpd.periods.iter().enumerate().flat_map(|(n, period)| {
        let period_name = period.id.clone().unwrap_or_else(|| format!("number {n}"));
        period.adaptation_sets.iter().enumerate().map(move |(m, set)| {
            let name = set.id.map_or_else(|| format!("number {m}"), |id| id.to_string());
            (format!("set {name} of Period {period_name}"), set)
        })
    })
}

/// The set's description of a Representation, and its own.
fn levels<'a>(set: &'a AdaptationSet, one: &'a Representation) -> [&'a RepresentationBase; 2] {
    [&one.base, &set.base]
}

/// The top-level media type of a Representation: as its set says, or by its MIME type.
fn is_of(set: &AdaptationSet, one: &Representation, kind: ContentType) -> bool {
    let mime = levels(set, one).into_iter().find_map(|base| base.mime_type.as_deref());
    let of_mime = mime.is_some_and(|mime| mime.split('/').next() == Some(kind.as_str()));
    set.content_type.map_or(of_mime, |stated| stated == kind)
}

pub(super) fn sound(document: &Document<'_>, report: &mut Report<'_>) {
    for (place, set) in sets(document) {
        if let Some(lang) = set.lang.as_deref().filter(|lang| !is_language_tag(lang)) {
            report.at(&place, format_args!("@lang {lang} is no BCP 47 tag"));
        }
        for role in set.roles.iter().filter(|role| role.scheme_id_uri == "urn:mpeg:dash:role:2011") {
            const ROLES: [&str; 15] = [
                "caption",
                "subtitle",
                "main",
                "alternate",
                "supplementary",
                "commentary",
                "dub",
                "description",
                "sign",
                "metadata",
                "enhanced-audio-intelligibility",
                "emergency",
                "forced-subtitle",
                "easyreader",
                "karaoke",
            ];
            let value = role.value.as_deref().unwrap_or_default();
            if !ROLES.contains(&value) {
                report.warn(&place, format_args!("the Role {value} is not of its scheme"));
            }
        }
        for one in set.representations.iter().filter(|one| is_of(set, one, ContentType::Audio)) {
            if levels(set, one).into_iter().all(|base| base.audio_channel_configurations.is_empty()) {
                report
                    .warn(&place, format_args!("sound without AudioChannelConfiguration in Representation {}", one.id));
            }
        }
    }
}

pub(super) fn descriptors(document: &Document<'_>, report: &mut Report<'_>) {
    for period in &document.mpd.periods {
        let ids: HashSet<String> = period.adaptation_sets.iter().filter_map(|set| Some(set.id?.to_string())).collect();
        for set in &period.adaptation_sets {
            let of_each = set.representations.iter().map(|one| &one.base);
            let bases = std::iter::once(&set.base).chain(of_each);
            let all = bases.flat_map(|base| base.essential_properties.iter().chain(&base.supplemental_properties));
            for one in all {
                descriptor(one, &ids, report);
            }
        }
    }
}

fn descriptor(one: &Descriptor, ids: &HashSet<String>, report: &mut Report<'_>) {
    let Descriptor { scheme_id_uri, value, .. } = one;
    let value = value.as_deref().unwrap_or_default();
    match scheme_id_uri.as_str() {
        "http://dashif.org/guidelines/trickmode" | "urn:mpeg:dash:adaptation-set-switching:2016" => {
            for id in value.split([' ', ',']).filter(|id| !id.is_empty() && !ids.contains(*id)) {
                report.at(scheme_id_uri, format_args!("it names the set {id}, which is not in its Period"));
            }
        }
        scheme if scheme.starts_with("urn:mpeg:mpegB:cicp:") && value.parse::<u32>().is_err() => {
            report.at(scheme, format_args!("{value} is no code point"));
        }
        _ => {}
    }
}

pub(super) fn common_attributes(document: &Document<'_>, report: &mut Report<'_>) {
    for (place, set) in sets(document) {
        for one in &set.representations {
            let place = format!("Representation {} in {place}", one.id);
            let levels = levels(set, one);
            if levels.iter().all(|base| base.mime_type.is_none()) {
                report.at(&place, "no @mimeType");
            }
            if levels.iter().all(|base| base.codecs.is_none()) {
                report.warn(&place, "no @codecs");
            }
            let size = |of: fn(&RepresentationBase) -> Option<u32>| levels.iter().any(|base| of(base).is_some());
            if is_of(set, one, ContentType::Video) && !(size(|base| base.width) && size(|base| base.height)) {
                report.warn(&place, "pictures without @width and @height");
            }
        }
        if set.representations.len() > 1 && !set.segment_alignment {
            report.warn(&place, "several Representations, and no @segmentAlignment");
        }
    }
}

pub(super) fn continuity(document: &Document<'_>, report: &mut Report<'_>) {
    const CONTINUITY: &str = "urn:mpeg:dash:period-continuity:2015";
    const CONNECTIVITY: &str = "urn:mpeg:dash:period-connectivity:2015";
    let mut known: HashSet<&str> = HashSet::new();
    let first = document.mpd.periods.first();
    for period in &document.mpd.periods {
        for set in &period.adaptation_sets {
            let of = |scheme: &str| set.base.supplemental_properties.iter().find(|one| one.scheme_id_uri == scheme);
            let place = format_args!("Period {}", period.id.as_deref().unwrap_or_default()).to_string();
            let (continues, connects) = (of(CONTINUITY), of(CONNECTIVITY));
            if continues.is_some() && connects.is_some() {
                report.at(&place, "a set is both continuous and connected with another");
            }
            // The first Period that is listed may go on from one that has left.
            let later = first.is_some_and(|first| !std::ptr::eq(first, period));
            for one in continues.into_iter().chain(connects).filter(|_| later) {
                let id = one.value.as_deref().unwrap_or_default();
                if !known.contains(id) {
                    report.at(&place, format_args!("it goes on from the Period {id}, which is none before it"));
                }
            }
        }
        known.extend(period.id.as_deref());
    }
}

pub(super) fn resync(document: &Document<'_>, report: &mut Report<'_>) {
    for one in listed(document.mpd) {
        let timeline = one.template.timeline.iter().flat_map(|timeline| timeline.runs().map(|run| run.duration));
        let Some(longest) = timeline.chain(one.template.duration).max() else { continue };
        for resync in one.representation.base.resyncs.iter().chain(&one.set.base.resyncs) {
            if let Some(distance) = resync.d_t.filter(|distance| u64::from(*distance) > longest) {
                let scale = one.template.timescale();
                let message =
                    format_args!("Resync@dT is {distance}, and a segment {longest} ticks of {scale} a second");
                report.at(&one.place, message);
            }
            if resync.d_imin.zip(resync.d_imax).is_some_and(|(min, max)| min > max) {
                report.at(&one.place, "Resync@dImin is above @dImax");
            }
        }
    }
}

pub(super) fn segment_length(document: &Document<'_>, report: &mut Report<'_>) {
    let mpd = document.mpd;
    let target = mpd.service_descriptions.iter().find_map(|description| description.latency?.target);
    let Some(target) = target.map(|millis| Span::from_millis(millis.into())).filter(|_| is_dynamic(mpd)) else {
        return;
    };
    for one in listed(mpd).filter(|one| !super::low_latency::is_incomplete(mpd, one)) {
        let timeline = one.template.timeline.iter().flat_map(|timeline| timeline.runs().map(|run| run.duration));
        let longest = super::presentation::span(
            timeline.chain(one.template.duration).max().unwrap_or(0),
            one.template.timescale(),
        );
        if longest.micros() > target.micros() / 2 {
            report.at(&one.place, format_args!("whole segments of {longest} for a target latency of {target}"));
        }
    }
}

pub(super) fn segment_sequences(document: &Document<'_>, report: &mut Report<'_>) {
    for one in listed(document.mpd) {
        let sequences =
            one.template.timeline.iter().flat_map(|timeline| timeline.s.iter()).any(|s| s.k.is_some_and(|k| k > 1));
        let named = one.template.media.as_ref().is_some_and(|media| media.contains("$SubNumber"));
        if sequences != named && one.template.timeline.is_some() {
            let message =
                if sequences { "S@k, and no $SubNumber$ to ask for its chunks" } else { "$SubNumber$, and no S@k" };
            report.at(&one.place, message);
        }
    }
}
