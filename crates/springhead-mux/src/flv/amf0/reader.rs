//! Bytes → values.

use super::{Amf0Limits, Value, marker};

/// Why bytes are no AMF 0, or too much of it. The caller drops the message, or the connection when it was a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Amf0Error {
    /// A value goes on behind the message's end.
    #[error("byte {at}: the message ends within a value")]
    Truncated {
        /// Offset in the message.
        at: usize,
    },
    /// A type marker that no value of a command or of metadata has.
    #[error("byte {at}: {marker:#04x} is no type of value")]
    Marker {
        /// Offset in the message.
        at: usize,
        /// What is there.
        marker: u8,
    },
    /// Deeper than [`Amf0Limits::depth`].
    #[error("byte {at}: objects lie deeper than {limit} within each other")]
    Depth {
        /// Offset in the message.
        at: usize,
        /// The limit.
        limit: u8,
    },
    /// More than [`Amf0Limits::values`].
    #[error("byte {at}: more than {limit} values")]
    Values {
        /// Offset in the message.
        at: usize,
        /// The limit.
        limit: u16,
    },
    /// Longer than [`Amf0Limits::string_bytes`].
    #[error("byte {at}: a string of {length} bytes")]
    String {
        /// Offset in the message.
        at: usize,
        /// Its length.
        length: u32,
    },
}

/// Reads all values of a message.
///
/// Recursion is as deep as [`Amf0Limits::depth`]; memory is at most a small multiple of the bytes read.
///
/// ```
/// use springhead_mux::flv::amf0::{Value, read};
/// let values = read(b"\x02\0\x05hello\0\x3f\xf0\0\0\0\0\0\0\x05", Default::default())?;
/// assert_eq!(values, [Value::from("hello"), Value::from(1), Value::Null]);
/// # Ok::<(), springhead_mux::flv::amf0::Amf0Error>(())
/// ```
pub fn read(message: &[u8], limits: Amf0Limits) -> Result<Vec<Value>, Amf0Error> {
    let mut reader = Reader { message, at: 0, values: 0, limits };
    let mut values = Vec::new();
    while reader.at < message.len() {
        values.push(reader.value(0)?);
    }
    Ok(values)
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
    values: u16,
    limits: Amf0Limits,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: u8) -> Result<Value, Amf0Error> {
        let at = self.at;
        if self.values == self.limits.values {
            return Err(Amf0Error::Values { at, limit: self.limits.values });
        }
        self.values += 1;
        let [marker] = self.array()?;
        Ok(match marker {
            marker::NUMBER => Value::Number(f64::from_be_bytes(self.array()?)),
            marker::BOOLEAN => Value::Boolean(self.array::<1>()? != [0]),
            marker::STRING => Value::String(self.short_string()?),
            marker::OBJECT => Value::Object(self.properties(depth)?),
            marker::NULL => Value::Null,
            marker::UNDEFINED | marker::UNSUPPORTED => Value::Undefined,
            marker::REFERENCE => {
                self.array::<2>()?;
                Value::Undefined
            }
            marker::ECMA_ARRAY => {
                // The count is a hint that several encoders get wrong; the end marker is what counts (§2.10).
                self.array::<4>()?;
                Value::EcmaArray(self.properties(depth)?)
            }
            marker::STRICT_ARRAY => {
                let depth = self.deeper(depth)?;
                let count = u32::from_be_bytes(self.array()?);
                // No capacity by the count: each value that is really there pays for itself.
                let mut values = Vec::new();
                for _ in 0..count {
                    values.push(self.value(depth)?);
                }
                Value::StrictArray(values)
            }
            marker::DATE => {
                let date = f64::from_be_bytes(self.array()?);
                self.array::<2>()?;
                Value::Date(date)
            }
            marker::LONG_STRING | marker::XML_DOCUMENT => {
                let length = u32::from_be_bytes(self.array()?);
                Value::String(self.text(length)?)
            }
            marker::TYPED_OBJECT => {
                self.short_string()?;
                Value::Object(self.properties(depth)?)
            }
            marker => return Err(Amf0Error::Marker { at, marker }),
        })
    }

    /// Names and values up to the end marker, or to the message's end: some encoders leave the last marker out.
    fn properties(&mut self, depth: u8) -> Result<Vec<(String, Value)>, Amf0Error> {
        let depth = self.deeper(depth)?;
        let mut properties = Vec::new();
        while self.at < self.message.len() {
            let name = self.short_string()?;
            if name.is_empty() && matches!(self.message.get(self.at), None | Some(&marker::OBJECT_END)) {
                self.at = self.message.len().min(self.at + 1);
                break;
            }
            properties.push((name, self.value(depth)?));
        }
        Ok(properties)
    }

    fn deeper(&self, depth: u8) -> Result<u8, Amf0Error> {
        if depth >= self.limits.depth {
            return Err(Amf0Error::Depth { at: self.at, limit: self.limits.depth });
        }
        Ok(depth + 1)
    }

    fn short_string(&mut self) -> Result<String, Amf0Error> {
        let length = u16::from_be_bytes(self.array()?);
        self.text(u32::from(length))
    }

    fn text(&mut self, length: u32) -> Result<String, Amf0Error> {
        let at = self.at;
        if length > self.limits.string_bytes {
            return Err(Amf0Error::String { at, length });
        }
        Ok(String::from_utf8_lossy(self.take(length as usize)?).into_owned())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Amf0Error> {
        let at = self.at;
        self.take(N)?.try_into().map_err(|_| Amf0Error::Truncated { at })
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Amf0Error> {
        let at = self.at;
        let taken = self.message[at..].get(..count).ok_or(Amf0Error::Truncated { at })?;
        self.at += count;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use proptest::prelude::*;

    use super::super::write;
    use super::*;

    fn read_default(bytes: &[u8]) -> Result<Vec<Value>, Amf0Error> {
        read(bytes, Amf0Limits::default())
    }

    #[test]
    fn a_thousand_nested_objects_are_refused_at_the_ninth() {
        let bytes: Vec<u8> = b"\x03\0\x01a".repeat(1000);
        assert_eq!(read_default(&bytes), Err(Amf0Error::Depth { at: 33, limit: 8 }));
        assert_eq!(read_default(&b"\x0a\0\0\0\x01".repeat(1000)), Err(Amf0Error::Depth { at: 41, limit: 8 }));
    }

    #[test]
    fn counts_and_lengths_that_are_not_there_are_refused() {
        assert_eq!(read_default(b"\x0a\xff\xff\xff\xff\x05"), Err(Amf0Error::Truncated { at: 6 }));
        assert_eq!(read_default(b"\x02\0\x05abc"), Err(Amf0Error::Truncated { at: 3 }));
        assert_eq!(read_default(b"\x0c\xff\xff\xff\xffabc"), Err(Amf0Error::String { at: 5, length: u32::MAX }));
        assert_eq!(read_default(&[5; 300]), Err(Amf0Error::Values { at: 256, limit: 256 }));
        assert_eq!(read_default(b"\x05\x11\x0a"), Err(Amf0Error::Marker { at: 1, marker: 0x11 }));
    }

    #[test]
    fn an_object_whose_end_is_missing_ends_with_the_message() {
        let whole = Value::object([("a", Value::Null)]);
        assert_eq!(read_default(b"\x03\0\x01a\x05").as_deref(), Ok(&[whole.clone()][..]));
        assert_eq!(read_default(b"\x03\0\x01a\x05\0\0").as_deref(), Ok(&[whole.clone()][..]));
        assert_eq!(read_default(b"\x03\0\x01a\x05\0\0\x09").as_deref(), Ok(&[whole][..]));
    }

    #[test]
    fn an_ecma_array_ends_at_its_marker_whatever_its_count_says() {
        let array = Value::EcmaArray(vec![("a".into(), Value::Boolean(true))]);
        let read = read_default(b"\x08\0\0\0\x63\0\x01a\x01\x01\0\0\x09\x05");
        assert_eq!(read.as_deref(), Ok(&[array, Value::Null][..]));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i32>().prop_map(|n| Value::Number(f64::from(n) / 4.0)),
            any::<bool>().prop_map(Value::Boolean),
            ".{0,20}".prop_map(Value::String),
            Just(Value::Null),
            Just(Value::Undefined),
            any::<u32>().prop_map(|n| Value::Date(f64::from(n))),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let properties = || prop::collection::vec(("[a-z]{1,5}", inner.clone()), 0..5);
            prop_oneof![
                properties().prop_map(Value::Object),
                properties().prop_map(Value::EcmaArray),
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::StrictArray),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(values in prop::collection::vec(value(), 0..4)) {
            let mut bytes = BytesMut::new();
            values.iter().for_each(|value| write(value, &mut bytes));
            prop_assert_eq!(read_default(&bytes), Ok(values));
        }

        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read_default(&bytes);
        }
    }
}
