//! Operations that no statement can carry or whose citizens cannot be decoded must never
//! block other desks.

use crate::common::correcting::{EVIDENCE, approve, commanded, draft, opened};
use central::{
    store::{Arrival, Store as _, StoreError, postgres::PgStore},
    sync,
};
use central_fixture::{
    desk::{DAY, Desk, MORNING, SITE, issue_body, rulebook, senior, serial_of},
    people::employ,
};
use rig::{RigFolder, postgres::Postgres};
use rules::{
    DeviceNumber, Refusal,
    correction::{CorrectionCommand, Digest, State},
    life::{Action, CodeState},
    op::{OpBody, Operation},
    permission::Role,
    wire::{ProtocolError, Verdict},
};
use std::collections::BTreeMap;
use uuid::Uuid;

struct Base {
    store: PgStore,
    postgres: Postgres,
    _folder: RigFolder,
}

impl Base {
    async fn start(name: &str) -> Self {
        let folder = RigFolder::new(name).unwrap();
        let postgres = Postgres::start(&folder).await.unwrap();
        let store = PgStore::connect(&postgres.url(), 8).await.unwrap();
        store.migrate(MORNING).await.unwrap();
        let base = Self { store, postgres, _folder: folder };
        base.desk(DeviceNumber(1)).await;
        for (number, role) in [("10001", Role::Clerk), ("10002", Role::Supervisor), ("10003", Role::Clerk)] {
            employ(&base.store, &SITE.parse().unwrap(), number, &[role]).await;
        }
        base
    }

    async fn desk(&self, device: DeviceNumber) -> Desk {
        let desk = Desk::new(device, 1);
        self.store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
        desk
    }

    async fn push(&self, desk: &Desk, operations: Vec<Operation>) {
        sync::push(&self.store, &rulebook(), &desk.push(operations), MORNING).await.unwrap();
    }

    /// Decides as a worker does, until nothing is left.
    async fn decide(&self) {
        let mut conflicts = 0;
        for _ in 0..200 {
            match sync::apply_after(&self.store, &rulebook(), 16, MORNING, conflicts).await {
                Ok(0) => return,
                Ok(_) => conflicts = 0,
                Err(StoreError::Conflict) => conflicts += 1,
                Err(error) => panic!("{error}"),
            }
        }
        panic!("it goes on for ever");
    }

    async fn verdicts(&self, device: DeviceNumber) -> Vec<Verdict> {
        let receipts = self.store.results(device, 1, 0, 200).await.unwrap();
        receipts.into_iter().map(|receipt| receipt.verdict).collect()
    }
}

const fn rejected(code: Refusal) -> Verdict {
    Verdict::Rejected { code }
}

const fn applied() -> Verdict {
    Verdict::Applied { action: Some(Action::Apply) }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_cannot_be_stored_is_refused() {
    let base = Base::start("central-not-taken").await;
    let mut desk = base.desk(DeviceNumber(2)).await;
    let holder = senior(1);
    let serial = desk.serial(&holder.number);
    let body = || issue_body(&holder, Action::Apply, serial, MORNING.day(), None);
    let with_year = |year| {
        let mut body = body();
        if let OpBody::Issue { valid_through, .. } = &mut body {
            *valid_through = rules::Day::new(year, 1, 1).unwrap();
        }
        body
    };
    let case = |text: &str| (Some(text.to_owned()), body());
    let bad =
        [case("1\0"), case("\u{1}"), case(&"9".repeat(65)), (None, with_year(-1)), (None, with_year(0))];
    for (case_number, body) in bad {
        let mut fresh = Desk::new(DeviceNumber(2), 1);
        let operation = fresh.operation(&holder.number, MORNING, body);
        let operation = Operation { case_number, ..operation }.seal();
        let refused = sync::push(&base.store, &rulebook(), &fresh.push(vec![operation]), MORNING).await;
        let is_malformed = matches!(refused, Err(sync::PushError::Protocol(ProtocolError::Malformed)));
        assert!(is_malformed, "{refused:?}");
    }
    let good = desk.operation(&holder.number, MORNING, body());
    base.push(&desk, vec![good]).await;
    base.decide().await;
    assert_eq!(base.verdicts(DeviceNumber(2)).await, [applied()], "the desk itself goes on");
}

/// Covers logs from before that check, rows that cannot be decoded, and statements
/// that always conflict.
#[tokio::test(flavor = "multi_thread")]
async fn one_desk_never_blocks_the_others() {
    let base = Base::start("central-stubborn").await;
    let (mut nul, mut unread, mut clash) = (
        base.desk(DeviceNumber(2)).await,
        base.desk(DeviceNumber(3)).await,
        base.desk(DeviceNumber(4)).await,
    );
    let mut good = base.desk(DeviceNumber(5)).await;

    // A case number that no statement parameter can hold follows a good operation.
    let first = nul.issue(&senior(10), Action::Apply, MORNING, None);
    nul.case_number = Some("1\0".to_owned());
    let bad = nul.issue(&senior(11), Action::Apply, MORNING, None);
    // The same with the serial of the good one.
    let reused = nul.operation(&senior(10).number, MORNING, first.body.clone());
    nul.case_number = None;
    let last = nul.issue(&senior(12), Action::Apply, MORNING, None);
    let (kept, voided) = (serial_of(&first), serial_of(&bad));
    let request = nul.push(vec![first, bad, reused, last]);
    let unproven = BTreeMap::new();
    let new = &request.batch.ops[..];
    let citizens: Vec<_> = new.iter().map(|operation| rulebook().citizen_of(operation)).collect();
    let arrival = Arrival { request: &request, new, citizens: &citizens, unproven: &unproven, at: MORNING };
    assert!(base.store.append(&nul.head(), &arrival).await.unwrap());
    base.decide().await;
    for (serial, state) in [(kept, CodeState::Live), (voided, CodeState::Voided)] {
        assert_eq!(base.store.code(serial).await.unwrap().unwrap().code.state, state);
    }

    // A citizen has a code that cannot be decoded.
    let before = unread.issue(&senior(20), Action::Apply, MORNING.plus_ms(-DAY), None);
    let spoilt = serial_of(&before);
    base.push(&unread, vec![before]).await;
    base.decide().await;
    base.postgres.query("UPDATE code SET valid_through = -99").await.unwrap();
    let on_spoilt = unread.issue(&senior(20), Action::Apply, MORNING, None);
    let on_another = unread.issue(&senior(21), Action::Apply, MORNING, None);

    // A new code conflicts every time.
    let clashes = clash.issue(&senior(30), Action::Apply, MORNING, None);
    let unknown = serial_of(&clashes);
    let after = clash.issue(&senior(31), Action::Apply, MORNING, None);
    base.postgres
        .query(&format!(
            "CREATE FUNCTION clash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF encode(NEW.serial, 'hex') = '{}' THEN RAISE EXCEPTION USING ERRCODE = 'unique_violation'; END IF;
                 RETURN NEW; END $$;
             CREATE TRIGGER clash BEFORE INSERT ON code FOR EACH ROW EXECUTE FUNCTION clash()",
            rules::hex::encode(&unknown.0)
        ))
        .await
        .unwrap();

    base.push(&unread, vec![on_spoilt, on_another]).await;
    base.push(&clash, vec![clashes, after]).await;
    let fine = good.issue(&senior(40), Action::Apply, MORNING, None);
    let read = serial_of(&fine);
    base.push(&good, vec![fine]).await;
    base.decide().await;

    let kept_out = rejected(Refusal::NotPermitted);
    assert_eq!(
        base.verdicts(DeviceNumber(2)).await,
        [applied(), kept_out.clone(), kept_out.clone(), applied()]
    );
    assert_eq!(base.verdicts(DeviceNumber(3)).await, [applied(), kept_out.clone(), applied()]);
    assert_eq!(base.verdicts(DeviceNumber(4)).await, [kept_out, applied()]);
    assert_eq!(base.verdicts(DeviceNumber(5)).await, [applied()]);
    let reviews = base.postgres.query("SELECT count(*) FROM review WHERE reason = 'cannot_be_kept'").await;
    assert_eq!(reviews.unwrap(), "4", "somebody looks at each");
    // Scans share statements, and each has its own answer.
    let found = base.store.codes(&[spoilt, unknown, read]).await.unwrap();
    assert!(matches!(&found[..], [Some(Err(_)), None, Some(Ok(code))] if code.code.serial == read));
}

/// Both approvals are decided in one transaction, and the version grows by two.
#[tokio::test(flavor = "multi_thread")]
async fn two_approvals_for_one_person_in_one_batch_are_both_applied() {
    let base = Base::start("central-two-approvals").await;
    let mut desk = base.desk(DeviceNumber(2)).await;
    let holder = senior(1);
    base.store.put_person(&holder.citizen_ref, &holder.person()).await.unwrap();
    let (one, other) =
        (draft(Uuid::from_u128(1), &holder, "王秀瑛", 1), draft(Uuid::from_u128(2), &holder, "王绣英", 2));
    // A person unknown until now is seen and corrected within the same batch.
    let stranger = senior(2);
    let third = draft(Uuid::from_u128(3), &stranger, "王秀瑛", 1);
    let mut operations = Vec::new();
    for (holder, correction) in [(&holder, &one), (&holder, &other), (&stranger, &third)] {
        for (who, body) in [
            ("10001", opened(correction, holder)),
            ("10001", commanded(correction.id, CorrectionCommand::Submit)),
            ("10002", commanded(correction.id, approve(correction))),
        ] {
            desk.operator = who.parse().unwrap();
            operations.push(desk.operation(&holder.number, MORNING, body));
        }
    }
    base.store.note_blob(&Digest::of(EVIDENCE), desk.device).await.unwrap();
    base.push(&desk, operations).await;
    let decided = sync::apply(&base.store, &rulebook(), 16, MORNING).await.unwrap();
    assert_eq!(decided, 9, "in one transaction, without a conflict");
    for (holder, versions, names) in [(&holder, 3, ["王绣英"]), (&stranger, 2, ["王秀瑛"])] {
        let citizen = base.store.citizen(&holder.citizen_ref).await.unwrap().unwrap();
        let person = citizen.person.unwrap();
        assert_eq!((person.version, [person.name.expose()]), (versions, names));
        let done = citizen.corrections.iter();
        assert!(done.clone().all(|record| matches!(record.correction.state, State::Applied { .. })));
    }
}

/// When the database fails, the operation waits, whatever error code the database gives.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_failure_rejects_no_operation() {
    let base = Base::start("central-trouble").await;
    // A second enrolment also queries the operations of the first.
    let mut desk = Desk::new(DeviceNumber(2), 2);
    base.store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    let renames = [
        "code RENAME TO elsewhere",
        "op_result RENAME TO elsewhere",
        "earlier_op RENAME COLUMN op_id TO elsewhere",
    ];
    for (person, rename) in (1..).zip(renames) {
        let issue = desk.issue(&senior(person), Action::Apply, MORNING, None);
        base.push(&desk, vec![issue]).await;
        base.postgres.query(&format!("ALTER TABLE {rename}")).await.unwrap();
        for _ in 0..4 {
            let outcome = sync::apply(&base.store, &rulebook(), 16, MORNING).await;
            assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{rename}: {outcome:?}");
        }
        let back = match rename.split_once(" RENAME ") {
            Some((table, "TO elsewhere")) => format!("ALTER TABLE elsewhere RENAME TO {table}"),
            _ => "ALTER TABLE earlier_op RENAME COLUMN elsewhere TO op_id".to_owned(),
        };
        base.postgres.query(&back).await.unwrap();
        base.decide().await;
        let receipts = base.store.results(DeviceNumber(2), 2, 0, 10).await.unwrap();
        assert!(receipts.iter().all(|receipt| receipt.verdict == applied()), "{rename}: {receipts:?}");
        assert_eq!(receipts.len(), usize::try_from(person).unwrap(), "{rename}");
    }
}

/// PostgreSQL cannot hold a NUL in a text it extracts from JSON.
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_with_a_nul_in_its_log_may_repeat_operations_without_doubling() {
    let base = Base::start("central-odd-text").await;
    let mut desk = base.desk(DeviceNumber(6)).await;
    let holder = senior(1);
    let issue = desk.issue(&holder, Action::Apply, MORNING, None);
    let odd = OpBody::Void { serial: serial_of(&issue), reason: "x\0".to_owned() };
    let odd = desk.operation(&holder.number, MORNING, odd);
    base.push(&desk, vec![issue.clone(), odd]).await;
    base.decide().await;
    let mut again = Desk::new(DeviceNumber(6), 2);
    base.store.enrol(&again.head(), &again.certificate()).await.unwrap();
    let repeated = again.operation(&holder.number, MORNING, issue.body.clone());
    let repeated = Operation { op_id: issue.op_id, ..repeated }.seal();
    base.push(&again, vec![repeated]).await;
    base.decide().await;
    let receipts = base.store.results(DeviceNumber(6), 2, 0, 10).await.unwrap();
    assert_eq!(receipts.into_iter().map(|receipt| receipt.verdict).collect::<Vec<_>>(), [applied()]);
}
