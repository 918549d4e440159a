//! D3: whoever edits a row by SQL is found by `audit verify`, and the row is named.

use crate::common::{city::City, client::ok};
use central::{
    audit::{
        Event,
        event::ChannelAct,
        verify::{Facts, Findings, Place},
    },
    store::{Store as _, postgres::Renewal},
};
use central_fixture::{
    Session,
    desk::{Desk, senior, serial_of},
    people,
};
use rules::{
    At, DeviceNumber,
    audit::{AuditLeaf, TreeHead},
    issuing::{Issued, Trust},
    keys::{Class, DeskKey, Signer as _, SoftwareKey},
    life::Action,
    op::{CitizenRef, OpBody, Operation, genesis},
    policy::KEY_RENEWAL_MS,
};
use uuid::Uuid;

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

    // B1: a symbol that somebody else signed for it.
    let claims = city.sql(&format!("SELECT encode(claims, 'hex') FROM code WHERE {kept_row}")).await;
    city.finds(
        &format!("UPDATE code SET claims = decode(repeat('ab', 32), 'hex') WHERE {kept_row}"),
        &format!("UPDATE code SET claims = '\\x{claims}' WHERE {kept_row}"),
        &format!("code {kept}: another symbol than by leaf"),
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
    city.finds(
        &format!("UPDATE op_log SET citizen_ref = set_byte(citizen_ref, 31, get_byte(citizen_ref, 31) # 1) WHERE {third}"),
        &format!("UPDATE op_log SET citizen_ref = set_byte(citizen_ref, 31, get_byte(citizen_ref, 31) # 1) WHERE {third}"),
        &format!("operation {device}/1/3: stands in another place than it was made for"),
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
        &format!("UPDATE op_log SET received_at = received_at - 86400000 WHERE {third}"),
        &format!("UPDATE op_log SET received_at = received_at + 86400000 WHERE {third}"),
        &format!("operation {device}/1/3: received at another time than the log says"),
    )
    .await;

    // What proves them.
    let row = "device = {device} AND last_seq = 10".replace("{device}", &device.to_string());
    let sessions = city.sql(&format!("SELECT sessions FROM batch_proof WHERE {row}")).await;
    city.finds(
        &format!("UPDATE batch_proof SET sessions = '[]' WHERE {row}"),
        &format!("UPDATE batch_proof SET sessions = '{sessions}' WHERE {row}"),
        &format!("operation {device}/1/10: applied, and nobody's word stands behind it (no_session)"),
    )
    .await;
    city.finds(
        "UPDATE session SET statement = replace(statement, '\"20001\"', '\"10001\"') WHERE staff = '20001'",
        "UPDATE session SET statement = replace(statement, '\"10001\"', '\"20001\"') WHERE staff = '20001'",
        "the row says other than was signed",
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
async fn d3_roles_and_records_that_sql_changed_are_named() {
    let city = City::start("central-verify-roles").await;
    let grant = |table: &str, from: &str, to: &str| {
        format!(
            "UPDATE {table} SET record = replace(record, '\"{from}\"', '\"{to}\"') WHERE number = '10001'"
        )
    };
    for (table, finding) in [
        ("staff_version", "account 10001, version 1: its record is not signed by this centre"),
        (
            "staff",
            "account 10001: version 1 with roles [Supervisor] in the table, and the newest signed one has [Clerk]",
        ),
    ] {
        let (edit, undo) = (grant(table, "clerk", "supervisor"), grant(table, "supervisor", "clerk"));
        city.finds(&edit, &undo, finding).await;
    }
    city.finds(
        "UPDATE staff SET wrapped_key = wrapped_key || ' ' WHERE number = '10001'",
        "UPDATE staff SET wrapped_key = rtrim(wrapped_key) WHERE number = '10001'",
        "account 10001: the row is another one",
    )
    .await;
    city.finds(
        "UPDATE staff_version SET valid_from = valid_from - 1 WHERE number = '10001'",
        "UPDATE staff_version SET valid_from = valid_from + 1 WHERE number = '10001'",
        "account 10001, version 1: the row is another one",
    )
    .await;
    // Counting log-ins is no edit.
    city.sql("UPDATE staff SET failures = 3, last_failure_at = 1, totp_step = 7 WHERE number = '10001'")
        .await;
    city.verify(&[]).await.unwrap();
    city.finds(
        "INSERT INTO staff (number, site, version, record, wrapped_key, password_since)
         SELECT '66666', site, version, record, wrapped_key, password_since FROM staff WHERE number = '20001'",
        "DELETE FROM staff WHERE number = '66666'",
        "account 66666: in the table, and in no leaf",
    )
    .await;
    // A dismissed clerk is put back, with a record that the root did sign.
    city.sql("CREATE TABLE was AS SELECT * FROM staff WHERE number = '10001'").await;
    city.centre.central.command(&["staff", "disable", "10001"]).await.unwrap();
    city.settled().await;
    city.verify(&[]).await.unwrap();
    city.sql("CREATE TABLE is_now AS SELECT * FROM staff WHERE number = '10001'").await;
    city.sql("CREATE TABLE second AS SELECT * FROM staff_version WHERE version = 2").await;
    city.finds(
        "DELETE FROM staff WHERE number = '10001'; INSERT INTO staff SELECT * FROM was;
         DELETE FROM staff_version WHERE version = 2",
        "DELETE FROM staff WHERE number = '10001'; INSERT INTO staff SELECT * FROM is_now;
         INSERT INTO staff_version SELECT * FROM second",
        "account 10001, version 2: in leaf",
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
    let holder = senior(4);
    let line = serde_json::json!({ "number": holder.number.expose(), "name": "王岚", "household": true });
    std::fs::write(&people, line.to_string()).unwrap();
    city.centre.central.command(&["import-population", people.to_str().unwrap()]).await.unwrap();
    city.settled().await;
    city.verify(&[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn d3_b4_keys_that_sql_changed_are_named_and_a_renewal_is_no_edit() {
    let mut city = City::start("central-verify-keys").await;
    let device = city.desk.device;
    let token = city.centre.device_token(&city.desk).await;
    let keys = city.centre.keys();
    let certify = |key: DeskKey| keys.sign(key, "certificate");
    let store = city.centre.store().await;
    let next = SoftwareKey::from_bytes(&[41; 32]).unwrap();
    let due = city.enrolled.certificate.value.not_after.plus_ms(-KEY_RENEWAL_MS);
    let (present, public_key) = (city.desk.key.public_key(), next.public_key());
    let renewed = store.renew_key((device, 1), &present, &public_key, due, certify).await.unwrap();
    assert!(matches!(renewed, Renewal::Certified(_)));
    let first = std::mem::replace(&mut city.desk.key, next);
    let now = central::clock::now().plus_ms(-60_000);
    let holder = senior(901);
    let issue = city.desk.issue(&holder, Action::Apply, now, None);
    city.centre.push(&city.desk, &token, vec![issue]).await;
    city.settled().await;
    let clean = city.verify(&[]).await.unwrap();
    assert!(clean.contains("12 operations: everything agrees"), "{clean}");

    let key = rules::hex::encode(first.public_key().as_bytes());
    let other = rules::hex::encode(Desk::new(DeviceNumber(99), 9).key.public_key().as_bytes());
    let renewed = rules::hex::encode(public_key.as_bytes());
    for (column, is, other) in [("public_key", &key, &other), ("next_key", &renewed, &other)] {
        city.finds(
            &format!("UPDATE device_head SET {column} = '\\x{other}'"),
            &format!("UPDATE device_head SET {column} = '\\x{is}'"),
            &format!("desk {device}/1: its keys are others than the log says"),
        )
        .await;
    }
    // A revoked key comes back, with a certificate that the root did sign.
    city.sql("CREATE TABLE was AS SELECT * FROM desk_key").await;
    city.centre.central.command(&["desk", "revoke", &device.to_string()]).await.unwrap();
    city.settled().await;
    city.verify(&[]).await.unwrap();
    for (column, word) in [("revoked_at", "out of service"), ("quarantined_at", "in quarantine")] {
        if column == "quarantined_at" {
            city.centre.store().await.quarantine(device, 1, now).await.unwrap();
            city.settled().await;
        }
        let since = city.sql(&format!("SELECT {column} FROM device WHERE device = {device}")).await;
        city.finds(
            &format!("UPDATE device SET {column} = NULL WHERE device = {device}"),
            &format!("UPDATE device SET {column} = {since} WHERE device = {device}"),
            &format!("desk {device}: {word} by "),
        )
        .await;
    }
    city.sql("CREATE TABLE is_now AS SELECT * FROM desk_key").await;
    city.finds(
        "DELETE FROM desk_key; INSERT INTO desk_key SELECT * FROM was",
        "DELETE FROM desk_key; INSERT INTO desk_key SELECT * FROM is_now",
        &format!("certificate of desk {device}/1, key {}: another one than by leaf", first.key_id()),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d3_a3_what_is_unproven_changes_nothing_and_its_review_cannot_be_edited() {
    let mut city = City::start("central-verify-unproven").await;
    let device = city.desk.device;
    let token = city.centre.device_token(&city.desk).await;
    city.centre.staff("50001", "security-admin").await;
    // Whoever has the desk's key alone begins a session of their own.
    let own = SoftwareKey::from_bytes(&[9; 32]).unwrap();
    let now = central::clock::now().plus_ms(-60_000);
    city.desk.sessions =
        vec![Session::begin_with(&own, &city.desk.operator, (device, 1), 90, (city.desk.boot, now))];
    let holder = senior(902);
    let forged = city.desk.issue(&holder, Action::Apply, now, None);
    city.centre.push(&city.desk, &token, vec![forged]).await;
    city.settled().await;
    assert_eq!(city.sql("SELECT verdict FROM op_result WHERE seq = 12").await, r#"{"verdict":"unproven"}"#);
    city.verify(&[]).await.unwrap();
    city.finds(
        "UPDATE op_log SET unproven = NULL WHERE seq = 12",
        "UPDATE op_log SET unproven = 'statement' WHERE seq = 12",
        &format!("operation {device}/1/12: kept as proven, and it is statement"),
    )
    .await;
    let decide = ["review", "decide", &device.to_string(), "1", "12", "--refuse", "--reason", "x"];
    city.centre.central.command(&decide).await.unwrap();
    city.settled().await;
    city.verify(&[]).await.unwrap();
    city.finds(
        "UPDATE review SET decision = 'accepted' WHERE seq = 12",
        "UPDATE review SET decision = 'refused' WHERE seq = 12",
        &format!("review of operation {device}/1/12: its decision is in no leaf"),
    )
    .await;
    crate::alarms::alarms(&city.centre, "unproven", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d3_what_a_desk_repeats_after_a_new_enrolment_is_proven_by_the_first_time() {
    let city = City::start("central-verify-repeated").await;
    let (again, _) = city.centre.enrol(1).await;
    let token = city.centre.device_token(&again).await;
    let repeated = Operation { epoch: 2, seq: 1, prev_hash: genesis(), ..city.ops[0].clone() }.seal();
    let request = again.push_with(vec![repeated], Vec::new());
    let answer = city.centre.post("/v1/sync/push", Some(&token), &request).await;
    assert!(answer.status().is_success());
    city.settled().await;
    let row =
        "SELECT l.unproven || ' ' || r.verdict FROM op_log l JOIN op_result r USING (device, epoch, seq)
               WHERE epoch = 2";
    assert_eq!(city.sql(row).await, r#"no_session {"verdict":"applied","action":"apply"}"#);
    city.verify(&[]).await.unwrap();
}

/// Whoever edits an account for a moment gets nothing done, and is found; also if they edit the
/// verdict as well.
#[tokio::test(flavor = "multi_thread")]
async fn d3_a_role_granted_by_sql_is_no_role() {
    let mut city = City::start("central-verify-role").await;
    let device = city.desk.device;
    let token = city.centre.device_token(&city.desk).await;
    let void = OpBody::Void { serial: serial_of(&city.ops[0]), reason: "发错人".to_owned() };
    let void = city.desk.operation(&senior(1).number, central::clock::now(), void);
    let roles = |from: &str, to: &str| {
        format!("UPDATE staff_version SET record = replace(record, '{from}', '{to}') WHERE number = '10001'")
    };
    city.sql(&roles("[\"clerk\"]", "[\"clerk\",\"supervisor\"]")).await;
    city.centre.push(&city.desk, &token, vec![void]).await;
    city.settled().await;
    city.sql(&roles("[\"clerk\",\"supervisor\"]", "[\"clerk\"]")).await;
    let verdict = "SELECT verdict FROM op_result WHERE seq = 12";
    assert_eq!(city.sql(verdict).await, r#"{"verdict":"unproven"}"#);
    let found = city.verify(&[]).await.expect_err("nothing was found");
    assert!(found.contains(&format!("{device}/1/12: kept as statement, and it is proven")), "{found}");
    city.sql("UPDATE op_result SET verdict = '{\"verdict\":\"applied\",\"action\":null}' WHERE seq = 12")
        .await;
    let found = city.verify(&[]).await.expect_err("nothing was found");
    assert!(found.contains(&format!("{device}/1/12: applied, and 10001 had no such duty")), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d3_a_leaf_that_was_removed_or_changed_and_a_cut_tree_are_named() {
    let mut city = City::start("central-verify-tree").await;
    let head: Issued<TreeHead> = ok(city.centre.get("/v1/audit/head", None).await).await;
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
            "not signed by this centre",
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

/// Facts of a log that has these events.
fn facts_of(events: &[Event]) -> (Facts, Findings) {
    let trust = Trust::of(people::root().public_key());
    let mut facts = Facts::new((trust, Class::Practice), [7; 32]);
    let mut findings = Findings::default();
    for (position, event) in (0_u64..).zip(events) {
        let leaf = event.leaf(Uuid::from_u128(position.into()), At(0)).unwrap();
        facts.take(Place::Leaf(position), &leaf, &mut findings);
    }
    (facts, findings)
}

#[test]
fn d2_a_command_of_an_administrator_that_nobody_signed_is_named() {
    let command = |name: &str| Event::Command { name: name.to_owned(), subject: String::new() };
    let (_, findings) = facts_of(&["serve", "desk revoke", "migrate"].map(command));
    assert_eq!(findings.all(), ["leaf 1: the command desk revoke: nobody signed it"]);
}

#[test]
fn d3_an_act_of_a_channel_that_is_another_one_than_in_the_log_is_named() {
    let citizen = |byte: u8| CitizenRef([byte; 32]);
    let act = ChannelAct {
        id: Uuid::from_u128(1),
        client: "kiosk-1".to_owned(),
        action: "apply".to_owned(),
        acting: citizen(1),
        citizen: citizen(1),
        codes: Vec::new(),
    };
    for (action, of, is_named) in
        [("apply", citizen(1), false), ("report_loss", citizen(1), true), ("apply", citizen(2), true)]
    {
        let (mut facts, mut findings) = facts_of(&[Event::ChannelAct(act.clone())]);
        facts.channel_act(act.id, action, &of, &mut findings);
        assert_eq!(!findings.all().is_empty(), is_named, "{action} of {of}");
    }
}
