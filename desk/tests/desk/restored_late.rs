//! A centre put back so far that retention has removed here what it lost.

use crate::restored::{
    AUTHOR, at_the_centre, drained, healed, issue, log_of, polling, state_of, synchronise,
};
use desk::{
    clock::ManualClock,
    issue::Issued,
    sync::{Line, Stop, SyncEvent, log::Log as _},
};
use fixture::{
    Fixture,
    centre::{ROOT, verified},
    chip, clerk, record, security_admin, senior, signed, supervisor, wish,
};
use rules::{
    At, DeviceNumber, Language,
    life::CodeState,
    op::OpBody,
    permission::Role,
    wire::{Change, Receipt, Verdict},
};
use std::sync::Arc;

const NINE_DAYS_MS: i64 = 9 * 86_400_000;

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
    let handed_over = fixture.centre.mind().log[&(DeviceNumber(7), 2)].clone();
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
