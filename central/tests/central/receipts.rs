//! Which desk is shown which verdicts: its own, of the enrolment its token was given to, and none
//! else.

use crate::common::client::{Centre, ok};
use central::{
    store::{Store, postgres::PgStore},
    sync,
};
use central_fixture::{
    MemoryStore,
    desk::{Desk, Holder, MORNING, SITE, rulebook, senior},
    people::employ,
};
use rig::{RigFolder, postgres::Postgres};
use rules::{
    DeviceNumber,
    correction::Digest,
    issuing::Trust,
    life::Action,
    op::Operation,
    permission::Role,
    wire::{Receipt, ResultsResponse},
};

/// First issues, one after the other.
fn issues(desk: &mut Desk, holders: &[Holder]) -> Vec<Operation> {
    holders.iter().map(|holder| desk.issue(holder, Action::Apply, MORNING, None)).collect()
}

fn hashes(operations: &[Operation]) -> Vec<Digest> {
    operations.iter().map(|operation| operation.hash.clone()).collect()
}

fn shown(receipts: &[Receipt]) -> Vec<Digest> {
    receipts.iter().map(|receipt| receipt.hash.clone()).collect()
}

/// Two desks and a later enrolment of the first; seqs and buckets are the same.
async fn each_desk_is_shown_its_own<S: Store>(store: &S) {
    let bucket = senior(0).citizen_ref.bucket();
    let mut holders = (0..).map(senior).filter(|holder| holder.citizen_ref.bucket() == bucket);
    let mut all = Vec::new();
    let third = Desk::new(DeviceNumber(3), 1);
    store.enrol(&third.head(), &third.certificate()).await.unwrap();
    employ(store, &SITE.parse().unwrap(), "10001", &[Role::Clerk]).await;
    for (device, epoch, count) in [(1, 1, 3), (2, 1, 2), (1, 2, 1)] {
        let mut desk = Desk::new(DeviceNumber(device), epoch);
        store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
        let operations = issues(&mut desk, &holders.by_ref().take(count).collect::<Vec<_>>());
        sync::push(store, &rulebook(), &desk.push(operations.clone()), MORNING).await.unwrap();
        while sync::apply(store, &rulebook(), 4, MORNING).await.unwrap() > 0 {}
        all.push((device, epoch, hashes(&operations)));
    }
    for (device, epoch, own) in &all {
        let count = own.len() as u64;
        assert_eq!(
            store.decided_through(DeviceNumber(*device), *epoch).await.unwrap(),
            count,
            "{device}/{epoch}"
        );
        for after in 0..=count {
            let receipts = store.results(DeviceNumber(*device), *epoch, after, 200).await.unwrap();
            assert_eq!(shown(&receipts), own[after as usize..], "{device}/{epoch} after {after}");
            let whose =
                |receipt: &Receipt| (receipt.device, receipt.epoch) == (DeviceNumber(*device), *epoch);
            assert!(receipts.iter().all(whose), "{receipts:?}");
        }
    }
    for (device, epoch) in [(2, 2), (3, 1), (0, 1), (0, 0)] {
        assert_eq!(
            store.results(DeviceNumber(device), epoch, 0, 200).await.unwrap(),
            [],
            "{device}/{epoch} did nothing"
        );
        assert_eq!(
            store.decided_through(DeviceNumber(device), epoch).await.unwrap(),
            0,
            "{device}/{epoch} did nothing"
        );
    }
}

#[tokio::test]
async fn each_desk_has_its_own_results_in_the_store_in_memory() {
    each_desk_is_shown_its_own(&MemoryStore::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_desk_has_its_own_results_in_postgresql() {
    let folder = RigFolder::new("central-results-store").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 8).await.unwrap();
    store.migrate(MORNING).await.unwrap();
    each_desk_is_shown_its_own(&store).await;
}

async fn results(centre: &Centre, token: &str, trust: &Trust) -> (Vec<Digest>, u64) {
    let response: ResultsResponse = ok(centre.get("/v1/sync/results?after=0", Some(token)).await).await;
    let receipts = response.results.map(|roll| roll.verify(trust).unwrap().clone()).unwrap_or_default();
    (shown(&receipts), response.applied_through)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_desk_is_shown_the_results_of_another() {
    let centre = Centre::start("central-results").await;
    centre.staff("10001", "clerk").await;
    let (mut one, enrolled) = centre.enrol(1).await;
    let (mut other, _) = centre.enrol(2).await;
    let trust = enrolled.trust();
    let (own, foreign) = (centre.device_token(&one).await, centre.device_token(&other).await);
    let people: Vec<Holder> = (0..5).map(senior).collect();
    let operations = issues(&mut one, &people[..3]);
    let pushed = centre.push(&one, &own, operations.clone()).await;
    assert_eq!(shown(pushed.results.unwrap().verify(&trust).unwrap()), hashes(&operations));

    assert_eq!(results(&centre, &own, &trust).await, (hashes(&operations), 3));
    assert_eq!(results(&centre, &foreign, &trust).await, (Vec::new(), 0), "another desk of the same site");
    let others = issues(&mut other, &people[4..]);
    let pushed = centre.push(&other, &foreign, others.clone()).await;
    assert_eq!(shown(pushed.results.unwrap().verify(&trust).unwrap()), hashes(&others));
    assert_eq!(results(&centre, &foreign, &trust).await, (hashes(&others), 1));
    let name = "黄浦区第二行政服务中心";
    centre.central.command(&["site", "add", "--site", "310104", "--name", name]).await.unwrap();
    let (elsewhere, _) = centre.enrol_at("310104", 3).await;
    let token = centre.device_token(&elsewhere).await;
    assert_eq!(results(&centre, &token, &trust).await, (Vec::new(), 0), "a desk of another site");

    // The next enrolment of the same device begins with nothing, and its seqs are its own.
    let (mut again, enrolled) = centre.enrol(1).await;
    assert_eq!(enrolled.certificate.verify(&trust).unwrap().device, one.device);
    let token = centre.device_token(&again).await;
    assert_eq!(results(&centre, &token, &trust).await, (Vec::new(), 0), "a later enrolment");
    let operations = issues(&mut again, &people[3..4]);
    centre.push(&again, &token, operations.clone()).await;
    assert_eq!(results(&centre, &token, &trust).await, (hashes(&operations), 1));
}
