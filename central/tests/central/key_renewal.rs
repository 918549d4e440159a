//! Keys of desks renew themselves (B4).

use crate::common::client::{Centre, ok};
use central::store::{
    StoreError,
    postgres::{PgStore, Renewal},
};
use central_fixture::{
    desk::{DAY, Desk},
    people,
};
use reqwest::StatusCode;
use rules::{
    At,
    issuing::{Issued, Issuers},
    keys::{DeskKey, Signer as _, SoftwareKey},
    policy::{KEY_LEAD_MS, KEY_LIFE_MS, KEY_RENEWAL_MS},
    wire::{EnrolResponse, KeyListDelta, RenewRequest, RenewResponse},
};

fn key(seed: u8) -> SoftwareKey {
    SoftwareKey::from_bytes(&[seed; 32]).unwrap()
}

async fn renew(centre: &Centre, desk: &Desk, request: &RenewRequest) -> reqwest::Response {
    let token = centre.device_token(desk).await;
    centre.post("/v1/desks/renew", Some(&token), request).await
}

/// A running centre, and a desk whose key ends soon.
async fn about_to_end(centre: &Centre, window: u16) -> (Desk, EnrolResponse) {
    let (desk, enrolled) = centre.enrol(window).await;
    centre.make_key_older(&desk, &enrolled, KEY_LIFE_MS - 8 * DAY).await;
    (desk, enrolled)
}

#[tokio::test(flavor = "multi_thread")]
async fn b4_a_key_about_to_end_is_followed_by_one_that_every_list_has_before_it_signs() {
    let centre = Centre::start("central-renewal").await;
    let (mut desk, enrolled) = about_to_end(&centre, 1).await;
    let next = key(41);
    let request = RenewRequest::sign((desk.device, desk.epoch), &desk.key, &next).unwrap();
    let renewed: RenewResponse = ok(renew(&centre, &desk, &request).await).await;
    let certified = renewed.certificate.verify(&enrolled.trust()).unwrap().clone();
    assert_eq!((certified.device, certified.epoch), (desk.device, desk.epoch), "same enrolment");
    let now = renewed.server_time;
    assert_eq!(certified.not_before, now.plus_ms(KEY_LEAD_MS));
    assert_eq!(certified.not_after, certified.not_before.plus_ms(KEY_LIFE_MS));
    assert!(!certified.is_in_force(now) && certified.was_valid(now.plus_ms(KEY_LEAD_MS)));

    // Asked again, because the answer was lost: the same certificate.
    let again: RenewResponse = ok(renew(&centre, &desk, &request).await).await;
    assert_eq!(again.certificate, renewed.certificate);
    let published = async || {
        let delta: Issued<KeyListDelta> = ok(centre.get("/v1/keys/delta?since=1", None).await).await;
        delta.value.desks.iter().any(|listed| listed.public_key == next.public_key()).then_some(())
    };
    rig::process::until("the new key", std::time::Duration::from_secs(30), published).await.unwrap();

    // Both keys speak for the desk, until the next renewal.
    centre.device_token(&desk).await;
    desk.key = next;
    centre.device_token(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b4_nobody_else_renews_a_key_and_nobody_before_it_is_due() {
    let centre = Centre::start("central-renewal-refused").await;
    let (fresh, _) = centre.enrol(1).await;
    let (desk, _) = about_to_end(&centre, 2).await;
    let numbers = |desk: &Desk| (desk.device, desk.epoch);
    let sign =
        |of: &Desk, by: &SoftwareKey, next: &SoftwareKey| RenewRequest::sign(numbers(of), by, next).unwrap();
    let good = sign(&desk, &desk.key, &key(51));
    let refused = [
        ("not due", &fresh, sign(&fresh, &fresh.key, &key(50))),
        ("signed by another", &desk, sign(&desk, &fresh.key, &key(51))),
        ("for another desk", &desk, sign(&fresh, &desk.key, &key(51))),
        ("a key it does not have", &desk, RenewRequest { public_key: key(52).public_key(), ..good.clone() }),
        ("another desk's key", &desk, sign(&desk, &desk.key, &fresh.key)),
        ("its own key again", &desk, sign(&desk, &desk.key, &desk.key)),
    ];
    for (what, of, request) in refused {
        assert_eq!(renew(&centre, of, &request).await.status(), StatusCode::FORBIDDEN, "{what}");
    }
    assert_eq!(renew(&centre, &desk, &good).await.status(), StatusCode::OK);
    let second = sign(&desk, &desk.key, &key(53));
    assert_eq!(renew(&centre, &desk, &second).await.status(), StatusCode::FORBIDDEN, "one is enough");
    let without = centre.post("/v1/desks/renew", None, &good).await;
    assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
    centre.central.command(&["desk", "revoke", &desk.device.to_string()]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn b4_renewals_go_on_and_an_ended_or_retired_key_renews_nothing() {
    let centre = Centre::start("central-renewals").await;
    let (desk, enrolled) = centre.enrol(1).await;
    let store = PgStore::connect(&centre.postgres.url(), 1).await.unwrap();
    let issuers = people::issuers(&key(60));
    let certify = |key: DeskKey| issuers.sign(key, At(0)).map_err(|_| StoreError::Range("certificate"));
    let numbers = (desk.device, desk.epoch);
    let renew = async |present: &SoftwareKey, next: &SoftwareKey, now: At| {
        let (present, next) = (present.public_key(), next.public_key());
        match store.renew_key(numbers, &present, &next, now, certify).await.unwrap() {
            Renewal::Certified(certificate) => Some(certificate.value),
            Renewal::Refused => None,
        }
    };
    let due = |key: &DeskKey| key.not_after.plus_ms(-KEY_RENEWAL_MS);
    let first = enrolled.certificate.value.clone();
    assert_eq!(renew(&desk.key, &key(61), due(&first).plus_ms(-DAY)).await, None);
    let second = renew(&desk.key, &key(61), due(&first)).await.unwrap();
    // The first key may not take the second's place.
    assert_eq!(renew(&desk.key, &key(62), due(&second)).await, None);
    assert_eq!(renew(&key(61), &key(62), second.not_after.plus_ms(1)).await, None, "ended");
    // Late, but in time: no gap between the two.
    let late = second.not_after.plus_ms(-DAY);
    let third = renew(&key(61), &key(62), late).await.unwrap();
    assert_eq!(third.not_before, second.not_after);
    assert_eq!(renew(&desk.key, &key(63), late).await, None, "no longer the desk's");
    store.revoke_desk(desk.device, late, None, certify).await.unwrap();
    assert_eq!(renew(&key(62), &key(63), due(&third)).await, None, "retired");
}

/// A backup from before the renewal is put back: the desk must not need an invitation for that.
#[tokio::test(flavor = "multi_thread")]
async fn b4_a_restored_centre_takes_a_key_up_again_that_it_certified_and_forgot() {
    let centre = Centre::start("central-forgotten-key").await;
    let (mut desk, _) = about_to_end(&centre, 1).await;
    let other = centre.enrol(2).await.1.certificate;
    let next = key(71);
    let request = RenewRequest::sign((desk.device, desk.epoch), &desk.key, &next).unwrap();
    let renewed: RenewResponse = ok(renew(&centre, &desk, &request).await).await;
    let forget = format!(
        "DELETE FROM desk_key WHERE key_id = '\\x{}'; UPDATE device_head SET next_key = NULL WHERE device = {}",
        next.key_id(),
        desk.device
    );
    centre.postgres.query(&forget).await.unwrap();
    desk.key = next;
    let status = async |certificate: Option<&Issued<DeskKey>>| {
        centre.assert_with(&desk, 0, certificate).await.status()
    };
    assert_eq!(status(None).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(Some(&renewed.certificate)).await, StatusCode::UNAUTHORIZED, "not in force yet");
    let keys = central::keys::load(&centre.folder.path().join("central").join("keys")).unwrap();
    let in_force = DeskKey { not_before: At(0), ..renewed.certificate.value.clone() };
    let signed = |key: &DeskKey, issuers: &Issuers| issuers.sign(key.clone(), central::clock::now()).unwrap();
    let own = people::issuers(&desk.key);
    assert_eq!(status(Some(&signed(&in_force, &own))).await, StatusCode::UNAUTHORIZED, "own root");
    assert_eq!(status(Some(&other)).await, StatusCode::UNAUTHORIZED, "another desk's");
    let elsewhere = DeskKey { device: other.value.device, ..in_force.clone() };
    assert_eq!(status(Some(&signed(&elsewhere, &keys.issuers))).await, StatusCode::UNAUTHORIZED);
    let good = signed(&in_force, &keys.issuers);
    assert_eq!(status(Some(&good)).await, StatusCode::OK);
    assert_eq!(status(None).await, StatusCode::OK, "known again");
    // A key that is on record does not come back by its certificate.
    let forget = format!("UPDATE device_head SET next_key = NULL WHERE device = {}", desk.device);
    centre.postgres.query(&forget).await.unwrap();
    assert_eq!(status(Some(&good)).await, StatusCode::UNAUTHORIZED);
}
