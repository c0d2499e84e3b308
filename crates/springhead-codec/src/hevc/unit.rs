//! Access units in the form of the family: length-prefixed, without what does not belong into an `hvc1` sample.

use bytes::Bytes;
use springhead_core::Limits;

use super::slice::SliceStart;
use super::{HevcError, NalHeader, NalType, sei};
use crate::nal::Framing;
use crate::nal::sample::{self, Place};
use crate::{Sap, Unit};

/// The highest TemporalId that the three bits of `nuh_temporal_id_plus1` can state.
const HIGHEST_TEMPORAL_ID: u8 = 6;

/// Normalises one access unit (§7.4.2.4.4) of which nothing is known but itself.
///
/// As [`unit_of`], with the highest TemporalId that there can be: that nothing refers to a picture is then known of hardly
/// any. Where the configuration is at hand, `unit_of` tells more.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::{Sap, hevc, nal::Framing};
/// use springhead_core::Limits;
///
/// let stream = Bytes::from_static(b"\0\0\0\x01\x46\x01\x50\0\0\x01\x28\x01\xac\x29\0");
/// let unit = hevc::unit(&stream, Framing::AnnexB, &Limits::default())?;
/// assert_eq!(unit.payload.to_bytes(), &b"\0\0\0\x04\x28\x01\xac\x29"[..]);
/// assert!(unit.sap == Some(Sap::Type1) && unit.new_picture);
/// # Ok::<(), hevc::HevcError>(())
/// ```
pub fn unit(payload: &Bytes, framing: Framing, limits: &Limits) -> Result<Unit, HevcError> {
    unit_of(payload, framing, HIGHEST_TEMPORAL_ID, limits)
}

/// Normalises one access unit (§7.4.2.4.4) of a stream in which no picture has a TemporalId above `highest_temporal_id`
/// ([`DecoderConfig::highest_temporal_id`](super::DecoderConfig::highest_temporal_id)).
///
/// The payload has the NAL units that a sample of `hvc1` keeps (ISO/IEC 14496-15 §8.3.2), each with its length in four bytes
/// before it: no access unit delimiter, filler, end of sequence or bitstream, no parameter set, and nothing of another layer
/// than the base layer. Messages that are of all pictures ([`sei::is_declarative`]) are kept, and are listed in
/// [`Unit::configuration`] with the parameter sets.
///
/// What kind of access point a picture is, its NAL unit type says: IDR_N_LP and BLA_N_LP have no leading pictures and are of
/// type 1. IDR_W_RADL and BLA_W_RADL may have leading pictures, which can be decoded: type 2. CRA and BLA_W_LP may have some
/// that refer to what came before, or to what is missing: type 3. Those are the RASL pictures, which are marked as leading.
///
/// A sub-layer non-reference picture is one that no picture of its own sub-layer refers to; pictures of higher sub-layers may
/// refer to it. It is therefore disposable only when it is in the highest sub-layer that the stream has.
///
/// A unit whose first slice segment is not the first of its picture carries on the one before. With an end of sequence goes
/// what it says, that a CRA picture behind it begins anew; that picture is of type 3 in any case, and its skipped pictures are
/// marked.
///
/// No payload byte is copied, as with [`avc::unit`](crate::avc::unit()). On an error the access unit is damaged as a whole
/// and is dropped: nothing of it was used.
pub fn unit_of(payload: &Bytes, framing: Framing, highest_temporal_id: u8, limits: &Limits) -> Result<Unit, HevcError> {
    let mut picture = Picture::default();
    let (payload, configuration) = sample::unit::<HevcError>(payload, framing, limits, |nal, offset| {
        let header = NalHeader::of(nal).ok_or(HevcError::Header { offset })?;
        Ok(match header.nal_type {
            _ if header.layer_id > 0 => Place::empty(),
            NalType::Vps | NalType::Sps | NalType::Pps => Place::CONFIGURATION,
            NalType::AccessUnitDelimiter | NalType::EndOfSequence | NalType::EndOfBitstream | NalType::Filler => {
                Place::empty()
            }
            NalType::PrefixSei if sei::declares(nal) => Place::all(),
            kind => {
                if kind.is_slice_segment() {
                    picture.see(&SliceStart::parse(nal)?, highest_temporal_id);
                }
                Place::SAMPLE
            }
        })
    })?;
    Ok(Unit {
        payload,
        sap: picture.kind.and_then(access_point),
        leading: picture.kind.is_some_and(NalType::is_rasl),
        disposable: picture.kind.is_some() && !picture.referred_to,
        has_picture: picture.kind.is_some(),
        new_picture: picture.begins,
        configuration,
    })
}

/// The access point that a picture is whose slice segments have that type, which is the same for all of them.
fn access_point(kind: NalType) -> Option<Sap> {
    match kind {
        NalType::IdrNLp | NalType::BlaNLp => Some(Sap::Type1),
        NalType::IdrWRadl | NalType::BlaWRadl => Some(Sap::Type2),
        NalType::Cra | NalType::BlaWLp => Some(Sap::Type3),
        _ => None,
    }
}

/// What the slice segments of an access unit say of its picture.
#[derive(Default)]
struct Picture {
    /// The type of the first.
    kind: Option<NalType>,
    begins: bool,
    referred_to: bool,
}

impl Picture {
    fn see(&mut self, start: &SliceStart, highest_temporal_id: u8) {
        self.begins |= self.kind.is_none() && start.first_in_picture;
        self.kind.get_or_insert(start.nal.nal_type);
        let highest = start.nal.temporal_id >= highest_temporal_id;
        self.referred_to |= !(highest && start.nal.nal_type.is_sub_layer_non_reference());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{byte_stream, prefixed};
    use crate::hevc::fixtures::{
        DEPENDENT_SLICES, FIELD_PICTURES, HDR10, OPEN_GOP, PARAMETER_SETS, RADL, SUB_LAYERS, nal_units,
    };
    use crate::hevc::{DecoderConfig, Sps};
    use crate::nal::NalError;

    const IDR: &[u8] = &[0x28, 1, 0xac, 0x29];
    const TRAIL: &[u8] = &[0x02, 1, 0xd0, 0x09];
    const VPS: &[u8] = &[0x40, 1, 0x0c];
    const SPS: &[u8] = &[0x42, 1, 0x01];
    const PPS: &[u8] = &[0x44, 1, 0xc0];
    const LIGHT: &[u8] = &[0x4e, 1, 0x90, 4, 3, 0xe8, 1, 0x90, 0x80];
    const TIMING: &[u8] = &[0x4e, 1, 1, 1, 0x11, 0x80];
    const HASH: &[u8] = &[0x50, 1, 0x84, 1, 0x02, 0x80];
    const DELIMITER: &[u8] = &[0x46, 1, 0x50];
    const FILLER: &[u8] = &[0x4c, 1, 0xff, 0x80];
    const END: [&[u8]; 2] = [&[0x48, 1], &[0x4a, 1]];

    fn normalised(nals: &[&[u8]]) -> Unit {
        unit(&prefixed(4, nals), Framing::LengthPrefixed(4), &Limits::default()).unwrap()
    }

    /// Every access unit of a fixture, in which each begins with its first NAL unit that is no slice segment, or with its
    /// first slice segment.
    fn access_units(stream: &'static [u8], highest_temporal_id: u8) -> Vec<Unit> {
        let nals = nal_units(stream);
        let is_slice = |nal: &Bytes| NalHeader::of(nal).unwrap().nal_type.is_slice_segment();
        let first = |nal: &Bytes| !is_slice(nal) || nal[2] & 0x80 != 0;
        let behind_picture = |nal: &Bytes| NalHeader::of(nal).unwrap().nal_type == NalType::SuffixSei;
        let begins = |at: usize| {
            first(&nals[at]) && is_slice(&nals[at - 1]) && !behind_picture(&nals[at]) || behind_picture(&nals[at - 1])
        };
        let mut cuts: Vec<_> = (1..nals.len()).filter(|&at| begins(at)).collect();
        cuts.insert(0, 0);
        cuts.push(nals.len());
        let of = |cut: &[usize]| {
            let nals: Vec<_> = nals[cut[0]..cut[1]].iter().map(|nal| &nal[..]).collect();
            unit_of(&byte_stream(&nals), Framing::AnnexB, highest_temporal_id, &Limits::default()).unwrap()
        };
        cuts.windows(2).map(of).collect()
    }

    #[test]
    fn a_damaged_unit_is_refused_as_a_whole() {
        let four =
            |bytes: &'static [u8]| unit(&Bytes::from_static(bytes), Framing::LengthPrefixed(4), &Limits::default());
        let beyond = NalError::LengthBeyondEnd { offset: 0, length: 9, available: 1 };
        assert_eq!(four(&[0, 0, 0, 9, 0x28]), Err(beyond.into()));
        for damaged in [&[0, 0, 0, 1, 0x28][..], &[0, 0, 0, 2, 0xa8, 1], &[0, 0, 0, 2, 0x28, 0]] {
            assert_eq!(four(damaged), Err(HevcError::Header { offset: 4 }));
        }
        let error = four(&[0, 0, 0, 2, 0x28, 1]);
        assert!(matches!(error, Err(HevcError::Syntax(e)) if e.field == "first_slice_segment_in_pic_flag"));
    }

    #[test]
    fn units_without_a_picture_say_so() {
        for nals in [&[][..], &[DELIMITER], &[TIMING], &[FILLER], &[VPS, SPS, PPS], &[&[]], &[&[0x2c, 1, 0xff]]] {
            let unit = normalised(nals);
            let flags = [unit.has_picture, unit.new_picture, unit.sap.is_some(), unit.leading, unit.disposable];
            assert_eq!(flags, [false; 5], "{nals:?}");
        }
        assert_eq!(normalised(&[TIMING]).payload.len(), 10, "messages are kept, for the picture that follows");
    }

    #[test]
    fn what_is_taken_out_leaves_runs_of_the_input() {
        let enhancement: &[u8] = &[0x02, 0x09, 0xd0];
        let nals = [DELIMITER, VPS, SPS, PPS, LIGHT, IDR, FILLER, enhancement, &[], HASH, END[0], END[1]];
        let input = prefixed(4, &nals);
        let unit = unit(&input, Framing::LengthPrefixed(4), &Limits::default()).unwrap();
        assert_eq!(unit.payload.to_bytes(), prefixed(4, &[LIGHT, IDR, HASH]));
        let first = prefixed(4, &nals[..4]).len();
        assert_eq!(unit.payload.slices()[0].as_ptr(), input[first..].as_ptr());
        assert_eq!(unit.payload.slices().len(), 2);
        assert_eq!(unit.configuration, [VPS, SPS, PPS, LIGHT]);
        assert_eq!(unit.configuration[0].as_ptr(), input[11..].as_ptr());
    }

    #[test]
    fn every_kind_of_access_point_is_what_the_standard_makes_it() {
        for (code, sap) in [
            (16, Some(Sap::Type3)),
            (17, Some(Sap::Type2)),
            (18, Some(Sap::Type1)),
            (19, Some(Sap::Type2)),
            (20, Some(Sap::Type1)),
            (21, Some(Sap::Type3)),
            (0, None),
            (1, None),
            (6, None),
        ] {
            let unit = normalised(&[&[code << 1, 1, 0xac, 0x29]]);
            assert_eq!((unit.sap, unit.leading, unit.has_picture), (sap, false, true), "{code}");
        }
    }

    #[test]
    fn an_open_group_begins_with_a_cra_picture_whose_skipped_pictures_are_leading() {
        let kinds: Vec<_> = access_units(OPEN_GOP, 0).iter().map(|u| (u.sap, u.leading, u.disposable)).collect();
        let (idr, cra) = ((Some(Sap::Type1), false, false), (Some(Sap::Type3), false, false));
        let (p, b, skipped) = ((None, false, false), (None, false, true), (None, true, true));
        assert_eq!(kinds, [idr, p, b, b, cra, skipped, skipped, p, b, b, cra, skipped, skipped]);
    }

    #[test]
    fn decodable_leading_pictures_are_not_left_out() {
        let kinds: Vec<_> = access_units(RADL, 0).iter().map(|u| (u.sap, u.leading, u.disposable)).collect();
        let (idr, with_leading) = ((Some(Sap::Type1), false, false), (Some(Sap::Type2), false, false));
        let (kept, unreferenced) = ((None, false, false), (None, false, true));
        let group = [with_leading, kept, unreferenced, kept];
        assert_eq!(kinds, [&[idr, kept][..], &group, &group].concat());
    }

    #[test]
    fn only_unreferenced_pictures_of_the_highest_sub_layer_are_disposable() {
        let found: Vec<_> = access_units(SUB_LAYERS, 6).into_iter().flat_map(|unit| unit.configuration).collect();
        let highest = DecoderConfig::from_found(&found).unwrap().highest_temporal_id().unwrap();
        let disposable =
            |highest| access_units(SUB_LAYERS, highest).iter().map(|unit| unit.disposable).collect::<Vec<_>>();
        assert_eq!(
            (highest, disposable(highest)),
            (2, vec![false, false, false, true, true, false, false, true, true])
        );
        assert_eq!(disposable(6), [false; 9], "nothing is known of the stream");
        // Of two sub-layers, a picture of the lower that its own does not refer to may be referred to by the higher.
        let one = |nal: &[u8], highest| {
            unit_of(&prefixed(4, &[nal]), Framing::LengthPrefixed(4), highest, &Limits::default()).unwrap().disposable
        };
        assert!(one(&[0, 1, 0xd0], 0) && !one(&[0, 1, 0xd0], 1) && one(&[0, 2, 0xd0], 1) && !one(&[2, 2, 0xd0], 1));
    }

    #[test]
    fn a_slice_segment_by_itself_carries_its_picture_on() {
        let whole = access_units(DEPENDENT_SLICES, 0);
        assert_eq!(whole.len(), 3);
        assert!(whole.iter().all(|unit| unit.new_picture && unit.has_picture));
        let slices = nal_units(DEPENDENT_SLICES).into_iter().map(|nal| normalised(&[&nal]));
        let begins: Vec<_> = slices.filter(|unit| unit.has_picture).map(|unit| unit.new_picture).collect();
        assert_eq!(begins, [true, false, false].repeat(3));
    }

    #[test]
    fn every_field_is_a_unit() {
        let fields = access_units(FIELD_PICTURES, 0);
        assert_eq!(fields.len(), 4);
        assert!(fields.iter().all(|unit| unit.new_picture && unit.payload.slices().len() >= 4));
        let config = DecoderConfig::from_found(&fields[0].configuration).unwrap();
        let vui = Sps::parse(&config.sps[0]).unwrap().vui.unwrap();
        let rates = (vui.field_seq, vui.frame_rate().map(|rate| (rate.num, rate.den)));
        assert_eq!(rates, (true, Some((25, 1))), "two of the fifty units in a second are a frame");
    }

    #[test]
    fn messages_about_all_pictures_are_configuration_and_stay_in_the_sample() {
        let found = PARAMETER_SETS[HDR10].found();
        let nals: Vec<_> = found.iter().map(|nal| &nal[..]).chain([IDR]).collect();
        let unit = normalised(&nals);
        assert_eq!(unit.configuration, found);
        assert_eq!(unit.payload.to_bytes(), prefixed(4, &nals[3..]));
        assert!(normalised(&[TIMING, IDR]).configuration.is_empty());
        assert!(normalised(&[TRAIL]).configuration.is_empty());
    }
}
