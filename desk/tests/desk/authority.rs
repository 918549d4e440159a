//! Whose word counts (A1–A7): what a desk keeps of people, whose key signs, and when that ends.

use desk::{
    Desk, DeskError,
    clock::ManualClock,
    issue::VoidRequest,
    session::{CheckedBy, Credentials, Login, Operator},
    store::{
        Page,
        audit::{AuditQuery, Event},
    },
    sync::log::{DatabaseLog, Log as _},
};
use fixture::{
    Fixture, PASSWORD, SUPERVISOR_ROLES, TOTP_SECRET, auditor, clerk, correction, credentials, heard,
    logged_in_once, people, record, security_admin, senior, signed, supervisor, told_of, totp, until, wish,
};
use rules::{
    At, Sensitive,
    authority::{StaffRecord, unproven},
    keys::{PublicKey, Signed, Signer as _},
    life::CodeState,
    op::OpBody,
    permission::Role,
    wire::Change,
};
use std::{collections::BTreeMap, sync::Arc};

const HOUR_MS: i64 = 3_600_000;

/// A desk at which a clerk and two supervisors have logged in with the centre, which is away now.
async fn staffed_at(clock: Arc<ManualClock>) -> Fixture {
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

fn now() -> Arc<ManualClock> {
    ManualClock::new(At(jiff::Timestamp::now().as_millisecond()))
}

async fn staffed() -> Fixture {
    staffed_at(now()).await
}

fn code<T>(done: Result<T, DeskError>) -> &'static str {
    done.err().map_or("ok", |error| error.code())
}

async fn tries(desk: &Desk, typed: &Credentials) -> Result<Login, DeskError> {
    desk.session.log_in(typed).await
}

async fn audited(desk: &Desk, event: Event) -> Vec<String> {
    let query = AuditQuery { event: Some(event), ..AuditQuery::default() };
    let page = Page { offset: 0, limit: 100 };
    let rows = desk.lists.audit.search(&auditor(desk), &query, page).await.unwrap().rows;
    rows.into_iter().map(|row| row.outcome).collect()
}

/// Everything that the desk's database holds, as text.
async fn whole_store(desk: &Desk) -> String {
    let mut raw = fixture::raw(desk).await;
    let tables: Vec<(String,)> = sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(&mut *raw)
        .await
        .unwrap();
    let mut all = String::new();
    for (table,) in tables {
        let columns: Vec<(String,)> =
            sqlx::query_as(&format!("SELECT name FROM pragma_table_xinfo('{table}')"))
                .fetch_all(&mut *raw)
                .await
                .unwrap();
        for (column,) in columns {
            let text =
                format!("CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE {column} || '' END");
            let values: Vec<(Option<String>,)> =
                sqlx::query_as(&format!("SELECT {text} FROM {table}")).fetch_all(&mut *raw).await.unwrap();
            all.extend(
                values.into_iter().flat_map(|(value,)| value).flat_map(|text| [text, "\n".to_owned()]),
            );
        }
    }
    all
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
        |held| StaffRecord { site: "310104".to_owned(), ..held },
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
    let forged = Signed::sign(record("1001", &Role::ALL), &people::key("a thief")).unwrap();
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

#[tokio::test]
async fn m2_of_many_tries_at_once_five_reach_the_check() {
    let fixture = staffed().await;
    let desk = &fixture.desk;
    let tried = (0..20).map(|_| {
        let desk = desk.clone();
        tokio::spawn(async move { code(tries(&desk, &credentials("1001", "something else")).await) })
    });
    for one in tried.collect::<Vec<_>>() {
        assert!(["offline_login_failed", "login_locked"].contains(&one.await.unwrap()));
    }
    let outcomes = audited(desk, Event::Login).await;
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "offline_login_failed").count(), 5);
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "login_locked").count(), 15);
    assert_eq!(code(tries(desk, &credentials("1001", PASSWORD)).await), "login_locked");
}

async fn counted(desk: &Desk) -> Option<i64> {
    let mut raw = fixture::raw(desk).await;
    let row: Option<(i64,)> = sqlx::query_as("SELECT count FROM login_try WHERE number = '1001'")
        .fetch_optional(&mut *raw)
        .await
        .unwrap();
    row.map(|(count,)| count)
}

#[test]
fn a6_a_try_counts_before_it_is_checked() {
    // Passwords are opened on blocking threads. There is one, and it is busy.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().max_blocking_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let fixture = staffed().await;
        let desk = &fixture.desk;
        for nth in 1..=5 {
            let (finish, busy) = std::sync::mpsc::channel::<()>();
            let busy = tokio::task::spawn_blocking(move || busy.recv().is_err());
            // The password is right, and the program ends as soon as the try is counted.
            let trying = tokio::spawn({
                let desk = desk.clone();
                async move { tries(&desk, &credentials("1001", PASSWORD)).await }
            });
            until(async || counted(desk).await == Some(nth)).await;
            trying.abort();
            assert!(trying.await.unwrap_err().is_cancelled());
            drop(finish);
            assert!(busy.await.unwrap());
        }
        assert_eq!(code(tries(desk, &credentials("1001", PASSWORD)).await), "login_locked");
    });
}

/// Closes the desk and opens it again after a restart of the machine.
async fn rebooted(fixture: &mut Fixture, clock: &Arc<ManualClock>) {
    fixture.desk.store().close().await;
    clock.reboot(0);
    fixture.desk = fixture::open(fixture.folder.path(), clock.clone()).await;
}

#[tokio::test]
async fn m10_a_lock_is_lifted_by_time_that_passed_and_not_by_a_clock_that_was_set() {
    let clock = now();
    let mut fixture = staffed_at(clock.clone()).await;
    let (good, wrong) = (credentials("1001", PASSWORD), credentials("1001", "something else"));
    for _ in 0..5 {
        tries(&fixture.desk, &wrong).await.unwrap_err();
    }
    for step_ms in [HOUR_MS, -3 * HOUR_MS, 48 * HOUR_MS] {
        clock.step(step_ms);
        assert_eq!(code(tries(&fixture.desk, &good).await), "login_locked");
        rebooted(&mut fixture, &clock).await;
        assert_eq!(code(tries(&fixture.desk, &good).await), "login_locked", "{step_ms}");
    }
    clock.advance(14 * 60_000);
    assert_eq!(code(tries(&fixture.desk, &good).await), "login_locked");
    clock.advance(60_000);
    let locked = code(tries(&fixture.desk, &wrong).await);
    assert_eq!(locked, "offline_login_failed", "fifteen minutes of this boot have passed");
}

#[tokio::test]
async fn m10_the_centres_time_lifts_a_lock_and_so_does_a_security_administrator() {
    let clock = now();
    let mut fixture = staffed_at(clock.clone()).await;
    let (good, wrong) = (credentials("1001", PASSWORD), credentials("1001", "something else"));
    for _ in 0..5 {
        tries(&fixture.desk, &wrong).await.unwrap_err();
    }
    clock.step(HOUR_MS);
    rebooted(&mut fixture, &clock).await;
    assert_eq!(code(tries(&fixture.desk, &good).await), "login_locked");
    fixture.centre.mind().clock_offset_ms = HOUR_MS;
    fixture.centre.start_again().await;
    heard_again(&fixture).await;
    assert_eq!(code(tries(&fixture.desk, &good).await), "ok", "the centre says that an hour has passed");

    for _ in 0..5 {
        tries(&fixture.desk, &wrong).await.unwrap_err();
    }
    assert_eq!(code(tries(&fixture.desk, &good).await), "login_locked");
    let unlocking = security_admin(&fixture.desk);
    fixture.desk.session.unlock_account(&unlocking, &"1001".parse().unwrap()).await.unwrap();
    assert_eq!(code(tries(&fixture.desk, &good).await), "ok");
}

/// The desk hears of the centre.
async fn heard_again(fixture: &Fixture) {
    fixture.centre.mind().employ(vec![record("1009", &[Role::Clerk])]);
    heard(fixture).await;
}

#[tokio::test]
async fn m10_after_a_hundred_hours_offline_a_clock_set_back_opens_nothing() {
    let clock = now();
    let mut fixture = staffed_at(clock.clone()).await;
    let good = credentials("1001", PASSWORD);
    clock.advance(71 * HOUR_MS);
    let login = tries(&fixture.desk, &good).await.unwrap();
    assert!(matches!(login.checked_by, CheckedBy::Desk { .. }));
    clock.advance(29 * HOUR_MS);
    assert_eq!(code(tries(&fixture.desk, &good).await), "offline_login_expired");
    clock.step(-60 * HOUR_MS);
    assert_eq!(code(tries(&fixture.desk, &good).await), "offline_login_expired");
    rebooted(&mut fixture, &clock).await;
    assert_eq!(code(tries(&fixture.desk, &good).await), "offline_login_expired");
    // What cannot be used any more goes.
    fixture.desk.keep_house().await.unwrap();
    assert!(!whole_store(&fixture.desk).await.contains("wrapped_key"));
    assert_eq!(code(tries(&fixture.desk, &good).await), "offline_login_failed");
}

#[tokio::test]
async fn a2_without_the_centre_only_those_log_in_who_did_so_here_with_it() {
    let mut fixture = Fixture::new().await;
    told_of(&fixture, vec![record("1001", &[Role::Clerk]), record("1002", &[Role::Clerk])]).await;
    let desk = fixture.desk.clone();
    logged_in_once(&desk, &["1001"]).await;
    fixture.centre.stop().await;
    assert_eq!(code(tries(&desk, &credentials("1001", PASSWORD)).await), "ok");
    // Known and unknown, right and wrong are told the same.
    for (who, typed) in [("1002", PASSWORD), ("9999", PASSWORD), ("1001", "something else")] {
        assert_eq!(code(tries(&desk, &credentials(who, typed)).await), "offline_login_failed", "{who}");
    }
}

#[tokio::test]
async fn a7_a_changed_password_opens_everything_and_the_old_one_nothing() {
    let clock = now();
    let mut fixture = Fixture::with_clock(clock).await;
    told_of(&fixture, vec![record("1001", &[Role::Clerk])]).await;
    let desk = fixture.desk.clone();
    logged_in_once(&desk, &["1001"]).await;
    let before = desk.session.operator().unwrap();
    let (old, new) = (credentials("1001", PASSWORD), Sensitive::new("蓝色-horse-battery".to_owned()));
    let change = async |typed: &Credentials, new: &Sensitive<String>| {
        code(desk.session.change_password(typed, new).await)
    };
    for weak in ["short", "practice1001x", "password12345"] {
        assert_ne!(change(&old, &Sensitive::new(weak.to_owned())).await, "ok", "{weak}");
    }
    assert_eq!(change(&credentials("1001", "something else"), &new).await, "login_failed");
    assert_eq!(desk.session.operator().unwrap(), before, "nothing has changed");
    assert_eq!(change(&old, &new).await, "ok");

    let after = desk.session.operator().unwrap();
    assert_ne!(after.session.person_key(), before.session.person_key());
    assert_eq!(code(desk.issue.new_code(&before, &wish(&desk, &senior(1)).await).await), "session_ended");
    let changed = credentials("1001", new.expose());
    for is_there in [true, false] {
        if !is_there {
            fixture.centre.stop().await;
        }
        let refused = if is_there { "login_failed" } else { "offline_login_failed" };
        assert_eq!(code(tries(&desk, &old).await), refused);
        assert_eq!(code(tries(&desk, &changed).await), "ok");
    }
    assert_eq!(
        change(&changed, &Sensitive::new("another-long-word".to_owned())).await,
        "password_needs_centre"
    );
}

#[tokio::test]
async fn a7_a_password_that_is_too_old_is_changed_before_anything_else() {
    let mut fixture = Fixture::new().await;
    told_of(&fixture, vec![record("1001", &[Role::Clerk])]).await;
    let desk = fixture.desk.clone();
    fixture.centre.mind().passwords_too_old = true;
    let old = credentials("1001", PASSWORD);
    assert_eq!(code(tries(&desk, &old).await), "password_too_old");
    assert!(desk.session.logged_in().is_none());
    // Without the centre it lets nobody in either.
    fixture.centre.stop().await;
    assert_eq!(code(tries(&desk, &old).await), "offline_login_failed");
    fixture.centre.start_again().await;
    let new = Sensitive::new("蓝色-horse-battery".to_owned());
    let login = desk.session.change_password(&old, &new).await.unwrap();
    assert_eq!(desk.session.operator().unwrap(), login.operator);
}
