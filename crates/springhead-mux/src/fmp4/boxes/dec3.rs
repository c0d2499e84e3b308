//! Enhanced AC-3 specific box (ETSI TS 102 366 Annex F.6), in the sample entry `ec-3`.

use super::super::writer::BoxWriter;

/// Whether it has a description for each independent substream that it says there is, and ends behind them, but for the
/// two bytes of its extension.
pub(crate) fn check(config: &[u8]) -> Result<(), &'static str> {
    const SHORT: &str = "the content of dec3 is cut short";
    let [_, substreams, rest @ ..] = config else { return Err(SHORT) };
    let mut rest = rest;
    for _ in 0..=substreams & 7 {
        // Three bytes, the last of which says whether dependent substreams follow, and where they are in a fourth.
        let dependent = rest.get(2).ok_or(SHORT)? >> 1 & 0xf;
        rest = rest.get(if dependent > 0 { 4 } else { 3 }..).ok_or(SHORT)?;
    }
    if rest.len() <= 2 { Ok(()) } else { Err("there is more behind the substreams of dec3") }
}

/// Writes the content as it is.
pub(crate) fn write(config: &[u8], out: &mut BoxWriter) {
    out.boxed(b"dec3", |out| out.bytes(config));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_substream_has_its_description() {
        assert_eq!(check(&[6, 0, 0x20, 4, 0]), Ok(()));
        assert_eq!(check(&[6, 0, 0x20, 4, 0, 1, 16]), Ok(()), "with the extension of joint object coding");
        assert_eq!(check(&[6, 0, 0x20, 4, 2, 1]), Ok(()), "with a dependent substream");
        assert_eq!(check(&[6, 0, 0x20, 4, 2]), Err("the content of dec3 is cut short"));
        assert_eq!(check(&[6, 1, 0x20, 4, 0]), Err("the content of dec3 is cut short"));
        assert_eq!(check(&[6, 0, 0x20, 4, 0, 0, 0, 0]), Err("there is more behind the substreams of dec3"));
    }
}
