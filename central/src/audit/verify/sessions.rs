//! Whose word stands behind each operation, found again from what the batches were proven with.

use super::{AccountFacts, Findings, KeptOperation, duty};
use crate::{
    audit::event::{Batch, record_digest},
    machine::ingest,
};
use rules::{
    At, DeviceNumber, SiteCode, StaffNumber,
    authority::{SessionProof, SessionStatement, Unproven},
    correction::Digest,
    keys::Signed,
    op::{self, BATCH_LIMIT, Operation},
    wire::{PushRequest, Verdict},
};
use serde::Deserialize;
use std::collections::{HashMap, HashSet, VecDeque};
use uuid::Uuid;

/// A row of `session`.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Digest of the row.
    pub digest: Digest,
    /// Session of the row.
    pub session_id: Uuid,
    /// Staff number of the row.
    pub staff: String,
    /// Beginning of the row.
    pub begun_at: At,
    /// The statement; `None` if it cannot be read.
    pub statement: Option<Signed<SessionStatement>>,
}

/// A row of `batch_proof`.
#[derive(Clone, Debug)]
pub struct ProofRow {
    /// First sequence number of the row.
    pub first_seq: u64,
    /// When it was received.
    pub received_at: At,
    /// Signature of the desk, hex.
    pub signature: String,
    /// Statements and signatures of its sessions, as JSON.
    pub sessions: String,
}

/// What the sessions of one desk are proven with.
pub struct Statements<'a> {
    by_digest: HashMap<Digest, Signed<SessionStatement>>,
    accounts: &'a AccountFacts,
}

impl<'a> Statements<'a> {
    /// Takes the statements of a desk. [`AccountFacts`] know every version by then.
    #[must_use]
    pub fn new(
        device: DeviceNumber,
        rows: Vec<SessionRow>,
        accounts: &'a AccountFacts,
        findings: &mut Findings,
    ) -> Self {
        let mut by_digest = HashMap::new();
        for row in rows {
            let id = row.session_id;
            let agrees = |statement: &Signed<SessionStatement>| {
                let said = &statement.value;
                let columns = (said.id, said.staff.as_str(), said.begun_at);
                columns == (id, row.staff.as_str(), row.begun_at) && record_digest(statement) == row.digest
            };
            match row.statement.filter(agrees) {
                Some(statement) => {
                    by_digest.insert(row.digest, statement);
                }
                None => findings
                    .add(format_args!("session {id} of desk {device}: the row says other than was signed")),
            }
        }
        Self { by_digest, accounts }
    }

    /// Returns the proofs that came with a batch, as far as their statements are there.
    fn proofs(&self, stored: &str) -> Option<Vec<SessionProof>> {
        let stored: Vec<Signature> = serde_json::from_str(stored).ok()?;
        let proof = |Signature { statement, signature }| {
            Some(SessionProof { statement: self.by_digest.get(&statement)?.clone(), signature })
        };
        Some(stored.into_iter().filter_map(proof).collect())
    }
}

/// One of the signatures in a row of `batch_proof`.
#[derive(Deserialize)]
struct Signature {
    statement: Digest,
    signature: String,
}

/// A batch that waits for the last of its operations.
pub(super) struct Awaited {
    pub(super) batch: Batch,
    /// When the log says that it was received.
    pub(super) at: At,
    /// Its row, if there is one.
    pub(super) stored: Option<ProofRow>,
}

/// An operation that was read, with what the tables say of it.
struct Read {
    seq: u64,
    operation: Option<Operation>,
    received_at: At,
    unproven: Option<String>,
    verdict: Option<Verdict>,
}

/// Check of the sessions of one enrolment, fed with its operations in order.
pub(super) struct SessionCheck {
    desk: (DeviceNumber, u32),
    /// Site of the desk, if a certificate says it.
    site: Option<SiteCode>,
    /// Batches in order, those that ended already taken out.
    awaited: VecDeque<Awaited>,
    /// The operations read last, as many as a batch can have.
    recent: VecDeque<Read>,
    /// Last sequence number of the batches that ended.
    through: u64,
    /// Identifiers of operations that had an effect.
    pub(super) effective: Vec<Uuid>,
}

impl SessionCheck {
    pub(super) fn new(desk: (DeviceNumber, u32), site: Option<SiteCode>, awaited: Vec<Awaited>) -> Self {
        let recent = VecDeque::with_capacity(BATCH_LIMIT);
        Self { desk, site, awaited: awaited.into(), recent, through: 0, effective: Vec::new() }
    }

    /// Takes the next operation, and checks each batch that ends with it. `earlier` are operations
    /// of earlier enrolments that had an effect: who repeats one gets the same verdict again.
    pub(super) fn operation(
        &mut self,
        row: &super::OperationRow,
        (operation, verdict): (Option<Operation>, Option<Verdict>),
        (statements, earlier): (&Statements<'_>, &HashSet<Uuid>),
        findings: &mut Findings,
    ) {
        if has_effect(verdict.as_ref()) {
            self.effective.extend(match &row.kept {
                KeptOperation::Whole { .. } => operation.as_ref().map(|operation| operation.op_id),
                KeptOperation::Mark(deed) => deed.as_ref().map(|(op_id, _)| *op_id),
            });
        }
        if let (Some(operation), Some(Verdict::Applied { .. })) = (&operation, &verdict)
            && !earlier.contains(&operation.op_id)
            && let (Some(site), Some((_, decided_at))) = (&self.site, &row.verdict)
        {
            let name = self.name(row.seq);
            duty::check(&name, operation, (site, *decided_at), statements.accounts, findings);
        }
        if self.recent.len() == BATCH_LIMIT {
            self.recent.pop_front();
        }
        let (seq, received_at) = (row.seq, row.received_at);
        let unproven = match &row.kept {
            KeptOperation::Whole { unproven, .. } => unproven.clone(),
            KeptOperation::Mark(_) => None,
        };
        self.recent.push_back(Read { seq, operation, received_at, unproven, verdict });
        while self.awaited.front().is_some_and(|awaited| awaited.batch.last_seq <= seq)
            && let Some(awaited) = self.awaited.pop_front()
        {
            self.batch(&awaited, statements, earlier, findings);
            self.through = self.through.max(awaited.batch.last_seq);
        }
    }

    fn batch(
        &self,
        awaited: &Awaited,
        statements: &Statements<'_>,
        earlier: &HashSet<Uuid>,
        findings: &mut Findings,
    ) {
        let Batch { device, epoch, first_seq, last_seq, .. } = awaited.batch;
        let rows: Vec<&Read> =
            self.recent.iter().filter(|row| (first_seq..=last_seq).contains(&row.seq)).collect();
        let ops: Option<Vec<Operation>> = rows.iter().map(|row| row.operation.clone()).collect();
        // What is missing or cannot be read was found already; what is archived may stay unread.
        let Some(ops) = ops.filter(|ops| ops.len() as u64 == last_seq + 1 - first_seq) else { return };
        let name = format!("batch {device}/{epoch}/{first_seq}–{last_seq}");
        let stored = awaited.stored.as_ref();
        let sessions = match stored.map(|stored| statements.proofs(&stored.sessions)) {
            Some(Some(sessions)) => sessions,
            Some(None) => {
                findings.add(format_args!("{name}: the proofs of its sessions cannot be read"));
                Vec::new()
            }
            None => Vec::new(),
        };
        if stored.is_some_and(|stored| stored.received_at != awaited.at) {
            findings.add(format_args!("{name}: received at another time than the log says"));
        }
        let contents: Vec<Digest> = ops.iter().map(Operation::content_digest).collect();
        let (prev_hash, signature) = (awaited.batch.prev_hash.clone(), awaited.batch.signature.clone());
        let batch = op::Batch { device, epoch, first_seq, prev_hash, ops };
        let request = PushRequest { batch, signature, sessions };
        if request.sessions_digest() != awaited.batch.sessions {
            findings.add(format_args!("{name}: other proofs of its sessions than the desk signed"));
        }
        let numbers: Vec<StaffNumber> = ingest::people_of(&request).into_iter().collect();
        let people = statements.accounts.known_at(numbers, awaited.at);
        let unproven = ingest::unproven(&request, &contents, &people);
        let new = rows.iter().zip(&request.batch.ops).filter(|(row, _)| row.seq > self.through);
        for (row, operation) in new {
            let reason = unproven.get(&row.seq).copied();
            if row.received_at != awaited.at {
                let name = self.name(row.seq);
                findings.add(format_args!("{name}: received at another time than the log says"));
            }
            // One signature covers all before it, so the newest operation stands for them.
            let after = request.batch.ops.iter().filter(|other| other.seq > row.seq);
            let mut of_session = after.filter(|other| other.session.id == operation.session.id);
            let is_told = of_session.any(|other| unproven.get(&other.seq) == reason.as_ref());
            let is_shared =
                matches!(reason, Some(Unproven::NoSession | Unproven::Statement | Unproven::Signature));
            if !(is_shared && is_told) {
                self.compare(row, reason, earlier.contains(&operation.op_id), findings);
            }
        }
    }

    /// Compares what the row says with what was found again.
    fn compare(&self, row: &Read, reason: Option<Unproven>, is_repeated: bool, findings: &mut Findings) {
        let name = self.name(row.seq);
        let counts = has_effect(row.verdict.as_ref()) && !is_repeated;
        match (row.unproven.as_deref(), reason.map(Unproven::code)) {
            (_, Some(code)) if counts => {
                findings.add(format_args!("{name}: applied, and nobody's word stands behind it ({code})"));
            }
            (kept, code) if kept != code => findings.add(format_args!(
                "{name}: kept as {}, and it is {}",
                kept.unwrap_or("proven"),
                code.unwrap_or("proven")
            )),
            _ => {}
        }
    }

    fn name(&self, seq: u64) -> String {
        format!("operation {}/{}/{seq}", self.desk.0, self.desk.1)
    }
}

/// Returns whether a verdict lets an operation count in some way. `Unproven` and `Late` do not, and
/// a rejected operation at most voids its own sheet.
const fn has_effect(verdict: Option<&Verdict>) -> bool {
    matches!(verdict, Some(Verdict::Applied { .. } | Verdict::DuplicateSameDay { .. }))
}
