//! What real encoders wrote, each with the command.

#[cfg(feature = "aac")]
mod aac;
#[cfg(feature = "ac3")]
mod ac3;
#[cfg(feature = "av1")]
pub(crate) mod av1;
#[cfg(feature = "avc")]
mod avc;
#[cfg(feature = "flac")]
mod flac;
#[cfg(feature = "mpeg-audio")]
mod mpeg_audio;
#[cfg(feature = "opus")]
mod opus;
#[cfg(feature = "avc")]
mod reorder;

#[cfg(feature = "aac")]
pub(crate) use aac::*;
#[cfg(feature = "ac3")]
pub(crate) use ac3::*;
#[cfg(feature = "avc")]
pub(crate) use avc::*;
#[cfg(feature = "flac")]
pub(crate) use flac::*;
#[cfg(feature = "mpeg-audio")]
pub(crate) use mpeg_audio::*;
#[cfg(feature = "opus")]
pub(crate) use opus::*;
#[cfg(feature = "avc")]
pub(crate) use reorder::*;

#[cfg(feature = "vp9")]
pub(crate) mod vpx;
#[cfg(feature = "vvc")]
mod vvc;
#[cfg(feature = "vvc")]
pub(crate) use vvc::*;

/// The bytes that a fixture writes in hexadecimal.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a fixture is written in hexadecimal") as u8;
    digits.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// NAL units, each with its length in that many bytes before it.
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
pub(crate) fn prefixed(size: u8, nals: &[&[u8]]) -> bytes::Bytes {
    let length = |nal: &[u8]| (nal.len() as u32).to_be_bytes()[4 - usize::from(size)..].to_vec();
    nals.iter().flat_map(|nal| [length(nal), nal.to_vec()].concat()).collect()
}

/// NAL units, each with a start code before it.
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
pub(crate) fn byte_stream(nals: &[&[u8]]) -> bytes::Bytes {
    nals.iter().flat_map(|nal| [&crate::nal::annexb::START_CODE[..], nal].concat()).collect()
}
