//! Files, tags and bodies in the making. A payload becomes part of what is written as it is, never copied.

use bytes::Bytes;
use springhead_core::Rope;

use super::audio::AAC_44K_16BIT_STEREO;
use super::{FileHeader, FlvError, TagHeader, TagKind};

/// The start of a file: its header, and the size of the tag before the first, which is zero.
pub fn file_header(header: FileHeader) -> Bytes {
    let mut bytes = header.to_bytes().to_vec();
    bytes.extend([0; 4]);
    bytes.into()
}

/// One tag with its body and the size that follows it.
///
/// # Errors
/// [`FlvError::TooLarge`] when the body has 2^24 bytes or more.
pub fn tag(kind: TagKind, timestamp: u32, body: &Rope) -> Result<Rope, FlvError> {
    if body.len() > TagHeader::MAX_SIZE {
        return Err(FlvError::TooLarge { size: body.len() });
    }
    let size = body.len() as u32;
    let header = TagHeader { kind, filtered: false, size, timestamp }.to_bytes();
    let previous_tag_size = (TagHeader::LEN as u32 + size).to_be_bytes();
    let mut rope = Rope::from(Bytes::copy_from_slice(&header));
    rope.append(body);
    rope.push(Bytes::copy_from_slice(&previous_tag_size));
    Ok(rope)
}

/// The body that announces an AVC track: its AVCDecoderConfigurationRecord.
pub fn avc_sequence_header(config: Bytes) -> Rope {
    [Bytes::from_static(&[0x17, 0, 0, 0, 0]), config].into_iter().collect()
}

/// The body of one AVC access unit, length-prefixed. Of the composition time in milliseconds, what fits 24 bits is kept:
/// more than two hours either way.
pub fn avc_unit(keyframe: bool, composition_time: i32, payload: &Rope) -> Rope {
    let [_, c2, c1, c0] = composition_time.clamp(-(1 << 23), (1 << 23) - 1).to_be_bytes();
    let mut body = Rope::from(Bytes::copy_from_slice(&[if keyframe { 0x17 } else { 0x27 }, 1, c2, c1, c0]));
    body.append(payload);
    body
}

/// The body that ends an AVC track.
pub fn avc_end_of_sequence() -> Rope {
    Bytes::from_static(&[0x17, 2, 0, 0, 0]).into()
}

/// The body that announces an AAC track: its AudioSpecificConfig.
pub fn aac_sequence_header(config: Bytes) -> Rope {
    [Bytes::from_static(&[AAC_44K_16BIT_STEREO, 0]), config].into_iter().collect()
}

/// The body of one raw AAC frame.
pub fn aac_raw(payload: &Rope) -> Rope {
    let mut body = Rope::from(Bytes::from_static(&[AAC_44K_16BIT_STEREO, 1]));
    body.append(payload);
    body
}

#[cfg(test)]
mod tests {
    use super::super::{AudioTag, VideoTag};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_body_that_does_not_fit_is_refused() {
        let body: Rope = (0..17).map(|_| Bytes::from_static(&[0; 1 << 20])).collect();
        assert_eq!(tag(TagKind::Video, 0, &body), Err(FlvError::TooLarge { size: 17 << 20 }));
    }

    proptest! {
        #[test]
        fn bodies_are_read_as_they_were_written(
            keyframe: bool,
            composition_time in -(1i32 << 23)..1 << 23,
            payload in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let payload = Bytes::from(payload);
            let rope = Rope::from(payload.clone());
            let video = |rope: Rope| VideoTag::parse(&rope.to_bytes()).unwrap();
            let audio = |rope: Rope| AudioTag::parse(&rope.to_bytes()).unwrap();
            prop_assert_eq!(
                video(avc_unit(keyframe, composition_time, &rope)),
                VideoTag::AvcUnit { keyframe, composition_time, payload: payload.clone() }
            );
            prop_assert_eq!(video(avc_sequence_header(payload.clone())), VideoTag::AvcSequenceHeader(payload.clone()));
            prop_assert_eq!(video(avc_end_of_sequence()), VideoTag::AvcEndOfSequence);
            prop_assert_eq!(audio(aac_raw(&rope)), AudioTag::AacRaw(payload.clone()));
            prop_assert_eq!(audio(aac_sequence_header(payload.clone())), AudioTag::AacSequenceHeader(payload));
        }
    }
}
