//! AAC in ADTS frames: ISO/IEC 14496-3 §1.A.3.

use bytes::Bytes;
use springhead_codec::aac::AacError;
use springhead_codec::aac::adts::{self, Header};

use super::{Begun, Frame};

/// Samples of a raw data block.
const FRAME_SAMPLES: u64 = 1024;

/// AAC in ADTS frames, which may reach from one payload into the next.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Adts {
    begun: Begun,
    /// The configuration that was made last, and of which header.
    config: Option<(Header, Bytes)>,
}

impl Adts {
    pub(super) fn split(&mut self, payload: Bytes, pts: Option<u64>, mut give: impl FnMut(Frame)) -> bool {
        let (stream, mut times) = self.begun.join(payload, pts);
        let (mut sound, mut at) = (true, 0);
        while at < stream.len() {
            let rest = stream.slice(at..);
            match adts::split(&rest).next() {
                Some(Ok(frame)) => {
                    let pts = times.of(at, FRAME_SAMPLES, frame.header.sampling_frequency());
                    at += usize::from(frame.header.frame_length);
                    if !frame.payload.is_empty() {
                        let config = self.config_of(&frame);
                        give(Frame { payload: frame.payload, config, pts, ..Frame::default() });
                    }
                }
                Some(Err(AacError::SeveralRawBlocks { blocks, .. })) => {
                    sound = false;
                    let header = Header::parse(&rest);
                    let rate = header.as_ref().map_or(1, Header::sampling_frequency);
                    times.of(at, FRAME_SAMPLES * u64::from(blocks), rate);
                    at += header.map_or(rest.len(), |header| header.frame_length.into());
                }
                Some(Err(error)) if is_beginning(&rest, &error) => {
                    self.begun.keep(rest, times.next(at));
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

    /// Forgets what was begun.
    pub(super) fn reset(&mut self) {
        self.begun = Begun::default();
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
