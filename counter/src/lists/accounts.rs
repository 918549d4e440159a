//! Staff of the site as this desk knows them. Accounts are made at the centre.

use crate::{
    core::Core,
    format::time_text,
    view::{AccountView, Failure},
};
use std::sync::Arc;

/// Staff accounts of the site.
pub struct Accounts {
    core: Arc<Core>,
}

impl Accounts {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns the staff of the site.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn list(&self) -> Result<Vec<AccountView>, Failure> {
        let desk = self.core.desk()?;
        let accounts = desk.session.accounts(&desk.session.operator()?).await?;
        Ok(accounts
            .into_iter()
            .map(|account| AccountView {
                name: account.staff.name.expose().clone(),
                roles: account.staff.roles,
                active: account.staff.active,
                staff: account.staff.number.into(),
                locked_until: account.locked_until.map(time_text),
                last_login: account.last_login.map(time_text),
            })
            .collect())
    }

    /// Unlocks an account after failed log-ins.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn unlock(&self, staff: String) -> Result<Vec<AccountView>, Failure> {
        let desk = self.core.desk()?;
        // A text that is no staff number has no account, so nothing is locked.
        if let Ok(staff) = staff.parse() {
            desk.session.unlock_account(&desk.session.operator()?, &staff).await?;
        }
        self.list().await
    }
}
