//! The program starts: after an end in the middle, beside another one, for a new enrolment.

use super::*;

#[tokio::test]
async fn what_was_open_when_the_program_ended_is_found_again_or_closed() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let (_, half_typed) = bench.begin_correction().await;
    bench.desk.store().close().await;

    let counter = Counter::open(bench.folder.path().to_owned()).await;
    let bench = Bench { desk: counter.desk().unwrap(), counter, ..bench };
    bench.log_in(CLERK).await;
    assert_eq!(bench.suspended().await, [half_typed.as_str()]);
    bench.serve(&senior(2)).await;
    let done = bench.issue(agreed(), Action::Apply).await.case_number.unwrap();
    assert_eq!(bench.state_of(&done).await, CaseState::Open);
    bench.desk.store().close().await;

    let counter = Counter::open(bench.folder.path().to_owned()).await;
    let bench = Bench { desk: counter.desk().unwrap(), counter, ..bench };
    assert_eq!(bench.state_of(&done).await, CaseState::Closed);
}

#[tokio::test]
async fn a_window_is_enrolled_again_and_after_a_wrong_code_works_as_before() {
    let fixture = Fixture::new().await;
    fixture.desk.store().close().await;
    let counter = Counter::open(fixture.folder.path().to_owned()).await;
    counter.settings.set_centre(Some(fixture.centre.url.clone()), None).unwrap();
    assert_eq!(counter.settings.enrol_here("guess").await.unwrap_err().code, "enrolment_code");
    assert_eq!(counter.desk().unwrap().identity().desk_key().epoch, 1);
    counter.settings.enrol_here(fixture::CODE).await.unwrap();
    assert_eq!(counter.desk().unwrap().identity().desk_key().epoch, 2);
}

#[tokio::test]
async fn a_second_program_on_the_same_folder_says_so_and_the_first_goes_on() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    let second = Counter::open(bench.folder.path().to_owned()).await;
    second.start();
    assert_eq!(second.desk().err().unwrap().code, "already_open");
    assert_eq!(bench.serve(&senior(1)).await.step, Step::Citizen);
}

#[tokio::test]
async fn the_status_line_says_that_the_certificate_ends_and_that_it_has_ended() {
    let centre = TestCentre::start().await;
    let now = jiff::Timestamp::now().as_millisecond();
    let (soon, later) = (now + 4 * 86_400_000, now + 6 * 86_400_000);
    let cases =
        [(later, None, None), (soon, Some("certificate_ends"), None), (0, None, Some("certificate_ended"))];
    for (ends, ahead, blocked) in cases {
        centre.mind().certificate_ends = rules::At(ends);
        let folder = tempfile::tempdir().unwrap();
        let desk =
            fixture::enrolled(folder.path(), &centre.url, Arc::new(desk::clock::SystemClock::new())).await;
        desk.store().close().await;
        drop(desk);
        let status = Counter::open(folder.path().to_owned()).await.session.status().await.unwrap();
        assert_eq!(status.certificate_ends.map(|failure| failure.code).as_deref(), ahead);
        assert_eq!(status.issuing_blocked.map(|failure| failure.code).as_deref(), blocked);
    }
}

#[tokio::test]
async fn l13_the_status_line_says_which_program_is_needed_and_then_that_this_one_issues_nothing() {
    use rules::{At, keys::Class, program::RequiredProgram, wire::TrustAnchors};
    let now = At(jiff::Timestamp::now().as_millisecond());
    let in_ten_days = now.plus_ms(10 * 86_400_000);
    let cases = [(in_ten_days, Some("program_ends"), None), (now, None, Some("program_too_old"))];
    for (from, ahead, blocked) in cases {
        let fixture = Fixture::new().await;
        let required = Some(RequiredProgram { version: "99.0.0".parse().unwrap(), from });
        let (made_at, class) = (At(0), Class::Practice);
        let sealing = fixture::centre::sealing();
        let anchors =
            TrustAnchors { version: 1, made_at, class, ca_bundle: None, revoked: None, required, sealing };
        fixture.centre.mind().lists.anchors = Some(anchors);
        let task = tokio::spawn(fixture.desk.clone().run_sync());
        let hears = || fixture.desk.issue.program_ends().is_some() || fixture.desk.issue.may_issue().is_err();
        fixture::until(async || hears()).await;
        task.abort();
        let _ = task.await;
        let bench = Bench::of(fixture).await;
        let status = bench.counter.session.status().await.unwrap();
        assert_eq!(status.issuing_blocked.map(|failure| failure.code).as_deref(), blocked);
        assert_eq!(status.program_ends.as_ref().map(|failure| failure.code.as_str()), ahead);
        if let Some(failure) = status.program_ends {
            assert!(failure.en.contains("99.0.0") && failure.zh.contains("99.0.0"), "{}", failure.en);
            assert!(failure.en.contains(&in_ten_days.day().to_string()), "{}", failure.en);
        }
    }
}
