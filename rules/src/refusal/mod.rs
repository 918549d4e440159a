//! Reasons for a refusal: one closed enum, with one table of sentences per language.

mod chinese;
mod english;

use crate::{
    correction::{Reason, Rejection},
    eligibility::Shortfall,
};
use serde::{Deserialize, Serialize};

/// Language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub enum Language {
    /// Simplified Chinese (简体中文).
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English, the second language.
    #[serde(rename = "en")]
    English,
}

/// Defines the enum, its stable codes and the list of variants from one table, so that
/// none is forgotten.
macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+) => {
        /// Reason why a command is refused. It is serialised as its code, which is all that wire
        /// and page know.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "specta", derive(specta::Type))]
        #[non_exhaustive]
        pub enum Refusal {
            $($(#[doc = $doc])+ #[serde(rename = $code)] $variant,)+
        }

        impl Refusal {
            /// Every refusal, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the stable code that is used on the wire.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }
    };
}

refusals! {
    /// E3: aged 18–59 without Shanghai registration and a valid certificate.
    NotEligible = "not_eligible",
    /// E5: offline and nothing declared; scan the certificate and state the household first.
    EligibilityNotKnown = "eligibility_not_known",
    /// L3: a code was issued today already.
    AlreadyIssuedToday = "already_issued_today",
    /// L-table: `apply`, but the holder has had a code.
    HasHadACode = "has_had_a_code",
    /// L-table: `reapply` or `reissue`, but the holder never had a code.
    NeverHadACode = "never_had_a_code",
    /// L-table: `reapply` while the last code is live or lost; reissue instead.
    ReissueInstead = "reissue_instead",
    /// L-table: `reissue` after the last code expired or was voided; re-apply instead.
    ReapplyInstead = "reapply_instead",
    /// L-table: the code is not live, but must be.
    CodeNotLive = "code_not_live",
    /// The serial does not belong to this holder.
    UnknownCode = "unknown_code",
    /// The serial of a new code was used before.
    SerialReused = "serial_reused",
    /// The action of an issue is not `apply`, `reapply` or `reissue`.
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
    /// S5: no role of this account permits it.
    NotPermitted = "not_permitted",
    /// Four eyes: maker and approver are the same person.
    SamePerson = "same_person",
    /// `replace` without an applied, unused correction.
    NoApprovedCorrection = "no_approved_correction",
    /// N5: no print font has a glyph for a character of the name.
    NameNotPrintable = "name_not_printable",
    /// N3: the name has a private-use character without a mapping.
    NameUnmapped = "name_unmapped",
    /// N1: the number has neither 15 nor 18 characters.
    NumberLength = "number_length",
    /// N1: the number has a character that is not allowed there.
    NumberCharacter = "number_character",
    /// N1: the region or country does not exist.
    NumberRegion = "number_region",
    /// N1: the birth date does not exist or lies in the future.
    NumberBirthDate = "number_birth_date",
    /// N1: the check digit does not match.
    NumberCheckDigit = "number_check_digit",
    /// N2: the name is empty.
    NameEmpty = "name_empty",
    /// N2: the name has more than 50 code points.
    NameTooLong = "name_too_long",
    /// N2: the name has a character that names cannot have.
    NameCharacter = "name_character",
    /// The text is not a serial of 32 hex digits.
    SerialMalformed = "serial_malformed",
    /// The text is not a case number, or its check digits do not match.
    CaseNumberMalformed = "case_number_malformed",
    /// The state of the correction does not allow the command.
    CorrectionState = "correction_state",
    /// Only the maker of a correction may edit or submit it.
    NotTheMaker = "not_the_maker",
    /// Values or reason do not belong to the corrected field.
    CorrectionField = "correction_field",
    /// Values before and after are the same.
    NothingChanged = "nothing_changed",
    /// The evidence for the reason is incomplete.
    EvidenceMissing = "evidence_missing",
    /// The new name differs from the chip's, and the reason does not allow that.
    DiffersFromChip = "differs_from_chip",
    /// Reason N2, but the names do not differ in exactly one separator.
    NotOneDifference = "not_one_difference",
    /// Reason N3, but the chip's name was not cut off from the new one for lack of room.
    NotCutOff = "not_cut_off",
    /// The photo is below the limits, and the clerk gave no reason.
    PhotoReasonNeeded = "photo_reason_needed",
    /// The holder already has an open correction of this field.
    CorrectionOpen = "correction_open",
    /// The content changed after the approver saw it.
    ContentChanged = "content_changed",
    /// The approver has not opened every piece of evidence.
    EvidenceNotOpened = "evidence_not_opened",
    /// S4: approvals and voids need the password again.
    ReauthenticationNeeded = "reauthentication_needed",
    /// S4: the password is too short or too simple.
    PasswordTooWeak = "password_too_weak",
    /// S4: the password is older than the site's rotation allows.
    PasswordTooOld = "password_too_old",
    /// S4: the account is locked after wrong passwords.
    AccountLocked = "account_locked",
    /// S4: the offline verifier is more than 72 hours old.
    OfflineVerifierTooOld = "offline_verifier_too_old",
    /// S5: the roles of system, security and audit are in one account.
    RolesConflict = "roles_conflict",
    /// A number of the policy is out of range (L11: 1–168 hours; L1, E1, E2, E8: ascending).
    PolicyOutOfRange = "policy_out_of_range",
}

impl Refusal {
    /// Returns one sentence: what is wrong and what to do next.
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
    /// Returns why somebody may not hold a code, and what to do next.
    pub const fn message(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => chinese::shortfall(self),
            Language::English => english::shortfall(self),
        }
    }
}

impl Reason {
    /// Returns the reason for a correction in words.
    pub const fn message(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => chinese::reason(self),
            Language::English => english::reason(self),
        }
    }
}

impl Rejection {
    /// Returns why a correction was rejected and what the citizen can do next, as printed on
    /// the notice (一次性告知书).
    pub const fn message(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => chinese::rejection(self),
            Language::English => english::rejection(self),
        }
    }
}
