//! The life of a code (L1–L11): states, actions and the decision whether an action is allowed.

mod decide;
mod serial;

pub use decide::{
    check_consequence, code_acted_on, decide, desk_may_issue, fitting_action, offers, would_be_valid_through,
};
pub use serial::Serial;

use crate::{
    Policy, Refusal,
    eligibility::Eligibility,
    time::{At, Day},
};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};

/// State of a code as it is stored. Expiry follows from the date and is never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// In force (有效).
    Live,
    /// Reported lost (已挂失).
    Lost,
    /// Replaced by a newer code (已换发新码).
    Superseded,
    /// Voided by a supervisor or by the centre (已作废).
    Voided,
}

impl CodeState {
    /// Returns whether an offline verifier must learn of the state through the
    /// revocation filter (L2).
    ///
    /// Expiry is in the symbol itself and needs no filter.
    pub const fn is_revoked(self) -> bool {
        match self {
            Self::Live => false,
            Self::Lost | Self::Superseded | Self::Voided => true,
        }
    }

    /// The state after `step`. A code only moves towards its end, live, lost, then superseded or
    /// voided: a step back, and one from an end to the other, changes nothing.
    #[must_use]
    pub const fn moved_to(self, step: Self) -> Self {
        if step.distance() > self.distance() { step } else { self }
    }

    /// How far from live.
    const fn distance(self) -> u8 {
        match self {
            Self::Live => 0,
            Self::Lost => 1,
            Self::Superseded | Self::Voided => 2,
        }
    }
}

/// State of a code on a given day, with expiry worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In force (有效).
    Live,
    /// Past its last day (已过期). The stored state is `Live` or `Lost`.
    Expired,
    /// Reported lost (已挂失).
    Lost,
    /// Replaced by a newer code (已换发新码).
    Superseded,
    /// Voided by a supervisor or by the centre (已作废).
    Voided,
}

impl Standing {
    /// Returns whether a new code ends it (L7): it verifies, or did until it was lost.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Live | Self::Lost)
    }
}

/// One code of a holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Code {
    /// Serial of the code, unique for ever.
    pub serial: Serial,
    /// State as it is stored.
    pub state: CodeState,
    /// When it was issued.
    pub issued_at: At,
    /// Last valid day, included (L1).
    #[cfg_attr(feature = "openapi", schema(value_type = crate::time::DaySchema))]
    pub valid_through: Day,
    /// Whether the centre has yet to confirm it (L9).
    pub provisional: bool,
    /// Number of printed copies, the first included.
    pub copies: u32,
}

impl Code {
    /// Returns the state of the code on `today`.
    ///
    /// A lost code past its last day counts as expired: its holder re-applies, and there is nothing
    /// left to reissue.
    pub fn standing(&self, today: Day) -> Standing {
        match self.state {
            CodeState::Superseded => Standing::Superseded,
            CodeState::Voided => Standing::Voided,
            CodeState::Live | CodeState::Lost if today > self.valid_through => Standing::Expired,
            CodeState::Live => Standing::Live,
            CodeState::Lost => Standing::Lost,
        }
    }

    /// Returns whether the code verifies on `today`. Only a live code does (L2).
    pub fn verifies(&self, today: Day) -> bool {
        self.standing(today) == Standing::Live
    }
}

/// Action of a clerk on a holder's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// First application (首次申领) of a holder who never had a code.
    Apply,
    /// New application (再次申领) after the last code expired or was voided.
    Reapply,
    /// Reissue (补领) while the last code is live or lost.
    Reissue,
    /// Loss report (挂失) for the live code.
    ReportLoss,
    /// Another printed copy (二次打印) of the live code.
    Reprint,
    /// Replacement (更正换发) after an applied correction.
    Replace,
    /// Voiding by a supervisor (作废).
    Void,
}

impl Action {
    /// All actions, in the order of the table of actions.
    pub const ALL: [Self; 7] = [
        Self::Apply,
        Self::Reapply,
        Self::Reissue,
        Self::ReportLoss,
        Self::Reprint,
        Self::Replace,
        Self::Void,
    ];

    /// Returns whether it uses up the holder's one issue of the day (L3).
    pub const fn counts_for_the_day(self) -> bool {
        matches!(self, Self::Apply | Self::Reapply | Self::Reissue)
    }

    /// Returns whether it makes a new code.
    pub const fn makes_code(self) -> bool {
        self.counts_for_the_day() || matches!(self, Self::Replace)
    }

    /// Returns whether its consequence must be named and confirmed first (L6).
    ///
    /// The consequence is that a code ends, or that earlier codes stay ended for good.
    pub const fn has_consequence(self) -> bool {
        match self {
            Self::Apply | Self::Reprint => false,
            Self::Reapply | Self::Reissue | Self::ReportLoss | Self::Replace | Self::Void => true,
        }
    }
}

/// Everything the rules need to know about a holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Eligibility, as decided by E1–E8.
    pub eligibility: Eligibility,
    /// All known codes, oldest first.
    pub codes: Vec<Code>,
    /// Days on which an `apply`, `reapply` or `reissue` counted, over all channels (L3).
    pub issue_days: Vec<Day>,
    /// Approved and applied corrections that no `replace` has used yet, oldest first.
    pub unused_corrections: Vec<uuid::Uuid>,
}

/// Command on a holder's codes. The caller makes the serials of new codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Issue a code by `apply`, `reapply` or `reissue`.
    Issue {
        /// One of `Apply`, `Reapply` and `Reissue`.
        action: Action,
        /// Serial of the new code.
        serial: Serial,
        /// Whether the holder was shown name and photo and confirmed them (L8).
        confirmed_by_holder: bool,
        /// Whether the consequence was confirmed, if the action has one (L6).
        consequence_confirmed: bool,
        /// Whether a guardian is recorded (E8).
        guardian_recorded: bool,
    },
    /// Replace the code after a correction (更正换发).
    Replace {
        /// Serial of the new code.
        serial: Serial,
        /// Applied correction that the replacement uses.
        correction: uuid::Uuid,
        /// Whether the holder was shown name and photo and confirmed them (L8).
        confirmed_by_holder: bool,
        /// Whether the end of the old code was confirmed (L6).
        consequence_confirmed: bool,
        /// Whether a guardian is recorded (E8).
        guardian_recorded: bool,
    },
    /// Report the live code as lost (挂失).
    ReportLoss {
        /// Serial of the lost code.
        serial: Serial,
        /// Whether the end of the code was confirmed (L6).
        consequence_confirmed: bool,
    },
    /// Print another copy (二次打印).
    Reprint {
        /// Serial of the code to print.
        serial: Serial,
    },
    /// Void a code (作废), by a supervisor.
    ///
    /// Re-authentication (S4) serves as the confirmation (L6). [`check_void_reason`]
    /// checks the reason.
    Void {
        /// Serial of the code to void.
        serial: Serial,
    },
}

/// When and where a decision is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// Instant that the business day is taken from.
    pub at: At,
    /// Who decides: the centre, or a desk without it.
    pub vantage: Vantage,
}

/// Who decides: the centre, or a desk without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vantage {
    /// The centre, or a desk with the centre's fresh view.
    Centre,
    /// A desk without the centre. Its new codes are provisional.
    Offline {
        /// Last contact with the centre; `None` if there never was one.
        last_contact: Option<At>,
        /// Clock difference to the centre at the last contact, in milliseconds.
        clock_offset_ms: i64,
        /// Whether the clock was set back since.
        clock_set_back: bool,
    },
}

/// Effects of an allowed command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Code that is issued, if any.
    pub new_code: Option<Code>,
    /// New states of existing codes, by serial.
    pub changes: Vec<(Serial, CodeState)>,
    /// Day whose one issue is used up (L3).
    pub counts_for: Option<Day>,
    /// Code whose copy count is incremented by a `reprint`.
    pub reprinted: Option<Serial>,
    /// Correction that a `replace` uses up.
    pub used_correction: Option<uuid::Uuid>,
    /// When other scanners learn of it (L9).
    pub takes_effect: TakesEffect,
}

/// When a decision takes effect for scanners everywhere (L9).
///
/// The decision of an offline desk is called "registered" and never "effective".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum TakesEffect {
    /// Takes effect immediately (立即生效).
    AtOnce,
    /// Registered; effective after the next synchronisation (已登记，下次同步后生效).
    AtNextSynchronisation,
}

/// Returns the last valid day of a code issued on `day` (L1).
///
/// The day of issue is not counted, and holidays do not move the end.
pub fn valid_through(day: Day, policy: &Policy) -> Day {
    day.saturating_add(i32::from(policy.validity_days).days())
}

/// Checks that the reason for voiding a code is not blank.
///
/// # Errors
/// [`Refusal::VoidReasonNeeded`] if it contains only white space.
pub fn check_void_reason(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() { Err(Refusal::VoidReasonNeeded) } else { Ok(()) }
}
