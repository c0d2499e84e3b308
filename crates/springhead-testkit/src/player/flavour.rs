//! What makes one player another.

use std::time::Duration;

/// Whose words a player reports errors in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// hls.js
    HlsJs,
    /// Shaka Player
    Shaka,
    /// dash.js
    DashJs,
    /// AVPlayer
    AvPlayer,
}

/// Which manifests a player reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Playlists, draft-pantos-hls-rfc8216bis-22.
    Hls,
    /// MPDs, ISO/IEC 23009-1.
    Dash,
}

/// How long a request may take, and how often it is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The longest wait for the first byte.
    pub first_byte: Duration,
    /// How often a request that failed is sent again.
    pub retries: u32,
    /// How long after the failure.
    pub pause: Duration,
    /// Whether a status from 400 to 499 is tried again too.
    pub after_refusal: bool,
}

/// By what the timeline of HLS is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Segments follow each other by their EXTINF, also over a discontinuity.
    Durations,
    /// Segments lie where their EXT-X-PROGRAM-DATE-TIME puts them.
    Dates,
}

/// What tells a DASH player that a Representation is for low latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LowLatencySign {
    /// `@availabilityTimeComplete="false"`
    Incomplete,
    /// `@availabilityTimeOffset` above zero.
    Offset,
}

/// What a DASH player takes for its delay behind the live edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelayOrder {
    /// `Latency@target`, then `@suggestedPresentationDelay`, then four segments, counted from now.
    LatencyFirst,
    /// `@suggestedPresentationDelay`, counted from the end of what is available.
    SuggestedFirst,
}

/// The behaviours in which players differ. A preset for each player that was looked at; a test changes a field to see what
/// it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flavour {
    /// The player's name.
    pub name: &'static str,
    /// Whose words its errors are in.
    pub family: Family,
    /// What it reads.
    pub protocol: Protocol,
    /// For playlists, MPDs and the clock.
    pub manifests: Patience,
    /// For init sections, segments and parts.
    pub media: Patience,
    /// Whether it plays on when a live manifest cannot be updated, and tries for ever.
    pub outlives_failed_updates: bool,
    /// Whether anything at all that it does not like makes it stop for good, and it looks for what it could dislike.
    pub strict: bool,
    /// Whether it loads what EXT-X-PRELOAD-HINT announces.
    pub loads_hints: bool,
    /// Whether it refuses a playlist with EXT-X-SERVER-CONTROL that has no PART-HOLD-BACK.
    pub needs_part_hold_back: bool,
    /// Whether it can begin at the first part of a segment though that is not marked INDEPENDENT.
    pub begins_at_any_segment: bool,
    /// Whether it takes LAST-PART=0 of an EXT-X-RENDITION-REPORT for a report without LAST-PART, and asks for the index that
    /// the playlist it comes from has got to.
    pub takes_zero_for_missing: bool,
    /// Whether it polls at half the target duration once a blocking reload brought nothing new. It asks again after a part
    /// target otherwise.
    pub polls_after_miss: bool,
    /// How it lays out HLS.
    pub layout: Layout,
    /// The longest hole that is played over without a pause.
    pub tolerance: Duration,
    /// How long it stands before a longer hole until it steps over it; none when it never does.
    pub jumps_after: Option<Duration>,
    /// How much has to be there for it to begin, or to go on after a stall.
    pub resumes_at: Duration,
    /// How much farther from the live edge it aims after each stall, up to a target duration in all.
    pub retreats_by: Duration,
    /// How much is loaded ahead of the playhead.
    pub goal: Duration,
    /// What it takes for low latency in DASH.
    pub low_latency_sign: LowLatencySign,
    /// Where it begins in DASH.
    pub delay_order: DelayOrder,
    /// Whether it plays faster and slower to keep its delay, in low-latency DASH.
    pub catches_up: bool,
    /// Whether it goes to the live edge when it is behind by more than `Latency@max`, in low-latency DASH.
    pub leaps_beyond_most: bool,
    /// The least time from one load of an MPD to the next.
    pub least_update: Duration,
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

impl Flavour {
    /// Every preset.
    pub const ALL: [Self; 5] =
        [Self::hls_js(), Self::shaka_hls(), Self::av_player(), Self::dash_js(), Self::shaka_dash()];

    /// hls.js 1.7 in its default `lowLatencyMode`.
    pub const fn hls_js() -> Self {
        Self {
            name: "hls.js",
            family: Family::HlsJs,
            protocol: Protocol::Hls,
            manifests: Patience { first_byte: millis(10_000), retries: 2, pause: millis(1_000), after_refusal: false },
            media: Patience { first_byte: millis(10_000), retries: 6, pause: millis(1_000), after_refusal: false },
            outlives_failed_updates: false,
            strict: false,
            loads_hints: false,
            needs_part_hold_back: false,
            begins_at_any_segment: false,
            takes_zero_for_missing: true,
            polls_after_miss: true,
            layout: Layout::Durations,
            tolerance: millis(100),
            jumps_after: None,
            resumes_at: millis(50),
            retreats_by: millis(1_000),
            goal: millis(30_000),
            low_latency_sign: LowLatencySign::Incomplete,
            delay_order: DelayOrder::LatencyFirst,
            catches_up: false,
            leaps_beyond_most: false,
            least_update: Duration::ZERO,
        }
    }

    /// Shaka Player 5.2, which turns low-latency mode on by itself, over HLS.
    pub const fn shaka_hls() -> Self {
        Self {
            name: "Shaka HLS",
            family: Family::Shaka,
            manifests: Patience { first_byte: millis(30_000), retries: 1, pause: millis(1_000), after_refusal: true },
            media: Patience { first_byte: millis(30_000), retries: 1, pause: millis(1_000), after_refusal: true },
            outlives_failed_updates: true,
            loads_hints: true,
            needs_part_hold_back: true,
            begins_at_any_segment: true,
            takes_zero_for_missing: false,
            polls_after_miss: false,
            layout: Layout::Dates,
            jumps_after: Some(millis(500)),
            retreats_by: Duration::ZERO,
            goal: millis(10_000),
            ..Self::hls_js()
        }
    }

    /// AVPlayer, as strict as its users have found it to be.
    pub const fn av_player() -> Self {
        Self {
            name: "AVPlayer",
            family: Family::AvPlayer,
            manifests: Patience { first_byte: millis(15_000), retries: 0, pause: Duration::ZERO, after_refusal: false },
            media: Patience { first_byte: millis(10_000), retries: 0, pause: Duration::ZERO, after_refusal: false },
            strict: true,
            loads_hints: true,
            takes_zero_for_missing: false,
            polls_after_miss: false,
            retreats_by: Duration::ZERO,
            ..Self::hls_js()
        }
    }

    /// dash.js 5. In low latency its pauses are a tenth, and its retries five times as many.
    pub const fn dash_js() -> Self {
        Self {
            name: "dash.js",
            family: Family::DashJs,
            protocol: Protocol::Dash,
            manifests: Patience { first_byte: millis(10_000), retries: 15, pause: millis(50), after_refusal: true },
            media: Patience { first_byte: millis(20_000), retries: 15, pause: millis(100), after_refusal: true },
            jumps_after: Some(millis(500)),
            goal: millis(12_000),
            retreats_by: Duration::ZERO,
            catches_up: true,
            leaps_beyond_most: true,
            least_update: millis(1_000),
            ..Self::hls_js()
        }
    }

    /// Shaka Player 5.2 over DASH.
    pub const fn shaka_dash() -> Self {
        Self {
            name: "Shaka DASH",
            protocol: Protocol::Dash,
            low_latency_sign: LowLatencySign::Offset,
            delay_order: DelayOrder::SuggestedFirst,
            catches_up: true,
            ..Self::shaka_hls()
        }
    }
}
