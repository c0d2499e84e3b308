//! EXT-X-MEDIA.

use std::collections::HashSet;

use springhead_manifest::hls::{ClosedCaptions, MediaType, MultivariantPlaylist, Rendition};

use super::Document;
use crate::finding::Report;
use crate::language::is_language_tag;

pub(super) fn attributes(document: &Document<'_>, report: &mut Report<'_>) {
    let playlist = document.playlist;
    let mut names = HashSet::new();
    for rendition in &playlist.renditions {
        let place = format!("{} in the group {}", rendition.name, rendition.group_id);
        if !names.insert((rendition.media_type.as_str(), &rendition.group_id, &rendition.name)) {
            report.at(&place, "the NAME stands twice in its group");
        }
        if rendition.default && !rendition.autoselect {
            report.at(&place, "DEFAULT=YES without AUTOSELECT=YES");
        }
        if rendition.forced && rendition.media_type != MediaType::Subtitles {
            report.at(&place, "FORCED on what is no subtitles");
        }
        if rendition.language.as_deref().is_some_and(|tag| !is_language_tag(tag)) {
            report.at(&place, "LANGUAGE is no BCP 47 tag");
        }
        location(rendition, &place, report);
        channels(rendition, &place, report);
    }
    groups(playlist, report);
}

fn location(rendition: &Rendition, place: &str, report: &mut Report<'_>) {
    match (rendition.media_type, &rendition.uri) {
        (MediaType::Subtitles, None) => report.at(place, "subtitles without a URI"),
        (MediaType::ClosedCaptions, Some(_)) => report.at(place, "closed captions with a URI"),
        _ => {}
    }
    if rendition.media_type != MediaType::ClosedCaptions {
        return;
    }
    match rendition.instream_id.as_deref() {
        None => report.at(place, "closed captions without INSTREAM-ID"),
        Some("CC1" | "CC2" | "CC3" | "CC4") => {}
        Some(id) => {
            let service = id.strip_prefix("SERVICE").and_then(|number| number.parse::<u8>().ok());
            if service.is_none_or(|number| !(1..=63).contains(&number)) {
                report.at(place, format_args!("the INSTREAM-ID {id} is none"));
            }
        }
    }
}

fn channels(rendition: &Rendition, place: &str, report: &mut Report<'_>) {
    if rendition.media_type != MediaType::Audio {
        return;
    }
    match &rendition.channels {
        None => report.warn(place, "audio without CHANNELS"),
        Some(text) => {
            let count = text.split('/').next().and_then(|count| count.parse::<u32>().ok());
            if count.is_none_or(|count| count == 0) {
                report.at(place, format_args!("CHANNELS {text} does not begin with a count"));
            }
        }
    }
}

fn groups(playlist: &MultivariantPlaylist, report: &mut Report<'_>) {
    let known: HashSet<(&str, &str)> = playlist
        .renditions
        .iter()
        .map(|rendition| (rendition.media_type.as_str(), rendition.group_id.as_str()))
        .collect();
    for variant in &playlist.variants {
        let captions = match &variant.closed_captions {
            Some(ClosedCaptions::Group(group)) => Some(group),
            _ => None,
        };
        for (media_type, group) in [
            (MediaType::Audio, variant.audio.as_ref()),
            (MediaType::Video, variant.video.as_ref()),
            (MediaType::Subtitles, variant.subtitles.as_ref()),
            (MediaType::ClosedCaptions, captions),
        ] {
            if let Some(group) = group.filter(|group| !known.contains(&(media_type.as_str(), group.as_str()))) {
                report.at(&variant.uri, format_args!("there is no {} group {group}", media_type.as_str()));
            }
        }
    }
}
