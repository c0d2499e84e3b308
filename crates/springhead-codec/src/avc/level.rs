//! Levels: ITU-T H.264 Annex A.3, Table A-1.

/// MaxFS of the levels 6 to 6.2, the most macroblocks of any frame.
pub(super) const MAX_FRAME_SIZE_IN_MBS: u32 = 139_264;

/// The most macroblocks of a frame's side: Sqrt(MaxFS * 8) of the levels 6 to 6.2 (Annex A.3.1, items f and g).
pub(super) const MAX_SIDE_IN_MBS: u32 = 1_055;

/// MaxDpbMbs, by the highest `level_idc` that it holds for. Level 1b, which the newer profiles code as 9, has that of
/// level 1.
const MAX_DPB_MBS: [(u8, u32); 13] = [
    (10, 396),
    (11, 900),
    (20, 2_376),
    (21, 4_752),
    (30, 8_100),
    (31, 18_000),
    (32, 20_480),
    (41, 32_768),
    (42, 34_816),
    (50, 110_400),
    (52, 184_320),
    (62, 696_320),
    (u8::MAX, 696_320),
];

/// MaxDpbFrames: the frames of that size that the decoded picture buffer of the level holds, at most 16 (equation of Annex
/// A.3.1, item h).
pub(super) fn max_dpb_frames(level_idc: u8, width_in_mbs: u32, height_in_mbs: u32) -> u32 {
    let mbs = MAX_DPB_MBS.iter().find(|(level, _)| level_idc <= *level).map_or(0, |(_, mbs)| *mbs);
    (mbs / (width_in_mbs * height_in_mbs).max(1)).min(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levels_hold_what_table_a_1_says() {
        for (level, (width, height), frames) in [
            (10, (11, 9), 4),
            (30, (45, 36), 5),
            (31, (80, 45), 5),
            (40, (120, 68), 4),
            (42, (120, 68), 4),
            (51, (256, 135), 5),
            (52, (1, 1), 16),
            (62, (512, 270), 5),
            (9, (11, 9), 4),
        ] {
            assert_eq!(max_dpb_frames(level, width, height), frames, "level {level}");
        }
    }
}
