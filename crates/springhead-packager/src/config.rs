//! What an operator may set of packaging.

use std::time::Duration;

use crate::events::{Assets, Interstitials};

/// How a broadcast is cut and how much of it is kept. The defaults play in every player tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackagerConfig {
    /// The longest Partial Segment wanted (EXT-X-PART-INF). Default 0.5 s. The part target printed is the nearest whole
    /// number of frames that does not go over this by more than a hundredth.
    pub part: Duration,
    /// The shortest segment wanted: a segment ends at the first random access point at or after this. Default 2 s.
    pub segment: Duration,
    /// The longest chunk (one `moof` and `mdat`) wanted. A low-latency DASH player gets every chunk at once, so this, not
    /// the part, is what it waits for. Default 100 ms.
    pub chunk: Duration,
    /// The least target duration (EXT-X-TARGETDURATION), as room for key frames that come late. It is fixed when the first
    /// segment is complete, and never less than 1.25 times that segment. Default 4 s.
    pub min_target_duration: Duration,
    /// How much is listed and kept.
    pub dvr: Dvr,
    /// Where low-latency DASH players are asked to play, behind the live edge (ServiceDescription Latency). Default 1 s.
    pub dash_target_latency: Duration,
    /// How the parts of HLS are addressed.
    pub hls_parts: PartAddressing,
    /// What the multivariant playlist leads to when a viewer does not say (`?format=`).
    pub hls_format: HlsFormat,
    /// How DASH players learn of segments.
    pub dash_addressing: DashAddressing,
    /// Whether players may ask for what changed in an MPD instead of all of it (PatchLocation). Not by default, as it spares
    /// little where MPDs are compressed, and players follow the end of a broadcast less well (D22).
    pub dash_patch: bool,
    /// Whether a playlist delta update may leave out old date ranges (CAN-SKIP-DATERANGES, `_HLS_skip=v2`). It is stated for
    /// the life of every playlist, whether there are date ranges or not, and makes its EXT-X-VERSION 10 instead of 9; so not by
    /// default: it spares something only where breaks are many and the window is long.
    pub date_range_deltas: bool,
    /// What players of HLS show in the place of breaks, if anything but the broadcast. Default none.
    pub interstitials: Option<Interstitials>,
    /// Where the times of an MPD count from.
    pub dash_availability_start: DashAvailabilityStart,
    /// What the numbers of segments, parts and periods count from.
    pub numbering: Numbering,
}

/// What the numbers of a broadcast count from. They go on from there without a hole, whatever its publisher does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Numbering {
    /// From zero: for what is packaged once.
    #[default]
    Counted,
    /// From a number that the wall clock gives, faster than segments can: so a server that is started again goes on above
    /// all numbers that it gave before, without having kept them (rfc8216bis §6.2.2).
    Clock,
    /// A segment's number is the time on the encoder's clock at which it begins, in units of
    /// [`segment`](PackagerConfig::segment) since 1970; names of parts and init sections follow from what they hold. So every
    /// origin that is fed by the same encoder gives the same name to the same bytes, whenever it was started, and one can
    /// stand in for another behind one address. The encoder has to stamp with that clock, modulo the wrap of its protocol, and
    /// to place its key pictures on the grid, so that each unit of time has one. Nothing is held while a publisher is away, as
    /// that would depend on when it was missed: what is missing is marked (EXT-X-GAP).
    Epoch,
}

/// The bounds of the window that manifests list, all of which hold at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dvr {
    /// How far back a viewer can seek. Default 10 min. Never less than three target durations are listed (rfc8216bis
    /// §6.2.2).
    pub time: Duration,
    /// The most segments listed of a rendition. Default 10 000.
    pub segments: usize,
    /// The most media bytes kept of a broadcast, listed or lingering. Default 1 GiB. Segments that left the window linger
    /// for as long as a playlist may still be in use that lists them, unless this bound is reached.
    pub bytes: u64,
}

/// How the Partial Segments of a playlist are addressed (rfc8216bis §4.4.4.9). Both can always be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PartAddressing {
    /// Each is a resource of its own, whose name is known before it is known which segment it belongs to, so that a hint
    /// comes true.
    #[default]
    Files,
    /// Each is a range of its segment (BYTERANGE): a cache holds each byte once, and a player may take a whole segment in one
    /// request. A hint at the end of a segment does not come true where the segment ends. Shaka Player 5 loads what a hint
    /// names up to the end of the segment before it takes any of it, and stands still meanwhile.
    Ranges,
}

/// What the segments of HLS are (rfc8216bis §3.1). Both can always be asked for, and only what is asked for is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum HlsFormat {
    /// Fragmented MP4 with parts: the bytes that DASH has too.
    #[default]
    Cmaf,
    /// MPEG-2 transport streams, pictures and sound in one, without parts: for players that have nothing else. They play three
    /// or four segments behind. AV1, VP9 and FLAC are not in them.
    TransportStream,
}

/// How the segments of a live MPD are addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DashAddressing {
    /// SegmentTimeline with `$Number$`: right for any cadence of key frames. The open segment and the one after it are
    /// announced with the longest duration seen.
    #[default]
    Timeline,
    /// SegmentTimeline with `$Time$`: the same, by when each segment begins. A time that turns out to lie within a segment,
    /// as the one before it was announced too long, is that segment.
    Time,
    /// `$Number$` with `@duration`: for encoders whose key frames come at an exact cadence, as players then need not reload
    /// the MPD. Falls back to the timeline for as long as the segments listed are not of one duration.
    Duration,
}

/// What `MPD@availabilityStartTime` is. `Period@start` carries the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DashAvailabilityStart {
    /// The beginning of 1969, for every broadcast. Shaka Player takes the end of the last announced segment for the live
    /// edge, except that from release 4.10.1 on it leaves out segments that start later than *now*, which it counts from
    /// 1970. None is left with this, so it goes by the clock as others do, and plays near the target latency.
    #[default]
    Fixed,
    /// The time at which the first picture came. Presentation times then begin at zero, and every release of Shaka Player
    /// plays, one and a half to three and a half seconds behind, as `suggestedPresentationDelay` has to allow for it.
    Broadcast,
}

impl Default for PackagerConfig {
    fn default() -> Self {
        Self {
            part: Duration::from_millis(500),
            segment: Duration::from_secs(2),
            chunk: Duration::from_millis(100),
            min_target_duration: Duration::from_secs(4),
            dvr: Dvr::default(),
            dash_target_latency: Duration::from_millis(900),
            hls_parts: PartAddressing::default(),
            hls_format: HlsFormat::default(),
            dash_addressing: DashAddressing::default(),
            dash_patch: false,
            date_range_deltas: false,
            interstitials: None,
            dash_availability_start: DashAvailabilityStart::default(),
            numbering: Numbering::default(),
        }
    }
}

impl PackagerConfig {
    /// As little latency as players bear: short parts, a chunk for each picture. For encoders and networks that are up to it.
    pub fn lowest_latency() -> Self {
        Self {
            part: Duration::from_millis(200),
            chunk: Duration::from_millis(1),
            dash_target_latency: Duration::from_millis(400),
            ..Self::default()
        }
    }
}

impl Default for Dvr {
    fn default() -> Self {
        Self { time: Duration::from_secs(600), segments: 10_000, bytes: 1 << 30 }
    }
}

/// A configuration that cannot be packaged by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A duration lies outside what can be played.
    #[error("{what} is {value:?}, it must be from {least:?} to {most:?}")]
    OutOfRange {
        /// The setting.
        what: &'static str,
        /// What it was set to.
        value: Duration,
        /// The least value that works.
        least: Duration,
        /// The greatest value that works.
        most: Duration,
    },
    /// The assets of interstitials have no absolute URI that a playlist can name.
    #[error("the assets of interstitials are at {uri:?}, which is no absolute URI")]
    Assets {
        /// What it was set to.
        uri: String,
    },
}

impl PackagerConfig {
    /// Checks that the settings fit together: chunk ≤ part ≤ segment, each in a range that players can follow.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let within = |what, value, least, most| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(ConfigError::OutOfRange { what, value, least, most })
            }
        };
        if let Some(Interstitials { assets, .. }) = &self.interstitials
            && !assets.is_valid()
        {
            let (Assets::Uri(uri) | Assets::List(uri)) = assets;
            return Err(ConfigError::Assets { uri: uri.clone() });
        }
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        within("segment", self.segment, ms(500), s(30))?;
        within("part", self.part, ms(100), self.segment)?;
        within("chunk", self.chunk, ms(1), self.part)?;
        within("min_target_duration", self.min_target_duration, s(1), s(60))?;
        within("dvr.time", self.dvr.time, s(6), s(7 * 86_400))?;
        within("dash_target_latency", self.dash_target_latency, ms(200), s(60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_longer_than_its_segment_is_refused_by_name() {
        let config = PackagerConfig { part: Duration::from_secs(3), ..PackagerConfig::default() };
        let error = config.validate().unwrap_err();
        assert_eq!(error.to_string(), "part is 3s, it must be from 100ms to 2s");
    }

    #[test]
    fn assets_that_no_playlist_can_name_are_refused() {
        let of = |uri: &str| {
            let interstitials = Some(Interstitials::new(Assets::List(uri.to_owned())));
            PackagerConfig { interstitials, ..PackagerConfig::default() }.validate()
        };
        for uri in
            ["", "ads.json", "://ads", "https://", "https://ads.example/\"", "https://ads.example/a b", "https://a\n"]
        {
            assert_eq!(of(uri), Err(ConfigError::Assets { uri: uri.to_owned() }), "{uri}");
        }
        assert_eq!(of("https://ads.example/{break}.json"), Ok(()));
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(PackagerConfig::default().validate(), Ok(()));
    }
}
