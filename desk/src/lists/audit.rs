//! The audit (审计): searched, checked, exported.

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        self, Page, Rows,
        audit::{self, AuditCheck, AuditQuery, AuditRow, Entry, Event, Outline},
    },
};
use rules::{At, permission::Duty};
use std::{io::Write, sync::Arc};

/// Rows of an export read at a time.
const EXPORT_STEP: u32 = 1_000;

/// Component for the audit.
pub struct AuditTrail {
    core: Arc<Core>,
}

impl AuditTrail {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Writes an audit row that belongs to no operation.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn note(&self, entry: &Entry<'_>) -> Result<(), DeskError> {
        self.core.note(entry).await
    }

    /// Returns a page of the audit, newest first.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a
    /// database error if the store fails.
    pub async fn search(
        &self,
        operator: &Operator,
        query: &AuditQuery,
        page: Page,
    ) -> Result<Rows<AuditRow>, DeskError> {
        operator.may(Duty::Audit)?;
        let mut read = self.core.store.read().await?;
        audit::search(&mut read, query, page).await
    }

    /// Returns the journal without who, for whom and in which case, for a report to support.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] without [`Duty::CheckDevices`], and a database
    /// error if the store fails.
    pub async fn outline(&self, operator: &Operator, since: At, newest: u32) -> Result<Outline, DeskError> {
        operator.may(Duty::CheckDevices)?;
        audit::outline(&mut *self.core.store.read().await?, since, newest).await
    }

    /// Notes that a report for support was saved; `digest` names its file.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] without [`Duty::CheckDevices`], and a database
    /// error if the store fails.
    pub async fn note_report(&self, operator: &Operator, digest: &str) -> Result<(), DeskError> {
        operator.may(Duty::CheckDevices)?;
        self.core.note(&operator.entry(Event::ReportSaved, None, digest)).await
    }

    /// Walks the audit's chain and its seals: gaps and edits are found.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a
    /// database error if the store fails.
    pub async fn check(&self, operator: &Operator) -> Result<AuditCheck, DeskError> {
        operator.may(Duty::Audit)?;
        let mut read = self.core.store.read().await?;
        let identity = store::identity::get(&mut read).await?.ok_or(DeskError::NotEnrolled)?;
        audit::check(&mut read, &identity.keys()).await
    }

    /// Writes the whole audit as JSON lines, oldest first. The rows carry their hashes, so that the
    /// file can be checked by itself. Returns how many rows were written.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a
    /// database error if the store fails.
    pub async fn export(&self, operator: &Operator, file: &mut (dyn Write + Send)) -> Result<u64, DeskError> {
        operator.may(Duty::Audit)?;
        self.core.note(&operator.entry(Event::AuditExported, None, "")).await?;
        let mut last = 0;
        loop {
            let mut read = self.core.store.read().await?;
            let rows = audit::after(&mut read, last, EXPORT_STEP).await?;
            drop(read);
            let Some(newest) = rows.last() else { return Ok(last) };
            last = newest.n;
            for row in &rows {
                writeln!(file, "{}", store::to_json(row)?)?;
            }
        }
    }
}
