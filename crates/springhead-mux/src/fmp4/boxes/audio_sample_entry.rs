//! MPEG-4 audio sample entry (ISO/IEC 14496-14 §6.7.2, 14496-12 §12.2.3): `mp4a` with `esds`.

use springhead_core::{AudioParams, Track};

use super::super::error::MuxError;
use super::super::read::{AudioEntry, BoxIter, BoxRef, ReadError};
use super::super::writer::BoxWriter;
use super::{btrt::Btrt, esds};

/// Writes the entry. The sampling rate is a fraction of 16.16 bits there: 0 when it does not fit, as the
/// AudioSpecificConfig says it anyway.
pub(crate) fn write(track: &Track, audio: &AudioParams, out: &mut BoxWriter) -> Result<(), MuxError> {
    if track.config.len() < 2 {
        return Err(MuxError::Config { track: track.id, why: "there is no AudioSpecificConfig" });
    }
    if track.config.len() > esds::MAX_CONFIG {
        return Err(MuxError::TooLarge { track: track.id, what: "the AudioSpecificConfig" });
    }
    out.boxed(b"mp4a", |out| {
        out.zeros(6);
        out.u16(1); // data_reference_index: this file
        out.zeros(8);
        out.u16(audio.channels);
        out.u16(16); // samplesize
        out.zeros(4);
        out.u32(u16::try_from(audio.sample_rate).map_or(0, |rate| u32::from(rate) << 16));
        esds::write(&track.config, out);
    });
    Ok(())
}

/// What an audio sample entry says, with the AudioSpecificConfig of its `esds` where there is one.
pub(crate) fn parse<'a>(entry: &BoxRef<'a>) -> Result<(AudioEntry, &'a [u8]), ReadError> {
    let mut fields = entry.fields();
    fields.skip(8)?;
    let version = fields.u16()?;
    fields.skip(6)?;
    let channels = fields.u16()?;
    fields.skip(6)?;
    let sample_rate = fields.u32()? >> 16;
    // QuickTime's versions of the entry have more fields before the boxes.
    fields.skip(match version {
        1 => 16,
        2 => 36,
        _ => 0,
    })?;
    let mut audio = AudioEntry { channels, sample_rate, object_type: None, bitrate: None };
    let mut config: &[u8] = &[];
    for child in BoxIter::after(entry, &fields) {
        let child = child?;
        match &child.header.kind.0 {
            b"esds" => {
                let parsed = esds::parse(child.fields())?;
                audio.object_type = Some(parsed.object_type);
                config = parsed.config;
            }
            b"btrt" => audio.bitrate = Some(Btrt::parse(child.fields())?),
            _ => {}
        }
    }
    Ok((audio, config))
}
