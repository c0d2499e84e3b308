//! Track header (ISO/IEC 14496-12 §8.3.2).

use springhead_core::{MediaKind, TrackId};

use super::super::read::{Fields, ReadError};
use super::super::writer::{BoxWriter, UNITY_MATRIX};

/// The header of one track.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tkhd {
    pub(crate) track: TrackId,
    pub(crate) kind: MediaKind,
    /// As shown, in 16.16 fixed point; zero for sound.
    pub(crate) display_size: (u32, u32),
}

impl Tkhd {
    const ENABLED_IN_MOVIE: u32 = 3;

    pub(crate) fn write(&self, out: &mut BoxWriter) {
        out.full_box(b"tkhd", 0, Self::ENABLED_IN_MOVIE, |out| {
            out.zeros(8);
            out.u32(self.track.0);
            out.zeros(4);
            out.u32(0); // duration: not known
            out.zeros(8);
            out.u16(0); // layer
            out.u16(match self.kind {
                MediaKind::Video | MediaKind::Metadata => 0,
                MediaKind::Audio => 1,
            }); // alternate_group
            out.u16(match self.kind {
                MediaKind::Video | MediaKind::Metadata => 0,
                MediaKind::Audio => 0x0100,
            }); // volume
            out.zeros(2);
            UNITY_MATRIX.iter().for_each(|value| out.u32(*value));
            out.u32(self.display_size.0);
            out.u32(self.display_size.1);
        });
    }

    /// The track's number and its size as shown in 16.16 fixed point.
    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<(TrackId, (u32, u32)), ReadError> {
        let (version, _) = fields.version_and_flags()?;
        let times = match version {
            0 => 4,
            1 => 8,
            _ => return Err(fields.unsupported("version")),
        };
        fields.skip(2 * times)?;
        let track = fields.u32()?;
        if track == 0 {
            return Err(fields.invalid("track_ID is zero"));
        }
        fields.skip(4 + times + 8 + 2 + 2 + 2 + 2 + 36)?;
        Ok((TrackId(track), (fields.u32()?, fields.u32()?)))
    }
}
