//! The encrypted file: nothing readable in it, the right key or none, long lists fast, retention
//! and audit.

use desk::{
    clock::ManualClock,
    session::CheckedBy,
    store::{
        Page, Store,
        audit::{AuditQuery, Event},
        blob::Blob,
        queue::QueueFilter,
    },
    vault::Vault,
};
use fixture::{Fixture, auditor, clerk, credentials, record, senior, until, wish};
use rules::{At, Sensitive, permission::Role};
use std::{fs, path::Path};

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(fs::read(path).unwrap()) }
    }
    all
}

#[tokio::test]
async fn s2_s3_no_file_holds_a_readable_name_number_or_picture() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    desk.issue.new_code(&clerk(desk), &request).await.unwrap();
    let typed = Sensitive::new("张演练 typed".to_owned());
    desk.case.save_draft(&clerk(desk), &request.case_number, "correction", typed).await.unwrap();
    let picture = Blob { bytes: b"JFIF picture of a face".to_vec(), media_type: "image/jpeg".to_owned() };
    let digest = desk.blob.keep(&picture).await.unwrap();
    assert_eq!(desk.blob.get(&digest).await.unwrap(), picture);
    let secrets: [&[u8]; 5] = [
        request.name.expose().as_bytes(),
        request.number.expose().as_bytes(),
        b"JFIF picture",
        b"typed",
        b"SQLite format 3",
    ];
    let files = files(fixture.folder.path());
    assert!(files.len() >= 5);
    for file in files {
        for secret in secrets {
            assert!(!file.windows(secret.len()).any(|window| window == secret));
        }
    }
}

#[tokio::test]
async fn s2_a_database_of_another_key_is_an_error_and_stays_as_it_is() {
    let (one, other) = (Fixture::new().await, Fixture::new().await);
    one.desk.store().close().await;
    other.desk.store().close().await;
    let path = one.folder.path().join("desk.db");
    fs::copy(other.folder.path().join("desk.db"), &path).unwrap();
    let before = fs::read(&path).unwrap();
    let vault = Vault::open_or_create_with_key_file(one.folder.path()).await.unwrap();
    assert_eq!(Store::open(&vault).await.err().unwrap().code(), "key_wrong");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn s6_the_audit_is_whole_and_an_edit_is_found() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    let check = desk.lists.audit.check(&auditor(desk)).await.unwrap();
    assert_eq!((check.rows, check.broken_at), (3, None), "enrolled, case opened, issued");
    assert_eq!(desk.lists.audit.check(&clerk(desk)).await.unwrap_err().code(), "not_permitted");
    let query = AuditQuery { event: Some(Event::Issue), ..AuditQuery::default() };
    let found = desk.lists.audit.search(&auditor(desk), &query, Page { offset: 0, limit: 10 }).await.unwrap();
    assert_eq!(found.total, 1);
    let mut export = Vec::new();
    let rows = desk.lists.audit.export(&auditor(desk), &mut export).await.unwrap();
    assert_eq!(export.iter().filter(|byte| **byte == b'\n').count() as u64, rows);
    let mut raw = fixture::raw(desk).await;
    sqlx::query("UPDATE audit SET operator = '9999' WHERE n = 2").execute(&mut *raw).await.unwrap();
    assert_eq!(desk.lists.audit.check(&auditor(desk)).await.unwrap().broken_at, Some(2));
    sqlx::query("UPDATE audit SET hash = 'unreadable' WHERE n = 1").execute(&mut *raw).await.unwrap();
    assert_eq!(desk.lists.audit.check(&auditor(desk)).await.unwrap().broken_at, Some(1));
}

#[tokio::test]
async fn s6_finished_days_are_sealed_and_a_cut_off_end_is_found() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let fixture = Fixture::with_clock(clock.clone()).await;
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    clock.advance(86_400_000);
    desk.keep_house().await.unwrap();
    let check = desk.lists.audit.check(&auditor(desk)).await.unwrap();
    assert_eq!((check.seals, check.broken_at), (1, None));
    let mut raw = fixture::raw(desk).await;
    sqlx::query("DELETE FROM audit WHERE n = 3").execute(&mut *raw).await.unwrap();
    assert_eq!(desk.lists.audit.check(&auditor(desk)).await.unwrap().broken_at, Some(3));
}

#[tokio::test]
async fn s9_citizens_go_after_the_retention_time_and_what_waits_stays() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let mut fixture = Fixture::with_clock(clock.clone()).await;
    let desk = fixture.desk.clone();
    let task = tokio::spawn(desk.clone().run_sync());
    desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(1)).await).await.unwrap();
    until(|| async { desk.counts.sync_status().await.unwrap().depth.waiting == 0 }).await;
    task.abort();
    fixture.centre.stop().await;
    desk.issue.new_code(&clerk(&desk), &wish(&desk, &senior(2)).await).await.unwrap();
    assert_eq!(desk.keep_house().await.unwrap(), 0);
    clock.advance(8 * 86_400_000);
    assert!(desk.keep_house().await.unwrap() > 0);
    let gone = desk.citizen.read(&senior(1), None).await.unwrap();
    assert!(gone.codes.is_empty());
    let kept = desk.citizen.read(&senior(2), None).await.unwrap();
    assert_eq!(kept.codes.len(), 1);
    let queue = desk
        .lists
        .queue
        .page(&clerk(&desk), QueueFilter::All, "", Page { offset: 0, limit: 10 })
        .await
        .unwrap();
    assert_eq!(queue.total, 2, "the chain stays");
    assert_eq!(queue.rows[1].masked_name, None, "its content does not");
    assert_eq!(queue.rows[0].masked_name.as_deref(), Some("张**"));
    assert_eq!(desk.lists.audit.check(&auditor(&desk)).await.unwrap().broken_at, None);
}

#[tokio::test]
async fn a_write_given_up_at_any_moment_does_not_keep_the_lock() {
    let fixture = Fixture::new().await;
    let (desk, operator) = (&fixture.desk, clerk(&fixture.desk));
    for given_up_after_us in 0..200 {
        let case = desk.case.open(&operator, None);
        let _ = tokio::time::timeout(std::time::Duration::from_micros(given_up_after_us * 10), case).await;
    }
    // Kept, it would be refused after ten seconds of waiting.
    desk.case.open(&operator, None).await.unwrap();
}

#[tokio::test]
async fn s4_login_offline_locks_after_five_failures_and_ends_after_72_hours() {
    let clock = ManualClock::new(At(jiff::Timestamp::now().as_millisecond()));
    let mut fixture = Fixture::with_clock(clock.clone()).await;
    let people = ["1001", "1002"].map(|number| record(number, &[Role::Clerk]));
    fixture::told_of(&fixture, people.to_vec()).await;
    let desk = fixture.desk.clone();
    fixture::logged_in_once(&desk, &["1001", "1002"]).await;
    fixture.centre.stop().await;

    let good = credentials("1001", fixture::PASSWORD);
    let login = desk.session.log_in(&good).await.unwrap();
    assert!(matches!(login.checked_by, CheckedBy::Desk { .. }));
    assert_eq!(desk.session.operator().unwrap().staff.as_str(), "1001");
    desk.session.lock().await.unwrap();
    assert_eq!(desk.session.operator().unwrap_err().code(), "not_logged_in");
    desk.session.log_in(&credentials("1002", fixture::PASSWORD)).await.unwrap();
    assert_eq!(desk.session.suspended()[0].staff.as_str(), "1001");
    desk.session.log_in(&good).await.unwrap();
    assert_eq!(desk.session.suspended()[0].staff.as_str(), "1002");

    assert_eq!(
        desk.session.log_in(&credentials("9999", fixture::PASSWORD)).await.unwrap_err().code(),
        "offline_login_failed"
    );
    let wrong = credentials("1001", "something else");
    for _ in 0..4 {
        assert_eq!(desk.session.log_in(&wrong).await.unwrap_err().code(), "offline_login_failed");
    }
    assert_eq!(desk.session.log_in(&wrong).await.unwrap_err().code(), "login_locked");
    assert_eq!(desk.session.log_in(&good).await.unwrap_err().code(), "login_locked");
    clock.advance(15 * 60_000);
    desk.session.log_in(&good).await.unwrap();
    clock.advance(72 * 3_600_000);
    assert_eq!(desk.session.log_in(&good).await.unwrap_err().code(), "offline_login_expired");
    let query = AuditQuery { event: Some(Event::Login), ..AuditQuery::default() };
    let logins =
        desk.lists.audit.search(&auditor(&desk), &query, Page { offset: 0, limit: 50 }).await.unwrap();
    assert_eq!(logins.total, 14, "every try is audited");
}

#[tokio::test]
async fn long_lists_come_by_page() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    // 100,000 more operations, written the short way.
    sqlx::query(
        "INSERT INTO operation (n, kind, operator, at, hash, session, session_signature, record)
         WITH RECURSIVE more(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM more WHERE i < 100000)
         SELECT n + i, 'printed', '1001', 0, hash, session, session_signature, record FROM more, operation",
    )
    .execute(&mut *fixture::raw(desk).await)
    .await
    .unwrap();
    assert_eq!(desk.counts.queue_depth().await.unwrap().waiting, 100_001);
    for (filter, first) in [(QueueFilter::All, 100_001 - 90_000), (QueueFilter::Pending, 90_001)] {
        let page = desk
            .lists
            .queue
            .page(&clerk(desk), filter, "", Page { offset: 90_000, limit: 50 })
            .await
            .unwrap();
        assert_eq!((page.total, page.rows.len(), page.rows[0].seq), (100_001, 50, first));
    }
    // Part of the case number finds the operations of the case.
    let first = Page { offset: 0, limit: 50 };
    let all = desk
        .lists
        .queue
        .page(&clerk(desk), QueueFilter::All, "", Page { offset: 100_000, limit: 1 })
        .await
        .unwrap();
    let case = all.rows[0].case_number.clone().unwrap();
    for filter in [QueueFilter::All, QueueFilter::Pending] {
        let found = desk.lists.queue.page(&clerk(desk), filter, &case[4..], first).await.unwrap();
        assert_eq!((found.total, found.rows[0].seq), (1, 1));
        assert_eq!(desk.lists.queue.page(&clerk(desk), filter, "%", first).await.unwrap().total, 0);
    }
}
