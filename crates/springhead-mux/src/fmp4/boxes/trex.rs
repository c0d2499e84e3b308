//! Movie extends and track extends (ISO/IEC 14496-12 §8.8.1, §8.8.3).

use springhead_core::{MediaKind, TrackId};

use super::super::flags::SampleFlags;
use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// What holds of a sample of a track when neither its fragment nor its run says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Trex {
    pub(crate) track: TrackId,
    pub(crate) duration: u32,
    pub(crate) size: u32,
    pub(crate) flags: SampleFlags,
}

impl Trex {
    /// The defaults of a track: of pictures, most are no sync samples; all else is.
    pub(crate) fn of_kind(track: TrackId, kind: MediaKind) -> Self {
        let flags = match kind {
            MediaKind::Video => SampleFlags::NON_SYNC,
            MediaKind::Audio | MediaKind::Metadata => SampleFlags::SYNC,
        };
        Self { track, duration: 0, size: 0, flags }
    }

    /// Writes `mvex` with this one box. There is no `mehd`: nobody knows how long a live presentation lasts.
    pub(crate) fn write_mvex(&self, out: &mut BoxWriter) {
        out.boxed(b"mvex", |out| {
            out.full_box(b"trex", 0, 0, |out| {
                out.u32(self.track.0);
                out.u32(1); // the only sample description
                out.u32(self.duration);
                out.u32(self.size);
                out.u32(self.flags.0);
            });
        });
    }

    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        fields.version_and_flags()?;
        let track = TrackId(fields.u32()?);
        fields.skip(4)?;
        Ok(Self { track, duration: fields.u32()?, size: fields.u32()?, flags: SampleFlags(fields.u32()?) })
    }
}
