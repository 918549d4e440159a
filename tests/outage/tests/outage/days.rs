//! A desk works for three days without a line.

use desk::store::Page;
use outage::{
    books::{agree, nobody_has_two},
    centre::Centre,
    window::{Window, senior},
};
use rules::{
    life::Action,
    op::OpBody,
    wire::{Verdict, VerifyAnswer},
};
use std::collections::BTreeSet;

const HOUR_MS: i64 = 3_600_000;
const AWAY_MS: i64 = 72 * HOUR_MS;
const OPERATIONS: u64 = 500;
/// Share of citizens who go to the other desk, which is online, on the same day: one in this many.
const ALSO_ELSEWHERE: u16 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn l11_500_operations_of_72_offline_hours_are_all_confirmed_or_shown_as_conflicts() {
    let centre = Centre::start("outage-days").await.unwrap();
    let url = centre.central.url();
    let mut away = Window::enrol_in_the_past(&centre, 1, &url, AWAY_MS).await.unwrap();
    let mut other = Window::enrol_in_the_past(&centre, 2, &url, AWAY_MS).await.unwrap();
    let mut citizen = 0;
    let mut last_sheet = None;
    // Each citizen gets a code and a sheet; every third loses it the same day. Some had a code from
    // the other desk that morning.
    let mut done = 0;
    while done + 3 <= OPERATIONS {
        let number = senior(citizen).unwrap();
        if citizen % ALSO_ELSEWHERE == 0 {
            other.issue(&number).await.unwrap();
        }
        let issued = away.serve(&number).await.unwrap();
        done += 2;
        if citizen % 3 == 1 {
            away.lose(&number, &issued).await.unwrap();
            done += 1;
        } else if citizen % ALSO_ELSEWHERE != 0 {
            last_sheet = Some(issued);
        }
        citizen += 1;
        let step = AWAY_MS / 250;
        away.clock.pass(step.min(-away.clock.moved_ms()));
        other.clock.pass(step.min(-other.clock.moved_ms()));
    }
    while done < OPERATIONS {
        away.issue(&senior(citizen).unwrap()).await.unwrap();
        (done, citizen) = (done + 1, citizen + 1);
    }
    assert_eq!(u64::from(away.waiting().await.unwrap()), OPERATIONS);
    // Contact with the centre would set the desk to the present, so its clock moves there first.
    other.clock.pass_to_the_present();
    other.online();
    other.drained().await.unwrap();
    away.clock.pass_to_the_present();
    // L11: after three days the desk issues nothing until it hears from the centre.
    let refused = away.issue(&senior(citizen).unwrap()).await.unwrap_err();
    assert_eq!(refused.code(), "offline_too_long");

    away.online();
    away.drained().await.unwrap();
    let settled = agree(&centre, &away).await.unwrap();
    let order: Vec<u64> = settled.iter().map(|(operation, _)| operation.seq).collect();
    assert_eq!(order, (1..=OPERATIONS).collect::<Vec<_>>(), "in order, each with its receipt");

    let taken = |verdict: &Verdict| matches!(verdict, Verdict::Applied { .. });
    let not_taken: BTreeSet<u64> =
        settled.iter().filter(|(_, verdict)| !taken(verdict)).map(|(operation, _)| operation.seq).collect();
    let twice = settled.iter().filter(|(operation, verdict)| {
        matches!(operation.body, OpBody::Issue { .. }) && matches!(verdict, Verdict::DuplicateSameDay { .. })
    });
    assert_eq!(twice.count(), usize::from(citizen.div_ceil(ALSO_ELSEWHERE)), "all who had one that day");
    let conflicts =
        away.desk.lists.conflicts.page(true, Page { offset: 0, limit: Page::LIMIT }).await.unwrap();
    let shown: BTreeSet<u64> = conflicts.rows.iter().map(|conflict| conflict.seq).collect();
    assert_eq!(shown, not_taken, "what was not taken is shown, and nothing else");
    assert!(conflicts.rows.iter().all(|conflict| conflict.case_number.is_some()), "each with its case");
    nobody_has_two(&centre).await.unwrap();

    // The last sheet verifies, and the desk issues again.
    let payload = last_sheet.unwrap().payload;
    let scanned = away.desk.verification.verify(&away.clerk().unwrap(), &payload).await.unwrap();
    assert!(
        matches!(&scanned, desk::verification::Verified::Online(answer) if answer.answer == VerifyAnswer::Valid),
        "{scanned:?}"
    );
    let again = away.issue_as(&senior(citizen).unwrap(), Action::Apply).await.unwrap();
    assert!(again.provisional);
}
