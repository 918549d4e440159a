//! Reasons why a card was not read. Their sentences are in the catalogue of failures.

use serde::{Deserialize, Serialize};

/// Field of a card, to tell which one could not be read. It has no content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the fields of IdentityCard and SocialSecurityCard")]
pub enum CardField {
    Name,
    EnglishName,
    Sex,
    EthnicGroup,
    Birth,
    Address,
    AddedAddress,
    Number,
    Issuer,
    ValidFrom,
    ValidTo,
    PassNumber,
    IssueCount,
    Country,
    Photo,
    CardNumber,
    Version,
    Birthplace,
}

/// Reason why a card was not read. The enum is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
pub enum CardError {
    /// The card left the reader before it was read.
    #[error("card removed while it was read")]
    Removed,
    /// The card is in the reader, but does not answer.
    #[error("card does not answer")]
    Mute,
    /// The card is neither an identity document nor a social security card.
    #[error("not a card this counter reads")]
    UnknownCard,
    /// The identity document has an unknown type flag.
    #[error("identity document of an unknown layout")]
    UnknownLayout,
    /// A value on the card is malformed.
    #[error("card content garbled in {field:?}")]
    Garbled {
        /// First field in which it was noticed.
        field: CardField,
    },
    /// A reply of card or reader breaks its protocol (length, checksum or tag).
    #[error("reply breaks the protocol")]
    Protocol,
    /// The social security card shows its holder only to authorised terminals (`6982`).
    #[error("holder's file of the social security card is protected")]
    HolderProtected,
    /// The reader's security module rejected the card, or the card rejected the module.
    #[error("card and security module refuse each other")]
    NotGenuine,
    /// The security module is not authorised, or failed its self-test.
    #[error("the reader's security module is not working")]
    ModuleFailed,
    /// The reader was disconnected.
    #[error("reader disconnected")]
    ReaderLost,
    /// The reader is connected, but does not answer.
    #[error("reader does not answer")]
    ReaderMute,
    /// The reader cannot be opened: permission is missing, or another program uses it.
    #[error("reader may not be opened")]
    ReaderBusy,
    /// The system's card service (pcscd) is not running.
    #[error("card service not running")]
    ServiceLost,
}

impl CardError {
    /// Every error, with one example of the variant that has data: for tables and tests.
    pub const ALL: [Self; 13] = [
        Self::Removed,
        Self::Mute,
        Self::UnknownCard,
        Self::UnknownLayout,
        Self::Garbled { field: CardField::Number },
        Self::Protocol,
        Self::HolderProtected,
        Self::NotGenuine,
        Self::ModuleFailed,
        Self::ReaderLost,
        Self::ReaderMute,
        Self::ReaderBusy,
        Self::ServiceLost,
    ];

    /// Returns the stable code of the error. The catalogue of failures has the same code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Removed => "card_removed",
            Self::Mute => "card_mute",
            Self::UnknownCard => "card_unknown",
            Self::UnknownLayout => "card_unknown_layout",
            Self::Garbled { .. } => "card_garbled",
            Self::Protocol => "card_protocol",
            Self::HolderProtected => "card_holder_protected",
            Self::NotGenuine => "card_not_genuine",
            Self::ModuleFailed => "reader_module_failed",
            Self::ReaderLost => "reader_lost",
            Self::ReaderMute => "reader_mute",
            Self::ReaderBusy => "reader_busy",
            Self::ServiceLost => "reader_service_lost",
        }
    }
}
