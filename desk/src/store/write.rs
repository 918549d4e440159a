//! The one place where a write begins and ends.
//!
//! SQLite ends a transaction by itself when the disk is full or fails, and a statement that fails
//! may leave one open. So nothing is assumed of a connection whose write was not committed: it is
//! closed before the next write begins, and a new one is opened. `BEGIN` and `COMMIT` are plain
//! statements: SQLite refuses the first inside a transaction and the second outside of one, so
//! their success proves where the connection stands.

use super::{Connection, operation::Head, reference::ReferenceKey};
use crate::error::DeskError;
use rules::{op::CitizenRef, person::IdNumber};
use sqlx::{ConnectOptions, Connection as _, Executor, sqlite::SqliteConnectOptions};
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

/// The only connection that writes. Writers wait for each other here.
#[derive(Clone)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    slot: Arc<Mutex<Slot>>,
    references: ReferenceKey,
}

/// The connection, as far as it is open.
#[derive(Default)]
struct Slot {
    open: Option<Open>,
    closed: bool,
}

struct Open {
    connection: Connection,
    /// False from the begin of a write until it is committed.
    is_idle: bool,
    /// Newest link of the chain as the last write left it; `None` where it has to be read.
    head: Option<Head>,
}

/// A write that is not yet committed; dropped, it is rolled back.
pub struct Write {
    open: OwnedMappedMutexGuard<Slot, Open>,
    /// Newest link of the chain as this write leaves it, where it is known.
    pub(super) head: Option<Head>,
    references: ReferenceKey,
}

impl Writer {
    /// Writes through `connection`, and through ones opened with `options` after a write that was
    /// not committed.
    pub(super) fn new(
        connection: Connection,
        options: SqliteConnectOptions,
        references: ReferenceKey,
    ) -> Self {
        let open = Open { connection, is_idle: true, head: None };
        let slot = Arc::new(Mutex::new(Slot { open: Some(open), closed: false }));
        Self { options, slot, references }
    }

    /// Begins a write once the one before it has ended.
    pub(super) async fn begin(&self) -> Result<Write, DeskError> {
        let mut slot = Arc::clone(&self.slot).lock_owned().await;
        if slot.closed {
            return Err(sqlx::Error::PoolClosed.into());
        }
        slot.open = match slot.open.take() {
            Some(open) if open.is_idle => Some(open),
            // Closing rolls back what was not committed.
            Some(open) => {
                if let Err(error) = open.connection.close().await {
                    tracing::warn!(
                        code = DeskError::from(error).code(),
                        "a connection did not close cleanly"
                    );
                }
                None
            }
            None => None,
        };
        if slot.open.is_none() {
            let connection = self.options.connect().await?;
            slot.open = Some(Open { connection, is_idle: true, head: None });
        }
        let Ok(mut open) = OwnedMutexGuard::try_map(slot, |slot| slot.open.as_mut()) else {
            return Err(sqlx::Error::PoolClosed.into());
        };
        open.is_idle = false;
        open.connection.execute("BEGIN IMMEDIATE").await?;
        let head = open.head.take();
        Ok(Write { open, head, references: self.references.clone() })
    }

    /// Closes the connection for good.
    pub(super) async fn close(&self) {
        let mut slot = self.slot.lock().await;
        slot.closed = true;
        if let Some(open) = slot.open.take() {
            // What was committed is on the disk; a log that could not be folded is folded at the
            // next start.
            let _ = open.connection.close().await;
        }
    }
}

impl Write {
    /// Returns the reference under which this desk files a citizen.
    pub(super) fn citizen_ref(&self, number: &IdNumber) -> CitizenRef {
        self.references.of(number)
    }

    /// Commits. Everything written is on the disk when this returns.
    ///
    /// # Errors
    /// Returns the error of the database when it could not commit. The write is rolled back then,
    /// unless the disk failed in the very moment of the commit; the next start shows which.
    pub async fn commit(mut self) -> Result<(), DeskError> {
        self.open.connection.execute("COMMIT").await?;
        self.open.is_idle = true;
        self.open.head = self.head;
        Ok(())
    }
}

impl Deref for Write {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.open.connection
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.open.connection
    }
}
