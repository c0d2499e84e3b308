//! `add`, `replace` and `remove`.

use super::super::xml::{Attributes, Scope, XmlWriter, is_name};
use super::super::{DashError, DashErrorKind, Element};
use super::selector::Node;
use super::{Operation, Selector};

/// What an operation does to the element that its selector names (RFC 5261 §4.3 to §4.5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// `add` with elements.
    Add {
        /// Where they go.
        pos: Pos,
        /// What is added; at least one.
        elements: Vec<Element>,
    },
    /// `add` with `@type`: an attribute that the element does not have yet.
    AddAttribute {
        /// The attribute.
        name: String,
        /// Its value.
        value: String,
    },
    /// `replace` of the element by another.
    Replace(Element),
    /// `replace` of an attribute's value.
    ReplaceAttribute {
        /// The attribute.
        name: String,
        /// Its new value.
        value: String,
    },
    /// `replace` of the element's character data.
    ReplaceText(String),
    /// `remove` of the element with all that is in it.
    Remove,
    /// `remove` of an attribute, whose name it is.
    RemoveAttribute(String),
}

/// `add@pos`, where elements are added.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Pos {
    /// Without the attribute: as the last in the element that is selected.
    #[default]
    Append,
    /// `prepend`: as the first in it.
    Prepend,
    /// `before` it.
    Before,
    /// `after` it.
    After,
}

impl Pos {
    const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Append => None,
            Self::Prepend => Some("prepend"),
            Self::Before => Some("before"),
            Self::After => Some("after"),
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Prepend, Self::Before, Self::After].into_iter().find(|pos| pos.as_str() == Some(text))
    }
}

impl Operation {
    pub(super) fn read(element: &Element) -> Result<Self, DashError> {
        match element.name() {
            "add" => Self::read_add(Scope { element, name: "add" }),
            "replace" => Self::read_replace(Scope { element, name: "replace" }),
            "remove" => Self::read_remove(Scope { element, name: "remove" }),
            _ => Err(element.fail(DashErrorKind::UnknownOperation)),
        }
    }

    fn read_add(scope: Scope<'_>) -> Result<Self, DashError> {
        let (sel, node) = selected(scope)?;
        if node != Node::Element {
            return Err(scope.bad("sel"));
        }
        let pos = scope.with("pos", Pos::from_text)?.unwrap_or_default();
        let attribute = |text: &str| text.strip_prefix('@').filter(|name| is_name(name)).map(str::to_owned);
        let change = match scope.with("type", attribute)? {
            Some(name) => Change::AddAttribute { name, value: scope.element.text().to_owned() },
            None => {
                first(scope)?;
                Change::Add { pos, elements: scope.element.children().to_vec() }
            }
        };
        Ok(Self { sel, change })
    }

    fn read_replace(scope: Scope<'_>) -> Result<Self, DashError> {
        let (sel, node) = selected(scope)?;
        let text = || scope.element.text().to_owned();
        let change = match node {
            Node::Element => Change::Replace(first(scope)?.clone()),
            Node::Attribute(name) => Change::ReplaceAttribute { name, value: text() },
            Node::Text => Change::ReplaceText(text()),
        };
        if matches!(change, Change::Replace(_)) && scope.element.children().len() > 1 {
            return Err(scope.element.fail(DashErrorKind::DuplicateElement { parent: "replace", element: "element" }));
        }
        Ok(Self { sel, change })
    }

    fn read_remove(scope: Scope<'_>) -> Result<Self, DashError> {
        let (sel, node) = selected(scope)?;
        let change = match node {
            Node::Element => Change::Remove,
            Node::Attribute(name) => Change::RemoveAttribute(name),
            Node::Text => Change::ReplaceText(String::new()),
        };
        Ok(Self { sel, change })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let sel = &self.sel;
        let at = |name: &str| format!("{sel}/@{name}");
        match &self.change {
            Change::Add { pos, elements } => {
                let start = Attributes::of("add").set("sel", sel).set_if("pos", pos.as_str());
                out.element(start, |out| elements.iter().for_each(|element| element.write(out)));
            }
            Change::AddAttribute { name, value } => {
                out.text(Attributes::of("add").set("sel", sel).set("type", format!("@{name}")), value);
            }
            Change::Replace(element) => {
                out.element(Attributes::of("replace").set("sel", sel), |out| element.write(out));
            }
            Change::ReplaceAttribute { name, value } => {
                out.text(Attributes::of("replace").set("sel", at(name)), value);
            }
            Change::ReplaceText(text) => {
                out.text(Attributes::of("replace").set("sel", format!("{sel}/text()")), text);
            }
            Change::Remove => out.empty(Attributes::of("remove").set("sel", sel)),
            Change::RemoveAttribute(name) => out.empty(Attributes::of("remove").set("sel", at(name))),
        }
    }
}

fn selected(scope: Scope<'_>) -> Result<(Selector, Node), DashError> {
    let selected = scope.with("sel", |text| Selector::read(text).ok())?;
    scope.required("sel", selected)
}

/// The first element in an operation that has to have one.
fn first(scope: Scope<'_>) -> Result<&Element, DashError> {
    let missing = DashErrorKind::MissingElement { parent: scope.name, element: "element" };
    scope.element.children().first().ok_or_else(|| scope.element.fail(missing))
}
