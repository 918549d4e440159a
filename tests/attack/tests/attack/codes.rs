//! With a desk's key: symbols for anybody, for any time (C2).

use crate::scene::Scene;
use attack::{
    key::unhex,
    symbol::Symbol,
    thief::{Thief, now_ms},
};
use rules::{
    At, Policy,
    keys::Class,
    payload::{Verifier, verify_offline},
    wire::TrustResponse,
};
use serde_json::Value;
use std::time::Duration;

const DAY: i64 = 86_400;
const PATIENCE: Duration = Duration::from_secs(60);

/// Serial, issue and end of the only code, as the database has them.
async fn issued(scene: &Scene) -> (Vec<u8>, i64) {
    let row = scene.query("SELECT encode(serial, 'hex'), issued_at / 1000 FROM code").await;
    let (serial, issued) = row.split_once('|').unwrap();
    (unhex(serial).unwrap(), issued.parse().unwrap())
}

/// Start of the day after the last one of a code issued now.
pub(crate) fn end(issued: i64, days: i64) -> i64 {
    let shanghai = 8 * 3600;
    (issued + shanghai).div_euclid(DAY) * DAY + (days + 1) * DAY - shanghai
}

pub(crate) fn symbol(serial: Vec<u8>, issued: i64, expires: i64, name: &str) -> Symbol {
    let holder = [name.to_owned(), "310***********001X".to_owned()];
    Symbol { issuer: "practice".to_owned(), issued, expires, serial, holder, class: 2 }
}

/// A scan must not say that anybody may be let in, nor who they are.
fn refused(answer: &Value, reason: &str) {
    assert_eq!(answer["answer"], reason, "{answer}");
    assert!(answer["masked_name"].is_null() && answer["registration_reference"].is_null(), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_a_desk_key_cannot_mint_what_the_centre_did_not_record() {
    let scene = Scene::set("attack-c2").await;
    let thief = scene.thief().await;
    let issuer = scene.window.desk.identity().issuer.clone();
    let mint = |symbol: Symbol, thief: &Thief| Symbol { issuer: issuer.clone(), ..symbol }.text(&thief.key);
    let (serial, at) = issued(&scene).await;
    // Somebody's live serial with another person's name.
    let other = mint(symbol(serial.clone(), at, end(at, 180), "贼*"), &thief);
    refused(&scene.scan(&thief, &other).await, "wrong_signature");
    // The same serial, issued another day, or with another end.
    let moved = mint(symbol(serial.clone(), at - DAY, end(at, 180), "冯**"), &thief);
    refused(&scene.scan(&thief, &moved).await, "wrong_signature");
    let longer = mint(symbol(serial, at, end(at, 181), "冯**"), &thief);
    refused(&scene.scan(&thief, &longer).await, "wrong_signature");
    // A serial never issued, good until 2099.
    let never = mint(symbol(vec![7; 16], at, 4_070_908_800, "贼*"), &thief);
    refused(&scene.scan(&thief, &never).await, "wrong_signature");
    // One dated into the future.
    let future = mint(symbol(vec![7; 16], at + 2 * DAY, end(at + 2 * DAY, 180), "贼*"), &thief);
    let answer = scene.scan(&thief, &future).await;
    assert_ne!(answer["answer"], "valid");
    assert!(answer["registration_reference"].is_null(), "{answer}");
}

/// A serial of the thief's desk that it never gave.
pub(crate) fn never_given(thief: &Thief, bucket: u8) -> Vec<u8> {
    [&[bucket][..], &thief.device.to_be_bytes(), &[0xff; 4], &[9; 7]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_a_revoked_desk_mints_nothing_by_dating_back() {
    let scene = Scene::set("attack-c2-revoked").await;
    let thief = scene.thief().await;
    let issuer = scene.window.desk.identity().issuer.clone();
    // A minute before the theft and one after it. The key was in force at both.
    let since = now_ms() / 1_000 - 120;
    let minted = [since - 60, since + 60].map(|dated| {
        let serial = never_given(&thief, 9);
        let symbol = symbol(serial, dated, end(dated, 180), "贼*");
        Symbol { issuer: issuer.clone(), ..symbol }.text(&thief.key)
    });
    for text in &minted {
        let answer = scene.scan(&thief, text).await;
        assert_eq!(answer["answer"], "provisional", "nobody knows of the theft yet: {answer}");
    }
    let device = thief.device.to_string();
    let text = At(since * 1_000).civil().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let words = ["desk", "revoke", &device, "--compromised-since", &text];
    scene.centre.central.command(&words).await.unwrap();
    // Every process hears of it with the next list.
    for text in &minted {
        let ended = async || {
            let answer = scene.scan(&thief, text).await;
            (answer["answer"] == "unknown").then_some(answer)
        };
        refused(&rig::process::until("the end of the key", PATIENCE, ended).await.unwrap(), "unknown");
    }
    let good = scene.scan(&thief, &scene.payload).await;
    assert_eq!(good["answer"], "valid", "what the centre had received stays good: {good}");

    // Without a line a guard has the lists alone, which cannot tell what was dated back before T.
    let listed = async || {
        let (_, answer) = thief.get("/v1/keys").await.ok()?;
        let trust: TrustResponse = serde_json::from_value(answer).ok()?;
        let list = trust.keys.value;
        let is_there = list.desks.iter().any(|key| key.device.0 == thief.device && key.retired_at.is_some());
        is_there.then_some(list)
    };
    let list = rig::process::until("the list with the end of the key", PATIENCE, listed).await.unwrap();
    let policy = Policy::default();
    let verifier = Verifier { issuer: &issuer, class: Class::Practice, policy: &policy };
    let is_doubtful = |text: &str| {
        let answer = verify_offline(text, &verifier, &list, None, At(now_ms()));
        answer.map(|answer| answer.probably_revoked)
    };
    assert_eq!(minted.each_ref().map(|text| is_doubtful(text)), [Ok(false), Ok(true)]);
    // A symbol counts seconds: the second of the revocation itself may still be before it.
    let revoked = list.desks.iter().find(|key| key.device.0 == thief.device).unwrap().retired_at.unwrap();
    let after = revoked.0 / 1_000 + 1;
    rig::process::until("that second", PATIENCE, async || (now_ms() >= after * 1_000).then_some(()))
        .await
        .unwrap();
    let symbol = symbol(never_given(&thief, 9), after, end(after, 180), "贼*");
    let after = Symbol { issuer: issuer.clone(), ..symbol }.text(&thief.key);
    assert!(is_doubtful(&after).is_err(), "nothing that is dated after the revocation is a code");
}
