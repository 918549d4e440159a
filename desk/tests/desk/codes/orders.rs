//! Every order in which what desks do, what the centre decides and what it tells can meet.

use super::{
    city::City,
    course::{Course, Step},
};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rules::correction::Reason;
use std::cell::RefCell;

/// Orders tried in the ordinary run. `CODE_ORDERS=5000` tries more.
const CASES: u32 = 128;

fn step(desks: usize) -> impl Strategy<Value = Step> {
    let reason = prop_oneof![Just(Reason::AnotherPerson), Just(Reason::PoorPhoto)];
    let desk = || 0..desks;
    prop_oneof![
        6 => desk().prop_map(Step::Issue),
        2 => desk().prop_map(Step::Replace),
        4 => desk().prop_map(Step::Loss),
        3 => desk().prop_map(Step::Void),
        2 => desk().prop_map(Step::Reprint),
        2 => (desk(), reason).prop_map(|(at, reason)| Step::Correct(at, reason)),
        8 => desk().prop_map(Step::Push),
        6 => (desk(), prop_oneof![Just(1), Just(usize::MAX)]).prop_map(|(at, count)| Step::Receipts(at, count)),
        1 => desk().prop_map(Step::ReceiptsAgain),
        4 => (desk(), prop_oneof![Just(1), Just(usize::MAX)]).prop_map(|(at, count)| Step::News(at, count)),
        4 => (desk(), prop_oneof![3 => Just(0), 1 => 1_usize..4], any::<bool>())
            .prop_map(|(at, ago, stays_up)| Step::Look(at, ago, stays_up)),
        1 => Just(Step::PortalLoss),
        1 => Just(Step::PortalIssue),
        1 => desk().prop_map(Step::Restart),
        2 => Just(Step::NextDay),
        1 => Just(Step::NextWeek),
    ]
}

fn courses() -> impl Strategy<Value = (bool, Vec<Step>)> {
    (2..=3_usize).prop_flat_map(|desks| (any::<bool>(), vec(step(desks), 4..20)))
}

#[test]
fn l_table_no_code_the_centre_has_ended_and_told_of_is_live_at_a_desk_in_any_order() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cases = std::env::var("CODE_ORDERS").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    // What a failed course leaves undone would be in the way of the next.
    let city: RefCell<Option<City>> = RefCell::new(None);
    let run = |(has_a_code, steps): (bool, Vec<Step>)| {
        runtime.block_on(async {
            let mut here = match city.take() {
                Some(city) => city,
                None => City::new().await,
            };
            let mut course = Course::begin(&mut here, has_a_code).await;
            for step in steps {
                course.take(step).await;
                course.check().await;
            }
            course.end().await;
            city.replace(Some(here));
        });
        Ok(())
    };
    TestRunner::new(config).run(&courses(), run).unwrap();
}
