//! Media header (ISO/IEC 14496-12 §8.4.2).

use springhead_core::Timescale;

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// The clock and the language of a track's media.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mdhd {
    pub(crate) timescale: Timescale,
    /// ISO 639-2/T.
    pub(crate) language: [u8; 3],
}

impl Mdhd {
    pub(crate) const UNDETERMINED: [u8; 3] = *b"und";

    pub(crate) fn write(&self, out: &mut BoxWriter) {
        out.full_box(b"mdhd", 0, 0, |out| {
            out.zeros(8);
            out.u32(self.timescale.hz());
            out.u32(0); // duration: not known
            out.u16(self.language.iter().fold(0, |packed, letter| packed << 5 | u16::from(letter & 0x1f)));
            out.zeros(2);
        });
    }

    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        let (version, _) = fields.version_and_flags()?;
        let times = match version {
            0 => 4,
            1 => 8,
            _ => return Err(fields.unsupported("version")),
        };
        fields.skip(2 * times)?;
        let timescale = Timescale::new(fields.u32()?).ok_or_else(|| fields.invalid("timescale is zero"))?;
        fields.skip(times)?;
        let packed = fields.u16()?;
        let letter = |shift: u16| (packed >> shift & 0x1f) as u8 + 0x60;
        let language = [letter(10), letter(5), letter(0)];
        let lower = language.iter().all(u8::is_ascii_lowercase);
        Ok(Self { timescale, language: if lower { language } else { Self::UNDETERMINED } })
    }
}
