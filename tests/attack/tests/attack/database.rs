//! With SQL on the centre's database (H4).

use outage::{
    centre::{CLERK, Centre},
    window::{Window, senior},
};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

async fn verify(centre: &Centre) -> Result<String, String> {
    centre.central.command(&["audit", "verify"]).await.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn h4_a_code_revived_an_operator_exchanged_and_a_role_granted_by_sql_are_named() {
    let centre = Centre::start("attack-h4").await.unwrap();
    let mut window = Window::enrol(&centre, 1, &centre.central.url()).await.unwrap();
    window.online();
    let number = senior(1).unwrap();
    let issued = window.issue(&number).await.unwrap();
    window.drained().await.unwrap();
    window.lose(&number, &issued).await.unwrap();
    window.drained().await.unwrap();
    let settled = async || {
        let waiting = centre.count("SELECT count(*) FROM audit_event").await.ok()?;
        (waiting == 0).then_some(())
    };
    rig::process::until("events in the log", PATIENCE, settled).await.unwrap();
    let clean = verify(&centre).await.unwrap();
    assert!(clean.contains("everything agrees"), "{clean}");
    let state = centre.count("SELECT state FROM code").await.unwrap();
    let serial = issued.serial;
    let exchanged = |from: &str, to: &str| {
        format!("UPDATE op_log SET operation = replace(operation, '\"{from}\"', '\"{to}\"') WHERE seq = 1")
    };
    let granted = |from: &str, to: &str| {
        let record = format!("replace(record, '\"{from}\"', '\"{to}\"')");
        format!("UPDATE staff SET record = {record} WHERE number = '{CLERK}'")
    };
    for (edit, undo, finding) in [
        (
            "UPDATE code SET state = 0".to_owned(),
            format!("UPDATE code SET state = {state}"),
            format!("code {serial}: Live in the table"),
        ),
        (exchanged(CLERK, "10002"), exchanged("10002", CLERK), "content does not match its hash".to_owned()),
        (granted("clerk", "supervisor"), granted("supervisor", "clerk"), format!("account {CLERK}")),
        (
            // The other way: the proof of a session disappears.
            "UPDATE batch_proof SET sessions = '[]' WHERE first_seq = 1".to_owned(),
            String::new(),
            "other proofs of its sessions than the desk signed".to_owned(),
        ),
    ] {
        centre.postgres.query(&edit).await.unwrap();
        let found = verify(&centre).await.expect_err(&edit);
        assert!(found.contains(&finding), "{edit}: {found}");
        if !undo.is_empty() {
            centre.postgres.query(&undo).await.unwrap();
            verify(&centre).await.unwrap_or_else(|found| panic!("not undone: {undo}: {found}"));
        }
    }
}
