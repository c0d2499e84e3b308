//! Applying a patch, as a player does.

use super::super::{Element, MAX_DEPTH, MAX_ELEMENTS, Mpd};
use super::{Change, Patch, PatchError, Pos, Predicate, Selector, Step};
use crate::parse_date_time;

impl Patch {
    /// The MPD that the patch makes of another: all operations one after the other (ISO/IEC 23009-1 §5.15, RFC 5261 §4).
    ///
    /// # Errors
    /// See [`PatchError`]; the client fetches the whole MPD.
    pub fn apply(&self, mpd: &Mpd) -> Result<Mpd, PatchError> {
        self.apply_to(&mpd.render())
    }

    /// Likewise of an MPD as it was received. What [`Mpd`] has no place for can be selected as well.
    ///
    /// # Errors
    /// See [`PatchError`]; the client fetches the whole MPD.
    pub fn apply_to(&self, mpd: &str) -> Result<Mpd, PatchError> {
        let mut root = Element::parse(mpd)?;
        if root.attribute("id") != Some(&self.mpd_id) {
            return Err(PatchError::OtherMpd);
        }
        if root.attribute("publishTime").and_then(|at| parse_date_time(at.trim())) != Some(self.original_publish_time) {
            return Err(PatchError::OtherVersion);
        }
        self.change(&mut root)?;
        let mpd = Mpd::read(&root)?;
        if mpd.publish_time == Some(self.publish_time) { Ok(mpd) } else { Err(PatchError::NotThere) }
    }

    /// Does all operations, in order.
    pub(super) fn change(&self, root: &mut Element) -> Result<(), PatchError> {
        for (operation, one) in self.operations.iter().enumerate() {
            let not_located = || PatchError::NotLocated { operation, sel: one.sel.to_string() };
            perform(root, &one.sel, &one.change).map_err(|refusal| match refusal {
                Refusal::NotLocated => not_located(),
                Refusal::Root => PatchError::Root { operation },
            })?;
        }
        if fits(root, MAX_DEPTH, &mut 0) { Ok(()) } else { Err(PatchError::TooLarge) }
    }
}

enum Refusal {
    NotLocated,
    Root,
}

/// Does what one operation says.
fn perform(root: &mut Element, sel: &Selector, change: &Change) -> Result<(), Refusal> {
    match change {
        Change::Add { pos: Pos::Append, elements } => element_of(root, sel)?.children.extend(elements.iter().cloned()),
        Change::Add { pos: Pos::Prepend, elements } => {
            element_of(root, sel)?.children.splice(0..0, elements.iter().cloned());
        }
        Change::Add { pos, elements } => {
            let (parent, at) = place_of(root, sel)?;
            let at = if *pos == Pos::After { at + 1 } else { at };
            parent.children.splice(at..at, elements.iter().cloned());
        }
        Change::Replace(element) => {
            let (parent, at) = place_of(root, sel)?;
            parent.children[at] = element.clone();
        }
        Change::Remove => {
            let (parent, at) = place_of(root, sel)?;
            parent.children.remove(at);
        }
        Change::ReplaceText(text) => element_of(root, sel)?.text.clone_from(text),
        Change::AddAttribute { name, value } => {
            let attributes = &mut element_of(root, sel)?.attributes;
            attributes.retain(|(n, _)| n != name);
            attributes.push((name.clone(), value.clone()));
        }
        Change::ReplaceAttribute { name, value } => {
            let mut attributes = element_of(root, sel)?.attributes.iter_mut();
            attributes.find(|(n, _)| n == name).ok_or(Refusal::NotLocated)?.1.clone_from(value);
        }
        Change::RemoveAttribute(name) => {
            let attributes = &mut element_of(root, sel)?.attributes;
            let at = attributes.iter().position(|(n, _)| n == name).ok_or(Refusal::NotLocated)?;
            attributes.remove(at);
        }
    }
    Ok(())
}

/// The element that is selected.
fn element_of<'a>(root: &'a mut Element, sel: &Selector) -> Result<&'a mut Element, Refusal> {
    let (first, steps) = sel.steps.split_first().ok_or(Refusal::NotLocated)?;
    if locate(std::slice::from_ref(root), first).is_none() {
        return Err(Refusal::NotLocated);
    }
    steps.iter().try_fold(root, |element, step| {
        let at = locate(&element.children, step).ok_or(Refusal::NotLocated)?;
        Ok(&mut element.children[at])
    })
}

/// The element's parent, and where in it the element is.
fn place_of<'a>(root: &'a mut Element, sel: &Selector) -> Result<(&'a mut Element, usize), Refusal> {
    let (step, upper) = sel.steps.split_last().ok_or(Refusal::NotLocated)?;
    if upper.is_empty() {
        return Err(Refusal::Root);
    }
    let parent = element_of(root, &Selector { steps: upper.to_vec() })?;
    let at = locate(&parent.children, step).ok_or(Refusal::NotLocated)?;
    Ok((parent, at))
}

/// Where among `elements` the one is that a step names, if there is exactly one.
fn locate(elements: &[Element], step: &Step) -> Option<usize> {
    let named = elements.iter().enumerate().filter(|(_, element)| element.name == step.name);
    let mut found = named.filter(|(_, element)| match &step.predicate {
        Some(Predicate::Attribute { name, value }) => element.attribute(name) == Some(value),
        _ => true,
    });
    let place = match step.predicate {
        Some(Predicate::Position(position)) => return Some(found.nth(position.checked_sub(1)?)?.0),
        _ => found.next()?.0,
    };
    found.next().is_none().then_some(place)
}

/// Whether a tree keeps to the bounds of one that is read.
fn fits(element: &Element, depth: usize, elements: &mut usize) -> bool {
    *elements += 1;
    let within = depth > 0 && *elements <= MAX_ELEMENTS;
    within && element.children.iter().all(|child| fits(child, depth - 1, elements))
}
