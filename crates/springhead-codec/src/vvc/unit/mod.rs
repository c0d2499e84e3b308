//! Access units in the form of the family: length-prefixed, without what does not belong into a `vvc1` sample.

#[cfg(test)]
mod tests;

use bytes::Bytes;
use springhead_core::Limits;

use super::{NalHeader, NalType, PictureStart, VvcError};
use crate::nal::Framing;
use crate::nal::sample::{self, Place};
use crate::{Sap, Unit};

/// Normalises one access unit (§7.4.2.4).
///
/// The payload has the NAL units that a sample of `vvc1` keeps (ISO/IEC 14496-15 §11.2), each with its length in four bytes
/// before it: no access unit delimiter, filler, end of sequence or bitstream, and nothing of what configures a decoder
/// (operating point and decoding capability information, video, sequence and picture parameter sets). Adaptation parameter
/// sets and picture headers belong to their pictures and stay.
///
/// An IDR picture without leading pictures is an access point of type 1, one that may have decodable ones of type 2, a clean
/// random access picture of type 3. A gradual decoding refresh picture is none: what is shown is right only some pictures
/// later. A picture whose slices differ in type is none either. A unit of random access skipped leading slices is leading;
/// one whose picture header has `ph_non_ref_pic_flag` is disposable. A unit begins a picture when it has a picture header,
/// by itself or in a slice. Of several layers the one that comes first decides.
///
/// No payload byte is copied. Where the input already has lengths of four bytes and nothing is taken out, the payload is
/// the input itself, one slice; where something is taken out, the runs that remain are slices. Where the framing changes,
/// the new lengths share one small allocation.
///
/// On an error the access unit is damaged as a whole and is dropped: nothing of it was used.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::{Sap, nal::Framing, vvc};
/// use springhead_core::Limits;
///
/// let stream = Bytes::from_static(b"\0\0\0\x01\0\xa1\xa8\0\0\x01\0\x39\xc4\x05");
/// let unit = vvc::unit(&stream, Framing::AnnexB, &Limits::default())?;
/// assert_eq!(unit.payload.to_bytes(), &b"\0\0\0\x04\0\x39\xc4\x05"[..]);
/// assert!(unit.sap == Some(Sap::Type2) && unit.new_picture);
/// # Ok::<(), vvc::VvcError>(())
/// ```
pub fn unit(payload: &Bytes, framing: Framing, limits: &Limits) -> Result<Unit, VvcError> {
    let mut picture = Picture::default();
    let (payload, configuration) = sample::unit(payload, framing, limits, |nal, offset| {
        if nal[0] & 0x80 != 0 {
            return Err(VvcError::ForbiddenBit { offset });
        }
        let header = NalHeader::of(nal).ok_or(VvcError::ShortNal { offset })?;
        Ok(match header.nal_type {
            NalType::Opi | NalType::Dci | NalType::Vps | NalType::Sps | NalType::Pps => Place::CONFIGURATION,
            NalType::AccessUnitDelimiter | NalType::EndOfSequence | NalType::EndOfBitstream | NalType::Filler => {
                Place::empty()
            }
            kind => {
                if kind.is_vcl() || kind == NalType::PictureHeader {
                    picture.see(nal, header)?;
                }
                Place::SAMPLE
            }
        })
    })?;
    let sap = match picture.slices {
        Some(NalType::IdrNoLeading) => Some(Sap::Type1),
        Some(NalType::IdrWithRadl) => Some(Sap::Type2),
        Some(NalType::Cra) => Some(Sap::Type3),
        _ => None,
    };
    Ok(Unit {
        payload,
        sap,
        leading: picture.slices == Some(NalType::Rasl),
        disposable: picture.slices.is_some() && picture.start.is_some_and(|start| start.non_reference),
        has_picture: picture.slices.is_some(),
        new_picture: picture.start.is_some(),
        configuration,
    })
}

/// What the headers of the first layer of an access unit say of its picture.
#[derive(Default)]
struct Picture {
    layer: Option<u8>,
    start: Option<PictureStart>,
    /// The type of all slices; that of a trailing picture when they differ.
    slices: Option<NalType>,
}

impl Picture {
    fn see(&mut self, nal: &[u8], header: NalHeader) -> Result<(), VvcError> {
        if *self.layer.get_or_insert(header.layer_id) != header.layer_id {
            return Ok(());
        }
        self.start = self.start.or(PictureStart::parse(nal)?);
        if header.nal_type.is_vcl() {
            let same = self.slices.is_none_or(|before| before == header.nal_type);
            self.slices = Some(if same { header.nal_type } else { NalType::Trail });
        }
        Ok(())
    }
}
