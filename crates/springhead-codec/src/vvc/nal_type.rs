//! The NAL unit header: §7.3.1.2, Table 5.

/// `nal_unit_type`: what a NAL unit holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum NalType {
    /// 0: a slice of a trailing picture.
    Trail,
    /// 1: a slice of a step-wise temporal sublayer access picture.
    Stsa,
    /// 2: a slice of a leading picture that can be decoded after reading began at the access point before it.
    Radl,
    /// 3: a slice of a leading picture that cannot be decoded then.
    Rasl,
    /// 7: a slice of an IDR picture that may have decodable leading pictures.
    IdrWithRadl,
    /// 8: a slice of an IDR picture that has no leading pictures.
    IdrNoLeading,
    /// 9: a slice of a clean random access picture.
    Cra,
    /// 10: a slice of a gradual decoding refresh picture.
    Gdr,
    /// 12: operating point information.
    Opi,
    /// 13: decoding capability information.
    Dci,
    /// 14: a video parameter set.
    Vps,
    /// 15: a sequence parameter set.
    Sps,
    /// 16: a picture parameter set.
    Pps,
    /// 17: an adaptation parameter set before the slices.
    PrefixAps,
    /// 18: an adaptation parameter set after them.
    SuffixAps,
    /// 19: a picture header.
    PictureHeader,
    /// 20: an access unit delimiter.
    AccessUnitDelimiter,
    /// 21: the end of a sequence.
    EndOfSequence,
    /// 22: the end of the bitstream.
    EndOfBitstream,
    /// 23: supplemental enhancement information before the slices.
    PrefixSei,
    /// 24: supplemental enhancement information after them.
    SuffixSei,
    /// 25: filler data.
    Filler,
    /// Any other: reserved and unspecified types. Carried as they are.
    Other(u8),
}

/// The types by their code, where they have a name.
const NAMED: [(u8, NalType); 22] = [
    (0, NalType::Trail),
    (1, NalType::Stsa),
    (2, NalType::Radl),
    (3, NalType::Rasl),
    (7, NalType::IdrWithRadl),
    (8, NalType::IdrNoLeading),
    (9, NalType::Cra),
    (10, NalType::Gdr),
    (12, NalType::Opi),
    (13, NalType::Dci),
    (14, NalType::Vps),
    (15, NalType::Sps),
    (16, NalType::Pps),
    (17, NalType::PrefixAps),
    (18, NalType::SuffixAps),
    (19, NalType::PictureHeader),
    (20, NalType::AccessUnitDelimiter),
    (21, NalType::EndOfSequence),
    (22, NalType::EndOfBitstream),
    (23, NalType::PrefixSei),
    (24, NalType::SuffixSei),
    (25, NalType::Filler),
];

impl NalType {
    /// The type of that `nal_unit_type`, of which the low five bits are taken.
    pub fn of(code: u8) -> Self {
        let code = code & 0x1f;
        NAMED.iter().find(|(named, _)| *named == code).map_or(Self::Other(code), |(_, nal_type)| *nal_type)
    }

    /// `nal_unit_type`, 0 to 31.
    pub fn code(self) -> u8 {
        match self {
            Self::Other(code) => code,
            named => NAMED.iter().find(|(_, nal_type)| *nal_type == named).map_or(0, |(code, _)| *code),
        }
    }

    /// Whether it is a slice, of a type that is reserved perhaps (a VCL NAL unit).
    pub fn is_vcl(self) -> bool {
        self.code() < 12
    }

    /// Whether its picture is an intra random access point or a gradual decoding refresh, as `aud_irap_or_gdr_flag` tells.
    pub fn is_irap_or_gdr(self) -> bool {
        (7..12).contains(&self.code())
    }
}

/// `nal_unit_header()`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NalHeader {
    /// `nuh_layer_id`, 0 to 63.
    pub layer_id: u8,
    /// `nal_unit_type`.
    pub nal_type: NalType,
    /// `nuh_temporal_id_plus1`, 1 to 7; 0 is forbidden.
    pub temporal_id_plus1: u8,
}

impl NalHeader {
    /// The bytes of a header.
    pub const LEN: usize = 2;

    /// The header of a NAL unit; none of one that is shorter.
    pub fn of(nal: &[u8]) -> Option<Self> {
        let &[first, second, ..] = nal else { return None };
        Some(Self { layer_id: first & 0x3f, nal_type: NalType::of(second >> 3), temporal_id_plus1: second & 7 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_cut_short_is_none() {
        assert_eq!(NalHeader::of(&[]), None);
        assert_eq!(NalHeader::of(&[0]), None);
    }

    #[test]
    fn every_code_comes_back() {
        for code in 0..32 {
            assert_eq!(NalType::of(code).code(), code);
        }
        let header = NalHeader { layer_id: 5, nal_type: NalType::Sps, temporal_id_plus1: 1 };
        assert_eq!(NalHeader::of(&[0x05, 0x79]), Some(header));
    }
}
