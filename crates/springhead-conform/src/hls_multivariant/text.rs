//! Rules on the tags and attributes that the model leaves out.

use std::collections::HashSet;

use super::Document;
use crate::finding::Report;
use crate::hls_define;
use crate::hls_text::{attribute, attributes, tags};

/// The tags of that name, with their values.
fn of<'a>(document: &Document<'a>, name: &'static str) -> impl Iterator<Item = (String, &'a str)> + use<'a> {
    let named = tags(document.text).filter(move |(_, n, _)| *n == name);
    named.map(|(line, _, value)| (format!("line {line}"), value))
}

pub(super) fn variables(document: &Document<'_>, report: &mut Report<'_>) {
    hls_define::check(&document.playlist.defines, document.text, report);
}

/// `STABLE-VARIANT-ID` and `STABLE-RENDITION-ID` are of the unreserved characters of URIs and three more.
fn is_stable_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=.-_".contains(&b))
}

pub(super) fn identities(document: &Document<'_>, report: &mut Report<'_>) {
    let scored: Vec<bool> =
        of(document, "#EXT-X-STREAM-INF").map(|(_, list)| attribute(list, "SCORE").is_some()).collect();
    if scored.contains(&true) {
        for ((place, _), _) in of(document, "#EXT-X-STREAM-INF").zip(scored).filter(|(_, scored)| !scored) {
            report.at(place, "no SCORE, and another variant has one");
        }
    }
    let variants = of(document, "#EXT-X-STREAM-INF").chain(of(document, "#EXT-X-I-FRAME-STREAM-INF"));
    let ids = variants.map(|one| (one, "STABLE-VARIANT-ID"));
    let ids = ids.chain(of(document, "#EXT-X-MEDIA").map(|one| (one, "STABLE-RENDITION-ID")));
    for ((place, list), name) in ids {
        if let Some(id) = attribute(list, name).filter(|id| !is_stable_id(id)) {
            report.at(place, format_args!("{name} {id} has characters that it may not have"));
        }
    }
}

pub(super) fn protection(document: &Document<'_>, report: &mut Report<'_>) {
    let variants = of(document, "#EXT-X-STREAM-INF").chain(of(document, "#EXT-X-I-FRAME-STREAM-INF"));
    for (place, list) in variants {
        let level = attribute(list, "HDCP-LEVEL");
        if let Some(level) = level.filter(|level| !["TYPE-0", "TYPE-1", "NONE"].contains(level)) {
            report.at(&place, format_args!("HDCP-LEVEL is {level}"));
        }
        match attribute(list, "REQ-VIDEO-LAYOUT") {
            Some("") => report.at(&place, "REQ-VIDEO-LAYOUT is empty"),
            Some("CH-MONO") => report.at(&place, "REQ-VIDEO-LAYOUT asks for what every client can do"),
            _ => {}
        }
    }
}

pub(super) fn session_data(document: &Document<'_>, report: &mut Report<'_>) {
    let mut seen = HashSet::new();
    for (place, list) in of(document, "#EXT-X-SESSION-DATA") {
        let Some(id) = attribute(list, "DATA-ID") else {
            report.at(place, "session data without DATA-ID");
            continue;
        };
        let has = |name: &str| attributes(list).any(|(n, _)| n == name);
        if has("VALUE") == has("URI") {
            report.at(&place, format_args!("{id} needs either VALUE or URI"));
        }
        if !seen.insert((id, attribute(list, "LANGUAGE"))) {
            report.at(&place, format_args!("{id} stands twice in one language"));
        }
    }
    for (place, list) in of(document, "#EXT-X-SESSION-KEY") {
        if attribute(list, "METHOD") == Some("NONE") {
            report.at(place, "a session key with METHOD=NONE");
        }
    }
}
