//! The operation log (操作日志): a gapless, hash-chained list of everything this desk did.

mod read;

use super::{
    Connection, Write, from_column,
    operation_number::{number, numbers},
    parse_column,
    session::next_link,
    sync_state, to_json,
};
pub use crate::identity::Author;
use crate::{clock::Reading, error::DeskError, signing::SessionKey};
pub(crate) use read::{batch, by_idempotency_key, citizen_ref, emptied_through, get, hash, last_of_citizen};
use rules::{
    At, Day, StaffNumber,
    authority::{Consent, SessionProof, SessionRef},
    correction::Digest,
    handwriting::CitizenAnswer,
    keys::{KeyError, Signer},
    op::{Batch, OP_VERSION, OpBody, Operation, genesis},
    person::IdNumber,
    proof::Proof,
    wire::PushRequest,
};
use sqlx::FromRow;
use uuid::Uuid;

/// The newest link of a chain.
#[derive(Clone, Debug)]
pub(super) struct Head {
    epoch: u32,
    seq: u64,
    hash: Digest,
    day: Day,
    /// Its session and content digest, where they are known.
    content: Option<(Uuid, Digest)>,
}

/// An operation to be appended.
#[derive(Clone, Debug)]
pub struct NewOperation {
    /// Identifier of the operation (UUIDv7).
    pub op_id: Uuid,
    /// Idempotency key, unique per case: a second request with it gives the first one's operation.
    /// `None`: every request counts.
    pub idempotency_key: Option<String>,
    /// Number of the citizen.
    pub citizen: Option<IdNumber>,
    /// Who does it. Another person than the session's needs their consent.
    pub operator: StaffNumber,
    /// Signature of the operator, where the act needs it (A4).
    pub consent: Option<Consent>,
    /// How the citizen was proved, where the act is done for one.
    pub proof: Option<Box<Proof>>,
    /// What the citizen answered on the citizen window, where they were asked.
    pub answer: Option<Box<CitizenAnswer>>,
    /// Number of the case.
    pub case_number: Option<String>,
    /// What was done.
    pub body: OpBody,
}

impl NewOperation {
    /// Returns it with the proof of the citizen it is done for.
    pub(crate) fn proved(self, proof: &Proof) -> Self {
        Self { proof: Some(Box::new(proof.clone())), ..self }
    }

    /// Returns it with what the citizen answered on the citizen window.
    pub(crate) fn answered(self, answer: Option<CitizenAnswer>) -> Self {
        Self { answer: answer.map(Box::new), ..self }
    }
}

/// Returns the word an operation is listed under.
pub(crate) const fn kind(body: &OpBody) -> &'static str {
    match body {
        OpBody::Issue { .. } => "issue",
        OpBody::ReportLoss { .. } => "report_loss",
        OpBody::Reprint { .. } => "reprint",
        OpBody::Void { .. } => "void",
        OpBody::Printed { .. } => "printed",
        OpBody::CorrectionOpened { .. } => "correction_opened",
        OpBody::CorrectionCommanded { .. } => "correction_commanded",
        OpBody::EscalationDismissed { .. } => "escalation_dismissed",
    }
}

/// Operations to push, with the proof of each session in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenBatch {
    /// Operations, in order.
    pub batch: Batch,
    /// Statement of each session, and its key's signature over its newest operation here.
    pub sessions: Vec<SessionProof>,
}

impl ProvenBatch {
    /// Signs the batch and its proofs with the desk's key.
    ///
    /// # Errors
    /// The [`KeyError`] that the signer returns.
    pub fn sign(self, desk: &dyn Signer) -> Result<PushRequest, KeyError> {
        PushRequest::sign(self.batch, self.sessions, desk)
    }
}

/// Builds the next link of the desk's chain, and of the session's. Returns it with the digest of
/// its content.
pub fn link(
    author: Author,
    (seq, hash): (u64, Digest),
    reading: &Reading,
    version: u16,
    new: NewOperation,
    session: SessionRef,
) -> (Operation, Digest) {
    Operation {
        version,
        op_id: new.op_id,
        device: author.device,
        epoch: author.epoch,
        seq: seq + 1,
        citizen: new.citizen,
        wall: reading.wall,
        monotonic_ms: reading.monotonic_ms,
        boot_id: reading.boot_id,
        offset_ms: reading.offset_ms(),
        operator: new.operator,
        session,
        consent: new.consent,
        proof: new.proof,
        answer: new.answer,
        case_number: new.case_number,
        body: new.body,
        prev_hash: hash,
        hash: genesis(),
    }
    .seal_with_content()
}

/// Makes an operation that says nothing.
#[cfg(test)]
pub(crate) fn blank(device: rules::DeviceNumber, epoch: u32) -> Operation {
    let at = At(0);
    Operation {
        version: OP_VERSION,
        op_id: Uuid::nil(),
        device,
        epoch,
        seq: 1,
        citizen: None,
        wall: at,
        monotonic_ms: 0,
        boot_id: Uuid::nil(),
        offset_ms: 0,
        operator: StaffNumber::NOBODY,
        session: SessionRef { id: Uuid::nil(), before: genesis() },
        consent: None,
        proof: None,
        answer: None,
        case_number: None,
        body: OpBody::Reprint { serial: rules::life::Serial([0; 16]), agent: None },
        prev_hash: genesis(),
        hash: genesis(),
    }
}

/// Returns seq and hash of the newest operation of the epoch; 0 and all zeros before the first.
pub(crate) async fn head(connection: &mut Connection, epoch: u32) -> Result<(u64, Digest), DeskError> {
    let newest = newest(connection, epoch).await?;
    Ok(newest.map_or_else(|| (0, genesis()), |newest| (newest.seq, newest.hash)))
}

async fn newest(connection: &mut Connection, epoch: u32) -> Result<Option<Head>, DeskError> {
    let (first, last) = numbers(epoch)?;
    let row: Option<HeadRow> =
        sqlx::query_as("SELECT seq, hash, at FROM operation WHERE n BETWEEN ? AND ? ORDER BY n DESC LIMIT 1")
            .bind(first)
            .bind(last)
            .fetch_optional(connection)
            .await?;
    row.map(|row| row.read(epoch)).transpose()
}

#[derive(FromRow)]
struct HeadRow {
    seq: i64,
    hash: String,
    at: i64,
}

impl HeadRow {
    fn read(self, epoch: u32) -> Result<Head, DeskError> {
        let (seq, hash) = (from_column(self.seq)?, parse_column(&self.hash)?);
        Ok(Head { epoch, seq, hash, day: At(self.at).day(), content: None })
    }
}

/// Appends an operation that the session covers. It waits in the outbox from then on.
pub(crate) async fn append(
    write: &mut Write,
    author: Author,
    reading: &Reading,
    session: &SessionKey,
    new: NewOperation,
) -> Result<Operation, DeskError> {
    let idempotency_key = new.idempotency_key.clone();
    let head = head_of(write, author.epoch).await?;
    let newest = head.as_ref().and_then(|head| head.content.clone());
    let place = next_link(write, session, newest).await?;
    let (operation, content) = link(author, position(head.as_ref()), reading, OP_VERSION, new, place);
    let signature = session.seal(&operation, &content)?;
    insert(write, reading, (head, content), &operation, idempotency_key, &signature).await?;
    Ok(operation)
}

/// Appends an operation of an earlier enrolment again, as it was then: only its place in the desk's
/// chain is new. Its session still proves it.
pub(super) async fn append_again(
    write: &mut Write,
    author: Author,
    reading: &Reading,
    old: Operation,
    (idempotency_key, signature): (Option<String>, &str),
) -> Result<Operation, DeskError> {
    let head = head_of(write, author.epoch).await?;
    let (seq, prev_hash) = position(head.as_ref());
    let (again, content) =
        Operation { epoch: author.epoch, seq: seq + 1, prev_hash, ..old }.seal_with_content();
    insert(write, reading, (head, content), &again, idempotency_key, signature).await?;
    Ok(again)
}

/// Returns the newest link without asking the database again for what this write or the one before
/// it wrote.
async fn head_of(write: &mut Write, epoch: u32) -> Result<Option<Head>, DeskError> {
    match write.head.take() {
        Some(known) if known.epoch == epoch => Ok(Some(known)),
        _ => newest(write, epoch).await,
    }
}

fn position(head: Option<&Head>) -> (u64, Digest) {
    head.map_or_else(|| (0, genesis()), |head| (head.seq, head.hash.clone()))
}

async fn insert(
    write: &mut Write,
    reading: &Reading,
    (head, content): (Option<Head>, Digest),
    operation: &Operation,
    idempotency_key: Option<String>,
    signature: &str,
) -> Result<(), DeskError> {
    let number = number(operation.epoch, operation.seq)?;
    sqlx::query(
        "INSERT INTO operation
             (n, idempotency_key, kind, citizen_ref, case_number, operator, at, hash, session, session_signature, record)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(number)
    .bind(idempotency_key)
    .bind(kind(&operation.body))
    .bind(operation.citizen.as_ref().map(|number| write.citizen_ref(number).to_string()))
    .bind(&operation.case_number)
    .bind(operation.operator.as_str())
    .bind(reading.at.0)
    .bind(operation.hash.to_string())
    .bind(operation.session.id.to_string())
    .bind(signature)
    .bind(to_json(operation)?)
    .execute(&mut **write)
    .await?;
    let day = reading.at.day();
    if head.map(|head| head.day) != Some(day) {
        sqlx::query("INSERT INTO log_day (first, at) VALUES (?, ?)")
            .bind(number)
            .bind(reading.at.0)
            .execute(&mut **write)
            .await?;
    }
    // Otherwise the operation's own time tells how far the clocks have come.
    if reading.set_back {
        sync_state::put_high_water(write, reading).await?;
    }
    write.head = Some(Head {
        epoch: operation.epoch,
        seq: operation.seq,
        hash: operation.hash.clone(),
        day,
        content: Some((operation.session.id, content)),
    });
    Ok(())
}

/// Releases the idempotency key of an operation that the centre refused: the same request is a new
/// one from now on.
pub(crate) async fn release_idempotency_key(
    connection: &mut Connection,
    epoch: u32,
    seq: u64,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE operation SET idempotency_key = NULL WHERE n = ?")
        .bind(number(epoch, seq)?)
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
