//! The HEVC decoder configuration record, `hvcC`: ISO/IEC 14496-15:2022 §8.3.3.1.

use bytes::Bytes;
use springhead_core::{ContentLight, MasteringDisplay};

use super::ptl::ProfileTierLevel;
use super::record::{self, Common, Head};
use super::sei::{self, Message};
use super::{HevcError, NalHeader, NalType, Pps, Sps, Vps};
use crate::nal::sets::put;

/// The parameter sets of a track, the messages that are of all its pictures, and the length size of the source's samples.
///
/// One set of each id, in the order in which the ids were first met: where a source repeats an id, the later content is in
/// force, as for a decoder. Every set can be read. Of messages there is one of each kind that
/// [`sei::is_declarative`] names, each in a NAL unit of its own; others are not configuration and are not kept.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::hevc::DecoderConfig;
/// let vps = Bytes::from_static(b"\x40\x01\x0c\x01\xff\xff\x01\x60\0\0\x03\0\x90\0\0\x03\0\0\x03\0\x1e\x95\x94\x09");
/// let sps = Bytes::from_static(b"\x42\x01\x01\x01\x60\0\0\x03\0\x90\0\0\x03\0\0\x03\0\x1e\xa0\x20\x81\x05\x96\x56\x54\xa4\
///     \xc2\xf0\x16\x80\x80\0\0\x03\0\x80\0\0\x0c\x84");
/// let pps = Bytes::from_static(b"\x44\x01\xc0\x73\xc0\x89");
/// let config = DecoderConfig::from_parameter_sets([vps], [sps], [pps])?;
/// let record = config.to_bytes();
/// assert_eq!(&record[..13], b"\x01\x01\x60\0\0\0\x90\0\0\0\0\0\x1e");
/// assert_eq!(DecoderConfig::parse(&record)?, config);
/// # Ok::<(), springhead_codec::hevc::HevcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DecoderConfig {
    /// Video parameter sets, NAL unit header included; empty when the source sends them in band only.
    pub vps: Vec<Bytes>,
    /// Sequence parameter sets, at least one, NAL unit header included.
    pub sps: Vec<Bytes>,
    /// Picture parameter sets, likewise; empty when the source sends them in band only.
    pub pps: Vec<Bytes>,
    /// Declarative messages, each in a NAL unit of type 39.
    pub sei: Vec<Bytes>,
    /// `lengthSizeMinusOne` + 1 of the source: 1, 2 or 4. What is written always says 4.
    pub length_size: u8,
    /// `avgFrameRate` of a record that was read, in frames in 256 seconds; 0, which says nothing, of sets that were found:
    /// what they say of the rate is not a promise.
    pub avg_frame_rate: u16,
    /// `constantFrameRate` of a record that was read, 0 to 3; 0 says nothing.
    pub constant_frame_rate: u8,
}

/// What the declarative messages of a configuration say.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Declared {
    /// The mastering display colour volume.
    pub mastering_display: Option<MasteringDisplay>,
    /// The content light level.
    pub content_light: Option<ContentLight>,
    /// `preferred_transfer_characteristics`.
    pub preferred_transfer: Option<u8>,
}

impl DecoderConfig {
    /// Reads a record. The sets are slices of it.
    ///
    /// What the record repeats of its parameter sets is not read, because they say it; empty and unknown NAL units are
    /// passed over, as are those of other layers than the base layer.
    pub fn parse(record: &Bytes) -> Result<Self, HevcError> {
        let (Head { avg_frame_rate, constant_frame_rate, length_size }, nal_units) = record::read(record)?;
        Self { avg_frame_rate, constant_frame_rate, length_size, ..Self::collect(nal_units)? }.checked()
    }

    /// A record of sets that were found in band or in a session description, NAL unit headers included. All three kinds are
    /// needed. Each is told by its header, and declarative messages are taken among them.
    pub fn from_parameter_sets(
        vps: impl IntoIterator<Item = Bytes>,
        sps: impl IntoIterator<Item = Bytes>,
        pps: impl IntoIterator<Item = Bytes>,
    ) -> Result<Self, HevcError> {
        let config = Self::collect(vps.into_iter().chain(sps).chain(pps))?.checked()?;
        if config.vps.is_empty() {
            return Err(HevcError::NoParameterSet("video parameter set"));
        }
        if config.pps.is_empty() {
            return Err(HevcError::NoParameterSet("picture parameter set"));
        }
        Ok(config)
    }

    /// A record of all that was found in band, as [`unit`](super::unit()) gives it. All three kinds of sets are needed.
    pub fn from_found(found: &[Bytes]) -> Result<Self, HevcError> {
        Self::from_parameter_sets(found.iter().cloned(), [], [])
    }

    /// This configuration with what came in band: each set replaces the one with its id, or joins; so do messages by their
    /// kind. Equal to `self` when it says nothing new, whatever emulation prevention and trailing zeros look like, so that
    /// repeated sets make no new configuration.
    ///
    /// A sequence parameter set that says something new begins another coded video sequence, at the end of which the
    /// messages of the one before cease to hold (§D.3.28): of messages there are then those of `found` only.
    pub fn updated(&self, found: &[Bytes]) -> Result<Self, HevcError> {
        let mut config = self.clone();
        config.put_all(found.iter().cloned())?;
        if config.sps != self.sps {
            config.sei = Self::collect(found.iter().cloned())?.sei;
        }
        config.checked()
    }

    /// Each to its kind; what is neither a parameter set nor a declarative message of the base layer is passed over.
    fn put_all(&mut self, nal_units: impl IntoIterator<Item = Bytes>) -> Result<(), HevcError> {
        for nal in nal_units {
            match NalHeader::of(&nal).filter(|header| header.layer_id == 0).map(|header| header.nal_type) {
                Some(NalType::Vps) => put(&mut self.vps, nal, |nal| Ok::<_, HevcError>(Vps::parse(nal)?.id))?,
                Some(NalType::Sps) => put(&mut self.sps, nal, |nal| Ok::<_, HevcError>(Sps::parse(nal)?.id))?,
                Some(NalType::Pps) => put(&mut self.pps, nal, |nal| Ok::<_, HevcError>(Pps::parse(nal)?.id))?,
                Some(NalType::PrefixSei) => self.put_messages(&nal)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The declarative messages of a NAL unit, which is kept itself when it has only one message. Damaged messages are
    /// passed over, as nothing depends on them.
    fn put_messages(&mut self, nal: &Bytes) -> Result<(), HevcError> {
        let rbsp = sei::rbsp(nal)?;
        let messages: Vec<Message<'_>> = sei::messages(&rbsp).map_while(Result::ok).collect();
        for message in messages.iter().filter(|message| sound(message)) {
            let alone = if messages.len() == 1 { nal.clone() } else { sei::prefix_nal(message).into() };
            put(&mut self.sei, alone, |nal| Ok::<_, HevcError>(first_kind(nal)))?;
        }
        Ok(())
    }

    fn collect(nal_units: impl IntoIterator<Item = Bytes>) -> Result<Self, HevcError> {
        let mut config = Self {
            vps: Vec::new(),
            sps: Vec::new(),
            pps: Vec::new(),
            sei: Vec::new(),
            length_size: 4,
            avg_frame_rate: 0,
            constant_frame_rate: 0,
        };
        config.put_all(nal_units)?;
        Ok(config)
    }

    /// Itself, if a record can hold it.
    fn checked(self) -> Result<Self, HevcError> {
        if self.sps.is_empty() {
            return Err(HevcError::NoParameterSet("sequence parameter set"));
        }
        let all = [&self.vps, &self.sps, &self.pps, &self.sei].into_iter().flatten();
        let longest = all.map(Bytes::len).max().unwrap_or(0);
        if longest > usize::from(u16::MAX) {
            return Err(HevcError::RecordOverflow { bytes: longest });
        }
        Ok(self)
    }

    /// Writes the record of a track whose samples have lengths of four bytes and no parameter sets (`hvc1`).
    ///
    /// Profile, tier and level contain those of all video and sequence parameter sets, and what is promised is what all of
    /// them promise; chroma format and bit depths are of the first sequence parameter set. The arrays of parameter sets are
    /// complete; that of messages is not, as they stay in the samples.
    ///
    /// # Panics
    /// When the public fields were changed into what no record can hold.
    pub fn to_bytes(&self) -> Bytes {
        record::write(self)
    }

    /// All parameter sets in the order in which a decoder needs them, for
    /// [`ByteStream::parameter_sets`](super::ByteStream::parameter_sets). The messages are not among them: they are in the
    /// samples.
    pub fn parameter_sets(&self) -> Vec<Bytes> {
        [&self.vps, &self.sps, &self.pps].into_iter().flatten().cloned().collect()
    }

    /// The general profile, tier and level that contain those of all sets, as the record and the codec string state them.
    pub fn profile_tier_level(&self) -> Result<ProfileTierLevel, HevcError> {
        let common = Common::of(self)?;
        Ok(ProfileTierLevel { profile: common.profile, level_idc: common.level_idc, sub_layers: Vec::new() })
    }

    /// The highest TemporalId that a picture may have: `sps_max_sub_layers_minus1`, the highest of all sets. For
    /// [`unit_of`](super::unit_of).
    pub fn highest_temporal_id(&self) -> Result<u8, HevcError> {
        let ids = self.sps.iter().map(|nal| Ok(Sps::parse(nal)?.sub_layers - 1));
        let ids = ids.collect::<Result<Vec<u8>, HevcError>>()?;
        ids.into_iter().max().ok_or(HevcError::NoParameterSet("sequence parameter set"))
    }

    /// What the messages say of all pictures.
    pub fn declared(&self) -> Declared {
        let mut declared = Declared::default();
        for nal in &self.sei {
            let Ok(rbsp) = sei::rbsp(nal) else { continue };
            for Message { payload_type, payload } in sei::messages(&rbsp).map_while(Result::ok) {
                match payload_type {
                    sei::MASTERING_DISPLAY => declared.mastering_display = sei::mastering_display(payload).ok(),
                    sei::CONTENT_LIGHT_LEVEL => declared.content_light = sei::content_light(payload).ok(),
                    sei::ALTERNATIVE_TRANSFER => declared.preferred_transfer = sei::preferred_transfer(payload).ok(),
                    _ => {}
                }
            }
        }
        declared
    }
}

/// Whether a message is declarative and can be read.
fn sound(message: &Message<'_>) -> bool {
    match message.payload_type {
        sei::MASTERING_DISPLAY => sei::mastering_display(message.payload).is_ok(),
        sei::CONTENT_LIGHT_LEVEL => sei::content_light(message.payload).is_ok(),
        sei::ALTERNATIVE_TRANSFER => sei::preferred_transfer(message.payload).is_ok(),
        _ => false,
    }
}

/// `payloadType` of the only message of a NAL unit.
fn first_kind(nal: &[u8]) -> Option<u32> {
    let rbsp = sei::rbsp(nal).ok()?;
    let first = sei::messages(&rbsp).next()?.ok()?;
    Some(first.payload_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;
    use crate::fixtures::bytes;
    use crate::hevc::fixtures::{HDR10, HLG, PARAMETER_SETS};
    use crate::hevc::sei::{ALTERNATIVE_TRANSFER, MASTERING_DISPLAY, PIC_TIMING};
    use crate::nal::{NalError, emulation};

    fn config(which: usize) -> DecoderConfig {
        DecoderConfig::from_found(&PARAMETER_SETS[which].found()).unwrap()
    }

    /// A record with another array behind the last.
    fn with_array(record: &[u8], kind: u8, nal_units: &[&[u8]]) -> Vec<u8> {
        let mut record = record.to_vec();
        record[22] += 1;
        record.push(kind);
        record.extend((nal_units.len() as u16).to_be_bytes());
        for nal in nal_units {
            record.extend((nal.len() as u16).to_be_bytes());
            record.extend_from_slice(nal);
        }
        record
    }

    /// A picture parameter set with that id, tiles and wavefronts.
    fn pps(id: u32, tiles: bool, wavefronts: bool) -> Bytes {
        let mut w = BitWriter::new();
        w.bits(0x4401, 16).ue(id).ue(0).bits(0, 7).ue(0).ue(0).se(0).bits(0, 3).se(0).se(0).bits(0, 4);
        w.flag(tiles).flag(wavefronts).trailing_bits();
        emulation::insert(&w.into_bytes()).into()
    }

    /// A sequence parameter set with that id, tier, level and promise of being cut into parts.
    fn sps(id: u32, tier: bool, level: u64, segmentation: u32) -> Bytes {
        let mut w = BitWriter::new();
        w.bits(0x4201, 16).bits(0, 4).bits(1, 3).bits(0, 1).bits(0, 2).flag(tier).bits(2 - u64::from(tier), 5);
        w.bits(if tier { 0x6000_0000 } else { 0x2000_0000 }, 32).bits(0xb0 << 40 | u64::from(id), 48).bits(level, 8);
        w.bits(0, 16).ue(id).ue(1).ue(64).ue(64).flag(false).ue(8).ue(8).ue(4).flag(false).ue(4).ue(2).ue(0);
        w.ue(0).ue(3).ue(0).ue(3).ue(0).ue(0).bits(0, 4).ue(0).flag(false).bits(0, 2).flag(true);
        w.bits(0, 9).flag(true).bits(0, 3).ue(segmentation).ue(0).ue(0).ue(0).ue(0).flag(false).trailing_bits();
        emulation::insert(&w.into_bytes()).into()
    }

    #[test]
    fn a_record_of_another_version_or_length_size_is_refused() {
        let mut record = config(0).to_bytes().to_vec();
        record[21] = 0x0e;
        assert_eq!(DecoderConfig::parse(&record.clone().into()), Err(NalError::LengthSize(3).into()));
        record[0] = 0;
        assert_eq!(DecoderConfig::parse(&record.into()), Err(HevcError::RecordVersion(0)));
    }

    #[test]
    fn a_record_cut_short_is_refused() {
        let record = config(HDR10).to_bytes();
        for end in 0..record.len() {
            let error = DecoderConfig::parse(&record.slice(..end));
            assert!(
                matches!(error, Err(HevcError::RecordTruncated { offset, .. }) if offset == end),
                "{end}: {error:?}"
            );
        }
    }

    #[test]
    fn a_record_without_what_is_needed_or_with_too_much_is_refused() {
        let head = &config(0).to_bytes()[..23];
        let empty = [&head[..22], &[0]].concat();
        let none = Err(HevcError::NoParameterSet("sequence parameter set"));
        assert_eq!(DecoderConfig::parse(&empty.clone().into()), none);
        let found = PARAMETER_SETS[0].found();
        let none = |kind| Err(HevcError::NoParameterSet(kind));
        assert_eq!(DecoderConfig::from_found(&found[1..]), none("video parameter set"));
        assert_eq!(DecoderConfig::from_found(&found[..2]), none("picture parameter set"));
        let many = with_array(&empty, 0x80 | 33, &vec![&found[1][..]; 513]);
        assert_eq!(DecoderConfig::parse(&many.into()), Err(NalError::TooMany { limit: 512 }.into()));
        let long = Bytes::from([&found[2], &[0; 65_536][..]].concat());
        let overflow = HevcError::RecordOverflow { bytes: 65_542 };
        assert_eq!(DecoderConfig::from_found(&[found[0].clone(), found[1].clone(), long]), Err(overflow));
    }

    /// What x265 and FFmpeg write differs from what is written here in two things only. FFmpeg puts every message that the
    /// encoder gives with the parameter sets into the record: those of active parameter sets (payload type 129) are of one
    /// picture and are not taken here. And x265 does not give the alternative transfer characteristics with the parameter
    /// sets, but with the first picture; it is found there and is taken.
    #[test]
    fn records_are_those_that_ffmpeg_writes() {
        for (which, sets) in PARAMETER_SETS.iter().enumerate() {
            let theirs = bytes(sets.record);
            let ours = config(which).to_bytes();
            let active_parameter_sets: &[u8] = &[0x4e, 0x01, 0x81, 0x01, 0x0f, 0x80];
            if sets.found.contains(&"4e0181010f80") {
                assert_eq!(theirs, with_array(&ours, 39, &[active_parameter_sets]), "{}", sets.made_with);
            } else if which == HLG {
                assert_eq!(ours, with_array(&theirs, 39, &[&sets.found()[3]]), "{}", sets.made_with);
            } else {
                assert_eq!(ours, theirs, "{}", sets.made_with);
            }
        }
        let left_out = PARAMETER_SETS.iter().filter(|sets| sets.found.contains(&"4e0181010f80"));
        assert_eq!(left_out.count(), 2);
    }

    #[test]
    fn records_read_as_they_were_written_and_their_sets_are_slices_of_them() {
        for which in 0..PARAMETER_SETS.len() {
            let config = DecoderConfig { avg_frame_rate: 0x1234, constant_frame_rate: 2, ..config(which) };
            let record = config.to_bytes();
            let again = DecoderConfig::parse(&record).unwrap();
            assert_eq!(again, config);
            assert_eq!(again.vps[0].as_ptr(), record[28..].as_ptr());
        }
    }

    #[test]
    fn scuffle_h265_reads_the_same_from_records() {
        use scuffle_h265::HEVCDecoderConfigurationRecord as Other;
        for which in 0..PARAMETER_SETS.len() {
            let config = config(which);
            let other = Other::demux(&config.to_bytes()[..]).unwrap();
            let of = config.profile_tier_level().unwrap();
            assert_eq!((other.general_profile_idc, other.general_level_idc), (of.profile.idc, of.level_idc));
            assert_eq!(other.general_profile_compatibility_flags.bits(), of.profile.compatibility);
            assert_eq!(other.general_constraint_indicator_flags.to_be_bytes()[2..], of.profile.constraints);
            let kinds: Vec<_> =
                other.arrays.iter().map(|array| (array.array_completeness, array.nalus.clone())).collect();
            let mut expected = vec![(true, config.vps), (true, config.sps), (true, config.pps)];
            if !config.sei.is_empty() {
                expected.push((false, config.sei));
            }
            assert_eq!(kinds, expected);
        }
    }

    #[test]
    fn parameter_sets_come_in_the_order_that_a_decoder_needs() {
        let found = PARAMETER_SETS[HDR10].found();
        assert_eq!(config(HDR10).parameter_sets(), found[..3]);
        let turned: Vec<_> = found.iter().rev().cloned().collect();
        assert_eq!(DecoderConfig::from_found(&turned).unwrap().parameter_sets(), found[..3]);
    }

    #[test]
    fn short_lengths_of_a_source_are_read_and_lengths_of_four_written() {
        for (bits, length_size) in [(0, 1), (1, 2), (3, 4)] {
            let mut record = config(0).to_bytes().to_vec();
            record[21] = record[21] & !3 | bits;
            let config = DecoderConfig::parse(&record.into()).unwrap();
            assert_eq!((config.length_size, config.to_bytes()[21] & 3), (length_size, 3));
        }
    }

    #[test]
    fn a_record_promises_what_all_its_sets_promise() {
        let vps = PARAMETER_SETS[0].found().swap_remove(0);
        let of = |sps: &[Bytes], pps: &[Bytes]| {
            let config = DecoderConfig::from_parameter_sets([vps.clone()], sps.to_vec(), pps.to_vec()).unwrap();
            config.to_bytes()
        };
        let both = [sps(0, false, 120, 9), sps(1, true, 93, 5)];
        let record = of(&both, &[pps(0, true, false)]);
        // Main 10 contains Main, and the High tier the Main tier; the level is the High tier's.
        assert_eq!(record[1..13], [0x22, 0x20, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93]);
        // Cut as finely as the coarser says, into tiles; depths of 16 bits do not fit and are told as the most that do.
        assert_eq!(record[13..19], [0xf0, 5, 0xfe, 0xfd, 0xff, 0xff]);
        // Two sub-layers, not nested, lengths of four bytes.
        assert_eq!(record[21], 2 << 3 | 3);
        for (pps, parallelism) in [
            (vec![pps(0, false, true)], 3),
            (vec![pps(0, false, false)], 1),
            (vec![pps(0, true, true)], 0),
            (vec![pps(0, true, false), pps(1, false, true)], 0),
        ] {
            assert_eq!(of(&both, &pps)[15], 0xfc | parallelism);
        }
        let none = [sps(0, false, 120, 9), sps(1, false, 120, 0)];
        assert_eq!(of(&none, &[pps(0, true, false)])[13..16], [0xf0, 0, 0xfc], "no promise needs no type");
    }

    #[test]
    fn the_later_set_of_an_id_is_in_force() {
        let (vps, sets) = (PARAMETER_SETS[0].found().swap_remove(0), [sps(0, false, 93, 0), sps(0, false, 120, 0)]);
        let pps_sets = [pps(3, false, false), pps(0, false, false), pps(3, true, false)];
        let config = DecoderConfig::from_parameter_sets([vps], sets.clone(), pps_sets).unwrap();
        assert_eq!((config.sps, config.pps), (vec![sets[1].clone()], vec![pps(3, true, false), pps(0, false, false)]));
    }

    #[test]
    fn what_says_nothing_new_leaves_the_configuration() {
        for (which, sets) in PARAMETER_SETS.iter().enumerate() {
            let config = config(which);
            let padded = sets.found().iter().map(|nal| [nal, &[0, 0][..]].concat().into()).collect::<Vec<_>>();
            assert_eq!(config.updated(&padded).as_ref(), Ok(&config));
            assert_eq!(config.updated(&[]).as_ref(), Ok(&config));
            assert_eq!(DecoderConfig::parse(&config.to_bytes()).unwrap().updated(&padded), Ok(config));
        }
    }

    #[test]
    fn declarative_messages_are_taken_from_among_others_and_the_later_is_in_force() {
        let alone = |payload_type, payload: &[u8]| Bytes::from(sei::prefix_nal(&Message { payload_type, payload }));
        let transfer = |value| alone(ALTERNATIVE_TRANSFER, &[value]);
        // A picture timing message, transfer characteristics, and a mastering display that ends early.
        let mixed = Bytes::from_static(&[0x4e, 1, 1, 1, 0x11, 147, 1, 16, 137, 2, 5, 5, 0x80]);
        let before = config(0);
        let with = before.updated(std::slice::from_ref(&mixed)).unwrap();
        assert_eq!(with.sei, [transfer(16)]);
        assert_eq!(with.declared().preferred_transfer, Some(16));
        let later =
            with.updated(&[transfer(18), alone(PIC_TIMING, &[0x21]), alone(MASTERING_DISPLAY, &[0; 24])]).unwrap();
        assert_eq!(later.sei, [transfer(18), alone(MASTERING_DISPLAY, &[0; 24])]);
        assert_eq!(later.updated(&[mixed]).unwrap().sei[0], transfer(16));
        let suffix = Bytes::from([&[0x50][..], &transfer(16)[1..]].concat());
        let other_layer = Bytes::from([&[0x4e, 0x09][..], &transfer(16)[2..]].concat());
        assert_eq!(later.updated(&[suffix, other_layer]), Ok(later));
    }

    #[test]
    fn messages_end_with_the_sequence_that_they_were_of() {
        let (hdr, sdr) = (config(HDR10), PARAMETER_SETS[0].found());
        assert!(hdr.declared().mastering_display.is_some() && hdr.declared().content_light.is_some());
        let flipped = hdr.updated(&sdr).unwrap();
        assert_eq!((&flipped.sps, &flipped.sei), (&config(0).sps, &vec![]));
        let back = flipped.updated(&PARAMETER_SETS[HDR10].found()).unwrap();
        assert_eq!(back, hdr);
        // Without another sequence parameter set the messages hold, though they are not repeated.
        assert_eq!(hdr.updated(&PARAMETER_SETS[HDR10].found()[..3]), Ok(hdr));
    }

    #[test]
    fn the_highest_temporal_id_is_that_of_all_sets() {
        let ids = (0..PARAMETER_SETS.len()).map(|which| config(which).highest_temporal_id().unwrap());
        assert_eq!(ids.collect::<Vec<_>>(), [0, 0, 0, 0, 0, 0, 0, 2, 0]);
        let sets = [sps(0, false, 93, 0), PARAMETER_SETS[0].found().swap_remove(1)];
        assert_eq!(DecoderConfig { sps: sets.to_vec(), ..config(0) }.highest_temporal_id(), Ok(1));
    }
}
