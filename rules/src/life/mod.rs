//! The life of a code (L1–L11): `decide(state, command, now, policy)`.

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

/// Stored states. `expired` is derived from the date, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// 有效
    Live,
    /// 已挂失
    Lost,
    /// 已被补换
    Superseded,
    /// 已作废
    Voided,
}

impl CodeState {
    /// L2: whether a verifier without a line must learn of it through the revocation filter. Expiry is in the symbol itself.
    pub const fn is_revoked(self) -> bool {
        match self {
            Self::Live => false,
            Self::Lost | Self::Superseded | Self::Voided => true,
        }
    }

    /// The state after `step`. A code only moves towards its end, live, lost, then superseded or voided: a step back,
    /// and one from an end to the other, changes nothing.
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

/// What a code is on a given day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 有效
    Live,
    /// 已过期: `Live` or `Lost` in store, past its last day.
    Expired,
    /// 已挂失
    Lost,
    /// 已被补换
    Superseded,
    /// 已作废
    Voided,
}

impl Standing {
    /// L7: a new code ends it, because it verifies, or verified until it was lost.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Live | Self::Lost)
    }
}

/// One code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Serial.
    pub serial: Serial,
    /// Stored state.
    pub state: CodeState,
    /// When it was issued.
    pub issued_at: At,
    /// Last valid day (L1).
    pub valid_through: Day,
    /// L9: not yet confirmed by the centre.
    pub provisional: bool,
    /// Copies printed, the first included.
    pub copies: u32,
}

impl Code {
    /// What it is on `today`. A lost code past its last day counts as expired: whoever comes then re-applies, and nothing is
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

    /// L2: whether it verifies on `today`. Only a live code does.
    pub fn verifies(&self, today: Day) -> bool {
        self.standing(today) == Standing::Live
    }
}

/// What may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// 首次申领
    Apply,
    /// 再次申领
    Reapply,
    /// 补领
    Reissue,
    /// 挂失
    ReportLoss,
    /// 二次打印
    Reprint,
    /// 更正换发
    Replace,
    /// 作废
    Void,
}

impl Action {
    /// All actions, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::Apply,
        Self::Reapply,
        Self::Reissue,
        Self::ReportLoss,
        Self::Reprint,
        Self::Replace,
        Self::Void,
    ];

    /// L3: whether it uses up the holder's day.
    pub const fn counts_for_the_day(self) -> bool {
        matches!(self, Self::Apply | Self::Reapply | Self::Reissue)
    }

    /// Whether a new code comes of it.
    pub const fn makes_code(self) -> bool {
        self.counts_for_the_day() || matches!(self, Self::Replace)
    }

    /// L6: whether its consequence is named and confirmed first: that a code ends, or that the earlier ones stay ended for good.
    pub const fn has_consequence(self) -> bool {
        match self {
            Self::Apply | Self::Reprint => false,
            Self::Reapply | Self::Reissue | Self::ReportLoss | Self::Replace | Self::Void => true,
        }
    }
}

/// Everything the rules need to know about the holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// E1–E8 as decided.
    pub eligibility: Eligibility,
    /// All codes known, oldest first.
    pub codes: Vec<Code>,
    /// Days on which an `apply`, `reapply` or `reissue` counted, any channel (L3).
    pub issue_days: Vec<Day>,
    /// Corrections that are approved, applied and not yet used for a `replace`, oldest first.
    pub unused_corrections: Vec<uuid::Uuid>,
}

/// A command. Serials of new codes are made by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `apply`, `reapply`, `reissue`.
    Issue {
        /// Which of the three.
        action: Action,
        /// Serial of the new code.
        serial: Serial,
        /// L8: name and photo were shown to the holder and confirmed.
        confirmed_by_holder: bool,
        /// L6, where there is one.
        consequence_confirmed: bool,
        /// E8: guardian recorded.
        guardian_recorded: bool,
    },
    /// 更正换发
    Replace {
        /// Serial of the new code.
        serial: Serial,
        /// The approved correction.
        correction: uuid::Uuid,
        /// L8: name and photo were shown to the holder and confirmed.
        confirmed_by_holder: bool,
        /// L6.
        consequence_confirmed: bool,
        /// E8: guardian recorded.
        guardian_recorded: bool,
    },
    /// 挂失
    ReportLoss {
        /// Which code.
        serial: Serial,
        /// L6.
        consequence_confirmed: bool,
    },
    /// 二次打印
    Reprint {
        /// Which code.
        serial: Serial,
    },
    /// 作废 (supervisor). The re-authentication it needs (S4) is its confirmation (L6); the reason is checked by
    /// [`check_void_reason`].
    Void {
        /// Which code.
        serial: Serial,
    },
}

/// Where and when a decision is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// The instant the business day is taken from.
    pub at: At,
    /// Who decides.
    pub vantage: Vantage,
}

/// Who decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vantage {
    /// The centre, or a desk with the centre's fresh view.
    Centre,
    /// A desk without the centre: new codes are provisional.
    Offline {
        /// Last contact with the centre; `None` = never.
        last_contact: Option<At>,
        /// Clock difference to the centre at last contact, milliseconds.
        clock_offset_ms: i64,
        /// The clock was set back since.
        clock_set_back: bool,
    },
}

/// What a command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// New code, if one is issued.
    pub new_code: Option<Code>,
    /// State changes of existing codes.
    pub changes: Vec<(Serial, CodeState)>,
    /// The day this uses up (L3).
    pub counts_for: Option<Day>,
    /// `reprint`: the code whose copy count grows by one.
    pub reprinted: Option<Serial>,
    /// `replace`: the correction that is now used.
    pub used_correction: Option<uuid::Uuid>,
    /// L9: when scanners elsewhere know of it.
    pub takes_effect: TakesEffect,
}

/// When a decision counts for scanners everywhere (L9). What a desk without the centre decides is "registered", and never
/// called effective already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum TakesEffect {
    /// 立即生效
    AtOnce,
    /// 已登记，下次同步后生效
    AtNextSynchronisation,
}

/// Last valid day of a code issued on `day` (L1): the day of issue is not counted, and no holiday moves the end.
pub fn valid_through(day: Day, policy: &Policy) -> Day {
    day.saturating_add(i32::from(policy.validity_days).days())
}

/// L-table: the reason a code is voided for must say something.
///
/// # Errors
/// [`Refusal::VoidReasonNeeded`] when there is nothing but white space.
pub fn check_void_reason(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() { Err(Refusal::VoidReasonNeeded) } else { Ok(()) }
}
