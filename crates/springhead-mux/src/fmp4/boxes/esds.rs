//! Elementary stream descriptor (ISO/IEC 14496-14 §6.7.2; descriptors of ISO/IEC 14496-1 §7.2.6).

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

const ES_DESCRIPTOR: u8 = 0x03;
const DECODER_CONFIG: u8 = 0x04;
const DECODER_SPECIFIC_INFO: u8 = 0x05;
const SL_CONFIG: u8 = 0x06;
/// objectTypeIndication of ISO/IEC 14496-3.
pub(crate) const MPEG4_AUDIO: u8 = 0x40;
/// objectTypeIndication of ISO/IEC 13818-3: the lower sampling rates.
pub(crate) const MPEG2_AUDIO: u8 = 0x69;
/// objectTypeIndication of ISO/IEC 11172-3.
pub(crate) const MPEG1_AUDIO: u8 = 0x6b;
/// streamType 5 is audio; the low bit is reserved and one.
const AUDIO_STREAM: u8 = 5 << 2 | 1;

/// The longest configuration that is written: far from what the lengths of descriptors can say, far above any real one.
pub(crate) const MAX_CONFIG: usize = 1 << 20;

/// Writes the descriptors. `config` is at most [`MAX_CONFIG`] bytes; empty where frames describe themselves, and then there
/// is no descriptor of it.
pub(crate) fn write(object_type: u8, config: &[u8], out: &mut BoxWriter) {
    let sized = |content: usize| 1 + length_len(content) + content;
    let decoder = 13 + if config.is_empty() { 0 } else { sized(config.len()) };
    let stream = 3 + sized(decoder) + sized(1);
    out.full_box(b"esds", 0, 0, |out| {
        open(ES_DESCRIPTOR, stream, out);
        out.u16(0); // ES_ID
        out.u8(0);
        open(DECODER_CONFIG, decoder, out);
        out.bytes(&[object_type, AUDIO_STREAM]);
        out.zeros(3); // bufferSizeDB
        out.zeros(8); // maxBitrate, avgBitrate: not known
        if !config.is_empty() {
            open(DECODER_SPECIFIC_INFO, config.len(), out);
            out.bytes(config);
        }
        open(SL_CONFIG, 1, out);
        out.u8(2); // predefined: as MP4 files do
    });
}

/// How many bytes the length of so much content takes: one where it fits, else all four.
fn length_len(content: usize) -> usize {
    if content < 0x80 { 1 } else { 4 }
}

/// Writes the tag and the length of a descriptor, seven bits a byte.
fn open(tag: u8, content: usize, out: &mut BoxWriter) {
    out.u8(tag);
    for byte in (0..length_len(content)).rev() {
        let more = if byte > 0 { 0x80 } else { 0 };
        out.u8((content >> (7 * byte) & 0x7f) as u8 | more);
    }
}

/// What the descriptors say.
pub(crate) struct Esds<'a> {
    pub(crate) object_type: u8,
    pub(crate) config: &'a [u8],
}

/// Reads the descriptors, whatever the form of their lengths.
pub(crate) fn parse<'a>(mut fields: Fields<'a>) -> Result<Esds<'a>, ReadError> {
    fields.version_and_flags()?;
    let mut stream = descriptor(&mut fields, ES_DESCRIPTOR)?;
    stream.skip(2)?;
    let flags = stream.u8()?;
    if flags & 0x80 != 0 {
        stream.skip(2)?;
    }
    if flags & 0x40 != 0 {
        let url = stream.u8()?;
        stream.skip(url.into())?;
    }
    if flags & 0x20 != 0 {
        stream.skip(2)?;
    }
    let mut decoder = descriptor(&mut stream, DECODER_CONFIG)?;
    let object_type = decoder.u8()?;
    decoder.skip(12)?;
    let config = if decoder.remaining() == 0 { &[] } else { descriptor(&mut decoder, DECODER_SPECIFIC_INFO)?.rest() };
    Ok(Esds { object_type, config })
}

/// The body of the next descriptor, which must have the tag. Its length has one to four bytes of seven bits each.
fn descriptor<'a>(fields: &mut Fields<'a>, tag: u8) -> Result<Fields<'a>, ReadError> {
    if fields.u8()? != tag {
        return Err(fields.invalid("a descriptor is missing"));
    }
    let mut length = 0usize;
    for _ in 0..4 {
        let byte = fields.u8()?;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return fields.sub(length);
        }
    }
    Err(fields.invalid("the length of a descriptor has more than four bytes"))
}
