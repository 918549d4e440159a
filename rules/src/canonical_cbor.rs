//! Canonical CBOR: one encoding for one value, so that what is hashed and signed can be made again anywhere.

use ciborium::Value;
use serde::Serialize;

/// Canonical CBOR (RFC 8949 §4.2.1): shortest integers, definite lengths, map keys in the bytewise order of their encodings. Floats
/// are not used.
///
/// # Panics
/// When `value` cannot be serialised. The types of this crate always can: they are made of text, integers, lists and maps.
pub fn canonical<T: Serialize>(value: &T) -> Vec<u8> {
    encoded(&canonical_value(value))
}

/// The value as a tree whose maps are in canonical order.
#[expect(clippy::expect_used, reason = "text, integers, lists and maps always become a tree")]
pub(crate) fn canonical_value<T: Serialize>(value: &T) -> Value {
    sorted(Value::serialized(value).expect("a type made of text, integers, lists and maps serialises"))
}

/// The bytes of a tree. `ciborium` writes integers in their shortest form and every length definite.
#[expect(clippy::expect_used, reason = "a Vec takes all that is written to it")]
pub(crate) fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writing to memory succeeds");
    bytes
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Tag(tag, inner) => Value::Tag(tag, Box::new(sorted(*inner))),
        Value::Map(entries) => {
            let mut entries: Vec<_> =
                entries.into_iter().map(|(key, value)| (sorted(key), sorted(value))).collect();
            entries.sort_by_cached_key(|(key, _)| encoded(key));
            Value::Map(entries)
        }
        scalar => scalar,
    }
}
