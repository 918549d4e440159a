//! D3: whoever edits a row by SQL is found by `audit verify`, and the row is named.

use crate::common::{
    client::{Centre, ok},
    correcting::{EVIDENCE, approve, commanded, draft, opened},
};
use central_fixture::desk::{Desk, senior, serial_of};
use rules::{
    At,
    audit::{AuditLeaf, TreeHead},
    correction::{CorrectionCommand, Digest},
    keys::Signed,
    life::Action,
    op::{OpBody, Operation},
    wire::EnrolResponse,
};
use std::time::Duration;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

/// A centre with a little of everything: issues, a loss, a void, a correction, a kiosk.
struct City {
    centre: Centre,
    desk: Desk,
    enrolled: EnrolResponse,
    ops: Vec<Operation>,
}

impl City {
    async fn start(name: &str) -> Self {
        let centre = Centre::start(name).await;
        centre.staff("10001", "clerk").await;
        centre.staff("20001", "supervisor").await;
        let (mut desk, enrolled) = centre.enrol(1).await;
        let key = Centre::index_key(&enrolled);
        let people = [1, 2, 3, 4].map(|person| senior(person).with_key(&key));
        let lines = people.clone().map(|holder| {
            serde_json::json!({ "number": holder.number.expose(), "name": holder.name.expose(), "household": true })
                .to_string()
        });
        let file = centre.folder.path().join("people.jsonl");
        std::fs::write(&file, lines.join("\n")).unwrap();
        centre.central.command(&["import-population", file.to_str().unwrap()]).await.unwrap();
        let token = centre.device_token(&desk).await;
        let put = centre.client.put(centre.url(&format!("/v1/blobs/{}", Digest::of(EVIDENCE))));
        assert!(put.bearer_auth(&token).body(EVIDENCE).send().await.unwrap().status().is_success());

        let now = central::clock::now().plus_ms(-60_000);
        let mut ops = Vec::new();
        for holder in &people {
            ops.push(desk.issue(holder, Action::Apply, now, Some(1)));
        }
        let lost = OpBody::ReportLoss { serial: serial_of(&ops[1]), consequence_confirmed: true };
        ops.push(desk.operation(&people[1].citizen_ref, now, lost));
        let reprint = OpBody::Reprint { serial: serial_of(&ops[0]) };
        ops.push(desk.operation(&people[0].citizen_ref, now, reprint));
        let id = Uuid::from_u128(77);
        let correction = draft(id, &people[3], "王秀瑛", 1);
        ops.push(desk.operation(&people[3].citizen_ref, now, opened(&correction, &people[3])));
        let submit = commanded(id, CorrectionCommand::Submit);
        ops.push(desk.operation(&people[3].citizen_ref, now, submit));
        desk.operator = "20001".parse().unwrap();
        let approval = commanded(id, approve(&correction));
        ops.push(desk.operation(&people[3].citizen_ref, now, approval));
        let void = OpBody::Void { serial: serial_of(&ops[2]), reason: "发错人".to_owned() };
        ops.push(desk.operation(&people[2].citizen_ref, now, void));
        for some in ops.chunks(5) {
            centre.push(&desk, &token, some.to_vec()).await;
        }
        // A holder whom nobody knows, offline.
        let stranger = senior(900).with_key(&key);
        desk.operator = "10001".parse().unwrap();
        ops.push(desk.issue(&stranger, Action::Apply, now, None));
        centre.push(&desk, &token, ops[10..].to_vec()).await;
        let city = Self { centre, desk, enrolled, ops };
        city.settled().await;
        let verdicts = "SELECT count(*) FROM op_result WHERE verdict LIKE '%\"applied\"%'";
        assert_eq!(city.sql(verdicts).await, "11", "{}", city.sql("SELECT verdict FROM op_result").await);
        city
    }

    async fn sql(&self, statement: &str) -> String {
        self.centre.postgres.query(statement).await.unwrap()
    }

    /// Waits until every operation is decided and every event is a leaf.
    async fn settled(&self) {
        let whole = async || {
            let waiting = self.sql("SELECT count(*) FROM audit_event").await;
            let decided = self.sql("SELECT count(*) FROM op_log").await
                == self.sql("SELECT count(*) FROM op_result").await;
            (waiting == "0" && decided).then_some(())
        };
        rig::process::until("events in the log", PATIENCE, whole).await.unwrap();
    }

    async fn leaf(&self, position: u64) -> AuditLeaf {
        let of = async |column: &str| {
            self.sql(&format!("SELECT {column} FROM audit_leaf WHERE position = {position}")).await
        };
        AuditLeaf {
            id: of("id").await.parse().unwrap(),
            at: At(of("at").await.parse().unwrap()),
            kind: of("kind").await,
            body: of("body").await,
        }
    }

    /// Returns what the command prints; `Err` if it found something.
    async fn verify(&self, more: &[&str]) -> Result<String, String> {
        let arguments = [&["audit", "verify"], more].concat();
        self.centre.central.command(&arguments).await.map_err(|error| error.to_string())
    }

    /// Edits, expects the finding, and takes the edit back.
    async fn finds(&self, edit: &str, undo: &str, finding: &str) {
        self.sql(edit).await;
        let found = self.verify(&[]).await.expect_err(edit);
        assert!(found.contains(finding), "{edit}: {found}");
        self.sql(undo).await;
        if !undo.is_empty() {
            self.verify(&[]).await.unwrap_or_else(|found| panic!("not undone: {undo}: {found}"));
        }
    }

    fn code(&self, op: usize) -> (String, String) {
        let serial = serial_of(&self.ops[op]).to_string();
        let row = format!("serial = '\\x{serial}'");
        (serial, row)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d3_every_row_that_sql_edited_is_named() {
    let city = City::start("central-verify").await;
    let clean = city.verify(&[]).await.unwrap();
    assert!(clean.contains("11 operations: everything agrees"), "{clean}");
    let device = city.desk.device;

    // Codes.
    let (voided, row) = city.code(2);
    let (lost, lost_row) = city.code(1);
    let (kept, kept_row) = city.code(0);
    for (edit, undo, finding) in [
        (
            format!("UPDATE code SET state = 0 WHERE {row}"),
            format!("UPDATE code SET state = 3 WHERE {row}"),
            format!("code {voided}: Live in the table, Voided by leaf"),
        ),
        (
            format!("UPDATE code SET revoked_at = NULL WHERE {lost_row}"),
            String::new(),
            format!("code {lost}: revoked at another time"),
        ),
    ] {
        let at = city.sql(&format!("SELECT revoked_at FROM code WHERE {lost_row}")).await;
        let undo = if undo.is_empty() {
            format!("UPDATE code SET revoked_at = {at} WHERE {lost_row}")
        } else {
            undo
        };
        city.finds(&edit, &undo, &finding).await;
    }
    let through = city.sql(&format!("SELECT valid_through FROM code WHERE {kept_row}")).await;
    city.finds(
        &format!("UPDATE code SET valid_through = 20990101 WHERE {kept_row}"),
        &format!("UPDATE code SET valid_through = {through} WHERE {kept_row}"),
        &format!("code {kept}: valid through 20990101 in the table"),
    )
    .await;
    city.finds(
        &format!("UPDATE code SET copies = 1 WHERE {kept_row}"),
        &format!("UPDATE code SET copies = 2 WHERE {kept_row}"),
        &format!("code {kept}: 1 copies in the table, 2 by leaf"),
    )
    .await;
    city.finds(
        &format!(
            "INSERT INTO code SELECT 171, decode(repeat('ab', 16), 'hex'), citizen_ref, 0, issued_at, valid_through, 1
             FROM code WHERE {kept_row}"
        ),
        "DELETE FROM code WHERE serial = decode(repeat('ab', 16), 'hex')",
        &format!("code {}: in the table, and in no leaf", "ab".repeat(16)),
    )
    .await;
    city.finds(
        &format!("INSERT INTO current_code SELECT bucket, citizen_ref, serial FROM code WHERE {row}"),
        &format!("DELETE FROM current_code WHERE {row}"),
        &format!("{voided}, which is not live"),
    )
    .await;

    city.finds(
        &format!("UPDATE code SET state = 9 WHERE {kept_row}"),
        &format!("UPDATE code SET state = 0 WHERE {kept_row}"),
        &format!("code {kept} in bucket "),
    )
    .await;

    // Operations and verdicts.
    let third = format!("device = {device} AND seq = 3");
    city.finds(
        &format!("UPDATE op_log SET operation = replace(operation, '\"10001\"', '\"20001\"') WHERE {third}"),
        &format!("UPDATE op_log SET operation = replace(operation, '\"20001\"', '\"10001\"') WHERE {third}"),
        &format!("operation {device}/1/3: content does not match its hash"),
    )
    .await;
    let verdict = city.sql(&format!("SELECT verdict FROM op_result WHERE {third}")).await;
    city.finds(
        &format!("UPDATE op_result SET verdict = '{{\"verdict\":\"not_eligible\"}}' WHERE {third}"),
        &format!("UPDATE op_result SET verdict = '{verdict}' WHERE {third}"),
        &format!("verdicts {device}/1/"),
    )
    .await;
    city.finds(
        "UPDATE batch_proof SET signature = repeat('00', 64) WHERE last_seq = 5",
        "",
        &format!("batch {device}/1/1–5: the stored signature is missing or another one"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d3_roles_records_and_keys_that_sql_changed_are_named() {
    let city = City::start("central-verify-roles").await;
    let device = city.desk.device;
    city.finds(
        "UPDATE staff SET roles = '[\"clerk\",\"supervisor\"]' WHERE number = '10001'",
        "UPDATE staff SET roles = '[\"clerk\"]' WHERE number = '10001'",
        "account 10001: roles [\"clerk\",\"supervisor\"] in the table, [\"clerk\"] by leaf",
    )
    .await;
    city.finds(
        "UPDATE staff SET site = site, password_hash = password_hash || ' ' WHERE number = '10001'",
        "UPDATE staff SET password_hash = rtrim(password_hash) WHERE number = '10001'",
        "account 10001: the row is another one",
    )
    .await;
    // Counting log-ins is no edit.
    city.sql("UPDATE staff SET failures = 3, last_failure_at = 1 WHERE number = '10001'").await;
    city.verify(&[]).await.unwrap();
    city.finds(
        "INSERT INTO staff (number, site, name, roles, password_hash)
         SELECT '66666', site, name, '[\"supervisor\"]', password_hash FROM staff WHERE number = '10001'",
        "DELETE FROM staff WHERE number = '66666'",
        "account 66666: in the table, and in no leaf",
    )
    .await;
    city.finds(
        "UPDATE citizen SET name = '李四' WHERE name = '王秀瑛'",
        "UPDATE citizen SET name = '王秀瑛' WHERE name = '李四'",
        "registry record of",
    )
    .await;
    // A later delivery of the registry may change what a correction set.
    let people = city.centre.folder.path().join("again.jsonl");
    let holder = senior(4).with_key(&Centre::index_key(&city.enrolled));
    let line = serde_json::json!({ "number": holder.number.expose(), "name": "王岚", "household": true });
    std::fs::write(&people, line.to_string()).unwrap();
    city.centre.central.command(&["import-population", people.to_str().unwrap()]).await.unwrap();
    city.settled().await;
    city.verify(&[]).await.unwrap();
    // Another desk's key in the place of this one's.
    let key = city.sql("SELECT encode(public_key, 'hex') FROM device_head").await;
    let other = Desk::new(99, 9);
    let other = rules::hex::encode(rules::keys::Signer::public_key(&other.key).as_bytes());
    city.finds(
        &format!("UPDATE device_head SET public_key = '\\x{other}'"),
        &format!("UPDATE device_head SET public_key = '\\x{key}'"),
        &format!("desk {device}/1: its key is not the certified one"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d3_a_leaf_that_was_removed_or_changed_and_a_cut_tree_are_named() {
    let mut city = City::start("central-verify-tree").await;
    let head: Signed<TreeHead> = ok(city.centre.get("/v1/audit/head", None).await).await;
    let held = city.centre.folder.path().join("held.json");
    std::fs::write(&held, serde_json::to_string(&head).unwrap()).unwrap();
    let size = head.value.size;
    city.verify(&["--held", held.to_str().unwrap()]).await.unwrap();
    // Nothing is appended while the log is edited here.
    city.centre.central.stop();
    city.sql("CREATE TABLE kept AS SELECT * FROM audit_leaf").await;
    city.sql("CREATE TABLE kept_head AS SELECT * FROM audit_head").await;
    let undo = "DELETE FROM audit_leaf; INSERT INTO audit_leaf SELECT * FROM kept;
                DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM kept_head";
    for (edit, finding) in [
        ("UPDATE audit_leaf SET body = body || ' ' WHERE position = 3", "content does not match its hash"),
        ("DELETE FROM audit_leaf WHERE position = 3", "leaf 3 is missing"),
        (
            "DELETE FROM audit_leaf WHERE position = (SELECT max(position) FROM audit_leaf)",
            "its end was cut off",
        ),
        ("DELETE FROM audit_head", "the signed heads are gone"),
        (
            "UPDATE audit_head SET signed = replace(signed, '\"size\":', '\"size\":1')",
            "not signed by the root key",
        ),
    ] {
        city.finds(edit, undo, finding).await;
    }

    // Whoever can hash makes leaf and hash agree, and the root is another one.
    let changed = AuditLeaf { body: "{}".to_owned(), ..city.leaf(3).await };
    let edit = format!(
        "UPDATE audit_leaf SET body = '{{}}', leaf_hash = '\\x{}' WHERE position = 3",
        changed.hash()
    );
    city.finds(&edit, undo, "the leaves give another root").await;

    // The end is cut with its heads: rows have no leaf, and a witness holds a larger head.
    let cut = "DELETE FROM audit_leaf WHERE position >= 12; DELETE FROM audit_head WHERE size > 12";
    city.finds(cut, undo, "in no").await;
    city.sql(cut).await;
    let found = city.verify(&["--held", held.to_str().unwrap()]).await.unwrap_err();
    assert!(found.contains(&format!("a head of {size} was signed: its end was cut off")), "{found}");
}
