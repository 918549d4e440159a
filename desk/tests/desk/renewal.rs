//! The desk's key renews itself at contact, and nobody types a code (B4).

use desk::clock::{Clock as _, ManualClock};
use fixture::{Fixture, TestCentre, auditor, clerk, open, senior, until, wish};
use rules::{
    At, DeviceNumber,
    payload::verify_with,
    policy::{KEY_LEAD_MS, KEY_RENEWAL_MS},
};
use std::sync::Arc;

const DAY_MS: i64 = 86_400_000;

/// A desk whose key ends in so many milliseconds.
async fn ending_in(ms: i64) -> (Fixture, Arc<ManualClock>) {
    let now = At(jiff::Timestamp::now().as_millisecond());
    let clock = ManualClock::new(now);
    let centre = TestCentre::start().await;
    centre.mind().certificate_ends = now.plus_ms(ms);
    (Fixture::of(centre, clock.clone()).await, clock)
}

/// Synchronises until `done`.
async fn synchronise(fixture: &Fixture, done: impl Fn() -> bool) {
    let task = tokio::spawn(fixture.desk.clone().run_sync());
    until(async || done()).await;
    task.abort();
    let _ = task.await;
}

/// Time passes, here and at the centre.
fn pass(fixture: &Fixture, clock: &ManualClock, ms: i64) {
    clock.advance(ms);
    fixture.centre.mind().clock_offset_ms += ms;
}

#[tokio::test]
async fn b4_a_key_that_ends_soon_is_followed_by_the_next_one_once_lists_can_have_it() {
    let (mut fixture, clock) = ending_in(KEY_RENEWAL_MS - DAY_MS).await;
    let desk = fixture.desk.clone();
    let first = desk.key();
    synchronise(&fixture, || desk.keys_end() != first.not_after).await;
    let next = fixture.centre.mind().renewed[0].clone();
    assert_eq!(desk.keys_end(), next.not_after);
    desk.keep_house().await.unwrap();
    assert_eq!(desk.key(), first, "no list has the next one yet");
    let issued = desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(1)).await).await.unwrap();
    assert!(verify_with(&issued.payload, &first.public_key).is_ok());

    pass(&fixture, &clock, KEY_LEAD_MS + 60_000);
    desk.keep_house().await.unwrap();
    assert_eq!(desk.key(), next);
    // What was written before and after goes out under the new key, and is taken.
    let taken = || fixture.centre.mind().log.get(&(DeviceNumber(7), 1)).map_or(0, Vec::len);
    // The centre has the operation before the desk has the answer, which ends its time offline.
    let passed = desk.read_clock().at;
    let answered = || desk.read_clock().last_contact.is_some_and(|at| at >= passed);
    synchronise(&fixture, || taken() == 1 && answered()).await;
    let issued = desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(2)).await).await.unwrap();
    assert!(verify_with(&issued.payload, &next.public_key).is_ok());
    synchronise(&fixture, || taken() == 2).await;
    assert_eq!(fixture.centre.mind().renewals, 1, "asked for once");

    // A day sealed by each key is checked by each.
    pass(&fixture, &clock, DAY_MS);
    desk.keep_house().await.unwrap();
    let checked = desk.lists.audit.check(&auditor(&desk)).await.unwrap();
    assert_eq!(checked.broken_at, None);
    drop(desk);
    fixture.desk.store().close().await;
    fixture.desk = open(fixture.folder.path(), clock.clone()).await;
    assert_eq!(fixture.desk.key(), next, "after a restart too");
}

#[tokio::test]
async fn b4_a_lost_answer_is_asked_for_again_with_the_same_key() {
    let (fixture, _clock) = ending_in(KEY_RENEWAL_MS - DAY_MS).await;
    let desk = fixture.desk.clone();
    let first = desk.key();
    fixture.centre.mind().loses_renewals = true;
    synchronise(&fixture, || fixture.centre.mind().renewals > 0).await;
    assert_eq!(desk.keys_end(), first.not_after, "nothing has come");
    fixture.centre.mind().loses_renewals = false;
    synchronise(&fixture, || desk.keys_end() != first.not_after).await;
    assert_eq!(fixture.centre.mind().renewed.len(), 1);
    assert_eq!(desk.keys_end(), fixture.centre.mind().renewed[0].not_after);
}

#[tokio::test]
async fn b4_a_key_is_not_renewed_before_it_is_due_nor_after_its_end() {
    for (ends_in, passes) in [(KEY_RENEWAL_MS + DAY_MS, 0), (DAY_MS, 2 * DAY_MS)] {
        let (fixture, clock) = ending_in(ends_in).await;
        pass(&fixture, &clock, passes);
        synchronise(&fixture, || fixture.centre.mind().lists.whole >= 2).await;
        let again = fixture.desk.clone();
        synchronise(&fixture, || again.sync().is_online()).await;
        assert_eq!(fixture.centre.mind().renewals, 0);
        let issued = again.issue.new_code(&clerk(&again), &wish(&again, &senior(1)).await).await;
        let refused = issued.err().map(|error| error.code());
        assert_eq!(refused, (passes > 0).then_some("certificate_ended"));
        assert!(clock.monotonic_ms() >= passes);
    }
}
