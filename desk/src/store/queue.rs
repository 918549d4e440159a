//! The queue (同步队列) as people see it: every operation, where it stands, and why.

use super::{
    Connection, Page, Rows, from_column, from_json, from_word, operation_number::number, parse_column,
    receipt::ReceiptOutcome, to_column, to_word, total,
};
use crate::error::DeskError;
use rules::{
    At, Day, StaffNumber,
    life::{Action, Serial},
    op::{CitizenRef, OpBody, Operation, OperationKind},
    wire::Verdict,
};
use sqlx::FromRow;

/// State of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueState {
    /// Written here, not yet at the centre.
    Pending,
    /// At the centre, not yet decided.
    Received,
    /// The centre decided, with this outcome.
    Decided(ReceiptOutcome),
}

/// One operation of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    /// Enrolment epoch.
    pub epoch: u32,
    /// Number in the chain.
    pub seq: u64,
    /// Kind of the operation.
    pub kind: OperationKind,
    /// The action on a code it stands for, while its record is kept.
    pub action: Option<Action>,
    /// The code it concerns, while its record is kept.
    pub serial: Option<Serial>,
    /// M2, where the operation carries a name and its record is kept.
    pub masked_name: Option<String>,
    /// Masked number (M1), likewise.
    pub masked_number: Option<String>,
    /// Number of the case.
    pub case_number: Option<String>,
    /// Who did it.
    pub operator: StaffNumber,
    /// When it was done.
    pub at: At,
    /// How far the centre has come with it.
    pub state: QueueState,
    /// The verdict, once there is one.
    pub verdict: Option<Verdict>,
}

/// Which operations to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueFilter {
    /// Everything, decided or not.
    #[default]
    All,
    /// Those that are not yet at the centre.
    Pending,
    /// Those at the centre that nobody has decided: without a receipt, or sent on to an approver.
    Received,
    /// Those decided with this outcome.
    Decided(ReceiptOutcome),
}

const COLUMNS: &str = "p.epoch, p.seq, p.kind, p.case_number, p.operator, p.at, p.record,
     (SELECT 1 FROM outbox o WHERE o.n = p.n) AS waits, r.outcome, r.verdict";

/// Returns a page: newest first for all and decided; oldest first for pending or received, because
/// that is what somebody has to look at. `case`: only operations whose case number holds this text.
/// Only the records of the page are read.
pub(crate) async fn page(
    connection: &mut Connection,
    (filter, case): (QueueFilter, &str),
    page: Page,
    received_through: u64,
) -> Result<Rows<QueueRow>, DeskError> {
    let outcome = match filter {
        QueueFilter::Decided(outcome) => to_word(&outcome)?,
        QueueFilter::Received => to_word(&ReceiptOutcome::NeedsApproval)?,
        QueueFilter::All | QueueFilter::Pending => String::new(),
    };
    let (from, order) = match filter {
        QueueFilter::All => ("operation p WHERE ?1 = '' AND ?3 >= 0", "DESC"),
        QueueFilter::Pending => ("outbox p WHERE ?1 = '' AND p.seq > ?3", "ASC"),
        QueueFilter::Received => (
            "(SELECT n FROM outbox WHERE seq <= ?3 UNION ALL SELECT n FROM receipt WHERE outcome = ?1) p WHERE true",
            "ASC",
        ),
        QueueFilter::Decided(_) => ("receipt p WHERE p.outcome = ?1 AND ?3 >= 0", "DESC"),
    };
    let matching = if case.is_empty() {
        "?2 = ''"
    } else {
        "p.n IN (SELECT n FROM operation INDEXED BY operation_by_case WHERE instr(case_number, ?2) > 0)"
    };
    let chosen = format!("FROM {from} AND {matching}");
    let (number,): (i64,) = sqlx::query_as(&format!("SELECT count(*) {chosen}"))
        .bind(&outcome)
        .bind(case)
        .bind(to_column(received_through)?)
        .fetch_one(&mut *connection)
        .await?;
    // CROSS: the planner must not walk the whole log to find what the page has chosen.
    let found: Vec<OperationRow> = sqlx::query_as(&format!(
        "SELECT {COLUMNS}
         FROM (SELECT p.n {chosen} ORDER BY p.n {order} LIMIT ?4 OFFSET ?5) w
         CROSS JOIN operation p ON p.n = w.n
         LEFT JOIN receipt r ON r.n = w.n
         ORDER BY w.n {order}"
    ))
    .bind(&outcome)
    .bind(case)
    .bind(to_column(received_through)?)
    .bind(page.limit())
    .bind(page.offset)
    .fetch_all(connection)
    .await?;
    let rows = found.into_iter().map(|row| row.read(received_through)).collect::<Result<_, _>>()?;
    Ok(Rows { rows, total: total(number) })
}

/// Returns an operation by its number.
pub(crate) async fn one(
    connection: &mut Connection,
    epoch: u32,
    seq: u64,
    received_through: u64,
) -> Result<Option<QueueRow>, DeskError> {
    let found: Option<OperationRow> = sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM operation p LEFT JOIN receipt r USING (n) WHERE p.n = ?"
    ))
    .bind(number(epoch, seq)?)
    .fetch_optional(connection)
    .await?;
    found.map(|row| row.read(received_through)).transpose()
}

#[derive(FromRow)]
struct OperationRow {
    epoch: u32,
    seq: i64,
    kind: String,
    case_number: Option<String>,
    operator: String,
    at: i64,
    record: Option<String>,
    waits: Option<bool>,
    outcome: Option<String>,
    verdict: Option<String>,
}

impl OperationRow {
    fn read(self, received_through: u64) -> Result<QueueRow, DeskError> {
        let operation: Option<Operation> = self.record.as_deref().map(from_json).transpose()?;
        let body = operation.as_ref().map(|operation| &operation.body);
        let seq = from_column(self.seq)?;
        let state = match (&self.outcome, self.waits) {
            (Some(outcome), _) => QueueState::Decided(from_word(outcome)?),
            (None, Some(true)) if seq <= received_through => QueueState::Received,
            (None, _) => QueueState::Pending,
        };
        let holder = match body {
            Some(OpBody::Issue { holder, .. } | OpBody::CorrectionOpened { holder, .. }) => Some(holder),
            _ => None,
        };
        Ok(QueueRow {
            epoch: self.epoch,
            seq,
            kind: kind_of(&self.kind, body)?,
            action: body.and_then(action_of),
            serial: body.and_then(serial_of),
            masked_name: holder.map(|holder| holder.name.masked()),
            masked_number: holder.map(|holder| holder.number.masked()),
            case_number: self.case_number,
            operator: parse_column(&self.operator)?,
            at: At(self.at),
            state,
            verdict: self.verdict.as_deref().map(from_json).transpose()?,
        })
    }
}

/// Reads a kind from the column's word. While the record is kept, it tells more.
fn kind_of(word: &str, body: Option<&OpBody>) -> Result<OperationKind, DeskError> {
    body.map_or_else(|| from_word(word), |body| Ok(body.kind()))
}

/// Returns the action on a code an operation stands for.
const fn action_of(body: &OpBody) -> Option<Action> {
    match body {
        OpBody::Issue { action, .. } => Some(*action),
        OpBody::ReportLoss { .. } => Some(Action::ReportLoss),
        OpBody::Reprint { .. } => Some(Action::Reprint),
        OpBody::Void { .. } => Some(Action::Void),
        OpBody::Printed { .. }
        | OpBody::CorrectionOpened { .. }
        | OpBody::CorrectionCommanded { .. }
        | OpBody::EscalationDismissed { .. } => None,
    }
}

/// Returns the code an operation concerns.
pub(crate) const fn serial_of(body: &OpBody) -> Option<Serial> {
    match body {
        OpBody::Issue { serial, .. }
        | OpBody::ReportLoss { serial, .. }
        | OpBody::Reprint { serial, .. }
        | OpBody::Void { serial, .. }
        | OpBody::Printed { serial, .. } => Some(*serial),
        OpBody::CorrectionOpened { .. }
        | OpBody::CorrectionCommanded { .. }
        | OpBody::EscalationDismissed { .. } => None,
    }
}

/// Returns everything this desk did in a case, oldest first.
pub(crate) async fn of_case(
    connection: &mut Connection,
    case_number: &str,
    received_through: u64,
) -> Result<Vec<QueueRow>, DeskError> {
    let found: Vec<OperationRow> = sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM operation p LEFT JOIN receipt r USING (n) WHERE p.case_number = ?
         ORDER BY p.n LIMIT 500"
    ))
    .bind(case_number)
    .fetch_all(connection)
    .await?;
    found.into_iter().map(|row| row.read(received_through)).collect()
}

/// Returns whether operations on a correction still wait.
pub(crate) async fn correction_waits(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<bool, DeskError> {
    let (waits,): (bool,) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM outbox
         WHERE citizen_ref = ? AND kind IN ('correction_opened', 'correction_commanded'))",
    )
    .bind(citizen_ref.to_string())
    .fetch_one(connection)
    .await?;
    Ok(waits)
}

/// Returns operations of a Shanghai day by kind.
pub(crate) async fn kinds_of_day(
    connection: &mut Connection,
    day: Day,
) -> Result<Vec<(OperationKind, u32)>, DeskError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT p.kind, count(*) FROM day_of_log d CROSS JOIN operation p ON p.n >= d.first AND p.n < d.ends_before
         WHERE d.at BETWEEN ? AND ? GROUP BY p.kind ORDER BY p.kind",
    )
    .bind(At::start_of(day).0)
    .bind(At::end_of(day).0 - 1)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|(kind, count)| Ok((from_word(&kind)?, total(count)))).collect()
}

/// Returns operations of a Shanghai day without a receipt.
pub(crate) async fn waiting_of_day(connection: &mut Connection, day: Day) -> Result<u32, DeskError> {
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM outbox WHERE at BETWEEN ? AND ?")
        .bind(At::start_of(day).0)
        .bind(At::end_of(day).0 - 1)
        .fetch_one(connection)
        .await?;
    Ok(total(count))
}
