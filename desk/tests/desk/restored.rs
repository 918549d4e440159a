//! The whole desk against a centre that was put back to an earlier state. Nobody does anything at
//! the desk: the polls alone heal it.

use desk::{
    clock::ManualClock,
    issue::{IssueKind, IssueRequest, Issued},
    store::{Page, blob::Blob, conflict::Conflict, queue::QueueState, receipt::ReceiptOutcome},
    sync::{self, Line, Stop, SyncEvent, log::Log as _},
};
use fixture::{
    Fixture,
    centre::{ROOT, verified},
    chip, clerk, record, security_admin, senior, signed, supervisor, until, wish,
};
use rules::{
    At, Language, Refusal,
    authority::StaffRecord,
    life::{Action, CodeState, Serial},
    op::OpBody,
    permission::Role,
    wire::{Change, Receipt, Verdict},
};
use std::sync::Arc;
use tokio::task::JoinHandle;

const FIRST: Page = Page { offset: 0, limit: 50 };
const AUTHOR: (u32, u32) = (7, 1);
const NINE_DAYS_MS: i64 = 9 * 86_400_000;

fn synchronise(fixture: &Fixture) -> JoinHandle<()> {
    tokio::spawn(fixture.desk.clone().run_sync())
}

/// Polls at once, again and again, until `done`.
async fn polling(fixture: &Fixture, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if done().await {
            return;
        }
        fixture.desk.sync().now();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("did not happen");
}

async fn issue(fixture: &Fixture, person: u32) -> Issued {
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(person)).await).await.unwrap()
}

async fn drained(fixture: &Fixture) {
    polling(fixture, async || fixture.desk.counts.queue_depth().await.unwrap().waiting == 0).await;
}

fn at_the_centre(fixture: &Fixture) -> usize {
    fixture.centre.mind().log[&AUTHOR].len()
}

/// The centre has everything again, and its verdicts were heard.
async fn healed(fixture: &Fixture, operations: usize) {
    let log = log_of(fixture);
    polling(fixture, async || {
        at_the_centre(fixture) == operations && log.position().await.unwrap().recheck_after.is_none()
    })
    .await;
}

fn log_of(fixture: &Fixture) -> sync::log::DatabaseLog {
    let author = fixture.desk.identity().author();
    sync::log::DatabaseLog::new(fixture.desk.store().clone(), author)
}

async fn state_of(fixture: &Fixture, person: u32, serial: Serial) -> CodeState {
    let citizen = fixture.desk.citizen.read(&senior(person), None).await.unwrap();
    citizen.codes.iter().find(|known| known.code.serial == serial).unwrap().code.state
}

async fn conflicts(fixture: &Fixture, open_only: bool) -> Vec<Conflict> {
    fixture.desk.lists.conflicts.page(open_only, FIRST).await.unwrap().rows
}

#[tokio::test]
async fn operations_that_the_centre_forgot_are_sent_again_though_their_receipts_are_here() {
    let fixture = Fixture::new().await;
    let mut events = fixture.desk.sync().subscribe();
    let task = synchronise(&fixture);
    for person in 1..=13 {
        issue(&fixture, person).await;
    }
    drained(&fixture).await;
    fixture.centre.mind().forget_after(7);
    healed(&fixture, 13).await;
    let seqs: Vec<u64> = fixture.centre.mind().log[&AUTHOR].iter().map(|operation| operation.seq).collect();
    assert_eq!(seqs, (1..=13).collect::<Vec<_>>());
    assert!(conflicts(&fixture, false).await.is_empty(), "the same verdicts are no conflict");
    let mut restored = 0;
    while let Ok(event) = events.try_recv() {
        restored += u32::from(matches!(event, SyncEvent::Restored { received_through: 7 }));
    }
    assert_eq!(restored, 1);
    task.abort();
}

#[tokio::test]
async fn news_of_a_restored_centre_are_read_from_the_beginning() {
    let fixture = Fixture::new().await;
    let account = |number| Change::Staff(Box::new(signed(record(number, &[Role::Clerk]))));
    fixture.centre.mind().changes.extend(["1001", "1002", "1003"].map(account));
    let task = synchronise(&fixture);
    let numbers = async || -> Vec<String> {
        let all = fixture.desk.session.accounts(&security_admin(&fixture.desk)).await.unwrap();
        all.into_iter().map(|account| account.staff.number.into()).collect()
    };
    until(|| async { numbers().await.len() == 3 }).await;
    // The second of the restored centre's news is another than the second that was read.
    {
        let mut mind = fixture.centre.mind();
        mind.changes.truncate(1);
        let dismissed = StaffRecord { active: false, ..record("1002", &[Role::Clerk]) };
        mind.changes.push(Change::Staff(Box::new(signed(dismissed))));
    }
    polling(&fixture, async || {
        let all = fixture.desk.session.accounts(&security_admin(&fixture.desk)).await.unwrap();
        all.iter().any(|account| account.staff.number.as_str() == "1002" && !account.staff.active)
    })
    .await;
    task.abort();
}

/// The loser of a day has won, and the winner lost, when the desks come back in another order.
#[tokio::test]
async fn a_winner_that_lost_is_voided_and_shown() {
    let fixture = Fixture::new().await;
    let task = synchronise(&fixture);
    let issued = issue(&fixture, 1).await;
    drained(&fixture).await;
    assert_eq!(state_of(&fixture, 1, issued.serial).await, CodeState::Live);
    let duplicate = Verdict::DuplicateSameDay { winner: Serial([5; 16]) };
    {
        let mut mind = fixture.centre.mind();
        mind.forget_after(0);
        mind.verdicts.insert(1, duplicate.clone());
    }
    healed(&fixture, 1).await;
    assert_eq!(state_of(&fixture, 1, issued.serial).await, CodeState::Voided);
    let open = conflicts(&fixture, true).await;
    assert_eq!((open.len(), &open[0].verdict), (1, &duplicate));
    assert!(matches!(open[0].before, Some(Verdict::Applied { .. })), "{open:?}");
    assert_eq!(open[0].case_number.as_ref(), Some(&issued.case_number));
    let row = fixture.desk.lists.queue.get(1).await.unwrap().unwrap();
    assert_eq!(row.state, QueueState::Decided(ReceiptOutcome::Conflict));
    let proof = fixture.desk.lists.queue.receipt_proof(1).await.unwrap().unwrap();
    assert_eq!(proof.value[0].verdict, duplicate, "the later word is the one that is kept");
    task.abort();
}

#[tokio::test]
async fn a_refused_code_does_not_come_to_life_by_itself_and_its_conflict_is_open_again() {
    let fixture = Fixture::new().await;
    fixture.centre.mind().verdicts.insert(1, Verdict::NotEligible);
    let task = synchronise(&fixture);
    let issued = issue(&fixture, 1).await;
    drained(&fixture).await;
    fixture
        .desk
        .lists
        .conflicts
        .resolve(&supervisor(&fixture.desk), AUTHOR_SEQ, "called back")
        .await
        .unwrap();
    {
        let mut mind = fixture.centre.mind();
        mind.forget_after(0);
        mind.verdicts.clear();
    }
    healed(&fixture, 1).await;
    assert_eq!(state_of(&fixture, 1, issued.serial).await, CodeState::Voided);
    let open = conflicts(&fixture, true).await;
    assert_eq!(open.len(), 1);
    assert!(matches!(open[0].verdict, Verdict::Applied { .. }), "what the centre says now");
    assert_eq!(open[0].before, Some(Verdict::NotEligible));
    fixture.desk.lists.conflicts.resolve(&supervisor(&fixture.desk), AUTHOR_SEQ, "looked up").await.unwrap();
    let closed = conflicts(&fixture, false).await;
    assert_eq!(closed[0].note.as_deref(), Some("called back / looked up"), "both notes are kept");
    task.abort();
}

/// Epoch and seq of the first operation.
const AUTHOR_SEQ: (u32, u64) = (1, 1);

#[tokio::test]
async fn what_either_verdict_ends_is_ended() {
    let fixture = Fixture::new().await;
    let (taken, refused) = (2, 4);
    let no = Verdict::Rejected { code: Refusal::CodeNotLive };
    fixture.centre.mind().verdicts.insert(refused, no.clone());
    let task = synchronise(&fixture);
    let mut codes = Vec::new();
    for person in [1, 2] {
        let issued = issue(&fixture, person).await;
        let (case, number) = (&issued.case_number, senior(person));
        fixture
            .desk
            .issue
            .report_loss(&clerk(&fixture.desk), case, (&number, &chip()), issued.serial, true)
            .await
            .unwrap();
        drained(&fixture).await;
        codes.push(issued.serial);
    }
    assert_eq!(state_of(&fixture, 1, codes[0]).await, CodeState::Lost);
    assert_eq!(state_of(&fixture, 2, codes[1]).await, CodeState::Live, "the loss was refused");
    {
        let mut mind = fixture.centre.mind();
        mind.forget_after(0);
        mind.verdicts.clear();
        mind.verdicts.insert(taken, no);
    }
    healed(&fixture, 4).await;
    for (person, serial) in [(1, codes[0]), (2, codes[1])] {
        assert_eq!(state_of(&fixture, person, serial).await, CodeState::Lost, "person {person}");
    }
    let mut open: Vec<u64> = conflicts(&fixture, true).await.iter().map(|conflict| conflict.seq).collect();
    open.sort_unstable();
    assert_eq!(open, [taken, refused]);
    task.abort();
}

/// The code that a reissue replaces has no news of its own: this desk ended it, says the centre.
#[tokio::test]
async fn l7_a_reissue_that_is_taken_after_all_ends_the_code_it_replaces() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    fixture.centre.mind().verdicts.insert(2, Verdict::NotEligible);
    let task = synchronise(&fixture);
    let first = issue(&fixture, 1).await;
    drained(&fixture).await;
    clock.advance(86_400_000);
    fixture.centre.mind().clock_offset_ms = 86_400_000;
    let desk = &fixture.desk;
    let request =
        IssueRequest { kind: IssueKind::New { action: Action::Reissue }, ..wish(desk, &senior(1)).await };
    let second = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    drained(&fixture).await;
    assert_eq!(state_of(&fixture, 1, first.serial).await, CodeState::Live, "the reissue was refused");
    {
        let mut mind = fixture.centre.mind();
        mind.forget_after(0);
        mind.verdicts.clear();
    }
    healed(&fixture, 2).await;
    assert_eq!(state_of(&fixture, 1, first.serial).await, CodeState::Superseded);
    assert_eq!(state_of(&fixture, 1, second.serial).await, CodeState::Voided);
    task.abort();
}

#[tokio::test]
async fn evidence_that_the_centre_lost_is_sent_again_and_only_that() {
    let fixture = Fixture::new().await;
    let task = synchronise(&fixture);
    issue(&fixture, 1).await;
    let mut digests = Vec::new();
    for byte in 0..3_u8 {
        let blob = Blob { bytes: vec![byte; 300_000], media_type: "image/jpeg".to_owned() };
        digests.push(fixture.desk.blob.keep(&blob).await.unwrap());
    }
    let complete = |number: usize| {
        let mind = fixture.centre.mind();
        let there = |digest: &rules::correction::Digest| {
            mind.blobs.get(&digest.to_string()).is_some_and(|blob| blob.1)
        };
        digests.iter().filter(|digest| there(digest)).count() == number
    };
    polling(&fixture, async || complete(3)).await;
    drained(&fixture).await;
    {
        let mut mind = fixture.centre.mind();
        mind.forget_after(0);
        mind.blobs.remove(&digests[1].to_string());
        mind.blob_bytes = 0;
    }
    let uploaded = async || fixture.desk.blob.is_uploaded(&digests[1]).await.unwrap();
    polling(&fixture, async || complete(3) && uploaded().await).await;
    healed(&fixture, 1).await;
    assert_eq!(fixture.centre.mind().blob_bytes, 300_000, "what is there is not sent again");
    task.abort();
}

/// A desk on a clock of its own, whose first three operations are older than retention and whose
/// fourth is not.
async fn with_old_operations() -> (Fixture, Arc<ManualClock>, Issued) {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    let task = synchronise(&fixture);
    for person in 1..=3 {
        issue(&fixture, person).await;
    }
    drained(&fixture).await;
    task.abort();
    let _ = task.await;
    clock.advance(NINE_DAYS_MS);
    fixture.centre.mind().clock_offset_ms = NINE_DAYS_MS;
    fixture.desk.keep_house().await.unwrap();
    let task = synchronise(&fixture);
    polling(&fixture, async || {
        let reading = fixture.desk.read_clock();
        reading.last_contact.is_some_and(|contact| reading.at.since_ms(contact) < 60_000)
    })
    .await;
    let recent = issue(&fixture, 4).await;
    drained(&fixture).await;
    task.abort();
    let _ = task.await;
    (fixture, clock, recent)
}

#[tokio::test]
async fn a_centre_that_lost_what_retention_has_removed_is_told_of_once_and_the_desk_goes_on() {
    let (fixture, _, recent) = with_old_operations().await;
    let desk = &fixture.desk;
    let whole = fixture.centre.mind().log[&AUTHOR].clone();
    fixture.centre.mind().forget_after(1);
    let mut events = desk.sync().subscribe();
    let task = synchronise(&fixture);
    polling(&fixture, async || desk.sync().stopped() == Some(Stop::HistoryLost)).await;
    let refused = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(5)).await).await.unwrap_err();
    assert_eq!(refused.code(), "history_lost");
    for (language, words) in [(Language::Chinese, "系统管理员"), (Language::English, "administrator")] {
        assert!(refused.failure().message(language).contains(words), "what to do stands in the sentence");
    }
    // A loss is taken and waits, and news come.
    desk.issue
        .report_loss(&clerk(desk), &recent.case_number, (&senior(4), &chip()), recent.serial, true)
        .await
        .unwrap();
    let account = signed(record("1009", &[Role::Clerk]));
    fixture.centre.mind().changes.push(Change::Staff(Box::new(account)));
    polling(&fixture, async || !desk.session.accounts(&security_admin(desk)).await.unwrap().is_empty()).await;
    assert_eq!(desk.counts.queue_depth().await.unwrap().waiting, 1);
    let lost = Line::Stopped { stop: Stop::HistoryLost };
    assert_eq!(desk.counts.sync_status().await.unwrap().line.line, lost);
    let mut told = 0;
    while let Ok(event) = events.try_recv() {
        match event {
            SyncEvent::Line(status) if status.line == lost => told += 1,
            SyncEvent::StoreFailed { code } => panic!("{code}: nothing is wrong with this desk"),
            _ => {}
        }
    }
    assert_eq!(told, 1);
    // A better backup is found.
    fixture.centre.mind().log.insert(AUTHOR, whole);
    polling(&fixture, async || desk.sync().stopped().is_none()).await;
    drained(&fixture).await;
    assert_eq!(at_the_centre(&fixture), 5);
    task.abort();
}

/// The desk cannot go on with its chain: invited again, it hands over under a new one what it still
/// has.
#[tokio::test]
async fn enrolled_again_the_desk_hands_over_what_the_centre_lost_and_it_still_has() {
    let (mut fixture, clock, recent) = with_old_operations().await;
    fixture.centre.mind().forget_after(1);
    let task = synchronise(&fixture);
    polling(&fixture, async || fixture.desk.sync().stopped() == Some(Stop::HistoryLost)).await;
    let desk = &fixture.desk;
    desk.issue
        .report_loss(&clerk(desk), &recent.case_number, (&senior(4), &chip()), recent.serial, true)
        .await
        .unwrap();
    task.abort();
    let _ = task.await;
    fixture.desk.store().close().await;
    fixture.desk = fixture::enrolled(fixture.folder.path(), &fixture.centre.url, clock).await;
    assert_eq!(fixture.desk.sync().stopped(), None);
    let task = synchronise(&fixture);
    drained(&fixture).await;
    let handed_over = fixture.centre.mind().log[&(7, 2)].clone();
    let kinds: Vec<bool> =
        handed_over.iter().map(|operation| matches!(operation.body, OpBody::Issue { .. })).collect();
    assert_eq!(kinds, [true, false], "the issue whose receipt is here, and the loss that waited");
    assert_eq!(state_of(&fixture, 4, recent.serial).await, CodeState::Lost);
    assert!(
        fixture
            .desk
            .issue
            .new_code(&clerk(&fixture.desk), &wish(&fixture.desk, &senior(6)).await)
            .await
            .is_ok()
    );
    task.abort();
}

#[tokio::test]
async fn what_the_centre_lost_is_kept_until_it_is_decided_again() {
    let (fixture, clock, _) = with_old_operations().await;
    fixture.centre.mind().forget_after(3);
    fixture.centre.mind().decides = false;
    let task = synchronise(&fixture);
    polling(&fixture, async || at_the_centre(&fixture) == 4).await;
    clock.advance(NINE_DAYS_MS);
    fixture.centre.mind().clock_offset_ms += NINE_DAYS_MS;
    fixture.desk.keep_house().await.unwrap();
    assert!(log_of(&fixture).batch(4, 10).await.unwrap().is_some(), "it may be wanted once more");
    fixture.centre.mind().decides = true;
    healed(&fixture, 4).await;
    task.abort();
    let _ = task.await;
    clock.advance(NINE_DAYS_MS);
    fixture.desk.keep_house().await.unwrap();
    assert!(log_of(&fixture).batch(4, 10).await.unwrap().is_none(), "and goes then");
}

/// An operation is decided and old, and one before it still waits.
#[tokio::test]
async fn a_queue_with_an_emptied_operation_in_it_is_carried_whole() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    let desk = &fixture.desk;
    let first = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(2)).await).await.unwrap();
    let log = log_of(&fixture);
    let second = log.batch(2, 1).await.unwrap().unwrap().batch.ops.remove(0);
    let receipt = Receipt {
        id: uuid::Uuid::nil(),
        device: second.device,
        epoch: second.epoch,
        seq: second.seq,
        hash: second.hash,
        verdict: Verdict::Applied { action: None },
        decided_at: desk.read_clock().at,
    };
    let roll = verified(ROOT, vec![receipt]);
    log.record_receipts(&roll, &desk.read_clock()).await.unwrap();
    clock.advance(NINE_DAYS_MS);
    desk.keep_house().await.unwrap();
    assert!(log.batch(2, 1).await.unwrap().is_none(), "its content is gone");
    desk.issue
        .report_loss(&clerk(desk), &first.case_number, (&senior(1), &chip()), first.serial, true)
        .await
        .unwrap();
    let out = tempfile::tempdir().unwrap();
    let path = desk.transfer.export(&supervisor(desk), out.path()).await.unwrap();
    let taken = desk.transfer.import(&supervisor(desk), &path).await.unwrap();
    assert_eq!(taken, 2, "the issue and the loss");
}
