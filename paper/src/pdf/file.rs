//! Writes the objects of a PDF file one after another.
//!
//! Each object goes to the target as soon as it is complete, so a batch of any length needs little
//! memory. lopdf writes only whole documents, which would have to be held until the end.

use std::io::{self, Write};

use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, ObjectId, Stream, dictionary};

use super::deflated;

/// Bytes that are collected before the target gets them.
const BUFFER: usize = 64 * 1024;

/// A PDF file while it is being written.
pub(super) struct File<'t> {
    target: &'t mut dyn Write,
    buffer: Vec<u8>,
    /// Bytes that the target has got.
    written: usize,
    /// Where each object begins, by its number less one; 0 while it is only reserved.
    offsets: Vec<usize>,
    /// First failure of the target. Nothing is written after it.
    failure: Option<io::Error>,
}

impl<'t> File<'t> {
    pub(super) fn new(target: &'t mut dyn Write) -> Self {
        // Bytes above 127 in the second line tell mail programs that the file is binary.
        let buffer = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        Self { target, buffer, written: 0, offsets: Vec::new(), failure: None }
    }

    /// Returns the id of an object that is written later.
    pub(super) fn reserve(&mut self) -> ObjectId {
        self.offsets.push(0);
        (u32::try_from(self.offsets.len()).unwrap_or(u32::MAX), 0)
    }

    /// Writes an object and returns its id.
    pub(super) fn add(&mut self, object: impl Into<Object>) -> ObjectId {
        let id = self.reserve();
        self.write(id, object);
        id
    }

    /// Writes a reserved object.
    pub(super) fn write(&mut self, id: ObjectId, object: impl Into<Object>) {
        let begin = self.written + self.buffer.len();
        if let Some(offset) = self.offsets.get_mut(id.0.saturating_sub(1) as usize) {
            *offset = begin;
        }
        self.put(format!("{} {} obj\n", id.0, id.1).as_bytes());
        match object.into() {
            Object::Stream(Stream { dict, content, .. }) => {
                self.put_object(dict.into());
                self.put(b"\nstream\n");
                self.put(&content);
                self.put(b"\nendstream");
            }
            object => self.put_object(object),
        }
        self.put(b"\nendobj\n");
        if self.buffer.len() >= BUFFER {
            self.flush();
        }
    }

    /// Writes an object of another document with everything it refers to.
    pub(super) fn adopt(&mut self, from: &mut Document, mut object: Object, level: u32) -> ObjectId {
        self.adopt_references(from, &mut object, level);
        match object {
            Object::Stream(stream) => self.add(compressed(stream, level)),
            object => self.add(object),
        }
    }

    fn adopt_references(&mut self, from: &mut Document, object: &mut Object, level: u32) {
        match object {
            Object::Reference(id) => {
                if let Some(referred) = from.objects.remove(id) {
                    *id = self.adopt(from, referred, level);
                }
            }
            Object::Array(items) => {
                items.iter_mut().for_each(|item| self.adopt_references(from, item, level))
            }
            Object::Dictionary(dict) | Object::Stream(Stream { dict, .. }) => {
                dict.iter_mut().for_each(|(_, item)| self.adopt_references(from, item, level));
            }
            _ => {}
        }
    }

    /// Writes the table of objects and closes the file.
    pub(super) fn finish(mut self, catalog: ObjectId, information: ObjectId) -> io::Result<()> {
        let begin = self.written + self.buffer.len();
        let size = self.offsets.len() + 1;
        let mut table = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            table.push_str(&format!("{offset:010} 00000 n \n"));
        }
        self.put(table.as_bytes());
        self.put(b"trailer\n");
        self.put_object(
            dictionary! {
                "Size" => i64::try_from(size).unwrap_or(i64::MAX),
                "Root" => catalog,
                "Info" => information,
            }
            .into(),
        );
        self.put(format!("\nstartxref\n{begin}\n%%EOF\n").as_bytes());
        self.flush();
        self.check()
    }

    /// Returns the failure of the target, if there was one.
    pub(super) fn check(&mut self) -> io::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    fn put(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// lopdf lets single objects be written only as operands of a content stream.
    fn put_object(&mut self, object: Object) {
        let content = Content { operations: vec![Operation::new("", vec![object])] };
        match content.encode() {
            Ok(bytes) => self.put(bytes.trim_ascii_end()),
            Err(error) => self.failure = Some(io::Error::other(error)),
        }
    }

    fn flush(&mut self) {
        if self.failure.is_none() {
            self.failure = self.target.write_all(&self.buffer).err();
        }
        self.written += self.buffer.len();
        self.buffer.clear();
    }
}

/// Compresses a stream that is not compressed yet.
pub(super) fn compressed(mut stream: Stream, level: u32) -> Stream {
    if !stream.dict.has(b"Filter") {
        stream.dict.set("Filter", Object::Name(b"FlateDecode".to_vec()));
        stream.set_content(deflated(&stream.content, level));
    }
    stream
}
