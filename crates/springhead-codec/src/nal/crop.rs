//! What of a coded picture is not shown.

use crate::bits::{BitReader, SyntaxError};

/// What lies outside the frame cropping rectangle of H.264 or the conformance window of H.265 and H.266, as luma samples off
/// each side of the picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Crop {
    /// Off the left.
    pub left: u32,
    /// Off the right.
    pub right: u32,
    /// Off the top.
    pub top: u32,
    /// Off the bottom.
    pub bottom: u32,
}

/// The luma samples of a chroma sample, across and down, which are the units of cropping: SubWidthC and SubHeightC of
/// ITU-T H.265 Table 6-1 by `chroma_format_idc`, and CropUnitX and CropUnitY of frames (ITU-T H.264 equations 7-19 to 7-22).
pub(crate) fn unit(chroma_format_idc: u8) -> (u32, u32) {
    match chroma_format_idc {
        1 => (2, 2),
        2 => (2, 1),
        _ => (1, 1),
    }
}

impl Crop {
    /// Reads what is off a picture of that size: a flag that says whether anything is, and then how many units off the left,
    /// the right, the top and the bottom, all by the names of these `fields`. Where nothing is left of the picture, `empty`
    /// makes an error of its width and height.
    pub(crate) fn read<E: From<SyntaxError>>(
        r: &mut BitReader<'_>,
        [flag, left, right, top, bottom]: [&'static str; 5],
        (x, y): (u32, u32),
        (width, height): (u32, u32),
        empty: impl FnOnce(i64, i64) -> E,
    ) -> Result<Self, E> {
        let is_cropped = r.flag(flag)?;
        let mut side = |field, unit: u32| {
            let units = if is_cropped { r.ue(field, u32::MAX)? } else { 0 };
            Ok::<_, SyntaxError>(i64::from(units) * i64::from(unit))
        };
        let (left, right, top, bottom) = (side(left, x)?, side(right, x)?, side(top, y)?, side(bottom, y)?);
        let (width, height) = (i64::from(width) - left - right, i64::from(height) - top - bottom);
        if width <= 0 || height <= 0 {
            return Err(empty(width, height));
        }
        // Each is less than a coded side.
        Ok(Self { left: left as u32, right: right as u32, top: top as u32, bottom: bottom as u32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;

    #[derive(PartialEq, Debug)]
    enum Refused {
        Syntax(&'static str),
        Empty(i64, i64),
    }

    impl From<SyntaxError> for Refused {
        fn from(error: SyntaxError) -> Self {
            Self::Syntax(error.field)
        }
    }

    /// What is off a picture of 64 by 32 samples by these offsets.
    fn crop(chroma_format_idc: u8, offsets: &[u32]) -> Result<Crop, Refused> {
        let mut w = BitWriter::new();
        offsets.iter().fold(w.flag(!offsets.is_empty()), |w, &offset| w.ue(offset));
        let fields = ["flag", "left", "right", "top", "bottom"];
        let bytes = w.into_bytes();
        Crop::read(&mut BitReader::new("window", &bytes), fields, unit(chroma_format_idc), (64, 32), Refused::Empty)
    }

    #[test]
    fn a_picture_of_which_nothing_is_left_is_refused() {
        assert_eq!(crop(1, &[16, 16, 0, 0]), Err(Refused::Empty(0, 32)));
        assert_eq!(crop(3, &[0, 0, 16, 17]), Err(Refused::Empty(64, -1)));
        let most = i64::from(u32::MAX) - 1;
        assert_eq!(crop(2, &[u32::MAX - 1; 4]), Err(Refused::Empty(64 - 4 * most, 32 - 2 * most)));
        assert_eq!(crop(1, &[7, 7, 7]), Err(Refused::Syntax("bottom")));
    }

    #[test]
    fn offsets_count_in_chroma_samples() {
        assert_eq!(crop(1, &[1, 2, 3, 4]), Ok(Crop { left: 2, right: 4, top: 6, bottom: 8 }));
        assert_eq!(crop(2, &[1, 2, 3, 4]), Ok(Crop { left: 2, right: 4, top: 3, bottom: 4 }));
        assert_eq!(crop(0, &[1, 2, 3, 4]), Ok(Crop { left: 1, right: 2, top: 3, bottom: 4 }));
        assert_eq!(crop(1, &[]), Ok(Crop::default()));
    }
}
