//! What configures a track of VP9: the record of the file format, and the size that it does not state.

use bytes::Bytes;
use springhead_core::FrameRate;

use super::FrameHeader;
use crate::vpx::{Record, VpxError, level};

/// The configuration of a track.
///
/// VP9 has no parameter sets: format and size are in the uncompressed header of every key frame, and
/// [`unit`](super::unit()) gives that start of the header as what configures a decoder.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::vp9::DecoderConfig;
/// let key = Bytes::from_static(b"\x82\x49\x83\x42\0\x03\xf0\x03\xf6\x06\x38\x24\x1c\x18\x4a\0");
/// let config = DecoderConfig::from_found(&[key.clone()])?;
/// assert_eq!(&config.to_bytes()[..], [0, 10, 0x82, 2, 2, 2, 0, 0]);
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
    /// The size as it is meant to be shown, likewise.
    pub render_size: Option<(u32, u32)>,
}

impl DecoderConfig {
    /// Reads a record, which does not state the size.
    pub fn parse(record: &[u8]) -> Result<Self, VpxError> {
        Ok(Self { record: Record::parse(record)?, size: None, render_size: None })
    }

    /// A configuration of what was found in band, as [`unit`](super::unit()) gives it. A key frame is needed; the last
    /// counts.
    pub fn from_found(found: &[Bytes]) -> Result<Self, VpxError> {
        last_key_frame(found)?.ok_or(VpxError::NoKeyFrame)
    }

    /// This configuration with what a key frame says. Equal to `self` when that is nothing new. Level and colours that a
    /// record gave stay where the frame does not contradict them, because a frame states less; the level goes when the size
    /// changes from one that is known.
    pub fn updated(&self, found: &[Bytes]) -> Result<Self, VpxError> {
        let Some(said) = last_key_frame(found)? else { return Ok(*self) };
        let mut record = self.record.with_key_frame(said.record);
        if self.size.is_some() && self.size != said.size {
            record.level = 0;
        }
        Ok(Self { record, ..said })
    }

    /// The record with its level: the source's, or the one that size and rate need. Without a size it stays 0.
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
            last = Some(DecoderConfig { record, size: Some(key.size), render_size: Some(key.render_size) });
        }
    }
    Ok(last)
}
