//! Shrinks a failing run: removes steps and kinds of faults as long as it fails in the same way.

use crate::{Report, invariants::Kind, plan::Plan, run};

/// Largest number of trial runs.
const MOST_TRIES: usize = 400;

/// Returns the shortest plan found that still breaks one of the same invariants.
#[must_use]
pub fn shortest(plan: &Plan, report: &Report) -> Plan {
    let kinds: Vec<Kind> = report.violations.iter().map(|violation| violation.kind).collect();
    let mut tries = 0;
    let mut fails = |candidate: &Plan| {
        tries += 1;
        tries <= MOST_TRIES
            && run(candidate, false)
                .is_ok_and(|report| report.violations.iter().any(|violation| kinds.contains(&violation.kind)))
    };
    let mut best = plan.clone();
    loop {
        let before = best.clone();
        best = fewer_steps(best, &mut fails);
        best = less_trouble(best, &mut fails);
        if best == before {
            return best;
        }
    }
}

/// Removes halves, then quarters, then single steps (Zeller's delta debugging,
/// without the complements).
fn fewer_steps(mut best: Plan, fails: &mut impl FnMut(&Plan) -> bool) -> Plan {
    let mut size = best.steps.len().div_ceil(2);
    while size > 0 {
        let mut start = 0;
        while start < best.steps.len() {
            let mut candidate = best.clone();
            candidate.steps.drain(start..(start + size).min(best.steps.len()));
            if fails(&candidate) {
                best = candidate;
            } else {
                start += size;
            }
        }
        size /= 2;
    }
    best
}

fn less_trouble(mut best: Plan, fails: &mut impl FnMut(&Plan) -> bool) -> Plan {
    let kinds: [fn(&mut Plan) -> &mut u64; 6] = [
        |plan| &mut plan.rates.lost,
        |plan| &mut plan.rates.repeated,
        |plan| &mut plan.rates.late,
        |plan| &mut plan.rates.desk_dies,
        |plan| &mut plan.rates.centre_dies,
        |plan| &mut plan.rates.disk_full,
    ];
    for kind in kinds {
        let mut candidate = best.clone();
        if std::mem::take(kind(&mut candidate)) > 0 && fails(&candidate) {
            best = candidate;
        }
    }
    best
}
