//! Common encryption (ISO/IEC 23001-7) that is passed through: what protects a track, and what its samples need to be
//! decrypted. Nothing is encrypted or decrypted here.

use bytes::Bytes;
use springhead_core::TrackId;

use super::MuxError;
use super::boxes::saiz::Saiz;
use super::boxes::senc::Senc;
use super::boxes::{pssh::Pssh, saio};
use super::writer::BoxWriter;
use crate::FourCc;

/// How a track is protected: the scheme (`schm`), and what holds of samples of which nothing else is said (`tenc`, ISO/IEC
/// 23001-7 §8.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Protection {
    /// The scheme: `cenc`, `cbc1`, `cens` or `cbcs` (§4.2).
    pub scheme: FourCc,
    /// The version of the scheme: 0x0001_0000.
    pub scheme_version: u32,
    /// Whether samples are protected at all.
    pub is_protected: bool,
    /// The key that samples are encrypted with.
    pub key_id: [u8; 16],
    /// Bytes of each sample's initialization vector: 8 or 16, or 0 when there is a constant one.
    pub iv_size: u8,
    /// The initialization vector of all samples. Some exactly when samples are protected and have none of their own.
    pub constant_iv: Option<Bytes>,
    /// Which blocks are encrypted, in schemes of patterns.
    pub pattern: Option<Pattern>,
}

impl Protection {
    /// Whether the parts go together, so that what is written can be read again.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let constant = self.is_protected && self.iv_size == 0;
        match &self.constant_iv {
            _ if !matches!(self.iv_size, 0 | 8 | 16) => Err("an initialization vector has not 8 or 16 bytes"),
            Some(iv) if constant && iv.len() <= 255 => Ok(()),
            None if !constant => Ok(()),
            _ => Err("samples have no initialization vector, or two"),
        }
    }
}

/// Blocks of 16 bytes that are encrypted and left clear by turns (ISO/IEC 23001-7 §9.6). Each at most 15.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// Blocks that are encrypted.
    pub crypt: u8,
    /// Blocks that are left clear.
    pub skip: u8,
}

/// How many bytes of auxiliary information each sample has (`saiz`, ISO/IEC 14496-12 §8.7.8).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AuxiliarySizes {
    /// As many, but not none, for every sample.
    Equal(u8),
    /// One byte for each sample.
    Each(Bytes),
}

/// What the samples of one track fragment need to be decrypted (`senc`, ISO/IEC 23001-7 §7.2; `saiz` and `saio`), as it
/// came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleEncryption {
    /// Whether each sample says which of its bytes are clear.
    pub subsamples: bool,
    /// How many samples it is of: all those of the fragment.
    pub sample_count: u32,
    /// For each sample its initialization vector, and its subsamples if they have them.
    pub data: Bytes,
    /// The sizes that `saiz` says, if there is one; with it, `saio` is written.
    pub sizes: Option<AuxiliarySizes>,
    /// The type that `saiz` and `saio` say, if they say it.
    pub auxiliary_type: Option<(FourCc, u32)>,
}

/// What the information of one sample is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleKey {
    /// Its initialization vector; empty where the track has a constant one.
    pub iv: Bytes,
    /// Clear and protected bytes by turns; none when the whole sample is protected.
    pub subsamples: Vec<(u16, u32)>,
}

impl SampleEncryption {
    /// The information of each sample, by the size of initialization vectors that the track's [`Protection`] says. None when
    /// it is not that of so many samples.
    ///
    /// ```
    /// # use bytes::Bytes;
    /// use springhead_mux::fmp4::SampleEncryption;
    /// let data = Bytes::from_static(&[1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 0, 5, 0, 0, 1, 0]);
    /// let senc = SampleEncryption { subsamples: true, sample_count: 1, data, sizes: None, auxiliary_type: None };
    /// assert_eq!(senc.samples(8).unwrap()[0].subsamples, [(5, 256)]);
    /// assert_eq!(senc.samples(16), None);
    /// ```
    pub fn samples(&self, iv_size: u8) -> Option<Vec<SampleKey>> {
        let mut at = 0usize;
        let mut take = |count: usize| {
            let range = at..at.checked_add(count).filter(|end| *end <= self.data.len())?;
            at = range.end;
            Some(range)
        };
        let mut samples = Vec::new();
        for _ in 0..self.sample_count {
            let iv = self.data.slice(take(iv_size.into())?);
            let mut subsamples = Vec::new();
            if self.subsamples {
                let count = &self.data[take(2)?];
                for _ in 0..u16::from_be_bytes([count[0], count[1]]) {
                    let [a, b, c, d, e, f] = self.data[take(6)?] else { return None };
                    subsamples.push((u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f])));
                }
            } else if iv_size == 0 {
                // Nothing is said of any sample, however many there are said to be.
                return self.data.is_empty().then(Vec::new);
            }
            samples.push(SampleKey { iv, subsamples });
        }
        (at == self.data.len()).then_some(samples)
    }

    /// Whether it is of so many samples, and its sizes are those of its data.
    pub(crate) fn check(&self, track: TrackId, samples: usize) -> Result<(), MuxError> {
        let sum = match &self.sizes {
            None => Some(self.data.len()),
            Some(AuxiliarySizes::Equal(0)) => None,
            Some(AuxiliarySizes::Equal(size)) => samples.checked_mul(usize::from(*size)),
            Some(AuxiliarySizes::Each(sizes)) => {
                (sizes.len() == samples).then(|| sizes.iter().map(|size| usize::from(*size)).sum())
            }
        };
        if self.sample_count as usize != samples || sum != Some(self.data.len()) {
            return Err(MuxError::Protection { track, why: "the information is not that of the samples" });
        }
        Ok(())
    }

    /// Writes `saiz` and `saio` where there are sizes, and `senc`. `moof` is where that box starts.
    pub(crate) fn write(&self, moof: usize, out: &mut BoxWriter) {
        let offset = self.sizes.as_ref().map(|sizes| {
            let (kind, sample_count) = (self.auxiliary_type, self.sample_count);
            Saiz { kind, sample_count, sizes: sizes.clone() }.write(out);
            saio::write(kind, out)
        });
        let senc = Senc { subsamples: self.subsamples, sample_count: self.sample_count, data: self.data.clone() };
        let data = senc.write(out);
        if let Some(offset) = offset {
            // An offset that leaves 31 bits is in a box that has outgrown its size, and is refused with it.
            out.patch_i32(offset, (data - moof) as i32);
        }
    }
}

/// What a fragment says of its protection: what its samples need, and where to get keys that are new.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FragmentProtection {
    /// What the samples need; none where the track's defaults say all.
    pub samples: Option<SampleEncryption>,
    /// The headers of protection systems, written into the `moof`.
    pub systems: Vec<Pssh>,
}
