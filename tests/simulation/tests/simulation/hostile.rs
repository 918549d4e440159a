//! A desk in a thief's hands, a database in somebody's, and every protection switched off once.

use simulation::{
    invariants::Kind,
    plan::{Attack, Break, Edit, Plan, Rates, Service, Step, WORK_MS},
    run,
};

/// Number of seeds each test run tries.
const SEEDS: u64 = 15;
/// Number of seeds within which a protection that is off must be noticed.
const WITHIN: u64 = 200;

#[test]
fn no_seed_lets_a_thief_do_anything_in_the_name_of_others() {
    let (mut attacks, mut edits) = (0, 0);
    for seed in 0..SEEDS {
        let report = run(&Plan::hostile(seed), false).expect("a run");
        assert_eq!(report.violations, [], "seed {seed}");
        attacks += report.counts.attacks;
        edits += report.counts.edits;
    }
    assert!(attacks > 4 * SEEDS && edits > SEEDS, "hardly anything happened: {attacks}, {edits}");
}

#[test]
fn each_protection_that_is_switched_off_is_noticed() {
    let table = [
        (Break::SessionUnasked, Kind::Forged),
        (Break::StatementUnchecked, Kind::Forged),
        (Break::SealUnchecked, Kind::Forged),
        (Break::HoursUnchecked, Kind::Forged),
        (Break::OperatorUnchecked, Kind::Forged),
        (Break::ConsentUnchecked, Kind::Forged),
        (Break::LateWordTaken, Kind::Forged),
        (Break::BatchUnsigned, Kind::Forged),
        (Break::QuarantineForgotten, Kind::NotBarred),
        (Break::RepeatsCounted, Kind::Twice),
        (Break::ContactUncompared, Kind::NotBarred),
        (Break::SymbolUncompared, Kind::Minted),
        (Break::DatesUnchecked, Kind::Minted),
        (Break::NeverUnknown, Kind::Minted),
        (Break::RevokedKeyInForce, Kind::Minted),
        (Break::TheftUnlisted, Kind::Minted),
        (Break::TreeUnread, Kind::Unfound),
        (Break::WitnessesUnheard, Kind::Unfound),
        (Break::AccountsUnread, Kind::Unfound),
        (Break::KeysUnread, Kind::Unfound),
        (Break::DesksUnread, Kind::Unfound),
        (Break::TablesUnread, Kind::Unfound),
    ];
    assert_eq!(table.map(|(broken, _)| broken), Break::HOSTILE);
    for (broken, kind) in table {
        let noticed = (0..WITHIN).find(|seed| {
            let report = run(&broken.plan(*seed), false).expect("a run");
            report.violations.iter().any(|violation| violation.kind == kind)
        });
        assert!(noticed.is_some(), "{broken:?}");
    }
}

/// A morning of honest work at two desks and at the one that is stolen, with these steps beside it.
fn with(seed: u64, steps: impl IntoIterator<Item = (i64, Step)>) -> Plan {
    let serve = |at_ms, service| (at_ms, Step::Serve { desk: 0, citizen: 0, service, again: false });
    let mut all = vec![serve(60_000, Service::Issue), serve(120_000, Service::ReportLoss)];
    all.extend(steps);
    all.sort_by_key(|(at, _)| *at);
    Plan { seed, desks: 2, citizens: 2, rates: Rates::NONE, steps: all, thief: true, broken: None }
}

#[test]
fn d3_every_edit_of_the_database_is_noticed() {
    let steps = [
        (90_000, Step::Attack(Attack::Nobody)),
        (100_000, Step::Backup),
        (200_000, Step::Revoked),
        (210_000, Step::Serve { desk: 1, citizen: 1, service: Service::Issue, again: false }),
    ];
    for edit in Edit::ALL {
        // An act in the name of others needs a desk in service.
        let in_service = matches!(edit, Edit::RoleForAMoment | Edit::KeyForAMoment);
        let steps = steps.into_iter().filter(|(_, step)| !(in_service && *step == Step::Revoked));
        let barring = [(150_000, Step::Attack(Attack::AuditShown))];
        let barring = barring.into_iter().filter(|_| edit == Edit::AlarmRemoved);
        let edits = (0..4).map(|nth| (215_000 + 37_000 * nth, Step::Edited(edit)));
        let report = run(&with(1, steps.chain(barring).chain(edits)), true).expect("a run");
        assert_eq!(report.violations, [], "{edit:?}");
        assert!(report.counts.edits > 0, "{edit:?} was not made");
    }
}

#[test]
fn a3_every_attack_is_made_and_leaves_nothing_but_rows_for_somebody_to_look_at() {
    for attack in [
        Attack::Nobody,
        Attack::Invented,
        Attack::Swapped,
        Attack::Altered,
        Attack::Overheard,
        Attack::Resent,
        Attack::Rechained,
        Attack::Forked,
        Attack::Gap,
        Attack::Foreign,
        Attack::BackDated,
        Attack::FutureDated,
        Attack::SelfApproved,
        Attack::AfterHours,
        Attack::AtWork,
        Attack::Minted,
        Attack::AuditShown,
    ] {
        let before = (1..4).map(|nth| (150_000 * nth, Step::Attack(attack)));
        let live = (600_000, Step::SessionTaken);
        let after = (1..4).map(|nth| (600_000 + 60_000 * nth, Step::Attack(attack)));
        let gone = (WORK_MS / 2, Step::Dismissed);
        let late = (1..3).map(|nth| (WORK_MS - 60_000 * nth, Step::Attack(attack)));
        let steps = before.chain([live]).chain(after).chain([gone]).chain(late);
        for seed in 0..2 {
            let report = run(&with(seed, steps.clone()), false).expect("a run");
            assert_eq!(report.violations, [], "{attack:?}, seed {seed}");
            assert_eq!(report.counts.attacks, 8, "{attack:?}");
        }
    }
}
