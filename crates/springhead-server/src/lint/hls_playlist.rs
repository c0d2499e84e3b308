//! One media playlist, followed as a low-latency player follows it.

use std::time::Duration;

use springhead::conform::hls_pace::{Fetch, Pace};
use springhead::conform::hls_reload::{Directives, Reload, Skip};
use springhead::conform::http::Resource;
use springhead::conform::{hls_delta, hls_history, hls_media, hls_reload};
use springhead::manifest::hls::{HintType, MediaPlaylist};
use tokio::time::sleep;
use url::Url;

use super::fetch::{Answer, Ask};
use super::hls_media::Media;
use super::session::Session;

/// How many hints are followed, and how many delta updates are asked for.
const HINTS: usize = 6;
const DELTAS: usize = 3;
/// After how many answers in a row that are none a playlist is given up.
const MOST_FAILURES: usize = 4;

/// Follows one media playlist until the time is up or it ends, and gives the media that was fetched.
pub(super) async fn follow(session: &Session, answer: Answer) -> Media {
    let url = answer.url.clone();
    let mut watch =
        Watch { session, url, pace: Pace::default(), media: Media::default(), hints: 0, deltas: 0, looked_back: false };
    watch.run(answer).await;
    watch.media
}

struct Watch<'a> {
    session: &'a Session,
    url: Url,
    pace: Pace,
    media: Media,
    hints: usize,
    deltas: usize,
    /// Whether a segment that left was asked for.
    looked_back: bool,
}

impl Watch<'_> {
    async fn run(&mut self, answer: Answer) {
        let resource = Resource::Playlist { blocked: false, live: true };
        let Some(mut old) = self.look(&answer, resource) else { return };
        self.session.probe(&self.url, resource, target(&old)).await;
        self.probe(&old).await;
        self.media.check(self.session, &self.url, &old).await;
        let mut failures = 0;
        while !old.end_list && !self.session.is_over() && failures < MOST_FAILURES {
            let Some(new) = self.reload(&old).await else {
                failures += 1;
                sleep(target(&old) / 2).await;
                continue;
            };
            failures = 0;
            self.session.report.add(&self.url, &hls_history::check(&old, &new));
            if new.next_media_sequence() > old.next_media_sequence() && self.deltas < DELTAS {
                self.delta(&new).await;
            }
            // Who is answered at once with nothing new does not ask again at once.
            if new == old && blocks(&new) {
                sleep(target(&new) / 2).await;
            }
            self.left(&old, &new).await;
            self.media.check(self.session, &self.url, &new).await;
            old = new;
        }
        self.media.check_again(self.session, &self.url).await;
    }

    /// Asks for a segment that has just left, once.
    async fn left(&mut self, old: &MediaPlaylist, new: &MediaPlaylist) {
        let slid = new.media_sequence > old.media_sequence && !new.end_list && old.skip.is_none();
        // The last one that left is the one that a player may still be at.
        let index =
            usize::try_from(new.media_sequence.saturating_sub(old.media_sequence)).ok().and_then(|n| n.checked_sub(1));
        let segment = index.and_then(|index| old.segments.get(index));
        let segment =
            segment.filter(|segment| slid && !self.looked_back && !segment.gap && !segment.uri.contains("{$"));
        if let Some(at) = segment.and_then(|segment| self.url.join(&segment.uri).ok()) {
            self.looked_back = true;
            let head = Ask { head: true, ..Ask::default() };
            self.session.ask(&at, head, Resource::LeftSegment, target(new)).await;
        }
    }

    /// Checks an answer that should be a playlist.
    fn look(&mut self, answer: &Answer, resource: Resource) -> Option<MediaPlaylist> {
        let text = answer.text();
        let parsed = text.as_ref().ok().and_then(|text| MediaPlaylist::parse(text).ok());
        let live = parsed.as_ref().is_none_or(|playlist| !playlist.end_list);
        let resource = match resource {
            Resource::Playlist { blocked, .. } => Resource::Playlist { blocked, live },
            other => other,
        };
        let target_duration = parsed.as_ref().map_or(Duration::from_secs(6), target);
        self.session.judge(answer, resource, target_duration);
        let verdict = hls_media::check(text.ok()?);
        self.session.report.add(&self.url, &verdict.findings);
        let playlist = verdict.model?;
        let fetch = Fetch { sent: answer.sent, received: answer.done, playlist: &playlist };
        self.session.report.add(&self.url, &self.pace.fetched(fetch));
        Some(playlist)
    }

    /// The next fetch: blocked until the next part or segment where the server offers that, after half a target duration
    /// otherwise.
    async fn reload(&mut self, old: &MediaPlaylist) -> Option<MediaPlaylist> {
        if !blocks(old) {
            sleep(target(old) / 2).await;
            let answer = self.fetch(&self.url).await?;
            return self.look(&answer, Resource::Playlist { blocked: false, live: true });
        }
        let part = old.open.as_ref().map_or(0, |open| open.parts.len() as u64);
        let part = old.part_target.map(|_| part);
        let directives = Directives { msn: Some(old.next_media_sequence()), part, ..Directives::default() };
        let url = with(&self.url, directives);
        let (answer, hinted) = tokio::join!(self.fetch(&url), self.hinted(old));
        let answer = answer?;
        let new = self.look(&answer, Resource::Playlist { blocked: true, live: true });
        self.judge(old, directives, &answer, new.as_ref());
        if let (Some(new), Some(hinted)) = (&new, hinted) {
            self.hints += 1;
            // A playlist that ends has no room left for what was hinted at.
            if !new.end_list {
                let came_true = lists(new, &self.url, &hinted.url);
                self.session.judge(&hinted, Resource::HintedPart { came_true }, target(new));
            }
        }
        new
    }

    /// What is hinted at as the next part, asked for at once.
    async fn hinted(&self, playlist: &MediaPlaylist) -> Option<Answer> {
        let mut hints = playlist.preload_hints.iter().filter(|hint| hint.hint_type == HintType::Part);
        let hint = hints.find(|hint| hint.byterange_start.is_none() && hint.byterange_length.is_none());
        let hint = hint.filter(|_| self.hints < HINTS)?;
        self.fetch(&self.url.join(&hint.uri).ok()?).await
    }

    /// A delta update of the playlist, and the full one right after it.
    async fn delta(&mut self, full: &MediaPlaylist) {
        let control = full.server_control.unwrap_or_default();
        if control.can_skip_until.is_none() || full.delta().is_none() {
            return;
        }
        self.deltas += 1;
        let skip = Some(if control.can_skip_dateranges { Skip::V2 } else { Skip::Yes });
        let directives = Directives { skip, ..Directives::default() };
        let Some(answer) = self.fetch(&with(&self.url, directives)).await else { return };
        let delta = answer.text().ok().and_then(|text| MediaPlaylist::parse(text).ok());
        self.judge(full, directives, &answer, delta.as_ref());
        let (Some(delta), Some(after)) = (delta, self.fetch(&self.url).await) else { return };
        if let Some(after) = after.text().ok().and_then(|text| MediaPlaylist::parse(text).ok()) {
            self.session.report.add(&self.url, &hls_delta::check(full, &delta, &after));
        }
    }

    /// Requests that a server has to refuse, or to answer whatever they ask for.
    async fn probe(&mut self, playlist: &MediaPlaylist) {
        if !blocks(playlist) {
            return;
        }
        let none = Directives::default();
        let mut probes = vec![
            Directives { msn: Some(playlist.media_sequence), ..none },
            Directives { unknown: true, ..none },
            Directives { malformed: true, ..none },
            Directives { msn: Some(playlist.next_media_sequence().saturating_add(100)), ..none },
        ];
        if playlist.part_target.is_some() {
            probes.push(Directives { part: Some(0), ..none });
        }
        for directives in probes {
            let Some(answer) = self.fetch(&with(&self.url, directives)).await else { continue };
            let after = answer.text().ok().and_then(|text| MediaPlaylist::parse(text).ok());
            self.judge(playlist, directives, &answer, after.as_ref());
        }
    }

    fn judge(&self, before: &MediaPlaylist, directives: Directives, answer: &Answer, after: Option<&MediaPlaylist>) {
        let held = answer.head_at.saturating_since(answer.sent);
        let reload = Reload { before, directives, status: answer.status, after, held };
        self.session.report.add(&answer.url, &hls_reload::check(&reload));
    }

    async fn fetch(&self, url: &Url) -> Option<Answer> {
        match self.session.client.ask(url, Ask::default()).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.session.report.unfetched(&error);
                None
            }
        }
    }
}

fn blocks(playlist: &MediaPlaylist) -> bool {
    !playlist.end_list && playlist.server_control.is_some_and(|control| control.can_block_reload)
}

fn target(playlist: &MediaPlaylist) -> Duration {
    Duration::from_secs(playlist.target_duration.max(1))
}

/// Whether the playlist lists a part that is at that URL.
fn lists(playlist: &MediaPlaylist, base: &Url, url: &Url) -> bool {
    let complete = playlist.segments.iter().flat_map(|segment| &segment.parts);
    let mut parts = complete.chain(playlist.open.iter().flat_map(|open| &open.parts));
    parts.any(|part| base.join(&part.uri).is_ok_and(|part| part == *url))
}

/// The playlist's URL with the directives.
fn with(url: &Url, directives: Directives) -> Url {
    let mut url = url.clone();
    let Directives { msn, part, skip, unknown, malformed } = directives;
    let mut query = url.query_pairs_mut();
    if let Some(msn) = msn {
        query.append_pair("_HLS_msn", &msn.to_string());
    }
    if let Some(part) = part {
        query.append_pair("_HLS_part", &part.to_string());
    }
    match skip {
        Some(Skip::Yes) => query.append_pair("_HLS_skip", "YES"),
        Some(Skip::V2) => query.append_pair("_HLS_skip", "v2"),
        None => &mut query,
    };
    if unknown {
        query.append_pair("_HLS_of_another_day", "1");
    }
    if malformed {
        query.append_pair("_HLS_msn", "next");
    }
    drop(query);
    url
}
