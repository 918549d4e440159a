//! Encodes values as canonical CBOR: one value has one encoding, so hashes and signatures can be
//! checked on any machine.

mod writer;

use ciborium::Value;
use serde::Serialize;
use writer::Writer;

/// Encodes a value as canonical CBOR (RFC 8949 §4.2.1).
///
/// Integers are shortest, lengths are definite, and map keys are in the bytewise order of their
/// encodings. Floats and tags are not used.
///
/// # Panics
/// If `value` cannot be serialised. The types of this crate always can: they consist of text,
/// integers, lists and maps.
pub fn canonical<T: Serialize>(value: &T) -> Vec<u8> {
    written(Writer::new(&[]), value)
}

/// Encodes a struct like [`canonical`], but leaves out some of its fields.
pub(crate) fn canonical_without<T: Serialize>(value: &T, fields: &'static [&'static str]) -> Vec<u8> {
    written(Writer::new(fields), value)
}

#[expect(clippy::expect_used, reason = "text, integers, lists and maps can always be written")]
fn written<T: Serialize>(mut writer: Writer, value: &T) -> Vec<u8> {
    value.serialize(&mut writer).expect("a type made of text, integers, lists and maps serialises");
    writer.bytes()
}

/// Encodes a tree whose maps are already sorted.
///
/// `ciborium` writes shortest integers and definite lengths.
#[expect(clippy::expect_used, reason = "writing to a Vec cannot fail")]
pub(crate) fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writing to memory succeeds");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Encodes by building and sorting a tree: slow, but easy to check.
    fn by_tree<T: Serialize>(value: &T) -> Vec<u8> {
        encoded(&sorted(Value::serialized(value).unwrap()))
    }

    fn sorted(value: Value) -> Value {
        match value {
            Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
            Value::Map(entries) => {
                let mut entries: Vec<_> =
                    entries.into_iter().map(|(key, value)| (sorted(key), sorted(value))).collect();
                entries.sort_by_cached_key(|(key, _)| encoded(key));
                Value::Map(entries)
            }
            scalar => scalar,
        }
    }

    /// Covers every shape of the serde data model except floats.
    #[derive(Clone, Debug, Serialize)]
    enum Shape {
        Nothing,
        Unit(()),
        Truth(bool),
        Small(i8),
        Large(i64),
        Huge(u64),
        Letter(char),
        Text(String),
        Bytes(uuid::Uuid),
        Maybe(Option<u32>),
        List(Vec<Shape>),
        Pair(u8, Box<Shape>),
        Fields { longer_name: i64, b: Box<Shape>, a: Option<String> },
        ByText(BTreeMap<String, Shape>),
        ByNumber(BTreeMap<i32, u16>),
        Tagged(Tagged),
        Marker(Marker),
        Wrapped(Wrapped),
    }

    #[derive(Clone, Debug, Serialize)]
    struct Marker;

    #[derive(Clone, Debug, Serialize)]
    struct Wrapped(u16);

    #[derive(Clone, Debug, Serialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Tagged {
        Empty,
        Full {
            zebra: u8,
            #[serde(skip_serializing_if = "Option::is_none")]
            apple: Option<u8>,
        },
    }

    fn shape() -> impl Strategy<Value = Shape> {
        let leaf = prop_oneof![
            Just(Shape::Nothing),
            Just(Shape::Unit(())),
            any::<bool>().prop_map(Shape::Truth),
            any::<i8>().prop_map(Shape::Small),
            any::<i64>().prop_map(Shape::Large),
            any::<u64>().prop_map(Shape::Huge),
            any::<char>().prop_map(Shape::Letter),
            any::<String>().prop_map(Shape::Text),
            any::<u128>().prop_map(|bits| Shape::Bytes(uuid::Uuid::from_u128(bits))),
            any::<Option<u32>>().prop_map(Shape::Maybe),
            any::<BTreeMap<i32, u16>>().prop_map(Shape::ByNumber),
            Just(Shape::Tagged(Tagged::Empty)),
            Just(Shape::Marker(Marker)),
            any::<u16>().prop_map(|value| Shape::Wrapped(Wrapped(value))),
            any::<(u8, Option<u8>)>().prop_map(|(zebra, apple)| Shape::Tagged(Tagged::Full { zebra, apple })),
        ];
        leaf.prop_recursive(4, 64, 30, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..30).prop_map(Shape::List),
                (any::<u8>(), inner.clone()).prop_map(|(one, other)| Shape::Pair(one, Box::new(other))),
                (any::<i64>(), inner.clone(), any::<Option<String>>())
                    .prop_map(|(longer_name, b, a)| { Shape::Fields { longer_name, b: Box::new(b), a } }),
                prop::collection::btree_map(any::<String>(), inner, 0..30).prop_map(Shape::ByText),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_bytes_match_those_of_a_sorted_tree(shape in shape()) {
            prop_assert_eq!(canonical(&shape), by_tree(&shape));
        }
    }

    #[test]
    fn lengths_and_integers_are_shortest_at_every_limit() {
        for limit in [23_u64, 24, 255, 256, 65_535, 65_536, u64::from(u32::MAX), u64::from(u32::MAX) + 1] {
            assert_eq!(canonical(&limit), by_tree(&limit));
        }
        for length in [23, 24, 255, 256, 65_535, 65_536] {
            let list = vec![1_u8; length];
            assert_eq!(canonical(&list), by_tree(&list));
        }
        assert_eq!(canonical(&i64::MIN), by_tree(&i64::MIN));
    }

    #[test]
    fn floats_are_refused() {
        assert!(1.5_f32.serialize(&mut Writer::new(&[])).is_err());
        assert!(1.5_f64.serialize(&mut Writer::new(&[])).is_err());
    }

    #[test]
    fn a_field_is_left_out_at_the_top_only() {
        #[derive(Serialize)]
        struct Outer {
            hash: u8,
            kept: Inner,
        }
        #[derive(Serialize)]
        struct Inner {
            hash: u8,
        }
        let outer = Outer { hash: 1, kept: Inner { hash: 2 } };
        let kept = BTreeMap::from([("kept", BTreeMap::from([("hash", 2_u8)]))]);
        assert_eq!(canonical_without(&outer, &["hash"]), by_tree(&kept));
    }
}
