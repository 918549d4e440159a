//! Sessions at the counter: what asks for the password again, what ends, and a new password.

use super::*;
use ::counter::view::PasswordInput;
use fixture::{TOTP_SECRET, totp};
use rules::correction::Rejection;

#[tokio::test]
async fn a4_a_void_a_rejection_and_an_approval_take_the_password_again() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    let corrections = [handed_in(&bench, 3, "张三").await, handed_in(&bench, 4, "张四").await];
    bench.gives_place_to(SUPERVISOR).await;
    let [right, wrong] = [PASSWORD, "something else"].map(|text| Sensitive::new(text.to_owned()));

    bench.serve(&senior(1)).await;
    bench.issue(agreed(), Action::Apply).await;
    let reason = Some("领取人不符".to_owned());
    let void = |password: &Sensitive<String>| ConfirmInput {
        reason: reason.clone(),
        password: Some(password.clone()),
        ..agreed()
    };
    bench.counter.actions.begin(Action::Void, None).await.unwrap();
    let refused = bench.counter.actions.confirm(void(&wrong)).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.field), ("login_failed", Some(FormField::Password)));
    assert_eq!(bench.counter.actions.confirm(void(&right)).await.unwrap().step, Step::Done);

    let [approved, rejected] = corrections;
    let view = bench.counter.correction.view(approved.clone()).await.unwrap();
    for piece in &view.evidence {
        bench.counter.correction.evidence(approved.clone(), piece.digest.clone()).await.unwrap();
    }
    let approve = |password: &Sensitive<String>| {
        bench.counter.approval.approve(approved.clone(), view.digest.clone(), password.clone())
    };
    assert_eq!(approve(&wrong).await.unwrap_err().code, "login_failed");
    assert_eq!(approve(&right).await.unwrap().state, CorrectionState::Approved);
    let reject = |password: &Sensitive<String>| {
        let why = (Rejection::EvidenceUnreadable, Vec::new());
        bench.counter.approval.reject(rejected.clone(), 1, why, password.clone())
    };
    assert_eq!(reject(&wrong).await.unwrap_err().code, "login_failed");
    assert_eq!(reject(&right).await.unwrap().state, CorrectionState::Rejected);
}

#[tokio::test]
async fn a6_a_session_that_was_ended_locks_the_screen_and_keeps_what_is_on_it() {
    let mut bench = Bench::open().await;
    bench.centre.start_again().await;
    bench.centre.mind().totp_secrets.insert(CLERK.to_owned(), TOTP_SECRET.to_owned());
    let input = LoginInput {
        staff: CLERK.to_owned(),
        password: PASSWORD.to_owned().into(),
        second_factor: Some(totp().into()),
    };
    bench.counter.session.login(input).await.unwrap();
    bench.serve(&senior(1)).await;
    let (_, case) = bench.begin_correction().await;
    let status = async || bench.counter.session.status().await.unwrap();
    let shown = status().await;
    let operator = shown.operator.unwrap();
    assert_eq!((shown.locked, operator.session_ended, operator.second_factor), (false, false, false));
    assert_eq!(operator.offline_until, None, "the centre let them in");

    // Unlocking a session that goes on asks for no second factor.
    bench.counter.session.lock().await.unwrap();
    bench.counter.session.unlock(PASSWORD.to_owned().into(), None).await.unwrap();

    bench.desk.session.operator().unwrap().session.end();
    let shown = status().await;
    let operator = shown.operator.unwrap();
    assert_eq!((shown.locked, operator.session_ended, operator.second_factor), (true, true, true));
    let refused = bench.counter.correction.open(Field::Name, None).await.unwrap_err();
    assert_eq!(refused.code, "session_ended");
    let without = bench.counter.session.unlock(PASSWORD.to_owned().into(), None).await.unwrap_err();
    assert_eq!(without.code, "login_failed");
    let shown = bench.counter.session.unlock(PASSWORD.to_owned().into(), Some(totp().into())).await.unwrap();
    assert!(!shown.locked);
    assert_eq!(bench.settled().await.case_number, Some(case));
}

#[tokio::test]
async fn a7_a_new_password_is_refused_at_its_field_and_taken_by_the_centre_only() {
    let mut bench = Bench::open().await;
    bench.log_in(CLERK).await;
    let changed = async |password: &str, new: &str| {
        let input = PasswordInput {
            staff: CLERK.to_owned(),
            password: password.to_owned().into(),
            activation: false,
            second_factor: None,
            new_password: new.to_owned().into(),
        };
        bench.counter.session.change_password(input).await
    };
    let weak = changed(PASSWORD, "aaaaaaaaaa").await.unwrap_err();
    assert_eq!(weak.field, Some(FormField::NewPassword));
    let alone = changed(PASSWORD, "blue horse battery").await.unwrap_err();
    assert_eq!((alone.code.as_str(), alone.field), ("password_needs_centre", Some(FormField::Password)));
    bench.centre.start_again().await;
    let wrong = changed("something else", "blue horse battery").await.unwrap_err();
    assert_eq!((wrong.code.as_str(), wrong.field), ("login_failed", Some(FormField::Password)));
    assert!(changed(PASSWORD, "blue horse battery").await.unwrap().operator.is_some());
}

#[tokio::test]
async fn the_status_line_says_how_many_seconds_the_oldest_operation_waits() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    assert_eq!(bench.counter.session.status().await.unwrap().queue.oldest_seconds, None);
    bench.serve(&senior(1)).await;
    bench.issue(agreed(), Action::Apply).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let queue = bench.counter.session.status().await.unwrap().queue;
    assert!(queue.waiting > 0 && (1..60).contains(&queue.oldest_seconds.unwrap()), "{queue:?}");
}
