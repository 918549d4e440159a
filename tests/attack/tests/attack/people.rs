//! With a desk's key and no password: somebody else's acts (C1, H5).

use crate::scene::Scene;
use attack::{
    key::{Key, digest},
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
    for way in ["no session", "invented", "consented by nobody"] {
        for (who, body) in wishes(&scene).await {
            let (session, statement) = invented_session(&thief, who);
            let before = digest(&attack::cbor::of(&statement));
            let reference = json!({ "id": statement["id"], "before": before });
            let mut operation = thief.operation(who, &citizen, &reference, body);
            if way == "consented by nobody" {
                operation["consent"] = json!({ "signature": session.sign(b"yes"), "key_id": "00".repeat(8) });
            }
            let newest = json!({ "session": statement["id"], "newest": content_digest(&thief, &operation) });
            let proofs = match way {
                "no session" => json!([]),
                _ => json!([{
                    "statement": Key::new(&[6; 32]).unwrap().signed(&statement),
                    "signature": session.sign(&attack::cbor::of(&newest)),
                }]),
            };
            let (seq, hash) = head(&scene).await;
            let verdicts = thief.push((seq, &hash), vec![operation], proofs).await.unwrap();
            assert_eq!(verdicts, [json!({ "verdict": "unproven" })], "{way}: {who}");
            tries += 1;
        }
    }
    nothing_moved(&scene, tries).await;
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
    assert_eq!(scene.query("SELECT count(*) FROM code WHERE state = 0").await, "1");
}
