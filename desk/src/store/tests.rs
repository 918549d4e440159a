//! Opening, closing; what makes a commit durable.

use super::*;

#[tokio::test]
async fn the_schema_is_made_once_and_rows_stay() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let mut write = store.write().await.unwrap();
    setting::put(&mut write, "kept", &1).await.unwrap();
    write.commit().await.unwrap();
    store.close().await;
    let store = Store::open(&vault).await.unwrap();
    let mut read = store.read().await.unwrap();
    assert_eq!(setting::get::<u32>(&mut read, "kept").await.unwrap(), Some(1));
}

/// What a program of tomorrow does to a database: a step of its own, then `and_then`.
async fn upgraded(folder: &Path, and_then: &str) -> Vault {
    let vault = Vault::open_or_create_with_key_file(folder).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let mut write = store.write().await.unwrap();
    setting::put(&mut write, "kept", &1).await.unwrap();
    for statement in [
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of tomorrow', TRUE, x'00', 0)",
        and_then,
    ] {
        sqlx::query(statement).execute(&mut *write).await.unwrap();
    }
    write.commit().await.unwrap();
    store.close().await;
    vault
}

#[tokio::test]
async fn a_database_that_a_newer_program_added_to_is_opened_by_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let vault = upgraded(folder.path(), "ALTER TABLE setting ADD COLUMN added TEXT").await;
    let store = Store::open(&vault).await.unwrap();
    let mut write = store.write().await.unwrap();
    setting::put(&mut write, "kept", &2).await.unwrap();
    write.commit().await.unwrap();
    let mut read = store.read().await.unwrap();
    assert_eq!(setting::get::<u32>(&mut read, "kept").await.unwrap(), Some(2));
}

#[tokio::test]
async fn a_database_that_a_newer_program_changed_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let vault = upgraded(folder.path(), "PRAGMA user_version = 9999").await;
    assert_eq!(Store::open(&vault).await.err().unwrap().code(), "database_newer");
}

/// Whether an index is of a table that the same step makes; older programs write to no other.
fn of_new_table(step: &sqlx::migrate::Migration, index: &str) -> bool {
    let table = index.split(" ON ").nth(1).and_then(|rest| rest.split([' ', '(']).next()).unwrap();
    step.sql.contains(&format!("CREATE TABLE {table} ("))
}

#[test]
fn a_step_of_the_schema_adds_or_says_that_older_programs_cannot_go_on() {
    for step in migrations().iter().skip(1) {
        let says = step.sql.contains(&format!("PRAGMA user_version = {};", step.version));
        let lines = step.sql.lines().filter(|line| !line.trim_start().starts_with("--"));
        let sql = lines.collect::<Vec<_>>().join(" ");
        let statements =
            sql.split(';').map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" "));
        for statement in statements.filter(|statement| !statement.is_empty()) {
            let adds = statement.starts_with("CREATE TABLE ")
                || statement.starts_with("CREATE INDEX ")
                || statement.starts_with("CREATE UNIQUE INDEX ") && of_new_table(step, &statement)
                || statement.starts_with("ALTER TABLE ") && statement.contains(" ADD COLUMN ");
            assert!(adds || says, "step {}: {statement}", step.version);
        }
    }
}

#[tokio::test]
async fn one_program_at_a_time_has_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    assert_eq!(Store::open(&vault).await.err().unwrap().code(), "already_open");
    store.close().await;
    drop(Store::open(&vault).await.unwrap());
    Store::open(&vault).await.unwrap();
}

#[tokio::test]
async fn closed_it_has_no_connection_open_not_even_one_that_was_being_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    for _ in 0..30 {
        let store = Store::open(&vault).await.unwrap();
        let (one, two, three) =
            (store.read().await.unwrap(), store.read().await.unwrap(), store.read().await.unwrap());
        drop((one, two));
        tokio::time::sleep(Duration::from_millis(5)).await;
        drop(three);
        tokio::task::yield_now().await;
        store.close().await;
        assert_eq!(store.readers().size(), 0);
        assert!(store.write().await.is_err(), "nothing is written any more");
    }
}

#[tokio::test]
async fn the_settings_that_make_a_commit_durable_are_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let mut write = store.write().await.unwrap();
    for (pragma, expected) in [("synchronous", "2"), ("journal_mode", "wal"), ("foreign_keys", "1")] {
        let (value,): (String,) =
            sqlx::query_as(&format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}"))
                .fetch_one(&mut *write)
                .await
                .unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
    let (version,): (String,) = sqlx::query_as("PRAGMA cipher_version").fetch_one(&mut *write).await.unwrap();
    assert!(version.starts_with('4'), "SQLCipher is built in");
}

#[tokio::test]
async fn a_write_dropped_in_the_middle_leaves_nothing_and_the_next_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let mut dropped = store.write().await.unwrap();
    setting::put(&mut dropped, "dropped", &1).await.unwrap();
    drop(dropped);
    let mut kept = store.write().await.unwrap();
    setting::put(&mut kept, "kept", &2).await.unwrap();
    kept.commit().await.unwrap();
    let mut read = store.read().await.unwrap();
    assert_eq!(setting::get::<u32>(&mut read, "dropped").await.unwrap(), None);
    assert_eq!(setting::get::<u32>(&mut read, "kept").await.unwrap(), Some(2));
}

#[tokio::test]
async fn a_write_whose_transaction_sqlite_ended_by_itself_is_not_told_as_committed() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let mut ended = store.write().await.unwrap();
    // What a full disk does inside of SQLite.
    sqlx::query("ROLLBACK").execute(&mut *ended).await.unwrap();
    setting::put(&mut ended, "outside", &1).await.unwrap();
    assert!(ended.commit().await.is_err());
    let mut write = store.write().await.unwrap();
    setting::put(&mut write, "after", &2).await.unwrap();
    write.commit().await.unwrap();
    let mut read = store.read().await.unwrap();
    assert_eq!(setting::get::<u32>(&mut read, "after").await.unwrap(), Some(2));
}

#[tokio::test]
async fn nothing_is_written_outside_of_a_write() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let mut read = store.read().await.unwrap();
    assert!(setting::put(&mut read, "written", &1).await.is_err());
}
