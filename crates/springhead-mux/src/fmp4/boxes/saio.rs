//! Sample auxiliary information offsets (ISO/IEC 14496-12 §8.7.9).

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;
use crate::FourCc;

/// `aux_info_type` and `aux_info_type_parameter`: what auxiliary information is. Where nothing is said, it is that of the
/// protection scheme.
pub(crate) type AuxiliaryType = (FourCc, u32);

/// The flags of a box that has the type, or has not.
pub(super) fn flags(kind: Option<AuxiliaryType>) -> u32 {
    kind.is_some().into()
}

pub(super) fn write_type(kind: Option<AuxiliaryType>, out: &mut BoxWriter) {
    if let Some((kind, parameter)) = kind {
        out.fourcc(kind);
        out.u32(parameter);
    }
}

pub(super) fn parse_type(flags: u32, fields: &mut Fields<'_>) -> Result<Option<AuxiliaryType>, ReadError> {
    Ok(if flags & 1 != 0 { Some((fields.fourcc()?, fields.u32()?)) } else { None })
}

/// Writes the one offset of a fragment's auxiliary information, relative to its `moof`, and says where it is, to be filled
/// in when that is known.
pub(crate) fn write(kind: Option<AuxiliaryType>, out: &mut BoxWriter) -> usize {
    let mut offset = 0;
    out.full_box(b"saio", 0, flags(kind), |out| {
        write_type(kind, out);
        out.u32(1);
        offset = out.len();
        out.u32(0);
    });
    offset
}
