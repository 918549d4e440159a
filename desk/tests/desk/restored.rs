//! The whole desk against a centre that was put back to an earlier state. Nobody does anything at
//! the desk: the polls alone heal it.

use desk::{
    clock::ManualClock,
    issue::{IssueKind, IssueRequest, Issued},
    store::{Page, blob::Blob, conflict::Conflict, queue::QueueState, receipt::ReceiptOutcome},
    sync::{self, SyncEvent, log::Log as _},
};
use fixture::{Fixture, chip, clerk, record, security_admin, senior, signed, supervisor, until, wish};
use rules::{
    At, DeviceNumber, Refusal,
    authority::StaffRecord,
    life::{Action, CodeState, Serial},
    permission::Role,
    wire::{Change, Verdict},
};
use tokio::task::JoinHandle;

const FIRST: Page = Page { offset: 0, limit: 50 };
pub(super) const AUTHOR: (DeviceNumber, u32) = (DeviceNumber(7), 1);

pub(super) fn synchronise(fixture: &Fixture) -> JoinHandle<()> {
    tokio::spawn(fixture.desk.clone().run_sync())
}

/// Polls at once, again and again, until `done`.
pub(super) async fn polling(fixture: &Fixture, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if done().await {
            return;
        }
        fixture.desk.sync().now();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("did not happen");
}

pub(super) async fn issue(fixture: &Fixture, person: u32) -> Issued {
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(person)).await).await.unwrap()
}

pub(super) async fn drained(fixture: &Fixture) {
    polling(fixture, async || fixture.desk.counts.queue_depth().await.unwrap().waiting == 0).await;
}

pub(super) fn at_the_centre(fixture: &Fixture) -> usize {
    fixture.centre.mind().log[&AUTHOR].len()
}

/// The centre has everything again, and its verdicts were heard.
pub(super) async fn healed(fixture: &Fixture, operations: usize) {
    let log = log_of(fixture);
    polling(fixture, async || {
        at_the_centre(fixture) == operations && log.position().await.unwrap().recheck_after.is_none()
    })
    .await;
}

pub(super) fn log_of(fixture: &Fixture) -> sync::log::DatabaseLog {
    let author = fixture.desk.identity().author();
    sync::log::DatabaseLog::new(fixture.desk.store().clone(), author)
}

pub(super) async fn state_of(fixture: &Fixture, person: u32, serial: Serial) -> CodeState {
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
