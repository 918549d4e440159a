//! Whose word counts at the centre (A3–A5): proofs, dismissals, and evidence of approvals.

use crate::common::correcting::{approve, commanded, draft, opened};
use central::{
    store::{NewVersion, Store, postgres::PgStore},
    sync,
};
use central_fixture::{
    MemoryStore, Session,
    desk::{Desk, Holder, MINUTE, MORNING, SITE, issue_body, rulebook, senior, serial_of},
    people::{self, dismiss, employ},
};
use rig::{RigFolder, postgres::Postgres};
use rules::{
    At, DeviceNumber, Refusal, StaffNumber,
    authority::{SessionProof, StaffRecord, unproven},
    correction::{Correction, CorrectionCommand, State},
    digest::Digest,
    issuing::{Issued, Trust},
    keys::{PublicKey, Signer as _, SoftwareKey},
    life::Action,
    op::{Batch, OpBody, Operation},
    permission::Role,
    wire::{PushRequest, Verdict},
};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

const HOUR: i64 = 60 * MINUTE;
/// When something changes at the site.
const CHANGE: At = At(MORNING.0 + HOUR);

const APPLIED: Verdict = Verdict::Applied { action: None };
const ISSUED: Verdict = Verdict::Applied { action: Some(Action::Apply) };
const NOT_PERMITTED: Verdict = Verdict::Rejected { code: Refusal::NotPermitted };

#[tokio::test]
async fn authority_holds_in_memory() {
    holds(&MemoryStore::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn authority_holds_on_postgresql() {
    let (store, postgres, _folder) = started("central-authority").await;
    holds(&store).await;
    for (reason, count) in [("late", "3"), ("unproven", "3")] {
        let listed = format!("SELECT count(*) FROM review WHERE reason = '{reason}'");
        assert_eq!(postgres.query(&listed).await.unwrap(), count, "{reason}");
    }
}

async fn started(name: &str) -> (PgStore, Postgres, RigFolder) {
    let folder = RigFolder::new(name).unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 8).await.unwrap();
    store.migrate(MORNING).await.unwrap();
    (store, postgres, folder)
}

async fn holds<S: Store>(store: &S) {
    a3_what_is_unproven_has_no_effect_and_blocks_nothing(store).await;
    a3_a_key_counts_while_it_is_the_persons(store).await;
    a5_what_is_heard_of_after_a_dismissal_is_late(store).await;
    a5_what_is_heard_of_after_a_change_of_roles_or_site_is_late(store).await;
    a4_an_approval_waits_for_its_evidence_and_nobody_with_it(store).await;
    a4_an_approval_without_evidence_is_undone_after_an_hour(store).await;
}

async fn enrolled<S: Store>(store: &S, device: DeviceNumber) -> Desk {
    let desk = Desk::new(device, 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    desk
}

async fn push<S: Store>(store: &S, request: &PushRequest, at: At) {
    sync::push(store, &rulebook(), request, at).await.unwrap();
}

/// Decides everything that can be decided at `at`; returns the verdicts of a desk after `after`.
async fn decided<S: Store>(store: &S, desk: &Desk, after: u64, at: At) -> Vec<Verdict> {
    while sync::apply(store, &rulebook(), 1, at).await.unwrap() > 0 {}
    let receipts = store.results(desk.device, desk.epoch, after, 200).await.unwrap();
    receipts.into_iter().map(|receipt| receipt.verdict).collect()
}

/// The verdicts on operations of a desk that are received at `at`.
async fn verdicts<S: Store>(store: &S, desk: &Desk, operations: Vec<Operation>, at: At) -> Vec<Verdict> {
    let after = operations[0].seq - 1;
    push(store, &desk.push(operations), at).await;
    decided(store, desk, after, at).await
}

async fn a3_what_is_unproven_has_no_effect_and_blocks_nothing<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(400)).await;
    employ(store, &SITE.parse().unwrap(), "40001", &[Role::Clerk]).await;
    desk.operator = "40001".parse().unwrap();
    let (invented, honest) = (senior(400), senior(401));
    // The thief has the desk's key, and a session key of their own.
    let own = SoftwareKey::from_bytes(&[9; 32]).unwrap();
    let stolen = Session::begin_with(&own, &desk.operator, (DeviceNumber(400), 1), 90, (desk.boot, MORNING));
    desk.sessions.push(stolen);
    let forged = desk.issue(&invented, Action::Apply, MORNING, None);
    let sheet = serial_of(&forged);
    let printed = OpBody::Printed { serial: sheet, good: true };
    let printed = desk.operation(&invented.number, MORNING, printed);
    let thief = desk.sessions.remove(0);
    let good = desk.issue(&honest, Action::Apply, MORNING, None);
    let ops = vec![forged, printed.clone(), good];
    let mut proofs = desk.push(ops.clone()).sessions;
    proofs.push(thief.proof(&printed.content_digest()));
    push(store, &desk.push_with(ops, proofs), MORNING).await;
    assert_eq!(decided(store, &desk, 0, MORNING).await, [Verdict::Unproven, Verdict::Unproven, ISSUED]);
    assert_eq!(store.code(sheet).await.unwrap(), None, "neither live nor voided: nobody knows of it");
    assert_eq!(store.citizen(&invented.citizen_ref).await.unwrap(), None);
}

async fn a3_a_key_counts_while_it_is_the_persons<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(410)).await;
    let clerk = employ(store, &SITE.parse().unwrap(), "41001", &[Role::Clerk]).await;
    desk.operator = "41001".parse().unwrap();
    let before = desk.issue(&senior(410), Action::Apply, MORNING, None);
    let after_the_change = CHANGE.plus_ms(10 * MINUTE);
    let new_key = SoftwareKey::from_bytes(&[8; 32]).unwrap();
    let changed = people::then(&clerk, CHANGE, |record| record.public_key = new_key.public_key());
    store.put_staff(changed, people::sign).await.unwrap();
    assert_eq!(verdicts(store, &desk, vec![before], after_the_change).await, [ISSUED], "begun before");

    // Whoever has the old password begins another session.
    desk.sessions.clear();
    let nth = |nth: usize, key: &SoftwareKey, desk: &Desk| {
        Session::begin_with(key, &desk.operator, (DeviceNumber(410), 1), nth, (desk.boot, after_the_change))
    };
    desk.sessions.push(nth(1, &people::key(&desk.operator), &desk));
    let old = desk.issue(&senior(411), Action::Apply, after_the_change, None);
    assert_eq!(verdicts(store, &desk, vec![old], after_the_change).await, [Verdict::Unproven]);
    desk.sessions = vec![nth(2, &new_key, &desk)];
    let new = desk.issue(&senior(412), Action::Apply, after_the_change, None);
    assert_eq!(verdicts(store, &desk, vec![new], after_the_change).await, [ISSUED]);
}

/// H5: "now" was rejected, two days earlier applied.
async fn a5_what_is_heard_of_after_a_dismissal_is_late<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(420)).await;
    let clerk = employ(store, &SITE.parse().unwrap(), "42001", &[Role::Clerk]).await;
    desk.operator = "42001".parse().unwrap();
    let in_time = desk.issue(&senior(420), Action::Apply, MORNING, None);
    let dated_back = desk.issue(&senior(421), Action::Apply, MORNING.plus_ms(MINUTE), None);
    let sheet = serial_of(&dated_back);
    let at_last = desk.issue(&senior(422), Action::Apply, CHANGE.plus_ms(-MINUTE), None);
    let afterwards = desk.issue(&senior(423), Action::Apply, CHANGE, None);
    assert_eq!(verdicts(store, &desk, vec![in_time], MORNING).await, [ISSUED]);
    dismiss(store, &clerk, CHANGE).await;
    let late = CHANGE.plus_ms(10 * MINUTE);
    assert_eq!(verdicts(store, &desk, vec![dated_back], late).await, [Verdict::Late]);
    assert_eq!(store.code(sheet).await.unwrap(), None, "the sheet stays provisional");
    let at_once = CHANGE.plus_ms(2 * MINUTE);
    assert_eq!(verdicts(store, &desk, vec![at_last], at_once).await, [ISSUED], "it was under way");
    assert_eq!(verdicts(store, &desk, vec![afterwards], at_once).await, [NOT_PERMITTED]);
}

async fn a5_what_is_heard_of_after_a_change_of_roles_or_site_is_late<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(430)).await;
    let late = CHANGE.plus_ms(10 * MINUTE);
    let both = employ(store, &SITE.parse().unwrap(), "43001", &[Role::Clerk, Role::Supervisor]).await;
    desk.operator = "43001".parse().unwrap();
    let issue = desk.issue(&senior(430), Action::Apply, MORNING, None);
    let void = OpBody::Void { serial: serial_of(&issue), reason: "错人".to_owned() };
    let void = desk.operation(&senior(430).number, MORNING, void);
    let clerk = people::then(&both, CHANGE, |record| record.roles = vec![Role::Clerk]);
    store.put_staff(clerk, people::sign).await.unwrap();
    let told = verdicts(store, &desk, vec![issue, void], late).await;
    assert_eq!(told, [ISSUED, Verdict::Late], "still a clerk, no supervisor any more");

    let elsewhere = Desk { site: "310104".parse().unwrap(), ..Desk::new(DeviceNumber(431), 1) };
    store.enrol(&elsewhere.head(), &elsewhere.certificate()).await.unwrap();
    let moving = employ(store, &SITE.parse().unwrap(), "43002", &[Role::Clerk]).await;
    desk.operator = "43002".parse().unwrap();
    let issue = desk.issue(&senior(431), Action::Apply, MORNING, None);
    let moved = people::then(&moving, CHANGE, |record| record.site = "310104".parse().unwrap());
    store.put_staff(moved, people::sign).await.unwrap();
    assert_eq!(verdicts(store, &desk, vec![issue], late).await, [Verdict::Late]);
}

/// A correction of the holder's name, with evidence of its own.
fn correction(holder: &Holder, nth: u128, evidence: &Digest) -> Correction {
    let mut correction = draft(Uuid::from_u128(nth), holder, "王秀瑛", 1);
    correction.maker = "44001".parse().unwrap();
    correction.content.evidence[0].digest = evidence.clone();
    correction
}

fn approval(correction: &Correction) -> OpBody {
    let CorrectionCommand::Approve { digest, .. } = approve(correction) else { unreachable!() };
    let opened = correction.content.evidence.iter().map(|piece| piece.digest.clone()).collect();
    commanded(correction.id, CorrectionCommand::Approve { digest, opened })
}

/// Opens, submits and approves a correction, and serves the next citizen.
fn corrected(desk: &mut Desk, holder: &Holder, correction: &Correction) -> Vec<Operation> {
    let steps = [
        ("44001", opened(correction, holder)),
        ("44001", commanded(correction.id, CorrectionCommand::Submit)),
        ("44002", approval(correction)),
    ];
    let mut operations = Vec::new();
    for (who, body) in steps {
        desk.operator = who.parse().unwrap();
        operations.push(desk.operation(&holder.number, MORNING, body));
    }
    operations
}

async fn a4_an_approval_waits_for_its_evidence_and_nobody_with_it<S: Store>(store: &S) {
    let (mut desk, mut other) =
        (enrolled(store, DeviceNumber(440)).await, enrolled(store, DeviceNumber(441)).await);
    for (number, role) in [("44001", Role::Clerk), ("44002", Role::Supervisor)] {
        employ(store, &SITE.parse().unwrap(), number, &[role]).await;
    }
    let holder = senior(440);
    store.put_person(&holder.citizen_ref, &holder.person()).await.unwrap();
    let evidence = Digest::of(b"uploaded after the operations");
    let correction = correction(&holder, 0x440, &evidence);
    let mut operations = corrected(&mut desk, &holder, &correction);
    desk.operator = "44001".parse().unwrap();
    let serial = desk.serial(&holder.number);
    let mut replacement = issue_body(&holder, Action::Apply, serial, MORNING.day(), Some(2));
    if let OpBody::Issue { holder, .. } = &mut replacement {
        holder.name = rules::person::Name::read("王秀瑛").unwrap().name;
    }
    operations.push(desk.operation(&holder.number, MORNING, replacement));
    push(store, &desk.push(operations), MORNING).await;
    other.operator = "44001".parse().unwrap();
    let issue = other.issue(&senior(441), Action::Apply, MORNING, None);
    push(store, &other.push(vec![issue]), MORNING).await;

    assert_eq!(decided(store, &desk, 0, MORNING).await, [APPLIED, APPLIED], "the approval waits");
    assert_eq!(decided(store, &other, 0, MORNING).await, [ISSUED], "the other desk does not");
    let later = MORNING.plus_ms(30 * MINUTE);
    assert_eq!(decided(store, &desk, 0, later).await.len(), 2, "still");
    store.note_blob(&evidence, DeviceNumber(440)).await.unwrap();
    let told = decided(store, &desk, 2, later).await;
    assert_eq!(told, [APPLIED, ISSUED], "in their order, so that what builds on it is done");
    let citizen = store.citizen(&holder.citizen_ref).await.unwrap().unwrap();
    assert_eq!(citizen.person.unwrap().name.expose(), "王秀瑛");
}

async fn a4_an_approval_without_evidence_is_undone_after_an_hour<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(445)).await;
    let holder = senior(445);
    store.put_person(&holder.citizen_ref, &holder.person()).await.unwrap();
    let evidence = Digest::of(b"its desk burnt");
    let correction = correction(&holder, 0x445, &evidence);
    let operations = corrected(&mut desk, &holder, &correction);
    push(store, &desk.push(operations), MORNING).await;
    assert_eq!(decided(store, &desk, 0, MORNING.plus_ms(HOUR - 1)).await, [APPLIED, APPLIED]);
    let later = MORNING.plus_ms(HOUR + MINUTE);
    assert_eq!(decided(store, &desk, 2, later).await, [Verdict::NeedsApproval]);
    let citizen = store.citizen(&holder.citizen_ref).await.unwrap().unwrap();
    assert_eq!(citizen.person, Some(holder.person()));
    assert!(matches!(citizen.corrections[0].correction.state, State::Submitted { .. }), "nothing is lost");
    // The evidence comes after all, and the supervisor approves once more.
    store.note_blob(&evidence, DeviceNumber(445)).await.unwrap();
    desk.operator = "44002".parse().unwrap();
    let again = desk.operation(&holder.number, later, approval(&correction));
    assert_eq!(verdicts(store, &desk, vec![again], later).await, [APPLIED]);
}

#[derive(sqlx::FromRow)]
struct Proof {
    first_seq: i64,
    last_seq: i64,
    signature: String,
    sessions: String,
}

#[derive(Deserialize)]
struct SessionSignature {
    statement: Digest,
    signature: String,
}

/// Rebuilds a push from the database's tables.
async fn rebuilt(store: &PgStore, device: i32, proof: &Proof) -> PushRequest {
    let texts: Vec<String> = sqlx::query_scalar(
        "SELECT operation FROM op_log WHERE device = $1 AND epoch = 1 AND seq BETWEEN $2 AND $3 ORDER BY seq",
    )
    .bind(device)
    .bind(proof.first_seq)
    .bind(proof.last_seq)
    .fetch_all(store.pool())
    .await
    .unwrap();
    let ops: Vec<Operation> = texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let mut sessions = Vec::new();
    for SessionSignature { statement, signature } in
        serde_json::from_str::<Vec<SessionSignature>>(&proof.sessions).unwrap()
    {
        let text: String =
            sqlx::query_scalar("SELECT statement FROM session WHERE device = $1 AND digest = $2")
                .bind(device)
                .bind(&statement.0[..])
                .fetch_one(store.pool())
                .await
                .unwrap();
        sessions.push(SessionProof { statement: serde_json::from_str(&text).unwrap(), signature });
    }
    let batch = Batch {
        device: DeviceNumber(device.unsigned_abs()),
        epoch: 1,
        first_seq: ops[0].seq,
        prev_hash: ops[0].prev_hash.clone(),
        ops,
    };
    PushRequest { batch, signature: proof.signature.clone(), sessions }
}

/// Somebody who does not trust the centre's program verifies each applied operation.
#[tokio::test(flavor = "multi_thread")]
async fn a3_the_database_alone_proves_what_was_applied() {
    let (store, _postgres, _folder) = started("central-proofs").await;
    let mut desk = enrolled(&store, DeviceNumber(7)).await;
    let clerk: NewVersion = employ(&store, &SITE.parse().unwrap(), "10001", &[Role::Clerk]).await;
    employ(&store, &SITE.parse().unwrap(), "10002", &[Role::Supervisor]).await;
    let first = desk.issue(&senior(1), Action::Apply, MORNING, None);
    let second = desk.issue(&senior(2), Action::Apply, MORNING, None);
    push(&store, &desk.push(vec![first.clone()]), MORNING).await;
    // Its answer was lost: it comes again with another operation.
    push(&store, &desk.push(vec![first.clone(), second]), MORNING).await;
    desk.operator = "10002".parse().unwrap();
    let void = OpBody::Void { serial: serial_of(&first), reason: "错人".to_owned() };
    let void = desk.operation(&senior(1).number, MORNING, void);
    push(&store, &desk.push(vec![void]), MORNING).await;
    assert_eq!(decided(&store, &desk, 0, MORNING).await, [ISSUED, ISSUED, APPLIED]);
    // The clerk has another key since.
    let new_key = SoftwareKey::from_bytes(&[8; 32]).unwrap();
    let changed = people::then(&clerk, CHANGE, |record| record.public_key = new_key.public_key());
    store.put_staff(changed, people::sign).await.unwrap();

    let records: Vec<String> =
        sqlx::query_scalar("SELECT record FROM staff_version").fetch_all(store.pool()).await.unwrap();
    let records = records.iter().map(|text| serde_json::from_str::<Issued<StaffRecord>>(text).unwrap());
    let trust = Trust::of(people::root().public_key());
    let keys: Vec<(StaffNumber, PublicKey)> = records
        .map(|record| record.verify(&trust).map(|record| (record.number.clone(), record.public_key.clone())))
        .collect::<Result<_, _>>()
        .unwrap();
    let proofs: Vec<Proof> = sqlx::query_as(
        "SELECT first_seq, last_seq, signature, sessions FROM batch_proof WHERE device = 7 ORDER BY last_seq",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    let mut covered = Vec::new();
    for proof in &proofs {
        let request = rebuilt(&store, 7, proof).await;
        request.batch.check().unwrap();
        let signature = rules::hex::decode(&request.signature).unwrap();
        desk.key.public_key().verify(&request.signed_bytes(), &signature).unwrap();
        let key = |who: &StaffNumber, id| {
            keys.iter().find(|(number, key)| number == who && key.key_id() == id).map(|(_, key)| key)
        };
        assert_eq!(unproven(&request.batch, &request.sessions, key), BTreeMap::new());
        covered.extend(request.batch.ops.iter().map(|operation| operation.seq));
    }
    assert_eq!(covered, [1, 1, 2, 3]);
}
