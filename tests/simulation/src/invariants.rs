//! Invariants that must hold after every run, whatever went wrong in it.

use crate::{SimulationError, simulated_desk::Desk, world::World};
use desk::sync::log::Log as _;
use rules::{
    life::CodeState,
    op::{Batch, OpBody, Operation, genesis},
    wire::Verdict,
};
use std::collections::{BTreeMap, BTreeSet};

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant that is broken.
    pub kind: Kind,
    /// Desk, operation or citizen it is broken for.
    pub detail: String,
}

/// The invariants that are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An operation of a desk is missing or different at the centre, and the desk does not list
    /// it as waiting.
    Lost,
    /// An operation has no receipt, or the desk has another verdict than the centre.
    NoReceipt,
    /// Something was done twice.
    Twice,
    /// A holder has two live codes (L7).
    TwoLiveCodes,
    /// A holder got two codes on one day (L3).
    TwoIssuesOneDay,
    /// A chain has a gap, a wrong link or an altered operation.
    Chain,
    /// The centre did not apply an operation as made, and the desk does not show a conflict.
    HiddenConflict,
    /// A verdict changed.
    Flipped,
    /// A desk was stopped although its disk was not touched.
    StoppedForNothing,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.detail)
    }
}

type Logged = BTreeMap<(u32, u64), (Operation, Option<Verdict>)>;

/// Checks all invariants.
///
/// # Errors
/// [`SimulationError`] if a store fails.
pub async fn check(world: &World) -> Result<Vec<Violation>, SimulationError> {
    let logged = world.centre.store.inner().log();
    let logged: Logged = logged
        .into_iter()
        .map(|(operation, verdict)| ((operation.device, operation.seq), (operation, verdict)))
        .collect();
    let mut found = Vec::new();
    for desk in &world.desks {
        at_desk(desk, &logged, &mut found).await?;
        let at_centre: Vec<Operation> = logged
            .range((desk.device, 0)..=(desk.device, u64::MAX))
            .map(|(_, (operation, _))| operation.clone())
            .collect();
        chain("centre", desk.device, &at_centre, &mut found);
    }
    codes(world, &logged, &mut found);
    days(&logged, &mut found);
    let flipped = world
        .flipped
        .iter()
        .map(|(device, seq)| Violation { kind: Kind::Flipped, detail: format!("{device}/{seq}") });
    found.extend(flipped);
    Ok(found)
}

async fn at_desk(desk: &Desk, logged: &Logged, found: &mut Vec<Violation>) -> Result<(), SimulationError> {
    let device = desk.device;
    let mut add =
        |kind, detail: String| found.push(Violation { kind, detail: format!("desk {device}: {detail}") });
    let operations = desk.log.operations();
    let verdicts = desk.verdicts().await?;
    let waiting: BTreeSet<u64> = desk.log.waiting().await?.into_iter().collect();
    let conflicts: BTreeSet<u64> = desk.log.conflicts().await?.into_iter().collect();
    let stopped = desk.log.position().await?.stopped;
    if let Some(stop) = stopped.filter(|_| !desk.restored) {
        add(Kind::StoppedForNothing, format!("{stop:?}"));
    }
    for operation in &operations {
        let seq = operation.seq;
        // A stopped desk keeps its operations and says so.
        if stopped.is_some() && waiting.contains(&seq) {
            continue;
        }
        let Some((central, verdict)) =
            logged.get(&(device, seq)).filter(|(central, _)| central.hash == operation.hash)
        else {
            add(Kind::Lost, format!("operation {seq}"));
            continue;
        };
        if waiting.contains(&seq) || verdict.is_none() || verdicts.get(&seq) != verdict.as_ref() {
            add(
                Kind::NoReceipt,
                format!("operation {seq}: centre {verdict:?}, desk {:?}", verdicts.get(&seq)),
            );
        }
        let concerns_a_person = !matches!(central.body, OpBody::Printed { .. });
        let taken = matches!(verdict, Some(Verdict::Applied { .. }) | None);
        if concerns_a_person && !taken && !conflicts.contains(&seq) {
            add(Kind::HiddenConflict, format!("operation {seq}: {verdict:?}"));
        }
    }
    chain("desk", device, &operations, found);
    Ok(())
}

/// Checks a chain from the first operation on, with the same check as batches.
fn chain(place: &str, device: u32, operations: &[Operation], found: &mut Vec<Violation>) {
    let (mut first_seq, mut prev_hash) = (1, genesis());
    for ops in operations.chunks(rules::op::BATCH_LIMIT) {
        let batch = Batch { device, epoch: 1, first_seq, prev_hash: prev_hash.clone(), ops: ops.to_vec() };
        if let Err(error) = batch.check() {
            found.push(Violation { kind: Kind::Chain, detail: format!("{place}, desk {device}: {error}") });
        }
        if let Some(last) = ops.last() {
            (first_seq, prev_hash) = (last.seq + 1, last.hash.clone());
        }
    }
}

/// Checks every code of every citizen against the operations that made and changed it.
fn codes(world: &World, logged: &Logged, found: &mut Vec<Violation>) {
    let mut add = |kind, detail| found.push(Violation { kind, detail });
    let mut seen = BTreeSet::new();
    for citizen in world.centre.store.inner().citizens() {
        let whose = &citizen.citizen_ref.0[..8];
        let live = citizen.codes.iter().filter(|issued| issued.code.state == CodeState::Live).count();
        if live > 1 {
            add(Kind::TwoLiveCodes, format!("citizen {whose}: {live}"));
        }
        for issued in &citizen.codes {
            let serial = issued.code.serial;
            if !seen.insert(serial) {
                add(Kind::Twice, format!("code {serial} is there twice"));
            }
            let made = logged.values().filter(|(operation, _)| matches!(operation.body, OpBody::Issue { serial: of, .. } if of == serial)).count();
            let printed = logged
                .values()
                .filter(|(operation, verdict)| {
                    matches!(operation.body, OpBody::Reprint { serial: of } if of == serial)
                        && matches!(verdict, Some(Verdict::Applied { .. }))
                })
                .count();
            if made != 1 || issued.code.copies as usize != 1 + printed {
                add(
                    Kind::Twice,
                    format!(
                        "code {serial}: made by {made} operations, {} copies after {printed} reprints",
                        issued.code.copies
                    ),
                );
            }
        }
    }
    let mut ids = BTreeSet::new();
    for (operation, _) in logged.values() {
        if !ids.insert(operation.op_id) {
            add(Kind::Twice, format!("operation id of {}/{}", operation.device, operation.seq));
        }
    }
}

/// Checks L3 from the log alone, not from the days the centre stores.
fn days(logged: &Logged, found: &mut Vec<Violation>) {
    let mut issued: BTreeMap<_, u32> = BTreeMap::new();
    for (operation, verdict) in logged.values() {
        if let (OpBody::Issue { day, .. }, Some(Verdict::Applied { action: Some(action) })) =
            (&operation.body, verdict)
            && action.counts_for_the_day()
        {
            *issued.entry((operation.citizen_ref.clone(), *day)).or_default() += 1;
        }
    }
    for ((citizen, day), count) in issued.into_iter().filter(|(_, count)| *count > 1) {
        let whose = citizen.map(|citizen| citizen.0[..8].to_owned()).unwrap_or_default();
        found.push(Violation {
            kind: Kind::TwoIssuesOneDay,
            detail: format!("citizen {whose}: {count} on {day}"),
        });
    }
}
