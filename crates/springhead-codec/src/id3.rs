//! ID3 tags of version 2, from without: where they begin and end (ID3v2.4.0 §3).
//!
//! What a tag says is between who made it and the player. A unit of metadata is one tag or more, one behind the other.
//!
//! ```
//! use springhead_codec::id3;
//! let tags = b"ID3\x04\0\0\0\0\0\x02abID3\x03\0\0\0\0\0\0";
//! assert_eq!(id3::tags(tags).collect::<Vec<_>>(), [&tags[..12], &tags[12..]]);
//! assert!(id3::is_whole(tags) && !id3::is_whole(&tags[..20]));
//! ```

const HEADER: usize = 10;
/// Says that a copy of the header follows the tag (§3.4).
const FOOTER_PRESENT: u8 = 0x10;

/// How many bytes the tag that `bytes` begin with has, header and footer included, whether all of them are there or not; none
/// where no tag of version 2 begins.
pub fn tag_len(bytes: &[u8]) -> Option<usize> {
    let &[b'I', b'D', b'3', major, revision, flags, a, b, c, d, ..] = bytes else { return None };
    // Seven bits a byte, so that no size looks like the beginning of a frame of MPEG audio.
    let is_size = [a, b, c, d].iter().all(|byte| byte >> 7 == 0);
    if major == 0xff || revision == 0xff || !is_size {
        return None;
    }
    let size = [a, b, c, d].iter().fold(0, |size, &byte| size << 7 | usize::from(byte));
    Some(HEADER + size + if flags & FOOTER_PRESENT == 0 { 0 } else { HEADER })
}

/// The whole tags that `bytes` begin with, one behind the other.
pub fn tags(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut left = bytes;
    std::iter::from_fn(move || {
        let (tag, rest) = left.split_at_checked(tag_len(left)?)?;
        left = rest;
        Some(tag)
    })
}

/// Whether `bytes` are one tag or more, and nothing else.
pub fn is_whole(bytes: &[u8]) -> bool {
    !bytes.is_empty() && tags(bytes).map(<[u8]>::len).sum::<usize>() == bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_tag_has_no_length() {
        for bytes in
            [&b""[..], b"ID3\x04\0\0\0\0\0", b"TAG\x04\0\0\0\0\0\0", b"ID3\xff\0\0\0\0\0\0", b"ID3\x04\0\0\0\0\0\x80"]
        {
            assert_eq!(tag_len(bytes), None, "{bytes:?}");
            assert!(!is_whole(bytes));
        }
    }

    #[test]
    fn sizes_have_seven_bits_a_byte_and_footers_count() {
        assert_eq!(tag_len(b"ID3\x04\0\0\0\0\x02\x01"), Some(10 + 257));
        assert_eq!(tag_len(b"ID3\x04\0\x10\0\0\0\x01"), Some(21));
        assert_eq!(tag_len(b"ID3\x04\0\0\x7f\x7f\x7f\x7f"), Some(10 + (1 << 28) - 1));
    }

    #[test]
    fn a_tag_that_is_cut_short_is_none_of_the_whole_ones() {
        let tags_of_two = b"ID3\x04\0\0\0\0\0\x02abID3\x03\0\0\0\0\0\x01";
        assert_eq!(tags(tags_of_two).count(), 1);
        assert!(!is_whole(tags_of_two) && is_whole(&tags_of_two[..12]));
    }
}
