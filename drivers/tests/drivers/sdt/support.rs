//! A line that answers with prepared bytes, and the replies it answers with.

use std::collections::VecDeque;
use std::thread;
use std::time::Duration;

use drivers::card::sdt::{Line, LineError, SecurityModule};

pub(crate) const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];

pub(crate) fn frame(body: &[u8]) -> Vec<u8> {
    [&PREAMBLE, body].concat()
}

pub(crate) const FIND_OK: [u8; 10] = [0x00, 0x08, 0x00, 0x00, 0x9F, 0x00, 0x00, 0x00, 0x00, 0x97];
pub(crate) const SELECT_OK: [u8; 14] = [0x00, 0x0C, 0x00, 0x00, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0x9C];
pub(crate) const STATUS_OK: [u8; 6] = [0x00, 0x04, 0x00, 0x00, 0x90, 0x94];
pub(crate) const NOT_FOUND: [u8; 6] = [0x00, 0x04, 0x00, 0x00, 0x80, 0x84];
pub(crate) const NO_ADDED_ADDRESS: [u8; 6] = [0x00, 0x04, 0x00, 0x00, 0x91, 0x95];

/// A reply with these status bytes and no data.
pub(crate) fn status_only(status: [u8; 3]) -> Vec<u8> {
    let [sw1, sw2, sw3] = status;
    frame(&[0x00, 0x04, sw1, sw2, sw3, 0x04 ^ sw1 ^ sw2 ^ sw3])
}

/// A line whose other end answers each request with prepared bytes.
#[derive(Default)]
pub(crate) struct Script {
    exchanges: VecDeque<(Vec<u8>, Vec<u8>)>,
    pending: Vec<u8>,
}

impl Script {
    pub(crate) fn new(exchanges: &[([u8; 5], Vec<u8>)]) -> Self {
        let exchanges = exchanges.iter().map(|(request, reply)| (frame(request), reply.clone())).collect();
        Self { exchanges, pending: Vec::new() }
    }
}

impl Line for Script {
    fn send(&mut self, bytes: &[u8]) -> Result<(), LineError> {
        let (expected, reply) = self.exchanges.pop_front().expect("a request after the end of the script");
        assert_eq!(bytes, expected);
        self.pending = reply;
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, LineError> {
        if self.pending.is_empty() {
            thread::sleep(limit);
        }
        // In pieces, as a serial line does.
        let count = self.pending.len().min(buffer.len()).min(200);
        buffer[..count].copy_from_slice(&self.pending[..count]);
        self.pending.drain(..count);
        Ok(count)
    }

    fn discard(&mut self) -> Result<(), LineError> {
        self.pending.clear();
        Ok(())
    }
}

pub(crate) fn module(exchanges: &[([u8; 5], Vec<u8>)]) -> SecurityModule<Script> {
    SecurityModule::new(Script::new(exchanges), || false)
}

pub(crate) const READ: [u8; 5] = [0x00, 0x03, 0x30, 0x01, 0x32];
pub(crate) const READ_WITH_FINGERPRINTS: [u8; 5] = [0x00, 0x03, 0x30, 0x10, 0x23];
pub(crate) const READ_ADDED_ADDRESS: [u8; 5] = [0x00, 0x03, 0x30, 0x03, 0x30];
pub(crate) const STATUS: [u8; 5] = [0x00, 0x03, 0x11, 0xFF, 0xED];

/// A mainland text block of 张三.
pub(crate) fn text() -> Vec<u8> {
    let mut text = [0x20, 0x00].repeat(128);
    let mut put = |offset: usize, bytes: &[u8]| text[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(0, &[0x20, 0x5F, 0x09, 0x4E]);
    let mut wide = |offset: usize, ascii: &str| {
        put(offset, &ascii.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>());
    };
    wide(30, "1");
    wide(36, "19491231");
    wide(122, "11010519491231002X");
    wide(188, "20200229");
    wide(204, "20400229");
    text
}

/// Length, status `90`, content and XOR after the preamble.
pub(crate) fn reply(length: [u8; 2], content: &[u8]) -> Vec<u8> {
    let mut body = [&length[..], &[0x00, 0x00, 0x90], content].concat();
    body.push(body.iter().fold(0, |sum, byte| sum ^ byte));
    frame(&body)
}
