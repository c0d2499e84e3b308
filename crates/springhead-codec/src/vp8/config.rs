//! What configures a track of VP8: the record of the file format, and the size that it does not state.

use bytes::Bytes;
use springhead_core::FrameRate;

use super::{FrameHeader, Scale};
use crate::vpx::{Record, VpxError, level};

/// The configuration of a track.
///
/// VP8 has no parameter sets: size and scale are at the start of every key frame, and [`unit`](super::unit()) gives that
/// start as what configures a decoder.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::vp8::DecoderConfig;
/// let key = Bytes::from_static(b"\x10\x02\0\x9d\x01\x2a\x40\0\x40\0\x02");
/// let config = DecoderConfig::from_found(&[key.clone()])?;
/// assert_eq!(&config.to_bytes()[..], [0, 10, 0x82, 2, 2, 5, 0, 0]);
/// assert_eq!(config.updated(&[key])?, config);
/// # Ok::<(), springhead_codec::vpx::VpxError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct DecoderConfig {
    /// What the record says. Its level is 0 where no record of a source gave one.
    pub record: Record,
    /// Width and height as coded, in samples; none before a key frame when the configuration is from a record.
    pub size: Option<(u32, u32)>,
    /// By how much each side is meant to be stretched.
    pub scale: (Scale, Scale),
}

impl DecoderConfig {
    /// Reads a record, which does not state the size.
    pub fn parse(record: &[u8]) -> Result<Self, VpxError> {
        Ok(Self { record: Record::parse(record)?, size: None, scale: (Scale::None, Scale::None) })
    }

    /// A configuration of what was found in band, as [`unit`](super::unit()) gives it. A key frame is needed; the last
    /// counts.
    pub fn from_found(found: &[Bytes]) -> Result<Self, VpxError> {
        last_key_frame(found)?.ok_or(VpxError::NoKeyFrame)
    }

    /// This configuration with what a key frame says. Equal to `self` when that is nothing new. Level and colours that a
    /// record gave stay where the frame does not contradict them; the level goes when the size changes from one that is
    /// known.
    pub fn updated(&self, found: &[Bytes]) -> Result<Self, VpxError> {
        let Some(said) = last_key_frame(found)? else { return Ok(*self) };
        let mut record = self.record.with_key_frame(said.record);
        if self.size.is_some() && self.size != said.size {
            record.level = 0;
        }
        Ok(Self { record, ..said })
    }

    /// The record with its level: the source's, or the one that size and rate need. VP8 defines none; the record names those
    /// of VP9. Without a size it stays 0.
    pub fn leveled(&self, rate: Option<FrameRate>) -> Record {
        let mut record = self.record;
        if let (0, Some((width, height))) = (record.level, self.size) {
            record.level = level(width, height, rate);
        }
        record
    }

    /// Writes the record, with the level that the size needs where no other is known.
    pub fn to_bytes(&self) -> Bytes {
        self.leveled(None).to_bytes()
    }
}

fn last_key_frame(found: &[Bytes]) -> Result<Option<DecoderConfig>, VpxError> {
    let mut last = None;
    for start in found {
        let header = FrameHeader::parse(start)?;
        if let (Some(record), Some(key)) = (header.record(), header.key_frame) {
            last = Some(DecoderConfig { record, size: Some(key.size), scale: key.scale });
        }
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"\x10\x02\0\x9d\x01\x2a\x40\0\x40\0\x02";
    const LARGER: &[u8] = b"\x10\x02\0\x9d\x01\x2a\0\x05\xd0\x02\x02";

    fn found(start: &'static [u8]) -> [Bytes; 1] {
        [Bytes::from_static(start)]
    }

    #[test]
    fn without_a_key_frame_there_is_no_configuration() {
        assert_eq!(DecoderConfig::from_found(&[]), Err(VpxError::NoKeyFrame));
        assert_eq!(DecoderConfig::from_found(&found(b"\x11\x02\0")), Err(VpxError::NoKeyFrame));
        assert!(matches!(DecoderConfig::from_found(&found(b"\x10\x02")), Err(VpxError::Syntax(_))));
    }

    #[test]
    fn a_key_frame_gives_the_size_that_a_record_lacks_and_leaves_its_level_and_colours() {
        let record = DecoderConfig::parse(&[0, 31, 0x82, 6, 6, 5, 0, 0]).unwrap();
        let config = record.updated(&found(KEY)).unwrap();
        assert_eq!((config.record, config.size), (record.record, Some((64, 64))));
        assert_eq!(config.updated(&found(KEY)), Ok(config));
        let larger = config.updated(&found(LARGER)).unwrap();
        assert_eq!((larger.size, larger.record.level), (Some((1280, 720)), 0));
        assert_eq!(larger.to_bytes()[1], 31, "what 1280x720 needs");
    }
}
