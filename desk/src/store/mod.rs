//! What a desk keeps: one SQLCipher file (S2). SQL is written here and nowhere else in the crate,
//! one file per table or aggregate. Functions take the connection of an open transaction, so that
//! the caller decides what belongs together; an operation, its domain rows, its audit row and its
//! outbox row always do.

pub mod audit;
pub mod blob;
pub mod case_file;
pub mod citizen;
pub mod code;
pub mod conflict;
pub mod correction;
pub mod draft;
pub mod escalation;
pub mod identity;
mod number;
pub mod operation;
mod overturned;
pub mod print_job;
pub mod queue;
pub mod receipt;
pub mod retention;
pub mod sequence;
pub mod setting;
pub(crate) mod settle;
pub mod staff;
pub mod sync_state;
pub mod transfer;
pub mod trouble;
pub mod trust;
mod write;

pub use write::Write;

use crate::{
    error::DeskError,
    vault::{Cipher, Vault},
};
use rules::At;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    ConnectOptions, Sqlite, SqliteConnection, SqlitePool,
    migrate::{Migrate, Migrator},
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs::{File, TryLockError},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use write::Writer;

/// Forward only: a step once shipped is never changed, and there is no way down.
static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");

/// Readers beside the one writer. A counter has one clerk and one synchronising task.
const READERS: u32 = 3;
/// How long a writer waits for another, far longer than any transaction takes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// 16 MiB.
const WAL_PAGES: &str = "4000";
/// Empty; it is there to be locked.
const LOCK_FILE: &str = "desk.lock";
const LOCK_PATIENCE: Duration = Duration::from_secs(3);

/// The desk's open database.
#[derive(Clone)]
pub struct Store {
    /// Cannot write: everything written goes through [`Write`].
    readers: SqlitePool,
    /// One connection. A page that another connection wrote has to be read and decrypted again;
    /// this one has what it needs.
    writer: Writer,
    /// Held while the database is open.
    lock: Arc<File>,
    cipher: Arc<dyn Cipher>,
}

impl Store {
    /// Opens the database beside `vault`, makes it at the first start, and brings its tables up to
    /// date.
    ///
    /// # Errors
    /// [`DeskError::AlreadyOpen`], [`DeskError::KeyWrong`] when the file does not open with the
    /// vault's key, [`DeskError::DatabaseNewer`], [`DeskError::DatabaseDamaged`],
    /// [`DeskError::DiskReadOnly`], and the disk's.
    pub async fn open(vault: &Vault) -> Result<Self, DeskError> {
        // Started like this, OpenSSL does not clean up when the process ends: the threads of the
        // connections may still be at work in it, and what they free would be freed twice.
        openssl_sys::init();
        let lock = Arc::new(lock(vault.folder()).await?);
        let key = vault.database_key();
        let options = SqliteConnectOptions::new()
            .filename(vault.database_path())
            .pragma("key", key.to_string())
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full) // a commit is on the disk when it returns, whatever is pulled out
            .foreign_keys(true)
            .pragma("wal_autocheckpoint", WAL_PAGES) // folded into the file less often: many operations write the same pages
            .busy_timeout(BUSY_TIMEOUT)
            .create_if_missing(true)
            .disable_statement_logging(); // statements carry the key and personal data
        let mut connection = options.connect().await?;
        migrate(&mut connection).await?;
        check_writable(&mut connection).await?;
        let readers = SqlitePoolOptions::new().max_connections(READERS);
        let readers = readers.connect_lazy_with(options.clone().pragma("query_only", "ON"));
        let writer = Writer::new(connection, options);
        let store = Self { readers, writer, lock, cipher: vault.blob_cipher() };
        vault.database_was_made()?;
        Ok(store)
    }

    /// The pool of those who read. The shell registers it with the SQL plugin, which closes it at
    /// exit.
    pub const fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Closes all connections; the write-ahead log is folded into the file. Another program may
    /// open it then.
    pub async fn close(&self) {
        close(&self.readers).await;
        self.writer.close().await;
        // It fails for a lock that is not held.
        let _ = self.lock.unlock();
    }

    /// A connection to read with.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Sqlite>, DeskError> {
        Ok(self.readers.acquire().await?)
    }

    /// Begins a write, once the one before it is done.
    pub(crate) async fn write(&self) -> Result<Write, DeskError> {
        self.writer.begin().await
    }

    pub(crate) fn cipher(&self) -> &dyn Cipher {
        self.cipher.as_ref()
    }
}

async fn migrate(connection: &mut Connection) -> Result<(), DeskError> {
    connection.ensure_migrations_table().await.map_err(trouble::migration)?;
    let applied = connection.list_applied_migrations().await.map_err(trouble::migration)?;
    let newest = MIGRATIONS.iter().map(|step| step.version).max().unwrap_or(0);
    if applied.iter().any(|step| step.version > newest) {
        return Err(DeskError::DatabaseNewer);
    }
    MIGRATIONS.run(connection).await.map_err(trouble::migration)
}

/// On a disk that cannot be written SQLite opens a file all the same while its log lies beside it,
/// and even begins a write. Only a statement that would write is refused.
async fn check_writable(connection: &mut Connection) -> Result<(), DeskError> {
    sqlx::query("DELETE FROM setting WHERE FALSE").execute(connection).await?;
    Ok(())
}

/// A pool's own closing goes on without a connection that is just being given back, which then lies
/// in the closed pool, still open (sqlx 0.8 counts a permit too many for each idle one it closes).
async fn close(pool: &SqlitePool) {
    let patience = Instant::now() + BUSY_TIMEOUT;
    loop {
        pool.close().await;
        if pool.size() == 0 || Instant::now() > patience {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// One program at a time works with a folder: two windows would each answer the clerk from what the
/// other does not know of. One that has just ended, or was killed in the middle of a write, holds
/// on for a moment.
async fn lock(folder: &Path) -> Result<File, DeskError> {
    let file = File::options().create(true).truncate(false).write(true).open(folder.join(LOCK_FILE))?;
    let patience = Instant::now() + LOCK_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < patience => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(TryLockError::WouldBlock) => return Err(DeskError::AlreadyOpen),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
}

/// The connection functions of this module take.
pub(crate) type Connection = SqliteConnection;

/// A record as it is kept in a column.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, DeskError> {
    serde_json::to_string(value).map_err(|error| DeskError::Store(Box::new(error)))
}

/// A record from a column. One that cannot be read was written by no version of this program.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, DeskError> {
    serde_json::from_str(text).map_err(|_| DeskError::DatabaseDamaged)
}

/// The plain name a unit variant serialises to (`live`, `apply`, …).
pub(crate) fn to_word<T: Serialize>(value: &T) -> Result<String, DeskError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(_) | Err(_) => Err(DeskError::DatabaseDamaged),
    }
}

/// The other way round.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, DeskError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|_| DeskError::DatabaseDamaged)
}

/// Digits of a 64-bit number that SQLite keeps as a signed integer.
pub(crate) fn to_column(value: u64) -> Result<i64, DeskError> {
    i64::try_from(value).map_err(|error| DeskError::Store(Box::new(error)))
}

/// The other way round.
pub(crate) fn from_column(value: i64) -> Result<u64, DeskError> {
    u64::try_from(value).map_err(|_| DeskError::DatabaseDamaged)
}

/// Which part of a long list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Rows to skip.
    pub offset: u32,
    /// Rows wanted, at most [`Page::LIMIT`].
    pub limit: u32,
}

impl Page {
    /// More than a screen can show at once.
    pub const LIMIT: u32 = 500;

    /// Clamped.
    pub(crate) fn limit(self) -> i64 {
        i64::from(self.limit.min(Self::LIMIT))
    }
}

/// One page of a list and how long the list is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// All of them.
    pub total: u32,
}

pub(crate) fn total(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// An instant from a column that may be empty.
pub(crate) fn instant(column: Option<i64>) -> Option<At> {
    column.map(At)
}

/// A database as the program left it after its first `steps` migrations.
#[cfg(test)]
async fn migrated_to(vault: &Vault, steps: usize) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(vault.database_path())
        .pragma("key", vault.database_key().to_string())
        .create_if_missing(true);
    let pool = SqlitePoolOptions::new().connect_with(options).await.unwrap();
    let earlier = MIGRATIONS.iter().take(steps).cloned().collect::<Vec<_>>();
    let earlier = Migrator { migrations: std::borrow::Cow::Owned(earlier), ..Migrator::DEFAULT };
    earlier.run(&pool).await.unwrap();
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_earlier_version_opens_and_keeps_its_rows() {
        for steps in 0..=MIGRATIONS.iter().count() {
            let folder = tempfile::tempdir().unwrap();
            let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
            let pool = migrated_to(&vault, steps).await;
            if steps > 0 {
                sqlx::query("INSERT INTO setting (name, value) VALUES ('kept', '1')")
                    .execute(&pool)
                    .await
                    .unwrap();
            }
            pool.close().await;
            let store = Store::open(&vault).await.unwrap();
            let kept: Option<u32> = setting::get(&mut store.read().await.unwrap(), "kept").await.unwrap();
            assert_eq!(kept.is_some(), steps > 0);
            let mut read = store.read().await.unwrap();
            assert_eq!(sync_state::get(&mut read).await.unwrap().received_through, 0);
        }
    }

    #[tokio::test]
    async fn a_database_of_a_newer_program_is_refused_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
        let store = Store::open(&vault).await.unwrap();
        let mut write = store.write().await.unwrap();
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'of tomorrow', TRUE, x'00', 0)",
        )
        .execute(&mut *write)
        .await
        .unwrap();
        write.commit().await.unwrap();
        store.close().await;
        assert_eq!(Store::open(&vault).await.err().unwrap().code(), "database_newer");
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
        let (version,): (String,) =
            sqlx::query_as("PRAGMA cipher_version").fetch_one(&mut *write).await.unwrap();
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
}
