//! Writes canonical CBOR without building a tree, because the centre hashes up to 200 operations
//! in one request. The entries of a map are sorted once all of them are written.

use serde::{Serialize, ser};
use std::ops::Range;

/// Major types as defined in RFC 8949.
#[derive(Clone, Copy)]
enum Major {
    Unsigned = 0,
    Negative = 1,
    Bytes = 2,
    Text = 3,
    List = 4,
    Map = 5,
}

const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

/// A float, an integer over 64 bits, or an error that a type reported about itself.
#[derive(Debug, thiserror::Error)]
#[error("has no canonical encoding here")]
pub(super) struct Unserialisable;

impl ser::Error for Unserialisable {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

type Result<T> = std::result::Result<T, Unserialisable>;

/// Position of a map's key and value in the written bytes.
struct Entry {
    key: Range<usize>,
    end: usize,
}

/// Initial capacity, large enough for most operations.
const BYTES: usize = 1_024;
const ENTRIES: usize = 48;

/// Serialiser that collects the written bytes.
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// Entries of the open maps, the innermost map last.
    entries: Vec<Entry>,
    /// Copy of one map while it is sorted.
    scratch: Vec<u8>,
    left_out: &'static [&'static str],
}

impl Writer {
    /// Creates an empty writer. `left_out` names fields of the outermost struct to skip.
    pub(super) fn new(left_out: &'static [&'static str]) -> Self {
        Self {
            bytes: Vec::with_capacity(BYTES),
            entries: Vec::with_capacity(ENTRIES),
            scratch: Vec::with_capacity(BYTES),
            left_out,
        }
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes a major type and its number in the shortest form.
    fn head(&mut self, major: Major, number: u64) {
        let major = (major as u8) << 5;
        let bytes = number.to_be_bytes();
        match bytes {
            [0, 0, 0, 0, 0, 0, 0, small @ ..=23] => self.bytes.push(major | small),
            [0, 0, 0, 0, 0, 0, 0, byte] => self.bytes.extend([major | 24, byte]),
            [0, 0, 0, 0, 0, 0, rest @ ..] => self.long(major | 25, &rest),
            [0, 0, 0, 0, rest @ ..] => self.long(major | 26, &rest),
            all => self.long(major | 27, &all),
        }
    }

    fn long(&mut self, first: u8, rest: &[u8]) {
        self.bytes.push(first);
        self.bytes.extend_from_slice(rest);
    }

    fn length(&mut self, major: Major, length: usize) -> Result<()> {
        self.head(major, u64::try_from(length).map_err(|_| Unserialisable)?);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.length(Major::Text, text.len())?;
        self.bytes.extend_from_slice(text.as_bytes());
        Ok(())
    }

    /// Opens the map that stands for an enum variant with content; its key is the name.
    fn variant(&mut self, name: &str) -> Result<()> {
        self.length(Major::Map, 1)?;
        self.text(name)
    }

    fn list(&mut self, length: Option<usize>) -> Result<List<'_>> {
        // A list without a known length would need buffering; no type of this crate has one.
        self.length(Major::List, length.ok_or(Unserialisable)?)?;
        Ok(List { writer: self })
    }

    fn map(&mut self) -> Map<'_> {
        let (start, first) = (self.bytes.len(), self.entries.len());
        Map { writer: self, start, first, key: 0..0 }
    }
}

/// A list that is being written.
pub(super) struct List<'a> {
    writer: &'a mut Writer,
}

/// A map or struct that is being written.
pub(super) struct Map<'a> {
    writer: &'a mut Writer,
    start: usize,
    /// Index of its first entry.
    first: usize,
    /// Key whose value comes next.
    key: Range<usize>,
}

impl Map<'_> {
    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        let start = self.writer.bytes.len();
        key.serialize(&mut *self.writer)?;
        self.key = start..self.writer.bytes.len();
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(&mut *self.writer)?;
        let end = self.writer.bytes.len();
        self.writer.entries.push(Entry { key: self.key.clone(), end });
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        if self.start == 0 && self.writer.left_out.contains(&name) {
            return Ok(());
        }
        self.key(name)?;
        self.value(value)
    }

    /// Sorts the entries and writes their number before them.
    fn close(self) -> Result<()> {
        let Self { writer, start, first, .. } = self;
        let (mut all, mut scratch) =
            (std::mem::take(&mut writer.entries), std::mem::take(&mut writer.scratch));
        let entries = all.get_mut(first..).unwrap_or_default();
        scratch.clear();
        scratch.extend_from_slice(&writer.bytes[start..]);
        let written = |range: Range<usize>| &scratch[range.start - start..range.end - start];
        entries.sort_by(|one, other| written(one.key.clone()).cmp(written(other.key.clone())));
        writer.bytes.truncate(start);
        writer.length(Major::Map, entries.len())?;
        for entry in entries.iter() {
            writer.bytes.extend_from_slice(written(entry.key.start..entry.end));
        }
        all.truncate(first);
        (writer.entries, writer.scratch) = (all, scratch);
        Ok(())
    }
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Unserialisable;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Map<'a>;
    type SerializeStruct = Map<'a>;
    type SerializeStructVariant = Map<'a>;

    fn serialize_bool(self, value: bool) -> Result<()> {
        self.bytes.push(if value { TRUE } else { FALSE });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<()> {
        // CBOR stores a negative number n as -1 - n, which is its bitwise complement.
        match u64::try_from(value) {
            Ok(value) => self.head(Major::Unsigned, value),
            Err(_) => self.head(Major::Negative, (!value).unsigned_abs()),
        }
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<()> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<()> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<()> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<()> {
        self.head(Major::Unsigned, value);
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> Result<()> {
        Err(Unserialisable)
    }

    fn serialize_f64(self, _: f64) -> Result<()> {
        Err(Unserialisable)
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.text(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<()> {
        self.text(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        self.length(Major::Bytes, value.len())?;
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.bytes.push(NULL);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.variant(variant)?;
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List<'a>> {
        self.list(length)
    }

    fn serialize_tuple(self, length: usize) -> Result<List<'a>> {
        self.list(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List<'a>> {
        self.list(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<List<'a>> {
        self.variant(variant)?;
        self.list(Some(length))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map<'a>> {
        Ok(self.map())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Map<'a>> {
        Ok(self.map())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Map<'a>> {
        self.variant(variant)?;
        Ok(self.map())
    }

    /// Selects the binary form of types that have one, such as UUIDs.
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// serde has one trait for each kind of list; all of them write the same way.
macro_rules! list {
    ($($kind:ident $add:ident),*) => { $(
        impl ser::$kind for List<'_> {
            type Ok = ();
            type Error = Unserialisable;

            fn $add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                value.serialize(&mut *self.writer)
            }

            fn end(self) -> Result<()> {
                Ok(())
            }
        }
    )* };
}
list!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

impl ser::SerializeMap for Map<'_> {
    type Ok = ();
    type Error = Unserialisable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.value(value)
    }

    fn end(self) -> Result<()> {
        self.close()
    }
}

impl ser::SerializeStruct for Map<'_> {
    type Ok = ();
    type Error = Unserialisable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.field(name, value)
    }

    fn end(self) -> Result<()> {
        self.close()
    }
}

impl ser::SerializeStructVariant for Map<'_> {
    type Ok = ();
    type Error = Unserialisable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.field(name, value)
    }

    fn end(self) -> Result<()> {
        self.close()
    }
}
