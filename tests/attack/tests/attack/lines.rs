//! On the way between a desk and the centre, and at the centre's door (A3, and the open metrics).

use crate::{
    people::{CLERK, citizen, head, serial},
    scene::Scene,
};
use attack::{key::Key, session::Session};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a3_a_middleman_who_strips_or_changes_the_proof_of_a_session_is_refused() {
    let scene = Scene::set("attack-middleman").await;
    // Plays the honest desk, whose batch somebody has in hand.
    let mut desk = scene.thief().await;
    let own = desk.key_of(CLERK, scene.centre.passwords[0].expose()).await.unwrap();
    let mut session = Session::begin(&desk, (&own, CLERK), &[5; 32]).unwrap();
    let body = json!({ "kind": "report_loss", "serial": serial(&scene).await, "consequence_confirmed": true, "agent": null });
    let operation = session.operation(&desk, &citizen(&scene).await, body).unwrap();
    let (seq, hash) = head(&scene).await;
    let whole = desk.signed_push((seq, &hash), vec![operation], session.proofs()).unwrap();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut batch = whole.clone();
        change(&mut batch["sessions"]);
        batch
    };
    let statement = &whole["sessions"][0]["statement"]["value"];
    let forged = Key::new(&[6; 32]).unwrap().signed(statement);
    let batches = [
        ("no proof", changed(&|sessions| *sessions = json!([]))),
        ("another signature", changed(&|sessions| sessions[0]["signature"] = json!("11".repeat(64)))),
        ("another statement", changed(&|sessions| sessions[0]["statement"] = forged.clone())),
        (
            "a statement before it",
            changed(&|sessions| {
                let first = json!({ "statement": forged, "signature": sessions[0]["signature"] });
                sessions.as_array_mut().unwrap().insert(0, first);
            }),
        ),
    ];
    let count = batches.len();
    for (what, batch) in batches {
        let (status, answer) = desk.post("/v1/sync/push", batch).await.unwrap();
        assert_eq!((status.as_u16(), &answer["error"]), (400, &json!("malformed")), "{what}");
    }
    assert_eq!(scene.query("SELECT count(*) FROM review").await, "0", "the clerk's work is not spoilt");
    let log = scene.centre.central.log().unwrap();
    assert_eq!(
        log.matches("batch refused: signature, chain or form is wrong").count(),
        count,
        "and somebody is told"
    );
    let verdicts = desk.send(whole).await.unwrap();
    assert_eq!(verdicts[0]["verdict"], "applied", "{verdicts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn low_figures_are_not_at_the_address_of_the_api() {
    let scene = Scene::set("attack-metrics").await;
    let thief = scene.thief().await;
    let (status, answer) = thief.get("/metrics").await.unwrap();
    assert_eq!(status.as_u16(), 404, "{answer}");
    assert!(scene.centre.central.metrics().await.unwrap().contains("central_"), "they are elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn low_many_reprints_in_one_batch_end_at_the_limit_and_are_listed() {
    let scene = Scene::set("attack-reprints").await;
    let mut thief = scene.thief().await;
    // Somebody who has the clerk's password beside the desk's key.
    let own = thief.key_of(CLERK, scene.centre.passwords[0].expose()).await.unwrap();
    let mut session = Session::begin(&thief, (&own, CLERK), &[5; 32]).unwrap();
    let (citizen, serial) = (citizen(&scene).await, serial(&scene).await);
    let reprint = json!({ "kind": "reprint", "serial": serial, "agent": null });
    let ops = (0..150).map(|_| session.operation(&thief, &citizen, reprint.clone()).unwrap()).collect();
    let (seq, hash) = head(&scene).await;
    let push = thief.signed_push((seq, &hash), ops, session.proofs()).unwrap();
    let (status, answer) = thief.post("/v1/sync/push", push).await.unwrap();
    assert!(status.is_success(), "{status} {answer}");
    let decided = async || {
        let rows = scene.centre.count("SELECT count(*) FROM op_result").await.ok()?;
        (rows > 150).then_some(())
    };
    let patience = std::time::Duration::from_secs(240);
    rig::process::until("150 verdicts", patience, decided).await.unwrap();
    let verdicts = scene.query("SELECT verdict, count(*) FROM op_result GROUP BY verdict").await;
    assert!(verdicts.contains("too_many_copies"), "{verdicts}");
    let copies = scene.centre.count("SELECT max(copies) FROM code").await.unwrap();
    assert!(copies <= 50, "{copies} copies: {verdicts}");
    let refused = "SELECT count(*) FROM review WHERE reason = 'too_many_copies'";
    assert_eq!(scene.centre.count(refused).await.unwrap(), 151 - copies, "each that is refused is seen");
}
