//! Audio sample entry (ISO/IEC 14496-12 §12.2.3), and the forms that QuickTime gave it (QuickTime File Format
//! Specification, "Sound Sample Descriptions").

use springhead_core::AudioParams;

use super::super::protection::Protection;
use super::super::read::{AudioEntry, BoxIter, BoxRef, ReadError};
use super::super::writer::BoxWriter;
use super::{btrt::Btrt, esds, sinf, stsd::Format};

/// The fields of an entry that formats fill in by rules of their own.
pub(crate) struct AudioFields {
    pub(crate) channels: u16,
    pub(crate) sample_size: u16,
    /// The integer part of the sampling rate, of which the field has 16 bits.
    pub(crate) sample_rate: u16,
}

impl AudioFields {
    /// Those that the parameters say. The rate is 0 when it does not fit, as the configuration says it anyway.
    pub(crate) fn new(audio: &AudioParams) -> Self {
        let sample_rate = u16::try_from(audio.sample_rate).unwrap_or(0);
        Self { channels: audio.channels, sample_size: 16, sample_rate }
    }
}

/// Writes the entry around the configuration box that `config` writes. A protected one is `enca` and says at its end what
/// it was.
pub(crate) fn write(
    format: &[u8; 4],
    audio: &AudioFields,
    protection: Option<&Protection>,
    out: &mut BoxWriter,
    config: impl FnOnce(&mut BoxWriter),
) {
    out.boxed(if protection.is_some() { b"enca" } else { format }, |out| {
        out.zeros(6);
        out.u16(1); // data_reference_index: this file
        out.zeros(8);
        out.u16(audio.channels);
        out.u16(audio.sample_size);
        out.zeros(4);
        out.u32(u32::from(audio.sample_rate) << 16);
        config(out);
        if let Some(protection) = protection {
            sinf::write(format, protection, out);
        }
    });
}

/// The boxes of an audio sample entry, as [`parse`] finds them.
pub(crate) fn children<'a>(entry: &BoxRef<'a>, described: u8) -> Result<BoxIter<'a>, ReadError> {
    Ok(parse_fields(entry, described)?.1)
}

/// What any audio sample entry says, with the content of its configuration box where `format` is known to have one, or the
/// DecoderSpecificInfo of its `esds`. `described` is the version of the `stsd` around: in one of version 0, an entry of
/// version 1 or 2 is QuickTime's, with more fields before the boxes; in one of version 1, it is ISO's own.
pub(crate) fn parse<'a>(
    entry: &BoxRef<'a>,
    format: Option<Format>,
    described: u8,
) -> Result<(AudioEntry, &'a [u8]), ReadError> {
    let (mut audio, children) = parse_fields(entry, described)?;
    let mut config: &[u8] = &[];
    for child in children {
        let child = child?;
        match &child.header.kind.0 {
            // QuickTime wraps the boxes of MPEG-4 audio once more.
            b"wave" => {
                for child in BoxIter::in_entry(&child, &child.fields()) {
                    describe(&child?, format, &mut audio, &mut config)?;
                }
            }
            b"srat" => {
                let mut fields = child.fields();
                fields.version_and_flags()?;
                audio.sample_rate = fields.u32()?;
            }
            _ => describe(&child, format, &mut audio, &mut config)?,
        }
    }
    Ok((audio, config))
}

fn parse_fields<'a>(entry: &BoxRef<'a>, described: u8) -> Result<(AudioEntry, BoxIter<'a>), ReadError> {
    let mut fields = entry.fields();
    fields.skip(8)?;
    let version = fields.u16()?;
    fields.skip(6)?;
    let channels = fields.u16()?;
    fields.skip(6)?;
    let sample_rate = fields.u32()? >> 16;
    let mut audio = AudioEntry { channels, sample_rate, object_type: None, bitrate: None };
    match version {
        1 if described == 0 => fields.skip(16)?,
        2 if described == 0 => {
            fields.skip(4)?; // sizeOfStructOnly
            // What is too large becomes the largest, and what is no number zero.
            audio.sample_rate = f64::from_bits(fields.u64()?) as u32;
            audio.channels = u16::try_from(fields.u32()?).unwrap_or(0);
            fields.skip(20)?;
        }
        _ => {}
    }
    Ok((audio, BoxIter::in_entry(entry, &fields)))
}

fn describe<'a>(
    child: &BoxRef<'a>,
    format: Option<Format>,
    audio: &mut AudioEntry,
    config: &mut &'a [u8],
) -> Result<(), ReadError> {
    match &child.header.kind.0 {
        b"esds" => {
            let parsed = esds::parse(child.fields())?;
            audio.object_type = Some(parsed.object_type);
            *config = parsed.config;
        }
        b"btrt" => audio.bitrate = Some(Btrt::parse(child.fields())?),
        _ => {
            if let Some(found) = format.and_then(|format| format.configuration(child)) {
                *config = found;
            }
        }
    }
    Ok(())
}
