//! The index of random access at the end of a file.

use super::super::boxes::tfra;
use super::super::mfra::RandomAccessIndex;
use super::{BoxIter, BoxRef, Fields, ReadError};
use crate::FourCc;

/// Bytes of an `mfro` (ISO/IEC 14496-12 §8.8.11), whose last field says how long the `mfra` is that it ends.
const MFRO: usize = 16;

/// The index of a file that ends with an `mfra` (ISO/IEC 14496-12 §8.8.9), found from the end without a look at what is
/// before; none if the file does not end with one. Offsets and times are what it claims: nothing is checked against the
/// media.
///
/// # Errors
/// When there is an index that cannot be read; the file can be used without.
pub fn random_access_index(file: &[u8]) -> Result<Option<RandomAccessIndex>, ReadError> {
    let Some(mfra) = find(file)? else { return Ok(None) };
    let mut tracks = Vec::new();
    for child in BoxIter::within(&mfra) {
        let child = child?;
        if child.header.kind.0 == *b"tfra" {
            tracks.push(tfra::parse(child.fields())?);
        }
    }
    Ok(Some(RandomAccessIndex { tracks }))
}

fn find(file: &[u8]) -> Result<Option<BoxRef<'_>>, ReadError> {
    let Some(mfro) = file.len().checked_sub(MFRO) else { return Ok(None) };
    let mut fields = Fields::new(FourCc(*b"mfro"), mfro, &file[mfro..]);
    if (fields.u32()? as usize, fields.fourcc()?.0) != (MFRO, *b"mfro") {
        return Ok(None);
    }
    fields.version_and_flags()?;
    let size = fields.u32()? as usize;
    let Some(start) = file.len().checked_sub(size) else { return Err(fields.invalid("the index is behind the input")) };
    let whole = BoxIter::at(&file[start..], start).next().transpose()?;
    match whole.filter(|found| found.header.kind.0 == *b"mfra" && found.header.len == size) {
        Some(mfra) => Ok(Some(mfra)),
        None => Err(fields.invalid("no mfra begins where it should")),
    }
}
