//! Frames of the security module: encoding requests and decoding replies.

use std::fmt;

use zeroize::Zeroize;

/// Preamble of every frame.
const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];
const LENGTH_BYTES: usize = 2;
const STATUS_BYTES: usize = 3;
const CHECKSUM_BYTES: usize = 1;
/// The largest known reply is text, portrait and fingerprints: 3 + 6 + 256 + 1024 + 1024 +
/// 1 = 0x90A.
const LENGTH_LIMIT: usize = 0x090A;

fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// A command to the security module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    command: u8,
    parameter: u8,
}

impl Request {
    /// Restarts the module.
    pub const RESET: Self = Self { command: 0x10, parameter: 0xFF };
    /// Asks whether the module works.
    pub const STATUS: Self = Self { command: 0x11, parameter: 0xFF };
    /// Asks for the number of the module.
    pub const IDENTIFIER: Self = Self { command: 0x12, parameter: 0xFF };
    /// Looks for a card that was put on.
    pub const FIND: Self = Self { command: 0x20, parameter: 0x01 };
    /// Selects the card that was found.
    pub const SELECT: Self = Self { command: 0x20, parameter: 0x02 };
    /// Reads text and portrait.
    pub const READ: Self = Self { command: 0x30, parameter: 0x01 };
    /// Reads text, portrait and fingerprints.
    pub const READ_WITH_FINGERPRINTS: Self = Self { command: 0x30, parameter: 0x10 };
    /// Reads the address added after issue. This also tells whether the card is still there.
    pub const READ_ADDED_ADDRESS: Self = Self { command: 0x30, parameter: 0x03 };

    /// Returns the bytes on the wire.
    #[must_use]
    pub fn encode(self) -> [u8; 10] {
        let body = [0x00, 0x03, self.command, self.parameter];
        let mut frame = [0; 10];
        frame[..5].copy_from_slice(&PREAMBLE);
        frame[5..9].copy_from_slice(&body);
        frame[9] = checksum(&body);
        frame
    }
}

/// Status of a reply: its third status byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// `90`: the command was done.
    Ok,
    /// `91`: the command was done, and the item is empty.
    Empty,
    /// `9F`: a card was found.
    Found,
    /// `10`: the checksum of the request was wrong.
    BadChecksum,
    /// `11`: the length of the request was wrong.
    BadLength,
    /// `21`: the command is unknown.
    BadCommand,
    /// `24`: an unknown error occurred.
    Unknown,
    /// `31`: the card rejected the module.
    CardRejectedModule,
    /// `32`: the module rejected the card.
    ModuleRejectedCard,
    /// `33`: the verification failed.
    VerificationFailed,
    /// `40`: the card is not an identity card.
    WrongCard,
    /// `41`: the card could not be read.
    ReadFailed,
    /// `47`: the card gave no random number.
    RandomFailed,
    /// `60`: the module failed its self-test.
    SelfTestFailed,
    /// `66`: the module is not authorised.
    NotAuthorised,
    /// `80`: no card was found.
    FindFailed,
    /// `81`: the card could not be selected.
    SelectFailed,
    /// Anything else: SW1, SW2 and SW3.
    Other([u8; 3]),
}

impl From<[u8; STATUS_BYTES]> for Status {
    /// SW3 is the module's own status. SW1 and SW2 pass on what the card complained of, zero for
    /// nothing: with a complaint no success is one, and a refusal means the same.
    fn from(bytes: [u8; STATUS_BYTES]) -> Self {
        match bytes[2] {
            0x90 if bytes == [0, 0, 0x90] => Self::Ok,
            0x91 if bytes == [0, 0, 0x91] => Self::Empty,
            0x9F if bytes == [0, 0, 0x9F] => Self::Found,
            0x10 => Self::BadChecksum,
            0x11 => Self::BadLength,
            0x21 => Self::BadCommand,
            0x24 => Self::Unknown,
            0x31 => Self::CardRejectedModule,
            0x32 => Self::ModuleRejectedCard,
            0x33 => Self::VerificationFailed,
            0x40 => Self::WrongCard,
            0x41 => Self::ReadFailed,
            0x47 => Self::RandomFailed,
            0x60 => Self::SelfTestFailed,
            0x66 => Self::NotAuthorised,
            0x80 => Self::FindFailed,
            0x81 => Self::SelectFailed,
            _ => Self::Other(bytes),
        }
    }
}

/// A reply of the security module. Its data is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// What came of the command.
    pub status: Status,
    data: Vec<u8>,
}

impl Reply {
    /// Returns the data after the status.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.data.zeroize();
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Reply")
            .field("status", &self.status)
            .field("length", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// Reasons why bytes are not a valid reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The length field is impossible.
    #[error("impossible length")]
    Length,
    /// The XOR checksum is wrong.
    #[error("wrong checksum")]
    Checksum,
}

/// Finds replies in a stream of bytes, in pieces of any size and with noise in between.
///
/// A damaged frame costs only one byte, so a good frame behind or inside it is still found. All
/// buffered bytes are wiped.
#[derive(Default)]
pub struct Decoder {
    buffer: Vec<u8>,
}

impl Decoder {
    /// Adds bytes that were received.
    pub fn push(&mut self, bytes: &[u8]) {
        let free = self.buffer.capacity() - self.buffer.len();
        if free < bytes.len() {
            // Growing by hand wipes the old bytes, which a reallocation would leave behind.
            let mut larger = Vec::with_capacity((self.buffer.len() + bytes.len()).next_power_of_two());
            larger.extend_from_slice(&self.buffer);
            self.buffer.zeroize();
            self.buffer = larger;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next reply, or the fault of what looked like one; `None` if more
    /// bytes are needed.
    pub fn next_reply(&mut self) -> Option<Result<Reply, FrameError>> {
        self.skip_noise();
        let body = self.buffer.get(PREAMBLE.len()..)?;
        let length = usize::from(u16::from_be_bytes([*body.first()?, *body.get(1)?]));
        if !(STATUS_BYTES + CHECKSUM_BYTES..=LENGTH_LIMIT).contains(&length) {
            self.consume(1);
            return Some(Err(FrameError::Length));
        }
        let frame = body.get(..LENGTH_BYTES + length)?;
        if checksum(frame) != 0 {
            self.consume(1);
            return Some(Err(FrameError::Checksum));
        }
        let reply = Reply {
            status: Status::from([frame[LENGTH_BYTES], frame[LENGTH_BYTES + 1], frame[LENGTH_BYTES + 2]]),
            data: frame[LENGTH_BYTES + STATUS_BYTES..frame.len() - CHECKSUM_BYTES].to_vec(),
        };
        self.consume(PREAMBLE.len() + LENGTH_BYTES + length);
        Some(Ok(reply))
    }

    /// Whether a reply has begun: preamble and length are there, the rest is not.
    pub fn has_begun(&self) -> bool {
        self.buffer.len() >= PREAMBLE.len() + LENGTH_BYTES
    }

    /// Takes the reply that has begun for noise, so that one behind it, or inside, is found.
    pub fn give_up(&mut self) {
        if self.has_begun() {
            self.consume(1);
        }
    }

    /// Forgets what came so far.
    pub fn clear(&mut self) {
        self.consume(self.buffer.len());
    }

    /// Drops bytes that cannot begin a frame, but keeps a possible beginning of a preamble
    /// at the end.
    fn skip_noise(&mut self) {
        let start = (0..self.buffer.len())
            .find(|start| {
                let rest = &self.buffer[*start..];
                let known = rest.len().min(PREAMBLE.len());
                rest[..known] == PREAMBLE[..known]
            })
            .unwrap_or(self.buffer.len());
        self.consume(start);
    }

    fn consume(&mut self, count: usize) {
        let kept = self.buffer.len() - count;
        self.buffer.copy_within(count.., 0);
        self.buffer[kept..].zeroize();
        self.buffer.truncate(kept);
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}
