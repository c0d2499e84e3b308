//! DASH: the MPD is reloaded as it asks for, and the newest segments that it lists are fetched and checked.

use std::collections::BTreeMap;
use std::time::Duration;

use springhead::conform::cmaf::{self, Tail};
use springhead::conform::{dash, dash_history};
use springhead::manifest::dash::{AdaptationSet, Mpd, PresentationType, Representation};
use springhead::mux::fmp4::read::InitSection;
use tokio::time::Instant;
use url::Url;

use super::fetch::Client;
use super::hls::{fetch, fetch_init};
use super::report::Report;

/// How many segments before the last listed one are surely complete: a low-latency MPD announces the open one and one more.
const ANNOUNCED: u64 = 2;
/// The shortest pause between two reloads.
const LEAST_PAUSE: Duration = Duration::from_millis(500);

pub(super) async fn lint(client: &Client, mut url: Url, mut text: String, until: Instant, report: &Report) {
    let mut old: Option<Mpd> = None;
    let mut media: BTreeMap<String, Media> = BTreeMap::new();
    loop {
        report.fetched();
        let verdict = dash::check(&text);
        report.add(&url, &verdict.findings);
        let Some(new) = verdict.model else { return };
        if let Some(old) = &old {
            report.add(&url, &dash_history::check(old, &new));
        }
        if let Some(period) = new.periods.last() {
            for set in &period.adaptation_sets {
                for representation in &set.representations {
                    let place = format!("{}/{}", period.id.as_deref().unwrap_or_default(), representation.id);
                    media.entry(place).or_default().check(client, &url, set, representation, report).await;
                }
            }
        }
        let pause = new.minimum_update_period.map(|span| Duration::from_micros(span.micros()));
        let Some(pause) = pause.filter(|_| new.type_ == PresentationType::Dynamic) else { return };
        if Instant::now() >= until {
            return;
        }
        tokio::time::sleep(pause.max(LEAST_PAUSE)).await;
        // As players do: from where the MPD says, and from where it came when that is no URL.
        if let Some(location) = new.locations.first().and_then(|location| url.join(location).ok()) {
            url = location;
        }
        old = Some(new);
        match client.text(&url).await {
            Ok((_, newer)) => text = newer,
            Err(error) => {
                report.unfetched(&error);
                return;
            }
        }
    }
}

/// The media of one Representation as far as it was fetched.
#[derive(Default)]
struct Media {
    next: Option<u64>,
    init: Option<InitSection>,
    tail: Option<Tail>,
}

impl Media {
    async fn check(
        &mut self,
        client: &Client,
        url: &Url,
        set: &AdaptationSet,
        representation: &Representation,
        report: &Report,
    ) {
        let Some(template) = set.template_of(representation) else { return };
        let fill = |uri: &str| uri.replace("$RepresentationID$", &representation.id);
        let (Some(initialization), Some(pattern), Some(timeline)) =
            (&template.initialization, &template.media, &template.timeline)
        else {
            return;
        };
        if !pattern.contains("$Number$") {
            return;
        }
        if self.init.is_none() {
            let Ok(at) = url.join(&fill(initialization)) else { return };
            self.init = fetch_init(client, at, report).await.map(|(_, init)| init);
        }
        let Some(init) = &self.init else { return };
        let count: u64 = timeline.runs().filter_map(|run| run.count).sum();
        let end = template.start_number().saturating_add(count.saturating_sub(ANNOUNCED));
        let from = self.next.unwrap_or(end.saturating_sub(1)).max(template.start_number());
        for number in from..end {
            self.next = Some(number + 1);
            let uri = fill(pattern).replace("$Number$", &number.to_string());
            let Some((at, body)) = fetch(client, url, &uri, report).await else { continue };
            let verdict = cmaf::check_segment(init, &body, self.tail.as_ref());
            report.add(&at, &verdict.findings);
            self.tail = verdict.model;
        }
    }
}
