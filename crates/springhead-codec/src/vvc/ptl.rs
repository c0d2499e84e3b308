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
