//! The NAL unit header: ITU-T H.265 §7.3.1.2, Table 7-1.

/// `nal_unit_type`: what a NAL unit holds.
///
/// A name that ends in N is of a sub-layer non-reference picture: no later picture with the same TemporalId refers to it.
/// One that ends in R is of a sub-layer reference picture.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum NalType {
    /// 0: a slice segment of a trailing picture.
    TrailN,
    /// 1: likewise.
    TrailR,
    /// 2: a slice segment of a temporal sub-layer access picture.
    TsaN,
    /// 3: likewise.
    TsaR,
    /// 4: a slice segment of a step-wise temporal sub-layer access picture.
    StsaN,
    /// 5: likewise.
    StsaR,
    /// 6: a slice segment of a random access decodable leading picture.
    RadlN,
    /// 7: likewise.
    RadlR,
    /// 8: a slice segment of a random access skipped leading picture.
    RaslN,
    /// 9: likewise.
    RaslR,
    /// 16: a slice segment of a broken link picture that may have leading pictures.
    BlaWLp,
    /// 17: of one that may have decodable leading pictures only.
    BlaWRadl,
    /// 18: of one without leading pictures.
    BlaNLp,
    /// 19: a slice segment of an instantaneous decoding refresh picture that may have decodable leading pictures.
    IdrWRadl,
    /// 20: of one without leading pictures.
    IdrNLp,
    /// 21: a slice segment of a clean random access picture.
    Cra,
    /// 32: a video parameter set.
    Vps,
    /// 33: a sequence parameter set.
    Sps,
    /// 34: a picture parameter set.
    Pps,
    /// 35: an access unit delimiter.
    AccessUnitDelimiter,
    /// 36: the end of a coded video sequence.
    EndOfSequence,
    /// 37: the end of the bitstream.
    EndOfBitstream,
    /// 38: filler data.
    Filler,
    /// 39: supplemental enhancement information that comes before the picture.
    PrefixSei,
    /// 40: supplemental enhancement information that comes behind the slice segments that it is about.
    SuffixSei,
    /// Any other, which the standard reserves or leaves to others. Carried as they are.
    Other(u8),
}

/// Table 7-1: the types by their codes.
const CODES: [(u8, NalType); 25] = [
    (0, NalType::TrailN),
    (1, NalType::TrailR),
    (2, NalType::TsaN),
    (3, NalType::TsaR),
    (4, NalType::StsaN),
    (5, NalType::StsaR),
    (6, NalType::RadlN),
    (7, NalType::RadlR),
    (8, NalType::RaslN),
    (9, NalType::RaslR),
    (16, NalType::BlaWLp),
    (17, NalType::BlaWRadl),
    (18, NalType::BlaNLp),
    (19, NalType::IdrWRadl),
    (20, NalType::IdrNLp),
    (21, NalType::Cra),
    (32, NalType::Vps),
    (33, NalType::Sps),
    (34, NalType::Pps),
    (35, NalType::AccessUnitDelimiter),
    (36, NalType::EndOfSequence),
    (37, NalType::EndOfBitstream),
    (38, NalType::Filler),
    (39, NalType::PrefixSei),
    (40, NalType::SuffixSei),
];

impl NalType {
    /// The type that the first byte of a NAL unit states.
    pub fn of(header: u8) -> Self {
        let code = (header >> 1) & 0x3f;
        CODES.iter().find(|(known, _)| *known == code).map_or(Self::Other(code), |(_, kind)| *kind)
    }

    /// `nal_unit_type`, 0 to 63.
    pub fn code(self) -> u8 {
        match self {
            Self::Other(code) => code,
            named => CODES.iter().find(|(_, kind)| *kind == named).map_or(0, |(code, _)| *code),
        }
    }

    /// Whether it is a coded slice segment of a type that the standard defines. Decoders ignore the reserved ones.
    pub fn is_slice_segment(self) -> bool {
        !matches!(self, Self::Other(_)) && self.code() < 32
    }

    /// IRAP: an intra random access point picture.
    pub fn is_irap(self) -> bool {
        (16..=23).contains(&self.code())
    }

    /// An instantaneous decoding refresh picture.
    pub fn is_idr(self) -> bool {
        matches!(self, Self::IdrWRadl | Self::IdrNLp)
    }

    /// A broken link access picture: a clean random access picture whose earlier pictures are not those that it was coded
    /// with.
    pub fn is_bla(self) -> bool {
        matches!(self, Self::BlaWLp | Self::BlaWRadl | Self::BlaNLp)
    }

    /// A random access skipped leading picture, which may refer to what came before the access point that it follows.
    pub fn is_rasl(self) -> bool {
        matches!(self, Self::RaslN | Self::RaslR)
    }

    /// A random access decodable leading picture.
    pub fn is_radl(self) -> bool {
        matches!(self, Self::RadlN | Self::RadlR)
    }

    /// A slice segment of a sub-layer non-reference picture.
    pub fn is_sub_layer_non_reference(self) -> bool {
        matches!(self, Self::TrailN | Self::TsaN | Self::StsaN | Self::RadlN | Self::RaslN)
    }
}

/// `nal_unit_header()`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NalHeader {
    /// `nal_unit_type`.
    pub nal_type: NalType,
    /// `nuh_layer_id`, 0 to 63: 0 in the base layer, which is all that single-layer decoders know.
    pub layer_id: u8,
    /// TemporalId, `nuh_temporal_id_plus1` - 1, 0 to 6.
    pub temporal_id: u8,
}

/// Bytes of `nal_unit_header()`.
pub(super) const HEADER_BYTES: usize = NalHeader::LEN;

impl NalHeader {
    /// The bytes of a header.
    pub const LEN: usize = 2;

    /// The header of a NAL unit; none when it has fewer than two bytes, when `forbidden_zero_bit` is set or when
    /// `nuh_temporal_id_plus1` is 0, neither of which may be.
    ///
    /// ```
    /// use springhead_codec::hevc::{NalHeader, NalType};
    /// let header = NalHeader::of(&[0x26, 0x01, 0xaf]);
    /// assert_eq!(header, Some(NalHeader { nal_type: NalType::IdrWRadl, layer_id: 0, temporal_id: 0 }));
    /// assert_eq!(NalHeader::of(&[0x26]), None);
    /// ```
    pub fn of(nal: &[u8]) -> Option<Self> {
        let (first, second) = (*nal.first()?, *nal.get(1)?);
        let sound = first & 0x80 == 0 && second & 7 != 0;
        sound.then(|| Self {
            nal_type: NalType::of(first),
            layer_id: ((first & 1) << 5) | (second >> 3),
            temporal_id: (second & 7) - 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_headers_are_none() {
        for nal in [&[][..], &[0x40], &[0xc0, 0x01], &[0x40, 0x00], &[0x40, 0x08]] {
            assert_eq!(NalHeader::of(nal), None, "{nal:02x?}");
        }
        let header = NalHeader { nal_type: NalType::TsaN, layer_id: 33, temporal_id: 6 };
        assert_eq!(NalHeader::of(&[0x05, 0x0f]), Some(header));
    }

    #[test]
    fn every_code_comes_back() {
        for code in 0..64 {
            assert_eq!(NalType::of(code << 1).code(), code);
        }
    }

    #[test]
    fn the_kinds_of_pictures_are_those_of_table_7_1() {
        let codes = |is: fn(NalType) -> bool| (0..64).filter(|code| is(NalType::of(code << 1))).collect::<Vec<u8>>();
        assert_eq!(codes(NalType::is_slice_segment), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 18, 19, 20, 21]);
        assert_eq!(codes(NalType::is_irap), [16, 17, 18, 19, 20, 21, 22, 23]);
        assert_eq!(codes(NalType::is_idr), [19, 20]);
        assert_eq!(codes(NalType::is_bla), [16, 17, 18]);
        assert_eq!((codes(NalType::is_radl), codes(NalType::is_rasl)), (vec![6, 7], vec![8, 9]));
        assert_eq!(codes(NalType::is_sub_layer_non_reference), [0, 2, 4, 6, 8]);
    }
}
