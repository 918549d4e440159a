//! Several workers on one database, over the same citizens. `tests/outage` does this
//! with real processes.

use central::{
    store::{Store as _, StoreError, postgres::PgStore},
    sync,
};
use central_fixture::{
    desk::{DAY, Desk, MORNING, SITE, rulebook, senior},
    people::employ,
};
use rig::{RigFolder, postgres::Postgres};
use rules::{DeviceNumber, life::Action, op::Operation, permission::Role, wire::Verdict};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

const DESKS: u32 = 12;
const DAYS: i64 = 20;
const PEOPLE: u32 = 15;

/// Returns a desk and its operations. Every desk issues offline to the same people on the same
/// days, for as many conflicts as possible.
fn quarrel(device: DeviceNumber) -> (Desk, Vec<Operation>) {
    let mut desk = Desk::new(device, 1);
    let mut operations = Vec::new();
    for day in 0..DAYS {
        for person in 0..PEOPLE {
            operations.push(desk.issue(&senior(person), Action::Apply, MORNING.plus_ms(day * DAY), None));
        }
    }
    (desk, operations)
}

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_share_one_database() {
    let folder = RigFolder::new("central-several").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(PgStore::connect(&postgres.url(), 6).await.unwrap());
    }
    processes[0].migrate(MORNING).await.unwrap();
    let now = MORNING.plus_ms(DAYS * DAY);
    let mut work = JoinSet::new();
    // The desks' first enrolment makes the site.
    let another = Desk::new(DeviceNumber(DESKS + 1), 1);
    processes[0].enrol(&another.head(), &another.certificate()).await.unwrap();
    employ(&processes[0], &SITE.parse().unwrap(), "10001", &[Role::Clerk]).await;
    for device in 1..=DESKS {
        let (desk, operations) = quarrel(DeviceNumber(device));
        processes[0].enrol(&desk.head(), &desk.certificate()).await.unwrap();
        let store = processes[device as usize % processes.len()].clone();
        work.spawn(async move {
            for batch in operations.chunks(50) {
                let request = desk.push(batch.to_vec());
                sync::push(&store, &rulebook(), &request, now).await.unwrap();
                // The answer was lost, so the batch is resent.
                sync::push(&store, &rulebook(), &request, now).await.unwrap();
            }
        });
    }
    let total = u64::from(DESKS) * u64::from(PEOPLE) * u64::try_from(DAYS).unwrap();
    let decided = Arc::new(std::sync::atomic::AtomicU64::new(0));
    for store in processes.clone().into_iter().cycle().take(6) {
        let decided = Arc::clone(&decided);
        work.spawn(async move {
            while decided.load(std::sync::atomic::Ordering::Relaxed) < total {
                match sync::apply(&store, &rulebook(), 2, now).await {
                    Ok(0) | Err(StoreError::Conflict) => tokio::time::sleep(Duration::from_millis(5)).await,
                    Ok(count) => {
                        decided
                            .fetch_add(u64::try_from(count).unwrap(), std::sync::atomic::Ordering::Relaxed);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        });
    }
    while let Some(done) = work.join_next().await {
        done.unwrap();
    }
    nobody_has_two_codes(&processes[0], total).await;
}

/// Checks that nothing is lost or doubled: one winner per holder and day, one live code per holder.
async fn nobody_has_two_codes(store: &PgStore, total: u64) {
    let mut verdicts = (0, 0);
    for device in 1..=DESKS {
        let mut after = 0;
        loop {
            let receipts = store.results(DeviceNumber(device), 1, after, 200).await.unwrap();
            let Some(last) = receipts.last() else { break };
            after = last.seq;
            for receipt in &receipts {
                match receipt.verdict {
                    Verdict::Applied { action: Some(_) } => verdicts.0 += 1,
                    Verdict::DuplicateSameDay { .. } => verdicts.1 += 1,
                    _ => panic!("{:?}", receipt.verdict),
                }
            }
        }
    }
    let winners = u64::from(PEOPLE) * u64::try_from(DAYS).unwrap();
    assert_eq!(verdicts, (winners, total - winners));
    for person in 0..PEOPLE {
        let citizen = store.citizen(&senior(person).citizen_ref).await.unwrap().unwrap();
        assert_eq!(citizen.issue_days.len(), usize::try_from(DAYS).unwrap());
        let live = citizen.codes.iter().filter(|issued| issued.code.state == rules::life::CodeState::Live);
        assert_eq!(live.count(), 1, "L7");
        assert_eq!(
            citizen.codes.len(),
            usize::try_from(DAYS).unwrap() * DESKS as usize,
            "every sheet is on record"
        );
    }
}
