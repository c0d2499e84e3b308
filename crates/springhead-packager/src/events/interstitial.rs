//! What players of HLS show in the place of breaks.

use std::time::Duration;

use springhead_manifest::hls::{ClientValue, DateRange};

use super::Splice;
use super::splice::seconds;

/// CLASS of an interstitial (rfc8216bis §D.2).
const CLASS: &str = "com.apple.hls.interstitial";

/// How breaks are interstitials: each that was announced by splice information tells players where to load what they show
/// in its place (rfc8216bis §D.2). All breaks are told of alike, so that what was said of one never changes. Players of DASH
/// have the same breaks in an `EventStream`, and no such thing.
///
/// A break whose length is known, as it was planned or as it was ended, is played no longer than that (X-PLAYOUT-LIMIT).
/// One that is cancelled after players were told of it stays an interstitial, as what was said cannot be taken back: its list
/// of assets should be empty then, and where no length had been announced, the limit is zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interstitials {
    /// What is played.
    pub assets: Assets,
    /// Whether playback goes on where the break was to end (X-RESUME-OFFSET), and not as much later as was played in its
    /// place, which keeps a viewer's distance to the live edge. Only of breaks whose length is announced.
    pub resume_at_end: bool,
    /// Whether a player that has played a break leaves it out when it comes by again (CUE `ONCE`).
    pub once: bool,
    /// Whether the break is entered at the beginning of a segment, and left at one (X-SNAP `OUT`, `IN`).
    pub snap: bool,
    /// Whether viewers may not leave it by seeking or playing faster (X-RESTRICT `SKIP`).
    pub no_skip: bool,
    /// Whether viewers may not seek over it from before (X-RESTRICT `JUMP`).
    pub no_jump: bool,
    /// Whether it has its length on the player's timeline, and is not a point of it (X-TIMELINE-OCCUPIES `RANGE`).
    pub occupies_range: bool,
    /// Whether it looks like what is around it there, and is not marked (X-TIMELINE-STYLE `PRIMARY`).
    pub looks_primary: bool,
}

/// Where what is played in the place of a break is loaded from: an absolute URI. `{break}` in a URI stands for the break's ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assets {
    /// A multivariant playlist (X-ASSET-URI).
    Uri(String),
    /// A list of them in JSON (X-ASSET-LIST).
    List(String),
}

impl Assets {
    fn attribute(&self) -> (&'static str, &str) {
        match self {
            Self::Uri(uri) => ("X-ASSET-URI", uri),
            Self::List(uri) => ("X-ASSET-LIST", uri),
        }
    }

    /// Whether it is an absolute URI, which X-ASSET-URI has to be, of characters that a quoted-string may have (§4.2).
    pub(crate) fn is_valid(&self) -> bool {
        let (_, uri) = self.attribute();
        let scheme = uri.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
        scheme && uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
    }
}

impl Interstitials {
    /// Interstitials with these assets, and everything else left to the player.
    pub fn new(assets: Assets) -> Self {
        Self {
            assets,
            resume_at_end: false,
            once: false,
            snap: false,
            no_skip: false,
            no_jump: false,
            occupies_range: false,
            looks_primary: false,
        }
    }

    /// Adds what is said of a break. What begins no break stays what it is.
    pub(crate) fn describe(&self, splice: &Splice, range: &mut DateRange) {
        if splice.out.is_none() {
            return;
        }
        let (name, uri) = self.assets.attribute();
        let chosen = |all: [(bool, &'static str); 2]| {
            let names: Vec<&str> = all.into_iter().filter_map(|(is, name)| is.then_some(name)).collect();
            (!names.is_empty()).then(|| names.join(","))
        };
        let quoted = [
            (name, Some(uri.replace("{break}", &splice.id))),
            ("X-SNAP", chosen([(self.snap, "OUT"), (self.snap, "IN")])),
            ("X-RESTRICT", chosen([(self.no_skip, "SKIP"), (self.no_jump, "JUMP")])),
            ("X-TIMELINE-OCCUPIES", self.occupies_range.then(|| "RANGE".to_owned())),
            ("X-TIMELINE-STYLE", self.looks_primary.then(|| "PRIMARY".to_owned())),
        ];
        // The first that is known stays, as nothing that was said may change.
        let length = splice.planned.or(splice.duration);
        let bare = [("X-PLAYOUT-LIMIT", length), ("X-RESUME-OFFSET", splice.planned.filter(|_| self.resume_at_end))];
        let bare = bare.into_iter().filter_map(|(name, span): (_, Option<Duration>)| {
            Some((name.to_owned(), ClientValue::Bare(seconds(span?).to_string())))
        });
        let quoted = quoted.into_iter().filter_map(|(name, text)| Some((name.to_owned(), ClientValue::Quoted(text?))));
        range.class = Some(CLASS.to_owned());
        range.cue = if self.once { vec!["ONCE".to_owned()] } else { Vec::new() };
        range.client_attributes = quoted.chain(bare).collect();
    }
}
