//! Colour information (ISO/IEC 14496-12 §12.1.5), of the on-screen type `nclx`.

use springhead_core::Cicp;

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// Writes the code points of ISO/IEC 23091-2.
pub(crate) fn write(cicp: Cicp, out: &mut BoxWriter) {
    out.boxed(b"colr", |out| {
        out.bytes(b"nclx");
        out.u16(cicp.primaries.into());
        out.u16(cicp.transfer.into());
        out.u16(cicp.matrix.into());
        out.u8(u8::from(cicp.full_range) << 7);
    });
}

/// The code points; none for a colour profile, or for code points that do not exist.
pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Option<Cicp>, ReadError> {
    if fields.fourcc()?.0 != *b"nclx" {
        return Ok(None);
    }
    let (primaries, transfer, matrix) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let full_range = fields.u8()? >> 7 == 1;
    Ok(match (primaries.try_into(), transfer.try_into(), matrix.try_into()) {
        (Ok(primaries), Ok(transfer), Ok(matrix)) => Some(Cicp { primaries, transfer, matrix, full_range }),
        _ => None,
    })
}
