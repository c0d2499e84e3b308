//! The levels of VP9 (VP9 Bitstream & Decoding Process Specification, Annex A), by which the record names them.

use springhead_core::FrameRate;

/// Ten times the number of a level; luma samples a second; luma samples of a picture; the longer side of a picture.
const LEVELS: [(u8, u64, u64, u32); 14] = [
    (10, 829_440, 36_864, 512),
    (11, 2_764_800, 73_728, 768),
    (20, 4_608_000, 122_880, 960),
    (21, 9_216_000, 245_760, 1_344),
    (30, 20_736_000, 552_960, 2_048),
    (31, 36_864_000, 983_040, 2_752),
    (40, 83_558_400, 2_228_224, 4_160),
    (41, 160_432_128, 2_228_224, 4_160),
    (50, 311_951_360, 8_912_896, 8_384),
    (51, 588_251_136, 8_912_896, 8_384),
    (52, 1_176_502_272, 8_912_896, 8_384),
    (60, 1_176_502_272, 35_651_584, 16_832),
    (61, 2_353_004_544, 35_651_584, 16_832),
    (62, 4_706_009_088, 35_651_584, 16_832),
];

/// The lowest level, as the record writes it, that pictures of that size need at that rate; by the size alone where the rate
/// is not known. What no level holds is given the highest, 62: a record has to name one, and a player that cannot play it
/// refuses it.
///
/// What a level says of bit rate, compression and reference frames is not known without the whole stream, and left out.
///
/// ```
/// use springhead_codec::vpx::level;
/// use springhead_core::FrameRate;
/// assert_eq!(level(1920, 1080, Some(FrameRate { num: 30, den: 1 })), 40);
/// assert_eq!(level(1920, 1080, Some(FrameRate { num: 60, den: 1 })), 41);
/// assert_eq!(level(1920, 1080, None), 40);
/// ```
pub fn level(width: u32, height: u32, rate: Option<FrameRate>) -> u8 {
    let size = u64::from(width) * u64::from(height);
    let fits = |&&(_, samples, largest, longest): &&(u8, u64, u64, u32)| {
        let in_time = rate.is_none_or(|rate| {
            u128::from(size) * u128::from(rate.num) <= u128::from(samples) * u128::from(rate.den.max(1))
        });
        in_time && size <= largest && width.max(height) <= longest
    };
    LEVELS.iter().find(fits).or(LEVELS.last()).map_or(62, |&(level, ..)| level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(width: u32, height: u32, rate: u32) -> u8 {
        level(width, height, Some(FrameRate { num: rate, den: 1 }))
    }

    #[test]
    fn what_no_level_holds_has_the_highest() {
        assert_eq!([at(65_536, 65_536, 1), at(16_384, 2_176, 1000), level(u32::MAX, u32::MAX, None)], [62; 3]);
    }

    #[test]
    fn size_rate_and_the_longer_side_each_raise_the_level() {
        assert_eq!([at(256, 144, 15), at(256, 144, 30), at(384, 192, 30), at(480, 256, 30)], [10, 11, 11, 20]);
        assert_eq!([at(640, 384, 30), at(1080, 512, 30), at(1280, 768, 30)], [21, 30, 31]);
        assert_eq!([at(2048, 1088, 30), at(2048, 1088, 60), at(4096, 2176, 30)], [40, 41, 50]);
        assert_eq!([at(4096, 2176, 60), at(4096, 2176, 120), at(8192, 4352, 30)], [51, 52, 60]);
        assert_eq!([at(8192, 4352, 60), at(8192, 4352, 120)], [61, 62]);
        assert_eq!([at(512, 16, 1), at(16, 513, 1)], [10, 11]);
    }
}
