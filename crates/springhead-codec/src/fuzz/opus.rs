//! Bodies of Opus.

use bytes::Bytes;

use crate::opus::{DecoderConfig, MAX_PACKET_TICKS, Packet, ts};

/// A packet lasts for a time that is allowed, alone and as the last of several streams, and its first bytes say it.
pub fn opus_packet(data: &[u8]) {
    let by_first_bytes = Packet::duration_of(data).ok();
    assert!(by_first_bytes.is_none_or(|ticks| (120..=MAX_PACKET_TICKS).contains(&ticks)));
    if let Ok(packet) = Packet::parse(data) {
        assert_eq!(by_first_bytes, Some(packet.duration()));
    }
    for channels in 1..=8 {
        let config = DecoderConfig::new(channels, 0).expect("a usual number of channels");
        if let Ok(ticks) = config.packet_duration(data) {
            assert_eq!(by_first_bytes, Some(ticks));
        }
    }
}

/// A configuration in both forms, which say the same.
pub fn opus_config(data: &[u8]) {
    for config in [DecoderConfig::parse(data), DecoderConfig::from_header(data)].into_iter().flatten() {
        assert_eq!(DecoderConfig::parse(&config.to_bytes()).as_ref(), Ok(&config));
        assert_eq!(DecoderConfig::from_header(&config.to_header()).as_ref(), Ok(&config));
        let _ = config.packet_duration(data);
    }
}

/// The form of transport streams: packets do not overlap, and a descriptor says what it said.
pub fn opus_ts(data: &[u8]) {
    let payload = Bytes::copy_from_slice(data);
    let found: Vec<_> = ts::split(&payload).collect();
    assert!(found.len() <= data.len());
    let total: usize = found.iter().flatten().map(|unit| unit.packet.len() + 3).sum();
    assert!(total <= data.len());
    if let Ok(config) = ts::parse_descriptor(data)
        && let Ok(content) = ts::to_descriptor(&config)
    {
        assert_eq!(ts::parse_descriptor(&content), Ok(config));
    }
}

#[cfg(test)]
pub(super) const BODIES: [fn(&[u8]); 3] = [opus_packet, opus_config, opus_ts];

/// Real inputs.
#[cfg(test)]
pub(super) fn seeds() -> Vec<Vec<u8>> {
    use crate::fixtures;

    let configs = fixtures::DOPS.iter().map(|(hex, _)| fixtures::bytes(hex));
    let headers = fixtures::DOPS.iter().map(|(hex, _)| {
        DecoderConfig::parse(&fixtures::bytes(hex)).expect("what an encoder wrote").to_header().to_vec()
    });
    configs.chain(headers).chain(fixtures::OPUS_PES.iter().map(|hex| fixtures::bytes(hex))).collect()
}
