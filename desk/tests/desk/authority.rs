//! Whose word counts (A1–A7): what a desk keeps of people, whose key signs, and when that ends.

use desk::{
    Desk, DeskError,
    clock::ManualClock,
    issue::VoidRequest,
    session::{Credentials, Login, NewSecondFactor, Operator},
    store::{
        Page,
        audit::{AuditQuery, Event},
    },
    sync::log::{DatabaseLog, Log as _},
};
use fixture::{
    Fixture, PASSWORD, SUPERVISOR_ROLES, TOTP_SECRET, auditor, centre::issuers, clerk, correction,
    credentials, logged_in_once, people, record, security_admin, senior, signed, supervisor, told_of, totp,
    whole_store, wish,
};
use rules::{
    At, Sensitive,
    authority::{StaffRecord, unproven},
    keys::{PublicKey, Signer as _},
    life::CodeState,
    op::OpBody,
    permission::Role,
    wire::Change,
};
use std::{collections::BTreeMap, sync::Arc};

pub const HOUR_MS: i64 = 3_600_000;

/// A desk at which a clerk and two supervisors have logged in with the centre, which is away now.
pub async fn staffed_at(clock: Arc<ManualClock>) -> Fixture {
    let mut fixture = Fixture::with_clock(clock).await;
    let people = vec![
        record("1001", &[Role::Clerk]),
        record("2001", &SUPERVISOR_ROLES),
        record("2002", &SUPERVISOR_ROLES),
    ];
    told_of(&fixture, people).await;
    logged_in_once(&fixture.desk, &["2001", "2002", "1001"]).await;
    fixture.centre.stop().await;
    fixture
}

pub fn now() -> Arc<ManualClock> {
    ManualClock::new(At(jiff::Timestamp::now().as_millisecond()))
}

pub async fn staffed() -> Fixture {
    staffed_at(now()).await
}

pub fn code<T>(done: Result<T, DeskError>) -> &'static str {
    done.err().map_or("ok", |error| error.code())
}

pub async fn tries(desk: &Desk, typed: &Credentials) -> Result<Login, DeskError> {
    desk.session.log_in(typed).await
}

pub async fn audited(desk: &Desk, event: Event) -> Vec<String> {
    let query = AuditQuery { event: Some(event), ..AuditQuery::default() };
    let page = Page { offset: 0, limit: 100 };
    let rows = desk.lists.audit.search(&auditor(desk), &query, page).await.unwrap().rows;
    rows.into_iter().map(|row| row.outcome).collect()
}

/// Keys of people, as the centre has them.
fn keys() -> BTreeMap<&'static str, PublicKey> {
    ["1001", "2001", "2002"].into_iter().map(|who| (who, people::key(who).public_key())).collect()
}

/// Checks that every batch the desk can make, whatever its boundaries, is proven.
async fn assert_proven(desk: &Desk, operations: usize) {
    let log = DatabaseLog::new(desk.store().clone(), desk.identity().author());
    let keys = keys();
    let mut seen = 0;
    for limit in 1..=operations {
        let mut next = 1;
        while let Some(proven) = log.batch(next, limit).await.unwrap() {
            let found = unproven(&proven.batch, &proven.sessions, |who, id| {
                keys.get(who.as_str()).filter(|key| key.key_id() == id)
            });
            assert_eq!(found, BTreeMap::new(), "{limit} operations from {next}");
            next += proven.batch.ops.len() as u64;
            seen = proven.batch.ops.len().max(seen);
        }
        assert_eq!(next as usize, operations + 1);
    }
    assert_eq!(seen, operations);
}

async fn void_of(desk: &Desk, by: &Operator) -> VoidRequest {
    let request = wish(desk, &senior(1)).await;
    let issued = desk.issue.new_code(by, &request).await.unwrap();
    VoidRequest {
        case_number: request.case_number.clone(),
        serial: issued.serial,
        number: request.number.clone(),
        reason: "领取人不符".to_owned(),
    }
}

#[tokio::test]
async fn c3_a_desk_keeps_no_hash_no_second_factor_and_no_open_key_of_anybody() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    fixture.centre.mind().totp_secrets.insert("2001".to_owned(), TOTP_SECRET.to_owned());
    told_of(&fixture, vec![record("1001", &[Role::Clerk]), record("2001", &SUPERVISOR_ROLES)]).await;
    let with_factor =
        Credentials { second_factor: Some(Sensitive::new(totp())), ..credentials("2001", PASSWORD) };
    let login = tries(desk, &with_factor).await.unwrap();
    void_of(desk, &login.operator).await;
    let all = whole_store(desk).await;
    assert!(all.contains(&people::key("2001").public_key().key_id().to_string()), "the whole store is read");
    assert!(all.contains("wrapped_key"), "what is kept of who logged in here is wrapped");
    let secret = people::secret("2001");
    let spelt = [rules::hex::encode(&secret), format!("{secret:?}")];
    let secrets =
        [PASSWORD, TOTP_SECRET, "$argon2", "totp", &with_factor.second_factor.unwrap().expose().clone()];
    for secret in secrets.into_iter().chain(spelt.iter().map(String::as_str)) {
        assert!(!all.contains(secret), "{secret}");
    }
    assert_eq!(all.matches("wrapped_key").count(), 1, "of nobody who did not log in here");
}

#[tokio::test]
async fn a_second_factor_that_its_owner_sets_is_asked_for_from_then_on_and_not_kept_here() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    told_of(&fixture, vec![record("1001", &[Role::Clerk])]).await;
    let login = tries(desk, &credentials("1001", PASSWORD)).await.unwrap();
    let new = |password: &str, code: String| NewSecondFactor {
        password: Sensitive::new(password.to_owned()),
        secret: Sensitive::new(TOTP_SECRET.to_owned()),
        code: Sensitive::new(code),
        present: None,
    };
    for (nth, wrong) in
        [new("another-password", totp()), new(PASSWORD, "000".to_owned())].into_iter().enumerate()
    {
        assert!(desk.session.set_second_factor(&login.operator, wrong).await.is_err(), "{nth}");
    }
    assert!(fixture.centre.mind().totp_secrets.is_empty());
    desk.session.set_second_factor(&login.operator, new(PASSWORD, totp())).await.unwrap();
    assert_eq!(code(tries(desk, &credentials("1001", PASSWORD)).await), "login_failed");
    let with_factor =
        Credentials { second_factor: Some(Sensitive::new(totp())), ..credentials("1001", PASSWORD) };
    tries(desk, &with_factor).await.unwrap();
    let mut outcomes = audited(desk, Event::SecondFactorChanged).await;
    outcomes.sort_by_key(|outcome| outcome != "ok");
    assert_eq!((outcomes.len(), outcomes[0].as_str()), (3, "ok"), "what failed stands there too");
    assert!(!whole_store(desk).await.contains(TOTP_SECRET));
}

#[tokio::test]
async fn a3_every_batch_is_proven_whoever_worked_in_between_and_wherever_it_ends() {
    let mut fixture = staffed().await;
    let desk = fixture.desk.clone();
    let [clerk, other] = [clerk(&desk), supervisor(&desk)];
    for (n, who) in [&clerk, &other, &other, &clerk, &other, &clerk, &clerk].into_iter().enumerate() {
        desk.issue.new_code(who, &wish(&desk, &senior(10 + n as u32)).await).await.unwrap();
        // What was given up is no link.
        let unknown = fixture::request("no such case", &senior(99));
        assert_eq!(code(desk.issue.new_code(who, &unknown).await), "case_unknown");
    }
    assert_proven(&desk, 7).await;
    // The program starts again: sessions end with it, and their proofs stay.
    fixture.restart().await;
    let desk = &fixture.desk;
    desk.issue.new_code(&fixture::clerk(desk), &wish(desk, &senior(30)).await).await.unwrap();
    assert_proven(desk, 8).await;
}

#[tokio::test]
async fn a3_what_a_new_enrolment_takes_over_is_still_proven() {
    let mut fixture = staffed().await;
    let desk = fixture.desk.clone();
    let [clerk, other] = [clerk(&desk), supervisor(&desk)];
    for (n, who) in [&clerk, &other, &clerk].into_iter().enumerate() {
        desk.issue.new_code(who, &wish(&desk, &senior(10 + n as u32)).await).await.unwrap();
    }
    desk.store().close().await;
    fixture.centre.start_again().await;
    let folder = fixture.folder.path().to_owned();
    let again =
        fixture::enrolled(&folder, &fixture.centre.url, Arc::new(desk::clock::SystemClock::new())).await;
    assert_eq!(again.identity().author().epoch, 2);
    assert_proven(&again, 3).await;
    again.issue.new_code(&fixture::clerk(&again), &wish(&again, &senior(20)).await).await.unwrap();
    assert_proven(&again, 4).await;
}

#[tokio::test]
async fn a3_a_session_that_was_ended_does_nothing_more_whoever_still_holds_it() {
    let fixture = staffed().await;
    let desk = &fixture.desk;
    let held = desk.session.operator().unwrap();
    let wanted = wish(desk, &senior(1)).await;
    desk.session.log_out().await.unwrap();
    assert_eq!(code(desk.issue.new_code(&held, &wanted).await), "session_ended");
    assert_eq!(desk.counts.queue_depth().await.unwrap().waiting, 0, "nothing was written");
}

#[tokio::test]
async fn a3_a_session_ends_after_ten_hours_and_goes_on_where_it_was_after_a_log_in() {
    let clock = now();
    let fixture = staffed_at(clock.clone()).await;
    let desk = &fixture.desk;
    let first = desk.session.operator().unwrap();
    clock.advance(10 * HOUR_MS);
    assert!(desk.session.operator().is_ok());
    clock.advance(1);
    assert_eq!(code(desk.session.operator()), "session_ended");
    assert_eq!(desk.session.locked_by().unwrap().staff, first.staff, "the screen asks for their password");
    assert_eq!(code(desk.issue.new_code(&first, &wish(desk, &senior(1)).await).await), "session_ended");
    // Setting the wall clock back does not lengthen it.
    clock.step(-HOUR_MS);
    assert_eq!(code(desk.session.operator()), "session_ended");
    let again = desk.session.unlock(Sensitive::new(PASSWORD.to_owned()), None).await.unwrap().unwrap();
    assert_ne!(again.operator.session.id(), first.session.id());
    assert_eq!(desk.session.operator().unwrap(), again.operator);
}

#[tokio::test]
async fn a4_an_approval_and_a_void_are_signed_by_who_gave_the_password() {
    let fixture = staffed().await;
    let desk = &fixture.desk;
    let at_the_desk = desk.session.operator().unwrap();
    assert_eq!(at_the_desk.staff.as_str(), "1001", "the approver sits down at the clerk's window");
    let record = correction::hand_in(desk, &senior(2)).await;
    correction::open_evidence(desk, &record).await;
    let void = void_of(desk, &at_the_desk).await;
    let again =
        async |who| desk.session.reauthenticate(&at_the_desk, &credentials(who, PASSWORD)).await.unwrap();
    let wrong = desk.session.reauthenticate(&at_the_desk, &credentials("2001", "something else")).await;
    assert_eq!(code(wrong), "login_failed");
    // The clerk's own password is not the supervisor's, and another supervisor has seen nothing.
    assert_eq!(code(correction::approve(desk, &record, again("1001").await).await), "not_permitted");
    assert_eq!(code(desk.issue.void(again("1001").await, &void).await), "not_permitted");
    assert_eq!(code(correction::approve(desk, &record, again("2002").await).await), "evidence_not_opened");
    correction::approve(desk, &record, again("2001").await).await.unwrap();
    desk.issue.void(again("2002").await, &void).await.unwrap();

    let log = DatabaseLog::new(desk.store().clone(), desk.identity().author());
    let batch = log.batch(1, 200).await.unwrap().unwrap().batch;
    let by = |body: fn(&OpBody) -> bool| batch.ops.iter().find(|op| body(&op.body)).unwrap();
    let voided = by(|body| matches!(body, OpBody::Void { .. }));
    let approved = batch.ops.iter().find(|op| op.body.needs_consent()).unwrap();
    for (operation, who) in [(approved, "2001"), (voided, "2002")] {
        assert_eq!(operation.operator.as_str(), who);
        let consent = operation.consent.as_ref().unwrap();
        consent.verify(operation, &people::key(who).public_key()).unwrap();
        for other in ["1001", "2001", "2002"].iter().filter(|other| **other != who) {
            consent.verify(operation, &people::key(other).public_key()).unwrap_err();
        }
    }
    assert_eq!(voided.session.id, at_the_desk.session.id());
    assert!(batch.ops.iter().all(|op| op.body.needs_consent() == op.consent.is_some()));
    assert_proven(desk, batch.ops.len()).await;
    let codes = desk.citizen.read(&senior(1), None).await.unwrap().codes;
    assert_eq!(codes[0].code.state, CodeState::Voided);
}

#[tokio::test]
async fn a6_who_is_dismissed_demoted_moved_or_changed_their_key_is_out_as_soon_as_the_desk_hears_of_it() {
    let changes: [fn(StaffRecord) -> StaffRecord; 4] = [
        |held| StaffRecord { active: false, ..held },
        |held| StaffRecord { roles: vec![Role::Auditor], ..held },
        |held| StaffRecord { public_key: people::key("another").public_key(), ..held },
        |held| StaffRecord { site: "310104".parse().unwrap(), ..held },
    ];
    for (nth, change) in changes.into_iter().enumerate() {
        let mut fixture = staffed().await;
        fixture.centre.start_again().await;
        let desk = fixture.desk.clone();
        logged_in_once(&desk, &["2001", "1001"]).await;
        let [sitting, suspended] = [desk.session.operator().unwrap(), desk.session.suspended().remove(0)];
        assert_eq!((sitting.staff.as_str(), suspended.staff.as_str()), ("1001", "2001"));
        let wanted = wish(&desk, &senior(1)).await;
        desk.citizen.look_up(&sitting, &senior(3)).await.unwrap();
        assert_eq!(fixture.centre.mind().view_token, "Bearer of 1001");
        let held = ["1001", "2001"].map(|who| fixture.centre.mind().staff[who].clone());
        let news = held.clone().map(|held| change(StaffRecord { version: 2, ..held }));
        // The earlier word may come once more behind the later one.
        told_of(&fixture, news.into_iter().chain(held).collect()).await;
        assert_eq!(code(desk.session.operator()), "session_ended", "{nth}");
        desk.citizen.look_up(&sitting, &senior(3)).await.unwrap();
        assert_eq!(fixture.centre.mind().view_token, "Bearer 7.1", "{nth}: the desk's own");
        for who in [&sitting, &suspended] {
            assert_eq!(code(desk.issue.new_code(who, &wanted).await), "session_ended", "{nth}");
        }
        // Nor by what the desk kept.
        fixture.centre.stop().await;
        let expected = if nth == 1 { "ok" } else { "offline_login_failed" };
        assert_eq!(code(tries(&desk, &credentials("1001", PASSWORD)).await), expected, "{nth}");
    }
}

#[tokio::test]
async fn a6_staff_that_the_centre_did_not_sign_is_not_believed() {
    let fixture = Fixture::new().await;
    let forged = issuers([12; 32]).sign(record("1001", &Role::ALL), At(0)).unwrap();
    let mut altered = signed(record("1001", &[Role::Clerk]));
    altered.value.roles = Role::ALL.to_vec();
    let mut events = fixture.desk.sync().subscribe();
    for word in [forged, altered] {
        fixture.centre.mind().changes = vec![Change::Staff(Box::new(word))];
        let task = tokio::spawn(fixture.desk.clone().run_sync());
        while !matches!(events.recv().await.unwrap(), desk::sync::SyncEvent::StoreFailed { .. }) {}
        task.abort();
        let _ = task.await;
        let known = fixture.desk.session.accounts(&security_admin(&fixture.desk)).await.unwrap();
        assert_eq!(known, []);
    }
}
