//! D2: a desk holds the newest head of the centre's audit log, and notices when the next one does
//! not extend it.

use desk::{
    DeskError,
    store::{
        Page,
        audit::{AuditQuery, Event},
    },
    sync::SyncEvent,
};
use fixture::{Fixture, auditor, centre::AuditLog, record, signed, until};

/// Lets the desk synchronise until the centre was asked for its head once more.
async fn look(fixture: &Fixture) {
    let before = fixture.centre.mind().audit.asked;
    let task = tokio::spawn(fixture.desk.clone().run_sync());
    until(async || fixture.centre.mind().audit.asked > before).await;
    // The answer is written down before the next exchange begins.
    let mut events = fixture.desk.sync().subscribe();
    let record = signed(record("1001", &[rules::permission::Role::Clerk]));
    fixture.centre.mind().changes.push(rules::wire::Change::Staff(Box::new(record)));
    fixture.desk.sync().now();
    while !matches!(events.recv().await.unwrap(), SyncEvent::Changes { .. }) {
        fixture.desk.sync().now();
    }
    task.abort();
    let _ = task.await;
}

async fn is_alarmed(fixture: &Fixture) -> bool {
    fixture.desk.counts.is_centre_rewritten().await.unwrap()
}

/// Outcomes of the audit's rows about the centre's log, newest first.
async fn noted(fixture: &Fixture) -> Vec<String> {
    let query = AuditQuery { event: Some(Event::CentreLog), ..AuditQuery::default() };
    let page = Page { offset: 0, limit: 10 };
    let found = fixture.desk.lists.audit.search(&auditor(&fixture.desk), &query, page).await.unwrap();
    found.rows.into_iter().map(|row| row.outcome).collect()
}

#[tokio::test]
async fn d2_a_log_that_grows_is_followed_and_one_that_was_rewritten_or_cut_is_an_alarm() {
    let rewritten = DeskError::CentreRewritten.code();
    let changes: [fn(&mut AuditLog); 3] =
        [|log| log.rewrite(1), |log| log.cut_to(3), |log| log.proves = false];
    for change in changes {
        let fixture = Fixture::new().await;
        for size in [2, 5, 5, 9] {
            fixture.centre.mind().audit.grow_to(size);
            look(&fixture).await;
            assert!(!is_alarmed(&fixture).await, "at {size}");
        }
        change(&mut fixture.centre.mind().audit);
        if !fixture.centre.mind().audit.proves {
            fixture.centre.mind().audit.grow_to(10);
        }
        look(&fixture).await;
        assert!(is_alarmed(&fixture).await);
        assert_eq!(noted(&fixture).await, [rewritten]);

        // It grows on, and the alarm stays, with one row.
        fixture.centre.mind().audit.grow_to(20);
        look(&fixture).await;
        assert_eq!(noted(&fixture).await, [rewritten]);

        // The old log is put back as it was, and went on.
        fixture.centre.mind().audit = AuditLog::default();
        fixture.centre.mind().audit.grow_to(12);
        look(&fixture).await;
        assert!(!is_alarmed(&fixture).await);
        assert_eq!(noted(&fixture).await, ["ok", rewritten]);
    }
}

#[tokio::test]
async fn d2_an_alarm_and_the_head_held_stay_through_a_restart() {
    let mut fixture = Fixture::new().await;
    fixture.centre.mind().audit.grow_to(9);
    look(&fixture).await;
    fixture.restart().await;
    fixture.centre.mind().audit.cut_to(4);
    look(&fixture).await;
    fixture.restart().await;
    assert!(is_alarmed(&fixture).await);
}

#[tokio::test]
async fn d2_a_head_that_the_root_did_not_sign_is_not_kept() {
    let fixture = Fixture::new().await;
    fixture.centre.mind().audit.grow_to(9);
    fixture.centre.mind().signs_with_another_key = true;
    look(&fixture).await;
    fixture.centre.mind().signs_with_another_key = false;
    fixture.centre.mind().audit.cut_to(3);
    look(&fixture).await;
    assert!(!is_alarmed(&fixture).await, "the first one is not what it saw");
}
