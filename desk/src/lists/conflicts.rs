//! Conflicts (冲突): operations the centre did not take as they were, until a supervisor has dealt
//! with them.

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        self, Page, Rows,
        audit::{self, Event},
        conflict::Conflict,
    },
};
use rules::permission::Duty;
use std::sync::Arc;

/// Component for conflicts.
pub struct Conflicts {
    core: Arc<Core>,
}

impl Conflicts {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns a page of conflicts, oldest first.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn page(&self, open_only: bool, page: Page) -> Result<Rows<Conflict>, DeskError> {
        let mut read = self.core.store.read().await?;
        store::conflict::page(&mut read, open_only, page).await
    }

    /// Returns a conflict that nobody has resolved. Its seq alone does not identify it, for each
    /// enrolment counts from the beginning.
    ///
    /// # Errors
    /// Returns [`DeskError::ConflictUnknown`] if no such conflict is open, and a database error if
    /// the store fails.
    pub async fn get(&self, (epoch, seq): (u32, u64)) -> Result<Conflict, DeskError> {
        let mut read = self.core.store.read().await?;
        store::conflict::open_one(&mut read, (epoch, seq)).await?.ok_or(DeskError::ConflictUnknown)
    }

    /// Closes a conflict that a supervisor has dealt with: called back, notice handed over.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it,
    /// [`DeskError::ConflictUnknown`] if no such conflict is open, and a database error if the
    /// store fails.
    pub async fn resolve(
        &self,
        operator: &Operator,
        (epoch, seq): (u32, u64),
        note: &str,
    ) -> Result<(), DeskError> {
        operator.may(Duty::ResolveConflicts)?;
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        store::conflict::resolve(&mut write, (epoch, seq), &operator.staff, note, reading.at).await?;
        store::call_back::forget_phones(&mut write).await?;
        let detail = format!("{epoch}/{seq}");
        audit::append(&mut write, &reading, &operator.entry(Event::ConflictResolved, None, &detail)).await?;
        write.commit().await
    }
}
