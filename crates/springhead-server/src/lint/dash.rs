//! DASH: the MPD is reloaded as it asks for, and the newest segments of every Representation are fetched and checked.

use std::collections::BTreeMap;
use std::time::Duration;

use springhead::conform::http::Resource;
use springhead::conform::{dash, dash_clock, dash_history};
use springhead::core::WallTime;
use springhead::manifest::dash::{Mpd, PresentationType};
use springhead::manifest::parse_date_time;
use tokio::time::{Instant, sleep_until};
use url::Url;

use super::dash_media::{Media, Place, in_progress};
use super::fetch::{Answer, Ask};
use super::session::Session;

/// The shortest pause between two reloads.
const LEAST_PAUSE: Duration = Duration::from_millis(500);

pub(super) async fn lint(session: &Session, answer: Answer) {
    let Ok(mpd) = answer.text().map(Mpd::parse) else { return };
    let first = mpd.unwrap_or_default();
    session.probe(&answer.url, Resource::Mpd, target(&first)).await;
    let clock = Clock::of(session, &answer.url, &first).await;
    let url = answer.url.clone();
    tokio::join!(follow(session, answer, &clock), in_progress(session, &url, &first, &clock));
}

/// How far this machine's clock is from the presentation's, in nanoseconds.
pub(super) struct Clock(i64);

impl Clock {
    /// By the first UTCTiming that gives a date, or else this machine's own.
    async fn of(session: &Session, base: &Url, mpd: &Mpd) -> Self {
        for timing in &mpd.utc_timings {
            let value = timing.value.as_deref().unwrap_or_default();
            let date = if timing.scheme_id_uri.contains(":direct:") {
                parse_date_time(value.trim())
            } else if timing.scheme_id_uri.contains(":http-iso:") || timing.scheme_id_uri.contains(":http-xsdate:") {
                let Ok(url) = base.join(value) else { continue };
                let answer = session.client.get(&url).await.ok();
                answer.and_then(|answer| parse_date_time(answer.text().ok()?.trim()))
            } else {
                None
            };
            if let Some(date) = date {
                return Self(date.0.saturating_sub(session.wall().0));
            }
        }
        Self(0)
    }

    pub(super) fn now(&self, session: &Session) -> WallTime {
        WallTime(session.wall().0.saturating_add(self.0))
    }
}

pub(super) fn target(mpd: &Mpd) -> Duration {
    let longest = mpd.max_segment_duration.map(|span| Duration::from_micros(span.micros()));
    longest.unwrap_or(Duration::from_secs(6)).max(Duration::from_secs(1))
}

async fn follow(session: &Session, mut answer: Answer, clock: &Clock) {
    let mut old: Option<Mpd> = None;
    let mut media: BTreeMap<String, Media> = BTreeMap::new();
    loop {
        let url = answer.url.clone();
        let Ok(text) = answer.text() else {
            session.judge(&answer, Resource::Mpd, LEAST_PAUSE);
            return;
        };
        let verdict = dash::check(text);
        session.report.add(&url, &verdict.findings);
        let Some(new) = verdict.model else { return };
        session.judge(&answer, Resource::Mpd, target(&new));
        session.report.add(&url, &dash_clock::check(&new, clock.now(session)));
        if let Some(old) = &old {
            session.report.add(&url, &dash_history::check(old, &new));
        }
        look(session, &url, &new, clock, &mut media).await;
        let pause = new.minimum_update_period.map(|span| Duration::from_micros(span.micros()).max(LEAST_PAUSE));
        let Some(pause) = pause.filter(|_| new.type_ == PresentationType::Dynamic) else { return };
        // An MPD may be good for minutes, in which the clock says what is new.
        let reload = Instant::now() + pause;
        while Instant::now() < reload {
            if session.is_over() {
                return;
            }
            sleep_until(reload.min(session.until).min(Instant::now() + target(&new))).await;
            look(session, &url, &new, clock, &mut media).await;
        }
        // As players do: from where the MPD says, and from where it came when that is no URL.
        let next = new.locations.first().and_then(|location| url.join(location).ok()).unwrap_or(url);
        old = Some(new);
        match session.client.ask(&next, Ask::default()).await {
            Ok(newer) => answer = newer,
            Err(error) => return session.report.unfetched(&error),
        }
    }
}

/// The new segments of every Representation.
async fn look(session: &Session, url: &Url, mpd: &Mpd, clock: &Clock, media: &mut BTreeMap<String, Media>) {
    let now = clock.now(session);
    for (n, period) in mpd.periods.iter().enumerate() {
        let place = Place { url, mpd, period };
        let name = period.id.clone().unwrap_or_else(|| n.to_string());
        for set in &period.adaptation_sets {
            for representation in &set.representations {
                let known = media.entry(format!("{name}/{}", representation.id)).or_default();
                known.check(session, &place, set, representation, now).await;
            }
        }
    }
}
