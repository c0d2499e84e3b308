//! Bodies of FLAC.

use bytes::Bytes;

use crate::flac::{DecoderConfig, FrameHeader};

/// Metadata blocks, with the marker and without: what is written says the same.
pub fn flac_config(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    if let Ok(config) = DecoderConfig::parse(&bytes) {
        assert!(config.stream_info.sample_rate > 0);
        assert_eq!(DecoderConfig::parse(&config.to_bytes()).as_ref(), Ok(&config));
    }
    if let Ok((config, end)) = DecoderConfig::from_stream(&bytes) {
        assert_eq!(config.to_stream(), data[..end]);
    }
}

/// A frame header.
pub fn flac_frame_header(data: &[u8]) {
    if let Ok(header) = FrameHeader::parse(data) {
        assert!((1..=65_535).contains(&header.block_size) && (1..=8).contains(&header.channels));
        assert!(header.bytes >= 6 && header.bytes <= data.len().min(16) && header.number < 1 << 36);
    }
}

#[cfg(test)]
pub(super) const BODIES: [fn(&[u8]); 2] = [flac_config, flac_frame_header];

/// Real inputs.
#[cfg(test)]
pub(super) fn seeds() -> Vec<Vec<u8>> {
    use crate::fixtures;

    let mut seeds = fixtures::DFLA.map(|(hex, ..)| fixtures::bytes(hex)).to_vec();
    let stream = Bytes::from_static(fixtures::FLAC);
    let (_, end) = DecoderConfig::from_stream(&stream).expect("what an encoder wrote");
    seeds.extend([stream[..end].to_vec(), stream[end..].to_vec()]);
    seeds
}
