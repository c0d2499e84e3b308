//! Sample description (ISO/IEC 14496-12 §8.5.2).

use springhead_core::{MediaParams, Track};

use super::super::error::MuxError;
use super::super::read::{BoxIter, BoxRef, ReadError};
use super::super::writer::BoxWriter;
use super::{avc1, mp4a};

/// Writes the one sample entry of a track.
pub(crate) fn write(track: &Track, out: &mut BoxWriter) -> Result<(), MuxError> {
    use springhead_core::Codec::{Aac, Avc};
    let mut written = Ok(());
    out.full_box(b"stsd", 0, 0, |out| {
        out.u32(1);
        written = match (track.codec, &track.params) {
            (Avc, MediaParams::Video(video)) => avc1::write(track, video, out),
            (Aac, MediaParams::Audio(audio)) => mp4a::write(track, audio, out),
            (Avc | Aac, _) => Err(MuxError::Config { track: track.id, why: "the parameters are of the other kind" }),
            (codec, _) => Err(MuxError::Codec { track: track.id, codec }),
        };
    });
    written
}

/// The first sample entry. CMAF allows several of one format; the first is what a header of ours has.
pub(crate) fn first_entry<'a>(stsd: &BoxRef<'a>) -> Result<BoxRef<'a>, ReadError> {
    let mut fields = stsd.fields();
    fields.version_and_flags()?;
    fields.skip(4)?;
    BoxIter::after(stsd, &fields).next().ok_or_else(|| fields.invalid("there is no sample entry"))?
}
