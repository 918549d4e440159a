//! What the centre has ended stays ended at every desk, in whichever order its words arrive,
//! offline and after a restart.

mod centre;
mod city;
mod clerk;
mod course;
mod orders;
mod two_desks;

use desk::{
    clock::{ManualClock, SystemClock},
    issue::{IssueKind, IssueRequest, Issued},
    sync::log::{Log, VerifiedReceiptBatch},
    verification::Verified,
};
use fixture::{Fixture, chip, clerk, enrolled, senior, until, view, wish};
use rules::{
    At, Refusal,
    keys::{Signed, Signer, SoftwareKey},
    life::{Action, Code, CodeState, Serial},
    wire::{Change, Receipt, Verdict},
};
use std::sync::Arc;
use tokio::sync::Notify;
use two_desks::{NOT_LIVE, TwoDesks, copy_of, is_dead, known, log, voids};
use uuid::Uuid;

/// A issues X, B issues Y, both offline; B is first at the centre, so that it refuses X and
/// everything done to X since.
async fn the_first_at_the_centre_wins(voided_too: bool) {
    let number = senior(1);
    let mut desks = TwoDesks::new().await;
    let (a, b) = (desks.a.desk.clone(), desks.b.clone());
    let x = a.issue.new_code(&clerk(&a), &wish(&a, &number).await).await.unwrap();
    a.issue.report_loss(&clerk(&a), &x.case_number, (&number, &chip()), x.serial, true).await.unwrap();
    if voided_too {
        voids(&a, &number, &x).await.unwrap();
    }
    let y = b.issue.new_code(&clerk(&b), &wish(&b, &number).await).await.unwrap();
    desks.synchronise(&[&b]).await;
    let verdicts = [Verdict::DuplicateSameDay { winner: y.serial }, NOT_LIVE, NOT_LIVE];
    desks.a.centre.mind().verdicts.extend((1..).zip(verdicts));
    desks.synchronise(&[&a]).await;
    // Nobody answers: the look-up goes on with what is here.
    a.citizen.look_up(&clerk(&a), &number).await.unwrap();
    is_dead(&a, &number, &x).await;
    drop(a);
    desks.a.restart().await;
    is_dead(&desks.a.desk, &number, &x).await;
    assert_eq!(known(&b, &number, y.serial).await.state, CodeState::Live);
}

#[tokio::test]
async fn l3_a_code_whose_issue_was_refused_stays_voided_when_its_loss_is_refused_too() {
    the_first_at_the_centre_wins(false).await;
}

#[tokio::test]
async fn l3_a_code_whose_issue_was_refused_stays_voided_when_its_loss_and_its_void_are_refused_too() {
    the_first_at_the_centre_wins(true).await;
}

/// X is live at the centre; of a loss and a void of it neither is taken.
#[tokio::test]
async fn a_code_is_live_again_when_nothing_that_was_done_to_it_was_taken() {
    let number = senior(1);
    let mut desks = TwoDesks::new().await;
    let a = desks.a.desk.clone();
    let x = a.issue.new_code(&clerk(&a), &wish(&a, &number).await).await.unwrap();
    a.issue.report_loss(&clerk(&a), &x.case_number, (&number, &chip()), x.serial, true).await.unwrap();
    voids(&a, &number, &x).await.unwrap();
    let refused = Verdict::Rejected { code: Refusal::NotPermitted };
    desks.a.centre.mind().verdicts.extend([(2, refused.clone()), (3, refused)]);
    desks.synchronise(&[&a]).await;
    assert_eq!(known(&a, &number, x.serial).await.state, CodeState::Live);
    a.issue.reprint(&clerk(&a), &copy_of(&number, &x)).await.unwrap();
}

/// The centre's word that a code ended comes while an operation on it waits, and counts at once.
#[tokio::test]
async fn l7_an_end_the_centre_has_told_counts_while_an_operation_on_the_code_waits() {
    let number = senior(1);
    let mut desks = TwoDesks::new().await;
    let a = desks.a.desk.clone();
    let x = a.issue.new_code(&clerk(&a), &wish(&a, &number).await).await.unwrap();
    desks.synchronise(&[&a]).await;
    a.issue.report_loss(&clerk(&a), &x.case_number, (&number, &chip()), x.serial, true).await.unwrap();
    let word = Code { state: CodeState::Voided, provisional: false, ..known(&a, &number, x.serial).await };
    let change = Change::CodeChanged { citizen_ref: a.citizen_ref(&number), code: word.clone() };
    let cursor = log(&a).position().await.unwrap().cursor;
    log(&a).record_changes(std::slice::from_ref(&change), cursor, &a.read_clock()).await.unwrap();
    assert_eq!(known(&a, &number, x.serial).await.state, CodeState::Voided);
    desks.a.centre.mind().verdicts.insert(2, NOT_LIVE);
    desks.synchronise(&[&a]).await;
    is_dead(&a, &number, &x).await;
    // An earlier word that comes late takes nothing back.
    let late = Change::CodeChanged {
        citizen_ref: a.citizen_ref(&number),
        code: Code { state: CodeState::Lost, ..word },
    };
    let cursor = log(&a).position().await.unwrap().cursor;
    log(&a).record_changes(&[late], cursor, &a.read_clock()).await.unwrap();
    is_dead(&a, &number, &x).await;
}

/// The view and what this desk was told otherwise may each be the older one.
#[tokio::test]
async fn a_code_has_ended_whichever_of_view_and_news_says_so() {
    let number = senior(1);
    let mut desks = TwoDesks::new().await;
    let a = desks.a.desk.clone();
    let x = a.issue.new_code(&clerk(&a), &wish(&a, &number).await).await.unwrap();
    desks.synchronise(&[&a]).await;
    let citizen_ref = a.citizen_ref(&number);
    let live = Code { provisional: false, ..known(&a, &number, x.serial).await };
    let voided = Code { state: CodeState::Voided, ..live.clone() };
    let shows = |code: &Code| {
        let mut shown = view(&a, &number, "张演练");
        shown.codes.push(code.clone());
        desks.a.centre.mind().views.insert(citizen_ref.to_string(), shown);
    };
    shows(&live);
    let change = Change::CodeChanged { citizen_ref: citizen_ref.clone(), code: voided.clone() };
    let cursor = log(&a).position().await.unwrap().cursor;
    log(&a).record_changes(&[change], cursor, &a.read_clock()).await.unwrap();
    desks.a.centre.start_again().await;
    a.citizen.look_up(&clerk(&a), &number).await.unwrap();
    is_dead(&a, &number, &x).await;
    desks.a.centre.stop().await;
    a.citizen.look_up(&clerk(&a), &number).await.unwrap();
    is_dead(&a, &number, &x).await;
}

/// Of two answers to two look-ups the earlier one may be written last.
#[tokio::test]
async fn a_code_made_elsewhere_stays_ended_when_an_earlier_view_of_it_comes_late() {
    let number = senior(1);
    let mut desks = TwoDesks::new().await;
    let (a, b) = (desks.a.desk.clone(), desks.b.clone());
    let y = b.issue.new_code(&clerk(&b), &wish(&b, &number).await).await.unwrap();
    let live = Code { provisional: false, ..known(&b, &number, y.serial).await };
    desks.a.centre.start_again().await;
    for state in [CodeState::Voided, CodeState::Live] {
        let mut shown = view(&a, &number, "张演练");
        shown.codes.push(Code { state, ..live.clone() });
        desks.a.centre.mind().views.insert(shown.citizen_ref.to_string(), shown);
        a.citizen.look_up(&clerk(&a), &number).await.unwrap();
    }
    let case = wish(&a, &number).await.case_number;
    is_dead(&a, &number, &Issued { case_number: case, ..y }).await;
}

/// A key pressed again gives what the first press gave, but no sheet of a code that has ended
/// since.
#[tokio::test]
async fn a_code_that_has_ended_is_not_handed_out_again_by_the_same_press() {
    let number = senior(1);
    let mut desks = TwoDesks::new().await;
    let a = desks.a.desk.clone();
    let wished = wish(&a, &number).await;
    let x = a.issue.new_code(&clerk(&a), &wished).await.unwrap();
    let copy = copy_of(&number, &x);
    a.issue.reprint(&clerk(&a), &copy).await.unwrap();
    assert_eq!(a.issue.new_code(&clerk(&a), &wished).await.unwrap().payload, x.payload);
    assert_eq!(a.issue.reprint(&clerk(&a), &copy).await.unwrap().payload, x.payload);
    desks.synchronise(&[&a]).await;
    let word = Code { state: CodeState::Voided, provisional: false, ..known(&a, &number, x.serial).await };
    let change = Change::CodeChanged { citizen_ref: a.citizen_ref(&number), code: word };
    let cursor = log(&a).position().await.unwrap().cursor;
    log(&a).record_changes(&[change], cursor, &a.read_clock()).await.unwrap();
    assert_eq!(a.issue.reprint(&clerk(&a), &copy).await.unwrap_err().code(), "code_not_live");
    assert_eq!(a.issue.new_code(&clerk(&a), &wished).await.unwrap_err().code(), "code_not_live");
}

/// The row of a code that ended must not go before a view in which it is live.
#[tokio::test]
async fn s9_an_end_is_kept_as_long_as_a_view_from_before_it() {
    const DAY_MS: i64 = 86_400_000;
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    let (a, number) = (&fixture.desk, senior(1));
    let mut shown = view(a, &number, "张演练");
    shown.codes.push(Code {
        serial: Serial([3; 16]),
        state: CodeState::Live,
        issued_at: a.read_clock().at,
        valid_through: a.read_clock().at.day().saturating_add(jiff::ToSpan::days(30)),
        provisional: false,
        copies: 1,
    });
    let code = shown.codes[0].clone();
    let citizen_ref = shown.citizen_ref.clone();
    fixture.centre.mind().views.insert(citizen_ref.to_string(), shown);
    let word = Code { state: CodeState::Voided, ..code.clone() };
    let change = Change::CodeChanged { citizen_ref, code: word };
    log(a).record_changes(&[change], 0, &a.read_clock()).await.unwrap();
    clock.advance(DAY_MS);
    fixture.centre.mind().clock_offset_ms = DAY_MS;
    a.citizen.look_up(&clerk(a), &number).await.unwrap();
    clock.advance(6 * DAY_MS + DAY_MS / 2);
    a.keep_house().await.unwrap();
    assert_eq!(known(a, &number, code.serial).await.state, CodeState::Voided);
    clock.advance(DAY_MS);
    a.keep_house().await.unwrap();
    assert!(a.citizen.read(&number, None).await.unwrap().codes.is_empty(), "all of it is gone then");
}

/// B's reissue came after one that was issued later, so that it ended nothing, and W is live. Only
/// a view that was asked for once the receipt was here shows what came of the reissue.
#[tokio::test]
async fn l7_what_a_reissue_ended_stays_ended_until_a_view_asked_for_after_its_receipt() {
    let number = senior(1);
    let mut desks = TwoDesks::new().await;
    let a = desks.a.desk.clone();
    let mut shown = view(&a, &number, "张演练");
    let w = Code {
        serial: Serial([3; 16]),
        state: CodeState::Live,
        issued_at: a.read_clock().at.plus_ms(-86_400_000),
        valid_through: a.read_clock().at.day().saturating_add(jiff::ToSpan::days(30)),
        provisional: false,
        copies: 1,
    };
    shown.codes.push(w.clone());
    desks.a.centre.start_again().await;
    desks.a.centre.mind().views.insert(shown.citizen_ref.to_string(), shown);
    a.citizen.look_up(&clerk(&a), &number).await.unwrap();
    let wished = IssueRequest { kind: IssueKind::New { action: Action::Reissue }, ..wish(&a, &number).await };
    let y = a.issue.new_code(&clerk(&a), &wished).await.unwrap();

    let wait = Arc::new(Notify::new());
    desks.a.centre.mind().views_wait = Some(wait.clone());
    let asked = desks.a.centre.mind().views_asked;
    let looking = tokio::spawn({
        let (a, number) = (a.clone(), number.clone());
        async move { a.citizen.look_up(&clerk(&a), &number).await.unwrap() }
    });
    until(|| async { desks.a.centre.mind().views_asked > asked }).await;
    let issued = log(&a).batch(y.seq, 1).await.unwrap().unwrap().batch.ops.remove(0);
    let root = SoftwareKey::from_bytes(&[9; 32]).unwrap();
    let applied = Receipt {
        id: Uuid::now_v7(),
        device: issued.device,
        epoch: issued.epoch,
        seq: issued.seq,
        hash: issued.hash,
        verdict: Verdict::Applied { action: Some(Action::Reissue) },
        decided_at: a.read_clock().at,
    };
    let roll = Signed::sign(vec![applied], &root).unwrap();
    let roll = VerifiedReceiptBatch::check(roll, &root.public_key()).unwrap();
    log(&a).record_receipts(&roll, &a.read_clock()).await.unwrap();
    wait.notify_one();
    looking.await.unwrap();
    assert_eq!(known(&a, &number, w.serial).await.state, CodeState::Superseded);

    desks.a.centre.mind().views_wait = None;
    a.citizen.look_up(&clerk(&a), &number).await.unwrap();
    assert_eq!(known(&a, &number, w.serial).await.state, CodeState::Live);
}

/// What waited is handed over to a new enrolment, and a refusal under the new one takes it out.
#[tokio::test]
async fn a_refusal_after_a_new_enrolment_takes_out_what_was_done_under_the_old_one() {
    let number = senior(1);
    let mut desks = TwoDesks::new().await;
    let a = desks.a.desk.clone();
    let x = a.issue.new_code(&clerk(&a), &wish(&a, &number).await).await.unwrap();
    a.issue.report_loss(&clerk(&a), &x.case_number, (&number, &chip()), x.serial, true).await.unwrap();
    let refused = Verdict::Rejected { code: Refusal::NotPermitted };
    desks.a.centre.mind().verdicts.insert(2, refused);
    desks.a.centre.start_again().await;
    a.store().close().await;
    drop(a);
    desks.a.desk = enrolled(desks.a.folder.path(), &desks.a.centre.url, Arc::new(SystemClock::new())).await;
    desks.a.centre.stop().await;
    let a = desks.a.desk.clone();
    assert_eq!(known(&a, &number, x.serial).await.state, CodeState::Lost);
    desks.synchronise(&[&a]).await;
    assert_eq!(known(&a, &number, x.serial).await.state, CodeState::Live);
}

/// A verifier without the line goes by the lists it last fetched, and by what this desk itself was
/// told.
#[tokio::test]
async fn l2_a_code_known_here_to_have_ended_does_not_verify_as_valid_offline() {
    let number = senior(1);
    let mut desks = TwoDesks::new().await;
    let a = desks.a.desk.clone();
    let x = a.issue.new_code(&clerk(&a), &wish(&a, &number).await).await.unwrap();
    desks.a.centre.start_again().await;
    let running = tokio::spawn(a.clone().run_sync());
    let revoked = async || match a.verification.verify_offline(&x.payload).await.unwrap() {
        Verified::Offline(answer) => Some(answer.unwrap().probably_revoked),
        Verified::NoLists | Verified::Online(_) => None,
    };
    until(|| async { revoked().await == Some(false) }).await;
    running.abort();
    desks.a.centre.stop().await;
    a.issue.report_loss(&clerk(&a), &x.case_number, (&number, &chip()), x.serial, true).await.unwrap();
    assert_eq!(revoked().await, Some(true));
}
