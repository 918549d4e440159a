//! What a decision leaves in the audit log (D2).

use super::rows;
use crate::{
    audit::{
        Event,
        event::{ChannelAct, CodeFact, PersonFact, Run, Verdicts, verdict_digest},
    },
    machine::citizen::nobody,
    store::{Changed, ChannelEvent, Decided},
};
use rules::{life::Code, op::CitizenRef, wire::Verdict};

/// Returns the events of one transaction: verdicts of desks' operations, or an act of a channel.
pub(super) fn events(
    decided: &[Decided],
    channel: Option<&ChannelEvent>,
    changed: &[Changed],
    voided: &[Code],
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
    if !decided.is_empty() {
        events.push(Event::Verdicts(Verdicts { runs: runs(decided), codes, people }));
    }
    events
}

fn code_facts(changed: &[Changed], voided: &[Code]) -> Vec<CodeFact> {
    let mut facts = Vec::new();
    for one in changed {
        let touched = one.added.iter().chain(&one.altered);
        let codes = touched.filter_map(|serial| one.citizen.code(*serial));
        facts.extend(codes.map(|issued| fact(&issued.code, &one.citizen.citizen_ref)));
    }
    facts.extend(voided.iter().map(|code| fact(code, &nobody())));
    facts
}

fn fact(code: &Code, citizen: &CitizenRef) -> CodeFact {
    CodeFact {
        serial: code.serial,
        citizen: citizen.clone(),
        state: code.state,
        issued_at: code.issued_at,
        valid_through: rows::day_number(code.valid_through),
        copies: code.copies,
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
