//! What a path means.

use springhead_core::{BroadcastKey, DiscontinuitySequence, MediaSequence, Timestamp};

/// Something of a broadcast that is served from its presentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `/live/cam/index.m3u8`
    Multivariant,
    /// `/live/cam/manifest.mpd`
    Mpd,
    /// `/live/cam/live.mpd`: from where a live MPD is reloaded.
    MpdUpdate,
    /// `/live/cam/v1/index.m3u8`
    Playlist {
        /// The rendition's name.
        rendition: String,
    },
    /// `/live/cam/patch.mpp?from=1795256001000`: what makes the MPD of the one of that publish time.
    MpdPatch,
    /// `/live/cam/v1/iframes.m3u8`
    KeyPictures {
        /// The rendition's name.
        rendition: String,
    },
    /// `/live/cam/v1/ts.m3u8`: what a multivariant playlist of transport streams leads to.
    PlaylistOfTransportStreams {
        /// The rendition's name.
        rendition: String,
    },
    /// `/live/cam/v1/3-12.ts`, or `/live/cam/v1/12.ts` where the encoder's clock gives the number
    TransportStream {
        /// The rendition's name.
        rendition: String,
        /// The period that it is asked for as a part of.
        period: Option<DiscontinuitySequence>,
        /// The Media Sequence Number.
        msn: MediaSequence,
    },
    /// `/live/cam/v1/3-t180000.m4s`
    SegmentAt {
        /// The rendition's name.
        rendition: String,
        /// The period.
        period: DiscontinuitySequence,
        /// The media time that the segment begins at (`$Time$`).
        time: Timestamp,
    },
    /// `/live/cam/v1/init-0.mp4`
    Init {
        /// The rendition's name.
        rendition: String,
        /// The number of the init section.
        id: u32,
    },
    /// `/live/cam/v1/3-12.m4s`, or `/live/cam/v1/12.m4s` where the encoder's clock gives the number
    Segment {
        /// The rendition's name.
        rendition: String,
        /// The period that it is asked for as a part of.
        period: Option<DiscontinuitySequence>,
        /// The Media Sequence Number.
        msn: MediaSequence,
    },
    /// `/live/cam/v1/part-0-48.m4s`
    Part {
        /// The rendition's name.
        rendition: String,
        /// The number of the init section that it needs.
        init: u32,
        /// The number of the part in its rendition.
        number: u64,
    },
}

impl Target {
    /// Whether it is a manifest, so that a part of the broadcast can be asked for.
    pub(super) fn can_be_shifted(&self) -> bool {
        match self {
            Self::Multivariant
            | Self::Mpd
            | Self::MpdUpdate
            | Self::Playlist { .. }
            | Self::KeyPictures { .. }
            | Self::PlaylistOfTransportStreams { .. } => true,
            Self::MpdPatch
            | Self::Init { .. }
            | Self::Segment { .. }
            | Self::SegmentAt { .. }
            | Self::TransportStream { .. }
            | Self::Part { .. } => false,
        }
    }
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/`: the list of what is live.
    Index,
    /// `/live/cam/`: the player page.
    Page(BroadcastKey),
    /// Something of a broadcast.
    Broadcast(BroadcastKey, Target),
    /// An alias, or a path that lacks its final slash: the path to go to instead.
    Elsewhere(String),
    /// `/time`: the wall clock, for UTCTiming.
    Time,
    /// `/api/broadcasts`: what is live, for the page.
    Broadcasts,
    /// `/page/…`: a file of the player page.
    Asset(String),
    /// Nothing.
    Unknown,
}

/// Tells what `path` means. Total: whatever is not understood is [`Route::Unknown`].
///
/// ```
/// use springhead_origin::respond::{route, Route, Target};
/// let Route::Broadcast(key, target) = route("/live/cam/index.m3u8") else { panic!() };
/// assert_eq!((key.as_str(), target), ("live/cam", Target::Multivariant));
/// assert_eq!(route("/live/cam.mpd"), Route::Elsewhere("/live/cam/manifest.mpd".into()));
/// ```
pub fn route(path: &str) -> Route {
    let Some(path) = path.strip_prefix('/') else { return Route::Unknown };
    let mut segments = path.split('/');
    let parts: [Option<&str>; 5] = std::array::from_fn(|_| segments.next());
    let key = |app, name| BroadcastKey::new(app, name).ok();
    let found = match parts {
        [Some(""), None, ..] => Some(Route::Index),
        [Some("time"), None, ..] => Some(Route::Time),
        [Some("api"), Some("broadcasts"), None, ..] => Some(Route::Broadcasts),
        [Some("page"), Some(_), ..] => path.strip_prefix("page/").map(|name| Route::Asset(name.to_owned())),
        [Some(app), Some(name), None, ..] => short(app, name),
        [Some(app), Some(name), Some(""), None, _] => key(app, name).map(Route::Page),
        [Some(app), Some(name), Some(file), None, _] => match file {
            "index.m3u8" => key(app, name).map(|key| Route::Broadcast(key, Target::Multivariant)),
            "manifest.mpd" => key(app, name).map(|key| Route::Broadcast(key, Target::Mpd)),
            "live.mpd" => key(app, name).map(|key| Route::Broadcast(key, Target::MpdUpdate)),
            "patch.mpp" => key(app, name).map(|key| Route::Broadcast(key, Target::MpdPatch)),
            "master.m3u8" => key(app, name).map(|key| Route::Elsewhere(format!("/{key}/index.m3u8"))),
            _ => None,
        },
        [Some(app), Some(name), Some(rendition), Some(file), None] => {
            key(app, name).zip(of_rendition(rendition, file)).map(|(key, target)| Route::Broadcast(key, target))
        }
        _ => None,
    };
    found.unwrap_or(Route::Unknown)
}

fn short(app: &str, name: &str) -> Option<Route> {
    let (name, file) = match name.rsplit_once('.') {
        Some((name, "m3u8")) => (name, "index.m3u8"),
        Some((name, "mpd")) => (name, "manifest.mpd"),
        _ => (name, ""),
    };
    BroadcastKey::new(app, name).ok().map(|key| Route::Elsewhere(format!("/{key}/{file}")))
}

fn of_rendition(rendition: &str, file: &str) -> Option<Target> {
    let known = rendition.len() <= 32 && rendition.bytes().all(|b| b.is_ascii_alphanumeric());
    let rendition = known.then(|| rendition.to_owned())?;
    if file == "index.m3u8" {
        return Some(Target::Playlist { rendition });
    }
    if file == "iframes.m3u8" {
        return Some(Target::KeyPictures { rendition });
    }
    if file == "ts.m3u8" {
        return Some(Target::PlaylistOfTransportStreams { rendition });
    }
    if let Some(place) = file.strip_suffix(".ts") {
        let (period, msn) = match place.split_once('-') {
            Some((period, msn)) => (Some(DiscontinuitySequence(canonical(period)?)), msn),
            None => (None, place),
        };
        return Some(Target::TransportStream { rendition, period, msn: MediaSequence(canonical(msn)?) });
    }
    if let Some(id) = file.strip_prefix("init-").and_then(|file| file.strip_suffix(".mp4")) {
        return Some(Target::Init { rendition, id: canonical(id)?.try_into().ok()? });
    }
    let stem = file.strip_suffix(".m4s")?;
    if let Some(name) = stem.strip_prefix("part-") {
        let (init, number) = name.split_once('-')?;
        return Some(Target::Part { rendition, init: canonical(init)?.try_into().ok()?, number: canonical(number)? });
    }
    let (period, place) = match stem.split_once('-') {
        Some((period, place)) => (Some(DiscontinuitySequence(canonical(period)?)), place),
        None => (None, stem),
    };
    Some(match (period, place.strip_prefix('t')) {
        (Some(period), Some(time)) => {
            Target::SegmentAt { rendition, period, time: Timestamp(canonical(time)?.try_into().ok()?) }
        }
        _ => Target::Segment { rendition, period, msn: MediaSequence(canonical(place)?) },
    })
}

/// A number in the one form that our own manifests print, so that one resource has one URI.
fn canonical(digits: &str) -> Option<u64> {
    let number: u64 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_that_name_nothing_or_try_to_leave_are_unknown() {
        for path in [
            "",
            "live",
            "/live/../etc",
            "/live/%2e%2e/index.m3u8",
            "/live/cam/v1/01.m4s",
            "/live/cam/v1/-1.m4s",
            "/live/cam/v1/1-.m4s",
            "/live/cam/v1/1--2.m4s",
            "/live/cam/v1/1-t9223372036854775808.m4s",
            "/live/cam/v1/t9.m4s",
            "/live/cam/v1/3-t9.ts",
            "/live/cam/v1/03.ts",
            "/live/cam/v1/part-0-1.ts",
            "/live/cam/ts.m3u8",
            "/live/cam/v1/99999999999999999999.m4s",
            "/live/cam/v1/12.m4s/more",
            "/live/cam/v1/init-x.mp4",
            "/live/c\0m/index.m3u8",
            "/live/cam/v1%00/index.m3u8",
        ] {
            assert_eq!(route(path), Route::Unknown, "{path:?}");
        }
    }

    #[test]
    fn every_form_of_the_conventions_is_understood() {
        let key: BroadcastKey = "live/cam".parse().unwrap();
        let v1 = || "v1".to_owned();
        let of = |target| Route::Broadcast(key.clone(), target);
        assert_eq!(route("/"), Route::Index);
        assert_eq!(route("/live/cam"), Route::Elsewhere("/live/cam/".into()));
        assert_eq!(route("/live/cam/"), Route::Page(key.clone()));
        assert_eq!(route("/live/cam/master.m3u8"), Route::Elsewhere("/live/cam/index.m3u8".into()));
        assert_eq!(route("/live/cam.m3u8"), Route::Elsewhere("/live/cam/index.m3u8".into()));
        assert_eq!(route("/live/cam/manifest.mpd"), of(Target::Mpd));
        assert_eq!(route("/live/cam/live.mpd"), of(Target::MpdUpdate));
        assert_eq!(route("/live/cam/v1/index.m3u8"), of(Target::Playlist { rendition: v1() }));
        assert_eq!(route("/live/cam/v1/init-3.mp4"), of(Target::Init { rendition: v1(), id: 3 }));
        let numbered = |period| of(Target::Segment { rendition: v1(), period, msn: MediaSequence(0) });
        assert_eq!(route("/live/cam/v1/0.m4s"), numbered(None));
        assert_eq!(route("/live/cam/v1/7-0.m4s"), numbered(Some(DiscontinuitySequence(7))));
        assert_eq!(route("/live/cam/patch.mpp"), of(Target::MpdPatch));
        assert_eq!(route("/live/cam/v1/iframes.m3u8"), of(Target::KeyPictures { rendition: v1() }));
        assert_eq!(route("/live/cam/v1/ts.m3u8"), of(Target::PlaylistOfTransportStreams { rendition: v1() }));
        let stream = |period| of(Target::TransportStream { rendition: v1(), period, msn: MediaSequence(5) });
        assert_eq!(route("/live/cam/v1/2-5.ts"), stream(Some(DiscontinuitySequence(2))));
        assert_eq!(route("/live/cam/v1/5.ts"), stream(None));
        let by_time = Target::SegmentAt { rendition: v1(), period: DiscontinuitySequence(2), time: Timestamp(9000) };
        assert_eq!(route("/live/cam/v1/2-t9000.m4s"), of(by_time));
        assert_eq!(route("/live/cam/v1/part-2-9.m4s"), of(Target::Part { rendition: v1(), init: 2, number: 9 }));
        assert_eq!(route("/page/vendor/hls.min.js"), Route::Asset("vendor/hls.min.js".into()));
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "/?[a-z./0-9%-]{0,60}", junk in ".{0,40}") {
            let _ = (route(&path), route(&junk));
        }
    }
}
