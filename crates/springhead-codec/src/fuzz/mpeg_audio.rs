//! Bodies of MPEG audio.

use bytes::Bytes;

use crate::mpeg_audio::{FrameHeader, split};

/// Frames do not overlap, and headers are written as they were read.
pub fn mpeg_audio_frames(data: &[u8]) {
    let stream = Bytes::copy_from_slice(data);
    let (mut total, mut items) = (0, 0);
    for frame in split(&stream) {
        items += 1;
        let Ok(frame) = frame else { continue };
        assert_eq!(frame.header.to_bytes(), frame.payload[..4]);
        assert_eq!(FrameHeader::parse(&frame.payload), Ok(frame.header));
        assert!(frame.header.sample_rate() > 0 && frame.header.samples() > 0);
        total += frame.payload.len();
    }
    assert!(total <= data.len() && items <= data.len());
}

#[cfg(test)]
pub(super) const BODIES: [fn(&[u8]); 1] = [mpeg_audio_frames];

/// Real inputs.
#[cfg(test)]
pub(super) fn seeds() -> Vec<Vec<u8>> {
    use crate::fixtures;

    vec![fixtures::MP3.to_vec(), fixtures::MP2.to_vec()]
}
