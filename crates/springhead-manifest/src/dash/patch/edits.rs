//! The way from one list of elements to another.

use std::collections::HashMap;

use super::super::Element;
use super::keys::Key;

/// One step on that way.
pub(super) enum Edit<'a> {
    /// The element stays, though it may change.
    Keep(&'a Element, &'a Element),
    Remove(&'a Element),
    Insert(&'a Element),
}

/// The steps, from the first element to the last; what is inserted comes before what is removed in its place. Elements that
/// keep their order are kept; of two that change places one is removed and inserted again.
pub(super) fn edits<'a>(old: &[(Key<'a>, &'a Element)], new: &[(Key<'a>, &'a Element)]) -> Vec<Edit<'a>> {
    let mut edits = Vec::with_capacity(old.len().max(new.len()));
    let mut ahead: HashMap<Key<'a>, usize> = HashMap::with_capacity(old.len());
    old.iter().for_each(|(key, _)| *ahead.entry(*key).or_default() += 1);
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    while old.peek().is_some() || new.peek().is_some() {
        let is_ahead = |key| ahead.get(key).is_some_and(|count| *count > 0);
        if let Some((_, after)) = new.next_if(|(key, _)| !is_ahead(key)) {
            edits.push(Edit::Insert(after));
        } else if let Some((key, before)) = old.next() {
            ahead.entry(*key).and_modify(|count| *count -= 1);
            edits.push(match new.next_if(|(other, _)| other == key) {
                Some((_, after)) => Edit::Keep(before, after),
                None => Edit::Remove(before),
            });
        }
    }
    edits
}
