//! Where a write begins and ends. What its commit tells as written is committed, and on the disk.

use crate::store::{Result, StoreError};
use scopeguard::ScopeGuard;
use sqlx::{Executor as _, PgConnection, PgPool, Postgres, pool::PoolConnection};
use std::ops::{Deref, DerefMut};
use tokio::runtime::Handle;

/// PostgreSQL answers COMMIT in a failed transaction with ROLLBACK, and sqlx with `Ok`. A SELECT is
/// refused there, and then the rest of its message is not run: one round trip proves that nothing
/// failed before.
const COMMIT: &str = "SELECT 1; COMMIT";
/// `in_failed_sql_transaction`.
const FAILED_BEFORE: &str = "25P02";

/// Nothing is told as written before it is on the disk, whatever role, database and server are set
/// to. A setting that waits for more than this server's disk stays.
const DURABLE: &str = "SELECT set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), false)";

/// Sets a new connection up so that every commit on it is durable, also those of single statements.
pub(super) async fn make_durable(connection: &mut PgConnection) -> sqlx::Result<()> {
    connection.execute(DURABLE).await.map(|_| ())
}

/// A write that is not yet committed; dropped, it is rolled back. Nothing else in this crate begins
/// or ends a transaction.
pub struct Write(ScopeGuard<PoolConnection<Postgres>, fn(PoolConnection<Postgres>)>);

impl Write {
    /// Begins a write.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub(super) async fn begin(pool: &PgPool) -> Result<Self> {
        let mut write = Self(scopeguard::guard(pool.acquire().await?, roll_back_later));
        write.execute("BEGIN").await?;
        Ok(write)
    }

    /// Begins to read one state of the database, whatever others write meanwhile.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub(super) async fn snapshot(pool: &PgPool) -> Result<Self> {
        let mut write = Self(scopeguard::guard(pool.acquire().await?, roll_back_later));
        write.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        Ok(write)
    }

    /// Everything written is committed when this returns.
    ///
    /// # Errors
    /// [`StoreError::Database`] when a statement had failed and its error was passed over; the
    /// database's. Nothing is written then, unless the connection broke before the database's
    /// answer came.
    pub(super) async fn commit(mut self) -> Result<()> {
        match self.execute(COMMIT).await {
            Ok(_) => {
                drop(ScopeGuard::into_inner(self.0));
                Ok(())
            }
            Err(error) if is_of(&error, FAILED_BEFORE) => {
                self.rollback().await?;
                Err(StoreError::Database("a failed statement was passed over".to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives up what was written, at once: dropped, its locks are held a little longer.
    ///
    /// # Errors
    /// When the connection broke; the database then rolls back by itself.
    pub(super) async fn rollback(mut self) -> Result<()> {
        self.execute("ROLLBACK").await?;
        drop(ScopeGuard::into_inner(self.0));
        Ok(())
    }
}

impl Deref for Write {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

fn is_of(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(|refusal| refusal.code()).is_some_and(|found| found == code)
}

/// A connection goes back to the pool only without a transaction. Closed, the database rolls back
/// what was begun on it.
fn roll_back_later(mut connection: PoolConnection<Postgres>) {
    let Ok(runtime) = Handle::try_current() else {
        drop(connection.detach());
        return;
    };
    runtime.spawn(async move {
        if connection.execute("ROLLBACK").await.is_err() {
            connection.close_on_drop();
        }
    });
}

#[cfg(test)]
mod tests;
