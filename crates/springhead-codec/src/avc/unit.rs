//! Access units in the form of the family: length-prefixed, without what does not belong into an `avc1` sample.

use bytes::Bytes;
use springhead_core::Limits;

use super::nal_type::ref_idc;
use super::sei::RecoveryPoint;
use super::slice::SliceStart;
use super::{AvcError, NalType};
use crate::nal::Framing;
use crate::nal::sample::{self, Place};
use crate::{Sap, Unit};

/// Normalises one access unit (§7.4.1.2.3).
///
/// The payload has the NAL units that a sample of `avc1` keeps (ISO/IEC 14496-15 §5.3), each with its length in four bytes
/// before it: no access unit delimiter, filler, end of sequence or stream, and no parameter set.
///
/// An IDR picture is an access point of type 1. One of type 3 is an intra picture of which a recovery point SEI message says
/// that output is right from it on: the start of an open group of pictures. A unit whose slices all have `nal_ref_idc` 0 is
/// disposable; one whose first slice has another `first_mb_in_slice` than 0 carries on the one before. Leading pictures are
/// not marked in the bitstream: only their times tell them.
///
/// No payload byte is copied. Where the input already has lengths of four bytes and nothing is taken out, the payload is
/// the input itself, one slice; where something is taken out, the runs that remain are slices. Where the framing changes,
/// the new lengths share one small allocation.
///
/// On an error the access unit is damaged as a whole and is dropped: nothing of it was used.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::{Sap, avc, nal::Framing};
/// use springhead_core::Limits;
///
/// let stream = Bytes::from_static(b"\0\0\0\x01\x09\xf0\0\0\x01\x65\x88\x84\0\0\x03\x01\xff\0");
/// let unit = avc::unit(&stream, Framing::AnnexB, &Limits::default())?;
/// assert_eq!(unit.payload.to_bytes(), &b"\0\0\0\x08\x65\x88\x84\0\0\x03\x01\xff"[..]);
/// assert!(unit.sap == Some(Sap::Type1) && unit.new_picture);
/// # Ok::<(), avc::AvcError>(())
/// ```
pub fn unit(payload: &Bytes, framing: Framing, limits: &Limits) -> Result<Unit, AvcError> {
    let mut picture = Picture::default();
    let (payload, configuration) = sample::unit(payload, framing, limits, |nal, offset| {
        if nal[0] & 0x80 != 0 {
            return Err(AvcError::ForbiddenBit { offset });
        }
        Ok(match NalType::of(nal[0]) {
            NalType::Sps | NalType::Pps | NalType::SpsExtension => Place::CONFIGURATION,
            NalType::AccessUnitDelimiter | NalType::EndOfSequence | NalType::EndOfStream | NalType::Filler => {
                Place::empty()
            }
            kind => {
                if kind == NalType::Sei {
                    picture.see_sei(nal);
                } else if kind.is_vcl() {
                    picture.see_slice(nal, kind)?;
                }
                Place::SAMPLE
            }
        })
    })?;
    let sap = if picture.idr {
        Some(Sap::Type1)
    } else {
        (picture.recovers_here && picture.has_slice && !picture.predicted).then_some(Sap::Type3)
    };
    Ok(Unit {
        payload,
        sap,
        leading: false,
        disposable: picture.has_slice && !picture.referred_to,
        has_picture: picture.has_slice,
        new_picture: picture.begins,
        configuration,
    })
}

/// What the slices and messages of an access unit say of its picture.
#[derive(Default)]
struct Picture {
    has_slice: bool,
    begins: bool,
    idr: bool,
    referred_to: bool,
    predicted: bool,
    recovers_here: bool,
}

impl Picture {
    fn see_slice(&mut self, nal: &[u8], kind: NalType) -> Result<(), AvcError> {
        if kind.has_slice_header() {
            let start = SliceStart::parse(nal)?;
            self.begins |= !self.has_slice && start.first_mb == 0;
            self.predicted |= !start.slice_type.is_intra();
        }
        self.has_slice = true;
        self.idr |= kind == NalType::IdrSlice;
        self.referred_to |= ref_idc(nal[0]) != 0;
        Ok(())
    }

    /// Damaged messages are carried on, as nothing depends on them; a recovery point is taken from sound ones only.
    fn see_sei(&mut self, nal: &[u8]) {
        if let Ok(Some(point)) = RecoveryPoint::find(nal) {
            self.recovers_here |= point.frame_count == 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, byte_stream, prefixed};
    use crate::nal::{self, NalError};

    const IDR: &[u8] = &[0x65, 0x88, 0x84];
    const P: &[u8] = &[0x41, 0x9a, 0x23];
    const SPS: &[u8] = &[0x67, 77, 0, 30];
    const PPS: &[u8] = &[0x68, 0xef];
    const RECOVERY: &[u8] = &[0x06, 0x06, 0x01, 0xc4, 0x80];
    const DELIMITER: &[u8] = &[9, 0xf0];
    const FILLER: &[u8] = &[12, 0xff, 0x80];

    fn normalised(nals: &[&[u8]]) -> Unit {
        unit(&prefixed(4, nals), Framing::LengthPrefixed(4), &Limits::default()).unwrap()
    }

    /// Every access unit of a byte stream that has delimiters, or that begins each with what `begins` says.
    fn access_units(stream: &[u8], begins: impl Fn(&[u8], &[u8]) -> bool) -> Vec<Unit> {
        let nals: Vec<_> = nal::units(stream, Framing::AnnexB).map(|range| &stream[range.unwrap()]).collect();
        let mut cuts: Vec<_> = (1..nals.len()).filter(|&at| begins(nals[at - 1], nals[at])).collect();
        cuts.insert(0, 0);
        cuts.push(nals.len());
        let of =
            |cut: &[usize]| unit(&byte_stream(&nals[cut[0]..cut[1]]), Framing::AnnexB, &Limits::default()).unwrap();
        cuts.windows(2).map(of).collect()
    }

    #[test]
    fn a_damaged_unit_is_refused_as_a_whole() {
        let four =
            |bytes: &'static [u8]| unit(&Bytes::from_static(bytes), Framing::LengthPrefixed(4), &Limits::default());
        let beyond = NalError::LengthBeyondEnd { offset: 0, length: 9, available: 1 };
        assert_eq!(four(&[0, 0, 0, 9, 0x65]), Err(beyond.into()));
        assert_eq!(four(&[0, 0, 0, 1, 0xe5]), Err(AvcError::ForbiddenBit { offset: 4 }));
        assert!(
            matches!(four(&[0, 0, 0, 1, 0x65]), Err(AvcError::Syntax(error)) if error.field == "first_mb_in_slice")
        );
    }

    #[test]
    fn units_without_a_picture_say_so() {
        for nals in [&[][..], &[DELIMITER], &[RECOVERY], &[FILLER], &[SPS, PPS], &[&[]]] {
            let unit = normalised(nals);
            let flags = [unit.has_picture, unit.new_picture, unit.sap.is_some(), unit.disposable];
            assert_eq!(flags, [false; 4], "{nals:?}");
        }
        assert_eq!(normalised(&[RECOVERY]).payload.len(), 9, "messages are kept, for the picture that follows");
    }

    #[test]
    fn what_is_taken_out_leaves_runs_of_the_input() {
        let input = prefixed(4, &[DELIMITER, SPS, PPS, &[0x6d, 1], RECOVERY, IDR, FILLER, &[], IDR, &[10], &[11]]);
        let unit = unit(&input, Framing::LengthPrefixed(4), &Limits::default()).unwrap();
        assert_eq!(unit.payload.to_bytes(), prefixed(4, &[RECOVERY, IDR, IDR]));
        let first = input.len() - prefixed(4, &[RECOVERY, IDR, FILLER, &[], IDR, &[10], &[11]]).len();
        assert_eq!(unit.payload.slices()[0].as_ptr(), input[first..].as_ptr());
        assert_eq!(unit.payload.slices().len(), 2);
        assert_eq!(unit.configuration, [SPS, PPS, &[0x6d, 1]]);
        assert_eq!(unit.configuration[0].as_ptr(), input[10..].as_ptr());
    }

    #[test]
    fn an_open_group_begins_with_a_recovery_point_that_is_no_random_access() {
        let begins = |before: &[u8], this: &[u8]| {
            let start = |nal: &[u8]| matches!(NalType::of(nal[0]), NalType::Sps);
            let slice = |nal: &[u8]| NalType::of(nal[0]).is_vcl();
            start(this) || (slice(before) && slice(this))
        };
        let units = access_units(fixtures::OPEN_GOP, begins);
        let kinds: Vec<_> = units.iter().map(|unit| (unit.sap, unit.disposable)).collect();
        let (idr, open) = ((Some(Sap::Type1), false), (Some(Sap::Type3), false));
        let (kept, b) = ((None, false), (None, true));
        assert_eq!(kinds, [idr, kept, kept, b, open, kept, kept, b]);
        assert!(units.iter().all(|unit| unit.has_picture && unit.new_picture));
        assert_eq!(units[4].configuration.len(), 2);
    }

    #[test]
    fn a_recovery_point_counts_only_on_an_intra_picture_that_is_right_at_once() {
        assert_eq!(normalised(&[RECOVERY, &[0x41, 0x88, 0x84]]).sap, Some(Sap::Type3));
        assert_eq!(normalised(&[RECOVERY, P]).sap, None);
        assert_eq!(normalised(&[RECOVERY, &[0x41, 0x88, 0x84], P]).sap, None);
        let later: &[u8] = &[0x06, 0x06, 0x01, 0x64, 0x80];
        assert_eq!(normalised(&[later, &[0x41, 0x88, 0x84]]).sap, None);
    }

    #[test]
    fn a_slice_by_itself_carries_its_picture_on() {
        let units = access_units(fixtures::TWO_SLICES, |_, nal| NalType::of(nal[0]).is_vcl());
        let begins: Vec<_> = units.iter().filter(|unit| unit.has_picture).map(|unit| unit.new_picture).collect();
        assert_eq!(begins, [true, false].repeat(6));
        let whole = access_units(fixtures::TWO_SLICES, |_, nal| NalType::of(nal[0]) == NalType::AccessUnitDelimiter);
        assert_eq!(
            whole.iter().map(|unit| unit.disposable).collect::<Vec<_>>(),
            [false, false, false, true, false, true]
        );
        assert!(whole.iter().all(|unit| unit.new_picture));
    }
}
