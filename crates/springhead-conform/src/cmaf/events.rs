//! Events in segments (`emsg`, ISO/IEC 23009-1 §5.10.3.3).

use super::boxes::{field, is, top};

/// An event message box.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Event<'a> {
    pub(crate) version: u8,
    pub(crate) scheme: &'a str,
    pub(crate) value: &'a str,
    pub(crate) id: u32,
    /// What it says, and of when: all fields but those by which it is known.
    pub(crate) content: (u32, u64, u32, &'a [u8]),
}

/// The events of a segment that can be read.
pub(crate) fn events(segment: &[u8]) -> impl Iterator<Item = Event<'_>> {
    top(segment).filter(|one| is(one, b"emsg")).filter_map(|one| {
        let version = *one.body.first()?;
        let word = |at: usize| field(&one, at);
        match version {
            0 => {
                let (scheme, rest) = text(one.body.get(4..)?)?;
                let (value, rest) = text(rest)?;
                let at = one.body.len() - rest.len();
                let content = (word(at)?, word(at + 4)?.into(), word(at + 8)?, rest.get(16..)?);
                Some(Event { version, scheme, value, id: word(at + 12)?, content })
            }
            1 => {
                let time = u64::from(word(8)?) << 32 | u64::from(word(12)?);
                let (scheme, rest) = text(one.body.get(24..)?)?;
                let (value, message) = text(rest)?;
                Some(Event { version, scheme, value, id: word(20)?, content: (word(4)?, time, word(16)?, message) })
            }
            _ => None,
        }
    })
}

/// A text that ends with a zero, and what follows it.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|b| *b == 0)?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn emsg(version: u8, scheme: &str, value: &str, id: u32, message: &[u8]) -> Vec<u8> {
        let words = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
        let texts = [scheme.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat();
        let head = [version, 0, 0, 0];
        let body = match version {
            0 => [&head[..], &texts, &words(&[90, 7, 8, id]), message].concat(),
            _ => [&head[..], &words(&[90, 0, 7, 8, id]), &texts, message].concat(),
        };
        [&(body.len() as u32 + 8).to_be_bytes()[..], b"emsg", &body].concat()
    }

    #[test]
    fn both_versions_are_read() {
        for version in [0, 1] {
            let bytes = emsg(version, "urn:x", "1", 9, b"hello");
            let event = Event { version, scheme: "urn:x", value: "1", id: 9, content: (90, 7, 8, b"hello") };
            assert_eq!(events(&bytes).collect::<Vec<_>>(), [event]);
        }
    }

    #[test]
    fn what_is_cut_short_is_passed_over() {
        let whole = emsg(1, "urn:x", "1", 9, b"");
        for end in 8..whole.len() {
            let mut cut = whole[..end].to_vec();
            cut[3] = end as u8;
            assert_eq!(events(&cut).count(), 0, "{end}");
        }
    }
}
