//! The payload of PES packets into frames, by the codec's own framing.

mod ac3;
mod adts;
mod mpeg_audio;
mod pictures;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use springhead_codec::opus::ts::TsUnit;
use springhead_codec::opus::{self, Packet};
use springhead_core::Codec;

use super::super::pes::CLOCK_RANGE;
use super::super::stream_type::Content;
use super::Extent;
use ac3::Ac3;
use adts::Adts;
use mpeg_audio::MpegAudio;
use pictures::Pictures;

/// What the header of a PES packet says of what begins in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Said {
    pub(super) pts: Option<u64>,
    /// `PTS` where that is the same.
    pub(super) dts: Option<u64>,
    /// `random_access_indicator`.
    pub(super) random_access: bool,
    /// `data_alignment_indicator`.
    pub(super) aligned: bool,
}

/// A piece of a payload.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Frame {
    pub(super) payload: Bytes,
    pub(super) config: Option<Bytes>,
    /// When it is presented, in ticks of 90 kHz, 33 bits.
    pub(super) pts: Option<u64>,
    /// When it is decoded, likewise.
    pub(super) dts: Option<u64>,
    pub(super) random_access: bool,
    /// Bytes before it belong to none.
    pub(super) loss_before: bool,
}

/// Splits the payloads of one stream.
#[derive(Clone, Debug)]
pub(super) enum Splitter {
    Adts(Adts),
    MpegAudio(MpegAudio),
    Ac3(Ac3),
    Opus,
    Pictures(Box<Pictures>),
    /// Payloads are given as they are.
    Whole(Extent),
}

impl Splitter {
    pub(super) fn new(content: Content) -> Self {
        match content {
            Content::Of(Codec::Aac) => Self::Adts(Adts::default()),
            Content::Of(Codec::MpegAudio) => Self::MpegAudio(MpegAudio::default()),
            Content::Of(codec @ (Codec::Ac3 | Codec::Eac3)) => Self::Ac3(Ac3::new(codec)),
            Content::Of(Codec::Opus) => Self::Opus,
            Content::Of(Codec::Id3 | Codec::Scte35 | Codec::Av1) => Self::Whole(Extent::Unit),
            Content::Of(codec) => {
                Pictures::new(codec).map_or(Self::Whole(Extent::Payload), |pictures| Self::Pictures(pictures.into()))
            }
            _ => Self::Whole(Extent::Payload),
        }
    }

    /// What its frames are.
    pub(super) fn extent(&self) -> Extent {
        match self {
            Self::Whole(extent) => *extent,
            _ => Extent::Unit,
        }
    }

    /// Forgets what was begun, because something is missing. Whether that was a picture.
    pub(super) fn reset(&mut self) -> bool {
        match self {
            Self::Adts(adts) => adts.reset(),
            Self::MpegAudio(frames) => frames.reset(),
            Self::Ac3(frames) => frames.reset(),
            Self::Pictures(pictures) => return pictures.reset(),
            Self::Opus | Self::Whole(_) => {}
        }
        false
    }

    /// The frames of the next payload, whose time is that of the first that begins in it. False when some of it breaks the
    /// framing; what could be told apart is given. Of pictures the first behind that says so.
    pub(super) fn split(&mut self, payload: Bytes, said: Said, mut give: impl FnMut(Frame)) -> bool {
        let Said { pts, dts, random_access, .. } = said;
        // Of sound, and of all else that is split, both times are the same.
        let give_timed = |frame: Frame| {
            give(Frame { dts: if frame.pts == pts { dts } else { frame.pts }, random_access, ..frame });
        };
        match self {
            Self::Adts(adts) => adts.split(payload, pts, give_timed),
            Self::MpegAudio(frames) => frames.split(payload, pts, give_timed),
            Self::Ac3(frames) => frames.split(payload, pts, give_timed),
            Self::Opus => split_opus(&payload, pts, give_timed),
            Self::Pictures(pictures) => pictures.split(payload, said, give),
            Self::Whole(_) => {
                give(Frame { payload, pts, dts, random_access, ..Frame::default() });
                true
            }
        }
    }

    /// Gives what is whole though more could have belonged to it, because nothing more comes.
    pub(super) fn finish(&mut self, mut give: impl FnMut(Frame)) {
        match self {
            Self::Ac3(frames) => frames.finish(&mut |frame: Frame| give(Frame { dts: frame.pts, ..frame })),
            Self::Pictures(pictures) => pictures.finish(give),
            _ => {}
        }
    }

    /// How many bytes of a picture wait for more of it.
    pub(super) fn held_bytes(&self) -> usize {
        match self {
            Self::Pictures(pictures) => pictures.held_bytes(),
            _ => 0,
        }
    }

    /// Whether frames say themselves that bytes before them are missing.
    pub(super) fn says_what_is_missing(&self) -> bool {
        matches!(self, Self::Pictures(_))
    }
}

/// A time so much later, on a clock of 33 bits.
fn later(time: Option<u64>, ticks: u64) -> Option<u64> {
    time.map(|time| (time + ticks) % CLOCK_RANGE)
}

/// The beginning of a frame whose end is in the next payload, and when the frame is presented.
#[derive(Clone, Debug, Default)]
struct Begun(Option<(Bytes, Option<u64>)>);

impl Begun {
    /// Keeps a beginning, without all that is before it.
    fn keep(&mut self, beginning: Bytes, pts: Option<u64>) {
        self.0 = Some((Bytes::copy_from_slice(&beginning), pts));
    }

    /// The next payload behind it, and the times of the frames in both.
    fn join(&mut self, payload: Bytes, pts: Option<u64>) -> (Bytes, Times) {
        let times = Times { begun: None, carried: 0, pts, samples: 0, rate: 1 };
        match self.0.take() {
            Some((begun, begun_pts)) => {
                let times = Times { begun: Some(begun_pts), carried: begun.len(), ..times };
                (Bytes::from([&begun[..], &payload].concat()), times)
            }
            None => (payload, times),
        }
    }
}

/// When frames are presented: the first that begins in a payload at the payload's time, and each other when the one before
/// ends (ISO/IEC 13818-1 §2.4.3.7).
#[derive(Clone, Debug)]
struct Times {
    /// When the frame is presented that began in the payload before.
    begun: Option<Option<u64>>,
    /// Bytes of that payload.
    carried: usize,
    pts: Option<u64>,
    /// Samples of the frames that have begun in this payload, and how many of them are a second.
    samples: u64,
    rate: u32,
}

impl Times {
    /// Of the frame that begins there, of so many samples at that rate.
    fn of(&mut self, at: usize, samples: u64, rate: u32) -> Option<u64> {
        self.rate = rate.max(1);
        let pts = self.next(at);
        self.samples += if at < self.carried { 0 } else { samples };
        pts
    }

    /// Of a frame that begins there, as far as those before it tell.
    fn next(&mut self, at: usize) -> Option<u64> {
        match self.begun.take() {
            Some(pts) if at < self.carried => pts,
            _ => later(self.pts, self.samples * 90_000 / u64::from(self.rate)),
        }
    }
}

/// Opus packets, each behind its control header.
fn split_opus(payload: &Bytes, pts: Option<u64>, mut give: impl FnMut(Frame)) -> bool {
    let (mut sound, mut samples) = (true, 0);
    for unit in opus::ts::split(payload) {
        match unit {
            Ok(TsUnit { packet, .. }) if !packet.is_empty() => {
                // One whose frames cannot be counted is a decoder's to refuse.
                let lasts = Packet::duration_of(&packet).unwrap_or(0);
                let pts = later(pts, samples * 90_000 / 48_000);
                give(Frame { payload: packet, pts, ..Frame::default() });
                samples += u64::from(lasts);
            }
            _ => sound = false,
        }
    }
    sound
}
