//! Case numbers (办件编号) are for ever: whatever happens to the files of a desk, no two cases have the same.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use desk::{
    Desk,
    clock::{Clock, ManualClock, SystemClock},
};
use rules::At;
use std::{collections::BTreeSet, path::Path, sync::Arc};
use support::{Fixture, clerk, copy};
use tempfile::TempDir;

/// Opens `count` cases, one right after the other.
async fn cases(desk: &Desk, count: usize) -> Vec<String> {
    let mut numbers = Vec::new();
    for _ in 0..count {
        numbers.push(desk.open_case(&clerk(), None).await.unwrap().as_str().to_owned());
    }
    numbers
}

/// What the desk in a folder calls its next cases.
async fn cases_in(folder: &Path, clock: Arc<dyn Clock>, count: usize) -> Vec<String> {
    let desk = support::open(folder, clock).await;
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
