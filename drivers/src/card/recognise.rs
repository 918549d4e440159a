//! Recognises the kind of a card and reads it.

use super::apdu::{StatusWord, exchange};
use super::{ApduChannel, Card, CardError, TypeBIdentifier, memory_page, social_security};

/// Command that asks a Type B card for its identifier.
const GET_IDENTIFIER: [u8; 5] = [0x00, 0x36, 0x00, 0x00, 0x08];

/// Finds out which kind of card lies in a PC/SC reader, and reads it.
///
/// An identity document behind a security module announces itself in its answer to reset. A social
/// security card has its application. Any other Type B card has only an identifier.
///
/// # Errors
/// [`CardError::UnknownCard`] if it is none of the three, otherwise the error of the exchange
/// or the parser.
pub fn read_card<C: ApduChannel + ?Sized>(
    channel: &mut C,
    answer_to_reset: &[u8],
) -> Result<Card, CardError> {
    if memory_page::is_announced(answer_to_reset) {
        return memory_page::read(channel).map(Card::Identity);
    }
    if social_security::select(channel)? {
        return social_security::read(channel).map(Card::SocialSecurity);
    }
    let reply = exchange(channel, &GET_IDENTIFIER)?;
    match <[u8; 8]>::try_from(reply.data.as_slice()) {
        Ok(identifier) if reply.status == StatusWord::OK => Ok(Card::Identifier(TypeBIdentifier(identifier))),
        _ => Err(CardError::UnknownCard),
    }
}
