//! Finding the next frame of a stream of self-describing frames after what was no frame.

/// What is known of the bytes at one place.
pub(crate) enum Candidate {
    /// A frame of that many bytes begins here.
    Frame(usize),
    /// Too few bytes are left to tell.
    Unknown,
    /// No frame begins here.
    No,
}

/// The first place from `from` on where a frame begins that another one follows, or the end of the stream. A sync word alone
/// proves nothing, as any bytes may look like one. Where nothing is confirmed in that way, the first frame that the end of
/// the stream cuts off.
///
/// Takes time in proportion to the bytes that it passes over.
pub(crate) fn next_frame(stream: &[u8], from: usize, look: impl Fn(&[u8]) -> Candidate) -> Option<usize> {
    let mut cut_off = None;
    for at in from..stream.len() {
        let Candidate::Frame(length) = look(&stream[at..]) else { continue };
        match stream.get(at + length..) {
            Some([]) => return Some(at),
            Some(rest) if !matches!(look(rest), Candidate::No) => return Some(at),
            Some(_) => {}
            None => cut_off = cut_off.or(Some(at)),
        }
    }
    cut_off
}
