//! MPEG audio: frames of one header after another.

use bytes::Bytes;
use springhead_codec::mpeg_audio;

use super::{Begun, Frame};

/// MPEG audio, whose frames may reach from one payload into the next.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct MpegAudio {
    begun: Begun,
}

impl MpegAudio {
    pub(super) fn split(&mut self, payload: Bytes, pts: Option<u64>, mut give: impl FnMut(Frame)) -> bool {
        let (stream, mut times) = self.begun.join(payload, pts);
        let mut sound = true;
        let mut frames = mpeg_audio::split(&stream);
        loop {
            let at = frames.position();
            match frames.next() {
                None => return sound,
                Some(Ok(mpeg_audio::Frame { header, payload })) => {
                    let pts = times.of(at, header.samples().into(), header.sample_rate());
                    give(Frame { payload, pts, ..Frame::default() });
                }
                Some(Err(error)) if error.is_truncated() => self.begun.keep(stream.slice(at..), times.next(at)),
                Some(Err(_)) => sound = false,
            }
        }
    }

    /// Forgets what was begun.
    pub(super) fn reset(&mut self) {
        self.begun = Begun::default();
    }
}
