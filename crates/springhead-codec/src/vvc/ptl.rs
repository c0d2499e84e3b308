//! Profile, tier and level: §7.3.3.

use bytes::Bytes;

use crate::bits::{BitReader, SyntaxError};

/// `profile_tier_level()` with `profileTierPresentFlag` 1 (§7.3.3.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProfileTierLevel {
    /// `general_profile_idc`: 1 is Main 10 (Annex A.3).
    pub profile_idc: u8,
    /// `general_tier_flag`: the High tier.
    pub high_tier: bool,
    /// `general_level_idc`: 16 times the major level and 3 times the minor (Annex A.4.1).
    pub level_idc: u8,
    /// The bytes from `ptl_frame_only_constraint_flag` to the end of `general_constraints_info()`, which begins with the
    /// third bit of them: at least one, at most 43.
    pub constraints: Bytes,
    /// `sublayer_level_idc`, by sublayer from 0, where it is told; one less than there are sublayers.
    pub sublayer_levels: Vec<Option<u8>>,
    /// `general_sub_profile_idc`, at most 255 of them.
    pub sub_profiles: Vec<u32>,
}

/// The flags of `general_constraints_info()` between `gci_present_flag` and `gci_num_additional_bits` (§7.3.3.2).
const CONSTRAINT_FLAGS: usize = 71;

impl ProfileTierLevel {
    /// Reads it for that many sublayers, of which the highest has no level of its own. The position is on a byte.
    pub(super) fn read(r: &mut BitReader<'_>, sublayers: u8) -> Result<Self, SyntaxError> {
        let profile_idc = r.bits8("general_profile_idc", 7)?;
        let high_tier = r.flag("general_tier_flag")?;
        let level_idc = r.bits8("general_level_idc", 8)?;
        let constraints = read_constraints(r)?;
        let mut sublayer_levels = vec![None; usize::from(sublayers) - 1];
        let mut present = vec![false; sublayer_levels.len()];
        for flag in present.iter_mut().rev() {
            *flag = r.flag("ptl_sublayer_level_present_flag")?;
        }
        r.align();
        for (level, _) in sublayer_levels.iter_mut().zip(present).rev().filter(|(_, present)| *present) {
            *level = Some(r.bits8("sublayer_level_idc", 8)?);
        }
        let count = r.bits("ptl_num_sub_profiles", 8)?;
        let sub_profiles = (0..count).map(|_| r.bits("general_sub_profile_idc", 32)).collect::<Result<_, _>>()?;
        Ok(Self { profile_idc, high_tier, level_idc, constraints, sublayer_levels, sub_profiles })
    }

    /// `ptl_frame_only_constraint_flag`: no picture is a field.
    pub fn frame_only(&self) -> bool {
        self.constraints.first().is_some_and(|byte| byte & 0x80 != 0)
    }

    /// `ptl_multilayer_enabled_flag`: there may be more than one layer.
    pub fn multilayer(&self) -> bool {
        self.constraints.first().is_some_and(|byte| byte & 0x40 != 0)
    }
}

/// The bytes from `ptl_frame_only_constraint_flag` to the end of `general_constraints_info()`, as they are.
fn read_constraints(r: &mut BitReader<'_>) -> Result<Bytes, SyntaxError> {
    let mut ahead = r.clone();
    let from = ahead.position();
    ahead.skip("ptl_frame_only_constraint_flag", 2)?;
    if ahead.flag("gci_present_flag")? {
        ahead.skip("general_constraints_info", CONSTRAINT_FLAGS)?;
        let additional = ahead.bits("gci_num_additional_bits", 8)?;
        ahead.skip("gci_reserved_bit", additional as usize)?;
    }
    ahead.align();
    (from..ahead.position()).step_by(8).map(|_| r.bits8("general_constraints_info", 8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{BitWriter, Fault};

    fn read(write: impl FnOnce(&mut BitWriter), sublayers: u8) -> Result<ProfileTierLevel, SyntaxError> {
        let mut w = BitWriter::new();
        w.bits(1, 7).flag(true).bits(51, 8);
        write(&mut w);
        ProfileTierLevel::read(&mut BitReader::new("profile_tier_level", &w.into_bytes()), sublayers)
    }

    #[test]
    fn one_cut_short_is_refused() {
        let fault = |write: fn(&mut BitWriter), sublayers| {
            let error = read(write, sublayers).unwrap_err();
            (error.field, error.fault)
        };
        assert_eq!(fault(|_| (), 1), ("ptl_frame_only_constraint_flag", Fault::Truncated));
        assert_eq!(fault(|w| _ = w.bits(0x20, 8), 1), ("general_constraints_info", Fault::Truncated));
        let reserved = |w: &mut BitWriter| _ = w.bits(0x20, 8).bits(0, 64).bits(0, 2).bits(255, 8).align();
        assert_eq!(fault(reserved, 1), ("gci_reserved_bit", Fault::Truncated));
        assert_eq!(fault(|w| _ = w.bits(0, 8).bits(0x80, 8), 2), ("sublayer_level_idc", Fault::Truncated));
        assert_eq!(fault(|w| _ = w.bits(0, 8).bits(1, 8), 1), ("general_sub_profile_idc", Fault::Truncated));
    }

    #[test]
    fn levels_of_sublayers_come_from_the_highest_down_and_constraints_as_they_are() {
        let ptl = read(|w| _ = w.bits(0xc0, 8).bits(0b1010_0000, 8).bits(48, 8).bits(16, 8).bits(0, 8), 4).unwrap();
        assert_eq!(ptl.sublayer_levels, [Some(16), None, Some(48)]);
        assert!(ptl.frame_only() && ptl.multilayer() && ptl.high_tier);
        assert_eq!((ptl.profile_idc, ptl.level_idc, &ptl.constraints[..]), (1, 51, &[0xc0][..]));
    }
}
