//! FLAC specific box (Encapsulation of FLAC in ISO Base Media File Format 0.0.4 §3.3.2), in the sample entry `fLaC`.

use super::super::writer::BoxWriter;

/// Bytes of the header of a metadata block (RFC 9639 §8.1), and of STREAMINFO behind it (§8.2).
const BLOCK_HEADER: usize = 4;
const STREAMINFO: usize = 34;

/// Whether the metadata blocks begin with STREAMINFO, and each ends where the next begins, up to the last.
pub(crate) fn check(config: &[u8]) -> Result<(), &'static str> {
    if !matches!(config, [kind, 0, 0, 34, rest @ ..] if kind & 0x7f == 0 && rest.len() >= STREAMINFO) {
        return Err("the metadata blocks do not begin with STREAMINFO");
    }
    let mut rest = config;
    while let [kind, a, b, c, blocks @ ..] = rest {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        rest = blocks.get(length..).ok_or("a metadata block is cut short")?;
        if kind >> 7 == 1 {
            return if rest.is_empty() { Ok(()) } else { Err("there is more behind the last metadata block") };
        }
    }
    Err("no metadata block is the last")
}

/// Writes the metadata blocks as they are.
pub(crate) fn write(config: &[u8], out: &mut BoxWriter) {
    out.full_box(b"dfLa", 0, 0, |out| out.bytes(config));
}

/// The bits of a sample, of which STREAMINFO has one less.
pub(crate) fn sample_size(config: &[u8]) -> Option<u16> {
    let info = config.get(BLOCK_HEADER + 12..BLOCK_HEADER + 14)?;
    Some((u16::from(info[0] & 1) << 4 | u16::from(info[1] >> 4)) + 1)
}

/// The rate that the sample entry says (§3.3.1): where it does not fit, the largest that it is a power of two of, or the
/// largest that can be said when there is none.
pub(crate) fn entry_rate(mut rate: u32) -> u16 {
    loop {
        match u16::try_from(rate) {
            Ok(rate) => return rate,
            Err(_) if rate.is_multiple_of(2) => rate /= 2,
            Err(_) => return u16::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_do_not_add_up_are_refused() {
        let info = [&[0x80, 0, 0, 34][..], &[0; 34]].concat();
        let other = |kind: u8| [&[kind, 0, 0, 1, 7][..]].concat();
        assert_eq!(check(&info), Ok(()));
        assert_eq!(check(&info[..37]), Err("the metadata blocks do not begin with STREAMINFO"));
        assert_eq!(check(&[&info[..], &other(0x84)].concat()), Err("there is more behind the last metadata block"));
        let more = [&[0][..], &info[1..]].concat();
        assert_eq!(check(&more), Err("no metadata block is the last"));
        assert_eq!(check(&[&more[..], &other(0x84)].concat()), Ok(()));
        assert_eq!(check(&[&more[..], &other(0x84)[..4]].concat()), Err("a metadata block is cut short"));
    }

    #[test]
    fn a_rate_that_does_not_fit_is_halved_until_it_does() {
        for (rate, entry) in
            [(48_000, 48_000), (96_000, 48_000), (176_400, 44_100), (192_000, 48_000), (65_537, 65_535)]
        {
            assert_eq!(entry_rate(rate), entry);
        }
    }

    #[test]
    fn the_bits_of_a_sample_lie_across_two_bytes() {
        let mut info = [&[0x80, 0, 0, 34][..], &[0; 34]].concat();
        (info[16], info[17]) = (0x03, 0x70); // two channels, 24 bits
        assert_eq!(sample_size(&info), Some(24));
    }
}
