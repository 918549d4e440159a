//! H4: a row by which somebody gets a key counts only as the centre wrote it.

use crate::common::{
    client::{Centre, PASSWORD, ok},
    machine::{Machine, card, register},
};
use central_fixture::desk::{Desk, SITE, senior};
use reqwest::StatusCode;
use rules::{
    DeviceNumber, Refusal, Sensitive, StaffNumber,
    account::ActivationCode,
    authority::WrappedKey,
    keys::{Signed, Signer as _, SoftwareKey},
    wire::{ActivateRequest, EnrolRequest, KeyChange, OperatorAuthResponse, ProtocolError, TokenResponse},
};
use serde_json::json;

const CLERK: &str = "10001";
const CODE: &str = "AAAA-BBBB-CCCC-DDDD";
/// A second factor that the thief has.
const TOTP_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const TOMORROW: &str = "(extract(epoch FROM now()) * 1000)::bigint + 86400000";

fn activation() -> ActivateRequest {
    let staff: StaffNumber = CLERK.parse().unwrap();
    let secret = [41; 32];
    let key = SoftwareKey::from_bytes(&secret).unwrap();
    let password = Sensitive::new("a pear in the snow".to_owned());
    let wrapped_key = WrappedKey::wrap(&secret, &staff, &password, [5; 16], [6; 24]).unwrap();
    let change = KeyChange { staff, public_key: key.public_key(), at: central::clock::now() };
    ActivateRequest {
        code: Sensitive::new(CODE.to_owned()),
        second_factor: None,
        change: Signed::sign(change, &key).unwrap(),
        wrapped_key,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h4_an_activation_code_written_by_sql_gives_nobody_an_account() {
    let centre = Centre::start("central-code-by-sql").await;
    centre.staff(CLERK, "clerk").await;
    let (desk, _) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    let before = centre.postgres.query("SELECT seal::text FROM staff").await.unwrap();
    let digest = ActivationCode::digest_of(&Sensitive::new(CODE.to_owned()));
    let code = format!("code_digest = '\\x{digest}', code_expires_at = {TOMORROW}");
    for edit in [
        format!("UPDATE staff SET {code}, totp_secret = NULL"),
        format!("UPDATE staff SET {code}, seal = NULL"),
        format!("UPDATE staff SET seal = '{before}', code_digest = NULL, totp_secret = '{TOTP_SECRET}'"),
    ] {
        centre.postgres.query(&edit).await.unwrap();
        let answer = centre.post("/v1/auth/activate", Some(&device), &activation()).await;
        let refused = ProtocolError::Refused { code: Refusal::ActivationCodeWrong };
        assert_eq!(answer.json::<ProtocolError>().await.unwrap(), refused, "{edit}");
        let log_in = centre.operator_login(&device, CLERK, PASSWORD).await;
        assert_eq!(log_in.status(), StatusCode::UNAUTHORIZED, "{edit}");
        // Nor is it written anew as the centre's own, without its second factor.
        assert!(centre.central.command(&["staff", "change", CLERK, "--role", "auditor"]).await.is_err());
        let named = centre.central.command(&["audit", "verify"]).await.unwrap_err().to_string();
        assert!(named.contains(&format!("account {CLERK}: the row is another one")), "{edit}: {named}");
    }
    assert_eq!(centre.postgres.query("SELECT max(version) FROM staff_version").await.unwrap(), "1");
    let log = centre.central.log().unwrap();
    assert!(
        log.lines().any(|line| line.contains("not what the centre wrote") && line.contains(CLERK)),
        "{log}"
    );
    let undo = "UPDATE staff SET code_digest = NULL, code_expires_at = NULL, totp_secret = NULL";
    centre.postgres.query(undo).await.unwrap();
    ok::<OperatorAuthResponse>(centre.operator_login(&device, CLERK, PASSWORD).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h4_an_invitation_written_by_sql_enrols_no_desk() {
    let centre = Centre::start("central-invitation-by-sql").await;
    let (desk, _) = centre.enrol(1).await;
    let own = centre.invite(1).await;
    let thief = Desk::new(DeviceNumber(8_001), 77);
    let enrols = async |code: &str| {
        let request = EnrolRequest {
            code: Sensitive::new(code.to_owned()),
            public_key: thief.key.public_key(),
            program: "test".to_owned(),
            protection: rules::window::KeyProtection::Tpm,
        };
        centre.post("/v1/desks/enrol", None, &request).await.status()
    };
    let digest = rules::digest::Digest::of(CODE.as_bytes());
    let written = |seal: &str| {
        format!("INSERT INTO invitation SELECT '\\x{digest}', device, {TOMORROW}, {seal} FROM invitation")
    };
    for edit in
        [written("NULL"), written("seal"), format!("UPDATE invitation SET code_digest = '\\x{digest}'")]
    {
        centre.postgres.query(&edit).await.unwrap();
        assert_eq!(enrols(CODE).await, StatusCode::FORBIDDEN, "{edit}");
        centre
            .postgres
            .query(&format!("DELETE FROM invitation WHERE code_digest = '\\x{digest}'"))
            .await
            .unwrap();
    }
    assert_eq!(enrols(&own).await, StatusCode::FORBIDDEN, "gone by the last edit");
    let log = centre.central.log().unwrap();
    assert!(log.contains("an invitation in the database is not what the centre wrote"), "{log}");
    assert_eq!(centre.assert(&desk, 0).await.status(), StatusCode::OK, "the desk itself works on");

    // An invitation of the centre's own leads to no other site.
    centre.central.command(&["site", "add", "--site", "310104", "--name", "徐汇"]).await.unwrap();
    let own = centre.invite(2).await;
    centre.postgres.query("UPDATE device SET site = '310104' WHERE desk_number = 2").await.unwrap();
    assert_eq!(enrols(&own).await, StatusCode::FORBIDDEN);
    centre.postgres.query("UPDATE device SET site = '310101' WHERE desk_number = 2").await.unwrap();
    assert_eq!(enrols(&own).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn h4_a_client_of_kiosk_or_portal_is_what_its_certificate_says() {
    let centre = Centre::start("central-client-by-sql").await;
    let holder = senior(1);
    register(&centre, &[(&holder, json!([]))]).await;
    let kiosk = Machine::at(&centre, "kiosk").await;
    let other = Machine::named(&centre, "kiosk", "other").await;
    let (session, _) = kiosk.session(card(&holder, holder.name.expose())).await;
    let logs_in = async || kiosk.assert(&kiosk.assertion(central::clock::now())).await;
    let certificate = centre.postgres.query("SELECT certificate FROM channel_client WHERE name = 'kiosk'");
    let certificate = certificate.await.unwrap();
    let put = async |text: &str| {
        let edit = format!("UPDATE channel_client SET certificate = '{text}' WHERE name = 'kiosk'");
        centre.postgres.query(&edit).await.unwrap();
    };
    let key = |machine: &Machine<'_>| String::from(machine.key.public_key());
    let thief = SoftwareKey::from_bytes(&[42; 32]).unwrap();
    let thief = Machine { key: thief, name: "kiosk".to_owned(), ..other };
    let forged = certificate.replace(&key(&kiosk), &key(&thief));
    assert_ne!(forged, certificate);
    put(&forged).await;
    let refused = thief.assert(&thief.assertion(central::clock::now())).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "a key that the centre did not certify");
    // Another client's certificate makes nobody this one.
    let of_other = "UPDATE channel_client SET certificate =
        (SELECT certificate FROM channel_client WHERE name = 'other') WHERE name = 'kiosk'";
    centre.postgres.query(of_other).await.unwrap();
    assert_eq!(logs_in().await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(kiosk.call("view", Some(&session), None).await.status(), StatusCode::UNAUTHORIZED);
    put(&certificate).await;
    // Site and channel are the certificate's, whatever stands beside it.
    centre.postgres.query("UPDATE channel_client SET channel = 'portal'").await.unwrap();
    ok::<TokenResponse>(logs_in().await).await;
    let log = centre.central.log().unwrap();
    assert!(log.contains("a channel client in the database is not what the centre signed"), "{log}");
    let listed = centre.central.command(&["channel", "list"]).await.unwrap();
    assert!(listed.lines().any(|line| line.starts_with("kiosk\tkiosk\t")), "{listed}");

    // Nor is one invited by SQL.
    let digest = rules::digest::Digest::of(CODE.as_bytes());
    let invited = format!("code_digest = '\\x{digest}', code_expires_at = {TOMORROW}");
    centre
        .postgres
        .query(&format!("UPDATE channel_client SET {invited} WHERE name = 'kiosk'"))
        .await
        .unwrap();
    let request = json!({ "code": CODE, "public_key": thief.key.public_key() });
    let enrolled = centre.post("/v1/channels/kiosk/enrol", None, &request).await;
    assert_eq!(enrolled.status(), StatusCode::FORBIDDEN);
    let arguments = ["channel", "add", "--channel", "kiosk", "--name", "third", "--site", SITE];
    let code = centre.central.command(&arguments).await.unwrap().trim().to_owned();
    let moved = "UPDATE channel_client SET channel = 'portal' WHERE name = 'third'";
    centre.postgres.query(moved).await.unwrap();
    let request = json!({ "code": code, "public_key": thief.key.public_key() });
    let enrolled = centre.post("/v1/channels/portal/enrol", None, &request).await;
    assert_eq!(enrolled.status(), StatusCode::FORBIDDEN);
}
