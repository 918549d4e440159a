//! With a desk's key: symbols for anybody, for any time (C2).

use crate::scene::Scene;
use attack::{
    key::unhex,
    symbol::Symbol,
    thief::{Thief, now_ms},
};
use serde_json::Value;
use std::time::Duration;

const DAY: i64 = 86_400;

/// Serial, issue and end of the only code, as the database has them.
async fn issued(scene: &Scene) -> (Vec<u8>, i64) {
    let row = scene.query("SELECT encode(serial, 'hex'), issued_at / 1000 FROM code").await;
    let (serial, issued) = row.split_once('|').unwrap();
    (unhex(serial).unwrap(), issued.parse().unwrap())
}

/// Start of the day after the last one of a code issued now.
fn end(issued: i64, days: i64) -> i64 {
    let shanghai = 8 * 3600;
    (issued + shanghai).div_euclid(DAY) * DAY + (days + 1) * DAY - shanghai
}

fn symbol(serial: Vec<u8>, issued: i64, expires: i64, name: &str) -> Symbol {
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

#[tokio::test(flavor = "multi_thread")]
async fn c2_a_revoked_desk_mints_nothing_by_dating_back() {
    let scene = Scene::set("attack-c2-revoked").await;
    let thief = scene.thief().await;
    let issuer = scene.window.desk.identity().issuer.clone();
    let since = (now_ms() / 1000) - 3600;
    let device = thief.device.to_string();
    let text = rules::At(since * 1000).civil().strftime("%Y-%m-%dT%H:%M").to_string();
    let words = ["desk", "revoke", &device, "--compromised-since", &text];
    scene.centre.central.command(&words).await.unwrap();
    // Every process hears of it with the next list.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let serial = vec![9; 16];
    for dated in [since - 60, since + 60] {
        let minted =
            Symbol { issuer: issuer.clone(), ..symbol(serial.clone(), dated, end(dated, 180), "贼*") };
        let answer = scene.scan(&thief, &minted.text(&thief.key)).await;
        assert!(["unknown", "wrong_signature"].contains(&answer["answer"].as_str().unwrap()), "{answer}");
        assert!(answer["masked_name"].is_null(), "{answer}");
    }
}
