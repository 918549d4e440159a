//! What a desk keeps: one SQLCipher file (S2). SQL is written here and nowhere else in the crate,
//! one file per table or aggregate. Functions take the connection of an open transaction, so that
//! the caller decides what belongs together; an operation, its domain rows and its audit row always
//! do. The outbox is a view of the log (ADR 8).

pub(crate) mod anchors;
pub mod audit;
pub mod blob;
pub(crate) mod board;
pub mod call_back;
pub mod case_file;
pub(crate) mod centre_generation;
pub(crate) mod changes;
pub mod citizen;
pub mod code;
mod columns;
pub mod conflict;
pub mod correction;
pub(crate) mod credential;
pub mod draft;
pub mod escalation;
pub mod identity;
pub mod job;
pub(crate) mod login_try;
pub mod operation;
mod operation_number;
pub mod outbox;
mod overturned;
mod page;
pub mod print_job;
pub mod queue;
pub mod receipt;
mod reference;
pub mod retention;
pub mod sequence;
pub mod service;
mod session;
pub mod setting;
pub(crate) mod settle;
pub mod staff;
pub mod sync_state;
pub mod transfer;
pub mod tree_head;
pub mod trouble;
pub mod trust;
pub mod visit;
mod write;

pub(crate) use columns::{
    from_column, from_json, from_word, instant, parse_column, to_column, to_json, to_word, total,
};
pub use page::{Page, Rows};
pub use write::Write;

use crate::{
    error::DeskError,
    vault::{Cipher, Vault},
};
use reference::ReferenceKey;
use rules::{op::CitizenRef, person::IdNumber};
use sqlx::{
    ConnectOptions, Sqlite, SqliteConnection, SqlitePool,
    migrate::Migrator,
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

/// Returns the steps of the schema. Forward only: a step once shipped is never changed, and there
/// is no way down.
///
/// A step should only add, so that the program before can go on with the database when a version
/// is taken back. One that does more ends with `PRAGMA user_version = ` its own number: only a
/// program that knows this step opens the database afterwards.
fn migrations() -> Migrator {
    let mut steps = sqlx::migrate!("src/store/migrations");
    steps.set_ignore_missing(true);
    steps
}

/// Readers beside the one writer. A counter has one clerk and one synchronising task.
const READERS: u32 = 3;
/// How long a writer waits for another, far longer than any transaction takes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages of the write-ahead log before it is folded into the file: 16 MiB.
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
    references: ReferenceKey,
}

impl Store {
    /// Opens the database beside `vault`, makes it at the first start, and brings its tables up to
    /// date.
    ///
    /// # Errors
    /// Returns [`DeskError::AlreadyOpen`] if another program has the folder,
    /// [`DeskError::KeyWrong`] if the file does not open with the vault's key,
    /// [`DeskError::DatabaseNewer`] if a newer program changed its tables so that this one cannot
    /// work with them, [`DeskError::DatabaseDamaged`],
    /// [`DeskError::DiskReadOnly`] if nothing can be written, and other errors of the disk.
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
        let references = ReferenceKey::new(vault.derive("citizen references"));
        let writer = Writer::new(connection, options, references.clone());
        let store = Self { readers, writer, lock, cipher: vault.blob_cipher(), references };
        vault.database_was_made()?;
        Ok(store)
    }

    /// Returns the pool of readers. The shell registers it with the SQL plugin, which closes it at
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

    /// Takes a connection to read with.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Sqlite>, DeskError> {
        Ok(self.readers.acquire().await?)
    }

    /// Begins a write, once the one before it is done.
    pub(crate) async fn write(&self) -> Result<Write, DeskError> {
        self.writer.begin().await
    }

    /// Returns the reference under which this desk files a citizen.
    pub(crate) fn citizen_ref(&self, number: &IdNumber) -> CitizenRef {
        self.references.of(number)
    }

    pub(crate) fn cipher(&self) -> &dyn Cipher {
        self.cipher.as_ref()
    }
}

async fn migrate(connection: &mut Connection) -> Result<(), DeskError> {
    let steps = migrations();
    let newest = steps.iter().map(|step| step.version).max().unwrap_or(0);
    let needed: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    if needed > newest {
        return Err(DeskError::DatabaseNewer);
    }
    steps.run(connection).await.map_err(trouble::migration)
}

/// Checks that the disk can be written. Otherwise SQLite opens a file with its log all the same,
/// and even begins a write; it refuses only a statement that would write.
async fn check_writable(connection: &mut Connection) -> Result<(), DeskError> {
    sqlx::query("DELETE FROM setting WHERE FALSE").execute(connection).await?;
    Ok(())
}

/// Closes all connections. Works around sqlx 0.8, whose `close` can miss a connection that is just
/// being returned.
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

/// Locks the folder for one program: each of two windows would not know what the other does. A
/// program that has just ended, or was killed in a write, holds on for a moment.
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

#[cfg(test)]
mod tests;
