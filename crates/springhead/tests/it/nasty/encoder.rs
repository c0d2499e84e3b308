//! What an encoder sends, as a protocol delivers it, before anything goes wrong with it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead::codec::avc::DecoderConfig;
use springhead::codec::nal::Framing;
use springhead::core::{MediaKind, MonoTime, Track, TrackSet};
use springhead::engine::TrackDescription;
use springhead::intake::{RawUnit, SourceClock};
use springhead_testkit::{AUDIO, Source, SourceOptions, VIDEO};

use crate::wire::stamp;

/// The slot that pictures are sent in.
pub(crate) const PICTURES: u32 = 0;
/// The slot that sound is sent in.
pub(crate) const SOUND: u32 = 1;

/// One unit on the wire. Its arrival counts from when the encoder begins to send.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) slot: u32,
    pub(crate) raw: RawUnit,
}

impl Sent {
    pub(crate) fn is_picture(&self) -> bool {
        self.slot == PICTURES
    }

    /// When it arrives, since the encoder began.
    pub(crate) fn at(&self) -> Duration {
        Duration::from_nanos(self.raw.arrival.0)
    }

    /// Whether it is an IDR picture.
    pub(crate) fn is_key(&self) -> bool {
        self.is_picture() && nals(&self.raw.payload).iter().any(|nal| nal[0] & 0x1f == 5)
    }
}

/// An endless encoder, whose clock says `first` at its first picture.
#[derive(Clone, Debug)]
pub(crate) struct Encoder {
    source: Source,
    tracks: Arc<TrackSet>,
    clock: SourceClock,
    first: u64,
}

/// Small units, so that much time costs little.
pub(crate) fn small() -> SourceOptions {
    SourceOptions { unit_bytes: 60, ..SourceOptions::default() }
}

impl Encoder {
    /// One that speaks RTMP and counts from zero.
    pub(crate) fn new(options: SourceOptions) -> Self {
        let source = Source::new(options);
        let tracks = source.tracks();
        Self { source, tracks, clock: SourceClock::RTMP, first: 0 }
    }

    pub(crate) fn stamped(self, clock: SourceClock, first: u64) -> Self {
        Self { clock, first, ..self }
    }

    pub(crate) fn track(&self, kind: MediaKind) -> Arc<Track> {
        self.tracks.first(kind).expect("the source has such a track").clone()
    }

    /// The parameter sets of the pictures.
    pub(crate) fn parameter_sets(&self) -> Vec<Bytes> {
        let config = DecoderConfig::parse(&self.track(MediaKind::Video).config).expect("a source can be described");
        config.sps.into_iter().chain(config.pps).collect()
    }

    /// What the protocol says of each track, by slot.
    pub(crate) fn descriptions(&self) -> Vec<(u32, TrackDescription)> {
        let describe = |track: &Arc<Track>| {
            let slot = if track.kind() == MediaKind::Video { PICTURES } else { SOUND };
            (slot, TrackDescription { track: Track::clone(track), clock: self.clock })
        };
        self.tracks.tracks.iter().map(describe).collect()
    }

    pub(crate) fn until(self, span: Duration) -> Vec<Sent> {
        self.take_while(|sent| sent.at() < span).collect()
    }
}

impl Iterator for Encoder {
    type Item = Sent;

    fn next(&mut self) -> Option<Sent> {
        let unit = self.source.next()?;
        let scale = self.tracks.track(unit.track)?.timescale;
        let slot = if unit.track == AUDIO { SOUND } else { PICTURES };
        debug_assert!([VIDEO, AUDIO].contains(&unit.track));
        Some(Sent { slot, raw: stamp(&unit, scale, self.clock, self.first) })
    }
}

/// The NAL units of a payload whose lengths have four bytes.
pub(crate) fn nals(payload: &Bytes) -> Vec<Bytes> {
    springhead::codec::nal::units(payload, Framing::LengthPrefixed(4))
        .map(|range| payload.slice(range.expect("a source frames its units")))
        .collect()
}

/// NAL units with lengths of so many bytes before them.
pub(crate) fn framed(length: usize, nals: &[impl AsRef<[u8]>]) -> Bytes {
    let frame = |nal: &[u8]| [&(nal.len() as u32).to_be_bytes()[4 - length..], nal].concat();
    nals.iter().flat_map(|nal| frame(nal.as_ref())).collect()
}

/// Has key pictures within `span` sent as pictures that predict, as from an encoder that makes no others.
pub(crate) fn without_keys(units: &mut [Sent], span: std::ops::Range<Duration>) {
    let predicted = units.iter().find(|sent| sent.is_picture() && !sent.is_key()).expect("pictures predict");
    let predicted = predicted.raw.payload.clone();
    for sent in units.iter_mut().filter(|sent| span.contains(&sent.at()) && sent.is_key()) {
        sent.raw.payload = predicted.clone();
    }
}

/// Lets everything from the `from`th second on be stamped and arrive so much later, or be stamped earlier.
pub(crate) fn shifted(units: &mut [Sent], from: Duration, arrival: Duration, stamp: i64) {
    for sent in units.iter_mut().filter(|sent| sent.at() >= from) {
        sent.raw.dts = sent.raw.dts.wrapping_add_signed(stamp);
        sent.raw.arrival = MonoTime(sent.raw.arrival.0) + arrival;
    }
}
