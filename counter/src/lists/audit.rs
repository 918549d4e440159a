//! The audit trail of this desk.

use super::store_page;
use crate::{
    core::Core,
    format::time_text,
    private_file,
    view::{AuditCheckView, AuditPageView, AuditRowView, Failure, PageInput},
};
use desk::{
    DeskError,
    store::audit::{AuditQuery, AuditWords, Event},
};
use rules::{
    case_number::{grouped, ungrouped},
    permission::Duty,
};
use std::sync::Arc;

/// The audit trail of this desk.
pub struct Audit {
    core: Arc<Core>,
}

impl Audit {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns audit rows, newest first: all, or those with the typed staff number, part of a case
    /// number, or events. The page knows which events the typed words name.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn page(&self, page: PageInput, events: Vec<Event>) -> Result<AuditPageView, Failure> {
        let desk = self.core.desk()?;
        let typed = page.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let words =
            typed.map(|text| AuditWords { staff: text.to_owned(), case_part: ungrouped(text), events });
        let query = AuditQuery { words, ..AuditQuery::default() };
        let rows = desk.lists.audit.search(&desk.session.operator()?, &query, store_page(&page)).await?;
        Ok(AuditPageView {
            total: rows.total,
            rows: rows
                .rows
                .into_iter()
                .map(|row| AuditRowView {
                    number: u32::try_from(row.n).unwrap_or(u32::MAX),
                    at: time_text(row.at),
                    staff: row.operator,
                    event: row.event,
                    outcome: row.outcome,
                    case_number: row.case_number.as_deref().map(grouped),
                })
                .collect(),
        })
    }

    /// Checks the hash chain and the daily seals.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn check(&self) -> Result<AuditCheckView, Failure> {
        let desk = self.core.desk()?;
        let check = desk.lists.audit.check(&desk.session.operator()?).await?;
        Ok(AuditCheckView {
            rows: u32::try_from(check.rows).unwrap_or(u32::MAX),
            broken_at: check.broken_at.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
        })
    }

    /// Writes the audit trail to a file in the desk's folder that only this user may read; returns
    /// its path.
    ///
    /// # Errors
    /// Not permitted; the database fails. Without permission no file is made.
    pub async fn export(&self) -> Result<String, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Audit)?;
        let folder = self.core.folder().join("audit");
        let stamp = desk.read_clock().at.civil().strftime("%Y%m%d-%H%M%S").to_string();
        let created = private_file::create(&folder, &format!("audit-{stamp}.jsonl"));
        let (mut file, path) = created.map_err(DeskError::DiskFailed)?;
        desk.lists.audit.export(&operator, &mut file).await?;
        file.sync_all().map_err(DeskError::DiskFailed)?;
        Ok(path.display().to_string())
    }
}
