//! `uncompressed_header` (§6.2).

use crate::bits::{BitReader, SyntaxError};
use crate::vpx::{ChromaSubsampling, Record};
use springhead_core::Cicp;

/// `color_config` (§6.2.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ColorConfig {
    /// BitDepth: 8, 10 or 12.
    pub bit_depth: u8,
    /// `color_space` (§7.2.2): 0 unknown, 1 BT.601, 2 BT.709, 3 SMPTE-170, 4 SMPTE-240, 5 BT.2020, 7 sRGB.
    pub color_space: u8,
    /// `color_range`: full.
    pub full_range: bool,
    /// `subsampling_x`: chroma has half the width.
    pub subsampling_x: bool,
    /// `subsampling_y`: chroma has half the height.
    pub subsampling_y: bool,
}

const RGB: u8 = 7;

impl ColorConfig {
    fn parse(r: &mut BitReader<'_>, profile: u8) -> Result<Self, SyntaxError> {
        let bit_depth = match profile {
            0 | 1 => 8,
            _ => 10 + 2 * r.bits8("ten_or_twelve_bit", 1)?,
        };
        let color_space = r.bits8("color_space", 3)?;
        let odd = profile & 1 == 1;
        if color_space == RGB && !odd {
            return Err(r.out_of_range("color_space", color_space));
        }
        let full_range = color_space == RGB || r.flag("color_range")?;
        let (mut subsampling_x, mut subsampling_y) = (!odd, !odd);
        if odd {
            if color_space != RGB {
                (subsampling_x, subsampling_y) = (r.flag("subsampling_x")?, r.flag("subsampling_y")?);
            }
            reserved(r)?;
        }
        Ok(Self { bit_depth, color_space, full_range, subsampling_x, subsampling_y })
    }

    /// What a record says of it. `color_space` names a matrix; primaries and transfer go unsaid, because pictures graded for
    /// high dynamic range say BT.2020 as all others do.
    fn record(&self, profile: u8) -> Record {
        let matrix = match self.color_space {
            1 => 5,
            2 => 1,
            3 => 6,
            4 => 7,
            5 => 9,
            RGB => 0,
            _ => 2,
        };
        let subsampling = match (self.subsampling_x, self.subsampling_y) {
            (true, true) => ChromaSubsampling::Colocated420,
            (true, false) => ChromaSubsampling::Horizontal422,
            // The record has no value for 4:4:0: the finer of the two that it lies between.
            (false, _) => ChromaSubsampling::Full444,
        };
        let cicp = Cicp { primaries: 2, transfer: 2, matrix, full_range: self.full_range };
        Record { profile, level: 0, bit_depth: self.bit_depth, subsampling, cicp }
    }
}

/// What a key frame says of the pictures.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct KeyFrame {
    /// `color_config`.
    pub color: ColorConfig,
    /// Width and height as coded, in samples.
    pub size: (u32, u32),
    /// `render_width` and `render_height`: the size as it is meant to be shown; that as coded where it is not stated.
    pub render_size: (u32, u32),
    /// How many bytes of the frame it takes to read this header again.
    pub length: usize,
}

/// What an uncompressed header says that does not depend on the frames before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct FrameHeader {
    /// Profile, 0 to 3.
    pub profile: u8,
    /// `frame_to_show_map_idx`, when the frame shows one that was decoded before (`show_existing_frame`) and is nothing
    /// itself.
    pub show_existing_frame: Option<u8>,
    /// `show_frame`.
    pub show_frame: bool,
    /// `error_resilient_mode`.
    pub error_resilient_mode: bool,
    /// `intra_only`: it refers to nothing, but leaves frames that came before in use.
    pub intra_only: bool,
    /// `refresh_frame_flags`: which of the eight frames that later ones may refer to it takes the place of.
    pub refresh_frame_flags: u8,
    /// `refresh_frame_context`: its probabilities are kept for later frames, which then cannot do without it.
    pub refresh_frame_context: bool,
    /// Size and colour, of a key frame.
    pub key_frame: Option<KeyFrame>,
}

const SYNC_CODE: u32 = 0x49_83_42;

impl FrameHeader {
    /// Reads the header of one frame, not of a superframe.
    ///
    /// ```
    /// use springhead_codec::vp9::FrameHeader;
    /// // `ffmpeg -f lavfi -i testsrc=size=64x64 -c:v libvpx-vp9`
    /// let header = FrameHeader::parse(b"\x82\x49\x83\x42\0\x03\xf0\x03\xf6\x06\x38\x24\x1c\x18\x4a\0")?;
    /// let key = header.key_frame.ok_or("a key frame")?;
    /// assert_eq!((header.profile, key.size, key.color.bit_depth), (0, (64, 64), 8));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(frame: &[u8]) -> Result<Self, SyntaxError> {
        let r = &mut BitReader::new("uncompressed_header", frame);
        let marker = r.bits("frame_marker", 2)?;
        if marker != 2 {
            return Err(r.out_of_range("frame_marker", marker));
        }
        let profile = r.bits8("profile_low_bit", 1)? | r.bits8("profile_high_bit", 1)? << 1;
        if profile == 3 {
            reserved(r)?;
        }
        let mut header = Self {
            profile,
            show_existing_frame: None,
            show_frame: true,
            error_resilient_mode: false,
            intra_only: false,
            refresh_frame_flags: 0,
            refresh_frame_context: false,
            key_frame: None,
        };
        if r.flag("show_existing_frame")? {
            header.show_existing_frame = Some(r.bits8("frame_to_show_map_idx", 3)?);
            return Ok(header);
        }
        let inter = r.flag("frame_type")?;
        header.show_frame = r.flag("show_frame")?;
        header.error_resilient_mode = r.flag("error_resilient_mode")?;
        if !inter {
            sync_code(r)?;
            let color = ColorConfig::parse(r, profile)?;
            let size = frame_size(r)?;
            let render_size = render_size(r)?.unwrap_or(size);
            header.refresh_frame_flags = 0xff;
            header.key_frame = Some(KeyFrame { color, size, render_size, length: 0 });
        } else {
            header.intra_only = !header.show_frame && r.flag("intra_only")?;
            if !header.error_resilient_mode {
                r.skip("reset_frame_context", 2)?;
            }
            if header.intra_only {
                sync_code(r)?;
                if profile > 0 {
                    ColorConfig::parse(r, profile)?;
                }
                header.refresh_frame_flags = r.bits8("refresh_frame_flags", 8)?;
                frame_size(r)?;
                render_size(r)?;
            } else {
                header.refresh_frame_flags = r.bits8("refresh_frame_flags", 8)?;
                r.skip("ref_frame_idx", 3 * 4)?;
                frame_size_with_refs(r)?;
                r.skip("allow_high_precision_mv", 1)?;
                if !r.flag("is_filter_switchable")? {
                    r.skip("raw_interpolation_filter", 2)?;
                }
            }
        }
        if !header.error_resilient_mode {
            header.refresh_frame_context = r.flag("refresh_frame_context")?;
        }
        if let Some(key) = &mut header.key_frame {
            key.length = r.position().div_ceil(8);
        }
        Ok(header)
    }

    /// What a record says of a key frame, without a level.
    pub(super) fn record(&self) -> Option<Record> {
        self.key_frame.map(|key| key.color.record(self.profile))
    }
}

fn reserved(r: &mut BitReader<'_>) -> Result<(), SyntaxError> {
    match r.flag("reserved_zero")? {
        true => Err(r.out_of_range("reserved_zero", 1)),
        false => Ok(()),
    }
}

fn sync_code(r: &mut BitReader<'_>) -> Result<(), SyntaxError> {
    match r.bits("frame_sync_code", 24)? {
        SYNC_CODE => Ok(()),
        other => Err(r.out_of_range("frame_sync_code", other)),
    }
}

fn frame_size(r: &mut BitReader<'_>) -> Result<(u32, u32), SyntaxError> {
    Ok((r.bits("frame_width_minus_1", 16)? + 1, r.bits("frame_height_minus_1", 16)? + 1))
}

fn render_size(r: &mut BitReader<'_>) -> Result<Option<(u32, u32)>, SyntaxError> {
    Ok(match r.flag("render_and_frame_size_different")? {
        true => Some((r.bits("render_width_minus_1", 16)? + 1, r.bits("render_height_minus_1", 16)? + 1)),
        false => None,
    })
}

/// The size is that of a frame which it refers to, or it is stated.
fn frame_size_with_refs(r: &mut BitReader<'_>) -> Result<(), SyntaxError> {
    for _ in 0..3 {
        if r.flag("found_ref")? {
            render_size(r)?;
            return Ok(());
        }
    }
    frame_size(r)?;
    render_size(r)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;
    use crate::fixtures::{self, vpx::VP9};

    #[test]
    fn headers_that_are_none_are_refused() {
        let field = |bytes: &[u8]| FrameHeader::parse(bytes).unwrap_err().field;
        assert_eq!(field(&[]), "frame_marker");
        assert_eq!(field(&[0x42]), "frame_marker");
        assert_eq!(field(&[0xb8]), "reserved_zero");
        assert_eq!(field(&[0x82, 0x49, 0x83, 0x43]), "frame_sync_code");
        assert_eq!(field(&[0x82, 0x49, 0x83, 0x42, 0xe0]), "color_space", "sRGB is not subsampled");
        assert_eq!(field(&[0x82, 0x49, 0x83, 0x42, 0]), "frame_width_minus_1");
    }

    #[test]
    fn key_frames_say_format_and_size() {
        for file in VP9 {
            let header = FrameHeader::parse(&fixtures::bytes(file.key_frame)).unwrap();
            let key = header.key_frame.unwrap();
            assert_eq!((key.size, key.render_size), (file.size, file.size), "{}", file.made_with);
            assert!(header.show_frame && header.refresh_frame_flags == 0xff && key.length <= 16);
        }
    }

    #[test]
    fn a_size_to_show_may_differ_from_the_size_as_coded() {
        let mut w = BitWriter::new();
        w.bits(0b1000_0011, 8).bits(SYNC_CODE.into(), 24).bits(0, 4).bits(719, 16).bits(575, 16);
        w.flag(true).bits(1023, 16).bits(575, 16).flag(true);
        let key = FrameHeader::parse(&w.into_bytes()).unwrap().key_frame.unwrap();
        assert_eq!((key.size, key.render_size, key.length), ((720, 576), (1024, 576), 13));
    }

    #[test]
    fn what_a_frame_leaves_behind_is_read_without_the_frames_before_it() {
        let inter = |error_resilient: bool, refresh: u64, keeps_context: bool, stated_size: bool| {
            let mut w = BitWriter::new();
            w.bits(0b100_0011, 7).flag(error_resilient);
            if !error_resilient {
                w.bits(0, 2);
            }
            w.bits(refresh, 8).bits(0, 12);
            if stated_size {
                w.bits(0, 3).bits(31, 16).bits(31, 16);
            } else {
                w.bits(0b01, 2);
            }
            w.flag(false).flag(true).flag(false).bits(1, 2).flag(keeps_context);
            FrameHeader::parse(&w.into_bytes()).unwrap()
        };
        let seen = |header: FrameHeader| (header.refresh_frame_flags, header.refresh_frame_context);
        assert_eq!(seen(inter(false, 0x05, true, false)), (5, true));
        assert_eq!(seen(inter(false, 0, false, true)), (0, false));
        assert_eq!(seen(inter(true, 0, true, false)), (0, false), "an error resilient frame keeps no probabilities");
        let shown = FrameHeader::parse(&[0b1000_1101]).unwrap();
        assert_eq!((shown.show_existing_frame, seen(shown)), (Some(5), (0, false)));
    }
}
