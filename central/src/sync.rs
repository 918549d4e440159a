//! Adapters between the pure machines and a store: load, decide, write.
//!
//! They are generic over the store, so that the simulation runs the same code as the server. Time
//! is an argument.

pub mod late;
mod unread;

use crate::{
    machine::{
        Rulebook,
        apply::{self, REPEATED, TOO_MANY_COPIES},
        cases::{Cases, SharedCase},
        citizen::{Citizen, IssuedCode},
        decision::DecisionContext,
        evidence,
        ingest::{self, DeviceHead, Intake},
        issue, proof,
    },
    store::{
        Arrival, Changed, Completion, Decided, DoneOnce, Earlier, Item, Next, Result, Store, StoreError,
        Unread, Work,
    },
};
use rules::{
    At, DeviceNumber, Refusal,
    op::{CitizenRef, OpBody, Operation},
    wire::{ProtocolError, PushRequest, Verdict},
};
use std::collections::{HashMap, HashSet};

/// Largest number of operations of one desk that are decided in one transaction.
pub const OPERATIONS_PER_DEVICE: usize = 400;

/// Consecutive conflicts after which the operations themselves are suspected.
const CONFLICTS_BEFORE_DOUBT: u32 = 8;

/// Time for which a desk is passed over when an approval waits for its evidence, in milliseconds.
/// An upload by the desk itself ends it earlier.
const WAIT_MS: i64 = 5_000;

/// Batch sizes tried to isolate an operation that keeps failing. The few steps limit the failed
/// transactions; the repeated last step rules out a passing conflict with another worker.
const SMALLER_STEPS: [usize; 5] = [20, 1, 1, 1, 1];

/// Reason why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The batch was refused; the desk is told why.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The store failed; the desk retries.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes a batch: verifies its signature, decides, appends. Returns the last sequence number
/// that is durable.
///
/// # Errors
/// [`PushError::Protocol`] if the batch is refused, [`PushError::Store`] if the store fails and the
/// outcome is unknown.
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
    // Retries when another process moved the head between read and write. A desk has only one batch
    // in flight, so the other process took a repetition of the same batch.
    for _ in 0..3 {
        if let Some(through) = take(store, rulebook, &head, request, now).await? {
            return Ok(through);
        }
        let gone = PushError::Protocol(ProtocolError::Unauthenticated);
        head = store.head(batch.device, batch.epoch).await?.ok_or(gone)?;
    }
    Err(ProtocolError::Busy.into())
}

/// Takes a batch on a given head; `None` means that the head moved in the meantime.
async fn take<S: Store>(
    store: &S,
    rulebook: &Rulebook,
    head: &DeviceHead,
    request: &PushRequest,
    now: At,
) -> std::result::Result<Option<u64>, PushError> {
    let batch = &request.batch;
    let last = batch.ops.last().map_or(0, |operation| operation.seq);
    let known = if batch.first_seq <= head.received_through {
        store.hashes(head.device, head.epoch, batch.first_seq, last.min(head.received_through)).await?
    } else {
        std::collections::BTreeMap::new()
    };
    match ingest::receive(head, batch, &known, rulebook) {
        Intake::Append { new: [], .. } => Ok(Some(head.received_through)),
        Intake::Append { new, contents } => {
            let people = store.operators(&ingest::people_of(request)).await?;
            let unproven = ingest::unproven(request, &contents, &people);
            // The desk's own reference is not asked for: it would mean nothing here (C2).
            let citizens: Vec<_> = new.iter().map(|operation| rulebook.citizen_of(operation)).collect();
            // Another server's clock may be behind at the turn of a month.
            let at = now.max(head.month.since);
            let arrival = Arrival { request, new, citizens: &citizens, unproven: &unproven, at };
            let appended = store.append(head, &arrival).await?;
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

/// Decides waiting operations of at most `devices` desks in one transaction. Returns how many were
/// decided or held back for evidence; 0 = none waited.
///
/// If the store cannot read the input or write the outcome, operations are decided in smaller steps
/// and at last one by one. An operation that still fails is rejected, so that it does not block
/// those behind it.
///
/// # Errors
/// [`StoreError`] if the store fails; nothing was written, and the same operations
/// are decided again.
pub async fn apply<S: Store>(store: &S, rulebook: &Rulebook, devices: usize, now: At) -> Result<usize> {
    apply_after(store, rulebook, devices, now, 0).await
}

/// Works as [`apply()`], after `conflicts` consecutive conflicts. Two workers meet now and then,
/// and a retry settles it; conflicts that persist are caused by the operations.
///
/// # Errors
/// [`StoreError`] as for [`apply()`].
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
    let claimed = store.claim(now, devices, OPERATIONS_PER_DEVICE).await;
    match decide_claimed(store, rulebook, claimed, now).await {
        Err(error) if is_doubtful(&error) => {}
        outcome => return outcome,
    }
    let Some(next) = store.next(now).await? else { return Ok(0) };
    for operations in SMALLER_STEPS {
        let claimed = store.claim_of(now, (next.device, next.epoch), operations).await;
        match decide_claimed(store, rulebook, claimed, now).await {
            Err(error) if is_doubtful(&error) => {}
            outcome => return outcome,
        }
    }
    reject(store, next, now).await
}

/// Decides the waiting operations of one desk in one transaction. Returns how many were decided; 0
/// = none waited, another worker holds them, or an earlier enrolment of the desk comes first.
///
/// # Errors
/// [`StoreError`] if the store fails or an operation cannot be decided; [`apply()`] then isolates
/// it.
pub async fn apply_desk<S: Store>(
    store: &S,
    rulebook: &Rulebook,
    enrolment: (DeviceNumber, u32),
    now: At,
) -> Result<usize> {
    let claimed = store.claim_of(now, enrolment, OPERATIONS_PER_DEVICE).await;
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
    let mut cases = Cases::known(work.cases);
    let mut listed = Vec::new();
    let mut previous: Option<&Operation> = None;
    // Of those decided here, the ones that must not be done once more.
    let mut done: Vec<Earlier> = Vec::new();
    for item in &work.items {
        let operation = &item.operation;
        let enrolment = (operation.device, operation.epoch);
        // An approval waits for its evidence, and what its desk did after it may build on it.
        if completion.waiting.iter().any(|(waiting, _)| *waiting == enrolment) {
            continue;
        }
        if let Some(repeated) = repeated(item, work.earlier.iter().chain(&done)) {
            completion.decided.push(repeated);
            previous = Some(operation);
            continue;
        }
        let context = DecisionContext {
            operation,
            previous: previous.filter(|one| one.device == operation.device && one.epoch == operation.epoch),
            received_at: item.received_at,
            site: work.sites.get(&operation.device),
            sites: &work.sites,
            operator: work.operators.get(&operation.operator),
            supervisor: proof::supervisor(operation).and_then(|number| work.operators.get(number)),
            unproven: item.unproven,
            rosters: work
                .rosters
                .get(&(operation.device, operation.epoch, operation.seq))
                .map_or(&[], Vec::as_slice),
            evidence: &work.evidence,
            log_ins: &work.log_ins,
            serial_taken: table.is_taken(operation),
            signing_key: issue::signing_key(operation).and_then(|key_id| work.keys.get(&key_id)),
            programs: &work.programs,
            rulebook,
        };
        if table.waits(&item.citizen_ref, &context, now) {
            completion.waiting.push((enrolment, now.plus_ms(WAIT_MS)));
            continue;
        }
        if item.unproven.is_none() {
            cases.note(operation, &item.citizen_ref);
            completion.named.extend(evidence::named(operation).map(|digest| (operation.device, digest)));
        }
        let decided = table.decide(&context, item, &mut completion);
        if let Verdict::Unproven | Verdict::Late = decided.verdict {
            listed.push(item);
        }
        if let (OpBody::Reprint { .. }, Verdict::Applied { .. }) = (&operation.body, &decided.verdict) {
            let key = (operation.operator.clone(), operation.business_at().day());
            *completion.reprints.entry(key).or_default() += 1;
        }
        if let Some(once) = DoneOnce::of(operation).filter(|_| item.unproven.is_none()) {
            done.push(Earlier { deed: operation.deed(), verdict: decided.verdict.clone() });
            completion.done_once.push(once);
        }
        completion.decided.push(decided);
        previous = Some(operation);
    }
    let count = completion.decided.len() + completion.waiting.len();
    let copies: Vec<_> = completion
        .decided
        .iter()
        .filter(|decided| decided.reviews.contains(&TOO_MANY_COPIES))
        .map(|decided| (decided.device, decided.epoch, decided.seq))
        .collect();
    completion.changed = table.changed.into_values().collect();
    (completion.cases, completion.shared_cases) = (cases.new, cases.shared.clone());
    store.complete(work.claim, completion).await?;
    cases.shared.iter().for_each(tell_shared);
    listed.into_iter().for_each(tell_listed);
    copies.iter().for_each(tell_copies);
    Ok(count)
}

/// Decides an operation that was done before with the verdict it had then. Within one enrolment an
/// honest desk never sends one again, so it is for review, and one that is not proven stays so.
fn repeated<'a>(item: &Item, mut earlier: impl Iterator<Item = &'a Earlier>) -> Option<Decided> {
    let operation = &item.operation;
    let earlier = earlier.find(|earlier| operation.repeats(&earlier.deed))?;
    let is_same_enrolment = earlier.deed.epoch == operation.epoch;
    if is_same_enrolment && item.unproven.is_some() {
        return None;
    }
    Some(Decided {
        device: operation.device,
        epoch: operation.epoch,
        seq: operation.seq,
        bucket: item.citizen_ref.bucket(),
        verdict: earlier.verdict.clone(),
        reviews: is_same_enrolment.then_some(REPEATED).into_iter().collect(),
    })
}

/// Warns of an operation that has no effect and that a security administrator must look at.
fn tell_listed(item: &Item) {
    let Operation { device, epoch, seq, .. } = item.operation;
    match item.unproven {
        Some(reason) => {
            metrics::counter!("central_unproven_total").increment(1);
            let reason = reason.code();
            tracing::warn!(
                device = device.0,
                epoch,
                seq,
                reason,
                "nobody's word stands behind an operation; for review"
            );
        }
        None => {
            metrics::counter!("central_late_total").increment(1);
            tracing::warn!(
                device = device.0,
                epoch,
                seq,
                "operation heard of after its operator lost the duty; for review"
            );
        }
    }
}

fn tell_copies((device, epoch, seq): &(DeviceNumber, u32, u64)) {
    metrics::counter!("central_reprints_refused_total").increment(1);
    tracing::warn!(device = device.0, epoch, seq, "more copies of one code than are allowed, for review");
}

/// Whose they are is in the review, not in the log.
fn tell_shared(shared: &SharedCase) {
    let SharedCase { second, first: (first_epoch, first_seq) } = shared;
    let (device, epoch, seq) = (second.device, second.epoch, second.seq);
    metrics::counter!("central_case_numbers_shared_total").increment(1);
    tracing::warn!(
        device = device.0,
        epoch,
        seq,
        first_epoch,
        first_seq,
        "two citizens under one case number, for review: were the desk's files put back?"
    );
}

/// Rejects an operation for review, without any effect but that its sheet is voided. Where not even
/// that can be stored, the verdict alone is.
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
    voided: impl Fn(&str, Next) -> Option<IssuedCode> + Send,
) -> Result<usize> {
    let Some(Unread { claim, text }) = store.claim_unread(next).await? else { return Ok(0) };
    let Next { device, epoch, seq, bucket } = next;
    let verdict = Verdict::Rejected { code: Refusal::NotPermitted };
    let decided = vec![Decided { device, epoch, seq, bucket, verdict, reviews: vec!["cannot_be_kept"] }];
    let voided = voided(&text, next).into_iter().collect();
    store.complete(claim, Completion { decided, voided, ..Completion::at(now) }).await?;
    tracing::error!(
        device = device.0,
        epoch,
        seq,
        "operation cannot be decided; rejected and listed for review"
    );
    Ok(1)
}

/// The citizens one transaction works on, with the serials already in use.
struct Table {
    citizens: HashMap<CitizenRef, Citizen>,
    changed: HashMap<CitizenRef, Changed>,
    taken: HashSet<rules::life::Serial>,
}

impl Table {
    fn is_taken(&self, operation: &Operation) -> bool {
        matches!(operation.body, OpBody::Issue { serial, .. } if self.taken.contains(&serial))
    }

    /// Returns whether the operation must wait for evidence that is not here yet (A4).
    fn waits(&self, citizen_ref: &CitizenRef, context: &DecisionContext<'_>, now: At) -> bool {
        let changed = self.changed.get(citizen_ref).map(|changed| &changed.citizen);
        let citizen = changed.or_else(|| self.citizens.get(citizen_ref));
        citizen.is_some_and(|citizen| apply::waits_for_evidence(citizen, context, now))
    }

    fn decide(&mut self, context: &DecisionContext<'_>, item: &Item, completion: &mut Completion) -> Decided {
        let operation = &item.operation;
        let citizen_ref = item.citizen_ref.clone();
        let mut changed = self.changed.remove(&citizen_ref).unwrap_or_else(|| {
            let known = self.citizens.remove(&citizen_ref);
            Changed::none(known.unwrap_or_else(|| Citizen::unknown(citizen_ref.clone())))
        });
        let decision = apply::decide(&mut changed.citizen, context);
        decision.effects.iter().for_each(|effect| changed.note(effect));
        self.taken.extend(changed.added.iter().copied());
        self.taken.extend(decision.voided.iter().map(|issued| issued.code.serial));
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
