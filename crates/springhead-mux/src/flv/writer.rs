//! Files and tags in the making. A body becomes part of what is written as it is, never copied.

use bytes::Bytes;
use springhead_core::Rope;

use super::{FileHeader, FlvError, TagHeader, TagKind};

/// The start of a file: its header, and the size of the tag before the first, which is zero.
pub fn file_header(header: FileHeader) -> Bytes {
    let mut bytes = header.to_bytes().to_vec();
    bytes.extend([0; 4]);
    bytes.into()
}

/// One tag with its body and the size that follows it.
///
/// # Errors
/// [`FlvError::TooLarge`] when the body has 2^24 bytes or more.
pub fn tag(kind: TagKind, timestamp: u32, body: &Rope) -> Result<Rope, FlvError> {
    if body.len() > TagHeader::MAX_SIZE {
        return Err(FlvError::TooLarge { size: body.len() });
    }
    let size = body.len() as u32;
    let header = TagHeader { kind, filtered: false, size, timestamp }.to_bytes();
    let previous_tag_size = (TagHeader::LEN as u32 + size).to_be_bytes();
    let mut rope = Rope::from(Bytes::copy_from_slice(&header));
    rope.append(body);
    rope.push(Bytes::copy_from_slice(&previous_tag_size));
    Ok(rope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_does_not_fit_is_refused() {
        let body: Rope = (0..17).map(|_| Bytes::from_static(&[0; 1 << 20])).collect();
        assert_eq!(tag(TagKind::Video, 0, &body), Err(FlvError::TooLarge { size: 17 << 20 }));
    }
}
