//! D1: what a desk shows the centre of its audit at every contact.

use fixture::{Fixture, clerk, copy, open, until, wish};
use rules::{correction::Digest, wire::DeskAudit};
use std::sync::Arc;

/// Lets the desk log in once more, and returns what it showed.
async fn shown(fixture: &Fixture) -> DeskAudit {
    let before = fixture.centre.mind().shown.len();
    let task = tokio::spawn(fixture.desk.clone().run_sync());
    until(async || fixture.centre.mind().shown.len() > before).await;
    task.abort();
    let _ = task.await;
    fixture.centre.mind().shown.last().cloned().flatten().unwrap()
}

#[tokio::test]
async fn d1_every_log_in_shows_the_newest_audit_row_and_which_database_it_is() {
    let mut fixture = Fixture::new().await;
    let first = shown(&fixture).await;
    assert!(first.rows > 0, "the enrolment is a row");
    let request = wish(&fixture.desk, &fixture::senior(1)).await;
    fixture.desk.issue.new_code(&clerk(&fixture.desk), &request).await.unwrap();
    fixture.restart().await;
    let second = shown(&fixture).await;
    assert_eq!(second.generation, first.generation);
    assert!(second.rows > first.rows && second.hash != first.hash);

    // Files that are put back show an audit with fewer rows.
    let image = tempfile::tempdir().unwrap();
    fixture.desk.store().close().await;
    copy(fixture.folder.path(), image.path());
    let clock = Arc::new(desk::clock::SystemClock::new());
    fixture.desk = open(fixture.folder.path(), clock.clone()).await;
    let request = wish(&fixture.desk, &fixture::senior(2)).await;
    fixture.desk.issue.new_code(&clerk(&fixture.desk), &request).await.unwrap();
    let third = shown(&fixture).await;
    fixture.desk.store().close().await;
    fixture.folder = image;
    fixture.desk = open(fixture.folder.path(), clock).await;
    let put_back = shown(&fixture).await;
    assert!(put_back.rows < third.rows, "{} after {}", put_back.rows, third.rows);
    assert_eq!(put_back.generation, third.generation);

    let other = Fixture::new().await;
    assert_ne!(shown(&other).await.generation, first.generation, "another file");
}

#[tokio::test]
async fn d1_the_row_that_the_centre_asks_for_is_shown_as_it_stands_now() {
    let mut fixture = Fixture::new().await;
    let known = shown(&fixture).await;
    fixture.centre.mind().asks_for_row = Some(known.rows);
    let request = wish(&fixture.desk, &fixture::senior(1)).await;
    fixture.desk.issue.new_code(&clerk(&fixture.desk), &request).await.unwrap();
    fixture.restart().await;
    assert!(shown(&fixture).await.rows > known.rows, "it has grown");
    let row = fixture.centre.mind().earlier.clone().unwrap();
    assert_eq!((row.number, row.hash), (known.rows, known.hash.clone()));

    // Somebody with the key of the database writes history anew, and the program goes on with it.
    let other = Digest::of(b"another history");
    // What was ended in the middle may still hold the lock for writing; a new start does not.
    fixture.restart().await;
    let mut raw = fixture::raw(&fixture.desk).await;
    let edit = sqlx::query("UPDATE audit SET hash = ? WHERE n = ?");
    edit.bind(other.to_string()).bind(i64::try_from(known.rows).unwrap()).execute(&mut *raw).await.unwrap();
    drop(raw);
    fixture.restart().await;
    shown(&fixture).await;
    let row = fixture.centre.mind().earlier.clone().unwrap();
    assert_eq!((row.number, row.hash), (known.rows, other));
}
