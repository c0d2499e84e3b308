//! What the video usability information of all three standards has in common: ITU-T H.264 and H.265 Annex E, H.274 §7.2.

use springhead_core::{FrameRate, SampleAspect};

use crate::bits::{BitReader, SyntaxError};
use crate::ratio::lowest_terms;

/// Sample aspect ratios of ITU-T H.273 Table 11, which Tables E-1 of H.264 and E.1 of H.265 repeat, by `aspect_ratio_idc`;
/// index 0 is unspecified.
const ASPECTS: [(u32, u32); 17] = [
    (0, 0),
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];

/// `aspect_ratio_idc` of an aspect that is written out.
const EXTENDED_SAR: u8 = 255;

/// The longest that one picture is taken to last, in seconds: beyond it the tick stands for no rate at all.
const MAX_PICTURE_SECONDS: u64 = 10;

/// The aspect, none when it is unspecified. Reserved values of `aspect_ratio_idc` are to be read as unspecified.
pub(crate) fn read_aspect(r: &mut BitReader<'_>) -> Result<Option<SampleAspect>, SyntaxError> {
    let idc = r.bits8("aspect_ratio_idc", 8)?;
    let (h, v) = match idc {
        EXTENDED_SAR => (r.bits("sar_width", 16)?, r.bits("sar_height", 16)?),
        _ => ASPECTS.get(usize::from(idc)).copied().unwrap_or_default(),
    };
    Ok((h != 0 && v != 0).then_some(SampleAspect { h, v }))
}

/// `num / den` pictures a second in lowest terms, where that can be a rate: not more than `max`, which no level allows, nor
/// less than one in ten seconds.
pub(crate) fn picture_rate(num: u64, den: u64, max: u64) -> Option<FrameRate> {
    if num == 0 || den == 0 || num > den * max || num * MAX_PICTURE_SECONDS < den {
        return None;
    }
    let (num, den) = lowest_terms(num, den);
    Some(FrameRate { num: num.try_into().ok()?, den: den.try_into().ok()? })
}
