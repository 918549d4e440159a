//! What an append and a decision leave in the audit log (D2), whichever store they are written to.

use super::{Arrival, Changed, ChannelEvent, Decided};
use crate::{
    audit::{
        Event,
        event::{Batch, ChannelAct, CodeFact, PersonFact, Run, Verdicts, record_digest, verdict_digest},
    },
    machine::citizen::{IssuedCode, nobody},
};
use rules::{
    Day, DeviceNumber,
    op::{CitizenRef, Operation},
    wire::Verdict,
};
use std::collections::BTreeMap;

/// Returns the event of an append, for the batch as the desk signed it: it may begin before the
/// operations that were new. `last` is the last of these.
#[must_use]
pub fn batch(arrival: &Arrival<'_>, last: &Operation) -> Event {
    let batch = &arrival.request.batch;
    Event::Batch(Batch {
        device: batch.device,
        epoch: batch.epoch,
        first_seq: batch.first_seq,
        last_seq: last.seq,
        prev_hash: batch.prev_hash.clone(),
        last_hash: last.hash.clone(),
        sessions: arrival.request.sessions_digest(),
        signature: arrival.request.signature.clone(),
    })
}

/// Returns the events of one transaction: verdicts of desks' operations, or an act of a channel.
#[must_use]
pub fn events(
    decided: &[Decided],
    channel: Option<&ChannelEvent>,
    changed: &[Changed],
    voided: &[IssuedCode],
    people: Vec<PersonFact>,
) -> Vec<Event> {
    let codes = code_facts(changed, voided);
    let mut events = Vec::new();
    if let Some(act) = channel {
        let codes = codes.clone();
        events.push(Event::ChannelAct(ChannelAct {
            id: act.id,
            client: act.client.clone(),
            action: act.action.to_owned(),
            acting: act.acting_ref.clone(),
            citizen: act.citizen_ref.clone(),
            codes,
        }));
    }
    // Without a verdict: an administrator accepted an operation whose verdict stands.
    let is_accepted = channel.is_none() && !(codes.is_empty() && people.is_empty());
    if !decided.is_empty() || is_accepted {
        events.push(Event::Verdicts(Verdicts { runs: runs(decided), codes, people }));
    }
    events
}

/// Returns the number of unproven operations of each desk that has any (N-4).
#[must_use]
pub fn unproven(decided: &[Decided]) -> BTreeMap<DeviceNumber, u32> {
    let mut counts = BTreeMap::new();
    for one in decided.iter().filter(|one| one.verdict == Verdict::Unproven) {
        *counts.entry(one.device).or_default() += 1;
    }
    counts
}

fn code_facts(changed: &[Changed], voided: &[IssuedCode]) -> Vec<CodeFact> {
    let mut facts = Vec::new();
    for one in changed {
        let touched = one.added.iter().chain(&one.altered);
        let codes = touched.filter_map(|serial| one.citizen.code(*serial));
        facts.extend(codes.map(|issued| fact(issued, &one.citizen.citizen_ref)));
    }
    facts.extend(voided.iter().map(|issued| fact(issued, &nobody())));
    facts
}

/// Returns what the log says of a code, and what a row of it must say.
#[must_use]
pub fn fact(issued: &IssuedCode, citizen: &CitizenRef) -> CodeFact {
    let code = &issued.code;
    CodeFact {
        serial: code.serial,
        citizen: citizen.clone(),
        state: code.state,
        issued_at: code.issued_at,
        valid_through: day_number(code.valid_through),
        copies: code.copies,
        symbol: issued.symbol.as_ref().map(record_digest),
    }
}

/// Joins operations of one desk that follow each other.
fn runs(decided: &[Decided]) -> Vec<Run> {
    let follows = |one: &Decided, next: &Decided| {
        (one.device, one.epoch, one.seq + 1) == (next.device, next.epoch, next.seq)
    };
    let run = |chunk: &[Decided]| {
        let (first, last) = (chunk.first()?, chunk.last()?);
        let verdicts: Vec<&Verdict> = chunk.iter().map(|one| &one.verdict).collect();
        Some(Run {
            device: first.device,
            epoch: first.epoch,
            first_seq: first.seq,
            last_seq: last.seq,
            digest: verdict_digest(&verdicts),
        })
    };
    decided.chunk_by(follows).filter_map(run).collect()
}

/// Returns a day as the number yyyymmdd.
#[must_use]
pub fn day_number(day: Day) -> i32 {
    i32::from(day.year()) * 10_000 + i32::from(day.month()) * 100 + i32::from(day.day())
}
