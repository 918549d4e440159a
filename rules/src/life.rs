//! The life of a code (L1–L11): `decide(state, command, now, policy)`.

use crate::{
    Policy, Refusal,
    eligibility::Eligibility,
    time::{At, Day},
};
use serde::{Deserialize, Serialize};

/// Serial of a code: bucket (1), device number (4), counter (4), random (7); never reused. Shown as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Serial(pub [u8; 16]);

impl Serial {
    /// Assembles a serial.
    pub fn new(_bucket: u8, _device: u32, _counter: u32, _random: [u8; 7]) -> Self {
        todo!()
    }
    /// First byte of SM3(citizen_ref).
    pub fn bucket(self) -> u8 {
        self.0[0]
    }
}
impl std::fmt::Display for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}
impl std::fmt::Debug for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}
impl From<Serial> for String {
    fn from(s: Serial) -> String {
        s.to_string()
    }
}
impl TryFrom<String> for Serial {
    type Error = Refusal;
    fn try_from(_text: String) -> Result<Self, Refusal> {
        todo!()
    }
}

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
    /// What it is on `today`.
    pub fn standing(&self, _today: Day) -> Standing {
        todo!()
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

/// Everything the rules need to know about the holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// E1–E8 as decided.
    pub eligibility: Eligibility,
    /// All codes known, oldest first.
    pub codes: Vec<Code>,
    /// Days on which an `apply`, `reapply` or `reissue` counted, any channel (L3).
    pub issue_days: Vec<Day>,
    /// A correction that is approved, applied and not yet used for a `replace`.
    pub unused_correction: Option<uuid::Uuid>,
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
        /// L8.
        confirmed_by_holder: bool,
        /// E8: guardian recorded.
        guardian_recorded: bool,
    },
    /// 更正换发
    Replace {
        /// Serial of the new code.
        serial: Serial,
        /// The approved correction.
        correction: uuid::Uuid,
        /// L8.
        confirmed_by_holder: bool,
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
    /// 作废 (supervisor)
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
}

/// Decides.
pub fn decide(
    _holder: &Holder,
    _command: &Command,
    _now: &Now,
    _policy: &Policy,
) -> Result<Outcome, Refusal> {
    todo!()
}

/// All seven actions with whether they are allowed now, for the screen; the first allowed issue action is the primary one.
pub fn offers(_holder: &Holder, _now: &Now, _policy: &Policy) -> Vec<(Action, Result<(), Refusal>)> {
    todo!()
}

/// Last valid day of a code issued on `day` (L1).
pub fn valid_through(_day: Day, _policy: &Policy) -> Day {
    todo!()
}
