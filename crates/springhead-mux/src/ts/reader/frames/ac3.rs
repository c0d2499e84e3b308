//! AC-3 and Enhanced AC-3: syncframes into access units (ETSI TS 102 366 Annex F §F.2).

use bytes::Bytes;
use springhead_codec::ac3::{self, Ac3Error, Assembler, Config, FrameHeader, SyncUnit};
use springhead_core::Codec;

use super::{Begun, Frame};

/// Blocks of an access unit.
const BLOCKS: u8 = 6;
/// Samples of a block.
const BLOCK_SAMPLES: u64 = 256;

/// AC-3 of either form, whose frames may reach from one payload into the next, as may access units of several.
#[derive(Clone, Debug)]
pub(in super::super) struct Ac3 {
    /// As the program map has it.
    codec: Codec,
    begun: Begun,
    assembler: Assembler,
    /// When the access unit that is being put together is presented, and how many frames it has so far.
    open: Option<(Option<u64>, usize)>,
    /// The configuration that was made last, and of which headers.
    config: Option<(Vec<FrameHeader>, Option<Bytes>)>,
}

impl Ac3 {
    pub(super) fn new(codec: Codec) -> Self {
        Self { codec, begun: Begun::default(), assembler: Assembler::default(), open: None, config: None }
    }

    pub(super) fn split(&mut self, payload: Bytes, pts: Option<u64>, mut give: impl FnMut(Frame)) -> bool {
        let (stream, mut times) = self.begun.join(payload, pts);
        let mut sound = true;
        let mut frames = ac3::split(&stream);
        loop {
            let at = frames.position();
            match frames.next() {
                None => break,
                Some(Ok(frame)) => {
                    // The other substreams last as long as the main one, at the same time.
                    let blocks = if frame.header.is_main() { frame.header.blocks } else { 0 };
                    let pts = times.of(at, BLOCK_SAMPLES * u64::from(blocks), frame.header.sample_rate);
                    sound &= self.assemble(frame, pts, &mut give);
                }
                Some(Err(error)) if error.is_truncated() => self.begun.keep(stream.slice(at..), times.next(at)),
                Some(Err(_)) => sound = false,
            }
        }
        if self.is_as_long_as_the_last() {
            self.finish(&mut give);
        }
        sound
    }

    /// Whether the next payload will begin with another access unit, unless its substreams change. Of AC-3 it always will.
    fn is_as_long_as_the_last(&self) -> bool {
        let frames = self.open.map_or(0, |(_, frames)| frames);
        let last = self.config.as_ref().map(|(headers, _)| headers.len());
        self.codec == Codec::Ac3 || last.is_some_and(|last| last <= frames)
    }

    /// Gives the access unit that has its six blocks, as nothing more belongs to it.
    pub(super) fn finish(&mut self, give: &mut impl FnMut(Frame)) {
        if let Some(unit) = self.assembler.flush() {
            let open = self.open.take();
            self.give(unit, open, give);
        }
    }

    /// Forgets what was begun.
    pub(super) fn reset(&mut self) {
        (self.begun, self.assembler, self.open) = (Begun::default(), Assembler::default(), None);
    }

    /// Takes a frame. False when it, or what was there before it, is lost.
    fn assemble(&mut self, mut frame: ac3::Frame, pts: Option<u64>, give: &mut impl FnMut(Frame)) -> bool {
        if !frame.header.is_main() || frame.header.blocks < BLOCKS {
            // It may wait for others, and is not to keep all of the payload until then.
            frame.payload = Bytes::copy_from_slice(&frame.payload);
        }
        match self.assembler.push(frame) {
            Ok(None) => self.open.get_or_insert((pts, 0)).1 += 1,
            Ok(Some(unit)) => {
                let ended = self.open.replace((pts, 1));
                self.give(unit, ended, give);
            }
            Err(error) => {
                match error {
                    Ac3Error::Incomplete { .. } => self.open = Some((pts, 1)),
                    Ac3Error::TooManyFrames => self.open = None,
                    _ => {}
                }
                return false;
            }
        }
        true
    }

    fn give(&mut self, unit: SyncUnit, open: Option<(Option<u64>, usize)>, give: &mut impl FnMut(Frame)) {
        let config = self.config_of(&unit);
        let pts = open.and_then(|(pts, _)| pts);
        give(Frame { payload: unit.payload.to_bytes(), config, pts, ..Frame::default() });
    }

    /// The configuration that an access unit's headers describe, made once for as long as they stay; none where they are of
    /// the other codec than the program map says.
    fn config_of(&mut self, unit: &SyncUnit) -> Option<Bytes> {
        match &self.config {
            Some((headers, config)) if *headers == unit.headers => config.clone(),
            _ => {
                let config = Config::from_unit(unit).ok().filter(|config| config.codec() == self.codec);
                let config = config.map(|config| config.to_bytes());
                self.config = Some((unit.headers.clone(), config.clone()));
                config
            }
        }
    }
}
