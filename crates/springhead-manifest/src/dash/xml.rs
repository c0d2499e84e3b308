//! The XML below the elements: a bounded tree to read from, and a writer.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use quick_xml::events::{BytesRef, BytesStart, BytesText, Event};
use quick_xml::reader::Reader;
use quick_xml::{Writer, XmlVersion};
use springhead_core::WallTime;

use super::{DashError, DashErrorKind, Element, Span};
use crate::{digits, parse_date_time};

/// The longest MPD that is read: 8 MiB.
pub const MAX_MPD_BYTES: usize = 8 << 20;
/// The deepest nesting that is read. The elements read here reach 6; the rest is room for what is passed over.
pub const MAX_DEPTH: usize = 24;
/// The most elements that are read: two days of two-second segments, none like the one before.
pub const MAX_ELEMENTS: usize = 200_000;

/// More than any element of the schema has.
const MAX_ATTRIBUTES: usize = 64;

/// An element that is being read as the type of that name.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) element: &'a Element,
    pub(super) name: &'static str,
}

impl<'a> Scope<'a> {
    pub(super) fn string(&self, attribute: &str) -> Option<String> {
        self.element.attribute(attribute).map(str::to_owned)
    }

    pub(super) fn bad(&self, attribute: &'static str) -> DashError {
        self.element.fail(DashErrorKind::BadAttribute { element: self.name, attribute })
    }

    pub(super) fn with<T>(
        &self,
        attribute: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, DashError> {
        let Some(text) = self.element.attribute(attribute) else { return Ok(None) };
        read(text.trim()).map(Some).ok_or_else(|| self.bad(attribute))
    }

    pub(super) fn parsed<T: FromStr>(&self, attribute: &'static str) -> Result<Option<T>, DashError> {
        self.with(attribute, |text| text.parse().ok())
    }

    pub(super) fn boolean(&self, attribute: &'static str) -> Result<Option<bool>, DashError> {
        self.with(attribute, |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    pub(super) fn date(&self, attribute: &'static str) -> Result<Option<WallTime>, DashError> {
        self.with(attribute, parse_date_time)
    }

    pub(super) fn span(&self, attribute: &'static str) -> Result<Option<Span>, DashError> {
        self.parsed(attribute)
    }

    pub(super) fn required<T>(&self, attribute: &'static str, value: Option<T>) -> Result<T, DashError> {
        let kind = DashErrorKind::MissingAttribute { element: self.name, attribute };
        value.ok_or_else(|| self.element.fail(kind))
    }

    /// The children of that name, each read by `read`.
    pub(super) fn all<T>(
        &self,
        name: &'static str,
        read: impl Fn(Scope<'a>) -> Result<T, DashError>,
    ) -> Result<Vec<T>, DashError> {
        let named = self.element.children.iter().filter(|child| child.name == name);
        named.map(|element| read(Scope { element, name })).collect()
    }

    /// The child of that name, of which there may be one.
    pub(super) fn one<T>(
        &self,
        name: &'static str,
        read: impl Fn(Scope<'a>) -> Result<T, DashError>,
    ) -> Result<Option<T>, DashError> {
        let mut all = self.all(name, read)?;
        if all.len() > 1 {
            return Err(self.element.fail(DashErrorKind::DuplicateElement { parent: self.name, element: name }));
        }
        Ok(all.pop())
    }
}

/// Reads a whole document.
pub(super) fn read(text: &str) -> Result<Element, DashError> {
    if text.len() > MAX_MPD_BYTES {
        return Err(DashErrorKind::TooLong.at(0));
    }
    if let Some((at, c)) = text.char_indices().find(|(_, c)| !is_char(*c)) {
        return Err(not_a_char(c).at(at as u64));
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    loop {
        let position = reader.buffer_position();
        let event = reader.read_event().map_err(|e| DashErrorKind::Xml(e.to_string()).at(reader.error_position()))?;
        let step = match event {
            Event::Start(start) => tree.open(&start, position),
            Event::End(_) => tree.close(),
            Event::Text(text) => text.xml10_content().map_err(malformed).map(|text| tree.text(&text)),
            Event::CData(data) => data.decode().map_err(malformed).map(|text| tree.text(&text)),
            Event::GeneralRef(entity) => resolve(&entity).map(|text| tree.text(&text)),
            Event::DocType(_) => Err(DashErrorKind::DocType),
            Event::Eof => return tree.finish().map_err(|kind| kind.at(position)),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Ok(()),
        };
        step.map_err(|kind| kind.at(position))?;
    }
}

fn malformed(error: impl Display) -> DashErrorKind {
    DashErrorKind::Xml(error.to_string())
}

fn not_a_char(c: char) -> DashErrorKind {
    DashErrorKind::Xml(format!("the character U+{:04X}, which no document may have", u32::from(c)))
}

/// What character references and entities were expanded to.
fn expanded(text: Cow<'_, str>) -> Result<Cow<'_, str>, DashErrorKind> {
    match text.chars().find(|c| !is_char(*c)) {
        Some(c) => Err(not_a_char(c)),
        None => Ok(text),
    }
}

/// The name of an element or an attribute; the reader takes whatever ends at white space for one.
fn name(bytes: &[u8]) -> Result<&str, DashErrorKind> {
    let name = std::str::from_utf8(bytes).map_err(malformed)?;
    if is_name(name) { Ok(name) } else { Err(DashErrorKind::Xml(format!("{name:?} is no name"))) }
}

/// Character references and the five entities that XML itself has; no other is expanded.
fn resolve(entity: &BytesRef<'_>) -> Result<Cow<'static, str>, DashErrorKind> {
    if let Some(c) = entity.resolve_char_ref().map_err(malformed)? {
        return expanded(c.to_string().into());
    }
    let name = entity.decode().map_err(malformed)?;
    let text = quick_xml::escape::resolve_predefined_entity(&name);
    text.map(Cow::Borrowed).ok_or_else(|| DashErrorKind::Xml(format!("the entity {name} is not known")))
}

#[derive(Default)]
struct Tree {
    /// The prefix of the root element, with its colon.
    prefix: String,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    /// How many elements of other vocabularies are open.
    foreign: usize,
}

impl Tree {
    fn open(&mut self, start: &BytesStart<'_>, position: u64) -> Result<(), DashErrorKind> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(DashErrorKind::TooMany);
        }
        if self.open.len() + self.foreign >= MAX_DEPTH {
            return Err(DashErrorKind::TooDeep);
        }
        let qualified = name(start.name().into_inner())?.to_owned();
        if self.open.is_empty() {
            if self.root.is_some() {
                return Err(DashErrorKind::Xml("more than one root element".to_owned()));
            }
            let local = qualified.rsplit(':').next().unwrap_or_default();
            self.prefix = qualified[..qualified.len() - local.len()].to_owned();
        }
        let local = qualified.strip_prefix(self.prefix.as_str()).filter(|local| !local.contains(':'));
        let Some(local) = local.filter(|_| self.foreign == 0) else {
            self.foreign += 1;
            return Ok(());
        };
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            // The reader compares each with all before it.
            if attributes.len() == MAX_ATTRIBUTES {
                return Err(DashErrorKind::TooMany);
            }
            let attribute = attribute.map_err(malformed)?;
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(malformed)?;
            attributes.push((name(attribute.key.into_inner())?.to_owned(), expanded(value)?.into_owned()));
        }
        let name = local.to_owned();
        self.open.push(Element { name, attributes, children: Vec::new(), text: String::new(), position });
        Ok(())
    }

    fn close(&mut self) -> Result<(), DashErrorKind> {
        if self.foreign > 0 {
            self.foreign -= 1;
            return Ok(());
        }
        let mut done = self.open.pop().ok_or_else(|| DashErrorKind::Xml("an end without a start".to_owned()))?;
        done.text = trimmed(&done.text).to_owned();
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, DashErrorKind> {
        if !self.open.is_empty() {
            return Err(DashErrorKind::Xml("the document ends within an element".to_owned()));
        }
        self.root.ok_or(DashErrorKind::NotAnMpd)
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut().filter(|_| self.foreign == 0) {
            element.text.push_str(text);
        }
    }
}

/// A whole number of either sign.
#[derive(Clone, Copy)]
pub(super) struct Number {
    negative: bool,
    magnitude: u64,
}

impl From<u64> for Number {
    fn from(magnitude: u64) -> Self {
        Self { negative: false, magnitude }
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self { negative: value < 0, magnitude: value.unsigned_abs().into() }
    }
}

/// Writes elements, indented by two.
pub(super) struct XmlWriter {
    writer: Writer<Vec<u8>>,
    /// The element just begun, of which it is not known yet whether anything is in it.
    pending: Option<BytesStart<'static>>,
}

impl XmlWriter {
    pub(super) fn new() -> Self {
        let mut writer = Writer::new_with_indent(Vec::with_capacity(4096), b' ', 2);
        writer.get_mut().extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Self { writer, pending: None }
    }

    /// Makes room for so many bytes more.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.writer.get_mut().reserve(bytes);
    }

    /// Writes one element; `content` writes what is in it.
    pub(super) fn element(&mut self, attributes: Attributes<'_>, content: impl FnOnce(&mut Self)) {
        self.begin_content();
        let end = attributes.start.to_end().into_owned();
        self.pending = Some(attributes.start.into_owned());
        content(self);
        match self.pending.take() {
            Some(start) => self.event(Event::Empty(start)),
            None => self.event(Event::End(end)),
        }
    }

    /// Writes one element that has attributes only.
    pub(super) fn empty(&mut self, attributes: Attributes<'_>) {
        self.begin_content();
        self.event(Event::Empty(attributes.start));
    }

    /// Writes one element that has numbers for attributes, of those that are given. There is nothing to escape then, and a
    /// timeline has thousands of these.
    pub(super) fn numbers<const N: usize>(&mut self, name: &str, attributes: [(&str, Option<Number>); N]) {
        self.begin_content();
        self.writer.write_indent().expect("writing to memory does not fail");
        let out = self.writer.get_mut();
        out.push(b'<');
        out.extend_from_slice(name.as_bytes());
        for (name, value) in attributes {
            let Some(value) = value else { continue };
            out.push(b' ');
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"=\"");
            if value.negative {
                out.push(b'-');
            }
            digits::push(out, value.magnitude);
            out.push(b'"');
        }
        out.extend_from_slice(b"/>");
    }

    /// Writes one element that has character data.
    pub(super) fn text(&mut self, attributes: Attributes<'_>, text: &str) {
        self.begin_content();
        let end = attributes.start.to_end().into_owned();
        self.event(Event::Start(attributes.start));
        self.event(Event::Text(BytesText::from_escaped(escaped(text))));
        self.event(Event::End(end));
    }

    /// Writes character data before other content of the element that is being written.
    pub(super) fn characters(&mut self, text: &str) {
        self.begin_content();
        self.event(Event::Text(BytesText::from_escaped(escaped(text))));
    }

    fn begin_content(&mut self) {
        if let Some(start) = self.pending.take() {
            self.event(Event::Start(start));
        }
    }

    fn event(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("writing to memory does not fail");
    }

    pub(super) fn finish(self) -> String {
        let mut bytes = self.writer.into_inner();
        bytes.push(b'\n');
        String::from_utf8(bytes).expect("only text was written")
    }
}

/// A `Char` of XML 1.0 (fifth edition) §2.2, which is what a document consists of. There is no way to write another.
const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether a text is a name: one `NCName`, or two with a colon between them, of Namespaces in XML 1.0 (third edition) §3
/// and §4, made of the characters of XML 1.0 §2.3.
pub(super) fn is_name(text: &str) -> bool {
    let begins = |c: char| {
        matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
            | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
            | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
            | '\u{10000}'..='\u{effff}')
    };
    let goes_on = |c: char| {
        matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}') || begins(c)
    };
    let is_part = |part: &str| part.starts_with(begins) && part.chars().all(goes_on);
    text.split_once(':').map_or_else(|| is_part(text), |(prefix, local)| is_part(prefix) && is_part(local))
}

/// Without the white space of XML 1.0 (§2.3, `S`) around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// How a text is written, be it between tags or in quotation marks: a reader would take what is escaped here for markup,
/// or for other white space (§2.11, §3.3.3). What no document may have is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| is_char(*c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    out
}

/// The start of an element, with its attributes in the order given.
pub(super) struct Attributes<'a> {
    start: BytesStart<'a>,
}

impl<'a> Attributes<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        Self { start: BytesStart::new(name) }
    }

    pub(super) fn set(mut self, name: &str, value: impl Display) -> Self {
        let value = escaped(&value.to_string());
        self.start.push_attribute((name.as_bytes(), value.as_bytes()));
        self
    }

    pub(super) fn set_if(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }
}
