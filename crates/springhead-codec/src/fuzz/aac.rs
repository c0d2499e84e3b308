//! Bodies of AAC.

use bytes::Bytes;

use crate::aac::adts::{self, Header};
use crate::aac::latm::{self, Demultiplexer};
use crate::aac::{self, AudioSpecificConfig};

/// An AudioSpecificConfig, and the ADTS header made of it.
pub fn audio_specific_config(data: &[u8]) {
    if let Ok(config) = AudioSpecificConfig::parse(data) {
        assert!(config.output_rate() > 0 && config.unit_ticks() > 0 && config.output_channels() > 0);
        assert_eq!(config.to_bytes(), data);
        assert!(aac::codec_string(&config).starts_with("mp4a.40."));
        if let Ok(header) = Header::for_payload(&config, data.len()) {
            let core = header.config().expect("a header that was made can be described");
            assert_eq!(core.object_type, config.object_type);
            assert_eq!(core.sampling_frequency, config.sampling_frequency);
            assert_eq!(core.channels, config.channels);
        }
    }
}

/// ADTS frames: headers are written as they were read, but for the bits that say nothing.
pub fn adts_frames(data: &[u8]) {
    let stream = Bytes::copy_from_slice(data);
    let mut total = 0;
    for frame in adts::split(&stream).filter_map(Result::ok) {
        assert_eq!(Header::parse(&frame.header.to_bytes()), Ok(frame.header));
        assert_eq!(frame.payload.len() + frame.header.len(), usize::from(frame.header.frame_length));
        total += usize::from(frame.header.frame_length);
        if let Ok(config) = frame.config() {
            assert_eq!(AudioSpecificConfig::parse(&config.to_bytes()), Ok(config));
        }
    }
    assert!(total <= data.len());
}

/// An AudioSyncStream, and any bytes as an element: frames take no more bytes than there are.
pub fn latm_stream(data: &[u8]) {
    let stream = Bytes::copy_from_slice(data);
    let mut demultiplexer = Demultiplexer::default();
    let (mut total, mut items) = (0, 0);
    for element in latm::split(&stream) {
        items += 1;
        let Ok(element) = element else { continue };
        total += element.len();
        let frames = demultiplexer.read(&element).unwrap_or_default();
        assert!(frames.iter().map(Bytes::len).sum::<usize>() <= element.len());
        if let Some(config) = demultiplexer.config() {
            assert_eq!(AudioSpecificConfig::parse(&config.to_bytes()).as_ref(), Ok(config));
        }
    }
    assert!(total <= data.len() && items <= data.len());
    let frames = Demultiplexer::default().read(&stream).unwrap_or_default();
    assert!(frames.iter().map(Bytes::len).sum::<usize>() <= data.len());
}

#[cfg(test)]
pub(super) const BODIES: [fn(&[u8]); 3] = [audio_specific_config, adts_frames, latm_stream];

/// Real inputs.
#[cfg(test)]
pub(super) fn seeds() -> Vec<Vec<u8>> {
    use crate::fixtures;

    let mut seeds = [fixtures::ASC_LC_44100_MONO, fixtures::ASC_LC_48000_PCE].map(fixtures::bytes).to_vec();
    seeds.extend([fixtures::PCE_ADTS, fixtures::ADTS, fixtures::LATM].map(<[u8]>::to_vec));
    seeds
}
