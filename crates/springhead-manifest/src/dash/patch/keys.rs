//! How an element is known again in another version of the MPD, and how it is selected.

use std::collections::HashSet;

use super::super::Element;
use super::{Predicate, Selector};

/// By what one element among those of its name is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Key<'a> {
    /// `@id`.
    Id(&'a str),
    /// When the first segment of an `S` begins.
    Start(u64),
    /// Its place.
    Place(usize),
}

/// By what the elements of one name are known.
pub(super) enum Keys {
    Id,
    Start,
    Place,
}

impl Keys {
    pub(super) fn of(name: &str, old: &Element, new: &Element) -> Self {
        let identified = matches!(name, "Period" | "AdaptationSet" | "Representation");
        match name {
            "S" => Self::Start,
            _ if identified && has_distinct_ids(old, name) && has_distinct_ids(new, name) => Self::Id,
            _ => Self::Place,
        }
    }

    /// Each element with its key.
    pub(super) fn number<'a>(&self, elements: impl Iterator<Item = &'a Element>) -> Vec<(Key<'a>, &'a Element)> {
        let mut end = 0u64;
        let key = |(place, element): (usize, &'a Element)| match self {
            Self::Id => (Key::Id(element.attribute("id").unwrap_or_default()), element),
            Self::Place => (Key::Place(place), element),
            Self::Start => {
                let number = |name: &str| element.attribute(name).and_then(|value| value.parse::<u64>().ok());
                let start = number("t").unwrap_or(end);
                let count = number("r").unwrap_or(0).saturating_add(1);
                end = start.saturating_add(number("d").unwrap_or(0).saturating_mul(count));
                (Key::Start(start), element)
            }
        };
        elements.enumerate().map(key).collect()
    }

    /// The path to an element that has this place among those of its name in `parent`.
    pub(super) fn select(&self, parent: &Selector, element: &Element, place: usize) -> Selector {
        let id = element.attribute("id").filter(|id| matches!(self, Self::Id) && is_plain(id));
        let by_id = id.map(|id| Predicate::Attribute { name: "id".to_owned(), value: id.to_owned() });
        parent.child(element.name(), Some(by_id.unwrap_or(Predicate::Position(place))))
    }
}

/// Whether every element of a name has an id of its own.
fn has_distinct_ids(parent: &Element, name: &str) -> bool {
    let mut seen = HashSet::new();
    let mut named = parent.children().iter().filter(|child| child.name() == name);
    named.all(|element| element.attribute("id").is_some_and(|id| seen.insert(id)))
}

/// Whether every player finds an element by such an id.
fn is_plain(id: &str) -> bool {
    let special = |c: char| c.is_control() || "/[]'\"&<>".contains(c);
    !id.is_empty() && !id.contains(special)
}
