//! Late operations that a security administrator accepts (A5).

use crate::{
    machine::{Rulebook, apply, citizen::Citizen, decision::DecisionContext, evidence, issue, proof},
    store::{
        Changed, Completion, Result, StoreError,
        postgres::{PgStore, ReviewDecision},
    },
};
use rules::{DeviceNumber, op::OpBody, wire::Verdict};

/// What became of an acceptance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// The operation has its effect now.
    Applied,
    /// It does not wait as `late`.
    NotWaiting,
    /// The rules refuse it now, with this verdict; nothing was changed, and it still waits.
    Refused(Verdict),
}

/// Decides a late operation again, by the same rules, and writes its effect with the
/// administrator's decision in one transaction. Its receipt stays as it was; its desk hears of
/// the effect with the news of its site.
///
/// # Errors
/// [`StoreError`] if the store fails; nothing was written then.
pub async fn accept(
    store: &PgStore,
    rulebook: &Rulebook,
    place: (DeviceNumber, u32, u64),
    decision: &ReviewDecision,
) -> Result<Acceptance> {
    let Some(mut work) = store.claim_late(place).await? else { return Ok(Acceptance::NotWaiting) };
    let item = work.items.first().ok_or(StoreError::Corrupt("operation"))?;
    let operation = &item.operation;
    let context = DecisionContext {
        operation,
        previous: None,
        received_at: item.received_at,
        site: work.sites.get(&operation.device),
        sites: &work.sites,
        operator: work.operators.get(&operation.operator),
        supervisor: proof::supervisor(operation).and_then(|number| work.operators.get(number)),
        log_ins: &work.log_ins,
        rosters: work.rosters.get(&place).map_or(&[], Vec::as_slice),
        unproven: item.unproven,
        evidence: &work.evidence,
        serial_taken: matches!(operation.body, OpBody::Issue { serial, .. } if work.taken.contains(&serial)),
        signing_key: issue::signing_key(operation).and_then(|key_id| work.keys.get(&key_id)),
        programs: &work.programs,
        rulebook,
    };
    let citizen_ref = item.citizen_ref.clone();
    let known = work.citizens.remove(&citizen_ref);
    let mut changed = Changed::none(known.unwrap_or_else(|| Citizen::unknown(citizen_ref)));
    let decided = apply::decide_accepted(&mut changed.citizen, &context);
    if !matches!(decided.verdict, Verdict::Applied { .. }) {
        return Ok(Acceptance::Refused(decided.verdict));
    }
    decided.effects.iter().for_each(|effect| changed.note(effect));
    let mut completion = Completion::at(decision.at);
    completion.named.extend(evidence::named(operation).map(|digest| (operation.device, digest)));
    completion.changed = vec![changed];
    completion.announcements = decided.announcements;
    store.complete_accepted(work.claim, completion, (place, decision)).await?;
    Ok(Acceptance::Applied)
}
