//! Rules on whether and when media is sent.

use std::time::Duration;

use super::{Exchange, Resource};
use crate::finding::Report;

pub(super) fn listed(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    let listed = match exchange.resource {
        Resource::Nowhere | Resource::HintedPart { .. } | Resource::LeftSegment => false,
        // Why a held request was refused is for the rules on reloads.
        Resource::Playlist { blocked, .. } => !blocked,
        _ => true,
    };
    let fine = exchange.is_success() || exchange.revalidates && exchange.status == 304;
    if listed && !fine {
        report.at("the answer", format_args!("{} where it is listed", exchange.status));
    }
    // The end of a broadcast may leave an announced segment empty.
    if listed
        && exchange.status == 200
        && exchange.length == 0
        && !exchange.head
        && exchange.resource != Resource::SegmentInProgress
    {
        report.at("the answer", "200 without a byte");
    }
}

pub(super) fn left(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    if exchange.resource == Resource::LeftSegment && !exchange.is_success() {
        report.at("the answer", format_args!("{} right after it left the playlist", exchange.status));
    }
}

pub(super) fn nowhere(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    if exchange.resource == Resource::Nowhere && !matches!(exchange.status, 404 | 410 | 403 | 401) {
        report.at("the answer", format_args!("{} to a made-up name", exchange.status));
    }
}

pub(super) fn in_time(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    let took = exchange.done.saturating_since(exchange.sent);
    let complete = matches!(exchange.resource, Resource::Segment | Resource::Part);
    if complete && exchange.is_success() && took > exchange.target_duration.max(Duration::from_secs(1)) {
        report.at("the answer", format_args!("it took {} ms", took.as_millis()));
    }
}

/// How long a whole part may be on its way, once its first byte is there.
const BURST: Duration = Duration::from_millis(200);

pub(super) fn hint(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    if exchange.resource != (Resource::HintedPart { came_true: true }) {
        return;
    }
    if !exchange.is_success() {
        return report.at("the hinted part", format_args!("answered {}", exchange.status));
    }
    let took = exchange.done.saturating_since(exchange.first_byte);
    if took > BURST {
        report.at("the hinted part", format_args!("{} ms from its first byte to its last", took.as_millis()));
    }
}

pub(super) fn false_hint(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    if exchange.resource == (Resource::HintedPart { came_true: false }) && exchange.is_success() && exchange.length > 0
    {
        report.at("the hinted part", format_args!("answered {}, and never listed", exchange.status));
    }
}

pub(super) fn in_progress(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    if exchange.resource != Resource::SegmentInProgress || exchange.status != 200 {
        return;
    }
    let took = exchange.done.saturating_since(exchange.first_byte);
    let waited = exchange.first_byte.saturating_since(exchange.sent);
    // A segment that was nearly complete comes at once, with its length.
    if waited > exchange.target_duration / 2 && took < BURST {
        report.at("the segment", format_args!("nothing for {} ms, then all of it at once", waited.as_millis()));
    }
    if took > BURST && exchange.header("content-length").is_some() {
        report.at("Content-Length", "it is stated before the segment is complete");
    }
}
