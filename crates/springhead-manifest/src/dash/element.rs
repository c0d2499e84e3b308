//! An element as XML has it, whatever it means.

use std::fmt;

use super::xml::{self, Attributes, XmlWriter, trimmed};
use super::{DashError, DashErrorKind};

/// An element of an MPD with its attributes, children and character data: what a [`Patch`](super::Patch) adds, and what it
/// is applied to. What has another namespace prefix than the root is not in it.
///
/// Two elements are equal when all of that is, wherever they were read. Prints as XML, indented by two.
///
/// ```
/// use springhead_manifest::dash::Element;
/// let timeline = Element::parse("<SegmentTimeline><S t='0' d='4'/></SegmentTimeline>")?;
/// assert_eq!(timeline.children()[0].attribute("d"), Some("4"));
/// # Ok::<(), springhead_manifest::dash::DashError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// Without the white space around it.
    pub(super) text: String,
    /// The byte of the document at which it began.
    pub(super) position: u64,
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.attributes == other.attributes
            && self.children == other.children
            && self.text == other.text
    }
}

impl Eq for Element {}

impl Element {
    /// Reads a document, of which this is the root.
    ///
    /// # Errors
    /// What is not well-formed, has a document type declaration, or is longer, deeper or wider than the limits of this
    /// module; see [`DashError`].
    pub fn parse(text: &str) -> Result<Self, DashError> {
        xml::read(text)
    }

    /// The name, without a prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The elements in it, in order.
    pub fn children(&self) -> &[Element] {
        &self.children
    }

    /// The character data, without the white space around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn fail(&self, kind: DashErrorKind) -> DashError {
        kind.at(self.position)
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let start = Attributes::of(&self.name);
        let start = self.attributes.iter().fold(start, |start, (name, value)| start.set(name, value));
        match trimmed(&self.text) {
            "" => out.element(start, |out| self.children.iter().for_each(|child| child.write(out))),
            text if self.children.is_empty() => out.text(start, text),
            text => out.element(start, |out| {
                out.characters(text);
                self.children.iter().for_each(|child| child.write(out));
            }),
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = XmlWriter::new();
        self.write(&mut out);
        f.write_str(&out.finish())
    }
}
