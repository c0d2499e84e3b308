//! An FLV file as it arrives.

use bytes::{Buf, Bytes, BytesMut};

use super::{FileHeader, FlvError, TagHeader};

/// One tag of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tag {
    /// Its header.
    pub header: TagHeader,
    /// Its body, for [`VideoTag`](super::VideoTag) or [`AudioTag`](super::AudioTag) by the header's kind.
    pub body: Bytes,
}

/// Takes an FLV file in pieces of any size, and gives its tags.
///
/// Input comes through [`handle_bytes`](Self::handle_bytes); after each, drain [`next_tag`](Self::next_tag) until it gives
/// none. The reader holds what it was given and has not yet returned, never more than that. After an error it stays at
/// that error. PreviousTagSize, which files get wrong, is passed over.
///
/// ```
/// use springhead_mux::flv::{FlvError, Reader, TagKind};
/// let mut reader = Reader::new(1 << 20);
/// reader.handle_bytes(b"FLV\x01\x01\0\0\0\x09\0\0\0\0\x09\0\0\x02\0\0\x21\0\0\0");
/// assert_eq!(reader.next_tag()?, None);
/// reader.handle_bytes(b"\0\x17\x02\0\0\0\x0d");
/// let tag = reader.next_tag()?.unwrap();
/// assert_eq!((tag.header.kind, tag.header.timestamp, &tag.body[..]), (TagKind::Video, 33, &b"\x17\x02"[..]));
/// # Ok::<(), FlvError>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    buffer: BytesMut,
    max_tag: usize,
    /// Bytes to pass over before the next tag, so that a hostile offset needs no memory.
    skip: usize,
    file: Option<FileHeader>,
    failed: Option<FlvError>,
}

/// Bytes of the size of the tag before that stands before each tag.
const PREVIOUS_TAG_SIZE: usize = 4;

impl Reader {
    /// A reader at the start of a file, which takes tags of at most `max_tag` bytes.
    pub fn new(max_tag: usize) -> Self {
        Self { buffer: BytesMut::new(), max_tag, skip: 0, file: None, failed: None }
    }

    /// Appends what has arrived.
    pub fn handle_bytes(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        let skip = self.skip.min(bytes.len());
        self.skip -= skip;
        self.buffer.extend_from_slice(&bytes[skip..]);
    }

    /// The header of the file, once [`next_tag`](Self::next_tag) has come past it.
    pub fn file_header(&self) -> Option<FileHeader> {
        self.file
    }

    /// The next whole tag; none while more bytes are needed.
    ///
    /// # Errors
    /// Those of [`FileHeader::parse`], and [`FlvError::TagSize`]; the file cannot be read further.
    pub fn next_tag(&mut self) -> Result<Option<Tag>, FlvError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.read().inspect_err(|error| {
            self.failed = Some(*error);
            self.buffer = BytesMut::new();
        })
    }

    fn read(&mut self) -> Result<Option<Tag>, FlvError> {
        if self.file.is_none() {
            let Some(header) = self.buffer.first_chunk() else {
                return Ok(None);
            };
            let (file, offset) = FileHeader::parse(header)?;
            self.file = Some(file);
            self.pass_over(offset as usize + PREVIOUS_TAG_SIZE);
        }
        let Some(header) = self.buffer.first_chunk() else {
            return Ok(None);
        };
        let header = TagHeader::parse(header);
        let size = header.size as usize;
        if size > self.max_tag {
            return Err(FlvError::TagSize { size, limit: self.max_tag });
        }
        if self.buffer.len() < TagHeader::LEN + size {
            return Ok(None);
        }
        self.buffer.advance(TagHeader::LEN);
        let body = self.buffer.split_to(size).freeze();
        self.pass_over(PREVIOUS_TAG_SIZE);
        Ok(Some(Tag { header, body }))
    }

    fn pass_over(&mut self, count: usize) {
        let here = count.min(self.buffer.len());
        self.buffer.advance(here);
        self.skip = count - here;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TagKind, file_header, tag};
    use super::*;
    use proptest::prelude::*;
    use springhead_core::Rope;

    #[test]
    fn a_tag_above_the_limit_is_refused_before_its_body_is_waited_for() {
        let mut reader = Reader::new(100);
        reader.handle_bytes(&file_header(FileHeader { audio: false, video: true }));
        reader.handle_bytes(b"\x09\0\0\x65\0\0\0\0\0\0\0");
        let error = FlvError::TagSize { size: 101, limit: 100 };
        assert_eq!(reader.next_tag(), Err(error));
        reader.handle_bytes(&[0; 500]);
        assert_eq!(reader.next_tag(), Err(error), "it stays at its error");
    }

    #[test]
    fn an_offset_beyond_everything_takes_no_memory() {
        let mut reader = Reader::new(100);
        reader.handle_bytes(b"FLV\x01\x05\xff\xff\xff\xff");
        assert_eq!(reader.next_tag(), Ok(None));
        reader.handle_bytes(&[0; 4096]);
        assert_eq!((reader.next_tag(), reader.buffer.len()), (Ok(None), 0));
    }

    proptest! {
        #[test]
        fn however_a_file_arrives_its_tags_are_the_same(
            tags in prop::collection::vec((0u8..32, any::<u32>(), prop::collection::vec(any::<u8>(), 0..40)), 0..8),
            piece in 1usize..50,
        ) {
            let mut file = file_header(FileHeader { audio: true, video: true }).to_vec();
            for (code, timestamp, body) in &tags {
                let body = Rope::from(Bytes::copy_from_slice(body));
                file.extend(tag(TagKind::of(*code), *timestamp, &body).unwrap().to_bytes());
            }
            let mut reader = Reader::new(64);
            let mut read = Vec::new();
            for piece in file.chunks(piece) {
                reader.handle_bytes(piece);
                while let Some(Tag { header, body }) = reader.next_tag().unwrap() {
                    read.push((header.kind.code(), header.timestamp, body.to_vec()));
                }
            }
            prop_assert_eq!(read, tags);
            prop_assert_eq!(reader.buffer.len(), 0);
        }
    }
}
