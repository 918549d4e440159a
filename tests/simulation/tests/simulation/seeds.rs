//! Honest desks under seeds of trouble.

use simulation::{
    invariants::Kind,
    plan::{Break, Plan, Rates, Service, Step, WORK_MS},
    run,
    shrink::shortest,
};

/// Number of seeds each test run tries.
const SEEDS: u64 = 40;

#[test]
fn nothing_is_lost_or_done_twice() {
    let mut faults = 0;
    for seed in 0..SEEDS {
        let report = run(&Plan::of(seed), false).expect("a run");
        assert_eq!(report.violations, [], "seed {seed}");
        faults += report.counts.faults();
    }
    assert!(faults > SEEDS, "hardly anything went wrong: {faults}");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let mut digests = std::collections::BTreeSet::new();
    for seed in 100..105 {
        let plan = Plan::of(seed);
        let (first, second) = (run(&plan, false).expect("a run"), run(&plan, false).expect("a run"));
        assert_eq!(first.digest, second.digest, "seed {seed}");
        digests.insert(first.digest);
    }
    assert_eq!(digests.len(), 5, "and another seed another one");
}

#[test]
fn each_deliberate_break_is_noticed_by_its_invariant() {
    let table = [
        (Break::ReceiptsIgnored, Kind::NoReceipt),
        (Break::ChainCheckOff, Kind::Lost),
        (Break::DayLimitOff, Kind::TwoIssuesOneDay),
        (Break::CodeNewsIgnored, Kind::Unheard),
        (Break::EndsForgotten, Kind::Revived),
    ];
    for (broken, kind) in table {
        let noticed = (0..200).any(|seed| {
            let report = run(&broken.plan(seed), false).expect("a run");
            report.violations.iter().any(|violation| violation.kind == kind)
        });
        assert!(noticed, "{broken:?}");
    }
}

fn quiet(steps: Vec<(i64, Step)>) -> Plan {
    Plan { seed: 1, desks: 2, citizens: 1, rates: Rates::NONE, steps, thief: false, broken: None }
}

fn issue(desk: usize) -> Step {
    Step::Serve { desk, citizen: 0, service: Service::Issue, again: false }
}

#[test]
fn a_failing_run_is_shrunk_to_its_shortest_form() {
    let cut = |desk| Step::Cut { desk, for_ms: 120_000 };
    let noise = (0..12).map(|at| (60_000 * at, Step::StepClock { desk: 1, by_ms: 1_000 }));
    let mut steps = vec![(1_000, cut(0)), (1_000, cut(1)), (20_000, issue(0)), (21_000, issue(1))];
    steps.extend(noise);
    steps.sort_by_key(|(at, _)| *at);
    let plan = quiet(steps).with(Some(Break::DayLimitOff));
    let report = run(&plan, false).expect("a run");
    assert!(
        report.violations.iter().any(|violation| violation.kind == Kind::TwoIssuesOneDay),
        "{:?}",
        report.violations
    );
    let short = shortest(&plan, &report);
    let served = short.steps.iter().filter(|(_, step)| matches!(step, Step::Serve { .. })).count();
    assert_eq!(served, 2);
    assert!(short.steps.len() <= 4, "{:?}", short.steps);
}

#[test]
fn l3_of_two_issues_of_offline_desks_one_becomes_a_conflict() {
    let cut = |desk| (5_000, Step::Cut { desk, for_ms: 120_000 });
    let plan = quiet(vec![cut(0), cut(1), (20_000, issue(0)), (30_000, issue(1))]);
    let report = run(&plan, true).expect("a run");
    assert_eq!(report.violations, []);
    assert_eq!(report.counts.operations, 2, "both desks served");
    assert!(report.lines.iter().any(|line| line.contains("DuplicateSameDay")), "one of them is a conflict");
}

#[test]
fn s7_a_restored_disk_is_noticed() {
    let steps = vec![
        (5_000, Step::Image { desk: 0 }),
        (10_000, issue(0)),
        (60_000, Step::Restore { desk: 0 }),
        (70_000, Step::Serve { desk: 0, citizen: 0, service: Service::ReportLoss, again: false }),
        (WORK_MS / 2, issue(1)),
    ];
    let report = run(&quiet(steps), true).expect("a run");
    assert_eq!(report.violations, []);
    assert!(report.lines.iter().any(|line| line.contains("Quarantined")));
}
