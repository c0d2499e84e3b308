//! The program config element: ISO/IEC 14496-3 §4.4.1.1, Table 4.2. It lists the channels where no channel configuration
//! fits.

use crate::bits::{BitReader, BitWriter, SyntaxError};

/// `program_config_element()`, kept whole so that it can be moved from an ADTS frame into a configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ProgramConfig {
    /// `element_instance_tag`, `object_type`, `sampling_frequency_index`: 10 bits.
    head: u64,
    /// Front, side and back: `is_cpe` and `tag_select` of each element.
    placed: [Vec<(bool, u8)>; 3],
    lfe: Vec<u8>,
    associated: Vec<u8>,
    /// `cc_element_is_ind_sw` and `valid_cc_element_tag_select`.
    coupling: Vec<(bool, u8)>,
    /// Mono, stereo and matrix mix-down, each when present.
    mixdown: [Option<u8>; 3],
    comment: Vec<u8>,
}

/// The bits of what the three mix-down flags announce.
const MIXDOWN_BITS: [u32; 3] = [4, 4, 3];

impl ProgramConfig {
    /// Reads the element; `byte_alignment()` counts from the start of the reader.
    pub(super) fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let head = r.bits("element_instance_tag", 10)?.into();
        let mut counts = [0; 3];
        for count in &mut counts {
            *count = r.bits("num_channel_elements", 4)?;
        }
        let lfes = r.bits("num_lfe_channel_elements", 2)?;
        let associated = r.bits("num_assoc_data_elements", 3)?;
        let couplings = r.bits("num_valid_cc_elements", 4)?;
        let mut mixdown = [None; 3];
        for (value, bits) in mixdown.iter_mut().zip(MIXDOWN_BITS) {
            if r.flag("mixdown_present")? {
                *value = Some(r.bits8("mixdown", bits)?);
            }
        }
        let mut flagged = |count| -> Result<Vec<(bool, u8)>, SyntaxError> {
            (0..count).map(|_| Ok((r.flag("element_is_cpe")?, r.bits8("element_tag_select", 4)?))).collect()
        };
        let placed = [flagged(counts[0])?, flagged(counts[1])?, flagged(counts[2])?];
        let lfe = read_tags(r, lfes)?;
        let associated = read_tags(r, associated)?;
        let coupling = (0..couplings)
            .map(|_| Ok((r.flag("cc_element_is_ind_sw")?, r.bits8("valid_cc_element_tag_select", 4)?)))
            .collect::<Result<_, SyntaxError>>()?;
        r.align();
        let length = r.bits("comment_field_bytes", 8)?;
        let comment = (0..length).map(|_| r.bits8("comment_field_data", 8)).collect::<Result<_, _>>()?;
        Ok(Self { head, placed, lfe, associated, coupling, mixdown, comment })
    }

    /// Writes the element; `byte_alignment()` counts from the start of the writer.
    pub(super) fn write(&self, w: &mut BitWriter) {
        w.bits(self.head, 10);
        for elements in &self.placed {
            w.bits(elements.len() as u64, 4);
        }
        w.bits(self.lfe.len() as u64, 2).bits(self.associated.len() as u64, 3).bits(self.coupling.len() as u64, 4);
        for (value, bits) in self.mixdown.iter().zip(MIXDOWN_BITS) {
            w.flag(value.is_some());
            if let Some(value) = value {
                w.bits((*value).into(), bits);
            }
        }
        for &(flag, tag) in self.placed.iter().flatten() {
            w.flag(flag).bits(tag.into(), 4);
        }
        for &tag in self.lfe.iter().chain(&self.associated) {
            w.bits(tag.into(), 4);
        }
        for &(flag, tag) in &self.coupling {
            w.flag(flag).bits(tag.into(), 4);
        }
        w.align().bits(self.comment.len() as u64, 8);
        for &byte in &self.comment {
            w.bits(byte.into(), 8);
        }
    }

    /// How many channels it places: one a single element, two a pair, one a low frequency element.
    pub(super) fn channels(&self) -> u16 {
        let placed = self.placed.iter().flatten().map(|&(pair, _)| if pair { 2 } else { 1 });
        placed.sum::<u16>() + self.lfe.len() as u16
    }
}

fn read_tags(r: &mut BitReader<'_>, count: u32) -> Result<Vec<u8>, SyntaxError> {
    (0..count).map(|_| r.bits8("element_tag_select", 4)).collect()
}
