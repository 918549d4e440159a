//! One contract for every store: the same operations must have the same outcome.

use central::{
    machine::citizen::Citizen,
    store::{Store, postgres::PgStore},
    sync::{self, PushError},
};
use central_fixture::{
    MemoryStore,
    desk::{DAY, Desk, Holder, MINUTE, MORNING, SITE, number, rulebook, senior, serial_of},
    people::{self, employ},
};
use rig::{RigFolder, postgres::Postgres};
use rules::{
    At, DeviceNumber, Refusal,
    life::{Action, CodeState},
    op::{OpBody, Operation},
    permission::Role,
    wire::{Change, ProtocolError, Receipt, Verdict},
};

#[tokio::test]
async fn memory_store_keeps_the_contract() {
    contract(&MemoryStore::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_store_keeps_the_contract() {
    let folder = RigFolder::new("central-contract").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 8).await.unwrap();
    store.migrate(MORNING).await.unwrap();
    contract(&store).await;
    current_code_names_the_live_one(&postgres).await;
    drop(store);
}

/// L7: compares the table of current codes with the codes themselves.
async fn current_code_names_the_live_one(postgres: &Postgres) {
    let stray = postgres
        .query(
            // An expired code stays `live` in the table; of several, the newest counts.
            "SELECT count(*) FROM current_code c FULL JOIN
                 (SELECT DISTINCT ON (bucket, citizen_ref) bucket, citizen_ref, serial FROM code WHERE state = 0
                  ORDER BY bucket, citizen_ref, issued_at DESC) l
             ON l.bucket = c.bucket AND l.citizen_ref = c.citizen_ref AND l.serial = c.serial
             WHERE c.serial IS NULL OR l.serial IS NULL",
        )
        .await
        .unwrap();
    assert_eq!(stray, "0");
}

async fn contract<S: Store>(store: &S) {
    let desk = Desk::new(DeviceNumber(1), 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    employ(store, &SITE.parse().unwrap(), "10001", &[Role::Clerk]).await;
    employ(store, &SITE.parse().unwrap(), "10002", &[Role::Supervisor]).await;
    let dismissed = employ(store, &SITE.parse().unwrap(), "10003", &[Role::Clerk]).await;
    people::dismiss(store, &dismissed, MORNING).await;

    an_issue_is_applied_once_and_has_a_receipt(store).await;
    l3_the_first_of_two_desks_wins_and_never_flips(store).await;
    a_blind_issue_becomes_the_fitting_action(store).await;
    a_late_code_does_not_end_a_newer_one(store).await;
    a_loss_report_revokes_that_serial_only(store).await;
    gaps_repetitions_and_copied_disks_are_told_apart(store).await;
    an_older_epoch_is_fenced(store).await;
    operations_resent_under_a_later_epoch_are_not_done_again(store).await;
    an_operation_put_into_the_chain_once_more_is_not_done_again(store).await;
    e3_is_granted_by_the_registry_only(store).await;
    s5_roles_and_sites_are_checked_again(store).await;
    a_serial_is_never_used_twice(store).await;
    a_clock_in_the_future_issues_nothing(store).await;
    the_feed_keeps_the_newest_change_of_each_subject(store).await;
}

async fn enrolled<S: Store>(store: &S, device: DeviceNumber) -> Desk {
    let desk = Desk::new(device, 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    desk
}

async fn push<S: Store>(store: &S, desk: &Desk, ops: Vec<Operation>, at: At) -> Result<u64, ProtocolError> {
    match sync::push(store, &rulebook(), &desk.push(ops), at).await {
        Ok(through) => Ok(through),
        Err(PushError::Protocol(error)) => Err(error),
        Err(PushError::Store(error)) => panic!("{error}"),
    }
}

async fn apply<S: Store>(store: &S, at: At) {
    while sync::apply(store, &rulebook(), 4, at).await.unwrap() > 0 {}
}

/// Pushes and decides; returns the receipts of this desk for `ops`.
async fn done<S: Store>(store: &S, desk: &Desk, ops: Vec<Operation>, at: At) -> Vec<Receipt> {
    let after = ops[0].seq - 1;
    push(store, desk, ops, at).await.unwrap();
    apply(store, at).await;
    store.results(desk.device, desk.epoch, after, 200).await.unwrap()
}

fn verdicts(receipts: &[Receipt]) -> Vec<Verdict> {
    receipts.iter().map(|receipt| receipt.verdict.clone()).collect()
}

async fn citizen<S: Store>(store: &S, holder: &Holder) -> Citizen {
    store.citizen(&holder.citizen_ref).await.unwrap().unwrap()
}

fn applied(action: Action) -> Verdict {
    Verdict::Applied { action: Some(action) }
}

fn rejected(code: Refusal) -> Verdict {
    Verdict::Rejected { code }
}

async fn an_issue_is_applied_once_and_has_a_receipt<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(10)).await;
    let holder = senior(1);
    let issue = desk.issue(&holder, Action::Apply, MORNING, Some(0));
    let printed = OpBody::Printed { serial: serial_of(&issue), good: true };
    let printed = desk.operation(&holder.number, MORNING, printed);
    let receipts = done(store, &desk, vec![issue.clone(), printed.clone()], MORNING).await;
    assert_eq!(verdicts(&receipts), [applied(Action::Apply), Verdict::Applied { action: None }]);
    assert_eq!(receipts[0].hash, issue.hash);
    assert_eq!(store.decided_through(DeviceNumber(10), 1).await.unwrap(), 2);
    // The same batch again yields the same receipts with the same ids.
    let again = done(store, &desk, vec![issue, printed], MORNING.plus_ms(DAY)).await;
    assert_eq!(again, receipts);
    let citizen = citizen(store, &holder).await;
    assert_eq!(citizen.codes.len(), 1);
    assert!(!citizen.codes[0].code.provisional);
    assert_eq!(citizen.issue_days.keys().copied().collect::<Vec<_>>(), [MORNING.day()]);
    assert_eq!(store.code(citizen.codes[0].code.serial).await.unwrap(), Some(citizen.codes[0].clone()));
}

async fn l3_the_first_of_two_desks_wins_and_never_flips<S: Store>(store: &S) {
    let (mut first, mut second) =
        (enrolled(store, DeviceNumber(20)).await, enrolled(store, DeviceNumber(21)).await);
    let holder = senior(2);
    let one = first.issue(&holder, Action::Apply, MORNING.plus_ms(MINUTE), None);
    let other = second.issue(&holder, Action::Apply, MORNING, None);
    assert_eq!(verdicts(&done(store, &first, vec![one.clone()], MORNING).await), [applied(Action::Apply)]);
    let winner = serial_of(&one);
    let receipts = done(store, &second, vec![other.clone()], MORNING.plus_ms(DAY)).await;
    assert_eq!(verdicts(&receipts), [Verdict::DuplicateSameDay { winner }]);
    let citizen = citizen(store, &holder).await;
    assert_eq!(citizen.live_code(MORNING.day()).unwrap().code.serial, winner);
    let loser = citizen.code(serial_of(&other)).unwrap();
    assert_eq!((loser.code.state, loser.duplicate_of), (CodeState::Voided, Some(winner)));
}

async fn a_blind_issue_becomes_the_fitting_action<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(30)).await;
    let holder = senior(3);
    let late = MORNING.plus_ms(200 * DAY);
    let ops = vec![
        desk.issue(&holder, Action::Reissue, MORNING, None),
        desk.issue(&holder, Action::Apply, MORNING.plus_ms(DAY), None),
        desk.issue(&holder, Action::Apply, late, None),
        // Not blind: the centre decides the action that the desk decided.
        desk.issue(&holder, Action::Apply, late.plus_ms(DAY), Some(0)),
    ];
    let receipts = done(store, &desk, ops.clone(), late.plus_ms(DAY)).await;
    let expected = [
        applied(Action::Apply),
        applied(Action::Reissue),
        applied(Action::Reapply),
        rejected(Refusal::HasHadACode),
    ];
    assert_eq!(verdicts(&receipts), expected);
    // The refused sheet has a valid signature, so it is recorded as voided and does not verify.
    let citizen = citizen(store, &holder).await;
    assert_eq!(citizen.code(serial_of(&ops[3])).unwrap().code.state, CodeState::Voided);
    assert_eq!(citizen.code(serial_of(&ops[0])).unwrap().code.state, CodeState::Superseded);
}

async fn a_late_code_does_not_end_a_newer_one<S: Store>(store: &S) {
    let (mut offline, mut online) =
        (enrolled(store, DeviceNumber(40)).await, enrolled(store, DeviceNumber(41)).await);
    let holder = senior(4);
    let older = offline.issue(&holder, Action::Apply, MORNING, None);
    let newer = online.issue(&holder, Action::Apply, MORNING.plus_ms(DAY), Some(0));
    done(store, &online, vec![newer.clone()], MORNING.plus_ms(DAY)).await;
    let cursor = store
        .changes(&SITE.parse().unwrap(), 0, 1000)
        .await
        .unwrap()
        .last()
        .map_or(0, |(position, _)| *position);
    let receipts = done(store, &offline, vec![older.clone()], MORNING.plus_ms(2 * DAY)).await;
    assert_eq!(verdicts(&receipts), [applied(Action::Reissue)]);
    let citizen = citizen(store, &holder).await;
    assert_eq!(citizen.live_code(MORNING.day()).unwrap().code.serial, serial_of(&newer));
    assert_eq!(citizen.code(serial_of(&older)).unwrap().code.state, CodeState::Superseded);
    let told = store.changes(&SITE.parse().unwrap(), cursor, 1000).await.unwrap();
    let late = serial_of(&older);
    assert!(
        told.iter()
            .any(|(_, change)| matches!(change, Change::CodeChanged { code, .. } if code.serial == late))
    );
}

async fn a_loss_report_revokes_that_serial_only<S: Store>(store: &S) {
    let (mut desk, mut other) =
        (enrolled(store, DeviceNumber(50)).await, enrolled(store, DeviceNumber(51)).await);
    let holder = senior(5);
    let first = desk.issue(&holder, Action::Apply, MORNING, None);
    let second = desk.issue(&holder, Action::Reissue, MORNING.plus_ms(DAY), None);
    let live = serial_of(&second);
    done(store, &desk, vec![first.clone(), second], MORNING.plus_ms(DAY)).await;
    // Reporting a superseded code as lost is refused; the live one stays.
    let body = OpBody::ReportLoss { serial: serial_of(&first), agent: None, consequence_confirmed: true };
    let stale = other.operation(&holder.number, MORNING.plus_ms(DAY), body);
    let lost = other.operation(
        &holder.number,
        MORNING.plus_ms(DAY),
        OpBody::ReportLoss { serial: live, agent: None, consequence_confirmed: true },
    );
    let receipts = done(store, &other, vec![stale], MORNING.plus_ms(DAY)).await;
    assert_eq!(verdicts(&receipts), [rejected(Refusal::CodeNotLive)]);
    assert!(citizen(store, &holder).await.live_code(MORNING.day()).is_some());
    let receipts = done(store, &other, vec![lost], MORNING.plus_ms(DAY)).await;
    assert_eq!(verdicts(&receipts), [Verdict::Applied { action: None }]);
    assert_eq!(store.code(live).await.unwrap().unwrap().code.state, CodeState::Lost);
}

async fn gaps_repetitions_and_copied_disks_are_told_apart<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(60)).await;
    let holder = senior(6);
    let ops: Vec<Operation> =
        (0..4).map(|day| desk.issue(&holder, Action::Apply, MORNING.plus_ms(day * DAY), None)).collect();
    let now = MORNING.plus_ms(9 * DAY);
    assert_eq!(push(store, &desk, ops[1..].to_vec(), now).await, Err(ProtocolError::Gap { resend_from: 1 }));
    assert_eq!(push(store, &desk, ops[..2].to_vec(), now).await, Ok(2));
    assert_eq!(push(store, &desk, ops[..2].to_vec(), now).await, Ok(2));
    // An overlapping batch adds only its new operations.
    assert_eq!(push(store, &desk, ops[1..].to_vec(), now).await, Ok(4));
    // A disk restored to sequence number 3 continues differently.
    let mut copy = Desk::new(DeviceNumber(60), 1);
    for operation in &ops[..3] {
        copy.seq = operation.seq;
        copy.last = operation.hash.clone();
    }
    let fork = copy.issue(&senior(7), Action::Apply, now, None);
    assert_eq!(push(store, &copy, vec![fork], now).await, Err(ProtocolError::Quarantined));
    // From then on the desk is barred until it enrols again, even with the right disk.
    let next = desk.issue(&holder, Action::Apply, now, None);
    assert_eq!(push(store, &desk, vec![next], now).await, Err(ProtocolError::Quarantined));
    // Operations taken before are still decided.
    apply(store, now).await;
    assert_eq!(store.results(DeviceNumber(60), 1, 0, 200).await.unwrap().len(), 4);
    let mut altered = Desk::new(DeviceNumber(61), 1);
    store.enrol(&altered.head(), &altered.certificate()).await.unwrap();
    let mut operation = altered.issue(&holder, Action::Apply, now, None);
    operation.operator = "10002".parse().unwrap();
    assert_eq!(push(store, &altered, vec![operation], now).await, Err(ProtocolError::Malformed));
}

async fn an_older_epoch_is_fenced<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(70)).await;
    let now = MORNING;
    let first = desk.issue(&senior(8), Action::Apply, now, None);
    assert_eq!(push(store, &desk, vec![first], now).await, Ok(1));
    let mut again = Desk::new(DeviceNumber(70), 2);
    store.enrol(&again.head(), &again.certificate()).await.unwrap();
    let late = desk.issue(&senior(9), Action::Apply, now, None);
    assert_eq!(push(store, &desk, vec![late], now).await, Err(ProtocolError::Fenced { current: 2 }));
    // A quarantine decided on the older enrolment does not touch this one.
    store.quarantine(DeviceNumber(70), 1, now).await.unwrap();
    again.counter = 100;
    let fresh = again.issue(&senior(9), Action::Apply, now, None);
    assert_eq!(verdicts(&done(store, &again, vec![fresh], now).await), [applied(Action::Apply)]);
}

/// A desk that enrols again resends everything without a receipt, under the original ids.
async fn operations_resent_under_a_later_epoch_are_not_done_again<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(71)).await;
    let (holder, other) = (senior(15), senior(16));
    let issue = desk.issue(&holder, Action::Apply, MORNING, None);
    let serial = serial_of(&issue);
    let reprint = desk.operation(&holder.number, MORNING, OpBody::Reprint { serial, agent: None });
    let second = desk.issue(&other, Action::Apply, MORNING, None);
    let lost = OpBody::ReportLoss { serial: serial_of(&second), agent: None, consequence_confirmed: true };
    let lost = desk.operation(&other.number, MORNING, lost);
    let refused = desk.issue(&other, Action::Apply, MORNING, Some(0));
    let first = [issue, reprint, second, lost, refused];
    push(store, &desk, first.to_vec(), MORNING).await.unwrap();
    // The desk enrols again before anything is decided.
    let mut again = Desk::new(DeviceNumber(71), 2);
    store.enrol(&again.head(), &again.certificate()).await.unwrap();
    let mut relinked = Vec::new();
    for old in &first {
        let new = again.operation(old.citizen.as_ref().unwrap(), MORNING, old.body.clone());
        relinked.push(again.seal(Operation { op_id: old.op_id, ..new }));
    }
    // The same id with other content is not a repetition.
    let liar = again.operation(&senior(17).number, MORNING, OpBody::Reprint { serial, agent: None });
    relinked.push(again.seal(Operation { op_id: first[1].op_id, ..liar }));
    let told = verdicts(&done(store, &again, relinked, MORNING).await);
    let before = verdicts(&store.results(DeviceNumber(71), 1, 0, 200).await.unwrap());
    assert_eq!(told[..5], before, "the words of the first time");
    let nothing = Verdict::Applied { action: None };
    let won = Verdict::DuplicateSameDay { winner: serial_of(&first[2]) };
    assert_eq!(before, [applied(Action::Apply), nothing.clone(), applied(Action::Apply), nothing, won]);
    assert!(matches!(told[5], Verdict::Rejected { .. }));
    let code = store.code(serial).await.unwrap().unwrap().code;
    assert_eq!((code.state, code.copies), (CodeState::Live, 2), "one reprint");
    let code = store.code(serial_of(&first[2])).await.unwrap().unwrap().code;
    assert_eq!(code.state, CodeState::Lost);
}

/// Whoever has a desk's key can chain an operation once more with the proof it had: a session
/// covers what was done and not its place.
async fn an_operation_put_into_the_chain_once_more_is_not_done_again<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(72)).await;
    let holder = senior(18);
    let issue = desk.issue(&holder, Action::Apply, MORNING, None);
    let serial = serial_of(&issue);
    done(store, &desk, vec![issue], MORNING).await;
    let copies = async || store.code(serial).await.unwrap().unwrap().code.copies;
    let chained = |desk: &mut Desk, of: &Operation| {
        desk.seq += 1;
        let prev_hash = std::mem::replace(&mut desk.last, of.hash.clone());
        let again = Operation { seq: desk.seq, prev_hash, ..of.clone() }.seal();
        desk.last = again.hash.clone();
        again
    };
    // Decided before it comes again.
    let reprint = desk.operation(&holder.number, MORNING, OpBody::Reprint { serial, agent: None });
    let proofs = desk.push(vec![reprint.clone()]).sessions;
    done(store, &desk, vec![reprint.clone()], MORNING).await;
    for (proofs, verdict) in [(proofs, Verdict::Applied { action: None }), (Vec::new(), Verdict::Unproven)] {
        let again = chained(&mut desk, &reprint);
        let request = desk.push_with(vec![again.clone()], proofs);
        sync::push(store, &rulebook(), &request, MORNING).await.unwrap();
        apply(store, MORNING).await;
        let told = store.results(DeviceNumber(72), 1, again.seq - 1, 1).await.unwrap();
        assert_eq!((verdicts(&told), copies().await), (vec![verdict], 2));
    }
    // Decided together.
    let reprint = desk.operation(&holder.number, MORNING, OpBody::Reprint { serial, agent: None });
    let proofs = desk.push(vec![reprint.clone()]).sessions;
    let again = chained(&mut desk, &reprint);
    for operation in [reprint, again] {
        let request = desk.push_with(vec![operation], proofs.clone());
        sync::push(store, &rulebook(), &request, MORNING).await.unwrap();
    }
    apply(store, MORNING).await;
    assert_eq!(copies().await, 3, "the second reprint, and no third");
}

async fn e3_is_granted_by_the_registry_only<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(80)).await;
    let stranger = Holder::new(number("19900101", 10), "赵某");
    let issue = desk.issue(&stranger, Action::Apply, MORNING, None);
    assert_eq!(verdicts(&done(store, &desk, vec![issue], MORNING).await), [Verdict::NotEligible]);
    let registered = Holder::new(number("19900101", 12), "钱某");
    let certificate = rules::person::DisabilityCertificate {
        number: rules::Sensitive::new(format!("{}42", registered.number.expose())),
        valid_through: MORNING.plus_ms(900 * DAY).day(),
    };
    let person = central::machine::citizen::Person { certificate: Some(certificate), ..registered.person() };
    store.put_person(&registered.citizen_ref, &person).await.unwrap();
    let issue = desk.issue(&registered, Action::Apply, MORNING, None);
    assert_eq!(verdicts(&done(store, &desk, vec![issue], MORNING).await), [applied(Action::Apply)]);
    assert_eq!(citizen(store, &registered).await.person, Some(person));
}

async fn s5_roles_and_sites_are_checked_again<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(90)).await;
    let holder = senior(11);
    let issue = desk.issue(&holder, Action::Apply, MORNING.plus_ms(-MINUTE), None);
    let serial = serial_of(&issue);
    let void = OpBody::Void { serial, reason: "错人".to_owned() };
    let by_clerk = desk.operation(&holder.number, MORNING, void.clone());
    desk.operator = "10003".parse().unwrap();
    let by_disabled = desk.operation(
        &holder.number,
        MORNING,
        OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true },
    );
    desk.operator = "99999".parse().unwrap();
    let by_nobody = desk.operation(
        &holder.number,
        MORNING,
        OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true },
    );
    desk.operator = "10002".parse().unwrap();
    let by_supervisor = desk.operation(&holder.number, MORNING, void);
    let receipts =
        done(store, &desk, vec![issue, by_clerk, by_disabled, by_nobody, by_supervisor], MORNING).await;
    let no = rejected(Refusal::NotPermitted);
    let nobody = Verdict::Unproven;
    let expected = [applied(Action::Apply), no.clone(), no, nobody, Verdict::Applied { action: None }];
    assert_eq!(verdicts(&receipts), expected);
}

async fn a_serial_is_never_used_twice<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(100)).await;
    // Two people of the same bucket.
    let one = senior(12);
    let other =
        (13..).map(senior).find(|other| other.citizen_ref.bucket() == one.citizen_ref.bucket()).unwrap();
    let first = desk.issue(&one, Action::Apply, MORNING, None);
    desk.counter -= 1;
    let second = desk.issue(&other, Action::Apply, MORNING, None);
    assert_eq!(serial_of(&first), serial_of(&second));
    let receipts = done(store, &desk, vec![first], MORNING).await;
    assert_eq!(verdicts(&receipts), [applied(Action::Apply)]);
    let receipts = done(store, &desk, vec![second], MORNING).await;
    assert_eq!(verdicts(&receipts), [rejected(Refusal::SerialReused)]);
}

async fn a_clock_in_the_future_issues_nothing<S: Store>(store: &S) {
    let mut desk = enrolled(store, DeviceNumber(110)).await;
    let ahead = desk.issue(&senior(14), Action::Apply, MORNING.plus_ms(2 * DAY), None);
    let receipts = done(store, &desk, vec![ahead], MORNING).await;
    assert_eq!(verdicts(&receipts), [rejected(Refusal::ClockNotTrusted)]);
}

async fn the_feed_keeps_the_newest_change_of_each_subject<S: Store>(store: &S) {
    let before = store.changes(&SITE.parse().unwrap(), 0, 1000).await.unwrap();
    let cursor = before.last().unwrap().0;
    let clerk = employ(store, &SITE.parse().unwrap(), "10009", &[Role::Clerk]).await;
    let supervisor = people::then(&clerk, MORNING, |record| record.roles = vec![Role::Supervisor]);
    store.put_staff(supervisor, people::sign).await.unwrap();
    let news = store.changes(&SITE.parse().unwrap(), cursor, 1000).await.unwrap();
    assert_eq!(news.len(), 1, "one word on one subject");
    assert!(matches!(&news[0].1, Change::Staff(staff) if staff.value.roles == [Role::Supervisor]));
    let all = store.changes(&SITE.parse().unwrap(), 0, 1000).await.unwrap();
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(store.changes(&SITE.parse().unwrap(), 0, 2).await.unwrap().len(), 2);
}
