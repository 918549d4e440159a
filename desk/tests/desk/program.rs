//! L13: a program that is older than required, through its days of grace and after them.

use fixture::{Fixture, chip, clerk, senior, until, wish};
use rules::{At, keys::Class, program::RequiredProgram, wire::TrustAnchors};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn anchors(version: u64, required: Option<RequiredProgram>) -> Option<TrustAnchors> {
    let (made_at, class) = (At(0), Class::Practice);
    Some(TrustAnchors {
        version,
        made_at,
        class,
        ca_bundle: None,
        revoked: None,
        required,
        sealing: fixture::centre::sealing(),
    })
}

/// Lets the desk fetch the lists, as it does at each start and every few minutes.
async fn hears(fixture: &Fixture, heard: impl Fn() -> bool) {
    let task = tokio::spawn(fixture.desk.clone().run_sync());
    until(async || heard()).await;
    task.abort();
    let _ = task.await;
}

#[tokio::test]
async fn l13_a_desk_issues_through_the_days_of_grace_then_nothing_more_and_takes_losses_always() {
    let mut fixture = Fixture::new().await;
    let now = At(jiff::Timestamp::now().as_millisecond());
    let version = "99.0.0".parse().unwrap();
    let ahead = RequiredProgram { version, from: now.plus_ms(DAY_MS) };
    fixture.centre.mind().lists.anchors = anchors(1, Some(ahead));
    let desk = fixture.desk.clone();
    assert_eq!(desk.issue.program_ends(), None);
    hears(&fixture, || desk.issue.program_ends().is_some()).await;
    assert_eq!(desk.issue.program_ends(), Some(ahead));
    let request = wish(&desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(&desk), &request).await.unwrap();

    let over = RequiredProgram { from: now, ..ahead };
    fixture.centre.mind().lists.anchors = anchors(2, Some(over));
    hears(&fixture, || desk.issue.may_issue().is_err()).await;
    drop(desk);
    // It is remembered without the centre.
    fixture.centre.stop().await;
    fixture.restart().await;
    let desk = &fixture.desk;
    assert_eq!(desk.issue.program_ends(), None, "the refusal says it now");
    let refused = desk.issue.new_code(&clerk(desk), &wish(desk, &senior(2)).await).await.unwrap_err();
    assert_eq!(refused.code(), "program_too_old");
    let (case, number) = (&request.case_number, &request.number);
    desk.issue.report_loss(&clerk(desk), case, (number, &chip()), issued.serial, true).await.unwrap();

    // A program that is new enough is not held up, nor is any when nothing is required any more.
    fixture.centre.start_again().await;
    fixture.centre.mind().lists.anchors = anchors(3, None);
    let desk = fixture.desk.clone();
    hears(&fixture, || desk.issue.may_issue().is_ok()).await;
    desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(2)).await).await.unwrap();
}
