//! Cards and card readers (读卡器).
//!
//! [`Readers`] watches every reader of the desk and reads a card as soon as it is put on. The parsers
//! ([`IdentityCard::parse`], the tag readers of the social security card) take bytes and know no device, so
//! every transport uses the same ones.

mod apdu;
mod error;
mod events;
mod identity;
mod memory_page;
mod pcsc_watch;
mod photo;
mod presence;
mod readers;
mod recognise;
pub mod sdt;
mod sdt_watch;
mod settings;
mod social_security;
mod text;

pub use apdu::{ApduChannel, ChannelError};
pub use error::{CardError, CardField};
pub use events::{CardEvent, ReaderKind, ReaderState, ReaderStatus};
pub use identity::{CardEnd, IdentityCard, Layout};
pub use photo::ChipPhoto;
pub use readers::Readers;
pub use recognise::read_card;
pub use settings::{CardReaderSettings, ReaderChoice, SerialPortSettings};
pub use social_security::SocialSecurityCard;
pub use text::TEXT_LENGTH;

use std::fmt;

/// A card that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Card {
    /// An identity document with its text block: resident identity card (居民身份证), foreign permanent
    /// resident identity card (外国人永久居留身份证), residence permit (港澳台居民居住证).
    Identity(IdentityCard),
    /// A social security card (社会保障卡).
    SocialSecurity(SocialSecurityCard),
    /// A Type B card in a reader without a security module: its identifier is all that can be had. **Not an
    /// identity**; the holder's text is unreadable without the module.
    Identifier(TypeBIdentifier),
}

/// The eight-byte identifier of a Type B card.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypeBIdentifier(pub [u8; 8]);

impl fmt::Debug for TypeBIdentifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TypeBIdentifier(redacted)")
    }
}
