//! Queue (同步), Conflicts, Journal (日结), Accounts, Audit, Settings.

use rules::{life::Action, permission::Role};
use serde::{Deserialize, Serialize};
use specta::Type;

use desk::store::{audit::Event, queue::OperationKind};

use super::{Failure, Paper, PrintState, SentenceView};

/// Which page of a long list.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct PageInput {
    /// Rows to skip.
    pub offset: u32,
    /// At most this many, ≤ 500.
    pub limit: u32,
    /// Filter by state, where the list has one.
    pub state: Option<String>,
    /// Filter by case number or masked text.
    pub text: Option<String>,
}

/// State of a queued operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// 待发送
    Pending,
    /// 已收到, not yet decided
    Received,
    /// 已确认
    Accepted,
    /// 冲突
    Conflict,
    /// 被拒
    Rejected,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QueueRowView {
    /// Sequence number.
    pub seq: u32,
    /// What.
    pub kind: OperationKind,
    /// For issues.
    pub action: Option<Action>,
    /// Case number.
    pub case_number: Option<String>,
    /// M2
    pub masked_name: Option<String>,
    /// When.
    pub at: String,
    /// Operator.
    pub staff: String,
    /// State.
    pub state: QueueState,
    /// Why, and what to do.
    pub failure: Option<Failure>,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QueuePageView {
    /// Rows.
    pub rows: Vec<QueueRowView>,
    /// Of how many.
    pub total: u32,
    /// Imports of other desks that the centre refused.
    pub imports_refused: Vec<Failure>,
}

/// A conflict, both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConflictView {
    /// Enrolment epoch of our operation: with `seq` it tells which conflict.
    pub epoch: u32,
    /// Seq of our operation.
    pub seq: u32,
    /// Case number.
    pub case_number: Option<String>,
    /// M2
    pub masked_name: Option<String>,
    /// M1
    pub masked_number: Option<String>,
    /// Ours: what was done here, when.
    pub ours: SentenceView,
    /// Theirs: what the centre has.
    pub theirs: SentenceView,
    /// The rule that decided.
    pub rule: SentenceView,
    /// When the verdict came.
    pub at: String,
    /// Call-back note, once written.
    pub note: Option<String>,
    /// Dealt with.
    pub closed: bool,
}

/// The day at this desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JournalView {
    /// Day.
    pub day: String,
    /// Count per action.
    pub totals: Vec<JournalTotalView>,
    /// Cases, newest first.
    pub cases: Vec<JournalCaseView>,
    /// Code sheets that came out of the printer.
    pub sheets: u32,
    /// Code sheets spoilt.
    pub spoilt: u32,
    /// Still provisional.
    pub provisional: u32,
    /// Corrections open.
    pub corrections_open: u32,
    /// Conflicts open.
    pub conflicts_open: u32,
    /// Suspended cases.
    pub suspended: u32,
    /// What is still known of a day whose records are gone (S9).
    pub cleared: Option<SentenceView>,
}

/// A total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JournalTotalView {
    /// Action.
    pub action: Action,
    /// How often.
    pub count: u32,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JournalCaseView {
    /// Case number.
    pub case_number: String,
    /// When.
    pub at: String,
    /// M2
    pub masked_name: String,
    /// What was done to a code.
    pub action: Option<Action>,
    /// A correction was made or decided in it.
    pub corrected: bool,
    /// Put aside, to be gone on with.
    pub suspended: bool,
    /// Operator.
    pub staff: String,
    /// State at the centre.
    pub state: Option<QueueState>,
    /// Prints.
    pub prints: Vec<JournalPrintView>,
}

/// A print of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JournalPrintView {
    /// What.
    pub paper: Paper,
    /// Printer's word.
    pub state: PrintState,
    /// Clerk's word.
    pub good: Option<bool>,
}

/// A member of staff, as the security admin sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccountView {
    /// 工号
    pub staff: String,
    /// Name.
    pub name: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// May work.
    pub active: bool,
    /// Locked until.
    pub locked_until: Option<String>,
    /// Last login here.
    pub last_login: Option<String>,
}

/// An audit row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AuditRowView {
    /// Number.
    pub number: u32,
    /// When.
    pub at: String,
    /// Who.
    pub staff: String,
    /// What.
    pub event: Event,
    /// Outcome code.
    pub outcome: String,
    /// Case.
    pub case_number: Option<String>,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AuditPageView {
    /// Rows, newest first.
    pub rows: Vec<AuditRowView>,
    /// Of how many.
    pub total: u32,
}

/// Result of a chain check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AuditCheckView {
    /// Rows checked.
    pub rows: u32,
    /// First broken row.
    pub broken_at: Option<u32>,
}

/// Settings of this desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SettingsView {
    /// `https://…`
    pub centre_url: String,
    /// Which reader: `auto` or its name.
    pub card_reader: String,
    /// Readers found.
    pub card_readers: Vec<String>,
    /// Serial ports with an SDT reader.
    pub serial_readers: Vec<String>,
    /// `ipp://…`
    pub printer: String,
    /// Printers found.
    pub printers: Vec<String>,
    /// `a4`, `a4_four_up`, `card`
    pub sheet_layout: String,
    /// `a4`, `a5`, `roll80`
    pub receipt_layout: String,
    /// Serial port of the scanner, empty = keyboard wedge only.
    pub scanner: String,
    /// Camera: `auto`, a device, or none.
    pub camera: String,
    /// Days that citizen rows stay after acknowledgement.
    pub retention_days: u32,
    /// Idle minutes before the screen locks.
    pub lock_minutes: u16,
    /// L11, hours.
    pub offline_limit_hours: u16,
}
