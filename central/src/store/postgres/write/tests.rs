//! On a real PostgreSQL: what a commit says, and what is there after the server was killed.

use super::*;
use crate::store::postgres::PgStore;
use rig::{RigFolder, postgres::Postgres};
use std::time::Duration;

struct Database {
    folder: RigFolder,
    postgres: Postgres,
    store: PgStore,
}

impl Database {
    /// One connection, so that what one write leaves on it meets the next.
    async fn start(name: &str) -> Self {
        let folder = RigFolder::new(name).unwrap();
        let postgres = Postgres::start(&folder).await.unwrap();
        let store = PgStore::connect(&postgres.url(), 1).await.unwrap();
        postgres.query("CREATE TABLE note (n integer PRIMARY KEY)").await.unwrap();
        Self { folder, postgres, store }
    }

    async fn notes(&self) -> String {
        self.postgres.query("SELECT string_agg(n::text, ',' ORDER BY n) FROM note").await.unwrap()
    }
}

async fn note(write: &mut Write, n: i32) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO note (n) VALUES ($1)").bind(n).execute(&mut **write).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_after_an_error_that_was_passed_over_is_an_error_and_writes_nothing() {
    let database = Database::start("central-write-failed").await;
    let pool = database.store.pool();
    let mut write = Write::begin(pool).await.unwrap();
    note(&mut write, 1).await.unwrap();
    write.commit().await.unwrap();

    let mut write = Write::begin(pool).await.unwrap();
    note(&mut write, 2).await.unwrap();
    let _ = note(&mut write, 1).await;
    assert!(matches!(write.commit().await, Err(StoreError::Database(_))));
    assert_eq!(database.notes().await, "1");

    // A COPY that was given up fails the transaction as well.
    let mut write = Write::begin(pool).await.unwrap();
    note(&mut write, 3).await.unwrap();
    let copy = write.copy_in_raw("COPY note FROM STDIN").await.unwrap();
    drop(copy);
    assert!(write.commit().await.is_err());
    assert_eq!(database.notes().await, "1");

    let mut write = Write::begin(pool).await.unwrap();
    note(&mut write, 4).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(database.notes().await, "1,4");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_dropped_or_given_up_leaves_nothing_and_its_connection_is_used_again() {
    let database = Database::start("central-write-dropped").await;
    let pool = database.store.pool();
    for n in 0..3 {
        let mut write = Write::begin(pool).await.unwrap();
        note(&mut write, n).await.unwrap();
        if n == 1 {
            write.rollback().await.unwrap();
        }
    }
    // Given up in the middle of a statement.
    let slow = async {
        let mut write = Write::begin(pool).await?;
        note(&mut write, 3).await?;
        sqlx::query("SELECT pg_sleep(1)").execute(&mut *write).await?;
        write.commit().await
    };
    assert!(tokio::time::timeout(Duration::from_millis(200), slow).await.is_err());
    // Where no runtime is left to roll back, the connection is closed.
    let mut write = Write::begin(pool).await.unwrap();
    note(&mut write, 4).await.unwrap();
    std::thread::spawn(move || drop(write)).join().unwrap();

    let mut write = Write::begin(pool).await.unwrap();
    note(&mut write, 5).await.unwrap();
    write.commit().await.unwrap();
    assert_eq!(database.notes().await, "5");
    let open = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'suishen-central' AND state <> 'idle'";
    assert_eq!(database.postgres.query(open).await.unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_there_after_a_power_cut_whatever_the_role_is_set_to() {
    let mut database = Database::start("central-write-durable").await;
    // So that nothing reaches the disk by itself.
    for setting in ["wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'"] {
        database.postgres.query(&format!("ALTER SYSTEM SET {setting}")).await.unwrap();
    }
    for role in ["ALTER ROLE suishen", "ALTER DATABASE suishen", "ALTER SYSTEM"] {
        database.postgres.query(&format!("{role} SET synchronous_commit = off")).await.unwrap();
    }
    database.postgres.query("SELECT pg_reload_conf()").await.unwrap();
    // The connection from before stands as it did, and so does one made now.
    let after = PgStore::connect(&database.postgres.url(), 1).await.unwrap();
    for (n, store) in [(1, &database.store), (2, &after)] {
        let set: String =
            sqlx::query_scalar("SHOW synchronous_commit").fetch_one(store.pool()).await.unwrap();
        assert_eq!(set, "on");
        let mut write = Write::begin(store.pool()).await.unwrap();
        note(&mut write, n).await.unwrap();
        write.commit().await.unwrap();
    }
    sqlx::query("INSERT INTO note (n) VALUES (3)").execute(after.pool()).await.unwrap();
    database.postgres.kill();
    // Its processes may still hold its memory for a moment.
    let mut tries = 0;
    while let Err(error) = database.postgres.start_again(&database.folder).await {
        tries += 1;
        assert!(tries < 50, "{error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(database.notes().await, "1,2,3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_waits_for_more_than_the_disk_keeps_waiting_for_it() {
    let database = Database::start("central-write-remote").await;
    database.postgres.query("ALTER ROLE suishen SET synchronous_commit = remote_apply").await.unwrap();
    let store = PgStore::connect(&database.postgres.url(), 1).await.unwrap();
    let set: String = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(store.pool()).await.unwrap();
    assert_eq!(set, "remote_apply");
}
