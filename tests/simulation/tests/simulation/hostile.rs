//! A desk in a thief's hands, a database in somebody's, and every protection switched off once.

use simulation::{
    invariants::Kind,
    plan::{Attack, Break, Edit, Plan, Rates, Service, Step, WORK_MS},
    run,
};

/// Number of seeds each test run tries.
const SEEDS: u64 = 15;
/// Number of seeds within which a protection that is off must be noticed.
const WITHIN: u64 = 40;

#[test]
fn no_seed_lets_a_thief_do_anything_in_the_name_of_others() {
    let (mut attacks, mut edits) = (0, 0);
    for seed in 0..SEEDS {
        let report = run(&Plan::hostile(seed, 2), false).expect("a run");
        assert_eq!(report.violations, [], "seed {seed}");
        attacks += report.counts.attacks;
        edits += report.counts.edits;
    }
    assert!(attacks > 4 * SEEDS && edits > SEEDS, "hardly anything happened: {attacks}, {edits}");
}

/// What shows that a protection is missing.
#[derive(Clone, Copy)]
enum By {
    Attack(Attack),
    Edit(Edit),
}

#[test]
fn each_protection_that_is_switched_off_is_noticed() {
    use By::{Attack as A, Edit as E};
    let table = [
        (Break::SessionUnasked, A(Attack::Nobody), Kind::Forged),
        (Break::StatementUnchecked, A(Attack::Invented), Kind::Forged),
        (Break::SealUnchecked, A(Attack::Overheard), Kind::Forged),
        (Break::HoursUnchecked, A(Attack::AfterHours), Kind::Forged),
        (Break::OperatorUnchecked, A(Attack::Altered), Kind::Forged),
        (Break::ConsentUnchecked, A(Attack::SelfApproved), Kind::Forged),
        (Break::LateWordTaken, A(Attack::BackDated), Kind::Forged),
        (Break::BatchUnsigned, A(Attack::Foreign), Kind::Forged),
        (Break::QuarantineForgotten, A(Attack::Forked), Kind::NotBarred),
        (Break::RepeatsCounted, A(Attack::Rechained), Kind::Twice),
        (Break::ContactUncompared, A(Attack::AuditShown), Kind::NotBarred),
        (Break::SymbolUncompared, A(Attack::Minted), Kind::Minted),
        (Break::DatesUnchecked, A(Attack::Minted), Kind::Minted),
        (Break::NeverUnknown, A(Attack::Minted), Kind::Minted),
        (Break::RevokedKeyInForce, A(Attack::Minted), Kind::Minted),
        (Break::TheftUnlisted, A(Attack::Minted), Kind::Minted),
        (Break::TreeUnread, E(Edit::EventForged), Kind::Unfound),
        (Break::WitnessesUnheard, E(Edit::RolledBack), Kind::Unfound),
        (Break::AccountsUnread, E(Edit::RoleGranted), Kind::Unfound),
        (Break::KeysUnread, E(Edit::DeskKeyChanged), Kind::Unfound),
        (Break::DesksUnread, E(Edit::OperatorChanged), Kind::Unfound),
        (Break::TablesUnread, E(Edit::CodeRevived), Kind::Unfound),
    ];
    assert_eq!(table.map(|(broken, ..)| broken), Break::HOSTILE);
    for (broken, by, kind) in table {
        let noticed = (0..WITHIN).find(|seed| {
            let steps = match by {
                By::Attack(attack) => attacked(attack),
                By::Edit(edit) => edited(edit),
            };
            let report = run(&with(*seed, steps).with(Some(broken)), false).expect("a run");
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
    for edit in Edit::ALL {
        let report = run(&with(1, edited(edit)), true).expect("a run");
        assert_eq!(report.violations, [], "{edit:?}");
        assert!(report.counts.edits > 0, "{edit:?} was not made");
    }
}

/// Seed 216: the table had one alarm of a kind, the log none, and only kinds of the log were counted.
#[test]
fn d3_the_event_of_the_only_alarm_of_its_kind_is_missed() {
    let steps = [(330_000, Step::Attack(Attack::Foreign)), (340_000, Step::Edited(Edit::EventRemoved))];
    let report = run(&with(1, steps), false).expect("a run");
    assert_eq!((report.counts.attacks, report.counts.edits), (1, 1));
    assert_eq!(report.violations, []);
}

/// Steps in which an edit has something to edit.
fn edited(edit: Edit) -> Vec<(i64, Step)> {
    let mut steps = vec![
        (90_000, Step::Attack(Attack::Nobody)),
        (310_000, Step::Backup),
        (630_000, Step::Serve { desk: 1, citizen: 1, service: Service::Issue, again: false }),
    ];
    match edit {
        // An act in the name of others needs a desk in service.
        Edit::RoleForAMoment | Edit::KeyForAMoment => {}
        Edit::AlarmRemoved => steps.push((150_000, Step::Attack(Attack::AuditShown))),
        _ => steps.push((620_000, Step::Revoked)),
    }
    // The last one after the next head, which shows that more was there than in the backup.
    steps.extend([650_000, 700_000, 950_000].map(|at_ms| (at_ms, Step::Edited(edit))));
    steps
}

/// An attack with the folder alone, then with a live session, and after the clerk is dismissed;
/// minted symbols until the desk is out of service, and after.
fn attacked(attack: Attack) -> Vec<(i64, Step)> {
    let times: [i64; 8] =
        [150_000, 300_000, 450_000, 660_000, 720_000, 780_000, WORK_MS - 120_000, WORK_MS - 60_000];
    let mut steps: Vec<_> = times.map(|at_ms| (at_ms, Step::Attack(attack))).to_vec();
    steps.extend([(600_000, Step::SessionTaken), (WORK_MS / 2, Step::Dismissed)]);
    if attack == Attack::Minted {
        steps.push((WORK_MS - 90_000, Step::Revoked));
    }
    steps
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
        let report = run(&with(1, attacked(attack)), false).expect("a run");
        assert_eq!(report.violations, [], "{attack:?}");
        assert_eq!(report.counts.attacks, 8, "{attack:?}");
    }
}
