//! The whole desk against a centre over HTTP: what is done here arrives, and what is decided there
//! comes back.

use axum::http::StatusCode;
use desk::{
    Desk,
    citizen::Source,
    issue::{IssueKind, IssueRequest},
    store::{
        Page,
        blob::Blob,
        queue::{QueueFilter, QueueState},
        receipt::ReceiptOutcome,
    },
    sync::{self, Line, Stop},
    verification::Verified,
};
use fixture::{Fixture, chip, clerk, senior, supervisor, until, view, wish};
use rules::{
    DeviceNumber, Refusal,
    life::{Action, Code, CodeState, Serial},
    person::IdNumber,
    wire::{Change, CitizenView, ProtocolError, Verdict},
};
use std::time::Duration;
use tokio::task::JoinHandle;

const FIRST: Page = Page { offset: 0, limit: 50 };

pub(super) fn synchronise(fixture: &Fixture) -> JoinHandle<()> {
    tokio::spawn(fixture.desk.clone().run_sync())
}

async fn waiting(fixture: &Fixture) -> u32 {
    fixture.desk.counts.sync_status().await.unwrap().depth.waiting
}

pub(super) async fn drained(fixture: &Fixture) {
    until(|| async { waiting(fixture).await == 0 }).await;
}

#[tokio::test]
async fn online_the_verdict_is_there_within_the_wait() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let task = synchronise(&fixture);
    let request = wish(desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    let verdict = desk.outbox.await_verdict(issued.seq, Duration::from_secs(20)).await.unwrap();
    assert_eq!(verdict, Some(Verdict::Applied { action: Some(Action::Apply) }));
    let citizen = desk.citizen.read(&request.number, None).await.unwrap();
    assert!(!citizen.codes[0].code.provisional && !citizen.codes[0].waits);
    assert_eq!(waiting(&fixture).await, 0);
    assert_eq!(desk.sync().status().line, Line::Online);
    task.abort();
}

#[tokio::test]
async fn l9_centre_down_then_back_each_operation_arrives_exactly_once() {
    let mut fixture = Fixture::new().await;
    fixture.centre.stop().await;
    let task = synchronise(&fixture);
    let desk = fixture.desk.clone();
    for n in 1..=5 {
        desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(n)).await).await.unwrap();
    }
    until(|| async { matches!(desk.sync().status().line, Line::Offline { .. }) }).await;
    assert_eq!(waiting(&fixture).await, 5);
    assert_eq!(desk.outbox.await_verdict(1, Duration::from_millis(100)).await.unwrap(), None);
    fixture.centre.start_again().await;
    drained(&fixture).await;
    let seqs: Vec<u64> = fixture.centre.mind().log[&(DeviceNumber(7), 1)].iter().map(|op| op.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
    task.abort();
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for_again_and_nothing_is_doubled() {
    let fixture = Fixture::new().await;
    fixture.centre.mind().loses_answers = true;
    let task = synchronise(&fixture);
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    until(|| async { fixture.centre.mind().pushes >= 2 }).await;
    fixture.centre.mind().loses_answers = false;
    desk.sync().now();
    drained(&fixture).await;
    assert_eq!(fixture.centre.mind().log[&(DeviceNumber(7), 1)].len(), 1);
    task.abort();
}

#[tokio::test]
async fn receipts_signed_by_another_key_move_nothing() {
    let fixture = Fixture::new().await;
    fixture.centre.mind().signs_with_another_key = true;
    let mut events = fixture.desk.sync().subscribe();
    let task = synchronise(&fixture);
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    loop {
        let event = tokio::time::timeout(Duration::from_secs(20), events.recv()).await.unwrap().unwrap();
        if matches!(event, sync::SyncEvent::StoreFailed { .. }) {
            break;
        }
    }
    assert_eq!(waiting(&fixture).await, 1);
    fixture.centre.mind().signs_with_another_key = false;
    desk.sync().now();
    drained(&fixture).await;
    task.abort();
}

#[tokio::test]
async fn same_day_duplicate_is_voided_kept_and_shown() {
    let fixture = Fixture::new().await;
    let winner = Serial([5; 16]);
    fixture.centre.mind().verdicts.insert(1, Verdict::DuplicateSameDay { winner });
    let refusal = Verdict::Rejected { code: Refusal::CodeNotLive };
    fixture.centre.mind().verdicts.insert(2, refusal);
    let task = synchronise(&fixture);
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    let other = wish(desk, &senior(2)).await;
    desk.issue.new_code(&clerk(desk), &other).await.unwrap();
    // A bad operation blocks nobody else's.
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(3)).await).await.unwrap();
    drained(&fixture).await;
    let conflicts = desk.lists.conflicts.page(true, FIRST).await.unwrap();
    assert_eq!(conflicts.total, 2);
    assert_eq!(conflicts.rows[0].case_number.as_ref(), Some(&request.case_number));
    assert_eq!(conflicts.rows[0].verdict, Verdict::DuplicateSameDay { winner });
    let citizen = desk.citizen.read(&request.number, None).await.unwrap();
    assert_eq!(citizen.codes[0].code.state, CodeState::Voided);
    assert!(!citizen.holder.issue_days.is_empty(), "L3: the winner used the day up");
    let rejected = desk.citizen.read(&other.number, None).await.unwrap();
    assert!(rejected.holder.issue_days.is_empty(), "L4: a refused issue does not use the day");
    let row = desk.lists.queue.get(1).await.unwrap().unwrap();
    assert_eq!(row.state, QueueState::Decided(ReceiptOutcome::Conflict));
    desk.lists.conflicts.resolve(&supervisor(desk), (1, 1), "called back").await.unwrap();
    assert_eq!(desk.lists.conflicts.page(true, FIRST).await.unwrap().total, 1);
    let all = desk.lists.conflicts.page(false, FIRST).await.unwrap();
    let order: Vec<u64> = all.rows.iter().map(|conflict| conflict.seq).collect();
    assert_eq!(order, [2, 1], "open ones first");
    task.abort();
}

#[tokio::test]
async fn the_queue_tells_what_the_centre_has_from_what_it_has_not() {
    let mut fixture = Fixture::new().await;
    fixture.centre.mind().verdicts.insert(1, Verdict::NeedsApproval);
    let task = synchronise(&fixture);
    let desk = fixture.desk.clone();
    let issue =
        async |person| desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(person)).await).await.unwrap();
    issue(1).await;
    drained(&fixture).await;
    fixture.centre.mind().decides = false;
    issue(2).await;
    let state = async |seq| desk.lists.queue.get(seq).await.unwrap().unwrap().state;
    until(|| async { state(2).await == QueueState::Received }).await;
    fixture.centre.stop().await;
    issue(3).await;
    let seqs = async |filter| -> Vec<u64> {
        let queue = desk.lists.queue.page(&clerk(&desk), filter, "", FIRST).await.unwrap();
        assert_eq!(queue.total as usize, queue.rows.len());
        queue.rows.iter().map(|row| row.seq).collect()
    };
    assert_eq!(seqs(QueueFilter::Pending).await, [3]);
    assert_eq!(seqs(QueueFilter::Received).await, [1, 2], "one of them waits for an approver");
    assert_eq!(seqs(QueueFilter::All).await, [3, 2, 1]);
    task.abort();
}

/// What the centre shows of a holder whose code was issued ten days ago.
fn with_a_code(desk: &Desk, number: &IdNumber) -> (CitizenView, Code) {
    let mut known = view(number, "张演练");
    let code = Code {
        serial: Serial([3; 16]),
        state: CodeState::Live,
        issued_at: desk.read_clock().at.plus_ms(-10 * 86_400_000),
        valid_through: desk.read_clock().at.day().tomorrow().unwrap(),
        provisional: false,
        copies: 1,
    };
    known.codes.push(code.clone());
    (known, code)
}

#[tokio::test]
async fn l7_a_rejected_reissue_leaves_the_old_code_as_it_was() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let number = senior(1);
    let (known, _) = with_a_code(desk, &number);
    fixture.centre.mind().views.insert(known.number.clone(), known);
    fixture.centre.mind().verdicts.insert(1, Verdict::Rejected { code: Refusal::NotEligible });
    let looked = desk.citizen.look_up(&clerk(desk), &number).await.unwrap();
    assert_eq!(looked.codes.len(), 1);
    let request =
        IssueRequest { kind: IssueKind::New { action: Action::Reissue }, ..wish(desk, &number).await };
    desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    let states = |citizen: &desk::citizen::Citizen| -> Vec<CodeState> {
        citizen.codes.iter().map(|known| known.code.state).collect()
    };
    let citizen = desk.citizen.read(&number, None).await.unwrap();
    assert_eq!(states(&citizen), [CodeState::Superseded, CodeState::Live]);
    let task = synchronise(&fixture);
    drained(&fixture).await;
    let citizen = desk.citizen.read(&number, None).await.unwrap();
    assert_eq!(states(&citizen), [CodeState::Live, CodeState::Voided]);
    task.abort();
}

/// The centre ends a code while this desk's own operation on it waits; that operation is refused
/// and undone, and the code stays ended.
#[tokio::test]
async fn l7_a_word_on_a_code_that_comes_while_an_operation_on_it_waits_is_not_lost() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let number = senior(1);
    let (known, old) = with_a_code(desk, &number);
    fixture.centre.mind().views.insert(known.number.clone(), known);
    fixture.centre.mind().verdicts.insert(1, Verdict::Rejected { code: Refusal::NotEligible });
    fixture.centre.mind().decides = false;
    desk.citizen.look_up(&clerk(desk), &number).await.unwrap();
    let request =
        IssueRequest { kind: IssueKind::New { action: Action::Reissue }, ..wish(desk, &number).await };
    desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    let word = Code { state: CodeState::Lost, ..old.clone() };
    fixture.centre.mind().changes.push(Change::CodeChanged { code: word });
    // The view would say it too; what is looked at is what this desk itself knows.
    fixture.centre.mind().views.clear();
    let mut events = desk.sync().subscribe();
    let task = synchronise(&fixture);
    while !matches!(events.recv().await.unwrap(), sync::SyncEvent::Changes { .. }) {}
    let state = async || {
        let citizen = desk.citizen.read(&number, None).await.unwrap();
        citizen.codes.iter().find(|known| known.code.serial == old.serial).unwrap().code.state
    };
    assert_eq!(state().await, CodeState::Superseded, "what was done here stays on top");
    fixture.centre.mind().decides = true;
    drained(&fixture).await;
    assert_eq!(state().await, CodeState::Lost);
    task.abort();
}

#[tokio::test]
async fn s7_quarantine_stops_issuing_but_not_losses_and_is_remembered() {
    let mut fixture = Fixture::new().await;
    let task = synchronise(&fixture);
    let desk = fixture.desk.clone();
    let request = wish(&desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(&desk), &request).await.unwrap();
    drained(&fixture).await;
    fixture.centre.mind().push_error = Some(ProtocolError::Quarantined);
    desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(2)).await).await.unwrap();
    until(|| async { desk.sync().stopped() == Some(Stop::Quarantined) }).await;
    let refused = desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(3)).await).await.unwrap_err();
    assert_eq!(refused.code(), "quarantined");
    desk.issue
        .report_loss(&clerk(&desk), &request.case_number, (&request.number, &chip()), issued.serial, true)
        .await
        .unwrap();
    task.abort();
    fixture.restart().await;
    assert_eq!(fixture.desk.sync().stopped(), Some(Stop::Quarantined));
    assert_eq!(waiting(&fixture).await, 2);
}

#[tokio::test]
async fn a_busy_centre_is_given_the_time_it_asks_for() {
    let fixture = Fixture::new().await;
    fixture.centre.mind().refuses = Some((StatusCode::SERVICE_UNAVAILABLE, Some(1)));
    let task = synchronise(&fixture);
    let desk = &fixture.desk;
    until(|| async { desk.sync().status().line == Line::Busy }).await;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    fixture.centre.mind().refuses = None;
    drained(&fixture).await;
    task.abort();
}

#[tokio::test]
async fn look_up_is_fresh_online_cached_offline_and_blind_when_never_seen() {
    let mut fixture = Fixture::new().await;
    let task = synchronise(&fixture);
    let desk = fixture.desk.clone();
    until(|| async { desk.sync().is_online() }).await;
    let (photo, number) = (b"not really a photo".to_vec(), senior(1));
    let digest = rules::correction::Digest::of(&photo);
    fixture.centre.mind().blobs.insert(digest.to_string(), (photo.clone(), true));
    let mut known = view(&number, "欧阳演练");
    known.photo = Some(digest);
    fixture.centre.mind().views.insert(known.number.clone(), known);
    let citizen = desk.citizen.look_up(&clerk(&desk), &number).await.unwrap();
    assert_eq!(citizen.source, Source::Fresh);
    assert_eq!(citizen.photo.unwrap().bytes, photo);
    let stranger = desk.citizen.look_up(&clerk(&desk), &senior(2)).await.unwrap();
    assert_eq!(stranger.source, Source::NotRegistered);
    fixture.centre.mind().refuses = Some((StatusCode::INTERNAL_SERVER_ERROR, None));
    let unanswered = desk.citizen.look_up(&clerk(&desk), &senior(3)).await.unwrap();
    assert_eq!(unanswered.source, Source::Blind);
    fixture.centre.mind().refuses = None;
    fixture.centre.stop().await;
    let again = desk.citizen.look_up(&clerk(&desk), &number).await.unwrap();
    until(|| async { !desk.sync().is_online() }).await;
    assert!(matches!(again.source, Source::Cached { .. } | Source::Fresh));
    let cached = desk.citizen.read(&number, None).await.unwrap();
    assert!(matches!(cached.source, Source::Cached { .. }));
    assert_eq!(cached.photo.unwrap().bytes, photo);
    task.abort();
}

#[tokio::test]
async fn blobs_arrive_whole_in_pieces() {
    let fixture = Fixture::new().await;
    let bytes: Vec<u8> = (0..700_000u32).map(|n| (n % 251) as u8).collect();
    let blob = Blob { bytes: bytes.clone(), media_type: "image/jpeg".to_owned() };
    let digest = fixture.desk.blob.keep(&blob).await.unwrap();
    let task = synchronise(&fixture);
    let arrived = || async {
        fixture.centre.mind().blobs.get(&digest.to_string()).is_some_and(|(_, complete)| *complete)
    };
    until(arrived).await;
    assert_eq!(fixture.centre.mind().blobs[&digest.to_string()].0, bytes);
    task.abort();
}

#[tokio::test]
async fn verification_offline_with_the_lists_last_fetched() {
    let mut fixture = Fixture::new().await;
    let desk = fixture.desk.clone();
    let issued = desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(1)).await).await.unwrap();
    assert_eq!(desk.verification.verify_offline(&issued.payload).await.unwrap(), Verified::NoLists);
    let task = synchronise(&fixture);
    until(|| async { desk.verification.verify_offline(&issued.payload).await.unwrap() != Verified::NoLists })
        .await;
    fixture.centre.stop().await;
    let Verified::Offline(Ok(answer)) =
        desk.verification.verify(&clerk(&desk), &issued.payload).await.unwrap()
    else {
        panic!("not verified");
    };
    assert_eq!((answer.claims.serial, answer.probably_revoked), (issued.serial, false));
    assert!(matches!(
        desk.verification.verify(&clerk(&desk), "https://example").await.unwrap(),
        Verified::Offline(Err(_))
    ));
    task.abort();
}

/// Whole lists are fetched once; what is revoked later, and who enrols later, is heard as a
/// difference.
#[tokio::test]
async fn verification_offline_knows_what_changed_since_the_lists() {
    let mut fixture = Fixture::new().await;
    let desk = fixture.desk.clone();
    let issued = desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(1)).await).await.unwrap();
    let newcomer = rules::keys::SoftwareKey::from_bytes(&[13; 32]).unwrap();
    let claims = rules::payload::decode(&issued.payload).unwrap().claims;
    let by_newcomer = rules::payload::encode(&claims, &newcomer).unwrap();
    let task = synchronise(&fixture);
    let offline = async |payload: &str| match desk.verification.verify_offline(payload).await.unwrap() {
        Verified::Offline(answer) => answer.map(|answer| answer.probably_revoked).ok(),
        _ => None,
    };
    until(|| async { offline(&issued.payload).await == Some(false) }).await;
    assert_eq!(offline(&by_newcomer).await, None, "a key nobody has heard of");
    task.abort();
    {
        let mut mind = fixture.centre.mind();
        assert_eq!(mind.lists.whole, 2);
        mind.lists.revoked.push(issued.serial);
        mind.lists.newcomers.push(rules::keys::Signer::public_key(&newcomer));
    }
    // A start fetches at once.
    let task = synchronise(&fixture);
    until(|| async { offline(&issued.payload).await == Some(true) }).await;
    assert_eq!(offline(&by_newcomer).await, Some(true));
    assert_eq!(fixture.centre.mind().lists.whole, 2, "no list was fetched whole again");
    task.abort();
    fixture.centre.stop().await;
}
