//! Access units in the form of the family: length-prefixed, without what does not belong into an `avc1` sample.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use springhead_core::{Limits, Rope};

use super::nal_type::ref_idc;
use super::sei::RecoveryPoint;
use super::slice::SliceStart;
use super::{AvcError, NalType};
use crate::nal::{self, Framing, NalError};

/// One access unit (ITU-T H.264 §7.4.1.2.3), normalised.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Unit {
    /// The NAL units that a sample of `avc1` keeps (ISO/IEC 14496-15 §5.3), each with its length in four bytes before it:
    /// no access unit delimiter, filler, end of sequence or stream, and no parameter set. Slices of the input.
    pub payload: Rope,
    /// The picture is an IDR picture: decoding can start here, and nothing before it is referred to.
    pub random_access: bool,
    /// The picture is intra only and a recovery point SEI message says that output is right from it on: the start of an
    /// open group of pictures. Leading pictures after it may refer to what comes before it, so it is no
    /// [`random_access`](Self::random_access).
    pub recovery_point: bool,
    /// Nothing refers to the picture: every slice has `nal_ref_idc` 0.
    pub disposable: bool,
    /// There is a coded picture at all. Without one there is nothing to make a sample of.
    pub has_picture: bool,
    /// The first slice begins a picture: its `first_mb_in_slice` is 0. Without, the unit carries on the one before, as from
    /// a source that sends every slice by itself.
    pub new_picture: bool,
    /// Sequence parameter sets that were found and taken out, NAL unit header included.
    pub sps: Vec<Bytes>,
    /// Picture parameter sets that were taken out.
    pub pps: Vec<Bytes>,
    /// Sequence parameter set extensions that were taken out.
    pub sps_ext: Vec<Bytes>,
}

/// Bytes of the lengths that are written.
const LENGTH: usize = 4;

/// Normalises one access unit.
///
/// No payload byte is copied. Where the input already has lengths of four bytes and nothing is taken out, the payload is
/// the input itself, one slice; where something is taken out, the runs that remain are slices. Where the framing changes,
/// the new lengths share one small allocation.
///
/// On an error the access unit is damaged as a whole and is dropped: nothing of it was used.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::{avc, nal::Framing};
/// use springhead_core::Limits;
///
/// let stream = Bytes::from_static(b"\0\0\0\x01\x09\xf0\0\0\x01\x65\x88\x84\0\0\x03\x01\xff\0");
/// let unit = avc::unit(&stream, Framing::AnnexB, &Limits::default())?;
/// assert_eq!(unit.payload.to_bytes(), &b"\0\0\0\x08\x65\x88\x84\0\0\x03\x01\xff"[..]);
/// assert!(unit.random_access && unit.new_picture);
/// # Ok::<(), avc::AvcError>(())
/// ```
pub fn unit(payload: &Bytes, framing: Framing, limits: &Limits) -> Result<Unit, AvcError> {
    if payload.len() > limits.unit_bytes {
        return Err(NalError::TooLong { bytes: payload.len(), limit: limits.unit_bytes }.into());
    }
    let mut unit = Unit::default();
    let mut kept = Kept::new(framing);
    let mut picture = Picture::default();
    for (index, range) in nal::units(payload, framing).enumerate() {
        let range = range?;
        if index >= limits.nal_units {
            return Err(NalError::TooMany { limit: limits.nal_units }.into());
        }
        let nal = &payload[range.clone()];
        if nal[0] & 0x80 != 0 {
            return Err(AvcError::ForbiddenBit { offset: range.start });
        }
        match NalType::of(nal[0]) {
            NalType::Sps => unit.sps.push(payload.slice(range)),
            NalType::Pps => unit.pps.push(payload.slice(range)),
            NalType::SpsExtension => unit.sps_ext.push(payload.slice(range)),
            NalType::AccessUnitDelimiter | NalType::EndOfSequence | NalType::EndOfStream | NalType::Filler => {}
            NalType::Sei => {
                picture.see_sei(nal);
                kept.push(range, payload);
            }
            vcl if vcl.is_vcl() => {
                picture.see_slice(nal, vcl)?;
                kept.push(range, payload);
            }
            _ => kept.push(range, payload),
        }
    }
    unit.payload = kept.into_rope(payload);
    unit.has_picture = picture.has_slice;
    unit.new_picture = picture.begins;
    unit.random_access = picture.idr;
    unit.recovery_point = picture.recovers_here && picture.has_slice && !picture.predicted;
    unit.disposable = picture.has_slice && !picture.referred_to;
    Ok(unit)
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

/// The NAL units that are kept.
enum Kept {
    /// The input has lengths of four bytes: runs of it, lengths included, the last of which may still grow.
    Runs { before: Rope, run: Range<usize> },
    /// The input is framed otherwise: the NAL units alone.
    Units(Vec<Range<usize>>),
}

impl Kept {
    fn new(framing: Framing) -> Self {
        if framing == Framing::LengthPrefixed(LENGTH as u8) {
            Self::Runs { before: Rope::new(), run: 0..0 }
        } else {
            Self::Units(Vec::new())
        }
    }

    fn push(&mut self, unit: Range<usize>, payload: &Bytes) {
        match self {
            Self::Units(units) => units.push(unit),
            Self::Runs { before, run } => {
                let framed = unit.start - LENGTH..unit.end;
                if run.end == framed.start {
                    run.end = framed.end;
                } else {
                    before.push(payload.slice(std::mem::replace(run, framed)));
                }
            }
        }
    }

    fn into_rope(self, payload: &Bytes) -> Rope {
        match self {
            Self::Runs { mut before, run } => {
                before.push(payload.slice(run));
                before
            }
            Self::Units(units) => {
                let mut lengths = BytesMut::with_capacity(units.len() * LENGTH);
                for unit in &units {
                    let length = u32::try_from(unit.len()).expect("the limit on an access unit is far below 4 GiB");
                    lengths.extend_from_slice(&length.to_be_bytes());
                }
                let lengths = lengths.freeze();
                let framed = units.into_iter().enumerate();
                framed
                    .flat_map(|(at, unit)| [lengths.slice(at * LENGTH..(at + 1) * LENGTH), payload.slice(unit)])
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::nal::annexb::START_CODE;

    const IDR: &[u8] = &[0x65, 0x88, 0x84];
    const P: &[u8] = &[0x41, 0x9a, 0x23];
    const SPS: &[u8] = &[0x67, 77, 0, 30];
    const PPS: &[u8] = &[0x68, 0xef];
    const RECOVERY: &[u8] = &[0x06, 0x06, 0x01, 0xc4, 0x80];
    const DELIMITER: &[u8] = &[9, 0xf0];
    const FILLER: &[u8] = &[12, 0xff, 0x80];

    fn prefixed(size: u8, nals: &[&[u8]]) -> Bytes {
        let length = |nal: &[u8]| (nal.len() as u32).to_be_bytes()[4 - usize::from(size)..].to_vec();
        nals.iter().flat_map(|nal| [length(nal), nal.to_vec()].concat()).collect()
    }

    fn byte_stream(nals: &[&[u8]]) -> Bytes {
        nals.iter().flat_map(|nal| [&START_CODE[..], nal].concat()).collect()
    }

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
    fn limits_hold() {
        let limits = Limits { nal_units: 2, unit_bytes: 21, ..Limits::default() };
        let of = |nals: &[&[u8]]| unit(&prefixed(4, nals), Framing::LengthPrefixed(4), &limits);
        assert_eq!(of(&[&[6], &[6], &[6]]), Err(NalError::TooMany { limit: 2 }.into()));
        assert_eq!(of(&[P, P, P, P]), Err(NalError::TooLong { bytes: 28, limit: 21 }.into()));
        assert!(of(&[P, P]).is_ok());
    }

    #[test]
    fn units_without_a_picture_say_so() {
        for nals in [&[][..], &[DELIMITER], &[RECOVERY], &[FILLER], &[SPS, PPS], &[&[]]] {
            let unit = normalised(nals);
            let flags = [unit.has_picture, unit.new_picture, unit.random_access, unit.recovery_point, unit.disposable];
            assert_eq!(flags, [false; 5], "{nals:?}");
        }
        assert_eq!(normalised(&[RECOVERY]).payload.len(), 9, "messages are kept, for the picture that follows");
    }

    #[test]
    fn what_needs_no_change_is_the_input_itself() {
        let input = prefixed(4, &[RECOVERY, IDR, IDR]);
        let unit = unit(&input, Framing::LengthPrefixed(4), &Limits::default()).unwrap();
        assert_eq!(unit.payload.slices().len(), 1);
        assert_eq!((unit.payload.slices()[0].as_ptr(), unit.payload.len()), (input.as_ptr(), input.len()));
    }

    #[test]
    fn what_is_taken_out_leaves_runs_of_the_input() {
        let input = prefixed(4, &[DELIMITER, SPS, PPS, &[0x6d, 1], RECOVERY, IDR, FILLER, &[], IDR, &[10], &[11]]);
        let unit = unit(&input, Framing::LengthPrefixed(4), &Limits::default()).unwrap();
        assert_eq!(unit.payload.to_bytes(), prefixed(4, &[RECOVERY, IDR, IDR]));
        let first = input.len() - prefixed(4, &[RECOVERY, IDR, FILLER, &[], IDR, &[10], &[11]]).len();
        assert_eq!(unit.payload.slices()[0].as_ptr(), input[first..].as_ptr());
        assert_eq!(unit.payload.slices().len(), 2);
        assert_eq!((&unit.sps[0][..], &unit.pps[0][..], &unit.sps_ext[0][..]), (SPS, PPS, &[0x6d, 1][..]));
        assert_eq!(unit.sps[0].as_ptr(), input[10..].as_ptr());
    }

    #[test]
    fn every_framing_gives_the_same_sample_and_copies_no_payload() {
        let nals = [DELIMITER, RECOVERY, IDR];
        let expected = prefixed(4, &nals[1..]);
        for (framing, input) in [
            (Framing::AnnexB, byte_stream(&nals)),
            (Framing::LengthPrefixed(1), prefixed(1, &nals)),
            (Framing::LengthPrefixed(2), prefixed(2, &nals)),
            (Framing::LengthPrefixed(4), prefixed(4, &nals)),
        ] {
            let unit = unit(&input, framing, &Limits::default()).unwrap();
            assert_eq!(unit.payload.to_bytes(), expected, "{framing:?}");
            let inside = input.as_ptr_range();
            assert!(inside.contains(&unit.payload.slices().last().unwrap().as_ptr()), "{framing:?}");
        }
    }

    #[test]
    fn an_open_group_begins_with_a_recovery_point_that_is_no_random_access() {
        let begins = |before: &[u8], this: &[u8]| {
            let start = |nal: &[u8]| matches!(NalType::of(nal[0]), NalType::Sps);
            let slice = |nal: &[u8]| NalType::of(nal[0]).is_vcl();
            start(this) || (slice(before) && slice(this))
        };
        let units = access_units(fixtures::OPEN_GOP, begins);
        let kinds: Vec<_> =
            units.iter().map(|unit| (unit.random_access, unit.recovery_point, unit.disposable)).collect();
        let (idr, open) = ((true, false, false), (false, true, false));
        let (kept, b) = ((false, false, false), (false, false, true));
        assert_eq!(kinds, [idr, kept, kept, b, open, kept, kept, b]);
        assert!(units.iter().all(|unit| unit.has_picture && unit.new_picture));
        assert_eq!((units[4].sps.len(), units[4].pps.len()), (1, 1));
    }

    #[test]
    fn a_recovery_point_counts_only_on_an_intra_picture_that_is_right_at_once() {
        assert!(normalised(&[RECOVERY, &[0x41, 0x88, 0x84]]).recovery_point);
        assert!(!normalised(&[RECOVERY, P]).recovery_point);
        assert!(!normalised(&[RECOVERY, &[0x41, 0x88, 0x84], P]).recovery_point);
        let later: &[u8] = &[0x06, 0x06, 0x01, 0x64, 0x80];
        assert!(!normalised(&[later, &[0x41, 0x88, 0x84]]).recovery_point);
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
