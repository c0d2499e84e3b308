//! Attribute lists (draft-pantos-hls-rfc8216bis-22 §4.2).

use std::fmt::{Display, Write};
use std::str::FromStr;

use super::{HlsErrorKind, Tag, lines};
use crate::Seconds;

/// More than any tag of the standard has; a client attribute list of a DATERANGE fits as well.
const MAX_ATTRIBUTES: usize = 64;

/// The attributes of one tag, in the order written.
pub(super) struct AttributeList<'a> {
    tag: Tag,
    entries: Vec<(&'a str, Value<'a>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Quoted(&'a str),
    Bare(&'a str),
}

impl<'a> AttributeList<'a> {
    pub(super) fn read(tag: Tag, text: &'a str) -> Result<Self, HlsErrorKind> {
        let mut entries: Vec<(&str, Value<'_>)> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (entry, after) = entry(rest).ok_or(HlsErrorKind::BadAttributeList(tag))?;
            if entries.iter().any(|(name, _)| *name == entry.0) {
                return Err(HlsErrorKind::DuplicateAttribute(tag, entry.0.to_owned()));
            }
            if entries.len() == MAX_ATTRIBUTES {
                return Err(HlsErrorKind::BadAttributeList(tag));
            }
            entries.push(entry);
            rest = after;
        }
        Ok(Self { tag, entries })
    }

    pub(super) fn entries(&self) -> &[(&'a str, Value<'a>)] {
        &self.entries
    }

    fn find(&self, name: &str) -> Option<Value<'a>> {
        self.entries.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }

    pub(super) fn bad(&self, name: &'static str) -> HlsErrorKind {
        HlsErrorKind::BadAttribute(self.tag, name)
    }

    /// A quoted-string.
    pub(super) fn quoted(&self, name: &'static str) -> Result<Option<String>, HlsErrorKind> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::Quoted(text)) => Ok(Some(text.to_owned())),
            Some(Value::Bare(_)) => Err(self.bad(name)),
        }
    }

    /// A quoted-string of items with `separator` between them; the empty string holds no item.
    pub(super) fn quoted_list(&self, name: &'static str, separator: char) -> Result<Option<Vec<String>>, HlsErrorKind> {
        let split = |text: String| match text.as_str() {
            "" => Vec::new(),
            text => text.split(separator).map(str::to_owned).collect(),
        };
        Ok(self.quoted(name)?.map(split))
    }

    /// An unquoted value, as it stands.
    pub(super) fn bare(&self, name: &'static str) -> Result<Option<&'a str>, HlsErrorKind> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::Bare(text)) => Ok(Some(text)),
            Some(Value::Quoted(_)) => Err(self.bad(name)),
        }
    }

    /// An unquoted value that `read` understands.
    pub(super) fn with<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, HlsErrorKind> {
        self.bare(name)?.map(|text| read(text).ok_or_else(|| self.bad(name))).transpose()
    }

    /// A decimal number: [`Seconds`](crate::Seconds) and the like.
    pub(super) fn parsed<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, HlsErrorKind> {
        self.with(name, |text| text.parse().ok())
    }

    /// A decimal-integer.
    pub(super) fn integer(&self, name: &'static str) -> Result<Option<u64>, HlsErrorKind> {
        self.with(name, lines::decimal_integer)
    }

    /// `YES` or `NO`; false when absent.
    pub(super) fn yes(&self, name: &'static str) -> Result<bool, HlsErrorKind> {
        let read = |text: &str| match text {
            "YES" => Some(true),
            "NO" => Some(false),
            _ => None,
        };
        Ok(self.with(name, read)?.unwrap_or(false))
    }

    /// Insists on an attribute.
    pub(super) fn required<T>(&self, name: &'static str, value: Option<T>) -> Result<T, HlsErrorKind> {
        value.ok_or(HlsErrorKind::MissingAttribute(self.tag, name))
    }
}

/// Splits `NAME=value` and the comma after it off the front.
fn entry(text: &str) -> Option<((&str, Value<'_>), &str)> {
    let (name, rest) = text.split_once('=')?;
    let legal = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || !name.bytes().all(legal) {
        return None;
    }
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => {
            let (text, rest) = quoted.split_once('"')?;
            (Value::Quoted(text), rest)
        }
        None => {
            let end = rest.find(',').unwrap_or(rest.len());
            let (text, rest) = rest.split_at(end);
            if text.is_empty() || text.contains(['"', ' ', '=']) {
                return None;
            }
            (Value::Bare(text), rest)
        }
    };
    match rest.strip_prefix(',') {
        Some("") => None,
        Some(more) => Some(((name, value), more)),
        None => rest.is_empty().then_some(((name, value), "")),
    }
}

/// Writes one tag with its attribute list and the line end.
pub(super) struct TagWriter<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> TagWriter<'a> {
    pub(super) fn new(out: &'a mut String, tag: Tag) -> Self {
        out.push('#');
        out.push_str(tag.name());
        Self { out, first: true }
    }

    fn name(&mut self, name: &str) {
        self.out.push(if self.first { ':' } else { ',' });
        self.first = false;
        self.out.push_str(name);
        self.out.push('=');
    }

    pub(super) fn bare(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.name(name);
        let _ = write!(self.out, "{value}");
        self
    }

    pub(super) fn bare_if(&mut self, name: &str, value: Option<impl Display>) -> &mut Self {
        if let Some(value) = value {
            self.bare(name, value);
        }
        self
    }

    /// A quoted-string, without the characters that one cannot hold.
    pub(super) fn quoted(&mut self, name: &str, value: &str) -> &mut Self {
        self.name(name);
        self.out.push('"');
        lines::push_without(self.out, value, |c| c == '"' || c.is_control());
        self.out.push('"');
        self
    }

    /// A decimal-floating-point number of seconds.
    pub(super) fn seconds(&mut self, name: &str, value: Seconds) -> &mut Self {
        self.name(name);
        value.push_to(self.out);
        self
    }

    pub(super) fn quoted_if(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.quoted(name, value);
        }
        self
    }

    /// A quoted-string of items with `separator` between them, which may be a control character as the items may not.
    pub(super) fn quoted_list(&mut self, name: &str, items: &[String], separator: char) -> &mut Self {
        self.name(name);
        self.out.push('"');
        for (n, item) in items.iter().enumerate() {
            if n > 0 {
                self.out.push(separator);
            }
            self.out.extend(item.chars().filter(|c| *c != '"' && *c != separator && !c.is_control()));
        }
        self.out.push('"');
        self
    }

    pub(super) fn list_if(&mut self, name: &str, items: &[String], separator: char) -> &mut Self {
        if !items.is_empty() {
            self.quoted_list(name, items, separator);
        }
        self
    }

    pub(super) fn yes_if(&mut self, name: &str, value: bool) -> &mut Self {
        if value {
            self.bare(name, "YES");
        }
        self
    }

    pub(super) fn end(&mut self) {
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_break_the_grammar_are_refused() {
        for text in [
            "A", "=1", "A=", "A=1,", ",A=1", "A=1,,B=2", "a=1", "A =1", "A= 1", "A=\"x", "A=\"x\"y", "A=x\"y\"",
            "A=1 ,B=2", "A=B=C", "Ä=1",
        ] {
            let error = AttributeList::read(Tag::Map, text).err();
            assert_eq!(error, Some(HlsErrorKind::BadAttributeList(Tag::Map)), "{text:?}");
        }
        let error = AttributeList::read(Tag::Map, "A=1,B=2,A=3").err();
        assert_eq!(error, Some(HlsErrorKind::DuplicateAttribute(Tag::Map, "A".into())));
        let many: Vec<String> = (0..65).map(|n| format!("A{n}=1")).collect();
        assert!(AttributeList::read(Tag::Map, &many[..64].join(",")).is_ok());
        assert!(AttributeList::read(Tag::Map, &many.join(",")).is_err());
    }

    #[test]
    fn a_quoted_value_may_hold_commas_and_equal_signs() {
        let list = AttributeList::read(Tag::Map, "URI=\"a,b=c\",N=7,ON=YES").unwrap();
        assert_eq!(list.quoted("URI").unwrap().as_deref(), Some("a,b=c"));
        assert_eq!(list.integer("N").unwrap(), Some(7));
        assert!(list.yes("ON").unwrap());
        assert_eq!(list.quoted("N"), Err(HlsErrorKind::BadAttribute(Tag::Map, "N")));
        assert_eq!(list.integer("URI"), Err(HlsErrorKind::BadAttribute(Tag::Map, "URI")));
    }

    #[test]
    fn a_value_cannot_break_out_of_its_quotes_or_its_line() {
        let mut out = String::new();
        TagWriter::new(&mut out, Tag::Map).quoted("URI", "a\"\n#EXT-X-ENDLIST\r,B=\"").end();
        assert_eq!(out, "#EXT-X-MAP:URI=\"a#EXT-X-ENDLIST,B=\"\n");
    }
}
