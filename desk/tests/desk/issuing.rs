//! F: a desk knows the root's key alone, and takes issuing keys as the root says.

use desk::sync::SyncEvent;
use fixture::{
    Fixture,
    centre::{ROOT, issuers, trust},
    clerk, senior, until, wish,
};
use rules::{
    At,
    issuing::{Issuers, Purpose, RevokedIssuer, RevokedIssuers},
    keys::{Class, Signed, SoftwareKey},
    wire::TrustAnchors,
};

/// Issuing keys after a rotation, under the same root.
fn rotated() -> Issuers {
    let root = SoftwareKey::from_bytes(&ROOT).unwrap();
    let mut next = 200;
    let random = || {
        next += 1;
        [next; 32]
    };
    Issuers::draw(&root, Class::Practice, (At(0), At(i64::MAX / 2)), random).unwrap()
}

/// The receipts key of before the rotation is taken back.
fn anchors(version: u64) -> TrustAnchors {
    let key_id = issuers(ROOT).get(Purpose::Receipts).unwrap().key.key_id();
    let keys = vec![RevokedIssuer { key_id, since: At(0) }];
    let revoked = RevokedIssuers { version: 1, class: Class::Practice, keys };
    let revoked = Signed::sign(revoked, &SoftwareKey::from_bytes(&ROOT).unwrap()).unwrap();
    let (made_at, class) = (At(0), Class::Practice);
    let sealing = issuers(ROOT).get(Purpose::Sealing).unwrap().record.clone();
    TrustAnchors { version, made_at, class, ca_bundle: None, revoked: Some(revoked), required: None, sealing }
}

async fn waiting(fixture: &Fixture) -> u32 {
    fixture.desk.counts.sync_status().await.unwrap().depth.waiting
}

#[tokio::test]
async fn f_a_new_issuing_key_is_taken_without_a_word_and_old_receipts_stay_good() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let task = tokio::spawn(desk.clone().run_sync());
    let first = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    until(async || waiting(&fixture).await == 0).await;
    fixture.centre.mind().issuers = rotated();
    let second = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(2)).await).await.unwrap();
    until(async || waiting(&fixture).await == 0).await;
    let proof = async |seq: u64| desk.lists.queue.receipt_proof(seq).await.unwrap().unwrap();
    let (old, new) = (proof(first.seq).await, proof(second.seq).await);
    assert_ne!(old.issuer, new.issuer);
    assert!(old.verify(&trust(ROOT)).is_ok() && new.verify(&trust(ROOT)).is_ok());
    task.abort();
}

#[tokio::test]
async fn f_what_a_key_signs_that_the_root_took_back_moves_nothing() {
    let mut fixture = Fixture::new().await;
    let desk = fixture.desk.clone();
    fixture.centre.mind().lists.anchors = Some(anchors(1));
    let task = tokio::spawn(desk.clone().run_sync());
    until(async || fixture.centre.mind().lists.whole == 2).await;
    let mut events = desk.sync().subscribe();
    desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(1)).await).await.unwrap();
    while !matches!(events.recv().await.unwrap(), SyncEvent::StoreFailed { .. }) {}
    assert_eq!(waiting(&fixture).await, 1);
    // It stays so after a restart, when the list is not sent again.
    task.abort();
    let _ = task.await;
    fixture.centre.mind().lists.anchors = None;
    fixture.restart().await;
    let desk = fixture.desk.clone();
    let mut events = desk.sync().subscribe();
    let task = tokio::spawn(desk.clone().run_sync());
    while !matches!(events.recv().await.unwrap(), SyncEvent::StoreFailed { .. }) {}
    assert_eq!(waiting(&fixture).await, 1);
    // With the next key the centre is believed again.
    fixture.centre.mind().issuers = rotated();
    desk.sync().now();
    until(async || waiting(&fixture).await == 0).await;
    task.abort();
}
