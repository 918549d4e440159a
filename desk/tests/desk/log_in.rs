//! Log-in at the desk (A2, A6, A7): tries, locks, clocks that were set, and passwords that change.

use super::authority::{HOUR_MS, audited, code, now, staffed, staffed_at, tries};
use desk::{
    Desk,
    clock::ManualClock,
    session::{CheckedBy, Credentials},
    store::audit::Event,
};
use fixture::{
    Fixture, PASSWORD, credentials, heard, logged_in_once, record, security_admin, senior, told_of, until,
    whole_store, wish,
};
use rules::{Sensitive, permission::Role};
use std::sync::Arc;

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
