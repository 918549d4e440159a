//! Why something is refused: one closed enum, its words in one table per language.

use serde::{Deserialize, Serialize};

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub enum Language {
    /// 简体中文
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English
    #[serde(rename = "en")]
    English,
}

/// Why a command is refused. Serialised by its code; the wire and the page know only codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// E3: between 18 and 59 without registration and certificate.
    NotEligible,
    /// L3: something was issued today already.
    AlreadyIssuedToday,
    /// L-table: `apply` although there has been a code.
    HasHadACode,
    /// L-table: `reapply` or `reissue` although there never was a code.
    NeverHadACode,
    /// L-table: `reapply` while the last code is live or lost: reissue instead.
    ReissueInstead,
    /// L-table: `reissue` while the last code is expired or voided: re-apply instead.
    ReapplyInstead,
    /// L-table: the code is not live.
    CodeNotLive,
    /// The serial does not belong to this holder.
    UnknownCode,
    /// L8: the holder has not confirmed name and photo.
    NotConfirmedByHolder,
    /// L6: the consequence was not confirmed.
    ConsequenceNotConfirmed,
    /// L10: the desk's clock is off or was set back.
    ClockNotTrusted,
    /// L11: the centre has not been reached for too long.
    OfflineTooLong,
    /// E8: a guardian must act.
    GuardianNeeded,
    /// S5: the role may not do this.
    NotPermitted,
    /// Four eyes: maker and approver are the same person.
    SamePerson,
    /// `replace` without an approved, unused correction.
    NoApprovedCorrection,
    /// N5: a character of the name is in no print font.
    NameNotPrintable,
}

impl Refusal {
    /// The stable code, as on the wire.
    pub fn code(self) -> &'static str {
        todo!()
    }

    /// One sentence: what is wrong and what to do next.
    pub fn message(self, _language: Language) -> &'static str {
        todo!()
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}
