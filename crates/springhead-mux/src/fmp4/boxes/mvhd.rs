//! Movie header (ISO/IEC 14496-12 §8.2.2).

use springhead_core::{Timescale, TrackId};

use super::super::read::{Fields, ReadError};
use super::super::writer::{BoxWriter, UNITY_MATRIX};

/// The header of a presentation whose end is not known: all durations are zero, as no sample is in the `moov`.
pub(crate) struct Mvhd {
    pub(crate) timescale: Timescale,
    pub(crate) track: TrackId,
}

impl Mvhd {
    pub(crate) fn write(&self, out: &mut BoxWriter) {
        out.full_box(b"mvhd", 0, 0, |out| {
            out.zeros(8); // creation and modification: the same input gives the same bytes
            out.u32(self.timescale.hz());
            out.u32(0);
            out.u32(0x0001_0000); // rate 1.0
            out.u16(0x0100); // volume 1.0
            out.zeros(10);
            UNITY_MATRIX.iter().for_each(|value| out.u32(*value));
            out.zeros(24);
            out.u32(self.track.0.saturating_add(1)); // next_track_ID; all ones asks for a search, which is right as well
        });
    }

    /// Ticks per second of the movie, in which edits last.
    pub(crate) fn parse_timescale(mut fields: Fields<'_>) -> Result<Timescale, ReadError> {
        let times = match fields.version_and_flags()?.0 {
            0 => 4,
            1 => 8,
            _ => return Err(fields.unsupported("version")),
        };
        fields.skip(2 * times)?;
        Timescale::new(fields.u32()?).ok_or_else(|| fields.invalid("timescale is zero"))
    }
}
