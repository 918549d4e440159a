//! With a desk's key and no password: somebody else's acts (C1, H5).

use crate::{
    codes::{end, never_given, symbol},
    scene::Scene,
};
use attack::{
    key::{Key, digest, hex},
    symbol::Symbol,
    thief::{Thief, now_ms},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const CLERK: &str = "10001";
const SUPERVISOR: &str = "10002";

/// The desk's chain as the centre has it: last sequence number and hash.
pub(crate) async fn head(scene: &Scene) -> (u64, String) {
    let row = scene.query("SELECT received_through, encode(last_hash, 'hex') FROM device_head").await;
    let (seq, hash) = row.split_once('|').unwrap();
    (seq.parse().unwrap(), hash.to_owned())
}

/// The citizen with a code, as operations name them.
pub(crate) async fn citizen(scene: &Scene) -> String {
    scene.query("SELECT number FROM citizen JOIN current_code USING (bucket, citizen_ref)").await
}

pub(crate) async fn serial(scene: &Scene) -> String {
    scene.query("SELECT encode(serial, 'hex') FROM current_code").await
}

/// A session that nobody began: signed by a key of the thief.
fn invented_session(thief: &Thief, staff: &str) -> (Key, Value) {
    let session = Key::new(&[5; 32]).unwrap();
    let statement = json!({
        "id": Uuid::now_v7(), "staff": staff, "device": thief.device, "epoch": thief.epoch,
        "session_key": session.public(), "begun_at": now_ms(), "boot_id": Uuid::nil(),
        "monotonic_ms": 1_000_000, "centre_time": null,
    });
    (session, statement)
}

/// Ways to claim that somebody stands behind an operation.
const WAYS: [&str; 3] = ["no session", "invented", "consented by nobody"];

/// Pushes an operation in a person's name, whose key the thief does not have. Returns the verdicts.
async fn tried(
    (scene, thief): (&Scene, &Thief),
    way: &str,
    who: &str,
    (citizen, body): (&str, Value),
) -> Vec<Value> {
    let (session, statement) = invented_session(thief, who);
    let before = digest(&attack::cbor::of(&statement));
    let reference = json!({ "id": statement["id"], "before": before });
    let mut operation = thief.operation(who, citizen, &reference, body);
    if way == "consented by nobody" {
        operation["consent"] = json!({ "signature": session.sign(b"yes"), "key_id": "00".repeat(8) });
    }
    let newest = json!({ "session": statement["id"], "newest": content_digest(thief, &operation) });
    let proofs = match way {
        "no session" => json!([]),
        _ => json!([{
            "statement": Key::new(&[6; 32]).unwrap().signed(&statement),
            "signature": session.sign(&attack::cbor::of(&newest)),
        }]),
    };
    let (seq, hash) = head(scene).await;
    thief.push((seq, &hash), vec![operation], proofs).await.unwrap()
}

fn content_digest(thief: &Thief, operation: &Value) -> String {
    let mut content = operation.clone();
    content["version"] = json!(1);
    content["device"] = json!(thief.device);
    digest(&attack::cbor::of(&content))
}

/// What the thief would like to be believed, as the person named.
async fn wishes(scene: &Scene) -> Vec<(&'static str, Value)> {
    let serial = serial(scene).await;
    vec![
        (SUPERVISOR, json!({ "kind": "void", "serial": serial, "reason": "领取人不符" })),
        (
            CLERK,
            json!({ "kind": "report_loss", "serial": serial, "consequence_confirmed": true, "agent": null }),
        ),
        (CLERK, json!({ "kind": "reprint", "serial": serial, "agent": null })),
    ]
}

/// After the attack: nothing moved, and the reviewers have one row for each try.
async fn nothing_moved(scene: &Scene, tries: usize) {
    assert_eq!(scene.query("SELECT count(*) FROM code WHERE state = 0").await, "1");
    let rows = scene.query("SELECT count(*) FROM review WHERE reason = 'unproven'").await;
    assert_eq!(rows, tries.to_string(), "somebody sees each");
    let listed = scene.centre.central.command(&["review", "list"]).await.unwrap();
    assert_eq!(listed.matches("unproven").count(), tries, "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_a_copied_folder_acts_for_nobody() {
    let scene = Scene::set("attack-c1").await;
    let thief = scene.thief().await;
    let citizen = citizen(&scene).await;
    let mut tries = 0;
    for way in WAYS {
        for (who, body) in wishes(&scene).await {
            let verdicts = tried((&scene, &thief), way, who, (&citizen, body)).await;
            assert_eq!(verdicts, [json!({ "verdict": "unproven" })], "{way}: {who}");
            tries += 1;
        }
    }
    nothing_moved(&scene, tries).await;
}

/// What the desk's own log says of an issue, with another holder and a symbol signed by the desk's
/// key. Returns the holder's number and the text on the sheet, too.
async fn invented_issue(scene: &Scene, thief: &Thief, nth: u16) -> (String, Value, String) {
    let honest =
        scene.query("SELECT operation FROM op_log WHERE operation LIKE '%\"kind\":\"issue\"%' LIMIT 1").await;
    let mut body = serde_json::from_str::<Value>(&honest).unwrap()["body"].take();
    let holder = outage::window::senior(50 + nth).unwrap();
    let (serial, now) = (never_given(thief, holder.bucket()), now_ms() / 1_000);
    let symbol = Symbol {
        issuer: scene.window.desk.identity().issuer.clone(),
        holder: ["冯**".to_owned(), holder.masked()],
        ..symbol(serial.clone(), now, end(now, 180), "")
    };
    let (text, signed) = symbol.signed(&thief.key);
    body["serial"] = json!(hex(&serial));
    body["holder"]["number"] = json!(holder.expose());
    body["symbol"] = signed;
    (holder.expose().to_owned(), body, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_a_copied_folder_makes_nobody_a_good_code() {
    let scene = Scene::set("attack-c1-issue").await;
    let thief = scene.thief().await;
    for (nth, way) in (0..).zip(WAYS) {
        let (citizen, body, text) = invented_issue(&scene, &thief, nth).await;
        let verdicts = tried((&scene, &thief), way, CLERK, (&citizen, body)).await;
        assert_eq!(verdicts, [json!({ "verdict": "unproven" })], "{way}");
        // It is as one that never arrived: provisional while the desk may be offline, then unknown.
        let answer = scene.scan(&thief, &text).await;
        assert_eq!(answer["answer"], "provisional", "{way}: {answer}");
        assert!(answer["registration_reference"].is_null(), "{answer}");
    }
    assert_eq!(scene.query("SELECT count(*) FROM code").await, "1", "the honest one");
    nothing_moved(&scene, WAYS.len()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_a_session_that_was_overheard_proves_nothing_new() {
    let scene = Scene::set("attack-c1-replay").await;
    let thief = scene.thief().await;
    let citizen = citizen(&scene).await;
    // What the honest desk once pushed, from the centre's own books.
    let signed: Value = serde_json::from_str(&scene.query("SELECT statement FROM session").await).unwrap();
    let newest = scene.query("SELECT sessions FROM batch_proof ORDER BY last_seq DESC LIMIT 1").await;
    let newest: Value = serde_json::from_str(&newest).unwrap();
    let proofs = json!([{ "statement": signed, "signature": newest[0]["signature"] }]);
    let statement = &signed["value"];
    let last = scene.query("SELECT operation FROM op_log ORDER BY seq DESC LIMIT 1").await;
    let last: Value = serde_json::from_str(&last).unwrap();
    let mut tries = 0;
    for (who, body) in wishes(&scene).await {
        let mut before = last.clone();
        for name in ["epoch", "seq", "prev_hash", "hash"] {
            before.as_object_mut().unwrap().remove(name);
        }
        let reference = json!({ "id": statement["id"], "before": digest(&attack::cbor::of(&before)) });
        let mut operation = thief.operation(who, &citizen, &reference, body);
        operation["boot_id"] = statement["boot_id"].clone();
        operation["monotonic_ms"] = statement["monotonic_ms"].clone();
        let (seq, hash) = head(&scene).await;
        let verdicts = thief.push((seq, &hash), vec![operation], proofs.clone()).await.unwrap();
        assert_eq!(verdicts, [json!({ "verdict": "unproven" })], "{who}");
        tries += 1;
    }
    nothing_moved(&scene, tries).await;
}

/// What is dated back is `late` from five minutes after the dismissal on: the centre's own tests
/// show that with a clock of theirs.
#[tokio::test(flavor = "multi_thread")]
async fn h5_the_key_that_a_dismissed_clerk_took_home_does_nothing() {
    let scene = Scene::set("attack-h5").await;
    let mut thief = scene.thief().await;
    let citizen = citizen(&scene).await;
    // Still employed, the clerk takes their own key home.
    let password = scene.centre.passwords[0].expose().clone();
    let own = thief.key_of(CLERK, &password).await.unwrap();
    scene.centre.central.command(&["staff", "disable", CLERK]).await.unwrap();
    let (session, statement) = invented_session(&thief, CLERK);
    let reference = json!({ "id": statement["id"], "before": digest(&attack::cbor::of(&statement)) });
    let body = json!({ "kind": "report_loss", "serial": serial(&scene).await, "consequence_confirmed": true, "agent": null });
    let operation = thief.operation(CLERK, &citizen, &reference, body);
    let newest = json!({ "session": statement["id"], "newest": content_digest(&thief, &operation) });
    let proofs = json!([{
        "statement": own.signed(&statement),
        "signature": session.sign(&attack::cbor::of(&newest)),
    }]);
    let (seq, hash) = head(&scene).await;
    let verdicts = thief.push((seq, &hash), vec![operation], proofs).await.unwrap();
    assert_eq!(verdicts, [json!({ "verdict": "rejected", "code": "not_permitted" })]);
    assert_eq!(
        scene.query("SELECT string_agg(reason, ' ') FROM review").await,
        "dismissed",
        "somebody sees it"
    );
    assert_eq!(scene.query("SELECT count(*) FROM code WHERE state = 0").await, "1");
}
