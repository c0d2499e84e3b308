//! AMF 0 (Action Message Format, 2007): the values of script tags, of video metadata, and of the commands of RTMP.

mod limits;
mod reader;
mod writer;

pub use limits::Amf0Limits;
pub use reader::{Amf0Error, read};
pub use writer::write;

/// One value (§2.1).
///
/// Objects keep the order of their properties, and a name that comes twice is there twice; [`get`](Self::get) takes the
/// first. A typed object is read as an object without its class; XML as a string; a reference, which would let a short
/// message grow without bound, as undefined.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// An IEEE 754 double, the only number of AMF 0.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// Text. Bytes that are no UTF-8 are replaced.
    String(String),
    /// Named values.
    Object(Vec<(String, Value)>),
    /// Nothing, said so.
    Null,
    /// Nothing, not said.
    Undefined,
    /// Named values, as arrays of ActionScript have them.
    EcmaArray(Vec<(String, Value)>),
    /// Values in a row.
    StrictArray(Vec<Value>),
    /// Milliseconds since 1970 in UTC.
    Date(f64),
}

impl Value {
    /// The property of that name, of an object or an ECMA array.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(properties) | Self::EcmaArray(properties) => {
                properties.iter().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number as a whole one: rounded towards zero, and to the nearest end of `u32` when it lies outside.
    pub fn as_u32(&self) -> Option<u32> {
        match self {
            // Casting a double saturates, and NaN is 0.
            Self::Number(number) => Some(*number as u32),
            _ => None,
        }
    }

    /// An object with these properties.
    pub fn object<'a>(properties: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        Self::Object(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(f64::from(number))
    }
}

/// Type markers (§2.1).
mod marker {
    pub(super) const NUMBER: u8 = 0x00;
    pub(super) const BOOLEAN: u8 = 0x01;
    pub(super) const STRING: u8 = 0x02;
    pub(super) const OBJECT: u8 = 0x03;
    pub(super) const NULL: u8 = 0x05;
    pub(super) const UNDEFINED: u8 = 0x06;
    pub(super) const REFERENCE: u8 = 0x07;
    pub(super) const ECMA_ARRAY: u8 = 0x08;
    pub(super) const OBJECT_END: u8 = 0x09;
    pub(super) const STRICT_ARRAY: u8 = 0x0a;
    pub(super) const DATE: u8 = 0x0b;
    pub(super) const LONG_STRING: u8 = 0x0c;
    pub(super) const UNSUPPORTED: u8 = 0x0d;
    pub(super) const XML_DOCUMENT: u8 = 0x0f;
    pub(super) const TYPED_OBJECT: u8 = 0x10;
}
