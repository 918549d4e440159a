//! Operations on a real encrypted database: one transaction, one code, one outbox row.

use desk::{
    citizen::Source,
    clock::ManualClock,
    issue::{IssueKind, IssueRequest, ReprintRequest, VoidRequest},
    store::{
        Page,
        print_job::{InHand, NewPrint},
        queue::QueueFilter,
    },
    sync::log::{DatabaseLog, Log as _},
};
use fixture::{Fixture, TestCentre, UNPRINTABLE, chip, clerk, name, number, senior, view, wish};
use rules::{
    At, Refusal,
    keys::{Class, SoftwareKey},
    life::{Action, Code, CodeState, Serial, TakesEffect, valid_through},
    op::OpBody,
    payload::{Claims, SignedSymbol, encode, verify_with},
    permission::Role,
    window::Paper,
    wire::CitizenView,
};
use uuid::Uuid;

const FIRST: Page = Page { offset: 0, limit: 50 };

#[tokio::test]
async fn l9_an_issue_writes_code_operation_and_outbox_row_together_and_is_provisional() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    assert!(issued.provisional);
    assert_eq!(issued.takes_effect, TakesEffect::AtNextSynchronisation);
    let claims = verify_with(&issued.payload, &desk.identity().desk_key().public_key).unwrap();
    assert_eq!(claims.serial, issued.serial);
    assert_eq!(claims.masked_name, "张**");
    let queue = desk.lists.queue.page(&clerk(desk), QueueFilter::Pending, "", FIRST).await.unwrap();
    assert_eq!(queue.total, 1);
    assert_eq!(queue.rows[0].serial, Some(issued.serial));
    let citizen = desk.citizen.read(&request.number, None).await.unwrap();
    assert_eq!(citizen.codes.len(), 1);
    assert!(citizen.codes[0].waits && citizen.codes[0].code.provisional);
    assert_eq!(citizen.source, Source::Blind);
}

#[tokio::test]
async fn a_second_press_of_the_key_gives_the_same_code() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    let issuer = clerk(&fixture.desk);
    let (first, second) =
        tokio::join!(desk.issue.new_code(&issuer, &request), desk.issue.new_code(&issuer, &request));
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(desk.lists.queue.page(&clerk(desk), QueueFilter::All, "", FIRST).await.unwrap().total, 1);
}

#[tokio::test]
async fn a_case_taken_up_another_day_is_another_wish() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    let first = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    clock.advance(86_400_000);
    let again = desk.issue.new_code(&clerk(desk), &request).await.unwrap_err();
    assert_eq!(again.code(), Refusal::HasHadACode.code(), "decided anew, not remembered");
    let request = IssueRequest { kind: IssueKind::New { action: Action::Reissue }, ..request };
    let second = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    assert_ne!(first.serial, second.serial);
    assert_eq!(desk.issue.new_code(&clerk(desk), &request).await.unwrap(), second);
    let citizen = desk.citizen.read(&request.number, None).await.unwrap();
    assert_eq!(citizen.codes[0].code.state, CodeState::Superseded);
}

#[tokio::test]
async fn l3_one_issue_a_day_also_in_another_case() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    let again =
        IssueRequest { kind: IssueKind::New { action: Action::Reissue }, ..wish(desk, &senior(1)).await };
    let refused = desk.issue.new_code(&clerk(desk), &again).await.unwrap_err();
    assert_eq!(refused.code(), Refusal::AlreadyIssuedToday.code());
    assert_eq!(desk.lists.queue.page(&clerk(desk), QueueFilter::All, "", FIRST).await.unwrap().total, 1);
}

#[tokio::test]
async fn l8_n5_e5_refusals_write_nothing() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let unconfirmed = IssueRequest { confirmed_by_holder: false, ..wish(desk, &senior(1)).await };
    assert_eq!(
        desk.issue.new_code(&clerk(desk), &unconfirmed).await.unwrap_err().code(),
        "not_confirmed_by_holder"
    );
    let unprintable =
        IssueRequest { name: name(&format!("张{UNPRINTABLE}")), ..wish(desk, &senior(2)).await };
    assert_eq!(
        desk.issue.new_code(&clerk(desk), &unprintable).await.unwrap_err().code(),
        "name_not_printable"
    );
    let unknown = wish(desk, &number("19900203", 1)).await;
    assert_eq!(
        desk.issue.new_code(&clerk(desk), &unknown).await.unwrap_err().code(),
        "eligibility_not_known"
    );
    let no_case = IssueRequest { case_number: "nothing".to_owned(), ..wish(desk, &senior(3)).await };
    assert_eq!(desk.issue.new_code(&clerk(desk), &no_case).await.unwrap_err().code(), "case_unknown");
    assert_eq!(desk.lists.queue.page(&clerk(desk), QueueFilter::All, "", FIRST).await.unwrap().total, 0);
}

#[tokio::test]
async fn a_blind_desk_issues_what_the_citizen_asked_for() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let request =
        IssueRequest { kind: IssueKind::New { action: Action::Reissue }, ..wish(desk, &senior(1)).await };
    assert_eq!(desk.issue.new_code(&clerk(desk), &request).await.unwrap().action, Action::Reissue);
}

#[tokio::test]
async fn l6_l9_loss_then_no_reprint() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    let (case, number) = (&request.case_number, &request.number);
    let careless = desk
        .issue
        .report_loss(&clerk(desk), case, (number, &chip()), issued.serial, false)
        .await
        .unwrap_err();
    assert_eq!(careless.code(), "consequence_not_confirmed");
    let lost =
        desk.issue.report_loss(&clerk(desk), case, (number, &chip()), issued.serial, true).await.unwrap();
    assert_eq!(lost.takes_effect, TakesEffect::AtNextSynchronisation);
    let again =
        desk.issue.report_loss(&clerk(desk), case, (number, &chip()), issued.serial, true).await.unwrap();
    assert_eq!(lost.seq, again.seq, "the same press twice");
    let reprint = ReprintRequest {
        agent: None,
        case_number: case.clone(),
        serial: issued.serial,
        idempotency_key: Uuid::now_v7(),
        proof: chip(),
        number: number.clone(),
        name: request.name.clone(),
    };
    assert_eq!(desk.issue.reprint(&clerk(desk), &reprint).await.unwrap_err().code(), "code_not_live");
    let citizen = desk.citizen.read(number, None).await.unwrap();
    assert_eq!(citizen.codes[0].code.state, CodeState::Lost);
}

#[tokio::test]
async fn l4_a_reprint_counts_a_copy_once_per_press_and_keeps_the_code() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    let reprint = ReprintRequest {
        agent: None,
        case_number: request.case_number.clone(),
        serial: issued.serial,
        idempotency_key: Uuid::now_v7(),
        proof: chip(),
        number: request.number.clone(),
        name: request.name.clone(),
    };
    let first = desk.issue.reprint(&clerk(desk), &reprint).await.unwrap();
    let second = desk.issue.reprint(&clerk(desk), &reprint).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(first.payload, issued.payload);
    let citizen = desk.citizen.read(&request.number, None).await.unwrap();
    assert_eq!(citizen.codes[0].code.copies, 2);

    // Corrected meanwhile: the symbol would say another name than the sheet.
    let renamed = ReprintRequest { idempotency_key: Uuid::now_v7(), name: name("章演练"), ..reprint };
    assert_eq!(desk.issue.reprint(&clerk(desk), &renamed).await.unwrap_err().code(), "symbol_outdated");
    let citizen = desk.citizen.read(&request.number, None).await.unwrap();
    assert_eq!(citizen.codes[0].code.copies, 2);
}

/// B1: one code, one symbol. What another desk signed is printed as it is, without a line too.
#[tokio::test]
async fn b1_a_reprint_of_a_code_issued_elsewhere_has_the_very_symbol_that_was_signed_there() {
    let mut fixture = Fixture::new().await;
    let desk = fixture.desk.clone();
    let number = senior(1);
    let case = desk.case.open(&clerk(&desk), Some(&desk.citizen_ref(&number))).await.unwrap();
    let issued_at = desk.read_clock().at.plus_ms(-40 * 86_400_000);
    let code = Code {
        serial: Serial([9; 16]),
        state: CodeState::Live,
        issued_at,
        valid_through: valid_through(issued_at.day(), &desk.policy()),
        provisional: false,
        copies: 1,
    };
    let claims = Claims {
        issuer: "practice".to_owned(),
        issued_at,
        expires_at: At::end_of(code.valid_through),
        serial: code.serial,
        masked_name: name("张演练").masked(),
        masked_number: number.masked(),
        class: Class::Practice,
    };
    let signed_there = encode(&claims, &SoftwareKey::from_bytes(&[77; 32]).unwrap()).unwrap();
    let reprint = ReprintRequest {
        agent: None,
        case_number: case.as_str().to_owned(),
        serial: code.serial,
        idempotency_key: Uuid::now_v7(),
        proof: chip(),
        number: number.clone(),
        name: name("张演练"),
    };
    let mut known = CitizenView { codes: vec![code], ..view(&number, "张演练") };
    fixture.centre.mind().views.insert(known.number.clone(), known.clone());
    desk.citizen.look_up(&clerk(&desk), &number).await.unwrap();
    let without = desk.issue.reprint(&clerk(&desk), &reprint).await.unwrap_err();
    assert_eq!(without.code(), "symbol_not_here");
    known.symbol = Some(signed_there.clone());
    fixture.centre.mind().views.insert(known.number.clone(), known);
    desk.citizen.look_up(&clerk(&desk), &number).await.unwrap();
    fixture.centre.stop().await;
    assert_eq!(desk.issue.reprint(&clerk(&desk), &reprint).await.unwrap().payload, signed_there);
}

/// B1: what the centre compares a scan with is in the signed chain.
#[tokio::test]
async fn b1_the_operation_of_an_issue_carries_the_symbol_on_its_sheet() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let issued = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    let log = DatabaseLog::new(desk.store().clone(), desk.identity().author());
    let batch = log.batch(issued.seq, 1).await.unwrap().unwrap();
    let OpBody::Issue { symbol, .. } = &batch.batch.ops[0].body else { panic!("an issue") };
    assert_eq!(**symbol, SignedSymbol::of(&issued.payload).unwrap());
}

#[tokio::test]
async fn s5_a_clerk_may_not_void() {
    let mut fixture = Fixture::new().await;
    let people =
        vec![fixture::record("1001", &[Role::Clerk]), fixture::record("2001", &fixture::SUPERVISOR_ROLES)];
    fixture::told_of(&fixture, people).await;
    let desk = fixture.desk.clone();
    fixture::logged_in_once(&desk, &["1001", "2001"]).await;
    fixture.centre.stop().await;
    let at_the_desk = clerk(&desk);
    let proof = async |who| {
        let typed = fixture::credentials(who, fixture::PASSWORD);
        desk.session.reauthenticate(&at_the_desk, &typed).await.unwrap()
    };
    let request = wish(&desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(&desk), &request).await.unwrap();
    let void = |reason: &str| VoidRequest {
        case_number: request.case_number.clone(),
        serial: issued.serial,
        number: request.number.clone(),
        reason: reason.to_owned(),
    };
    let by_clerk = desk.issue.void(proof("1001").await, &void("wrong person")).await.unwrap_err();
    assert_eq!(by_clerk.code(), "not_permitted");
    let silent = desk.issue.void(proof("2001").await, &void(" ")).await.unwrap_err();
    assert_eq!(silent.code(), "void_reason_needed");
    desk.issue.void(proof("2001").await, &void("wrong person")).await.unwrap();
}

#[tokio::test]
async fn prints_are_three_facts() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    let new = NewPrint {
        case_number: Some(&request.case_number),
        serial: Some(issued.serial),
        paper: Paper::Sheet,
    };
    let id = desk.printing.ask(&clerk(desk), &new).await.unwrap();
    desk.printing.record_state(id, "completed", "none").await.unwrap();
    desk.printing.confirm(&clerk(desk), id, InHand::Spoilt).await.unwrap();
    desk.printing.confirm(&clerk(desk), id, InHand::Spoilt).await.unwrap();
    let today = desk.read_clock().at.day();
    let journal = desk.lists.day.journal(&clerk(desk), today).await.unwrap();
    assert_eq!(journal.spoilt(), 1);
    let all = desk.lists.queue.page(&clerk(desk), QueueFilter::All, "", FIRST).await.unwrap();
    assert_eq!(all.total, 2, "the issue and one confirmed print");
    let log = DatabaseLog::new(desk.store().clone(), desk.identity().author());
    let batch = log.batch(1, 2).await.unwrap().unwrap().batch;
    assert!(batch.ops.iter().all(|operation| operation.citizen == Some(senior(1))), "the print's, too");
}

#[tokio::test]
async fn l10_l11_clock_and_silence_block_issuing_but_not_losses() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    clock.step(-3_600_000);
    let blocked = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(2)).await).await.unwrap_err();
    assert_eq!(blocked.code(), "clock_not_trusted");
    let (case, number) = (&request.case_number, &request.number);
    desk.issue.report_loss(&clerk(desk), case, (number, &chip()), issued.serial, true).await.unwrap();

    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    let desk = &fixture.desk;
    clock.advance(72 * 3_600_000 + 1_000);
    let blocked = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(2)).await).await.unwrap_err();
    assert_eq!(blocked.code(), "offline_too_long");
}

#[tokio::test]
async fn a_desk_whose_certificate_has_ended_issues_nothing_more_but_takes_losses() {
    const HOUR_MS: i64 = 3_600_000;
    let now = At(jiff::Timestamp::now().as_millisecond());
    let clock = ManualClock::new(now);
    let centre = TestCentre::start().await;
    centre.mind().certificate_ends = At(now.0 + HOUR_MS);
    let fixture = Fixture::of(centre, clock.clone()).await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    clock.advance(HOUR_MS);
    let blocked = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(2)).await).await.unwrap_err();
    assert_eq!(blocked.code(), "certificate_ended");
    let (case, number) = (&request.case_number, &request.number);
    desk.issue.report_loss(&clerk(desk), case, (number, &chip()), issued.serial, true).await.unwrap();
}

#[tokio::test]
async fn drafts_and_suspended_cases_survive_a_restart() {
    let mut fixture = Fixture::new().await;
    let citizen = fixture.desk.citizen_ref(&senior(1));
    let case = fixture.desk.case.open(&clerk(&fixture.desk), Some(&citizen)).await.unwrap();
    let typed = rules::Sensitive::new("{\"after\":\"張\"}".to_owned());
    fixture
        .desk
        .case
        .save_draft(&clerk(&fixture.desk), case.as_str(), "correction", typed.clone())
        .await
        .unwrap();
    fixture.desk.case.suspend(&clerk(&fixture.desk), case.as_str()).await.unwrap();
    fixture.restart().await;
    let found = fixture.desk.case.unfinished(Some(&citizen)).await.unwrap();
    assert_eq!(found.len(), 1);
    let resumed = fixture.desk.case.resume(&clerk(&fixture.desk), case.as_str()).await.unwrap();
    assert_eq!(resumed.drafts[0].content, typed);
}
