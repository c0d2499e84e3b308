//! Visual sample entry (ISO/IEC 14496-12 §12.1.3): what all formats of pictures have in common.

use springhead_core::{SampleAspect, Track, VideoParams};

use super::super::error::MuxError;
use super::super::protection::Protection;
use super::super::read::{BoxIter, BoxRef, ReadError, VideoEntry};
use super::super::writer::BoxWriter;
use super::{btrt::Btrt, clli, colr, mdcv, pasp, sinf, stsd::Format};

/// Bytes of a visual sample entry before its first box.
const VISUAL_FIELDS: usize = 78;

/// Writes the entry around the configuration box that `config` writes: size, shape, colour, and the brightness that the
/// pictures were made for. A protected one is `encv` and says at its end what it was.
pub(crate) fn write(
    format: &[u8; 4],
    track: &Track,
    video: &VideoParams,
    protection: Option<&Protection>,
    out: &mut BoxWriter,
    config: impl FnOnce(&mut BoxWriter),
) -> Result<(), MuxError> {
    let size = |value| u16::try_from(value).map_err(|_| MuxError::TooLarge { track: track.id, what: "the picture" });
    let (width, height) = (size(video.width)?, size(video.height)?);
    out.boxed(if protection.is_some() { b"encv" } else { format }, |out| {
        out.zeros(6);
        out.u16(1); // data_reference_index: this file
        out.zeros(16);
        out.u16(width);
        out.u16(height);
        out.u32(0x0048_0000); // 72 dpi
        out.u32(0x0048_0000);
        out.zeros(4);
        out.u16(1); // one picture a sample
        out.zeros(32); // compressorname
        out.u16(0x0018); // depth: colour without alpha
        out.u16(0xffff); // pre_defined -1
        config(out);
        let aspect = video.aspect;
        pasp::write(if aspect.h == 0 || aspect.v == 0 { SampleAspect::SQUARE } else { aspect }, out);
        if let Some(cicp) = video.cicp {
            colr::write(cicp, out);
        }
        if let Some(display) = video.mastering_display {
            mdcv::write(&display, out);
        }
        if let Some(light) = video.content_light {
            clli::write(light, out);
        }
        if let Some(protection) = protection {
            sinf::write(format, protection, out);
        }
    });
    Ok(())
}

/// The boxes of a visual sample entry.
pub(crate) fn children<'a>(entry: &BoxRef<'a>) -> Result<BoxIter<'a>, ReadError> {
    let mut fields = entry.fields();
    fields.skip(VISUAL_FIELDS)?;
    Ok(BoxIter::in_entry(entry, &fields))
}

/// What any visual sample entry says, with the content of its configuration box where `format` is known to have one.
pub(crate) fn parse<'a>(entry: &BoxRef<'a>, format: Option<Format>) -> Result<(VideoEntry, &'a [u8]), ReadError> {
    let mut fields = entry.fields();
    fields.skip(24)?;
    let (width, height) = (fields.u16()?, fields.u16()?);
    let mut video = VideoEntry { width, height, ..VideoEntry::default() };
    let mut config: &[u8] = &[];
    for child in children(entry)? {
        let child = child?;
        match &child.header.kind.0 {
            b"pasp" => video.aspect = pasp::parse(child.fields())?,
            b"colr" => video.cicp = colr::parse(child.fields())?.or(video.cicp),
            b"mdcv" => video.mastering_display = Some(mdcv::parse(child.fields())?),
            b"clli" => video.content_light = Some(clli::parse(child.fields())?),
            b"btrt" => video.bitrate = Some(Btrt::parse(child.fields())?),
            _ => {
                if let Some(found) = format.and_then(|format| format.configuration(&child)) {
                    config = found;
                }
            }
        }
    }
    Ok((video, config))
}
