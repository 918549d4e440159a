//! Case numbers (办件编号) are for ever: whatever happens to the files of a desk, no two cases have the
//! same.

use desk::{
    Desk,
    clock::{Clock, ManualClock, SystemClock},
};
use fixture::{Fixture, clerk, copy};
use rules::At;
use std::{collections::BTreeSet, path::Path, sync::Arc};
use tempfile::TempDir;

/// Opens `count` cases, one right after the other.
async fn cases(desk: &Desk, count: usize) -> Vec<String> {
    let mut numbers = Vec::new();
    for _ in 0..count {
        numbers.push(desk.case.open(&clerk(desk), None).await.unwrap().as_str().to_owned());
    }
    numbers
}

/// What the desk in a folder calls its next cases.
async fn cases_in(folder: &Path, clock: Arc<dyn Clock>, count: usize) -> Vec<String> {
    let desk = fixture::open(folder, clock).await;
    let numbers = cases(&desk, count).await;
    desk.store().close().await;
    numbers
}

/// A desk that is closed, with an image of its folder.
async fn image_of(clock: Arc<dyn Clock>) -> (TempDir, TempDir) {
    let fixture = Fixture::with_clock(clock).await;
    cases(&fixture.desk, 2).await;
    fixture.desk.store().close().await;
    let image = tempfile::tempdir().unwrap();
    copy(fixture.folder.path(), image.path());
    (fixture.folder, image)
}

async fn put_back_at_once(clock: Arc<dyn Clock>) {
    let (folder, image) = image_of(clock.clone()).await;
    let mut numbers = cases_in(folder.path(), clock.clone(), 4).await;
    for _ in 0..3 {
        let restored = tempfile::tempdir().unwrap();
        copy(image.path(), restored.path());
        numbers.extend(cases_in(restored.path(), clock.clone(), 4).await);
    }
    let different: BTreeSet<&String> = numbers.iter().collect();
    assert_eq!(different.len(), numbers.len(), "{numbers:?}");
}

#[tokio::test]
async fn no_number_repeats_when_the_image_is_put_back_at_once() {
    put_back_at_once(Arc::new(SystemClock::new())).await;
}

#[tokio::test]
async fn no_number_repeats_when_the_image_is_put_back_within_a_tenth_of_a_second() {
    put_back_at_once(ManualClock::new(At(jiff::Timestamp::now().as_millisecond()))).await;
}

#[tokio::test]
async fn a_number_says_when_its_case_was_opened_and_the_next_one_is_later() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    clock.advance(60_000);
    let mut last = None;
    for pause in [0, 0, 40, 250, 0] {
        clock.advance(pause);
        let number = fixture.desk.case.open(&clerk(&fixture.desk), None).await.unwrap();
        let at = fixture.desk.read_clock().at;
        assert_eq!(number.tenth(), at.tenth_of_day(), "no number runs ahead of its time");
        assert!(last.is_none_or(|last| last < number));
        assert_eq!(fixture.desk.case.get(number.as_str()).await.unwrap().opened_at, at);
        last = Some(number);
    }
}

#[tokio::test]
async fn a_clock_that_is_put_right_repeats_no_number_and_holds_nobody_up() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    at_noon(&fixture.desk, &clock);
    let before = fixture.desk.case.open(&clerk(&fixture.desk), None).await.unwrap();
    clock.reboot(-20_000);
    let at = fixture.desk.read_clock().at;
    for tenth in [before.tenth() + 1, before.tenth() + 2] {
        assert_eq!(fixture.desk.case.open(&clerk(&fixture.desk), None).await.unwrap().tenth(), tenth);
    }
    assert_eq!(fixture.desk.read_clock().at, at);
}

#[tokio::test]
async fn a_program_that_started_while_the_clock_was_ahead_numbers_by_the_clock_put_right() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    at_noon(&fixture.desk, &clock);
    fixture.desk.store().close().await;
    clock.advance(2 * 60 * 60 * 1000);
    let desk = fixture::open(fixture.folder.path(), clock.clone()).await;
    clock.reboot(-2 * 60 * 60 * 1000);
    let number = desk.case.open(&clerk(&desk), None).await.unwrap();
    assert_eq!(number.tenth(), desk.read_clock().at.tenth_of_day());
}

#[tokio::test]
async fn after_the_last_tenth_of_a_day_comes_the_first_of_the_next() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    let desk = &fixture.desk;
    let today = desk.read_clock().at.day();
    clock.advance(At::end_of(today).since_ms(desk.read_clock().at) - 50);
    let (last, first) = (cases(desk, 1).await, cases(desk, 1).await);
    assert_eq!(&last[0][17..23], "863999");
    assert_eq!(&first[0][17..23], "000000");
    assert_eq!(desk.read_clock().at.day(), today.tomorrow().unwrap());
    // The day's last number is given, and the clock goes back by more than anybody waits.
    clock.reboot(-60_000);
    assert_eq!(desk.case.open(&clerk(desk), None).await.unwrap_err().code(), "case_numbers_used_up");
}

fn at_noon(desk: &Desk, clock: &ManualClock) {
    let at = desk.read_clock().at;
    let noon = At::end_of(at.day()).plus_ms(12 * 60 * 60 * 1000);
    clock.advance(noon.since_ms(at));
}
