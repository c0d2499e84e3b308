//! Edit list (ISO/IEC 14496-12 §8.6.5, §8.6.6).

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// A rate of one in 16.16 fixed point.
const NORMAL_RATE: u32 = 0x0001_0000;

/// One entry of an edit list: which stretch of the media the next stretch of the presentation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edit {
    /// How long it lasts in ticks of the movie; 0 for all that follows, fragments included.
    pub duration: u64,
    /// The composition time at which it begins, in ticks of the track; -1 where nothing is presented.
    pub media_time: i64,
    /// How fast it is played, in 16.16 fixed point.
    pub rate: u32,
}

impl Edit {
    /// Presents all of the media from `media_time` on: the offset edit of CMAF (ISO/IEC 23000-19 §7.5.13).
    pub(crate) fn offset(media_time: i64) -> Self {
        Self { duration: 0, media_time, rate: NORMAL_RATE }
    }

    /// Whether it only says where the presentation of the media begins, which is what CMAF allows and all that players
    /// with Media Source Extensions have to know.
    pub fn is_offset(&self) -> bool {
        *self == Self::offset(self.media_time) && self.media_time >= 0
    }

    /// Writes `edts` with a list of this one edit.
    pub(crate) fn write_edts(&self, out: &mut BoxWriter) {
        out.boxed(b"edts", |out| {
            out.full_box(b"elst", 1, 0, |out| {
                out.u32(1);
                out.u64(self.duration);
                out.bytes(&self.media_time.to_be_bytes());
                out.u32(self.rate);
            });
        });
    }
}

/// All entries of an `elst`.
pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Vec<Edit>, ReadError> {
    let (version, _) = fields.version_and_flags()?;
    if version > 1 {
        return Err(fields.unsupported("version"));
    }
    let wide = version == 1;
    let count = fields.u32()?;
    let mut edits = Vec::new();
    // Grows with what is there, not with what is declared.
    for _ in 0..count {
        let duration = if wide { fields.u64()? } else { fields.u32()?.into() };
        let media_time = if wide { fields.u64()? as i64 } else { i64::from(fields.u32()? as i32) };
        edits.push(Edit { duration, media_time, rate: fields.u32()? });
    }
    Ok(edits)
}
