//! Sample auxiliary information sizes (ISO/IEC 14496-12 §8.7.8).

use bytes::Bytes;

use super::super::protection::AuxiliarySizes;
use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;
use super::saio::{self, AuxiliaryType};

/// How long each sample's auxiliary information is.
pub(crate) struct Saiz {
    pub(crate) kind: Option<AuxiliaryType>,
    pub(crate) sample_count: u32,
    pub(crate) sizes: AuxiliarySizes,
}

impl Saiz {
    pub(crate) fn write(&self, out: &mut BoxWriter) {
        out.full_box(b"saiz", 0, saio::flags(self.kind), |out| {
            saio::write_type(self.kind, out);
            match &self.sizes {
                AuxiliarySizes::Equal(size) => {
                    out.u8(*size);
                    out.u32(self.sample_count);
                }
                AuxiliarySizes::Each(sizes) => {
                    out.u8(0);
                    out.u32(self.sample_count);
                    out.bytes(sizes);
                }
            }
        });
    }

    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        let (_, flags) = fields.version_and_flags()?;
        let kind = saio::parse_type(flags, &mut fields)?;
        let default = fields.u8()?;
        let sample_count = fields.u32()?;
        let sizes = if default == 0 {
            AuxiliarySizes::Each(Bytes::copy_from_slice(fields.take(sample_count as usize)?))
        } else {
            AuxiliarySizes::Equal(default)
        };
        Ok(Self { kind, sample_count, sizes })
    }
}
