//! Invariants that must hold after every run, whatever went wrong in it.

mod hostile;

use crate::{
    SimulationError,
    simulated_desk::Desk,
    world::{World, codes::may_follow},
};
use desk::sync::log::Log as _;
use rules::{
    DeviceNumber,
    life::{Code, CodeState, Serial},
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
    /// An operation of an honest desk is unproven or late, though its person stands behind it.
    Disowned,
    /// A verdict changed.
    Flipped,
    /// A desk was stopped although its disk was not touched.
    StoppedForNothing,
    /// A code is live, or not for good over, at a desk that was told it has ended.
    Revived,
    /// A desk does not know that a code it issued has ended, or that it is confirmed.
    Unheard,
    /// A code is something else at a desk that has looked than at the centre.
    CodesDiffer,
    /// Something had an effect whose person was not there.
    Forged,
    /// An attack left nothing for anybody to see.
    Unseen,
    /// A desk goes on that forked its chain or showed another audit.
    NotBarred,
    /// A guard is told that a minted symbol is good, or that a good sheet is not.
    Minted,
    /// `audit verify` or a witness finds something though nobody edited the database.
    Disagrees,
    /// Nobody noticed an edit of the database.
    Unfound,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.detail)
    }
}

type Logged = BTreeMap<(DeviceNumber, u64), (Operation, Option<Verdict>)>;

/// Checks all invariants.
///
/// # Errors
/// [`SimulationError`] if a store fails.
pub async fn check(world: &World) -> Result<Vec<Violation>, SimulationError> {
    let logged = world.centre.memory().log();
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
    codes_at_desks(world, &mut found).await?;
    days(&logged, &mut found);
    if let Some(thief) = &world.thief {
        let of_desk = logged.range((thief.device, 0)..=(thief.device, u64::MAX));
        let at_centre: Vec<Operation> = of_desk.map(|(_, (operation, _))| operation.clone()).collect();
        chain("centre", thief.device, &at_centre, &mut found);
    }
    hostile::check(world, &logged, &mut found)?;
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
        if let Some(Verdict::Unproven | Verdict::Late) = verdict {
            add(Kind::Disowned, format!("operation {seq}: {verdict:?}"));
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
fn chain(place: &str, device: DeviceNumber, operations: &[Operation], found: &mut Vec<Violation>) {
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
    for citizen in world.centre.memory().citizens() {
        let whose = &citizen.citizen_ref.to_string()[..8];
        let live = citizen.codes.iter().filter(|issued| issued.code.state == CodeState::Live).count();
        if live > 1 {
            add(Kind::TwoLiveCodes, format!("citizen {whose}: {live}"));
        }
        for issued in &citizen.codes {
            let serial = issued.code.serial;
            if !seen.insert(serial) {
                add(Kind::Twice, format!("code {serial} is there twice"));
            }
            let is_stolen = |device| world.thief.as_ref().is_some_and(|thief| thief.device == device);
            // What a stolen desk sends may name any serial; a sheet of its own that was refused is
            // void.
            if is_stolen(serial.device()) && issued.code.state == CodeState::Voided {
                continue;
            }
            let counts = |operation: &Operation, verdict: &Option<Verdict>| {
                !is_stolen(operation.device) || matches!(verdict, Some(Verdict::Applied { .. }))
            };
            let made = logged
                .values()
                .filter(|(operation, verdict)| {
                    matches!(operation.body, OpBody::Issue { serial: of, .. } if of == serial)
                        && counts(operation, verdict)
                })
                .count();
            let printed: BTreeSet<_> = logged
                .values()
                .filter(|(operation, verdict)| {
                    matches!(operation.body, OpBody::Reprint { serial: of, .. } if of == serial)
                        && matches!(verdict, Some(Verdict::Applied { .. }))
                })
                .map(|(operation, _)| operation.op_id)
                .collect();
            let printed = printed.len();
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
        // Whoever has a desk's key can send anything twice; it must not be done twice.
        let is_stolen = world.thief.as_ref().is_some_and(|thief| thief.device == operation.device);
        if !ids.insert(operation.op_id) && !is_stolen {
            add(Kind::Twice, format!("operation id of {}/{}", operation.device, operation.seq));
        }
    }
}

/// Every code at every desk against the centre's: first what each has heard of its own codes, then
/// what it knows of all when it has looked.
async fn codes_at_desks(world: &World, found: &mut Vec<Violation>) -> Result<(), SimulationError> {
    let revived = world.revived.iter().map(|(device, serial)| Violation {
        kind: Kind::Revived,
        detail: format!("desk {device}: code {serial}"),
    });
    found.extend(revived);
    let citizens = world.centre.memory().citizens();
    let central: BTreeMap<Serial, CodeState> = citizens
        .iter()
        .flat_map(|citizen| &citizen.codes)
        .map(|issued| (issued.code.serial, issued.code.state))
        .collect();
    for desk in &world.desks {
        // One whose disk was put back may be stopped, and then hears nothing.
        if desk.restored || desk.log.position().await?.stopped.is_some() {
            continue;
        }
        let device = desk.device;
        let mut add =
            |kind, detail: String| found.push(Violation { kind, detail: format!("desk {device}: {detail}") });
        for code in desk.log.codes().into_iter().filter(|code| code.serial.device() == device) {
            let state = central.get(&code.serial);
            let has_heard = state.is_some_and(|state| may_follow(*state, code.state));
            if !has_heard || code.provisional {
                add(
                    Kind::Unheard,
                    format!("code {} is {:?} here, {state:?} at the centre", code.serial, code.state),
                );
            }
        }
        for citizen in &citizens {
            let codes: Vec<Code> = citizen.codes.iter().map(|issued| issued.code.clone()).collect();
            if let Some(person) = &citizen.person {
                desk.log.look(&person.number, &codes);
            }
        }
        for code in desk.log.codes() {
            let state = central.get(&code.serial);
            if state != Some(&code.state) {
                add(
                    Kind::CodesDiffer,
                    format!("code {} is {:?} here, {state:?} at the centre", code.serial, code.state),
                );
            }
        }
    }
    Ok(())
}

/// L3, from the log alone: not from what the centre keeps about days.
fn days(logged: &Logged, found: &mut Vec<Violation>) {
    let mut issued: BTreeMap<_, u32> = BTreeMap::new();
    for (operation, verdict) in logged.values() {
        if let (OpBody::Issue { day, .. }, Some(Verdict::Applied { action: Some(action) })) =
            (&operation.body, verdict)
            && action.counts_for_the_day()
        {
            *issued.entry((operation.citizen.clone(), *day)).or_default() += 1;
        }
    }
    for ((citizen, day), count) in issued.into_iter().filter(|(_, count)| *count > 1) {
        let whose = citizen.map(|number| number.masked()).unwrap_or_default();
        found.push(Violation {
            kind: Kind::TwoIssuesOneDay,
            detail: format!("citizen {whose}: {count} on {day}"),
        });
    }
}
