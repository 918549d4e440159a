//! What a desk forgets after the retention time (S9), and what it keeps for as long as somebody
//! needs it.

use desk::{
    Desk,
    clock::ManualClock,
    issue::{IssueKind, IssueRequest},
    store::{Page, case_file::CaseState},
    sync::SyncEvent,
};
use fixture::{
    Fixture, PASSWORD, SUPERVISOR_ROLES, clerk, correction, credentials, logged_in_once, record, senior,
    supervisor, told_of, until, view, wish,
};
use rules::{
    At, Refusal, Sensitive,
    correction::{Digest, Field, State},
    life::{Action, Code, CodeState, Serial},
    person::IdNumber,
    policy::SET_BACK_TOLERANCE_MS,
    wire::{Change, Channel, CitizenView, Escalation, Verdict},
};
use std::sync::Arc;
use uuid::Uuid;

const FIRST: Page = Page { offset: 0, limit: 50 };
const DAY_MS: i64 = 86_400_000;

/// A desk whose days pass by hand.
struct Aging {
    fixture: Fixture,
    clock: Arc<ManualClock>,
    desk: Arc<Desk>,
}

impl Aging {
    async fn begin() -> Self {
        let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
        let fixture = Fixture::with_clock(clock.clone()).await;
        let desk = fixture.desk.clone();
        Self { fixture, clock, desk }
    }

    async fn issue(&self, number: &IdNumber) {
        self.desk.issue.new_code(&clerk(&self.desk), &wish(&self.desk, number).await).await.unwrap();
    }

    /// The centre decides everything.
    async fn synchronise(&self) {
        let task = tokio::spawn(self.desk.clone().run_sync());
        until(async || self.desk.counts.sync_status().await.unwrap().depth.waiting == 0).await;
        task.abort();
        let _ = task.await;
    }

    /// The centre gets this page, and the desk has it written down.
    async fn arrives(&self, page: &Digest) {
        let mut events = self.desk.sync().subscribe();
        let task = tokio::spawn(self.desk.clone().run_sync());
        while !matches!(events.recv().await.unwrap(), SyncEvent::BlobUploaded) {}
        task.abort();
        let _ = task.await;
        assert!(self.fixture.centre.mind().blobs[&page.to_string()].1);
    }

    /// The centre is heard of again, with who is a supervisor here.
    async fn hears_the_centre(&self) {
        told_of(&self.fixture, vec![record("2001", &SUPERVISOR_ROLES)]).await;
        logged_in_once(&self.desk, &["2001"]).await;
    }

    /// The centre is away; what is seen now is on this desk's own disk.
    async fn alone(&mut self) {
        self.fixture.centre.stop().await;
    }

    async fn passes(&self, days: i64) {
        self.clock.advance(days * DAY_MS);
        self.fixture.centre.mind().clock_offset_ms += days * DAY_MS;
        self.desk.keep_house().await.unwrap();
    }

    /// Whether the first operation still says whose it was.
    async fn has_content(&self) -> bool {
        self.desk.lists.queue.get(1).await.unwrap().unwrap().masked_name.is_some()
    }
}

#[tokio::test]
async fn s9_the_centres_view_of_a_citizen_stays_while_an_operation_on_them_waits() {
    let mut aging = Aging::begin().await;
    for number in [senior(1), senior(2)] {
        let known = view(&number, "张演练");
        aging.fixture.centre.mind().views.insert(known.number.clone(), known);
        aging.desk.citizen.look_up(&clerk(&aging.desk), &number).await.unwrap();
    }
    aging.issue(&senior(1)).await;
    aging.synchronise().await;
    aging.alone().await;
    aging.issue(&senior(2)).await;
    aging.passes(8).await;
    let has_view = async |number| aging.desk.citizen.read(&number, None).await.unwrap().view.is_some();
    assert!(!has_view(senior(1)).await);
    assert!(has_view(senior(2)).await);
}

#[tokio::test]
async fn s9_a_photo_stays_as_long_as_the_view_that_names_it() {
    let mut aging = Aging::begin().await;
    let photo = Digest::of(b"a face");
    let mut known = view(&senior(1), "张演练");
    known.photo = Some(photo.clone());
    aging.fixture.centre.mind().blobs.insert(photo.to_string(), (b"a face".to_vec(), true));
    aging.fixture.centre.mind().views.insert(known.number.clone(), known);
    let without = view(&senior(2), "张演练");
    aging.fixture.centre.mind().views.insert(without.number.clone(), without);
    aging.desk.citizen.look_up(&clerk(&aging.desk), &senior(1)).await.unwrap();
    aging.passes(6).await;
    aging.desk.citizen.look_up(&clerk(&aging.desk), &senior(2)).await.unwrap();
    aging.desk.citizen.look_up(&clerk(&aging.desk), &senior(1)).await.unwrap();
    aging.alone().await;
    aging.issue(&senior(2)).await;
    aging.passes(2).await;
    let citizen = aging.desk.citizen.read(&senior(1), None).await.unwrap();
    assert!(citizen.view.is_some(), "seen two days ago");
    assert_eq!(citizen.photo.unwrap().bytes, b"a face", "what is compared and printed");
    aging.passes(6).await;
    assert!(aging.desk.citizen.read(&senior(1), None).await.unwrap().view.is_none());
    assert!(aging.desk.citizen.read(&senior(2), None).await.unwrap().view.is_some(), "an operation waits");
    assert_eq!(aging.desk.blob.get(&photo).await.unwrap_err().code(), "blob_unknown");
}

#[tokio::test]
async fn s9_a_page_kept_once_more_stays_from_then_on() {
    let mut aging = Aging::begin().await;
    let page = correction::keep(&aging.desk, b"the same page").await;
    aging.arrives(&page).await;
    aging.passes(6).await;
    correction::keep(&aging.desk, b"the same page").await;
    aging.alone().await;
    aging.passes(2).await;
    assert_eq!(aging.desk.blob.get(&page).await.unwrap().bytes, b"the same page");
    aging.passes(6).await;
    assert_eq!(aging.desk.blob.get(&page).await.unwrap_err().code(), "blob_unknown");
}

#[tokio::test]
async fn s9_evidence_stays_until_the_centre_has_it() {
    let mut aging = Aging::begin().await;
    let arrived = correction::keep(&aging.desk, b"at the centre").await;
    aging.arrives(&arrived).await;
    aging.alone().await;
    let waiting = correction::keep(&aging.desk, b"only here").await;
    aging.passes(8).await;
    assert_eq!(aging.desk.blob.get(&waiting).await.unwrap().bytes, b"only here");
    assert_eq!(aging.desk.blob.get(&arrived).await.unwrap_err().code(), "blob_unknown");
}

#[tokio::test]
async fn s9_a_correction_stays_until_it_is_finished_with_what_its_approver_has_opened() {
    let mut aging = Aging::begin().await;
    let open = correction::hand_in(&aging.desk, &senior(1)).await;
    correction::open_evidence(&aging.desk, &open).await;
    let finished = correction::hand_in(&aging.desk, &senior(2)).await;
    correction::withdraw(&aging.desk, &finished).await;
    aging.synchronise().await;
    aging.passes(8).await;
    let gone = aging.desk.correction.get(finished.correction.id).await.unwrap_err();
    assert_eq!(gone.code(), "correction_unknown");

    let waiting = aging.desk.correction.to_approve(FIRST).await.unwrap();
    assert_eq!((waiting.total, &waiting.rows[0]), (1, &open));
    let opened =
        aging.desk.correction.opened_evidence(&supervisor(&aging.desk), open.correction.id).await.unwrap();
    assert_eq!(opened.len(), 1);
    // So that it can still be approved.
    aging.hears_the_centre().await;
    aging.alone().await;
    let at_the_desk = clerk(&aging.desk);
    let typed = credentials("2001", PASSWORD);
    let proof = aging.desk.session.reauthenticate(&at_the_desk, &typed).await.unwrap();
    let approved = correction::approve(&aging.desk, &open, proof).await.unwrap();
    assert!(matches!(approved.correction.state, State::Approved { .. }));
}

#[tokio::test]
async fn s9_evidence_stays_until_its_correction_is_finished() {
    let mut aging = Aging::begin().await;
    let record = correction::hand_in(&aging.desk, &senior(1)).await;
    let page = &record.correction.content.evidence[0].digest;
    aging.arrives(page).await;
    aging.synchronise().await;
    aging.alone().await;
    aging.passes(8).await;
    aging.desk.blob.get(page).await.unwrap();
    correction::withdraw(&aging.desk, &record).await;
    aging.passes(0).await;
    assert_eq!(aging.desk.blob.get(page).await.unwrap_err().code(), "blob_unknown");
}

#[tokio::test]
async fn s9_a_finished_correction_stays_until_the_centre_has_heard_of_it() {
    let mut aging = Aging::begin().await;
    let finished = correction::hand_in(&aging.desk, &senior(1)).await;
    aging.synchronise().await;
    aging.alone().await;
    correction::withdraw(&aging.desk, &finished).await;
    aging.passes(8).await;
    let kept = aging.desk.correction.get(finished.correction.id).await.unwrap();
    assert_eq!(kept.correction.state, State::Withdrawn);
    aging.fixture.centre.start_again().await;
    aging.synchronise().await;
    aging.passes(8).await;
    assert!(aging.desk.correction.get(finished.correction.id).await.is_err());
}

#[tokio::test]
async fn s9_an_operation_keeps_its_content_while_it_waits_and_for_the_retention_time_after_the_verdict() {
    let aging = Aging::begin().await;
    aging.issue(&senior(1)).await;
    aging.passes(8).await;
    assert!(aging.has_content().await, "nobody else has it");
    aging.synchronise().await;
    aging.passes(6).await;
    assert!(aging.has_content().await, "decided six days ago");
    aging.passes(2).await;
    assert!(!aging.has_content().await);
}

#[tokio::test]
async fn s9_an_operation_keeps_its_content_while_its_conflict_is_open() {
    let aging = Aging::begin().await;
    aging.fixture.centre.mind().verdicts.insert(1, Verdict::NotEligible);
    aging.issue(&senior(1)).await;
    aging.synchronise().await;
    aging.passes(8).await;
    // The log goes on, and what is old in it is looked through again.
    aging.hears_the_centre().await;
    aging.issue(&senior(2)).await;
    aging.passes(0).await;
    let conflict = async || aging.desk.lists.conflicts.get((1, 1)).await;
    assert!(conflict().await.unwrap().operation.is_some(), "whoever calls back must know whom");
    aging.desk.lists.conflicts.resolve(&supervisor(&aging.desk), (1, 1), "called back").await.unwrap();
    aging.passes(0).await;
    assert!(!aging.has_content().await);
}

/// A holder whose code was issued at the centre ten days ago.
fn with_a_code(aging: &Aging, number: &IdNumber) -> CitizenView {
    let code = Code {
        serial: Serial([3; 16]),
        state: CodeState::Live,
        issued_at: aging.desk.read_clock().at.plus_ms(-10 * DAY_MS),
        valid_through: aging.desk.read_clock().at.day().tomorrow().unwrap(),
        provisional: false,
        copies: 1,
    };
    CitizenView { codes: vec![code], ..view(number, "张演练") }
}

#[tokio::test]
async fn l7_a_reissue_refused_after_the_retention_time_still_leaves_the_old_code_as_it_was() {
    let aging = Aging::begin().await;
    let number = senior(1);
    let known = with_a_code(&aging, &number);
    aging.fixture.centre.mind().views.insert(known.number.clone(), known);
    aging.desk.citizen.look_up(&clerk(&aging.desk), &number).await.unwrap();
    let request =
        IssueRequest { kind: IssueKind::New { action: Action::Reissue }, ..wish(&aging.desk, &number).await };
    aging.desk.issue.new_code(&clerk(&aging.desk), &request).await.unwrap();
    let states = async || {
        let citizen = aging.desk.citizen.read(&number, None).await.unwrap();
        citizen.codes.iter().map(|known| known.code.state).collect::<Vec<_>>()
    };
    aging.passes(8).await;
    assert_eq!(states().await, [CodeState::Superseded, CodeState::Live]);
    let refused = Verdict::Rejected { code: Refusal::NotEligible };
    aging.fixture.centre.mind().verdicts.insert(1, refused);
    aging.synchronise().await;
    assert_eq!(states().await, [CodeState::Live, CodeState::Voided]);
}

#[tokio::test]
async fn s9_what_was_typed_in_a_case_that_was_put_aside_stays_and_it_is_found_by_its_citizen() {
    let mut aging = Aging::begin().await;
    let desk = aging.desk.clone();
    let citizen = desk.citizen_ref(&senior(1));
    let (mut cases, mut pages) = (Vec::new(), Vec::new());
    for content in [b"a page of one", b"a page of two"] {
        let case = desk.case.open(&clerk(&desk), Some(&citizen)).await.unwrap().as_str().to_owned();
        let page = correction::keep(&desk, content).await;
        aging.arrives(&page).await;
        let typed = serde_json::json!({ "evidence": [{ "digest": page }] }).to_string();
        desk.case.save_draft(&clerk(&desk), &case, "correction", Sensitive::new(typed)).await.unwrap();
        cases.push(case);
        pages.push(page);
    }
    let words = Sensitive::new("not of that form".to_owned());
    desk.case.save_draft(&clerk(&desk), &cases[0], "note", words).await.unwrap();
    desk.case.suspend(&clerk(&desk), &cases[0]).await.unwrap();
    desk.case.close(&clerk(&desk), &cases[1]).await.unwrap();
    aging.passes(8).await;
    aging.alone().await;
    let found = desk.case.unfinished(Some(&citizen)).await.unwrap();
    assert_eq!((found.len(), &found[0].case_number), (1, &cases[0]));
    assert_eq!(desk.case.drafts(&cases[0]).await.unwrap().len(), 2);
    desk.blob.get(&pages[0]).await.unwrap();
    let closed = desk.case.get(&cases[1]).await.unwrap();
    assert_eq!((closed.state, closed.citizen_ref), (CaseState::Closed, None));
    assert!(desk.case.drafts(&cases[1]).await.unwrap().is_empty());
    assert_eq!(desk.blob.get(&pages[1]).await.unwrap_err().code(), "blob_unknown");
}

#[tokio::test]
async fn s9_an_escalation_waits_for_its_window_however_long_it_takes() {
    let aging = Aging::begin().await;
    let filed = |n: u128, closed| Escalation {
        id: Uuid::from_u128(n),
        number: senior(1),
        masked_name: "张**".to_owned(),
        field: Field::Name,
        channel: Channel::Kiosk,
        at: aging.desk.read_clock().at,
        remark: None,
        closed,
        dismissed: None,
    };
    let news = [filed(1, false), filed(2, true)].map(|one| Change::Escalation(Box::new(one)));
    aging.fixture.centre.mind().changes.extend(news);
    aging.hears_the_centre().await;
    let kept = async || -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM escalation");
        count.fetch_one(aging.desk.store().readers()).await.unwrap()
    };
    assert_eq!(kept().await, 2);
    aging.passes(8).await;
    let inbox = aging.desk.correction.escalations(FIRST).await.unwrap();
    assert_eq!((inbox.total, inbox.rows[0].id, kept().await), (1, Uuid::from_u128(1), 1));
}

#[tokio::test]
async fn l10_s9_a_desk_whose_clock_was_set_back_forgets_nothing_until_the_centre_tells_the_time() {
    let aging = Aging::begin().await;
    aging.issue(&senior(1)).await;
    aging.synchronise().await;
    aging.clock.advance(8 * DAY_MS);
    aging.fixture.centre.mind().clock_offset_ms += 8 * DAY_MS;
    aging.clock.step(-SET_BACK_TOLERANCE_MS - 1);
    let codes = async || aging.desk.citizen.read(&senior(1), None).await.unwrap().codes.len();
    assert_eq!(aging.desk.keep_house().await.unwrap(), 0);
    assert_eq!((codes().await, aging.has_content().await), (1, true));
    aging.hears_the_centre().await;
    assert!(!aging.desk.read_clock().set_back);
    aging.desk.keep_house().await.unwrap();
    assert_eq!((codes().await, aging.has_content().await), (0, false));
}
