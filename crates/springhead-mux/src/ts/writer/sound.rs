//! Frames of sound: what a transport stream wants before each, and several of them in one PES packet.

use bytes::Bytes;
use springhead_codec::aac::adts::{self, HEADER_BYTES, Header};
use springhead_codec::aac::{AacError, AudioSpecificConfig};
use springhead_codec::opus::ts::ControlHeader;
use springhead_core::Rope;

use super::super::pes::MAX_COUNTED_PAYLOAD;
use super::packets::PesPackets;

/// What stands before a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Framing {
    /// An ADTS header, of which the length is filled in.
    Adts([u8; HEADER_BYTES]),
    /// `opus_control_header`, which says how long the packet is, without trimming.
    Opus,
    /// Nothing: frames begin with a syncword of their own.
    None,
}

impl Framing {
    /// The ADTS headers of a track with that AudioSpecificConfig: the core's, where SBR and PS extend it.
    pub(super) fn adts(config: &Bytes) -> Result<Self, AacError> {
        let config = AudioSpecificConfig::parse(config)?;
        Header::for_payload(&config, 0).map(|header| Self::Adts(header.to_bytes()))
    }

    /// The most bytes of a frame behind it.
    pub(super) fn most(self) -> usize {
        match self {
            Self::Adts(_) => adts::MAX_FRAME_BYTES - HEADER_BYTES,
            Self::Opus => MAX_COUNTED_PAYLOAD - Self::Opus.bytes(MAX_COUNTED_PAYLOAD),
            Self::None => MAX_COUNTED_PAYLOAD,
        }
    }

    /// Bytes before a frame of that many.
    fn bytes(self, frame: usize) -> usize {
        match self {
            Self::Adts(_) => HEADER_BYTES,
            Self::Opus => ControlHeader::default().bytes_before(frame),
            Self::None => 0,
        }
    }

    fn put(self, out: &mut Vec<u8>, frame: usize) {
        match self {
            Self::Adts(mut header) => {
                let [high, low] = ((frame + HEADER_BYTES) as u16).to_be_bytes();
                // aac_frame_length is 13 bits across three bytes.
                header[3] = header[3] & 0xfc | high >> 3 & 3;
                header[4] = high << 5 | low >> 3;
                header[5] = header[5] & 0x1f | low << 5;
                out.extend_from_slice(&header);
            }
            Self::Opus => out.extend_from_slice(&ControlHeader::default().to_bytes(frame)),
            Self::None => {}
        }
    }
}

/// Frames that wait to be one PES packet.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    /// What stands before the frames, joined.
    framing: Vec<u8>,
    /// The frames, each with where its framing ends.
    frames: Vec<(usize, Rope)>,
    /// Bytes of the frames.
    bytes: usize,
}

impl Group {
    pub(super) fn count(&self) -> usize {
        self.frames.len()
    }

    /// Whether one more frame of that many bytes fits a PES packet.
    pub(super) fn fits(&self, framing: Framing, frame: usize) -> bool {
        self.len() + framing.bytes(frame) + frame <= MAX_COUNTED_PAYLOAD
    }

    pub(super) fn push(&mut self, framing: Framing, frame: &Rope) {
        framing.put(&mut self.framing, frame.len());
        self.frames.push((self.framing.len(), frame.clone()));
        self.bytes += frame.len();
    }

    /// Bytes of the payload that it makes.
    pub(super) fn len(&self) -> usize {
        self.framing.len() + self.bytes
    }

    /// Hands its bytes over and is empty again.
    pub(super) fn drain_to(&mut self, packets: &mut PesPackets<'_>) {
        let mut at = 0;
        for (end, frame) in self.frames.drain(..) {
            packets.push(&self.framing[at..end]);
            frame.slices().iter().for_each(|slice| packets.push(slice));
            at = end;
        }
        self.framing.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_adts_cannot_say_is_refused() {
        // AAC-ELD, object type 39.
        let eld = Bytes::from_static(&[0xf8, 0xe6, 0x20, 0x00]);
        assert!(Framing::adts(&eld).is_err());
    }

    #[test]
    fn lengths_are_filled_into_adts_headers_of_the_core() {
        // HE-AAC: SBR of 48 kHz around a core of 24 kHz, mono.
        for config in [&[0x12u8, 0x10][..], &[0xeb, 0x09, 0x88, 0x00]] {
            let config = Bytes::copy_from_slice(config);
            let framing = Framing::adts(&config).unwrap();
            for length in [0, 1, 255, 1017, 2040, framing.most()] {
                let mut out = Vec::new();
                framing.put(&mut out, length);
                let config = AudioSpecificConfig::parse(&config).unwrap();
                assert_eq!(out, Header::for_payload(&config, length).unwrap().to_bytes());
            }
        }
    }

    #[test]
    fn the_length_of_an_opus_packet_is_told_in_bytes_of_255() {
        for (length, header) in
            [(3, &[0x7f, 0xe0, 3][..]), (255, &[0x7f, 0xe0, 255, 0]), (600, &[0x7f, 0xe0, 255, 255, 90])]
        {
            let mut out = Vec::new();
            Framing::Opus.put(&mut out, length);
            assert_eq!((&out[..], Framing::Opus.bytes(length)), (header, header.len()));
        }
    }
}
