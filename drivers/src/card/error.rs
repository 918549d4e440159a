//! Reasons why a card was not read, with their codes and sentences.

use serde::{Deserialize, Serialize};

use crate::Language;

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

/// Reason why a card was not read. The enum is closed: the screen has one sentence
/// for each variant.
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

    /// Returns the stable code of the error, for logs, help pages and the screen.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Removed => "card.removed",
            Self::Mute => "card.mute",
            Self::UnknownCard => "card.unknown",
            Self::UnknownLayout => "card.unknown-layout",
            Self::Garbled { .. } => "card.garbled",
            Self::Protocol => "card.protocol",
            Self::HolderProtected => "card.holder-protected",
            Self::NotGenuine => "card.not-genuine",
            Self::ModuleFailed => "reader.module-failed",
            Self::ReaderLost => "reader.lost",
            Self::ReaderMute => "reader.mute",
            Self::ReaderBusy => "reader.busy",
            Self::ServiceLost => "reader.service-lost",
        }
    }

    /// Returns what happened and what the clerk should do.
    #[must_use]
    pub fn message(self, language: Language) -> &'static str {
        let (chinese, english) = self.sentences();
        language.pick(chinese, english)
    }

    fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Removed => (
                "卡片在读取过程中被拿开。请把卡片放回读卡器，读完前不要移动。",
                "The card was taken away while it was being read. Put it back and leave it until it is read.",
            ),
            Self::Mute => (
                "卡片没有应答。请取下卡片，擦净后重新放好；仍不行请换一台读卡器。",
                "The card does not answer. Take it off, wipe it and put it back; if that fails, try another reader.",
            ),
            Self::UnknownCard => (
                "这不是身份证件或社会保障卡。请放上居民身份证、居住证、永久居留身份证或社会保障卡。",
                "This is neither an identity document nor a social security card. Use one of those.",
            ),
            Self::UnknownLayout => (
                "证件类型无法识别。请核对证件原件后手工录入，并报告系统管理员。",
                "The kind of document is not known here. Check the document, type the data in and tell the administrator.",
            ),
            Self::Garbled { .. } => (
                "卡内数据不完整，未采用。请重新读卡（F2）；多次失败请核对证件原件后手工录入。",
                "The data on the card is damaged and was not used. Read it again (F2); if it keeps failing, type the data in.",
            ),
            Self::Protocol => (
                "读卡器返回的数据有误，未采用。请重新读卡（F2）；多次失败请重新插拔读卡器。",
                "The reply was damaged and was not used. Read again (F2); if it keeps failing, replug the reader.",
            ),
            Self::HolderProtected => (
                "这张社会保障卡不允许读取持卡人信息。请改用居民身份证。",
                "This social security card does not show its holder here. Ask for the identity card.",
            ),
            Self::NotGenuine => (
                "证件与读卡器互相验证失败，可能不是真证。请换一台读卡器再读一次；仍失败请按可疑证件处理。",
                "Card and reader refused each other; the card may not be genuine. Try another reader once, then treat it as suspicious.",
            ),
            Self::ModuleFailed => (
                "读卡器的安全模块不工作。请断电后重新插上读卡器；仍不行请更换读卡器。",
                "The reader's security module is not working. Unplug and replug the reader; if that fails, replace it.",
            ),
            Self::ReaderLost => (
                "读卡器已断开。请检查连接线，插好后会自动恢复。",
                "The reader is disconnected. Check its cable; it is used again as soon as it is back.",
            ),
            Self::ReaderMute => (
                "读卡器没有应答。请检查电源和连接线。",
                "The reader does not answer. Check its power and cable.",
            ),
            Self::ReaderBusy => (
                "读卡器无法打开：可能被其他程序占用，或没有权限。请关闭其他读卡程序，或联系系统管理员。",
                "The reader cannot be opened: another program holds it, or permission is missing. Close other card programs or ask the administrator.",
            ),
            Self::ServiceLost => (
                "系统读卡服务未运行。服务恢复后会自动继续；超过一分钟请联系系统管理员。",
                "The system's card service is not running. It is used again as soon as it is back; after a minute call the administrator.",
            ),
        }
    }
}
