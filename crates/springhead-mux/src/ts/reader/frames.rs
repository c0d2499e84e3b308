//! The payload of PES packets into frames, by the codec's own framing.

use bytes::Bytes;
use springhead_codec::aac::AacError;
use springhead_codec::aac::adts::{self, Header};
use springhead_codec::opus::ts::TsUnit;
use springhead_codec::opus::{self, Packet};
use springhead_core::Codec;

use super::super::pes::CLOCK_RANGE;
use super::super::stream_type::Content;
use super::Extent;

/// A piece of a payload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Frame {
    pub(super) payload: Bytes,
    pub(super) config: Option<Bytes>,
    /// When it is presented, in ticks of 90 kHz, 33 bits.
    pub(super) pts: Option<u64>,
}

/// Splits the payloads of one stream.
#[derive(Clone, Debug)]
pub(super) enum Splitter {
    Adts(Adts),
    Opus,
    /// Payloads are given as they are.
    Whole(Extent),
}

impl Splitter {
    pub(super) fn new(content: Content) -> Self {
        match content {
            Content::Of(Codec::Aac) => Self::Adts(Adts::default()),
            Content::Of(Codec::Opus) => Self::Opus,
            Content::Of(codec) if codec.has_nal_units() => Self::Whole(Extent::Unit),
            Content::Of(Codec::Id3 | Codec::Scte35 | Codec::Av1) => Self::Whole(Extent::Unit),
            _ => Self::Whole(Extent::Payload),
        }
    }

    /// What its frames are.
    pub(super) fn extent(&self) -> Extent {
        match self {
            Self::Adts(_) | Self::Opus => Extent::Unit,
            Self::Whole(extent) => *extent,
        }
    }

    /// Forgets what was begun, because something is missing.
    pub(super) fn reset(&mut self) {
        if let Self::Adts(adts) = self {
            adts.begun = None;
        }
    }

    /// The frames of the next payload, whose time is that of the first that begins in it. False when some of it breaks the
    /// framing; what could be told apart is given.
    pub(super) fn split(&mut self, payload: Bytes, pts: Option<u64>, mut give: impl FnMut(Frame)) -> bool {
        match self {
            Self::Adts(adts) => adts.split(payload, pts, give),
            Self::Opus => split_opus(&payload, pts, give),
            Self::Whole(_) => {
                give(Frame { payload, config: None, pts });
                true
            }
        }
    }
}

/// A time so much later, on a clock of 33 bits.
fn later(time: Option<u64>, ticks: u64) -> Option<u64> {
    time.map(|time| (time + ticks) % CLOCK_RANGE)
}

/// AAC in ADTS frames, which may reach from one payload into the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Adts {
    /// The beginning of a frame whose end is in the next payload, and when the frame is presented.
    begun: Option<(Bytes, Option<u64>)>,
    /// The configuration that was made last, and of which header.
    config: Option<(Header, Bytes)>,
}

impl Adts {
    fn split(&mut self, payload: Bytes, pts: Option<u64>, mut give: impl FnMut(Frame)) -> bool {
        let (stream, carried, mut carried_pts) = match self.begun.take() {
            Some((begun, pts)) => (Bytes::from([&begun[..], &payload].concat()), begun.len(), Some(pts)),
            None => (payload, 0, None),
        };
        let (mut sound, mut at, mut samples, mut rate) = (true, 0, 0u64, 1);
        let mut pts_of = |at: usize, samples: u64, rate: u32| match carried_pts.take() {
            Some(pts) if at < carried => pts,
            _ => later(pts, samples * 90_000 / u64::from(rate.max(1))),
        };
        while at < stream.len() {
            let rest = stream.slice(at..);
            match adts::split(&rest).next() {
                Some(Ok(frame)) => {
                    rate = frame.header.sampling_frequency();
                    let pts = pts_of(at, samples, rate);
                    samples += if at < carried { 0 } else { 1024 };
                    at += usize::from(frame.header.frame_length);
                    if !frame.payload.is_empty() {
                        let config = self.config_of(&frame);
                        give(Frame { payload: frame.payload, config, pts });
                    }
                }
                Some(Err(AacError::SeveralRawBlocks { blocks, .. })) => {
                    sound = false;
                    samples += if at < carried { 0 } else { 1024 * u64::from(blocks) };
                    at += Header::parse(&rest).map_or(rest.len(), |header| header.frame_length.into());
                }
                Some(Err(error)) if is_beginning(&rest, &error) => {
                    let pts = pts_of(at, samples, rate);
                    self.begun = Some((rest, pts));
                    break;
                }
                _ => {
                    sound = false;
                    at += next_frame(&rest);
                }
            }
        }
        sound
    }

    /// The configuration that a frame's header describes, made once for as long as it stays.
    fn config_of(&mut self, frame: &adts::AdtsFrame) -> Option<Bytes> {
        let header = Header { frame_length: 0, buffer_fullness: 0, ..frame.header };
        if let Some((known, config)) = &self.config
            && *known == header
            && header.channel_configuration != 0
        {
            return Some(config.clone());
        }
        let config = frame.config().ok()?.to_bytes();
        self.config = Some((header, config.clone()));
        Some(config)
    }
}

/// Whether what ended the frames of a payload is a frame whose end is missing.
fn is_beginning(rest: &[u8], error: &AacError) -> bool {
    match error {
        AacError::FrameLength { length, available, .. } => length > available,
        _ => rest.len() < adts::HEADER_BYTES && matches!(rest, [0xff] | [0xff, 0xf0..=0xff, ..]),
    }
}

/// How far ahead a frame begins, of bytes that do not begin with one: a header behind which another is, or the end.
fn next_frame(bytes: &[u8]) -> usize {
    let begins = |at: &usize| {
        let Ok(header) = Header::parse(&bytes[*at..]) else { return false };
        let behind = bytes.get(at + usize::from(header.frame_length)..).unwrap_or(&[]);
        usize::from(header.frame_length) >= header.len() && matches!(behind, [] | [0xff] | [0xff, 0xf0..=0xff, ..])
    };
    (1..bytes.len()).filter(|at| bytes[*at] == 0xff).find(begins).unwrap_or(bytes.len())
}

/// Opus packets, each behind its control header.
fn split_opus(payload: &Bytes, pts: Option<u64>, mut give: impl FnMut(Frame)) -> bool {
    let (mut sound, mut samples) = (true, 0);
    for unit in opus::ts::split(payload) {
        match unit {
            Ok(TsUnit { packet, .. }) if !packet.is_empty() => {
                // One whose frames cannot be counted is a decoder's to refuse.
                let lasts = Packet::duration_of(&packet).unwrap_or(0);
                give(Frame { payload: packet, config: None, pts: later(pts, samples * 90_000 / 48_000) });
                samples += u64::from(lasts);
            }
            _ => sound = false,
        }
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use springhead_codec::aac::AudioSpecificConfig;

    /// Frames of AAC at 44.1 kHz in ADTS, and where each begins.
    fn adts_stream(frames: &[Vec<u8>]) -> (Vec<u8>, Vec<usize>) {
        let config = AudioSpecificConfig::parse(&[0x12, 0x10]).unwrap();
        let (mut stream, mut starts) = (Vec::new(), Vec::new());
        for frame in frames {
            starts.push(stream.len());
            stream.extend(Header::for_payload(&config, frame.len()).unwrap().to_bytes());
            stream.extend_from_slice(frame);
        }
        (stream, starts)
    }

    fn split(splitter: &mut Splitter, pts: u64, payload: &[u8]) -> (Vec<Frame>, bool) {
        let mut frames = Vec::new();
        let sound = splitter.split(Bytes::copy_from_slice(payload), Some(pts), |frame| frames.push(frame));
        (frames, sound)
    }

    #[test]
    fn what_is_no_frame_is_told_and_what_comes_before_it_is_given() {
        let (stream, _) = adts_stream(&[vec![1; 20], vec![2; 20]]);
        let mut splitter = Splitter::new(Content::Of(Codec::Aac));
        let (frames, sound) = split(&mut splitter, 0, &[&stream[..27], &[0; 30]].concat());
        assert_eq!((frames.len(), sound), (1, false));
        assert_eq!(split(&mut splitter, 0, &stream).0.len(), 2);
        let mut splitter = Splitter::new(Content::Of(Codec::Opus));
        let (frames, sound) = split(&mut splitter, 0, &[0x7f, 0xe0, 2, 0xfc, 1, 0x7f, 0x00, 2, 0xfc, 1]);
        assert_eq!((frames.len(), sound), (1, false));
        assert!(!split(&mut splitter, 0, &[0x7f, 0xe0, 3, 0xfc, 1]).1);
        let (frames, sound) = split(&mut splitter, 0, &[0x7f, 0x00, 2, 0x7f, 0xe0, 2, 0xfc, 1, 0x7f, 0xe0, 0]);
        assert_eq!((frames.len(), sound), (1, false), "behind noise, and one of no bytes");
    }

    #[test]
    fn a_stream_that_is_joined_within_a_frame_is_read_from_the_next_one_on() {
        let (stream, starts) = adts_stream(&[vec![0xff; 60], vec![2; 20], vec![3; 20]]);
        let mut splitter = Splitter::new(Content::Of(Codec::Aac));
        let (frames, sound) = split(&mut splitter, 77, &stream[20..starts[2] + 9]);
        let found: Vec<_> = frames.iter().map(|frame| (frame.payload[0], frame.pts)).collect();
        assert_eq!((found, sound), (vec![(2, Some(77))], false));
        let (frames, sound) = split(&mut splitter, 0, &stream[starts[2] + 9..]);
        let found: Vec<_> = frames.iter().map(|frame| (frame.payload[0], frame.pts)).collect();
        assert_eq!((found, sound), (vec![(3, Some(77 + 2089))], true));
    }

    #[test]
    fn opus_packets_are_timed_by_what_their_first_byte_says() {
        // 20 ms of CELT; two frames of 10 ms of SILK, trimmed at the start; three of 2.5 ms; with an extension.
        let packets: &[u8] = &[
            0x7f, 0xe0, 2, 0xfc, 1, // one
            0x7f, 0xf0, 2, 0, 5, 0x01, 9, // two
            0x7f, 0xe4, 2, 1, 0xaa, 0x83, 0x03, // three
            0x7f, 0xe0, 1, 0xfc,
        ];
        let (frames, sound) = split(&mut Splitter::new(Content::Of(Codec::Opus)), CLOCK_RANGE - 1800, packets);
        assert!(sound);
        let found: Vec<_> = frames.iter().map(|frame| (frame.payload.to_vec(), frame.pts.unwrap())).collect();
        assert_eq!(
            found,
            [(vec![0xfc, 1], CLOCK_RANGE - 1800), (vec![0x01, 9], 0), (vec![0x83, 3], 1800), (vec![0xfc], 1800 + 675)]
        );
    }

    proptest! {
        #[test]
        fn adts_frames_come_out_whole_however_they_lie_in_payloads(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..60), 1..12),
            piece in 1usize..150,
        ) {
            let (stream, starts) = adts_stream(&frames);
            let mut splitter = Splitter::new(Content::Of(Codec::Aac));
            let mut found = Vec::new();
            let time = |n: usize| n as u64 * 1024 * 90_000 / 44_100;
            for (n, payload) in stream.chunks(piece).enumerate() {
                // A payload in which none begins has no time.
                let first = starts.iter().position(|start| (n * piece..n * piece + payload.len()).contains(start));
                let sound = splitter.split(Bytes::copy_from_slice(payload), first.map(time), |frame| found.push(frame));
                prop_assert!(sound);
            }
            for (n, frame) in found.iter().enumerate() {
                // A frame's time is added to that of the payload, which was rounded before.
                prop_assert!(frame.pts.unwrap().abs_diff(time(n)) <= 1);
                prop_assert_eq!(frame.config.as_deref(), Some(&[0x12, 0x10][..]));
            }
            let found: Vec<_> = found.into_iter().map(|frame| frame.payload.to_vec()).collect();
            prop_assert_eq!(found, frames);
        }
    }
}
