//! The office screens: Queue (同步), Conflicts, Journal (日结), Audit and Settings.

use rules::{
    call_back::CallOutcome,
    correction::Reason,
    life::Action,
    op::OperationKind,
    window::{Paper, PrintState, QueueState},
};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{CentralSettings, Event, Failure, ReceiptLayout, SentenceView, SheetLayout};

/// Page of a long list.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct PageInput {
    /// Number of rows to skip.
    pub offset: u32,
    /// Number of rows to return, at most 500.
    pub limit: u32,
    /// Part of a case number; `None` returns all rows.
    pub text: Option<String>,
}

/// An operation in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QueueRowView {
    /// Sequence number of the operation.
    pub seq: u32,
    /// Kind of operation.
    pub kind: OperationKind,
    /// Action on a code, while the record is kept.
    pub action: Option<Action>,
    /// Case number, if it was done in a case.
    pub case_number: Option<String>,
    /// Masked name (M2), while the record is kept.
    pub masked_name: Option<String>,
    /// Time it was done.
    pub at: String,
    /// Staff number of the operator.
    pub staff: String,
    /// State in the queue.
    pub state: QueueState,
    /// Why it was not accepted, and what to do.
    pub failure: Option<Failure>,
}

/// Page of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct QueuePageView {
    /// Rows of this page, newest first. Operations that still wait come oldest first.
    pub rows: Vec<QueueRowView>,
    /// Number of rows in the whole list.
    pub total: u32,
    /// Batches of other desks that were imported here and that the centre refused.
    pub imports_refused: Vec<Failure>,
}

/// Somebody to be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CallView {
    /// Name of the subject, which commands take.
    pub id: String,
    /// Case number, grouped.
    pub case_number: String,
    /// Masked name (M2); empty if it is not known any more.
    pub masked_name: String,
    /// Masked phone (M3).
    pub masked_phone: String,
    /// What was decided.
    pub about: SentenceView,
    /// When it was decided.
    pub at: String,
    /// Calls so far, oldest first.
    pub calls: Vec<CallMadeView>,
}

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CallMadeView {
    /// What came of it.
    pub outcome: CallOutcome,
    /// Staff number of who called.
    pub staff: String,
    /// Instant of the call.
    pub at: String,
}

/// Both sides of a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConflictView {
    /// Enrolment epoch of this desk's operation. Epoch and `seq` identify the conflict.
    pub epoch: u32,
    /// Sequence number of this desk's operation.
    pub seq: u32,
    /// Case number, if it was done in a case.
    pub case_number: Option<String>,
    /// Masked name (M2), while the record is kept.
    pub masked_name: Option<String>,
    /// Masked ID number (M1), while the record is kept.
    pub masked_number: Option<String>,
    /// What this desk did, and when.
    pub ours: SentenceView,
    /// What the centre has on record.
    pub theirs: SentenceView,
    /// The rule that decided.
    pub rule: SentenceView,
    /// Time of the centre's verdict.
    pub at: String,
    /// Call-back note, once it is written.
    pub note: Option<String>,
    /// Whether the conflict is closed.
    pub closed: bool,
}

/// A day at this desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JournalView {
    /// The Shanghai day.
    pub day: String,
    /// Number of services by action.
    pub totals: Vec<JournalTotalView>,
    /// Cases of the day, newest first.
    pub cases: Vec<JournalCaseView>,
    /// Number of code sheets that came out of the printer.
    pub sheets: u32,
    /// Number of spoilt code sheets.
    pub spoilt: u32,
    /// Number of operations the centre has not decided yet.
    pub provisional: u32,
    /// Number of open corrections, of any day.
    pub corrections_open: u32,
    /// Number of open conflicts, of any day.
    pub conflicts_open: u32,
    /// Number of suspended cases of the day.
    pub suspended: u32,
    /// Figures of each clerk who had a case.
    pub clerks: Vec<ClerkFiguresView>,
    /// How often each reason was given for a correction.
    pub reasons: Vec<ReasonFiguresView>,
    /// Cases left open at this desk, of any day, by clerk.
    pub open: Vec<OpenCaseView>,
    /// Counts that are kept after retention removed the records of the day (S9).
    pub cleared: Option<SentenceView>,
}

/// Number of services of one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JournalTotalView {
    /// The action counted.
    pub action: Action,
    /// How often it was done.
    pub count: u32,
}

/// A case in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JournalCaseView {
    /// Case number, grouped.
    pub case_number: String,
    /// Time the case was opened.
    pub at: String,
    /// Masked name (M2).
    pub masked_name: String,
    /// Last action on a code, if any.
    pub action: Option<Action>,
    /// Whether a correction was made or decided in it.
    pub corrected: bool,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Staff number of the operator.
    pub staff: String,
    /// State of its last operation.
    pub state: Option<QueueState>,
    /// Papers printed in it.
    pub prints: Vec<JournalPrintView>,
    /// How it was served, once it was at the window.
    pub service: Option<ServiceView>,
}

/// How a case was served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ServiceView {
    /// Ticket by which the visitor was called.
    pub ticket: Option<String>,
    /// Seconds that the ticket waited.
    pub waited_seconds: Option<u32>,
    /// Seconds at the window.
    pub served_seconds: u32,
    /// Rating from 1 (非常不满意) to 5 (非常满意).
    pub rating: Option<u8>,
}

/// Figures of one clerk on a day. Means are of the cases of which the figure is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ClerkFiguresView {
    /// Staff number (工号).
    pub staff: String,
    /// Number of cases.
    pub cases: u32,
    /// Cases put aside.
    pub open: u32,
    /// Cases the centre has not decided yet.
    pub waiting: u32,
    /// Cases the centre refused.
    pub refused: u32,
    /// Mean seconds that tickets waited.
    pub waited_seconds: Option<u32>,
    /// Mean seconds at the window.
    pub served_seconds: Option<u32>,
    /// Number of ratings.
    pub ratings: u32,
    /// Mean rating, in tenths.
    pub rating_tenths: Option<u32>,
}

/// Number of corrections for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReasonFiguresView {
    /// Reason of the corrections (N1–N5, P1–P4).
    pub reason: Reason,
    /// How often it was given.
    pub count: u32,
}

/// A case that is left open, for the next shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct OpenCaseView {
    /// Case number, grouped.
    pub case_number: String,
    /// Staff number of the operator.
    pub staff: String,
    /// Masked name (M2).
    pub masked_name: String,
    /// When the case was last worked on, RFC 3339.
    pub since: String,
    /// Whether a form is half filled in.
    pub draft: bool,
}

/// A print of a case in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct JournalPrintView {
    /// Kind of paper.
    pub paper: Paper,
    /// State as the printer reported it.
    pub state: PrintState,
    /// Whether the paper in the clerk's hand was good; `None` if the clerk did not say.
    pub good: Option<bool>,
}

/// A row of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AuditRowView {
    /// Row number, from 1.
    pub number: u32,
    /// Time of the event.
    pub at: String,
    /// Staff number; empty for the program itself.
    pub staff: String,
    /// Kind of event.
    pub event: Event,
    /// `ok`, or the code of the failure.
    pub outcome: String,
    /// Case number, if it happened in a case.
    pub case_number: Option<String>,
}

/// Page of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AuditPageView {
    /// Rows of this page, newest first.
    pub rows: Vec<AuditRowView>,
    /// Number of rows in the whole list.
    pub total: u32,
}

/// Result of checking the audit chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AuditCheckView {
    /// Number of rows checked.
    pub rows: u32,
    /// First row that does not fit the chain.
    pub broken_at: Option<u32>,
}

/// Settings of this desk, shown and saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SettingsView {
    /// Address of the centre, `https://…`. Read-only.
    pub centre_url: String,
    /// Card reader: `auto` or the name of a PC/SC reader.
    pub card_reader: String,
    /// PC/SC readers found.
    pub card_readers: Vec<String>,
    /// Serial ports with a card reader.
    pub serial_readers: Vec<String>,
    /// Address of the printer, `ipp://…`; empty for none.
    pub printer: String,
    /// Printers found.
    pub printers: Vec<String>,
    /// Layout of code sheets.
    pub sheet_layout: SheetLayout,
    /// Layout of receipts.
    pub receipt_layout: ReceiptLayout,
    /// Serial port of the scanner; empty for a keyboard scanner.
    pub scanner: String,
    /// Camera: `auto`, a device file, or empty for none.
    pub camera: String,
    /// Whether the citizen window (客显) opens when the program starts.
    pub citizen_window: bool,
    /// Whether citizens answer and sign there.
    pub signature: bool,
    /// Days that rows about citizens are kept after the centre confirmed them.
    pub retention_days: u32,
    /// Idle minutes until the screen locks.
    pub lock_minutes: u16,
    /// Longest time of offline issuing (L11), in hours. Read-only.
    pub offline_limit_hours: u16,
    /// Values above that the centre decides. Read-only.
    pub by_centre: CentralSettings,
}
