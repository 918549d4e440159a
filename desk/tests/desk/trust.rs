//! The lists for verifying without a line: an older one never takes the place of a newer one, whole
//! or as what changed since.

use desk::{sync::SyncEvent, verification::Verified};
use fixture::{Fixture, centre::Lists, clerk, record, senior, signed, until, wish};
use rules::{
    At,
    keys::{Signer, SoftwareKey},
    permission::Role,
    wire::Change,
};

/// Fetches the lists until `fetched`, and ends after something that came behind them was kept.
async fn fetch(fixture: &Fixture, fetched: impl Fn(&Lists) -> bool) {
    let mut events = fixture.desk.sync().subscribe();
    let task = tokio::spawn(fixture.desk.clone().run_sync());
    until(async || fetched(&fixture.centre.mind().lists)).await;
    let news = Change::Staff(Box::new(signed(record("1001", &[Role::Clerk]))));
    fixture.centre.mind().changes.push(news);
    while !matches!(events.recv().await.unwrap(), SyncEvent::Changes { .. }) {
        fixture.desk.sync().now();
    }
    task.abort();
    let _ = task.await;
}

/// `None`: the key is not one that counts.
async fn probably_revoked(fixture: &Fixture, payload: &str) -> Option<bool> {
    match fixture.desk.verification.verify_offline(payload).await.unwrap() {
        Verified::Offline(answer) => answer.ok().map(|answer| answer.probably_revoked),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_older_whole_list_does_not_make_a_revoked_code_or_a_retired_key_good_again() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let issued = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    let whole = |version| Lists { version, has_deltas: false, ..Lists::default() };
    fixture.centre.mind().lists = Lists { filtered: vec![issued.serial], ..whole(5) };
    fetch(&fixture, |lists| lists.whole == 2).await;
    assert_eq!(probably_revoked(&fixture, &issued.payload).await, Some(true));
    fixture.centre.mind().lists = whole(4);
    fetch(&fixture, |lists| lists.whole == 2).await;
    assert_eq!(probably_revoked(&fixture, &issued.payload).await, Some(true), "the older filter has it not");

    fixture.centre.mind().lists = Lists { retired_at: Some(At(0)), ..whole(6) };
    fetch(&fixture, |lists| lists.whole == 2).await;
    assert_eq!(probably_revoked(&fixture, &issued.payload).await, None);
    fixture.centre.mind().lists = whole(5);
    fetch(&fixture, |lists| lists.whole == 2).await;
    assert_eq!(probably_revoked(&fixture, &issued.payload).await, None, "the older list has the key in use");
    // What is newer replaces all the same.
    fixture.centre.mind().lists = whole(7);
    fetch(&fixture, |lists| lists.whole == 2).await;
    assert_eq!(probably_revoked(&fixture, &issued.payload).await, Some(false));
}

#[tokio::test]
async fn an_older_delta_takes_back_neither_a_revocation_nor_a_new_desk() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let issued = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    let newcomer = SoftwareKey::from_bytes(&[13; 32]).unwrap();
    let claims = rules::payload::decode(&issued.payload).unwrap().claims;
    let by_newcomer = rules::payload::encode(&claims, &newcomer).unwrap();
    fetch(&fixture, |lists| (lists.whole, lists.deltas) == (2, 1)).await;
    assert_eq!(probably_revoked(&fixture, &issued.payload).await, Some(false));

    let newer =
        Lists { revoked: vec![issued.serial], newcomers: vec![newcomer.public_key()], ..Lists::default() };
    fixture.centre.mind().lists = newer;
    fetch(&fixture, |lists| (lists.whole, lists.deltas) == (0, 2)).await;
    assert_eq!(probably_revoked(&fixture, &issued.payload).await, Some(true));
    assert_eq!(probably_revoked(&fixture, &by_newcomer).await, Some(true));

    fixture.centre.mind().lists = Lists::default();
    fetch(&fixture, |lists| (lists.whole, lists.deltas) == (0, 2)).await;
    assert_eq!(probably_revoked(&fixture, &issued.payload).await, Some(true));
    assert_eq!(probably_revoked(&fixture, &by_newcomer).await, Some(true), "its key is still known");
}
