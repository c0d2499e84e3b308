//! Protection system specific header (ISO/IEC 23001-7 §8.1).

use bytes::Bytes;

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// What one protection system needs to get at the keys. Nothing in it is understood here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pssh {
    /// The UUID of the system.
    pub system_id: [u8; 16],
    /// The keys that it is about, in a box of version 1; none in one of version 0, where only the system knows.
    pub key_ids: Option<Vec<[u8; 16]>>,
    /// The system's own data.
    pub data: Bytes,
}

impl Pssh {
    pub(crate) fn write(&self, out: &mut BoxWriter) {
        out.full_box(b"pssh", self.key_ids.is_some().into(), 0, |out| {
            out.bytes(&self.system_id);
            if let Some(key_ids) = &self.key_ids {
                out.size(key_ids.len());
                key_ids.iter().for_each(|key_id| out.bytes(key_id));
            }
            out.size(self.data.len());
            out.bytes(&self.data);
        });
    }

    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        let (version, _) = fields.version_and_flags()?;
        if version > 1 {
            return Err(fields.unsupported("version"));
        }
        let system_id = fields.array()?;
        let key_ids = if version == 1 {
            let mut key_ids = Vec::new();
            // Grows with what is there, not with what is declared.
            for _ in 0..fields.u32()? {
                key_ids.push(fields.array()?);
            }
            Some(key_ids)
        } else {
            None
        };
        let size = fields.u32()? as usize;
        Ok(Self { system_id, key_ids, data: Bytes::copy_from_slice(fields.take(size)?) })
    }
}
