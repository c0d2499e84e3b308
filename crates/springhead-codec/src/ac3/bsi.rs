//! The bit stream information of Enhanced AC-3: ETSI TS 102 366 Annex E §E.1.2.2.

use super::header::frequency;
use super::{Ac3Error, FrameHeader, StreamType};
use crate::bits::{BitReader, SyntaxError};

/// Blocks by `numblkscod`.
const BLOCKS: [u8; 4] = [1, 2, 3, 6];

/// Reads `bsi()` of a frame of `length` bytes, from after its sync word.
pub(super) fn read(r: &mut BitReader<'_>, bsid: u8, length: usize) -> Result<FrameHeader, Ac3Error> {
    let stream_type = match r.bits("strmtyp", 2)? {
        0 => StreamType::Independent,
        1 => StreamType::Dependent,
        2 => StreamType::Converted,
        reserved => return Err(r.out_of_range("strmtyp", reserved).into()),
    };
    let substream = r.bits8("substreamid", 3)?;
    r.skip("frmsiz", 11)?;
    let fscod = r.bits8("fscod", 2)?;
    let code = r.bits8(if fscod == 3 { "fscod2" } else { "numblkscod" }, 2)?;
    let (sample_rate, blocks) = match frequency(fscod) {
        Some(rate) => (rate, BLOCKS[usize::from(code)]),
        None => match frequency(code) {
            Some(rate) => (rate / 2, 6),
            None => return Err(r.out_of_range("fscod2", code).into()),
        },
    };
    let acmod = r.bits8("acmod", 3)?;
    let lfe = r.flag("lfeon")?;
    r.skip("bsid", 5)?;
    // A program of two channels that have nothing to do with each other says everything twice.
    for _ in 0..if acmod == 0 { 2 } else { 1 } {
        r.skip("dialnorm", 5)?;
        skip_if(r, "compr", 8)?;
    }
    let mut channel_map = None;
    if stream_type == StreamType::Dependent && r.flag("chanmape")? {
        channel_map = Some(r.bits("chanmap", 16)? as u16);
    }
    let mut header = FrameHeader {
        stream_type,
        substream,
        frame_bytes: length,
        fscod,
        sample_rate,
        bit_rate_code: None,
        blocks,
        bsid,
        bsmod: 0,
        acmod,
        lfe,
        channel_map,
        starts_six_blocks: blocks == 6,
        joc_complexity: None,
    };
    if r.flag("mixmdate")? {
        skip_mixing(r, &header)?;
    }
    if r.flag("infomdate")? {
        header.bsmod = read_information(r, &header)?;
    }
    if stream_type == StreamType::Independent && blocks != 6 {
        header.starts_six_blocks = r.flag("convsync")?;
    }
    if stream_type == StreamType::Converted && (blocks == 6 || r.flag("blkid")?) {
        r.skip("frmsizecod", 6)?;
    }
    if r.flag("addbsie")? {
        let bytes = r.bits("addbsil", 6)? + 1;
        if bytes >= 2 {
            r.skip("reserved", 7)?;
            let extended = r.flag("flag_ec3_extension_type_a")?;
            let complexity = r.bits8("complexity_index_type_a", 8)?;
            header.joc_complexity = (extended && complexity > 0).then_some(complexity);
        }
    }
    Ok(header)
}

/// Passes over a field that a flag announces.
fn skip_if(r: &mut BitReader<'_>, field: &'static str, bits: usize) -> Result<(), SyntaxError> {
    if r.flag(field)? { r.skip(field, bits) } else { Ok(()) }
}

/// What `mixmdate` announces.
fn skip_mixing(r: &mut BitReader<'_>, header: &FrameHeader) -> Result<(), SyntaxError> {
    let acmod = header.acmod;
    if acmod > 2 {
        r.skip("dmixmod", 2)?;
    }
    if acmod & 1 == 1 && acmod > 2 {
        r.skip("ltrtcmixlev", 6)?;
    }
    if acmod & 4 != 0 {
        r.skip("ltrtsurmixlev", 6)?;
    }
    if header.lfe {
        skip_if(r, "lfemixlevcod", 5)?;
    }
    if header.stream_type != StreamType::Independent {
        return Ok(());
    }
    skip_if(r, "pgmscl", 6)?;
    if acmod == 0 {
        skip_if(r, "pgmscl2", 6)?;
    }
    skip_if(r, "extpgmscl", 6)?;
    match r.bits("mixdef", 2)? {
        1 => r.skip("premixcmpsel", 5)?,
        2 => r.skip("mixdata", 12)?,
        3 => {
            let bytes = r.bits("mixdeflen", 5)? as usize + 2;
            r.skip("mixdata", 8 * bytes)?;
        }
        _ => {}
    }
    if acmod < 2 {
        skip_if(r, "paninfo", 14)?;
        if acmod == 0 {
            skip_if(r, "paninfo2", 14)?;
        }
    }
    if r.flag("frmmixcfginfoe")? {
        if header.blocks == 1 {
            r.skip("blkmixcfginfo", 5)?;
        } else {
            for _ in 0..header.blocks {
                skip_if(r, "blkmixcfginfo", 5)?;
            }
        }
    }
    Ok(())
}

/// What `infomdate` announces: `bsmod`, and what is passed over.
fn read_information(r: &mut BitReader<'_>, header: &FrameHeader) -> Result<u8, SyntaxError> {
    let acmod = header.acmod;
    let bsmod = r.bits8("bsmod", 3)?;
    r.skip("copyrightb", 2)?;
    if acmod == 2 {
        r.skip("dsurmod", 4)?;
    }
    if acmod >= 6 {
        r.skip("dsurexmod", 2)?;
    }
    skip_if(r, "audprodi", 8)?;
    if acmod == 0 {
        skip_if(r, "audprodi2", 8)?;
    }
    if header.fscod < 3 {
        r.skip("sourcefscod", 1)?;
    }
    Ok(bsmod)
}
