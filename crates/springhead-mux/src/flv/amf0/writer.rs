//! Values → bytes.

use bytes::{BufMut, BytesMut};

use super::{Value, marker};

/// Appends a value.
///
/// # Panics
/// When a property's name is longer than 65 535 bytes: names are chosen by this program.
pub fn write(value: &Value, out: &mut BytesMut) {
    match value {
        Value::Number(number) => {
            out.put_u8(marker::NUMBER);
            out.put_f64(*number);
        }
        Value::Boolean(boolean) => out.put_slice(&[marker::BOOLEAN, u8::from(*boolean)]),
        Value::String(text) => match u16::try_from(text.len()) {
            Ok(length) => {
                out.put_u8(marker::STRING);
                out.put_u16(length);
                out.put_slice(text.as_bytes());
            }
            Err(_) => {
                out.put_u8(marker::LONG_STRING);
                out.put_u32(u32::try_from(text.len()).expect("a string of this program is shorter than 4 GiB"));
                out.put_slice(text.as_bytes());
            }
        },
        Value::Object(properties) => {
            out.put_u8(marker::OBJECT);
            write_properties(properties, out);
        }
        Value::Null => out.put_u8(marker::NULL),
        Value::Undefined => out.put_u8(marker::UNDEFINED),
        Value::EcmaArray(properties) => {
            out.put_u8(marker::ECMA_ARRAY);
            out.put_u32(properties.len() as u32);
            write_properties(properties, out);
        }
        Value::StrictArray(values) => {
            out.put_u8(marker::STRICT_ARRAY);
            out.put_u32(values.len() as u32);
            values.iter().for_each(|value| write(value, out));
        }
        Value::Date(date) => {
            out.put_u8(marker::DATE);
            out.put_f64(*date);
            out.put_i16(0);
        }
    }
}

fn write_properties(properties: &[(String, Value)], out: &mut BytesMut) {
    for (name, value) in properties {
        out.put_u16(u16::try_from(name.len()).expect("names of properties are short"));
        out.put_slice(name.as_bytes());
        write(value, out);
    }
    out.put_slice(&[0, 0, marker::OBJECT_END]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_ends_with_an_empty_name_and_the_end_marker() {
        let mut out = BytesMut::new();
        write(&Value::object([("fmsVer", Value::from("x")), ("n", Value::from(1))]), &mut out);
        assert_eq!(out, &b"\x03\0\x06fmsVer\x02\0\x01x\0\x01n\0\x3f\xf0\0\0\0\0\0\0\0\0\x09"[..]);
    }

    #[test]
    fn a_string_of_64_kib_takes_the_long_form() {
        let mut out = BytesMut::new();
        write(&Value::String("x".repeat(65_536)), &mut out);
        assert_eq!((&out[..5], out.len()), (&b"\x0c\0\x01\0\0"[..], 5 + 65_536));
    }
}
