//! How a folder becomes a desk of the centre, once and again.

use crate::sync::{drained, synchronise};
use desk::{
    Desk,
    clock::{ManualClock, SystemClock},
    enrolment,
    store::Store,
    vault::Vault,
};
use fixture::{Fixture, clerk, senior, supervisor, until, wish};
use rules::{At, DeviceNumber, Sensitive, keys::Class};
use std::sync::Arc;

#[tokio::test]
async fn a_new_enrolment_carries_over_what_the_centre_never_had() {
    let mut fixture = Fixture::new().await;
    let desk = fixture.desk.clone();
    desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(1)).await).await.unwrap();
    let wished = wish(&desk, &senior(2)).await;
    let issued = desk.issue.new_code(&clerk(&desk), &wished).await.unwrap();
    desk.store().close().await;
    let clock = Arc::new(SystemClock::new());
    fixture.desk = fixture::enrolled(fixture.folder.path(), &fixture.centre.url, clock).await;
    assert_eq!(fixture.desk.identity().desk_key().epoch, 2);
    assert_eq!(
        fixture.desk.issue.new_code(&clerk(&fixture.desk), &wished).await.unwrap().serial,
        issued.serial,
        "the same press"
    );
    let task = synchronise(&fixture);
    drained(&fixture).await;
    assert_eq!(fixture.centre.mind().log[&(DeviceNumber(7), 2)].len(), 2);
    let citizen = fixture.desk.citizen.read(&senior(2), None).await.unwrap();
    assert_eq!(citizen.codes[0].code.serial, issued.serial);
    assert!(!citizen.codes[0].code.provisional);
    task.abort();
}

#[tokio::test]
async fn s6_what_an_earlier_enrolment_sealed_is_checked_with_its_key() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    clock.advance(86_400_000);
    fixture.centre.mind().clock_offset_ms = 86_400_000;
    fixture.desk.keep_house().await.unwrap();
    fixture.desk.store().close().await;
    let desk = fixture::enrolled(fixture.folder.path(), &fixture.centre.url, clock.clone()).await;
    clock.advance(86_400_000);
    desk.keep_house().await.unwrap();
    let check = desk.lists.audit.check(&fixture::auditor(&desk)).await.unwrap();
    assert_eq!((check.seals, check.broken_at), (2, None));
}

#[tokio::test]
async fn a_folder_stays_with_its_window() {
    let fixture = Fixture::new().await;
    fixture.desk.store().close().await;
    fixture.centre.mind().device = DeviceNumber(8);
    let vault = Vault::open_or_create_with_key_file(fixture.folder.path()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let code = Sensitive::new(fixture::CODE.to_owned());
    let clock = Arc::new(SystemClock::new());
    let enrolled = enrolment::enrol(&vault, &store, clock, &fixture.centre.url, None, &code).await;
    assert_eq!(enrolled.unwrap_err().code(), "enrolled_for_another");
    store.close().await;
    let desk = fixture::open(fixture.folder.path(), Arc::new(SystemClock::new())).await;
    assert_eq!(desk.identity().desk_key().device, DeviceNumber(7));
}

#[tokio::test]
async fn a_carried_queue_reaches_the_centre_through_another_desk_exactly_once() {
    let mut fixture = Fixture::new().await;
    let desk = fixture.desk.clone();
    desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(1)).await).await.unwrap();
    let out = tempfile::tempdir().unwrap();
    let path = desk.transfer.export(&supervisor(&desk), out.path()).await.unwrap();

    let other_folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock::new());
    let other = fixture::enrolled(other_folder.path(), &fixture.centre.url, clock).await;
    assert_eq!(other.transfer.import(&supervisor(&desk), &path).await.unwrap(), 1);
    assert_eq!(other.transfer.import(&supervisor(&desk), &path).await.unwrap(), 1);
    let relaying = tokio::spawn(other.clone().run_sync());
    until(|| async {
        fixture.centre.mind().log.get(&(DeviceNumber(7), 1)).is_some_and(|log| log.len() == 1)
    })
    .await;
    relaying.abort();
    // The desk itself comes back later: the same operation, the same verdict, no second row.
    let task = synchronise(&fixture);
    drained(&fixture).await;
    assert_eq!(fixture.centre.mind().log[&(DeviceNumber(7), 1)].len(), 1);
    task.abort();
    fixture.centre.stop().await;
}

#[tokio::test]
async fn s7_enrolment_needs_the_code_and_the_right_class() {
    let centre = fixture::TestCentre::start().await;
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let clock = Arc::new(SystemClock::new());
    let enrol = |code: &str| {
        let code = Sensitive::new(code.to_owned());
        let (vault, store, clock, url) = (&vault, &store, clock.clone(), centre.url.clone());
        async move { enrolment::enrol(vault, store, clock, &url, None, &code).await }
    };
    assert_eq!(enrol("guess").await.unwrap_err().code(), "enrolment_code");
    let opened = Desk::open(&vault, store.clone(), clock.clone(), Box::new(fixture::Printer)).await;
    assert_eq!(opened.err().unwrap().code(), "not_enrolled");
    enrol(fixture::CODE).await.unwrap();
    centre.mind().class = Class::Live;
    assert_eq!(enrol(fixture::CODE).await.unwrap_err().code(), "enrolled_elsewhere");
}
