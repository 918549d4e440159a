//! Staff of the site as this desk knows them, and the audit trail. Accounts are made at the centre.

use super::{Counter, format::time_text, queue::store_page};
use crate::view::{AccountView, AuditCheckView, AuditPageView, AuditRowView, Failure, PageInput};
use desk::{DeskError, store::audit::AuditQuery};
use rules::case_number::{grouped, ungrouped};

impl Counter {
    /// Staff of the site.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn accounts(&self) -> Result<Vec<AccountView>, Failure> {
        let desk = self.desk()?;
        let accounts = desk.session.accounts(&desk.session.operator()?).await?;
        Ok(accounts
            .into_iter()
            .map(|account| AccountView {
                name: account.staff.name.expose().clone(),
                roles: account.staff.roles,
                active: account.staff.active,
                staff: account.staff.number,
                locked_until: account.locked_until.map(time_text),
                last_login: account.last_login.map(time_text),
            })
            .collect())
    }

    /// Lifts a lock after failed logins.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn unlock_account(&self, staff: String) -> Result<Vec<AccountView>, Failure> {
        let desk = self.desk()?;
        desk.session.unlock_account(&desk.session.operator()?, &staff).await?;
        self.accounts().await
    }

    /// Audit rows, newest first.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn audit(&self, page: PageInput) -> Result<AuditPageView, Failure> {
        let desk = self.desk()?;
        let query = AuditQuery {
            case_number: page.text.as_deref().map(ungrouped).filter(|text| !text.is_empty()),
            ..AuditQuery::default()
        };
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

    /// Checks the chain and the daily seals.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn check_audit(&self) -> Result<AuditCheckView, Failure> {
        let desk = self.desk()?;
        let check = desk.lists.audit.check(&desk.session.operator()?).await?;
        Ok(AuditCheckView {
            rows: u32::try_from(check.rows).unwrap_or(u32::MAX),
            broken_at: check.broken_at.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
        })
    }

    /// Writes the audit to a file in the desk's folder and says where.
    ///
    /// # Errors
    /// Not permitted; the disk's.
    pub async fn export_audit(&self) -> Result<String, Failure> {
        let desk = self.desk()?;
        let folder = self.folder.join("audit");
        std::fs::create_dir_all(&folder).map_err(DeskError::DiskFailed)?;
        let stamp = desk.read_clock().at.civil().strftime("%Y%m%d-%H%M%S").to_string();
        let path = folder.join(format!("audit-{stamp}.jsonl"));
        let mut file = std::fs::File::create(&path).map_err(DeskError::DiskFailed)?;
        desk.lists.audit.export(&desk.session.operator()?, &mut file).await?;
        file.sync_all().map_err(DeskError::DiskFailed)?;
        Ok(path.display().to_string())
    }
}
