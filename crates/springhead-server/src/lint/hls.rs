//! HLS: the multivariant playlist, and what it says of the media that its playlists list.

use std::time::Duration;

use futures_util::future::join_all;
use springhead::conform::hls_variant::{self, Played, Rendition};
use springhead::conform::http::Resource;
use springhead::conform::{hls_edges, hls_multivariant, hls_renditions};
use springhead::manifest::hls::{MediaPlaylist, MultivariantPlaylist, Variant};
use url::Url;

use super::fetch::{Answer, Ask};
use super::hls_media::Media;
use super::hls_playlist::follow;
use super::session::Session;

/// How long the newest multivariant playlist may be kept: it changes when tracks do.
const TARGET: Duration = Duration::from_secs(6);
const MULTIVARIANT: Resource = Resource::Playlist { blocked: false, live: false };

pub(super) async fn lint(session: &Session, answer: Answer) {
    let Ok(text) = answer.text().map(str::to_owned) else { return };
    if !text.contains("#EXT-X-STREAM-INF") {
        follow(session, answer).await;
        return;
    }
    session.judge(&answer, MULTIVARIANT, TARGET);
    session.probe(&answer.url, MULTIVARIANT, TARGET).await;
    let verdict = hls_multivariant::check(&text);
    session.report.add(&answer.url, &verdict.findings);
    let Some(multivariant) = verdict.model else { return };
    let urls = media_playlists(&answer.url, &multivariant);
    let first = join_all(urls.iter().map(|url| session.client.ask(url, Ask::default()))).await;
    let mut answers = Vec::new();
    for fetched in first {
        match fetched {
            Ok(fetched) => answers.push(fetched),
            Err(error) => session.report.unfetched(&error),
        }
    }
    compare(session, &answer.url, &multivariant, &answers);
    let asked: Vec<Url> = answers.iter().map(|answer| answer.url.clone()).collect();
    let followed = join_all(answers.into_iter().map(|answer| follow(session, answer))).await;
    let known: Vec<(Url, Media)> = asked.into_iter().zip(followed).collect();
    for variant in &multivariant.variants {
        judge(session, &answer.url, &multivariant, variant, &known);
    }
}

/// All media playlists, I-frame playlists among them, each once.
fn media_playlists(base: &Url, multivariant: &MultivariantPlaylist) -> Vec<Url> {
    let variants = multivariant.variants.iter().chain(&multivariant.i_frame_variants);
    let variants = variants.map(|variant| variant.uri.as_str());
    let renditions = multivariant.renditions.iter().filter_map(|rendition| rendition.uri.as_deref());
    // What refers to a variable has no URL as it stands.
    let known = variants.chain(renditions).filter(|uri| !uri.contains("{$"));
    let mut urls: Vec<Url> = known.filter_map(|uri| base.join(uri).ok()).collect();
    urls.sort();
    urls.dedup();
    urls
}

/// The rules that hold between the renditions of one presentation. I-frame playlists have target durations and edges of
/// their own.
fn compare(session: &Session, base: &Url, multivariant: &MultivariantPlaylist, answers: &[Answer]) {
    let i_frames: Vec<Url> = multivariant.i_frame_variants.iter().filter_map(|one| base.join(&one.uri).ok()).collect();
    let regular = answers.iter().filter(|answer| !i_frames.contains(&answer.url));
    let parsed: Vec<(&Url, MediaPlaylist)> =
        regular.filter_map(|answer| Some((&answer.url, MediaPlaylist::parse(answer.text().ok()?).ok()?))).collect();
    let named: Vec<hls_renditions::NamedPlaylist<'_>> =
        parsed.iter().map(|(url, playlist)| hls_renditions::NamedPlaylist { name: url.path(), playlist }).collect();
    session.report.add(base, &hls_renditions::check(&named));
    session.report.add(base, &hls_edges::check(&named));
}

/// What the variant says, against the media that came.
fn judge(session: &Session, base: &Url, whole: &MultivariantPlaylist, variant: &Variant, known: &[(Url, Media)]) {
    let media_of = |uri: &str| {
        let url = base.join(uri).ok()?;
        known.iter().find(|(known, _)| *known == url).map(|(_, media)| media)
    };
    let Some(own) = media_of(&variant.uri) else { return };
    let target_duration = own.target_duration();
    // Of each group the largest, as the variant has to be loaded with any of them.
    let largest = |group: &Option<String>| {
        let of_group = whole.group(group.as_deref()?).filter_map(|rendition| media_of(rendition.uri.as_deref()?));
        of_group.max_by_key(|media| hls_variant::peak(media.segments(), target_duration))
    };
    let all = [Some(own), largest(&variant.audio), largest(&variant.video)];
    let played = |media: &'_ Media| media.init().map(|init| (init.clone(), media.segments().to_vec()));
    let media: Vec<_> = all.into_iter().flatten().filter_map(played).collect();
    let renditions: Vec<Rendition<'_>> = media.iter().map(|(init, segments)| Rendition { init, segments }).collect();
    let mut place = base.clone();
    place.set_fragment(Some(&variant.uri));
    session.report.add(&place, &hls_variant::check(&Played { variant, target_duration, renditions: &renditions }));
}
