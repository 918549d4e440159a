//! Runs seeds and reports the outcome.

use clap::Parser;
use simulation::{
    Report,
    plan::{Break, Plan},
    run,
    shrink::shortest,
    world::Counts,
};
use std::{
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// Deterministic simulation of desks and centre.
#[derive(Parser)]
struct Arguments {
    /// Number of seeds to run.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// First seed to run.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Switch a rule or protection off, to see the checks notice it.
    #[arg(long, value_enum, alias = "without")]
    broken: Option<Break>,
    /// Print the trace of every run; for few seeds.
    #[arg(long)]
    trace: bool,
}

#[derive(Default)]
struct Totals {
    counts: Counts,
    failed: Vec<(u64, Report)>,
    impossible: Vec<(u64, String)>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let started = Instant::now();
    let mut totals = Totals::default();
    every_seed(&arguments, &mut totals);
    let passed = show(&arguments, &mut totals, started) && is_repeatable(arguments.from);
    let all = Break::ORDINARY.into_iter().chain(Break::HOSTILE);
    for broken in all.filter(|_| arguments.broken.is_none() && !arguments.trace) {
        if !is_noticed(broken) {
            return ExitCode::FAILURE;
        }
    }
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns the plan of a seed, with a protection switched off if one is.
fn plan(seed: u64, broken: Option<Break>) -> Plan {
    broken.map_or_else(|| Plan::of(seed), |broken| broken.plan(seed))
}

/// Runs all seeds on all processors. Runs are independent, so their order does not matter.
fn every_seed(arguments: &Arguments, totals: &mut Totals) {
    let next = AtomicU64::new(arguments.from);
    let shared = Mutex::new(totals);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= arguments.from.saturating_add(arguments.seeds) {
                return;
            }
            let result = run(&plan(seed, arguments.broken), arguments.trace);
            let mut totals = shared.lock().unwrap_or_else(PoisonError::into_inner);
            match result {
                Ok(report) => {
                    totals.counts = totals.counts.plus(report.counts);
                    if arguments.trace {
                        show_trace(seed, &report);
                    }
                    if !report.violations.is_empty() {
                        totals.failed.push((seed, report));
                    }
                }
                Err(error) => totals.impossible.push((seed, error.to_string())),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}

#[expect(clippy::print_stdout, reason = "what the program is for")]
fn show(arguments: &Arguments, totals: &mut Totals, started: Instant) -> bool {
    let counts = totals.counts;
    totals.failed.sort_by_key(|(seed, _)| *seed);
    println!(
        "{} runs, {} operations ({} refused at the desk), {} faults injected ({} of messages, {} crashes, {} disturbances), {} attacks, {} edits of the database, {} events, {} violations, {:.1} s",
        arguments.seeds,
        counts.operations,
        counts.refused,
        counts.faults(),
        counts.message_faults,
        counts.crashes,
        counts.disturbances,
        counts.attacks,
        counts.edits,
        counts.events,
        totals.failed.iter().map(|(_, report)| report.violations.len()).sum::<usize>(),
        started.elapsed().as_secs_f64(),
    );
    for (seed, error) in &totals.impossible {
        println!("seed {seed} could not be run: {error}");
    }
    if let Some((seed, report)) = totals.failed.first() {
        let plan = plan(*seed, arguments.broken);
        println!("first failing seed: {seed} ({} seeds fail)", totals.failed.len());
        show_shortest(&plan, report);
    }
    totals.failed.is_empty() && totals.impossible.is_empty()
}

#[expect(clippy::print_stdout, reason = "what the program is for")]
fn show_shortest(plan: &Plan, report: &Report) {
    for violation in &report.violations {
        println!("  {violation}");
    }
    let short = shortest(plan, report);
    println!(
        "  shortest form: {} of {} steps, {} desks, {:?}",
        short.steps.len(),
        plan.steps.len(),
        short.desks,
        short.rates
    );
    for (at_ms, step) in &short.steps {
        println!("    {at_ms:>8} ms {step:?}");
    }
}

#[expect(clippy::print_stdout, reason = "what the program is for")]
fn show_trace(seed: u64, report: &Report) {
    println!("seed {seed}, trace {}", report.digest);
    for line in &report.lines {
        println!("{line}");
    }
}

/// Checks that two runs of one seed have exactly the same trace.
#[expect(clippy::print_stdout, reason = "what the program is for")]
fn is_repeatable(seed: u64) -> bool {
    let digest = || run(&Plan::of(seed), false).map(|report| report.digest).ok();
    let (first, second) = (digest(), digest());
    let is_same = first.is_some() && first == second;
    let (word, digest) = (if is_same { "the same" } else { "NOT the same" }, first.unwrap_or_default());
    println!("seed {seed} run twice: {word} trace, SM3 {digest}");
    is_same
}

/// Tries seeds until the checks notice the break.
#[expect(clippy::print_stdout, reason = "what the program is for")]
fn is_noticed(broken: Break) -> bool {
    const TRIED: u64 = 200;
    for seed in 0..TRIED {
        if let Ok(report) = run(&broken.plan(seed), false)
            && let Some(violation) = report.violations.first()
        {
            println!("deliberate break {broken:?}: noticed at seed {seed} ({violation})");
            return true;
        }
    }
    println!("deliberate break {broken:?}: NOT noticed in {TRIED} seeds");
    false
}
