//! Decoder configurations as Enhanced RTMP carries them, where that is not how [`Codec`] says.

use bytes::Bytes;
use springhead_core::{Codec, Rope};

/// Version 1 and flags 0, with which `vpcC` begins.
const VPCC_VERSION: &[u8] = &[1, 0, 0, 0];
/// Bytes of STREAMINFO (RFC 9639 §8.2).
const STREAMINFO: usize = 34;
/// The signature of FLAC, and the header of the last metadata block, which is STREAMINFO (§8.1).
const FLAC_START: &[u8] = b"fLaC\x80\0\0\x22";

/// What was sent, as it is handed on.
///
/// The record of VP8 and VP9 comes with version and flags of its box from ffmpeg and from the authors of Enhanced RTMP, and
/// without them by the letter. The two are told apart by the fifth byte of a record, whose upper half is a bit depth and
/// never zero in what the letter says. FLAC comes as bare STREAMINFO from ffmpeg, and with the signature by the letter.
pub(super) fn read(codec: Option<Codec>, sent: Bytes) -> Bytes {
    match codec {
        Some(Codec::Vp8 | Codec::Vp9) if sent.starts_with(VPCC_VERSION) => sent.slice(VPCC_VERSION.len()..),
        Some(Codec::Flac) if sent.len() == STREAMINFO => [FLAC_START, &sent].concat().into(),
        _ => sent,
    }
}

/// What is handed in, as it is sent: of VP8 and VP9 with version and flags, as that is what readers take.
pub(super) fn write(codec: Option<Codec>, config: &Bytes) -> Rope {
    let version = match codec {
        Some(Codec::Vp8 | Codec::Vp9) => Bytes::from_static(VPCC_VERSION),
        _ => Bytes::new(),
    };
    [version, config.clone()].into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_flags_of_vpcc_go_and_come() {
        let bare = Bytes::from_static(&[0, 10, 0x82, 2, 2, 2, 0, 0]);
        let sent = write(Some(Codec::Vp9), &bare).to_bytes();
        assert_eq!(&sent[..4], VPCC_VERSION);
        assert_eq!(read(Some(Codec::Vp9), sent), bare);
        assert_eq!(read(Some(Codec::Vp8), bare.clone()), bare, "as the letter says");
        assert_eq!(write(Some(Codec::Av1), &bare).to_bytes(), bare);
    }

    #[test]
    fn bare_streaminfo_gets_the_signature_and_its_block_header() {
        let bare = Bytes::from(vec![7; STREAMINFO]);
        let whole = read(Some(Codec::Flac), bare.clone());
        assert_eq!((&whole[..8], &whole[8..]), (FLAC_START, &bare[..]));
        assert_eq!(read(Some(Codec::Flac), whole.clone()), whole);
        assert_eq!(read(Some(Codec::Opus), bare.clone()), bare);
    }
}
