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
                kept.push(range);
            }
            vcl if vcl.is_vcl() => {
                picture.see_slice(nal, vcl)?;
                kept.push(range);
            }
            _ => kept.push(range),
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
    /// The input has lengths of four bytes: runs of it, lengths included.
    Runs(Vec<Range<usize>>),
    /// The input is framed otherwise: the NAL units alone.
    Units(Vec<Range<usize>>),
}

impl Kept {
    fn new(framing: Framing) -> Self {
        if framing == Framing::LengthPrefixed(LENGTH as u8) { Self::Runs(Vec::new()) } else { Self::Units(Vec::new()) }
    }

    fn push(&mut self, unit: Range<usize>) {
        match self {
            Self::Units(units) => units.push(unit),
            Self::Runs(runs) => {
                let framed = unit.start - LENGTH..unit.end;
                match runs.last_mut() {
                    Some(run) if run.end == framed.start => run.end = framed.end,
                    _ => runs.push(framed),
                }
            }
        }
    }

    fn into_rope(self, payload: &Bytes) -> Rope {
        match self {
            Self::Runs(runs) => runs.into_iter().map(|run| payload.slice(run)).collect(),
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
