//! What must hold whatever a thief did, and whoever edited the database.

use super::{Kind, Logged, Violation};
use crate::{
    SimulationError,
    thief::{Deed, Expected, Thief},
    world::World,
};
use central::alarm::AlarmKind;
use rules::wire::Verdict;
use std::collections::BTreeSet;

/// Reviews of the stolen desk: sequence number and reason.
type Reviews = BTreeSet<(u64, &'static str)>;

pub(super) fn check(
    world: &World,
    logged: &Logged,
    found: &mut Vec<Violation>,
) -> Result<(), SimulationError> {
    let mut add = |kind, detail| found.push(Violation { kind, detail });
    world.unfound.iter().for_each(|edit| add(Kind::Unfound, format!("{edit:?}")));
    world.faults_of_history.iter().for_each(|fault| add(Kind::Disagrees, fault.clone()));
    world.audit()?.into_iter().for_each(|finding| add(Kind::Disagrees, finding));
    let Some(thief) = &world.thief else { return Ok(()) };
    let reviews = world.centre.memory().reviews();
    let reviews: Reviews = reviews
        .into_iter()
        .filter(|(device, ..)| *device == thief.device)
        .map(|(_, _, seq, reason)| (seq, reason))
        .collect();
    for deed in &thief.deeds {
        let verdict = logged.get(&(thief.device, deed.seq)).and_then(|(_, verdict)| verdict.as_ref());
        if let Some((kind, why)) = deed_is_wrong(deed, verdict, &reviews) {
            add(kind, format!("operation {}, {:?}: {why}, {verdict:?}", deed.seq, deed.attack));
        }
    }
    thief.let_in.iter().for_each(|attack| add(Kind::Forged, format!("{attack:?} was taken")));
    thief.passed.iter().for_each(|scan| add(Kind::Minted, scan.clone()));
    barred(world, thief, &mut add);
    if thief.has_sent_malformed && !is_alarmed(world, thief, AlarmKind::Malformed) {
        add(Kind::Unseen, "a malformed batch: no alarm".to_owned());
    }
    Ok(())
}

/// Returns what is wrong with the fate of an operation from the stolen desk, if anything is.
fn deed_is_wrong(deed: &Deed, verdict: Option<&Verdict>, reviews: &Reviews) -> Option<(Kind, &'static str)> {
    let Some(verdict) = verdict else { return Some((Kind::Unseen, "not decided")) };
    let has_no_effect = matches!(
        verdict,
        Verdict::Unproven | Verdict::Late | Verdict::Rejected { .. } | Verdict::NotEligible
    );
    if deed.expected == Expected::Nothing && !has_no_effect {
        return Some((Kind::Forged, "had an effect"));
    }
    if deed.attack.is_none() && !matches!(verdict, Verdict::Applied { .. }) {
        return Some((Kind::Disowned, "honest work of before the theft"));
    }
    let listed_as = match verdict {
        Verdict::Unproven => Some("unproven"),
        Verdict::Late => Some("late"),
        _ => deed.review,
    };
    listed_as
        .filter(|reason| !reviews.contains(&(deed.seq, *reason)))
        .map(|_| (Kind::Unseen, "not in review"))
}

/// Returns whether there is an alarm of a kind about the stolen desk.
fn is_alarmed(world: &World, thief: &Thief, kind: AlarmKind) -> bool {
    let books = world.centre.store.inner().books();
    books.alarms.iter().any(|(name, device)| name == kind.name() && *device == Some(thief.device))
}

/// A desk that was caught takes no part any more, and somebody is told.
fn barred(world: &World, thief: &Thief, add: &mut impl FnMut(Kind, String)) {
    let Some(attack) = thief.barred_by else { return };
    if !world.centre.memory().is_quarantined(thief.device) {
        add(Kind::NotBarred, format!("{attack:?}"));
    }
    if ![AlarmKind::Quarantine, AlarmKind::AuditMismatch]
        .into_iter()
        .any(|kind| is_alarmed(world, thief, kind))
    {
        add(Kind::Unseen, format!("{attack:?}: no alarm"));
    }
}
