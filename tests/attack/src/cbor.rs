//! Canonical CBOR (RFC 8949 §4.2.1) of JSON values.

use serde_json::Value;
use uuid::Uuid;

// Major types of RFC 8949.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;

/// Encodes a JSON value. A text that is a UUID is written as its 16 bytes, as in operations.
#[must_use]
pub fn of(value: &Value) -> Vec<u8> {
    match value {
        Value::Null => vec![0xf6],
        Value::Bool(true) => vec![0xf5],
        Value::Bool(false) => vec![0xf4],
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => head(UNSIGNED, number),
            (None, Some(number)) => head(NEGATIVE, number.unsigned_abs() - 1),
            (None, None) => Vec::new(),
        },
        Value::String(said) => match Uuid::try_parse(said) {
            Ok(id) if said.len() == 36 => [head(BYTES, 16), id.as_bytes().to_vec()].concat(),
            _ => text(said),
        },
        Value::Array(items) => items.iter().fold(head(LIST, items.len() as u64), |mut bytes, item| {
            bytes.extend(of(item));
            bytes
        }),
        Value::Object(fields) => map(fields.iter().map(|(name, value)| (text(name), of(value))).collect()),
    }
}

/// Encodes a map of encoded keys and values.
#[must_use]
pub fn map(mut entries: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
    entries.sort();
    let mut bytes = head(MAP, entries.len() as u64);
    for (key, value) in entries {
        bytes.extend(key);
        bytes.extend(value);
    }
    bytes
}

/// Encodes an integer.
#[must_use]
pub fn integer(number: i64) -> Vec<u8> {
    of(&number.into())
}

/// Encodes a text.
#[must_use]
pub fn text(text: &str) -> Vec<u8> {
    [head(TEXT, text.len() as u64), text.as_bytes().to_vec()].concat()
}

/// Encodes a string of bytes.
#[must_use]
pub fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(BYTES, bytes.len() as u64), bytes.to_vec()].concat()
}

/// Encodes a list of encoded items.
#[must_use]
pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [head(LIST, items.len() as u64), items.concat()].concat()
}

fn head(major: u8, number: u64) -> Vec<u8> {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    match number {
        0..=23 => vec![major | bytes[7]],
        24..=0xff => vec![major | 24, bytes[7]],
        0x100..=0xffff => [&[major | 25], &bytes[6..]].concat(),
        0x1_0000..=0xffff_ffff => [&[major | 26], &bytes[4..]].concat(),
        _ => [&[major | 27], &bytes[..]].concat(),
    }
}
