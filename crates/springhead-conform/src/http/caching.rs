//! Rules on caches and clocks.

use std::time::Duration;

use super::{Exchange, Resource};
use crate::finding::Report;

/// `max-age` of Cache-Control, `s-maxage` before it, as a shared cache goes by that.
fn max_age(exchange: &Exchange<'_>) -> Option<Duration> {
    let control = exchange.header("cache-control")?;
    let of = |name: &str| {
        let mut directives = control.split(',').map(str::trim);
        directives.find_map(|one| one.strip_prefix(name)?.strip_prefix('=')?.trim_matches('"').parse().ok())
    };
    of("s-maxage").or_else(|| of("max-age")).map(Duration::from_secs)
}

fn refuses_storage(exchange: &Exchange<'_>) -> bool {
    exchange.header_has("cache-control", "no-store") || exchange.header_has("cache-control", "private")
}

pub(super) fn lifetime(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    let most = match exchange.resource {
        // What was blocked for stays true; what was not is old once the next segment is there.
        Resource::Playlist { blocked: true, .. } => exchange.target_duration * 6,
        Resource::Playlist { live: true, .. } | Resource::Mpd => exchange.target_duration,
        _ => return,
    };
    if let Some(age) =
        max_age(exchange).filter(|age| exchange.is_success() && *age > most && !refuses_storage(exchange))
    {
        report.at("Cache-Control", format_args!("max-age is {} s, above {} s", age.as_secs(), most.as_secs()));
    }
}

pub(super) fn age(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    let live = matches!(exchange.resource, Resource::Playlist { live: true, .. } | Resource::Mpd);
    let age = exchange.header("age").filter(|_| live).and_then(|age| age.trim().parse().ok()).map(Duration::from_secs);
    if let Some(age) = age.filter(|age| *age > exchange.target_duration) {
        report.at("Age", format_args!("{} s", age.as_secs()));
    }
}

pub(super) fn storable(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    let complete = matches!(exchange.resource, Resource::Segment | Resource::Part | Resource::Init);
    if complete && exchange.is_success() && refuses_storage(exchange) {
        report.at("Cache-Control", exchange.header("cache-control").unwrap_or_default());
    }
}

pub(super) fn date(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    if exchange.resource != Resource::Mpd || exchange.status != 200 {
        return;
    }
    if exchange.header("date").is_none() {
        report.at("Date", "there is none");
    }
    let readable = exchange.header_has("access-control-expose-headers", "date")
        || exchange.header_has("access-control-expose-headers", "*");
    // Without CORS at all, W-02 has said so.
    if exchange.header("access-control-allow-origin").is_some() && !readable {
        report.at("Access-Control-Expose-Headers", "it lacks Date");
    }
    if exchange.header("etag").is_none() && exchange.header("last-modified").is_none() {
        report.at("ETag", "neither it nor Last-Modified");
    }
}
