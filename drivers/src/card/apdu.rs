//! Exchanges commands and replies with a smart card (ISO/IEC 7816-4).

use super::CardError;

/// Longest reply to a short command, in bytes: 256 of data and the status word.
pub(crate) const REPLY_LIMIT: usize = 258;
/// Largest number of exchanges for one command. Real cards need one extra; the limit stops
/// a faulty one.
const CHAIN_LIMIT: usize = 4;

const GET_RESPONSE: u8 = 0xC0;

/// Reasons why bytes could not be exchanged with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The card left the reader.
    #[error("card removed")]
    Removed,
    /// The card is in the reader, but did not answer.
    #[error("card mute")]
    Mute,
    /// The reader was disconnected.
    #[error("reader lost")]
    ReaderLost,
    /// The card service stopped.
    #[error("card service lost")]
    ServiceLost,
    /// The exchange failed for another reason.
    #[error("exchange failed")]
    Failed,
}

impl From<ChannelError> for CardError {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Removed => Self::Removed,
            ChannelError::Mute => Self::Mute,
            ChannelError::ReaderLost => Self::ReaderLost,
            ChannelError::ServiceLost => Self::ServiceLost,
            ChannelError::Failed => Self::Protocol,
        }
    }
}

/// Carries commands to a card and its replies back: a PC/SC card, or a script in a test.
pub trait ApduChannel {
    /// Sends one command and returns the whole reply, including the status word.
    ///
    /// # Errors
    /// [`ChannelError`] if no reply came.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError>;
}

/// Status word: the two bytes that end every reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StatusWord(pub(crate) u16);

impl StatusWord {
    pub(crate) const OK: Self = Self(0x9000);
    /// The security status is not satisfied.
    pub(crate) const SECURITY: Self = Self(0x6982);
    /// The file or application was not found.
    pub(crate) const NOT_FOUND: Self = Self(0x6A82);
    /// The record was not found.
    pub(crate) const RECORD_NOT_FOUND: Self = Self(0x6A83);
}

/// Data and status word of a reply.
pub(crate) struct Reply {
    pub(crate) data: zeroize::Zeroizing<Vec<u8>>,
    pub(crate) status: StatusWord,
}

/// Sends a command and handles the T=0 replies `61xx` (fetch xx bytes) and `6Cxx` (repeat
/// with length xx).
///
/// # Errors
/// [`CardError::Removed`] for a reply under two bytes, which a card pulled during an exchange can
/// leave. [`CardError::Protocol`] if the reply is too long or the card keeps asking. Otherwise the
/// error of the channel.
pub(crate) fn exchange<C: ApduChannel + ?Sized>(channel: &mut C, command: &[u8]) -> Result<Reply, CardError> {
    let mut next = command.to_vec();
    for _ in 0..CHAIN_LIMIT {
        let reply = split(channel.transmit(&next)?)?;
        match reply.status.0.to_be_bytes() {
            [0x61, available] => next = vec![0x00, GET_RESPONSE, 0x00, 0x00, available],
            [0x6C, exact] => match next.last_mut() {
                Some(expected_length) => *expected_length = exact,
                None => return Err(CardError::Protocol),
            },
            _ => return Ok(reply),
        }
    }
    Err(CardError::Protocol)
}

fn split(mut reply: Vec<u8>) -> Result<Reply, CardError> {
    let Some(data_length) = reply.len().checked_sub(2) else { return Err(CardError::Removed) };
    if reply.len() > REPLY_LIMIT {
        return Err(CardError::Protocol);
    }
    let status = StatusWord(u16::from_be_bytes([reply[data_length], reply[data_length + 1]]));
    reply.truncate(data_length);
    Ok(Reply { data: zeroize::Zeroizing::new(reply), status })
}
