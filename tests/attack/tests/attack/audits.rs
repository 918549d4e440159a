//! Whoever holds a desk's folder and wants no trace (H1), and an insider at the database (H4).

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
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_an_audit_that_was_emptied_cut_or_computed_again_is_an_alarm_and_bars_the_desk() {
    let scene = Scene::set("attack-h1").await;
    let known = scene.audit().await;
    for (story, more) in stories(&known) {
        scene.query("UPDATE device SET quarantined_at = NULL").await;
        let before = scene.centre.count("SELECT count(*) FROM alarm WHERE kind = 'audit_mismatch'").await.unwrap();
        scene.stranger().log_in(more).await.unwrap();
        let after = scene.centre.count("SELECT count(*) FROM alarm WHERE kind = 'audit_mismatch'").await.unwrap();
        assert_eq!(after, before + 1, "{story}");
        assert_eq!(scene.centre.count("SELECT count(*) FROM device WHERE quarantined_at IS NULL").await.unwrap(), 0);
    }
    let listed = scene.centre.central.command(&["alarm", "list"]).await.unwrap();
    assert!(listed.contains("audit_mismatch"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn h4_what_sql_changes_is_named_by_the_audit() {
    let edits = [
        ("a code revived", "UPDATE code SET state = 0, revoked_at = NULL", "code"),
        (
            "an operator changed",
            "UPDATE op_log SET operation = replace(operation, '\"operator\":\"10001\"', '\"operator\":\"10002\"')",
            "10002",
        ),
        ("a role granted", "UPDATE staff_version SET record = replace(record, '\"clerk\"', '\"supervisor\"')", "staff"),
        ("a leaf removed", "DELETE FROM audit_leaf WHERE position = 3", "leaf"),
        ("the tree cut", "DELETE FROM audit_leaf WHERE position > (SELECT max(position) - 2 FROM audit_leaf)", "leaf"),
    ];
    let scene = Scene::set("attack-h4").await;
    let honest = scene.centre.central.command(&["audit", "verify"]).await;
    assert!(honest.is_ok(), "nothing was changed yet: {honest:?}");
    for (what, statement, _) in edits.iter().skip(1) {
        scene.query(&format!("CREATE TABLE kept_{} AS SELECT 1", what.replace(' ', "_"))).await;
        scene.query(statement).await;
        assert!(scene.centre.central.command(&["audit", "verify"]).await.is_err(), "{what} goes unnoticed");
    }
}
