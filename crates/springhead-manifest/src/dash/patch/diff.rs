//! The patch between two MPDs.

use std::collections::VecDeque;

use super::super::{Element, Mpd};
use super::edits::{Edit, edits};
use super::keys::Keys;
use super::{Change, MAX_OPERATIONS, Operation, Patch, Pos, Predicate, Selector};
use crate::parse_date_time;

impl Mpd {
    /// The patch that makes `new` of this MPD. What changes as a live timeline goes on is told by itself: `S` that come
    /// and go, `@startNumber`, Periods, attributes and elements of the MPD. Of anything else the Representation, set or
    /// Period around it is replaced. [The module](crate::dash::patch) says which players follow what.
    ///
    /// None where there is no patch: without the same `MPD@id` or without publish times of which `new` has the later one,
    /// and where it would take more than [`MAX_OPERATIONS`]. The client then gets the whole MPD.
    pub fn patch_to(&self, new: &Mpd) -> Option<Patch> {
        let (old, new) = (Element::parse(&self.render()).ok()?, Element::parse(&new.render()).ok()?);
        let mpd_id = new.attribute("id").filter(|id| old.attribute("id") == Some(id))?.to_owned();
        let at = |mpd: &Element| mpd.attribute("publishTime").and_then(parse_date_time);
        let original_publish_time = at(&old)?;
        let publish_time = at(&new).filter(|at| *at > original_publish_time)?;
        let mut difference = Difference::default();
        difference.root(&old, &new);
        let operations = Some(difference.operations).filter(|operations| operations.len() <= MAX_OPERATIONS)?;
        Some(Patch { mpd_id, original_publish_time, publish_time, operations })
    }
}

/// What of an element is told by itself when it changes. Anything else has the element replaced.
struct Rule {
    /// Attributes whose value may change.
    attributes: &'static [&'static str],
    /// Elements of which there may be several: they may come, go and change.
    lists: &'static [&'static str],
    /// Elements of which there may be one: what is in them may change.
    single: &'static [&'static str],
}

impl Rule {
    fn of(element: &str) -> Self {
        let (attributes, lists, single): (&[_], &[_], &[_]) = match element {
            "Period" => (&[], &["AdaptationSet"], &[]),
            "AdaptationSet" => (&[], &["Representation"], &["SegmentTemplate"]),
            "Representation" => (&[], &[], &["SegmentTemplate"]),
            "SegmentTemplate" => (&["startNumber", "endNumber"], &[], &["SegmentTimeline"]),
            "SegmentTimeline" => (&[], &["S"], &[]),
            _ => (&[], &[], &[]),
        };
        Self { attributes, lists, single }
    }
}

/// The operations found so far.
#[derive(Default)]
struct Difference {
    operations: Vec<Operation>,
}

impl Difference {
    fn push(&mut self, sel: Selector, change: Change) {
        self.operations.push(Operation { sel, change });
    }

    /// The root cannot be replaced, so that everything of it is told by itself.
    fn root(&mut self, old: &Element, new: &Element) {
        let sel = Selector::root();
        for (name, value) in new.attributes.iter().filter(|(name, value)| old.attribute(name) != Some(value)) {
            let added = old.attribute(name).is_none();
            if added {
                self.push(sel.clone(), Change::AddAttribute { name: name.clone(), value: value.clone() });
            }
            if !added || name == "mediaPresentationDuration" {
                self.push(sel.clone(), Change::ReplaceAttribute { name: name.clone(), value: value.clone() });
            }
        }
        for (name, _) in old.attributes.iter().filter(|(name, _)| new.attribute(name).is_none()) {
            self.push(sel.clone(), Change::RemoveAttribute(name.clone()));
        }
        for name in names_of(new, old) {
            self.list(&sel, name, old, new);
        }
    }

    /// Tells how the element that `sel` names becomes another.
    fn change(&mut self, sel: &Selector, old: &Element, new: &Element) {
        if self.within(sel, old, new) {
            return;
        }
        if new.name == "Period" && is_the_same_apart_from_what_is_told(old, new) {
            self.list(sel, "AdaptationSet", old, new);
        }
        self.push(sel.clone(), Change::Replace(new.clone()));
    }

    /// Likewise by what is in it. False, with nothing told, when the whole of it has to be replaced.
    fn within(&mut self, sel: &Selector, old: &Element, new: &Element) -> bool {
        let rule = Rule::of(&new.name);
        let both = || old.attributes.iter().zip(&new.attributes);
        let may_change = |name: &String| rule.attributes.contains(&name.as_str());
        if old.attributes.len() != new.attributes.len()
            || !both().all(|(a, b)| a == b || a.0 == b.0 && may_change(&a.0))
            || !is_the_same_apart_from_what_is_told(old, new)
        {
            return false;
        }
        let begun = self.operations.len();
        for (_, (name, value)) in both().filter(|(a, b)| a != b) {
            self.push(sel.clone(), Change::ReplaceAttribute { name: name.clone(), value: value.clone() });
        }
        for name in rule.single {
            let told = match (all(old, name).next(), all(new, name).next()) {
                (Some(old), Some(new)) => old == new || self.within(&sel.child(name, None), old, new),
                (old, new) => old.is_none() && new.is_none(),
            };
            if !told {
                self.operations.truncate(begun);
                return false;
            }
        }
        rule.lists.iter().for_each(|name| self.list(sel, name, old, new));
        true
    }

    /// Tells how the elements of a name in `old` become those in `new`. Everything before them in `new` has been told.
    fn list(&mut self, parent: &Selector, name: &str, old: &Element, new: &Element) {
        let keys = Keys::of(name, old, new);
        let mut edits = edits(&keys.number(all(old, name)), &keys.number(all(new, name))).into_iter().peekable();
        // The last of those that are as they shall be, and how many these are.
        let (mut last, mut done): (Option<&Element>, usize) = (None, 0);
        while let Some(edit) = edits.next() {
            match edit {
                Edit::Keep(old, new) => {
                    if old != new {
                        self.change(&keys.select(parent, old, done + 1), old, new);
                    }
                    (last, done) = (Some(new), done + 1);
                }
                Edit::Remove(old) => self.push(keys.select(parent, old, done + 1), Change::Remove),
                Edit::Insert(first) => {
                    let mut run = VecDeque::from([first]);
                    while let Some(Edit::Insert(more)) = edits.next_if(|next| matches!(next, Edit::Insert(_))) {
                        run.push_back(more);
                    }
                    // Shaka passes over a Period that is replaced.
                    let replaces = |next: &Edit<'_>| matches!(next, Edit::Remove(_)) && name != "Period";
                    while let Some(next) = run.front().copied() {
                        let Some(Edit::Remove(old)) = edits.next_if(replaces) else { break };
                        self.push(keys.select(parent, old, done + 1), Change::Replace(next.clone()));
                        (last, done) = (run.pop_front(), done + 1);
                    }
                    if run.is_empty() {
                        continue;
                    }
                    let (sel, pos) = match (last, edits.peek()) {
                        (Some(last), _) => (keys.select(parent, last, done), Pos::After),
                        (None, Some(Edit::Keep(next, _) | Edit::Remove(next))) => {
                            (keys.select(parent, next, 1), Pos::Before)
                        }
                        (None, _) => first_place(parent, name, new),
                    };
                    self.push(sel, Change::Add { pos, elements: run.iter().copied().cloned().collect() });
                    (last, done) = (run.back().copied(), done + run.len());
                }
            }
        }
    }
}

/// Whether all elements that cannot change by themselves, and the text, are the same.
fn is_the_same_apart_from_what_is_told(old: &Element, new: &Element) -> bool {
    let rule = Rule::of(&new.name);
    let untold = |name: &&str| !rule.lists.contains(name) && !rule.single.contains(name);
    old.text == new.text && names_of(new, old).into_iter().filter(untold).all(|name| all(old, name).eq(all(new, name)))
}

/// Where the first element of a name goes: after what comes before it in `new`, which is there already.
fn first_place(parent: &Selector, name: &str, new: &Element) -> (Selector, Pos) {
    let before =
        new.children.iter().position(|child| child.name == name).and_then(|at| new.children[..at].split_last());
    match before {
        Some((last, others)) => {
            let place = 1 + others.iter().filter(|other| other.name == last.name).count();
            (parent.child(&last.name, Some(Predicate::Position(place))), Pos::After)
        }
        None => (parent.clone(), Pos::Prepend),
    }
}

/// The names of the elements in either, those of `first` in their order before others.
fn names_of<'a>(first: &'a Element, second: &'a Element) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for child in first.children.iter().chain(&second.children) {
        // Those of one name stand together.
        if names.last() != Some(&child.name.as_str()) && !names.contains(&child.name.as_str()) {
            names.push(&child.name);
        }
    }
    names
}

/// The elements of a name, in order.
fn all<'a>(parent: &'a Element, name: &str) -> impl Iterator<Item = &'a Element> {
    parent.children.iter().filter(move |child| child.name == name)
}
