//! AVC sample entry and configuration (ISO/IEC 14496-15 §5.4.2, 14496-12 §12.1.3): `avc1` with `avcC`, `pasp`, `colr`.

use springhead_core::{SampleAspect, Track, VideoParams};

use super::super::error::MuxError;
use super::super::read::{BoxIter, BoxRef, ReadError, VideoEntry};
use super::super::writer::BoxWriter;
use super::{btrt::Btrt, colr, pasp};

/// Writes the entry. The configuration record is copied as it is; its parameter sets are out of band (`avc1`).
pub(crate) fn write(track: &Track, video: &VideoParams, out: &mut BoxWriter) -> Result<(), MuxError> {
    let config = |why| MuxError::Config { track: track.id, why };
    match track.config[..] {
        [1, _, _, _, lengths, _, _, ..] if lengths & 3 == 3 => {}
        [1, _, _, _, _, _, _, ..] => return Err(config("the lengths of NAL units have not four bytes")),
        _ => return Err(config("there is no AVCDecoderConfigurationRecord of version 1")),
    }
    let size = |value| u16::try_from(value).map_err(|_| MuxError::TooLarge { track: track.id, what: "the picture" });
    let (width, height) = (size(video.width)?, size(video.height)?);
    out.boxed(b"avc1", |out| {
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
        out.boxed(b"avcC", |out| out.bytes(&track.config));
        let aspect = video.aspect;
        pasp::write(if aspect.h == 0 || aspect.v == 0 { SampleAspect::SQUARE } else { aspect }, out);
        if let Some(cicp) = video.cicp {
            colr::write(cicp, out);
        }
    });
    Ok(())
}

/// Bytes of a visual sample entry before its first box.
const VISUAL_FIELDS: usize = 78;

/// What any visual sample entry says, with the configuration of `config_kind` where there is one.
pub(crate) fn parse<'a>(entry: &BoxRef<'a>, config_kind: &[u8; 4]) -> Result<(VideoEntry, &'a [u8]), ReadError> {
    let mut fields = entry.fields();
    fields.skip(24)?;
    let (width, height) = (fields.u16()?, fields.u16()?);
    fields.skip(VISUAL_FIELDS - 28)?;
    let mut video = VideoEntry { width, height, aspect: SampleAspect::SQUARE, cicp: None, bitrate: None };
    let mut config: &[u8] = &[];
    for child in BoxIter::after(entry, &fields) {
        let child = child?;
        match &child.header.kind.0 {
            kind if kind == config_kind => config = child.body,
            b"pasp" => video.aspect = pasp::parse(child.fields())?,
            b"colr" => video.cicp = colr::parse(child.fields())?.or(video.cicp),
            b"btrt" => video.bitrate = Some(Btrt::parse(child.fields())?),
            _ => {}
        }
    }
    Ok((video, config))
}
