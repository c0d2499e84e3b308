use bytes::Bytes;
use springhead_core::{Limits, Timescale, TrackId};

use crate::vpx::Record;
use crate::{vp8, vp9};

/// A configuration record: what is written says the same.
pub fn vpx_record(data: &[u8]) {
    if let Ok(record) = Record::parse(data) {
        assert_eq!(Record::parse(&record.to_bytes()), Ok(record));
        assert_eq!(record.to_bytes()[..6], data[..6]);
        assert!(record.codec_string("vp09").starts_with("vp09.0"));
    }
}

/// A frame or superframe of VP9, and the configuration of its key frame.
pub fn vp9_unit(data: &[u8]) {
    let payload = Bytes::copy_from_slice(data);
    if let Ok(frames) = vp9::frames(data) {
        assert!(frames.len() <= 8 && frames.iter().all(|frame| !frame.is_empty() && frame.end <= data.len()));
        assert!(frames.is_sorted_by(|a, b| a.end <= b.start));
    }
    let Ok(unit) = vp9::unit(&payload, &Limits::default()) else { return };
    assert_eq!(unit.payload.to_bytes(), payload);
    assert_eq!(unit.sap.is_some(), !unit.configuration.is_empty());
    if unit.sap.is_some() {
        let config = vp9::DecoderConfig::from_found(&unit.configuration).expect("the start of a key frame suffices");
        assert_eq!(config.updated(&unit.configuration), Ok(config));
        let track = vp9::track(TrackId(1), Timescale::MPEG, &config, None).expect("a key frame has a size");
        let known = vp9::DecoderConfig::parse(&track.config).expect("what is written can be read");
        assert_eq!(known.updated(&unit.configuration).map(|known| known.to_bytes()), Ok(track.config));
    }
}

/// A frame of VP8, and the configuration of its key frame.
pub fn vp8_unit(data: &[u8]) {
    let payload = Bytes::copy_from_slice(data);
    let Ok(unit) = vp8::unit(&payload, &Limits::default()) else { return };
    assert_eq!(unit.payload.to_bytes(), payload);
    assert_eq!(unit.sap.is_some(), !unit.configuration.is_empty());
    if unit.sap.is_some() {
        let config = vp8::DecoderConfig::from_found(&unit.configuration).expect("the start of a key frame suffices");
        assert_eq!(config.updated(&unit.configuration), Ok(config));
        let track = vp8::track(TrackId(1), Timescale::MPEG, &config, None).expect("a key frame has a size");
        let known = vp8::DecoderConfig::parse(&track.config).expect("what is written can be read");
        assert_eq!(known.updated(&unit.configuration).map(|known| known.to_bytes()), Ok(track.config));
    }
}

/// The bodies of this room.
#[cfg(test)]
pub(super) const BODIES: [fn(&[u8]); 3] = [vpx_record, vp9_unit, vp8_unit];

/// Real inputs.
#[cfg(test)]
pub(super) fn seeds() -> Vec<Vec<u8>> {
    use crate::fixtures::{self, vpx::SUPERFRAME, vpx::VP9};

    let mut seeds =
        vec![SUPERFRAME.to_vec(), b"\x30\0\0\x9d\x01\x2a\x40\0\x40\0\x02".to_vec(), b"\x31\0\0\x07\x08".to_vec()];
    for file in VP9 {
        seeds.extend([fixtures::bytes(file.key_frame), fixtures::bytes(file.record)]);
    }
    seeds
}
