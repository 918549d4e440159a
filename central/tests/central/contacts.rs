//! D1: a desk shows its audit at every contact, and what does not continue it is an alarm and a
//! quarantine.

use crate::common::client::Centre;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use central::machine::contact::{Contact, KnownAudit, Mismatch, compare};
use central_fixture::desk::{Desk, MORNING};
use reqwest::{Response, StatusCode};
use rules::{
    correction::Digest,
    keys::Signer as _,
    wire::{DeskAudit, DeviceAssertion, DeviceAuthRequest, EarlierRow, ProtocolError},
};
use uuid::Uuid;

fn shown(rows: u64, hash: &str, generation: u128) -> DeskAudit {
    DeskAudit { rows, hash: Digest::of(hash.as_bytes()), generation: Uuid::from_u128(generation) }
}

fn row(number: u64, hash: &str) -> EarlierRow {
    EarlierRow { number, hash: Digest::of(hash.as_bytes()) }
}

#[test]
fn d1_an_audit_is_continued_by_more_rows_or_by_itself() {
    let known = KnownAudit { epoch: 2, audit: shown(10, "ten", 1), issued_at: MORNING };
    let later = MORNING.plus_ms(1);
    let with = |epoch, audit: Option<DeskAudit>, earlier: Option<EarlierRow>, at| {
        compare(Some(&known), epoch, (audit.as_ref(), earlier.as_ref()), at)
    };
    let decide = |epoch, audit, at| with(epoch, audit, None, at);
    assert_eq!(decide(2, Some(shown(10, "ten", 1)), later), Contact::Keep);
    // One that has grown shows the row that was the newest, too.
    let grown = |earlier| with(2, Some(shown(11, "eleven", 1)), earlier, later);
    assert_eq!(grown(Some(row(10, "ten"))), Contact::Keep);
    assert_eq!(grown(None), Contact::Ask(10));
    assert_eq!(grown(Some(row(9, "nine"))), Contact::Ask(10));
    assert_eq!(grown(Some(row(10, "another"))), Contact::Mismatch(Mismatch::Altered(10)), "written anew");
    let empty = KnownAudit { audit: shown(0, "", 1), ..known.clone() };
    assert_eq!(compare(Some(&empty), 2, (Some(&shown(1, "one", 1)), None), later), Contact::Keep);
    assert_eq!(decide(3, Some(shown(1, "one", 9)), later), Contact::Keep, "enrolled again");
    assert_eq!(compare(None, 1, (None, None), later), Contact::Pass);
    assert_eq!(compare(None, 1, (Some(&shown(3, "three", 1)), None), later), Contact::Keep);
    // An assertion that was sent before and came after says nothing.
    assert_eq!(decide(2, Some(shown(9, "nine", 1)), MORNING.plus_ms(-1)), Contact::Pass);
    for (audit, mismatch) in [
        (None, Mismatch::Missing),
        (Some(shown(11, "eleven", 2)), Mismatch::Generation),
        (Some(shown(9, "nine", 1)), Mismatch::Fewer { had: 10, has: 9 }),
        (Some(shown(10, "other", 1)), Mismatch::Altered(10)),
    ] {
        assert_eq!(decide(2, audit, later), Contact::Mismatch(mismatch));
    }
}

async fn contact(
    centre: &Centre,
    desk: &Desk,
    audit: Option<DeskAudit>,
    earlier: Option<EarlierRow>,
) -> Response {
    let (device, epoch) = (desk.device, desk.epoch);
    let (issued_at, nonce) = (central::clock::now(), Uuid::new_v4());
    let claims = DeviceAssertion { device, epoch, issued_at, nonce, audit, earlier, heartbeat: None };
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap());
    let signature = URL_SAFE_NO_PAD.encode(desk.key.sign(text.as_bytes()).unwrap());
    let request =
        DeviceAuthRequest { assertion: format!("{text}.{signature}"), certificate: None, desk_number: None };
    centre.post("/v1/auth/device", None, &request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn d1_a_desk_whose_audit_is_older_missing_or_another_is_quarantined_with_an_alarm() {
    let centre = Centre::start("central-contacts").await;
    let changed = [
        (None, None),
        (Some(shown(11, "eleven", 2)), Some(row(10, "ten"))),
        (Some(shown(9, "nine", 1)), None),
        (Some(shown(10, "other", 1)), None),
        (Some(shown(11, "eleven", 1)), Some(row(10, "other"))),
    ];
    let count = changed.len();
    for (window, (then, earlier)) in (1..).zip(changed) {
        let (desk, _) = centre.enrol(window).await;
        let nine = Some(row(9, "nine"));
        for (good, earlier) in
            [(shown(9, "nine", 1), None), (shown(10, "ten", 1), nine), (shown(10, "ten", 1), None)]
        {
            assert_eq!(contact(&centre, &desk, Some(good), earlier).await.status(), StatusCode::OK);
        }
        // Whether one that has grown goes on is asked for, and until then the desk gets no token.
        let asked = contact(&centre, &desk, Some(shown(11, "eleven", 1)), None).await;
        assert_eq!(asked.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(asked.json::<ProtocolError>().await.unwrap(), ProtocolError::AuditRow { number: 10 });
        let refused = contact(&centre, &desk, then.clone(), earlier.clone()).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert_eq!(refused.json::<ProtocolError>().await.unwrap(), ProtocolError::Quarantined);
        // It stays quarantined when it shows the right one again, and there is one alarm.
        contact(&centre, &desk, then, earlier).await;
        let token = centre.device_token(&desk).await;
        let news = centre.get("/v1/sync/changes", Some(&token)).await;
        assert_eq!(news.json::<ProtocolError>().await.unwrap(), ProtocolError::Quarantined);
        let question = format!("SELECT count(*) FROM alarm WHERE device = {}", desk.device);
        assert_eq!(centre.postgres.query(&question).await.unwrap(), "1");

        let (again, _) = centre.enrol(window).await;
        assert_eq!(again.epoch, 2);
        let anew = Some(shown(1, "one", 7));
        assert_eq!(contact(&centre, &again, anew, None).await.status(), StatusCode::OK, "a new enrolment");
    }
    let figures = centre.central.metrics().await.unwrap();
    let alarms = format!("central_alarms_total{{kind=\"audit_mismatch\"}} {count}");
    assert!(figures.contains(&alarms), "{figures}");
    let log = centre.central.log().unwrap();
    assert!(log.contains("10 audit rows before, 9 now; desk quarantined"), "{log}");
}
