//! The NAL unit header: ITU-T H.264 §7.3.1, Table 7-1.

/// `nal_unit_type`: what a NAL unit holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum NalType {
    /// 1: a slice of a picture that is not an IDR picture.
    Slice,
    /// 2: data partition A of a slice: the header and the motion.
    PartitionA,
    /// 3: data partition B of a slice.
    PartitionB,
    /// 4: data partition C of a slice.
    PartitionC,
    /// 5: a slice of an IDR picture.
    IdrSlice,
    /// 6: supplemental enhancement information.
    Sei,
    /// 7: a sequence parameter set.
    Sps,
    /// 8: a picture parameter set.
    Pps,
    /// 9: an access unit delimiter.
    AccessUnitDelimiter,
    /// 10: the end of a coded video sequence.
    EndOfSequence,
    /// 11: the end of the stream.
    EndOfStream,
    /// 12: filler data.
    Filler,
    /// 13: a sequence parameter set extension, for auxiliary pictures.
    SpsExtension,
    /// Any other: extensions of Annexes F to H, auxiliary slices, reserved and unspecified types. Carried as they are.
    Other(u8),
}

impl NalType {
    /// The type that the first byte of a NAL unit states.
    pub fn of(header: u8) -> Self {
        match header & 0x1f {
            1 => Self::Slice,
            2 => Self::PartitionA,
            3 => Self::PartitionB,
            4 => Self::PartitionC,
            5 => Self::IdrSlice,
            6 => Self::Sei,
            7 => Self::Sps,
            8 => Self::Pps,
            9 => Self::AccessUnitDelimiter,
            10 => Self::EndOfSequence,
            11 => Self::EndOfStream,
            12 => Self::Filler,
            13 => Self::SpsExtension,
            other => Self::Other(other),
        }
    }

    /// `nal_unit_type`, 0 to 31.
    pub fn code(self) -> u8 {
        match self {
            Self::Slice => 1,
            Self::PartitionA => 2,
            Self::PartitionB => 3,
            Self::PartitionC => 4,
            Self::IdrSlice => 5,
            Self::Sei => 6,
            Self::Sps => 7,
            Self::Pps => 8,
            Self::AccessUnitDelimiter => 9,
            Self::EndOfSequence => 10,
            Self::EndOfStream => 11,
            Self::Filler => 12,
            Self::SpsExtension => 13,
            Self::Other(code) => code,
        }
    }

    /// Whether it carries coded samples of the primary or a redundant picture (a VCL NAL unit of Annex A profiles).
    pub fn is_vcl(self) -> bool {
        self.has_slice_header() || matches!(self, Self::PartitionB | Self::PartitionC)
    }

    /// Whether it begins with a slice header.
    pub fn has_slice_header(self) -> bool {
        matches!(self, Self::Slice | Self::PartitionA | Self::IdrSlice)
    }
}

/// `nal_ref_idc` of the first byte of a NAL unit: 0 when nothing refers to it.
pub(crate) fn ref_idc(header: u8) -> u8 {
    (header >> 5) & 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back() {
        for code in 0..32 {
            assert_eq!(NalType::of(0x60 | code).code(), code);
        }
    }
}
