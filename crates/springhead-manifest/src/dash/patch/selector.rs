//! `@sel`, the node that an operation is about.

use std::fmt;
use std::str::FromStr;

use super::super::MAX_DEPTH;
use super::super::xml::is_name;

/// The path to one element of an MPD, from its root: the XPath subset that ISO/IEC 23009-1 §5.15 leaves of RFC 5261 §4.1.
///
/// ```
/// use springhead_manifest::dash::patch::Selector;
/// let s = "/MPD/Period[@id='p0']/AdaptationSet[@id='1']/SegmentTemplate/SegmentTimeline/S[2]";
/// assert_eq!(s.parse::<Selector>()?.to_string(), s);
/// assert!("//S".parse::<Selector>().is_err());
/// # Ok::<(), springhead_manifest::dash::patch::BadSelector>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Selector {
    /// The steps, of which the first is the root.
    pub steps: Vec<Step>,
}

/// One step of a [`Selector`]: elements of a name, and which of them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Step {
    /// The name of the elements.
    pub name: String,
    /// Which. None: the only one.
    pub predicate: Option<Predicate>,
}

/// Which of several elements of a name is meant.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Predicate {
    /// `[n]`: the n-th of that name in its parent, counted from 1.
    Position(usize),
    /// `[@name='value']`: the one with that value. The value holds no more than one kind of quotation mark.
    Attribute {
        /// The attribute.
        name: String,
        /// Its value.
        value: String,
    },
}

/// The text is no path of named steps with at most one predicate each, or is deeper than
/// [`MAX_DEPTH`](super::super::MAX_DEPTH).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of an element")]
pub struct BadSelector;

/// What a whole `@sel` names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Node {
    Element,
    Attribute(String),
    Text,
}

impl Selector {
    /// The path to the root of an MPD.
    pub fn root() -> Self {
        Self { steps: vec![Step { name: "MPD".to_owned(), predicate: None }] }
    }

    /// The path to an element in this one.
    #[must_use]
    pub fn child(&self, name: &str, predicate: Option<Predicate>) -> Self {
        let mut steps = self.steps.clone();
        steps.push(Step { name: name.to_owned(), predicate });
        Self { steps }
    }

    /// Reads an `@sel`, which may go on from an element to an attribute of it or to its text.
    pub(super) fn read(text: &str) -> Result<(Self, Node), BadSelector> {
        let (mut steps, mut rest) = (Vec::new(), text);
        while let Some(path) = rest.strip_prefix('/') {
            let node = match path.strip_prefix('@') {
                Some(attribute) => Some(Node::Attribute(attribute.to_owned())),
                None => (path == "text()").then_some(Node::Text),
            };
            if let Some(node) = node {
                let named = !matches!(&node, Node::Attribute(name) if !is_name(name));
                return if named && !steps.is_empty() { Ok((Self { steps }, node)) } else { Err(BadSelector) };
            }
            let (step, after) = step(path).filter(|_| steps.len() < MAX_DEPTH).ok_or(BadSelector)?;
            steps.push(step);
            rest = after;
        }
        if rest.is_empty() && !steps.is_empty() { Ok((Self { steps }, Node::Element)) } else { Err(BadSelector) }
    }
}

/// Takes one step off the front.
fn step(path: &str) -> Option<(Step, &str)> {
    let end = path.find(['/', '[']).unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    let name = is_name(name).then(|| name.to_owned())?;
    let Some(predicate) = rest.strip_prefix('[') else { return Some((Step { name, predicate: None }, rest)) };
    let (predicate, rest) = match predicate.strip_prefix('@') {
        Some(attribute) => {
            let (key, value) = attribute.split_once('=')?;
            let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
            let (value, rest) = value[1..].split_once(quote)?;
            let name = is_name(key).then(|| key.to_owned())?;
            (Predicate::Attribute { name, value: value.to_owned() }, rest)
        }
        None => {
            let (digits, _) = predicate.split_once(']')?;
            let plain = digits.bytes().all(|b| b.is_ascii_digit());
            let position = digits.parse().ok().filter(|position| plain && *position > 0)?;
            (Predicate::Position(position), &predicate[digits.len()..])
        }
    };
    Some((Step { name, predicate: Some(predicate) }, rest.strip_prefix(']')?))
}

impl FromStr for Selector {
    type Err = BadSelector;

    fn from_str(text: &str) -> Result<Self, BadSelector> {
        match Self::read(text)? {
            (selector, Node::Element) => Ok(selector),
            _ => Err(BadSelector),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            write!(f, "/{}", step.name)?;
            match &step.predicate {
                None => {}
                Some(Predicate::Position(position)) => write!(f, "[{position}]")?,
                Some(Predicate::Attribute { name, value }) => {
                    let quote = if value.contains('\'') { '"' } else { '\'' };
                    write!(f, "[@{name}={quote}{value}{quote}]")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_absolute_path_of_names_is_refused() {
        for text in [
            "",
            "/",
            "MPD",
            "//MPD",
            "/MPD/",
            "/MPD//S",
            "/*",
            "/MPD/..",
            "/MPD/.",
            "/MPD[0]",
            "/MPD[+1]",
            "/MPD[]",
            "/MPD[1",
            "/MPD[1]x",
            "/MPD[1][1]",
            "/MPD[id='a']",
            "/MPD[@id]",
            "/MPD[@id=a]",
            "/MPD[@id='a]",
            "/MPD[@id='a'",
            "/MPD[@='a']",
            "/MPD/child::S",
            "/MPD[last()]",
            "/MPD[99999999999999999999]",
            "/MPD/text()",
            "/MPD/@id",
            "id('a')",
        ] {
            assert_eq!(text.parse::<Selector>(), Err(BadSelector), "{text:?}");
        }
        for text in ["/@id", "/text()", "/MPD/@", "/MPD/@a/b", "/MPD/@*", "/MPD/text()/a"] {
            assert_eq!(Selector::read(text), Err(BadSelector), "{text:?}");
        }
        assert_eq!("/a".repeat(MAX_DEPTH + 1).parse::<Selector>(), Err(BadSelector));
    }

    #[test]
    fn a_value_may_hold_what_ends_a_step_elsewhere() {
        let text = "/MPD/Period[@id='live/a[1]']/@duration";
        let (selector, node) = Selector::read(text).unwrap();
        let value = Predicate::Attribute { name: "id".into(), value: "live/a[1]".into() };
        assert_eq!(selector, Selector::root().child("Period", Some(value)));
        assert_eq!(node, Node::Attribute("duration".into()));
        assert_eq!("/MPD[@id=\"it's\"]".parse::<Selector>().unwrap().to_string(), "/MPD[@id=\"it's\"]");
    }

    proptest! {
        #[test]
        fn every_path_goes_round(path in "(/[A-Za-z]{1,4}(\\[[1-9][0-9]{0,2}\\]|\\[@[a-z]{1,2}='[^'\"\\p{C}]{0,6}'\\])?){1,6}") {
            prop_assert_eq!(path.parse::<Selector>().map(|selector| selector.to_string()), Ok(path));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}|[/@\\[\\]='\"a1()]{0,12}") {
            let _ = Selector::read(&text);
        }
    }
}
