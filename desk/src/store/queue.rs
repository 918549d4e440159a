//! The queue (同步队列) as people see it: every operation, where it stands, and why.

use super::{Connection, Page, Rows, from_column, from_json, from_word, receipt::Outcome, to_word, total};
use crate::error::DeskError;
use rules::{
    At, Day,
    life::{Action, Serial},
    op::{CitizenRef, OpBody, Operation},
    wire::Verdict,
};

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueState {
    /// Written here, not yet at the centre.
    Pending,
    /// At the centre, not yet decided.
    Received,
    /// Decided.
    Decided(Outcome),
}

/// One operation of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    /// Enrolment epoch.
    pub epoch: u32,
    /// Number in the chain.
    pub seq: u64,
    /// `issue`, `report_loss` …
    pub kind: String,
    /// The action on a code it stands for, while its record is kept.
    pub action: Option<Action>,
    /// The code it concerns, while its record is kept.
    pub serial: Option<Serial>,
    /// M2, where the operation carries a name and its record is kept.
    pub masked_name: Option<String>,
    /// M1, likewise.
    pub masked_number: Option<String>,
    /// In which case.
    pub case_number: Option<String>,
    /// Staff number.
    pub operator: String,
    /// When.
    pub at: At,
    /// Where it stands.
    pub state: QueueState,
    /// The verdict, once there is one.
    pub verdict: Option<Verdict>,
}

/// Which operations to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueFilter {
    /// All.
    #[default]
    All,
    /// Those without a receipt.
    Waiting,
    /// Those decided with this outcome.
    Decided(Outcome),
}

type Columns = (
    u32,
    i64,
    String,
    Option<String>,
    String,
    i64,
    Option<String>,
    Option<bool>,
    Option<String>,
    Option<String>,
);

const COLUMNS: &str = "p.epoch, p.seq, p.kind, p.case_number, p.operator, p.at, p.record,
     (SELECT 1 FROM outbox o WHERE o.epoch = p.epoch AND o.seq = p.seq) AS waits, r.outcome, r.verdict";

/// Newest first for all and decided; oldest first for what waits, because that is what somebody has to look at.
pub(crate) async fn page(
    connection: &mut Connection,
    filter: QueueFilter,
    page: Page,
    received_through: u64,
) -> Result<Rows<QueueRow>, DeskError> {
    let word = match filter {
        QueueFilter::Decided(outcome) => to_word(&outcome)?,
        QueueFilter::All | QueueFilter::Waiting => String::new(),
    };
    let (count, select) = match filter {
        QueueFilter::All => (
            "SELECT count(*) FROM operation WHERE ?1 = ''",
            "FROM operation p LEFT JOIN receipt r USING (epoch, seq) WHERE ?1 = ''
             ORDER BY p.epoch DESC, p.seq DESC",
        ),
        QueueFilter::Waiting => (
            "SELECT count(*) FROM outbox WHERE ?1 = ''",
            "FROM (SELECT epoch, seq FROM outbox WHERE ?1 = '' ORDER BY epoch, seq LIMIT ?2 OFFSET ?3) w
             JOIN operation p USING (epoch, seq) LEFT JOIN receipt r USING (epoch, seq) ORDER BY p.epoch, p.seq",
        ),
        QueueFilter::Decided(_) => (
            "SELECT count(*) FROM receipt WHERE outcome = ?1",
            "FROM (SELECT * FROM receipt WHERE outcome = ?1 ORDER BY epoch DESC, seq DESC LIMIT ?2 OFFSET ?3) r
             JOIN operation p USING (epoch, seq) ORDER BY p.epoch DESC, p.seq DESC",
        ),
    };
    // The inner queries have cut the page already; cutting it twice would skip twice.
    let tail = if filter == QueueFilter::All { "LIMIT ?2 OFFSET ?3" } else { "" };
    let (number,): (i64,) = sqlx::query_as(count).bind(&word).fetch_one(&mut *connection).await?;
    let found: Vec<Columns> = sqlx::query_as(&format!("SELECT {COLUMNS} {select} {tail}"))
        .bind(&word)
        .bind(page.limit())
        .bind(page.offset)
        .fetch_all(connection)
        .await?;
    let rows = found.into_iter().map(|columns| row(columns, received_through)).collect::<Result<_, _>>()?;
    Ok(Rows { rows, total: total(number) })
}

/// One operation by its number.
pub(crate) async fn one(
    connection: &mut Connection,
    epoch: u32,
    seq: u64,
    received_through: u64,
) -> Result<Option<QueueRow>, DeskError> {
    let found: Option<Columns> = sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM operation p LEFT JOIN receipt r USING (epoch, seq) WHERE p.epoch = ? AND p.seq = ?"
    ))
    .bind(epoch)
    .bind(super::to_column(seq)?)
    .fetch_optional(connection)
    .await?;
    found.map(|columns| row(columns, received_through)).transpose()
}

fn row(c: Columns, received_through: u64) -> Result<QueueRow, DeskError> {
    let operation: Option<Operation> = c.6.as_deref().map(from_json).transpose()?;
    let seq = from_column(c.1)?;
    let state = match (&c.8, c.7) {
        (Some(outcome), _) => QueueState::Decided(from_word(outcome)?),
        (None, Some(true)) if seq <= received_through => QueueState::Received,
        (None, _) => QueueState::Pending,
    };
    let holder = operation.as_ref().and_then(|operation| match &operation.body {
        OpBody::Issue { holder, .. } | OpBody::CorrectionOpened { holder, .. } => Some(holder),
        _ => None,
    });
    Ok(QueueRow {
        epoch: c.0,
        seq,
        kind: c.2,
        action: operation.as_ref().and_then(|operation| action_of(&operation.body)),
        serial: operation.as_ref().and_then(|operation| serial_of(&operation.body)),
        masked_name: holder.map(|holder| holder.name.masked()),
        masked_number: holder.map(|holder| holder.number.masked()),
        case_number: c.3,
        operator: c.4,
        at: At(c.5),
        state,
        verdict: c.9.as_deref().map(from_json).transpose()?,
    })
}

/// The action on a code an operation stands for.
const fn action_of(body: &OpBody) -> Option<Action> {
    match body {
        OpBody::Issue { action, .. } => Some(*action),
        OpBody::ReportLoss { .. } => Some(Action::ReportLoss),
        OpBody::Reprint { .. } => Some(Action::Reprint),
        OpBody::Void { .. } => Some(Action::Void),
        OpBody::Printed { .. } | OpBody::CorrectionOpened { .. } | OpBody::CorrectionCommanded { .. } => None,
    }
}

/// The code an operation concerns.
pub(crate) const fn serial_of(body: &OpBody) -> Option<Serial> {
    match body {
        OpBody::Issue { serial, .. }
        | OpBody::ReportLoss { serial }
        | OpBody::Reprint { serial }
        | OpBody::Void { serial, .. }
        | OpBody::Printed { serial, .. } => Some(*serial),
        OpBody::CorrectionOpened { .. } | OpBody::CorrectionCommanded { .. } => None,
    }
}

/// Everything this desk did in a case, oldest first.
pub(crate) async fn of_case(
    connection: &mut Connection,
    case_number: &str,
    received_through: u64,
) -> Result<Vec<QueueRow>, DeskError> {
    let found: Vec<Columns> = sqlx::query_as(&format!(
        "SELECT {COLUMNS} FROM operation p LEFT JOIN receipt r USING (epoch, seq) WHERE p.case_number = ?
         ORDER BY p.epoch, p.seq LIMIT 500"
    ))
    .bind(case_number)
    .fetch_all(connection)
    .await?;
    found.into_iter().map(|columns| row(columns, received_through)).collect()
}

/// Whether operations on a correction still wait.
pub(crate) async fn correction_waits(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<bool, DeskError> {
    let (waits,): (bool,) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM operation JOIN outbox USING (epoch, seq)
         WHERE citizen_ref = ? AND kind IN ('correction_opened', 'correction_commanded'))",
    )
    .bind(&citizen_ref.0)
    .fetch_one(connection)
    .await?;
    Ok(waits)
}

/// Operations of a Shanghai day by kind.
pub(crate) async fn kinds_of_day(
    connection: &mut Connection,
    day: Day,
) -> Result<Vec<(String, u32)>, DeskError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT kind, count(*) FROM operation WHERE at BETWEEN ? AND ? GROUP BY kind ORDER BY kind",
    )
    .bind(At::start_of(day).0)
    .bind(At::end_of(day).0 - 1)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(kind, count)| (kind, total(count))).collect())
}

/// Operations of a Shanghai day without a receipt.
pub(crate) async fn waiting_of_day(connection: &mut Connection, day: Day) -> Result<u32, DeskError> {
    let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM outbox WHERE queued_at BETWEEN ? AND ?")
        .bind(At::start_of(day).0)
        .bind(At::end_of(day).0 - 1)
        .fetch_one(connection)
        .await?;
    Ok(total(count))
}
