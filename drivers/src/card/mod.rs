//! Card readers (读卡器) and the cards they read.
//!
//! [`Readers`] watches every reader of the desk and reads a card as soon as it is put on. The
//! parsers ([`IdentityCard::parse`] and the one of the social security card) take bytes and know no
//! device, so all transports share them.

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
    /// An identity document with its text block: resident identity card
    /// (居民身份证), foreign permanent resident identity card (外国人永久居留身份证)
    /// or residence permit (港澳台居民居住证).
    Identity(IdentityCard),
    /// A social security card (社会保障卡).
    SocialSecurity(SocialSecurityCard),
    /// A Type B card in a reader without a security module. Only its identifier can be read, which
    /// is **not an identity**.
    Identifier(TypeBIdentifier),
}

/// Identifier of a Type B card, eight bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypeBIdentifier(pub [u8; 8]);

impl fmt::Debug for TypeBIdentifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TypeBIdentifier(redacted)")
    }
}
