//! Whoever holds a desk's folder and wants no trace (H1).

use crate::scene::Scene;
use serde_json::{Value, json};

/// Each is a way to show another audit than the one the centre knows.
fn stories(known: &Value) -> Vec<(&'static str, Value)> {
    let with = |name: &str, value: Value| {
        let mut audit = known.clone();
        audit[name] = value;
        json!({ "audit": audit })
    };
    let rows = known["rows"].as_u64().unwrap();
    vec![
        ("emptied", json!({})),
        ("cut", with("rows", json!(rows - 1))),
        ("computed again", with("hash", json!("ab".repeat(32)))),
        ("another database", with("generation", json!(uuid::Uuid::now_v7()))),
        ("computed again, and gone on", {
            let mut told = with("rows", json!(rows + 1));
            told["audit"]["hash"] = json!("cd".repeat(32));
            told["earlier"] = json!({ "number": rows, "hash": "ab".repeat(32) });
            told
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_an_audit_that_was_emptied_cut_or_computed_again_is_an_alarm_and_bars_the_desk() {
    let scene = Scene::set("attack-h1").await;
    let known = scene.audit().await;
    // A longer one alone is not believed: the desk is to show the row that the centre knows.
    let rows = known["rows"].as_u64().unwrap();
    let longer = json!({ "rows": rows + 1, "hash": "cd".repeat(32), "generation": known["generation"] });
    let (status, answer) = scene.stranger().log_in(json!({ "audit": longer })).await.unwrap();
    assert_eq!((status.as_u16(), answer), (401, json!({ "error": "audit_row", "number": rows })));
    for (story, more) in stories(&known) {
        scene.query("UPDATE device SET quarantined_at = NULL").await;
        let before =
            scene.centre.count("SELECT count(*) FROM alarm WHERE kind = 'audit_mismatch'").await.unwrap();
        scene.stranger().log_in(more).await.unwrap();
        let after =
            scene.centre.count("SELECT count(*) FROM alarm WHERE kind = 'audit_mismatch'").await.unwrap();
        assert_eq!(after, before + 1, "{story}");
        assert_eq!(
            scene.centre.count("SELECT count(*) FROM device WHERE quarantined_at IS NULL").await.unwrap(),
            0
        );
    }
    let listed = scene.centre.central.command(&["alarm", "list"]).await.unwrap();
    assert!(listed.contains("audit_mismatch"), "{listed}");
}
