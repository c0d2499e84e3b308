//! Profile, tier and level: ITU-T H.265 §7.3.3, Annex A.

use crate::bits::{BitReader, SyntaxError};

/// The most sub-layers that `sps_max_sub_layers_minus1`, of at most 6, can count.
pub(super) const MAX_SUB_LAYERS: u8 = 7;

/// What a decoder has to know to decode a layer or a sub-layer, without its level.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Profile {
    /// `general_profile_space`, 0 to 3: 0 in this version of the standard.
    pub space: u8,
    /// `general_tier_flag`: the High tier rather than the Main tier.
    pub high_tier: bool,
    /// `general_profile_idc`, 0 to 31: 1 Main, 2 Main 10, 3 Main Still Picture, 4 format range extensions.
    pub idc: u8,
    /// `general_profile_compatibility_flag`: bit 31 - j says that the profile j is obeyed.
    pub compatibility: u32,
    /// The six bytes from `general_progressive_source_flag` to the bit before `general_level_idc`.
    pub constraints: [u8; 6],
}

impl Profile {
    /// Bit of the first of the [`constraints`](Self::constraints): `general_progressive_source_flag`.
    pub const PROGRESSIVE_SOURCE: u8 = 1 << 7;
    /// Bit of the first of the [`constraints`](Self::constraints): `general_interlaced_source_flag`.
    pub const INTERLACED_SOURCE: u8 = 1 << 6;

    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let space = r.bits8("general_profile_space", 2)?;
        let high_tier = r.flag("general_tier_flag")?;
        let idc = r.bits8("general_profile_idc", 5)?;
        let compatibility = r.bits("general_profile_compatibility_flag", 32)?;
        let mut constraints = [0; 6];
        for byte in &mut constraints {
            *byte = r.bits8("general_constraint_indicator_flags", 8)?;
        }
        Ok(Self { space, high_tier, idc, compatibility, constraints })
    }
}

/// What is said of a sub-layer below the highest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SubLayer {
    /// Its profile; that of the next higher sub-layer when it is not said.
    pub profile: Option<Profile>,
    /// `sub_layer_level_idc`; that of the next higher sub-layer when it is not said.
    pub level_idc: Option<u8>,
}

/// `profile_tier_level( 1, maxNumSubLayersMinus1 )`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProfileTierLevel {
    /// The general profile and tier, of the whole layer.
    pub profile: Profile,
    /// `general_level_idc`: thirty times the level.
    pub level_idc: u8,
    /// The sub-layers below the highest, at most 6, by their TemporalId.
    pub sub_layers: Vec<SubLayer>,
}

impl ProfileTierLevel {
    /// Reads the structure of a layer with `sub_layers` sub-layers.
    pub(super) fn read(r: &mut BitReader<'_>, sub_layers: u8) -> Result<Self, SyntaxError> {
        let profile = Profile::read(r)?;
        let level_idc = r.bits8("general_level_idc", 8)?;
        let mut present = Vec::new();
        for _ in 1..sub_layers {
            present.push((r.flag("sub_layer_profile_present_flag")?, r.flag("sub_layer_level_present_flag")?));
        }
        if sub_layers > 1 {
            r.skip("reserved_zero_2bits", 2 * (9 - usize::from(sub_layers)))?;
        }
        let mut below = Vec::new();
        for (has_profile, has_level) in present {
            let profile = if has_profile { Some(Profile::read(r)?) } else { None };
            let level_idc = if has_level { Some(r.bits8("sub_layer_level_idc", 8)?) } else { None };
            below.push(SubLayer { profile, level_idc });
        }
        Ok(Self { profile, level_idc, sub_layers: below })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{BitWriter, Fault};

    const MAIN: Profile =
        Profile { space: 0, high_tier: false, idc: 1, compatibility: 0x6000_0000, constraints: [0x90, 0, 0, 0, 0, 0] };

    fn write(w: &mut BitWriter, profile: &Profile) {
        w.bits(profile.space.into(), 2).flag(profile.high_tier).bits(profile.idc.into(), 5);
        w.bits(profile.compatibility.into(), 32);
        profile.constraints.iter().for_each(|byte| {
            w.bits((*byte).into(), 8);
        });
    }

    #[test]
    fn sub_layers_say_what_they_want_to_say() {
        let tier = Profile { high_tier: true, constraints: [0x90, 1, 2, 3, 4, 5], ..MAIN };
        let mut w = BitWriter::new();
        write(&mut w, &MAIN);
        w.bits(93, 8).flag(true).flag(false).flag(true).flag(true).flag(false).flag(false).bits(0, 10);
        write(&mut w, &MAIN);
        write(&mut w, &tier);
        w.bits(60, 8).bits(0x5a, 8);
        let bytes = w.into_bytes();
        let r = &mut BitReader::new("profile_tier_level", &bytes);
        let sub_layers = vec![
            SubLayer { profile: Some(MAIN), level_idc: None },
            SubLayer { profile: Some(tier), level_idc: Some(60) },
            SubLayer::default(),
        ];
        let expected = ProfileTierLevel { profile: MAIN, level_idc: 93, sub_layers };
        assert_eq!(ProfileTierLevel::read(r, 4), Ok(expected));
        assert_eq!(r.bits("what follows", 8), Ok(0x5a));
        let cut = &mut BitReader::new("profile_tier_level", &bytes[..30]);
        assert!(ProfileTierLevel::read(cut, 4).is_err_and(|error| error.fault == Fault::Truncated));
    }
}
