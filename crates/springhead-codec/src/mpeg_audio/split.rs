//! The frames of a buffer.

use bytes::Bytes;

use super::{FrameHeader, HEADER_BYTES, MpegAudioError};
use crate::resync::{Candidate, next_frame};

/// One frame: the access unit, header and all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Its header.
    pub header: FrameHeader,
    /// The whole frame, a slice of the input.
    pub payload: Bytes,
}

/// The frames of a buffer, each a slice of it.
///
/// After [`MpegAudioError::NoFrame`] it goes on at the next frame that another one or the end of the buffer follows;
/// [`MpegAudioError::FrameLength`] and a header that is cut off end it, and are sound if more bytes follow. Tags of ID3 are
/// no frames.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::mpeg_audio::split;
/// let mut frame = vec![0; 72];
/// frame[..4].copy_from_slice(&[0xff, 0xe3, 0x18, 0xc0]);
/// let stream = Bytes::from([&frame[..], &frame].concat());
/// let frames = split(&stream).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(frames.iter().map(|frame| frame.payload.len()).collect::<Vec<_>>(), [72, 72]);
/// # Ok::<(), springhead_codec::mpeg_audio::MpegAudioError>(())
/// ```
pub fn split(stream: &Bytes) -> Frames<'_> {
    Frames { stream, at: 0 }
}

/// The iterator of [`split`].
#[derive(Debug)]
pub struct Frames<'a> {
    stream: &'a Bytes,
    at: usize,
}

impl Frames<'_> {
    /// Where what comes next is, in bytes from the start of the buffer: a frame, what is none, or the beginning of one that
    /// is cut off, which is the last.
    pub fn position(&self) -> usize {
        self.at
    }

    fn frame(&mut self) -> Result<Frame, MpegAudioError> {
        let offset = std::mem::replace(&mut self.at, self.stream.len());
        let rest = &self.stream[offset..];
        let header = match FrameHeader::parse(rest) {
            Ok(header) => header,
            Err(MpegAudioError::Syntax(_)) if rest.len() >= HEADER_BYTES || rest[0] != 0xff => {
                self.at = next_frame(self.stream, offset + 1, look).unwrap_or(self.stream.len());
                return Err(MpegAudioError::NoFrame { offset });
            }
            Err(MpegAudioError::FreeFormat) => {
                self.at = next_frame(self.stream, offset + 1, look).unwrap_or(self.stream.len());
                return Err(MpegAudioError::FreeFormat);
            }
            Err(error) => return Err(error),
        };
        let length = header.frame_bytes();
        if length > rest.len() {
            return Err(MpegAudioError::FrameLength { offset, length, available: rest.len() });
        }
        self.at = offset + length;
        Ok(Frame { header, payload: self.stream.slice(offset..offset + length) })
    }
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame, MpegAudioError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.at < self.stream.len()).then(|| self.frame())
    }
}

fn look(bytes: &[u8]) -> Candidate {
    match FrameHeader::parse(bytes) {
        Ok(header) => Candidate::Frame(header.frame_bytes()),
        Err(_) if bytes.len() < HEADER_BYTES && bytes.first() == Some(&0xff) => Candidate::Unknown,
        Err(_) => Candidate::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use proptest::prelude::*;

    fn all(stream: &[u8]) -> Vec<Result<Frame, MpegAudioError>> {
        split(&Bytes::copy_from_slice(stream)).collect()
    }

    fn lengths(stream: &[u8]) -> Vec<usize> {
        all(stream).into_iter().map(|frame| frame.unwrap().payload.len()).collect()
    }

    #[test]
    fn what_is_no_frame_is_passed_over() {
        // A sync word that nothing follows where it says.
        let junk = [0x49, 0x44, 0x33, 0xff, 0xfb, 0x54, 0x44, 0, 0];
        let found = all(&[&junk[..], fixtures::MP3, &junk, fixtures::MP3].concat());
        assert_eq!(found[0], Err(MpegAudioError::NoFrame { offset: 0 }));
        let errors: Vec<_> = found.iter().filter_map(|frame| frame.as_ref().err()).collect();
        assert_eq!(errors[1..], [&MpegAudioError::NoFrame { offset: 9 + fixtures::MP3.len() }]);
        assert_eq!(found.len() - errors.len(), 2 * lengths(fixtures::MP3).len());
        assert_eq!(all(&[0; 50]), [Err(MpegAudioError::NoFrame { offset: 0 })]);
    }

    #[test]
    fn a_frame_that_is_cut_off_is_the_last() {
        let end = fixtures::MP3.len() - 1;
        let found = all(&fixtures::MP3[..end]);
        let error = MpegAudioError::FrameLength { offset: end - 191, length: 192, available: 191 };
        assert!(error.is_truncated());
        assert_eq!(found.last(), Some(&Err(error)));
        assert!(matches!(all(&fixtures::MP3[..3])[..], [Err(MpegAudioError::Syntax(_))]));
    }

    #[test]
    fn streams_of_ffmpeg_fall_into_frames() {
        assert_eq!(lengths(fixtures::MP3), vec![192; 4]);
        assert_eq!(lengths(fixtures::MP2), vec![192; 2]);
        let headers: Vec<_> = all(fixtures::MP3).into_iter().map(|frame| frame.unwrap().header).collect();
        assert!(headers.iter().all(|header| header.continues(&headers[0]) && header.samples() == 1152));
    }

    #[test]
    fn the_position_is_that_of_what_comes_next() {
        let good = fixtures::MP3;
        let stream = Bytes::from([&[1, 2][..], good, &good[..9]].concat());
        let mut frames = split(&stream);
        let mut positions = vec![];
        while frames.position() < stream.len() {
            positions.push(frames.position());
            frames.next();
        }
        assert_eq!(positions, [0, 2, 2 + 192, 2 + 2 * 192, 2 + 3 * 192, 2 + good.len()]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(stream in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xff), Just(0xfb)], 0..300)) {
            crate::fuzz::mpeg_audio_frames(&stream);
        }
    }
}
