//! The superframe index (Annex B): several frames in one sample, of which at most one is shown.

use std::ops::Range;

use crate::vpx::VpxError;

/// The frames of a chunk of VP9, in order, as ranges of it: those that its superframe index lists, or all of it as one frame
/// when it has none. Frames without bytes are passed over; bytes between the last frame and the index belong to none.
///
/// ```
/// use springhead_codec::vp9::frames;
/// assert_eq!(frames(&[0x82, 1, 2])?, [0..3]);
/// assert_eq!(frames(&[0x80, 1, 0x86, 0xc1, 2, 1, 0xc1])?, [0..2, 2..3]);
/// # Ok::<(), springhead_codec::vpx::VpxError>(())
/// ```
pub fn frames(chunk: &[u8]) -> Result<Vec<Range<usize>>, VpxError> {
    let whole = || std::iter::once(0..chunk.len()).filter(|frame| !frame.is_empty()).collect();
    let Some(&marker) = chunk.last() else { return Ok(whole()) };
    if marker >> 5 != 0b110 {
        return Ok(whole());
    }
    let count = usize::from(marker & 7) + 1;
    let bytes = usize::from(marker >> 3 & 3) + 1;
    let index = 2 + count * bytes;
    let Some(end) = chunk.len().checked_sub(index) else { return Ok(whole()) };
    // Only an index that begins as it ends is one; else the byte is data.
    if chunk[end] != marker {
        return Ok(whole());
    }
    let mut frames = Vec::with_capacity(count);
    let mut sum = 0;
    for size in chunk[end + 1..end + 1 + count * bytes].chunks_exact(bytes) {
        let size = size.iter().rev().fold(0, |value, &byte| value << 8 | usize::from(byte));
        if size > 0 {
            frames.push(sum..sum + size);
        }
        sum += size;
    }
    if sum > end {
        return Err(VpxError::Superframe { sum, available: end });
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_longer_than_their_superframe_are_refused() {
        let beyond = VpxError::Superframe { sum: 4, available: 3 };
        assert_eq!(frames(&[0x80, 1, 2, 0xc1, 2, 2, 0xc1]), Err(beyond));
    }

    #[test]
    fn what_only_looks_like_an_index_is_part_of_the_frame() {
        assert_eq!(frames(&[]), Ok(vec![]));
        for (chunk, why) in
            [(&[0xc1][..], "too short to be one"), (&[0x80, 0, 2, 2, 0xc1], "does not begin as it ends")]
        {
            assert_eq!(frames(chunk).as_deref(), Ok(std::slice::from_ref(&(0..chunk.len()))), "{why}");
        }
    }

    #[test]
    fn sizes_are_little_endian_and_empty_frames_are_passed_over() {
        let chunk = [&[0x80; 258][..], &[0xca, 1, 1, 0, 0, 1, 0, 0xca]].concat();
        assert_eq!(frames(&chunk), Ok(vec![0..257, 257..258]));
    }
}
