//! Reads identity documents through PC/SC.
//!
//! A reader with a security module shows the decrypted content of the card as a small memory, which
//! is read page by page. Only one public source describes this, and the paging is inferred. Values
//! that may differ in practice are constants here.

use zeroize::Zeroizing;

use super::apdu::{StatusWord, exchange};
use super::{ApduChannel, CardError, CardField, ChipPhoto, IdentityCard, TEXT_LENGTH};

/// Bytes in one page.
const PAGE_LENGTH: usize = 256;
/// Text length `0100` and portrait length `0400`, both big-endian.
const HEADER: [u8; 4] = [0x01, 0x00, 0x04, 0x00];
/// Length of header, text and portrait, in bytes.
const MEMORY_LENGTH: usize = HEADER.len() + TEXT_LENGTH + ChipPhoto::LENGTH;
const PHOTO_OFFSET: usize = HEADER.len() + TEXT_LENGTH;

/// Offset of the profile's mark in the answer to reset.
const MARK_OFFSET: usize = 13;
const MARK: [u8; 2] = [0x90, 0x00];

/// Returns whether an answer to reset announces this profile.
pub(crate) fn is_announced(answer_to_reset: &[u8]) -> bool {
    answer_to_reset.get(MARK_OFFSET..MARK_OFFSET + MARK.len()) == Some(&MARK)
}

/// Reads the memory with six commands and parses it.
///
/// # Errors
/// [`CardError::Protocol`] if a page is refused or too short, or the header is unknown. Otherwise
/// the error of the channel or the text parser.
pub(crate) fn read<C: ApduChannel + ?Sized>(channel: &mut C) -> Result<IdentityCard, CardError> {
    let memory = read_memory(channel)?;
    if memory[..HEADER.len()] != HEADER {
        return Err(CardError::Protocol);
    }
    let mut text = Zeroizing::new([0_u8; TEXT_LENGTH]);
    text.copy_from_slice(&memory[HEADER.len()..PHOTO_OFFSET]);
    let photo =
        ChipPhoto::new(&memory[PHOTO_OFFSET..]).ok_or(CardError::Garbled { field: CardField::Photo })?;
    IdentityCard::parse(&text, photo)
}

fn read_memory<C: ApduChannel + ?Sized>(channel: &mut C) -> Result<Zeroizing<Vec<u8>>, CardError> {
    let mut memory = Zeroizing::new(Vec::with_capacity(MEMORY_LENGTH));
    for page in 0..=u8::MAX {
        let wanted = (MEMORY_LENGTH - memory.len()).min(PAGE_LENGTH);
        let reply = exchange(channel, &[0xFF, 0xB0, page, 0x00, 0x00])?;
        // The last page may be padded to its full length.
        let part = reply.data.get(..wanted).filter(|_| reply.status == StatusWord::OK);
        memory.extend_from_slice(part.ok_or(CardError::Protocol)?);
        if memory.len() == MEMORY_LENGTH {
            return Ok(memory);
        }
    }
    Err(CardError::Protocol)
}
