//! The syncframes of a buffer.

use bytes::Bytes;

use super::{Ac3Error, FrameHeader};
use crate::bits::Fault;
use crate::resync::{Candidate, next_frame};

/// One syncframe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Its header.
    pub header: FrameHeader,
    /// The whole frame, a slice of the input.
    pub payload: Bytes,
}

/// The syncframes of a buffer, each a slice of it.
///
/// After [`Ac3Error::NoFrame`] it goes on at the next frame that another one or the end of the buffer follows;
/// [`Ac3Error::FrameLength`] and a header that is cut off end it, and are sound if more bytes follow.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::ac3::split;
/// let mut frame = vec![0; 128];
/// frame[..8].copy_from_slice(&[0x0b, 0x77, 0, 0, 0x00, 0x40, 0x40, 0]);
/// let stream = Bytes::from([&frame[..], &frame].concat());
/// let frames = split(&stream).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(frames.iter().map(|frame| frame.payload.len()).collect::<Vec<_>>(), [128, 128]);
/// # Ok::<(), springhead_codec::ac3::Ac3Error>(())
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

    fn frame(&mut self) -> Result<Frame, Ac3Error> {
        let offset = std::mem::replace(&mut self.at, self.stream.len());
        let rest = &self.stream[offset..];
        let header = match FrameHeader::parse(rest) {
            Ok(header) => header,
            Err(error) if is_cut_off(rest, &error) => return Err(error),
            Err(_) => {
                self.at = next_frame(self.stream, offset + 1, look).unwrap_or(self.stream.len());
                return Err(Ac3Error::NoFrame { offset });
            }
        };
        let length = header.frame_bytes;
        if length > rest.len() {
            return Err(Ac3Error::FrameLength { offset, length, available: rest.len() });
        }
        self.at = offset + length;
        Ok(Frame { header, payload: self.stream.slice(offset..offset + length) })
    }
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame, Ac3Error>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.at < self.stream.len()).then(|| self.frame())
    }
}

/// The most bytes that a header can take: with more of them at hand, one that ends too early is wrong.
const MAX_HEADER: usize = 128;

/// Whether a header may be sound, were there more bytes.
fn is_cut_off(bytes: &[u8], error: &Ac3Error) -> bool {
    bytes.len() < MAX_HEADER
        && b"\x0b\x77".starts_with(&bytes[..bytes.len().min(2)])
        && matches!(error, Ac3Error::Syntax(error) if error.fault == Fault::Truncated)
}

fn look(bytes: &[u8]) -> Candidate {
    match FrameHeader::parse(bytes) {
        Ok(header) => Candidate::Frame(header.frame_bytes),
        Err(error) if is_cut_off(bytes, &error) => Candidate::Unknown,
        Err(_) => Candidate::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use proptest::prelude::*;

    fn all(stream: &[u8]) -> Vec<Result<Frame, Ac3Error>> {
        split(&Bytes::copy_from_slice(stream)).collect()
    }

    fn lengths(stream: &[u8]) -> Vec<usize> {
        all(stream).into_iter().map(|frame| frame.unwrap().payload.len()).collect()
    }

    #[test]
    fn what_is_no_frame_is_passed_over() {
        // A sync word that nothing follows where it says.
        let junk = [1, 2, 0x0b, 0x77, 0, 0, 0, 0x40, 0x40, 0];
        for good in [fixtures::AC3, fixtures::EAC3] {
            let found = all(&[&junk[..], good, &junk, good].concat());
            assert_eq!(found[0], Err(Ac3Error::NoFrame { offset: 0 }));
            let errors: Vec<_> = found.iter().filter_map(|frame| frame.as_ref().err()).collect();
            assert_eq!(errors[1..], [&Ac3Error::NoFrame { offset: junk.len() + good.len() }]);
            assert_eq!(found.len() - errors.len(), 2 * lengths(good).len());
        }
    }

    #[test]
    fn a_frame_that_is_cut_off_is_the_last() {
        let end = fixtures::AC3.len() - 1;
        let error = Ac3Error::FrameLength { offset: end - 383, length: 384, available: 383 };
        assert!(error.is_truncated());
        assert_eq!(all(&fixtures::AC3[..end]).last(), Some(&Err(error)));
        for end in 1..6 {
            let found = all(&fixtures::EAC3[..end]);
            assert!(matches!(&found[..], [Err(Ac3Error::Syntax(error))] if error.fault == Fault::Truncated), "{end}");
        }
    }

    #[test]
    fn streams_of_ffmpeg_fall_into_frames() {
        assert_eq!(lengths(fixtures::AC3), vec![384; 3]);
        assert_eq!(lengths(fixtures::EAC3), vec![256; 3]);
    }

    #[test]
    fn the_position_is_that_of_what_comes_next() {
        let good = fixtures::AC3;
        let stream = Bytes::from([&[1, 2][..], good, &good[..9]].concat());
        let mut frames = split(&stream);
        let mut positions = vec![];
        while frames.position() < stream.len() {
            positions.push(frames.position());
            frames.next();
        }
        assert_eq!(positions, [0, 2, 2 + 384, 2 + 2 * 384, 2 + good.len()]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(stream in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x0b), Just(0x77)], 0..300)) {
            crate::fuzz::ac3_frames(&stream);
        }
    }
}
