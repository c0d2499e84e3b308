//! Little-endian base 128, the numbers that sizes are written in (§4.10.5).

use super::Av1Error;

/// The most bytes that a number may have.
const MAX_BYTES: usize = 8;

/// The number at `at`, and how many bytes it has. `field` names the element in errors.
///
/// A number may be written longer than it need be, with up to eight bytes; its value has at most 32 bits.
///
/// ```
/// use springhead_codec::av1::leb128;
/// assert_eq!(leb128::read(&[0xff, 0xe5, 0x8e, 0x26], 1, "obu_size")?, (624_485, 3));
/// assert!(leb128::read(&[0x80; 9], 0, "obu_size").is_err());
/// # Ok::<(), springhead_codec::av1::Av1Error>(())
/// ```
pub fn read(bytes: &[u8], at: usize, field: &'static str) -> Result<(u32, usize), Av1Error> {
    let mut value = 0u64;
    for index in 0..MAX_BYTES {
        let byte = *bytes.get(at + index).ok_or(Av1Error::Truncated { offset: bytes.len(), field })?;
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).map_err(|_| Av1Error::Leb128 { field, offset: at })?;
            return Ok((value, index + 1));
        }
    }
    Err(Av1Error::Leb128 { field, offset: at })
}

/// The number in as few bytes as it needs, appended to `out`.
///
/// ```
/// use springhead_codec::av1::leb128;
/// let mut out = Vec::new();
/// leb128::write(&mut out, 624_485);
/// assert_eq!(out, [0xe5, 0x8e, 0x26]);
/// ```
pub fn write(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_too_long_too_large_or_cut_short_are_refused() {
        let large = Av1Error::Leb128 { field: "f", offset: 0 };
        assert_eq!(read(&[0x80; 9], 0, "f"), Err(large.clone()));
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0x10], 0, "f"), Err(large));
        assert_eq!(read(&[0x80, 0x80], 0, "f"), Err(Av1Error::Truncated { offset: 2, field: "f" }));
        assert_eq!(read(&[], 7, "f"), Err(Av1Error::Truncated { offset: 0, field: "f" }));
    }

    #[test]
    fn numbers_may_be_longer_than_they_need_be() {
        assert_eq!(read(&[0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0], 0, "f"), Ok((5, 8)));
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0x0f], 0, "f"), Ok((u32::MAX, 5)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any::<u32>()) {
            let mut out = vec![0xee];
            write(&mut out, value);
            prop_assert_eq!(read(&out, 1, "f"), Ok((value, out.len() - 1)));
        }
    }
}
