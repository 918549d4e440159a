//! Emulated cards that answer commands of ISO/IEC 7816-4.

use super::{EmulatedIdentity, PHOTO_LENGTH};

const OK: [u8; 2] = [0x90, 0x00];
const WRONG_PARAMETERS: [u8; 2] = [0x6B, 0x00];
const UNKNOWN_INSTRUCTION: [u8; 2] = [0x6D, 0x00];
const NOT_FOUND: [u8; 2] = [0x6A, 0x82];

/// Behaviour of a card when it is powered and receives commands.
pub trait CardProgram: Send {
    /// Returns the answer to reset.
    fn answer_to_reset(&self) -> Vec<u8>;

    /// Handles power-on and reset: any selection is forgotten.
    fn reset(&mut self) {}

    /// Returns the answer to a command, including the status word.
    fn respond(&mut self, command: &[u8]) -> Vec<u8>;
}

/// Appends the checksum that ends a contactless card's answer to reset.
fn with_checksum(mut answer: Vec<u8>) -> Vec<u8> {
    answer.push(answer[1..].iter().fold(0, |sum, byte| sum ^ byte));
    answer
}

/// An identity document behind a PC/SC reader with a security module: 1284 bytes in pages of 256.
pub struct MemoryPageCard {
    memory: Vec<u8>,
}

impl MemoryPageCard {
    /// Creates the memory that the reader shows for this document.
    #[must_use]
    pub fn new(identity: &EmulatedIdentity) -> Self {
        let mut memory = vec![0x01, 0x00, 0x04, 0x00];
        memory.extend_from_slice(&identity.text_block());
        memory.extend_from_slice(&identity.photo);
        memory.resize(4 + 256 + PHOTO_LENGTH, 0);
        Self { memory }
    }
}

impl CardProgram for MemoryPageCard {
    fn answer_to_reset(&self) -> Vec<u8> {
        with_checksum(vec![
            0x3B, 0x8B, 0x80, 0x01, 0x50, 0x00, 0x00, 0x00, 0x00, 0xD1, 0x03, 0x86, 0x07, 0x90, 0x00,
        ])
    }

    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        let [0xFF, 0xB0, page, 0x00, 0x00] = command else { return UNKNOWN_INSTRUCTION.to_vec() };
        match self.memory.chunks(256).nth(usize::from(*page)) {
            Some(page) => [page, &OK].concat(),
            None => WRONG_PARAMETERS.to_vec(),
        }
    }
}

/// An identity document on a reader without a security module: it has only an identifier.
pub struct TypeBCard {
    identifier: [u8; 8],
}

impl TypeBCard {
    /// Creates a card with this identifier.
    #[must_use]
    pub fn new(identifier: [u8; 8]) -> Self {
        Self { identifier }
    }
}

impl CardProgram for TypeBCard {
    fn answer_to_reset(&self) -> Vec<u8> {
        with_checksum(vec![0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x00, 0x00, 0x33, 0x81, 0x81, 0x00])
    }

    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        match command {
            [0x00, 0x36, 0x00, 0x00, 0x08] => [&self.identifier[..], &OK].concat(),
            [0x00, 0xA4, ..] => NOT_FOUND.to_vec(),
            _ => UNKNOWN_INSTRUCTION.to_vec(),
        }
    }
}

/// A card that the counter cannot use.
pub struct ForeignCard;

impl CardProgram for ForeignCard {
    fn answer_to_reset(&self) -> Vec<u8> {
        vec![0x3B, 0x60, 0x00, 0x00]
    }

    fn respond(&mut self, command: &[u8]) -> Vec<u8> {
        match command {
            [0x00, 0xA4, ..] => NOT_FOUND.to_vec(),
            _ => UNKNOWN_INSTRUCTION.to_vec(),
        }
    }
}
