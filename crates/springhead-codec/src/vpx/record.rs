//! The VP codec configuration record, the content of `vpcC` (Binding, "VP Codec Configuration Box").

use bytes::{BufMut, Bytes, BytesMut};
use springhead_core::Cicp;

use super::VpxError;

/// How chroma is sampled (`chromaSubsampling`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ChromaSubsampling {
    /// 0: half the width and height, between luma samples of two rows.
    Vertical420,
    /// 1: half the width and height, where luma samples are.
    Colocated420,
    /// 2: half the width.
    Horizontal422,
    /// 3: as luma.
    Full444,
}

/// What a file says of a track of VP8 or VP9.
///
/// It does not say the size of the pictures. `codecInitializationDataSize` is 0 of both codecs; data that a source has there
/// are passed over.
///
/// ```
/// use springhead_codec::vpx::{ChromaSubsampling, Record};
/// let record = Record::parse(&[0, 31, 0x82, 2, 2, 2, 0, 0])?;
/// assert_eq!((record.profile, record.level, record.bit_depth), (0, 31, 8));
/// assert_eq!(record.subsampling, ChromaSubsampling::Colocated420);
/// assert_eq!(&record.to_bytes()[..], [0, 31, 0x82, 2, 2, 2, 0, 0]);
/// # Ok::<(), springhead_codec::vpx::VpxError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Record {
    /// `profile`, 0 to 3.
    pub profile: u8,
    /// `level`: ten times its number; 0 when it is not known.
    pub level: u8,
    /// `bitDepth`: 8, 10 or 12.
    pub bit_depth: u8,
    /// `chromaSubsampling`.
    pub subsampling: ChromaSubsampling,
    /// `colourPrimaries`, `transferCharacteristics`, `matrixCoefficients`, `videoFullRangeFlag`; 2 says nothing.
    pub cicp: Cicp,
}

/// The code point that says nothing.
const UNSPECIFIED: u8 = 2;

impl Record {
    /// Reads what follows version and flags of the box.
    pub fn parse(record: &[u8]) -> Result<Self, VpxError> {
        let byte =
            |at: usize, field| record.get(at).copied().ok_or(VpxError::RecordTruncated { offset: record.len(), field });
        let profile = byte(0, "profile")?;
        if profile > 3 {
            return Err(VpxError::RecordValue { field: "profile", value: profile });
        }
        let format = byte(2, "bitDepth")?;
        let bit_depth = format >> 4;
        if !matches!(bit_depth, 8 | 10 | 12) {
            return Err(VpxError::RecordValue { field: "bitDepth", value: bit_depth });
        }
        let subsampling = match format >> 1 & 7 {
            0 => ChromaSubsampling::Vertical420,
            1 => ChromaSubsampling::Colocated420,
            2 => ChromaSubsampling::Horizontal422,
            3 => ChromaSubsampling::Full444,
            value => return Err(VpxError::RecordValue { field: "chromaSubsampling", value }),
        };
        let cicp = Cicp {
            primaries: byte(3, "colourPrimaries")?,
            transfer: byte(4, "transferCharacteristics")?,
            matrix: byte(5, "matrixCoefficients")?,
            full_range: format & 1 == 1,
        };
        Ok(Self { profile, level: byte(1, "level")?, bit_depth, subsampling, cicp })
    }

    /// Writes what follows version and flags of the box.
    pub fn to_bytes(&self) -> Bytes {
        let subsampling = self.subsampling as u8;
        let mut record = BytesMut::with_capacity(8);
        record.put_u8(self.profile);
        record.put_u8(self.level);
        record.put_u8(self.bit_depth << 4 | subsampling << 1 | u8::from(self.cicp.full_range));
        record.put_slice(&[self.cicp.primaries, self.cicp.transfer, self.cicp.matrix]);
        record.put_u16(0);
        record.freeze()
    }

    /// The mandatory fields of the `codecs` parameter of the binding, `4CC.PP.LL.DD`.
    pub fn short_codec_string(&self, sample_entry: &str) -> String {
        format!("{sample_entry}.{:02}.{:02}.{:02}", self.profile, self.level, self.bit_depth)
    }

    /// The `codecs` parameter of the binding, `4CC.PP.LL.DD`, and the long form `.CC.cp.tc.mc.FF` when any of its values is
    /// stated and not the default: 4:2:0 colocated, BT.709 of narrow range.
    pub fn codec_string(&self, sample_entry: &str) -> String {
        let Self { subsampling, cicp, .. } = *self;
        let short = self.short_codec_string(sample_entry);
        let colour = [cicp.primaries, cicp.transfer, cicp.matrix];
        let is_default = subsampling == ChromaSubsampling::Colocated420
            && !cicp.full_range
            && colour.iter().all(|&code| matches!(code, 1 | UNSPECIFIED));
        if is_default {
            return short;
        }
        let [primaries, transfer, matrix] = colour;
        let (subsampling, range) = (subsampling as u8, u8::from(cicp.full_range));
        format!("{short}.{subsampling:02}.{primaries:02}.{transfer:02}.{matrix:02}.{range:02}")
    }

    /// The colour, when anything is stated of it.
    pub fn stated_colour(&self) -> Option<Cicp> {
        let Cicp { primaries, transfer, matrix, full_range } = self.cicp;
        let says_nothing = [primaries, transfer, matrix] == [UNSPECIFIED; 3] && !full_range;
        (!says_nothing).then_some(self.cicp)
    }

    /// This record with what a key frame says of the same track: `said` has profile, format, range and matrix of the frame,
    /// and no level. The level and the colours that a source's record has stay where the frame does not contradict them,
    /// because a frame states less. The identity matrix does not stay where chroma is subsampled, with which it cannot go:
    /// FFmpeg writes it into FLV where it knows nothing.
    pub(crate) fn with_key_frame(&self, said: Self) -> Self {
        let is_420 =
            |of: &Self| matches!(of.subsampling, ChromaSubsampling::Vertical420 | ChromaSubsampling::Colocated420);
        let impossible = self.cicp.matrix == IDENTITY && said.subsampling != ChromaSubsampling::Full444;
        let same_colour = !impossible
            && (said.cicp.matrix == UNSPECIFIED || said.cicp.matrix == self.cicp.matrix)
            && said.cicp.full_range == self.cicp.full_range;
        Self {
            profile: said.profile,
            level: self.level,
            bit_depth: said.bit_depth,
            subsampling: if is_420(self) && is_420(&said) { self.subsampling } else { said.subsampling },
            cicp: if same_colour { self.cicp } else { said.cicp },
        }
    }
}

/// The matrix coefficients of pictures whose components are green, blue and red.
const IDENTITY: u8 = 0;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: [u8; 8] = [0, 10, 0x82, 2, 2, 2, 0, 0];

    fn parse(change: impl Fn(&mut [u8; 8])) -> Result<Record, VpxError> {
        let mut record = PLAIN;
        change(&mut record);
        Record::parse(&record)
    }

    #[test]
    fn an_identity_matrix_of_subsampled_chroma_is_not_believed() {
        let flv = parse(|record| record[5] = 0).unwrap();
        let said = Record::parse(&PLAIN).unwrap();
        assert_eq!(flv.with_key_frame(said).cicp, said.cicp);
        let full = |record: Record| Record { subsampling: ChromaSubsampling::Full444, ..record };
        assert_eq!(full(flv).with_key_frame(full(said)).cicp, flv.cicp);
    }

    #[test]
    fn a_record_that_is_cut_short_or_states_what_cannot_be_is_refused() {
        for (end, field) in [(0, "profile"), (1, "bitDepth"), (3, "colourPrimaries"), (5, "matrixCoefficients")] {
            assert_eq!(Record::parse(&PLAIN[..end]), Err(VpxError::RecordTruncated { offset: end, field }));
        }
        let refused = |field, value| Err(VpxError::RecordValue { field, value });
        assert_eq!(parse(|record| record[0] = 4), refused("profile", 4));
        assert_eq!(parse(|record| record[2] = 0x92), refused("bitDepth", 9));
        assert_eq!(parse(|record| record[2] = 0x88), refused("chromaSubsampling", 4));
    }

    #[test]
    fn initialization_data_of_a_source_are_passed_over() {
        let longer = [&PLAIN[..6], &[0, 2, 7, 7]].concat();
        assert_eq!(Record::parse(&longer), parse(|_| {}));
        assert_eq!(Record::parse(&PLAIN[..6]), parse(|_| {}), "and so is their length");
    }

    #[test]
    fn the_string_is_long_only_when_something_is_stated_that_is_not_the_default() {
        let string = |change: &dyn Fn(&mut [u8; 8])| parse(change).unwrap().codec_string("vp09");
        assert_eq!(string(&|_| {}), "vp09.00.10.08");
        assert_eq!(string(&|record| record[3..6].fill(1)), "vp09.00.10.08");
        assert_eq!(string(&|record| record[2] = 0x83), "vp09.00.10.08.01.02.02.02.01");
        assert_eq!(string(&|record| record[2] = 0x86), "vp09.00.10.08.03.02.02.02.00");
        let pq = |record: &mut [u8; 8]| *record = [2, 10, 0xa3, 9, 16, 9, 0, 0];
        assert_eq!(string(&pq), "vp09.02.10.10.01.09.16.09.01", "the example of the binding");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            profile in 0u8..4, level: u8, depth in prop::sample::select(vec![8u8, 10, 12]),
            subsampling in 0u8..4, range in 0u8..2, colour: [u8; 3],
        ) {
            let format = depth << 4 | subsampling << 1 | range;
            let record = [profile, level, format, colour[0], colour[1], colour[2], 0, 0];
            let parsed = Record::parse(&record).unwrap();
            prop_assert_eq!(&parsed.to_bytes()[..], record);
        }
    }
}
