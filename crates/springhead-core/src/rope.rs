//! A payload as a chain of shared slices, so that cutting, joining and re-framing copy no media.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

/// An immutable sequence of bytes held as a chain of [`Bytes`].
///
/// Cloning and slicing share the underlying buffers. A rope of one slice needs no allocation of its own, which is the
/// usual case of an access unit. Empty slices are never kept. Equality compares content, not how it is cut.
///
/// ```
/// use springhead_core::Rope;
/// let rope: Rope = ["head", "payload"].into_iter().map(bytes::Bytes::from).collect();
/// assert_eq!(rope.len(), 11);
/// assert_eq!(rope.slice(2..6).to_bytes(), "adpa");
/// ```
#[derive(Clone, Default)]
pub struct Rope(Repr);

#[derive(Clone, Default)]
enum Repr {
    #[default]
    Empty,
    One(Bytes),
    Many(Arc<Many>),
}

#[derive(Clone)]
struct Many {
    slices: Vec<Bytes>,
    len: usize,
}

impl Rope {
    /// A rope of no bytes.
    pub const fn new() -> Self {
        Self(Repr::Empty)
    }

    /// How many bytes the rope holds.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Empty => 0,
            Repr::One(slice) => slice.len(),
            Repr::Many(many) => many.len,
        }
    }

    /// Whether the rope holds no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slices, in order; none of them is empty.
    pub fn slices(&self) -> &[Bytes] {
        match &self.0 {
            Repr::Empty => &[],
            Repr::One(slice) => std::slice::from_ref(slice),
            Repr::Many(many) => &many.slices,
        }
    }

    /// Appends one slice.
    pub fn push(&mut self, slice: Bytes) {
        if slice.is_empty() {
            return;
        }
        match &mut self.0 {
            Repr::Empty => self.0 = Repr::One(slice),
            Repr::One(first) => {
                let first = std::mem::take(first);
                let len = first.len() + slice.len();
                self.0 = Repr::Many(Arc::new(Many { slices: vec![first, slice], len }));
            }
            Repr::Many(many) => {
                let many = Arc::make_mut(many);
                many.len += slice.len();
                many.slices.push(slice);
            }
        }
    }

    /// Appends all slices of another rope.
    pub fn append(&mut self, other: &Rope) {
        if self.is_empty() {
            *self = other.clone();
            return;
        }
        for slice in other.slices() {
            self.push(slice.clone());
        }
    }

    /// The bytes of `range`, shared.
    ///
    /// # Panics
    /// When the range does not lie within the rope, as with slices.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.len(), "{range:?} is outside a rope of {}", self.len());
        let mut skip = range.start;
        let mut want = range.end - range.start;
        let mut out = Self::new();
        for slice in self.slices() {
            if want == 0 {
                break;
            }
            if skip >= slice.len() {
                skip -= slice.len();
                continue;
            }
            let take = want.min(slice.len() - skip);
            out.push(slice.slice(skip..skip + take));
            skip = 0;
            want -= take;
        }
        out
    }

    /// The content in one piece: shared when the rope is one slice, copied otherwise.
    pub fn to_bytes(&self) -> Bytes {
        match &self.0 {
            Repr::Empty => Bytes::new(),
            Repr::One(slice) => slice.clone(),
            Repr::Many(many) => {
                let mut whole = BytesMut::with_capacity(many.len);
                many.slices.iter().for_each(|slice| whole.extend_from_slice(slice));
                whole.freeze()
            }
        }
    }
}

impl From<Bytes> for Rope {
    fn from(slice: Bytes) -> Self {
        let mut rope = Self::new();
        rope.push(slice);
        rope
    }
}

/// As many slices at once, in one allocation beside theirs.
impl From<Vec<Bytes>> for Rope {
    fn from(mut slices: Vec<Bytes>) -> Self {
        slices.retain(|slice| !slice.is_empty());
        match slices.len() {
            0 => Self::new(),
            1 => slices.remove(0).into(),
            _ => {
                let len = slices.iter().map(Bytes::len).sum();
                Self(Repr::Many(Arc::new(Many { slices, len })))
            }
        }
    }
}

impl FromIterator<Bytes> for Rope {
    fn from_iter<I: IntoIterator<Item = Bytes>>(slices: I) -> Self {
        let mut rope = Self::new();
        rope.extend(slices);
        rope
    }
}

impl Extend<Bytes> for Rope {
    fn extend<I: IntoIterator<Item = Bytes>>(&mut self, slices: I) {
        slices.into_iter().for_each(|slice| self.push(slice));
    }
}

impl PartialEq for Rope {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.slices().iter().flat_map(|s| s.iter()).eq(other.slices().iter().flat_map(|s| s.iter()))
    }
}

impl Eq for Rope {}

impl std::fmt::Debug for Rope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rope({} bytes in {})", self.len(), self.slices().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn however_it_is_cut_the_content_is_the_same(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9),
            a in 0usize..80,
            b in 0usize..80,
        ) {
            let flat: Vec<u8> = pieces.concat();
            let rope: Rope = pieces.iter().cloned().map(Bytes::from).collect();
            prop_assert_eq!(rope.len(), flat.len());
            prop_assert_eq!(&rope.to_bytes()[..], &flat[..]);
            prop_assert!(rope.slices().iter().all(|s| !s.is_empty()));
            let (start, end) = (a.min(b).min(flat.len()), a.max(b).min(flat.len()));
            prop_assert_eq!(&rope.slice(start..end).to_bytes()[..], &flat[start..end]);
            let mut joined = rope.slice(0..start);
            joined.append(&rope.slice(start..flat.len()));
            prop_assert_eq!(&joined, &rope);
            let at_once = Rope::from(pieces.iter().cloned().map(Bytes::from).collect::<Vec<_>>());
            prop_assert_eq!(at_once.slices(), rope.slices());
            prop_assert_eq!(at_once.len(), rope.len());
        }
    }

    #[test]
    fn slicing_and_cloning_share_the_payload() {
        let payload = Bytes::from(vec![7; 100]);
        let rope: Rope = [Bytes::from_static(b"head"), payload.clone()].into_iter().collect();
        assert_eq!(rope.clone().slices()[1].as_ptr(), payload.as_ptr());
        assert_eq!(rope.slice(14..24).slices()[0].as_ptr(), payload[10..].as_ptr());
    }

    #[test]
    fn appending_to_a_clone_leaves_the_original() {
        let mut a: Rope = [Bytes::from_static(b"a"), Bytes::from_static(b"b")].into_iter().collect();
        let b = a.clone();
        a.push(Bytes::from_static(b"c"));
        assert_eq!((a.to_bytes(), b.to_bytes()), (Bytes::from_static(b"abc"), Bytes::from_static(b"ab")));
    }
}
