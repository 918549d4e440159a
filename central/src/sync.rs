//! The adapters between the machines and a store: load, decide, write. Generic over the store, so that the simulation drives
//! the same code as the server. Time is an argument.

mod unread;

use crate::{
    machine::{
        Rulebook,
        apply::{self, Setting},
        citizen::Citizen,
        ingest::{self, DeviceHead, Intake},
    },
    store::{Changed, Completion, Decided, Item, Next, Result, Store, StoreError, Unread, Work},
};
use rules::{
    At, Refusal,
    life::Code,
    op::{Batch, CitizenRef, OpBody, Operation},
    wire::{ProtocolError, PushRequest, Verdict},
};
use std::collections::{HashMap, HashSet};

/// Most operations of one desk that are decided in one transaction.
pub const OPERATIONS_PER_DEVICE: usize = 400;

/// Conflicts in a row after which the operations themselves are doubted.
const CONFLICTS_BEFORE_DOUBT: u32 = 8;

/// How many operations of a doubtful desk are decided at a time, one try after the other: few failed tries before the bad one is found, and
/// several of it alone, in case somebody else was in the way.
const SMALLER_STEPS: [usize; 5] = [20, 1, 1, 1, 1];

/// Why a batch is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The desk is told.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The store failed: the desk tries again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes a batch: checks who signed it, decides, appends. Returns through which seq everything is durable.
///
/// # Errors
/// [`PushError::Protocol`] with what the desk has to do, [`PushError::Store`] when nothing is known.
pub async fn push<S: Store>(
    store: &S,
    rulebook: &Rulebook,
    request: &PushRequest,
    now: At,
) -> std::result::Result<u64, PushError> {
    let batch = &request.batch;
    let unknown = PushError::Protocol(ProtocolError::Unauthenticated);
    let mut head = store.head(batch.device, batch.epoch).await?.ok_or(unknown)?;
    if !ingest::is_authentic(&head, request) {
        return Err(ProtocolError::Malformed.into());
    }
    // Once more when another process moved the head between the look and the write; the desk has one batch in flight, so that
    // is a repetition of the same batch.
    for _ in 0..3 {
        if let Some(through) = take(store, rulebook, &head, batch, now).await? {
            return Ok(through);
        }
        let gone = PushError::Protocol(ProtocolError::Unauthenticated);
        head = store.head(batch.device, batch.epoch).await?.ok_or(gone)?;
    }
    Err(ProtocolError::Busy.into())
}

/// `None`: the head moved meanwhile.
async fn take<S: Store>(
    store: &S,
    rulebook: &Rulebook,
    head: &DeviceHead,
    batch: &Batch,
    now: At,
) -> std::result::Result<Option<u64>, PushError> {
    let last = batch.ops.last().map_or(0, |operation| operation.seq);
    let known = if batch.first_seq <= head.received_through {
        store.hashes(head.device, head.epoch, batch.first_seq, last.min(head.received_through)).await?
    } else {
        std::collections::BTreeMap::new()
    };
    match ingest::receive(head, batch, &known, rulebook) {
        Intake::Append([]) => Ok(Some(head.received_through)),
        Intake::Append(new) => {
            let appended = store.append(head, new, now).await?;
            Ok(appended.then(|| new.last().map_or(head.received_through, |operation| operation.seq)))
        }
        Intake::Gap { resend_from } => Err(ProtocolError::Gap { resend_from }.into()),
        Intake::Quarantine => {
            store.quarantine(head.device, head.epoch, now).await?;
            Err(ProtocolError::Quarantined.into())
        }
        Intake::Barred => Err(ProtocolError::Quarantined.into()),
        Intake::Revoked => Err(ProtocolError::Revoked.into()),
        Intake::Fenced { current } => Err(ProtocolError::Fenced { current }.into()),
        Intake::Malformed => Err(ProtocolError::Malformed.into()),
    }
}

/// Decides what waits, of at most `devices` desks, in one transaction. Returns how many operations; 0 = nothing to do.
///
/// When the store can not keep what came of it, or not read what it needs, operations are decided in small steps and at last one by one,
/// and the one that cannot be decided is rejected: it must not hold up those behind it.
///
/// # Errors
/// When the store fails: nothing was written, and the same operations are decided again.
pub async fn apply<S: Store>(store: &S, rulebook: &Rulebook, devices: usize, now: At) -> Result<usize> {
    apply_after(store, rulebook, devices, now, 0).await
}

/// [`apply`] for somebody who met so many conflicts in a row just now. Now and then two workers meet, and then it is enough to try again; a
/// conflict that does not end is in the operations.
///
/// # Errors
/// See [`apply`].
pub async fn apply_after<S: Store>(
    store: &S,
    rulebook: &Rulebook,
    devices: usize,
    now: At,
    conflicts: u32,
) -> Result<usize> {
    let is_doubtful = |error: &StoreError| match error {
        StoreError::Database(_) | StoreError::Range(_) | StoreError::Corrupt(_) => true,
        StoreError::Conflict => conflicts >= CONFLICTS_BEFORE_DOUBT,
        StoreError::Unavailable(_) => false,
    };
    let claimed = store.claim(devices, OPERATIONS_PER_DEVICE).await;
    match decide_claimed(store, rulebook, claimed, now).await {
        Err(error) if is_doubtful(&error) => {}
        outcome => return outcome,
    }
    let Some(next) = store.next().await? else { return Ok(0) };
    for operations in SMALLER_STEPS {
        let claimed = store.claim_of(next.device, next.epoch, operations).await;
        match decide_claimed(store, rulebook, claimed, now).await {
            Err(error) if is_doubtful(&error) => {}
            outcome => return outcome,
        }
    }
    reject(store, next, now).await
}

/// Decides what waits of one desk, in one transaction. Returns how many operations; 0 = nothing to do, others are at it, or an earlier enrolment
/// of the desk has to be decided first.
///
/// # Errors
/// When the store fails, or one of the operations cannot be decided: [`apply`] finds it.
pub async fn apply_desk<S: Store>(
    store: &S,
    rulebook: &Rulebook,
    (device, epoch): (u32, u32),
    now: At,
) -> Result<usize> {
    let claimed = store.claim_of(device, epoch, OPERATIONS_PER_DEVICE).await;
    decide_claimed(store, rulebook, claimed, now).await
}

async fn decide_claimed<S: Store>(
    store: &S,
    rulebook: &Rulebook,
    claimed: Result<Option<Work<S::Claim>>>,
    now: At,
) -> Result<usize> {
    let Some(work) = claimed? else { return Ok(0) };
    let mut table = Table { citizens: work.citizens, changed: HashMap::new(), taken: work.taken };
    let mut completion = Completion::at(now);
    let mut previous: Option<&Operation> = None;
    for item in &work.items {
        let operation = &item.operation;
        if let Some(earlier) = work.earlier.iter().find(|earlier| operation.repeats(&earlier.operation)) {
            completion.decided.push(Decided {
                device: operation.device,
                epoch: operation.epoch,
                seq: operation.seq,
                bucket: citizen_of(operation).bucket(),
                verdict: earlier.verdict.clone(),
                reviews: Vec::new(),
            });
            previous = Some(operation);
            continue;
        }
        let setting = Setting {
            operation,
            previous: previous.filter(|one| one.device == operation.device && one.epoch == operation.epoch),
            received_at: item.received_at,
            site: work.sites.get(&operation.device).map_or("", String::as_str),
            operator: work.operators.get(&operation.operator),
            serial_taken: table.is_taken(operation),
            rulebook,
        };
        let decided = table.decide(&setting, item, &mut completion);
        completion.decided.push(decided);
        previous = Some(operation);
    }
    let count = completion.decided.len();
    completion.changed = table.changed.into_values().collect();
    store.complete(work.claim, completion).await?;
    Ok(count)
}

/// Rejects an operation without any effect but that its sheet is voided, for somebody to look at. Where not even that can be kept, the
/// verdict is.
async fn reject<S: Store>(store: &S, next: Next, now: At) -> Result<usize> {
    match reject_with(store, next, now, unread::void_code).await {
        Err(StoreError::Unavailable(why)) => Err(StoreError::Unavailable(why)),
        Err(_) => reject_with(store, next, now, |_, _| None).await,
        rejected => rejected,
    }
}

async fn reject_with<S: Store>(
    store: &S,
    next: Next,
    now: At,
    voided: impl Fn(&str, Next) -> Option<Code> + Send,
) -> Result<usize> {
    let Some(Unread { claim, text }) = store.claim_unread(next).await? else { return Ok(0) };
    let Next { device, epoch, seq, bucket } = next;
    let verdict = Verdict::Rejected { code: Refusal::NotPermitted };
    let decided = vec![Decided { device, epoch, seq, bucket, verdict, reviews: vec!["cannot_be_kept"] }];
    let voided = voided(&text, next).into_iter().collect();
    store.complete(claim, Completion { decided, voided, ..Completion::at(now) }).await?;
    tracing::error!(device, epoch, seq, "operation cannot be decided: rejected, for review");
    Ok(1)
}

/// The citizens of one transaction.
struct Table {
    citizens: HashMap<CitizenRef, Citizen>,
    changed: HashMap<CitizenRef, Changed>,
    taken: HashSet<rules::life::Serial>,
}

impl Table {
    fn is_taken(&self, operation: &Operation) -> bool {
        matches!(operation.body, OpBody::Issue { serial, .. } if self.taken.contains(&serial))
    }

    fn decide(&mut self, setting: &Setting<'_>, item: &Item, completion: &mut Completion) -> Decided {
        let operation = &item.operation;
        let citizen_ref = citizen_of(operation);
        let mut changed = self.changed.remove(&citizen_ref).unwrap_or_else(|| {
            let known = self.citizens.remove(&citizen_ref);
            Changed::none(known.unwrap_or_else(|| Citizen::unknown(citizen_ref.clone())))
        });
        let decision = apply::decide(&mut changed.citizen, setting);
        decision.effects.iter().for_each(|effect| changed.note(effect));
        self.taken.extend(changed.added.iter().copied());
        self.taken.extend(decision.voided.iter().map(|code| code.serial));
        completion.voided.extend(decision.voided);
        completion.announcements.extend(decision.announcements);
        let bucket = changed.citizen.bucket;
        self.changed.insert(citizen_ref, changed);
        Decided {
            device: operation.device,
            epoch: operation.epoch,
            seq: operation.seq,
            bucket,
            verdict: decision.verdict,
            reviews: decision.reviews,
        }
    }
}

/// Whom an operation concerns. One that names nobody, or nobody that can be, is kept under the reference of nobody.
#[must_use]
pub fn citizen_of(operation: &Operation) -> CitizenRef {
    let named = operation.citizen_ref.clone().filter(|named| crate::hex::reference_bytes(named).is_some());
    named.unwrap_or_else(nobody)
}

/// The reference of nobody.
#[must_use]
pub fn nobody() -> CitizenRef {
    CitizenRef("0".repeat(64))
}
