use proptest::prelude::*;

use super::*;
use crate::fixtures::{self, VvcRecord};
use crate::nal::emulation;

fn plain() -> DecoderConfig {
    DecoderConfig::parse(&fixtures::vvc_record("plain").record).unwrap()
}

/// A picture parameter set with that id.
fn pps(id: u8) -> Bytes {
    let mut w = BitWriter::new();
    w.bits(0x0081, 16).bits(id.into(), 6).bits(0, 5).ue(64).ue(64).trailing_bits();
    emulation::insert(&w.into_bytes()).into()
}

/// The sequence parameter set of `plain` with another profile, tier and level, and 4:2:0 kept.
fn sps_with(ptl: &ProfileTierLevel) -> Bytes {
    let record = fixtures::vvc_record("plain");
    let rbsp = emulation::remove(&record.sps[2..]).into_owned();
    let mut w = BitWriter::new();
    w.bits(0x0079, 16).bits(rbsp[0].into(), 8).bits(rbsp[1].into(), 8);
    w.bits(ptl.profile_idc.into(), 7).flag(ptl.high_tier).bits(ptl.level_idc.into(), 8);
    ptl.constraints.iter().for_each(|&byte| _ = w.bits(byte.into(), 8));
    ptl.sublayer_levels.iter().rev().for_each(|level| _ = w.flag(level.is_some()));
    w.align();
    ptl.sublayer_levels.iter().rev().flatten().for_each(|&level| _ = w.bits(level.into(), 8));
    w.bits(ptl.sub_profiles.len() as u64, 8);
    ptl.sub_profiles.iter().for_each(|&sub_profile| _ = w.bits(sub_profile.into(), 32));
    rbsp[7..].iter().for_each(|&byte| _ = w.bits(byte.into(), 8));
    emulation::insert(&w.into_bytes()).into()
}

fn profiles() -> impl Strategy<Value = ProfileTierLevel> {
    // The flags after gci_present_flag, the count of reserved bits, and these.
    let constraints = prop_oneof![
        any::<u8>().prop_map(|flags| vec![flags & 0xc0]),
        (any::<[u8; 9]>(), prop::collection::vec(any::<u8>(), 0..32)).prop_map(|(mut flags, reserved)| {
            flags[0] |= 0x20;
            let mut w = BitWriter::new();
            flags.iter().for_each(|&byte| _ = w.bits(byte.into(), 8));
            w.bits(u64::from(flags[8]), 2).bits(8 * reserved.len().min(31) as u64, 8);
            reserved.iter().take(31).for_each(|&byte| _ = w.bits(byte.into(), 8));
            w.align();
            w.into_bytes()
        }),
    ];
    let levels = prop::collection::vec(prop::option::of(any::<u8>()), 5..=5);
    let sub_profiles = prop::collection::vec(any::<u32>(), 0..4);
    (0u8..128, any::<bool>(), any::<u8>(), constraints, levels, sub_profiles).prop_map(
        |(profile_idc, high_tier, level_idc, constraints, sublayer_levels, sub_profiles)| ProfileTierLevel {
            profile_idc,
            high_tier,
            level_idc,
            constraints: constraints.into(),
            sublayer_levels,
            sub_profiles,
        },
    )
}

#[test]
fn a_record_of_another_length_size_is_refused() {
    let mut record = plain().to_bytes().to_vec();
    record[0] = 0xfd;
    assert_eq!(DecoderConfig::parse(&record.into()), Err(NalError::LengthSize(3).into()));
}

#[test]
fn a_record_cut_short_is_refused() {
    let record = plain().to_bytes();
    for end in 0..record.len() {
        let error = DecoderConfig::parse(&record.slice(..end));
        assert!(matches!(error, Err(VvcError::RecordTruncated { offset, .. }) if offset == end), "{end}: {error:?}");
    }
}

#[test]
fn a_record_without_a_set_that_tells_the_profile_is_refused() {
    let none = Err(VvcError::NoParameterSet("sequence parameter set that tells its profile"));
    assert_eq!(DecoderConfig::parse(&Bytes::from_static(&[0xfe, 0])), none);
    assert_eq!(DecoderConfig::from_found(&[pps(0)]), none);
    let none = Err(VvcError::NoParameterSet("picture parameter set"));
    assert_eq!(DecoderConfig::from_parameter_sets(plain().sps, []), none);
}

#[test]
fn records_are_byte_for_byte_those_of_ffmpeg_where_the_rate_is_fixed() {
    for VvcRecord { name, record, sps } in fixtures::vvc_records() {
        let config = DecoderConfig::parse(&record).unwrap();
        assert_eq!(config.sps, [sps], "{name}");
        assert_eq!((config.pps.len(), config.vps.len(), config.others.len()), (1, 0, 0), "{name}");
        assert_eq!(config.to_bytes(), record, "{name}");
        let again = DecoderConfig::from_parameter_sets(config.sps.clone(), config.pps.clone()).unwrap();
        assert_eq!(again, config, "{name}");
    }
}

#[test]
fn a_record_that_says_nothing_but_its_sets_is_read() {
    let config = plain();
    let arrays = config.to_bytes().slice(16..);
    assert_eq!(arrays[..2], [2, 0x8f], "the sublayer flags, the sub-profiles, size and rate are behind");
    let short: Bytes = [&[0xfa][..], &arrays].concat().into();
    assert_eq!(DecoderConfig::parse(&short), Ok(DecoderConfig { length_size: 2, ..config }));
}

#[test]
fn every_kind_that_a_record_holds_comes_back_and_others_are_passed_over() {
    let config = DecoderConfig {
        dci: Some(Bytes::from_static(&[0x00, 0x69, 0x00])),
        opi: Some(Bytes::from_static(&[0x00, 0x61, 0x00])),
        vps: vec![Bytes::from_static(&[0x00, 0x71, 0x10, 0x28]), Bytes::from_static(&[0x00, 0x71, 0x20, 0x28])],
        others: vec![
            Bytes::from_static(&[0x00, 0x89, 0x02]),
            Bytes::from_static(&[0x00, 0xb9, 0x01]),
            Bytes::from_static(&[0x00, 0xc1, 0x01]),
        ],
        ..plain()
    };
    let record = config.to_bytes();
    assert_eq!(DecoderConfig::parse(&record), Ok(config.clone()));
    assert_eq!(record[16..24], [8, 0x8d, 0, 3, 0x00, 0x69, 0x00, 0x0c], "one of each has no count");
    let mut more = record.to_vec();
    more[16] = 9;
    more.extend_from_slice(&[26, 0, 1, 0, 2, 0x00, 0xd1]);
    assert_eq!(DecoderConfig::parse(&more.into()), Ok(config));
}

#[test]
fn the_later_set_of_an_id_is_in_force_and_what_says_nothing_new_changes_nothing() {
    let config = plain();
    let padded = |set: &Bytes| Bytes::from([set, &[0, 0][..]].concat());
    let same = config.updated(&[padded(&config.sps[0]), padded(&config.pps[0])]).unwrap();
    assert_eq!(same, config);
    let joined = config.updated(&[pps(3), pps(0), pps(3)]).unwrap();
    assert_eq!(joined.pps, [pps(0), pps(3)]);
    let aps = |id: u8, content: u8| Bytes::from(vec![0x00, 0x89, id, content]);
    let sets = joined.updated(&[aps(1, 7), aps(2, 7), aps(1, 8)]).unwrap();
    assert_eq!(sets.others, [aps(1, 8), aps(2, 7)]);
}

#[test]
fn nal_units_of_a_record_are_slices_of_it() {
    let record = fixtures::vvc_record("plain").record;
    let config = DecoderConfig::parse(&record).unwrap();
    assert_eq!(config.sps[0].as_ptr(), record[22..].as_ptr());
}

proptest! {
    #[test]
    fn profile_tier_and_level_come_back_from_a_set_and_from_its_record(ptl in profiles()) {
        let sps = sps_with(&ptl);
        let read = Sps::parse(&sps).unwrap();
        prop_assert_eq!(read.profile_tier_level.as_ref(), Some(&ptl));
        prop_assert_eq!((read.width(), read.picture_rate().map(|rate| rate.num)), (64, Some(25)));
        let config = DecoderConfig::from_parameter_sets([sps], [pps(0)]).unwrap();
        let record = config.to_bytes();
        prop_assert_eq!(DecoderConfig::parse(&record), Ok(config));
        // VvcPTLRecord has the same fields as profile_tier_level(), with the length of the constraints before them.
        let mut expected = vec![ptl.constraints.len() as u8, ptl.profile_idc << 1 | u8::from(ptl.high_tier), ptl.level_idc];
        expected.extend_from_slice(&ptl.constraints);
        let flags = ptl.sublayer_levels.iter().rev().fold(0, |flags, level| flags << 1 | u8::from(level.is_some()));
        expected.push(flags << 3);
        expected.extend(ptl.sublayer_levels.iter().rev().flatten());
        expected.push(ptl.sub_profiles.len() as u8);
        expected.extend(ptl.sub_profiles.iter().flat_map(|sub_profile| sub_profile.to_be_bytes()));
        prop_assert_eq!(&record[4..4 + expected.len()], &expected[..]);
    }
}
