//! Why something is refused: one closed enum, its words in one table per language.

mod chinese;
mod english;

use crate::{
    correction::{Reason, Rejection},
    eligibility::Shortfall,
};
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

/// Defines the enum, its stable codes and the list of all variants from one table, so that none can be forgotten.
macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+) => {
        /// Why a command is refused. Serialised by its code; the wire and the page know only codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "specta", derive(specta::Type))]
        #[non_exhaustive]
        pub enum Refusal {
            $($(#[doc = $doc])+ #[serde(rename = $code)] $variant,)+
        }

        impl Refusal {
            /// Every refusal there is.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable code, as on the wire.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }
    };
}

refusals! {
    /// E3: between 18 and 59 without registration and certificate.
    NotEligible = "not_eligible",
    /// E5: offline and nothing declared yet; the certificate is scanned and the household stated first.
    EligibilityNotKnown = "eligibility_not_known",
    /// L3: something was issued today already.
    AlreadyIssuedToday = "already_issued_today",
    /// L-table: `apply` although there has been a code.
    HasHadACode = "has_had_a_code",
    /// L-table: `reapply` or `reissue` although there never was a code.
    NeverHadACode = "never_had_a_code",
    /// L-table: `reapply` while the last code is live or lost: reissue instead.
    ReissueInstead = "reissue_instead",
    /// L-table: `reissue` while the last code is expired or voided: re-apply instead.
    ReapplyInstead = "reapply_instead",
    /// L-table: the code is not live.
    CodeNotLive = "code_not_live",
    /// The serial does not belong to this holder.
    UnknownCode = "unknown_code",
    /// A serial is never used twice.
    SerialReused = "serial_reused",
    /// An issue must be `apply`, `reapply` or `reissue`.
    NotAnIssue = "not_an_issue",
    /// L8: the holder has not confirmed name and photo.
    NotConfirmedByHolder = "not_confirmed_by_holder",
    /// L6: the consequence was not confirmed.
    ConsequenceNotConfirmed = "consequence_not_confirmed",
    /// L10: the desk's clock is off or was set back.
    ClockNotTrusted = "clock_not_trusted",
    /// L11: the centre has not been reached for too long.
    OfflineTooLong = "offline_too_long",
    /// E8: a guardian must act.
    GuardianNeeded = "guardian_needed",
    /// E9: the agent is not bound to the holder, and no proof was scanned.
    AgentNotBound = "agent_not_bound",
    /// L-table: voiding needs a reason.
    VoidReasonNeeded = "void_reason_needed",
    /// S5: the role may not do this.
    NotPermitted = "not_permitted",
    /// Four eyes: maker and approver are the same person.
    SamePerson = "same_person",
    /// `replace` without an approved, unused correction.
    NoApprovedCorrection = "no_approved_correction",
    /// N5: a character of the name is in no print font.
    NameNotPrintable = "name_not_printable",
    /// N3: the name holds a private-use character nobody can map.
    NameUnmapped = "name_unmapped",
    /// N1: neither 15 nor 18 characters.
    NumberLength = "number_length",
    /// N1: something that does not belong into a number.
    NumberCharacter = "number_character",
    /// N1: no such region or country.
    NumberRegion = "number_region",
    /// N1: the birth date is none, or lies in the future.
    NumberBirthDate = "number_birth_date",
    /// N1: the check digit does not fit.
    NumberCheckDigit = "number_check_digit",
    /// N2: no name.
    NameEmpty = "name_empty",
    /// N2: more than 50 code points.
    NameTooLong = "name_too_long",
    /// N2: a character that names do not have.
    NameCharacter = "name_character",
    /// Not a serial of 32 hexadecimal digits.
    SerialMalformed = "serial_malformed",
    /// Not a case number, or its check digits do not fit.
    CaseNumberMalformed = "case_number_malformed",
    /// The correction is in a state in which this cannot be done.
    CorrectionState = "correction_state",
    /// Only who started a correction may edit or submit it.
    NotTheMaker = "not_the_maker",
    /// Values or reason do not fit the field that is corrected.
    CorrectionField = "correction_field",
    /// Before and after are the same.
    NothingChanged = "nothing_changed",
    /// The reason's evidence is not complete.
    EvidenceMissing = "evidence_missing",
    /// The new name differs from the chip's, and the reason is not one that allows it.
    DiffersFromChip = "differs_from_chip",
    /// Reason N2 with more than one difference.
    NotOneDifference = "not_one_difference",
    /// Reason N3, but the chip's name is not the beginning of the new one, or does not fill the chip's field.
    NotCutOff = "not_cut_off",
    /// A photo below the limits without the clerk's reason.
    PhotoReasonNeeded = "photo_reason_needed",
    /// One open correction per holder and field.
    CorrectionOpen = "correction_open",
    /// What the approver saw is not what is there now.
    ContentChanged = "content_changed",
    /// A piece of evidence has not been opened.
    EvidenceNotOpened = "evidence_not_opened",
    /// S4: approvals and voids need the password again.
    ReauthenticationNeeded = "reauthentication_needed",
    /// S4: too short or too simple.
    PasswordTooWeak = "password_too_weak",
    /// S4: older than the site's rotation allows.
    PasswordTooOld = "password_too_old",
    /// S4: locked after wrong passwords.
    AccountLocked = "account_locked",
    /// S4: the offline verifier is over 72 hours old.
    OfflineVerifierTooOld = "offline_verifier_too_old",
    /// S5: system, security and audit duties in one account.
    RolesConflict = "roles_conflict",
    /// The numbers of the rules are outside what they may be (L11: 1–168 hours; L1, E1, E2, E8: in their order).
    PolicyOutOfRange = "policy_out_of_range",
}

impl Refusal {
    /// One sentence: what is wrong and what to do next.
    pub const fn message(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => chinese::refusal(self),
            Language::English => english::refusal(self),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}

impl Shortfall {
    /// Why somebody may not hold a code, and what to do next.
    pub const fn message(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => chinese::shortfall(self),
            Language::English => english::shortfall(self),
        }
    }
}

impl Reason {
    /// The reason for a correction, in words.
    pub const fn message(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => chinese::reason(self),
            Language::English => english::reason(self),
        }
    }
}

impl Rejection {
    /// Why a correction was sent back and what the citizen does next, as printed on the notice (一次性告知书).
    pub const fn message(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => chinese::rejection(self),
            Language::English => english::rejection(self),
        }
    }
}
