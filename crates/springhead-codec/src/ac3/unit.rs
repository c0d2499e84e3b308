//! Access units: what a sample of a file holds (ETSI TS 102 366 Annex F §F.2 and §F.5).

use springhead_core::Rope;

use super::{Ac3Error, Frame, FrameHeader};

/// Blocks of an access unit: 1536 samples.
const BLOCKS: u8 = 6;

/// The most frames of an access unit: eight programs, each with eight dependent substreams, a block a frame.
const MAX_FRAMES: usize = 8 * 9 * 6;

/// An access unit: one frame of AC-3, or the frames of all substreams of Enhanced AC-3 for six blocks.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SyncUnit {
    /// The frames one after another, shared.
    pub payload: Rope,
    /// Their headers, at least one; the first is of the main program.
    pub headers: Vec<FrameHeader>,
}

/// Puts syncframes together to access units.
///
/// An access unit begins with a frame of independent substream 0 and holds six blocks of it, each frame with the frames of
/// other substreams that follow it. Frames of less than six blocks are put together to six, which is what a sample has to
/// hold.
///
/// Feed it with [`push`](Self::push), and [`flush`](Self::flush) it where nothing more can belong to the access unit, as at
/// the end of a PES packet or of the stream: otherwise an access unit is given out only when the next one begins.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::ac3::{Assembler, split};
/// let mut frame = vec![0; 128];
/// frame[..8].copy_from_slice(&[0x0b, 0x77, 0, 0, 0x00, 0x40, 0x40, 0]);
/// let mut assembler = Assembler::default();
/// for frame in split(&Bytes::from(frame)) {
///     assert_eq!(assembler.push(frame?)?, None);
/// }
/// assert_eq!(assembler.flush().map(|unit| unit.payload.len()), Some(128));
/// # Ok::<(), springhead_codec::ac3::Ac3Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Assembler {
    payload: Rope,
    headers: Vec<FrameHeader>,
    blocks: u8,
}

impl Assembler {
    /// Takes the next frame; gives the access unit that it ends, by beginning another.
    ///
    /// On [`Ac3Error::Incomplete`] the frames before are lost and this one is taken; on [`Ac3Error::NoMain`] this one is
    /// lost; on [`Ac3Error::TooManyFrames`] all are.
    pub fn push(&mut self, frame: Frame) -> Result<Option<SyncUnit>, Ac3Error> {
        let header = frame.header;
        let mut ended = Ok(None);
        if header.is_main() {
            let (had, first) = (self.blocks, self.headers.first());
            let another = first.is_some_and(|first| {
                (first.sample_rate, first.stream_type) != (header.sample_rate, header.stream_type)
            });
            if had >= BLOCKS {
                ended = Ok(self.take());
            } else if had > 0 && (another || header.starts_six_blocks || had + header.blocks > BLOCKS) {
                self.take();
                ended = Err(Ac3Error::Incomplete { blocks: had });
            }
            self.blocks += header.blocks;
        } else if self.headers.is_empty() {
            return Err(Ac3Error::NoMain { substream: header.substream });
        }
        if self.headers.len() >= MAX_FRAMES {
            self.take();
            return Err(Ac3Error::TooManyFrames);
        }
        self.payload.push(frame.payload);
        self.headers.push(header);
        ended
    }

    /// The access unit that is at hand, if it has its six blocks. Frames that do not make one yet are kept.
    pub fn flush(&mut self) -> Option<SyncUnit> {
        if self.blocks == BLOCKS { self.take() } else { None }
    }

    fn take(&mut self) -> Option<SyncUnit> {
        let Self { payload, headers, .. } = std::mem::take(self);
        (!headers.is_empty()).then_some(SyncUnit { payload, headers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ac3::split;
    use crate::ac3::synthetic::Eac3;
    use bytes::Bytes;

    /// What comes of frames, by the lengths of the payloads.
    fn assemble(frames: &[Eac3]) -> Vec<Result<usize, Ac3Error>> {
        let stream: Bytes = frames.iter().flat_map(|frame| frame.to_bytes()).collect::<Vec<_>>().into();
        let mut assembler = Assembler::default();
        let mut found: Vec<_> = split(&stream).filter_map(|frame| assembler.push(frame.unwrap()).transpose()).collect();
        found.extend(assembler.flush().map(Ok));
        found.into_iter().map(|unit| unit.map(|unit| unit.payload.len())).collect()
    }

    fn main(bytes: usize, numblkscod: u8) -> Eac3 {
        Eac3 { bytes, numblkscod, ..Eac3::MONO }
    }

    fn other(strmtyp: u8, substreamid: u8, bytes: usize, numblkscod: u8) -> Eac3 {
        Eac3 { strmtyp, substreamid, ..main(bytes, numblkscod) }
    }

    #[test]
    fn frames_before_the_main_program_are_refused() {
        assert_eq!(assemble(&[other(1, 0, 40, 3), main(60, 3)]), [Err(Ac3Error::NoMain { substream: 0 }), Ok(60)]);
        assert_eq!(assemble(&[other(0, 2, 40, 3), main(60, 3)]), [Err(Ac3Error::NoMain { substream: 2 }), Ok(60)]);
    }

    #[test]
    fn blocks_that_do_not_make_six_are_lost_and_what_follows_is_not() {
        let sync = Eac3 { convsync: true, ..main(50, 2) };
        let found = assemble(&[main(60, 2), sync, main(50, 2), main(62, 3)]);
        assert_eq!(found, [Err(Ac3Error::Incomplete { blocks: 3 }), Ok(100), Ok(62)]);
        let found = assemble(&[main(60, 1), main(60, 1), main(50, 2)]);
        assert_eq!(found, [Err(Ac3Error::Incomplete { blocks: 4 })]);
        let slower = Eac3 { fscod: 2, ..main(50, 2) };
        assert_eq!(assemble(&[main(60, 2), slower, slower])[1..], [Ok(100)]);
    }

    #[test]
    fn frames_without_end_are_refused() {
        let frames = [&[main(50, 0)][..], &vec![other(1, 0, 50, 0); MAX_FRAMES]].concat();
        assert_eq!(assemble(&frames), [Err(Ac3Error::TooManyFrames)]);
    }

    #[test]
    fn dependent_substreams_and_other_programs_belong_to_the_frame_before() {
        let frames = [main(60, 3), other(1, 0, 40, 3), other(0, 1, 30, 3), other(1, 0, 32, 3), main(62, 3)];
        assert_eq!(assemble(&frames), [Ok(60 + 40 + 30 + 32), Ok(62)]);
    }

    #[test]
    fn frames_of_few_blocks_are_put_together_to_six() {
        for (numblkscod, frames) in [(0, 6), (1, 3), (2, 2)] {
            let frames: Vec<_> = (0..2 * frames).map(|_| main(50, numblkscod)).collect();
            assert_eq!(assemble(&frames), [Ok(25 * frames.len()), Ok(25 * frames.len())]);
        }
        let with_dependents = [main(50, 2), other(1, 0, 40, 2)].repeat(4);
        assert_eq!(assemble(&with_dependents), [Ok(180), Ok(180)]);
    }
}
