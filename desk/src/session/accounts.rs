//! The accounts of the site's staff, as this desk knows them.

use super::{Operator, Sessions};
use crate::{
    error::DeskError,
    store::{self, audit::Event},
};
use rules::{At, StaffNumber, authority::StaffRecord, permission::Duty};

/// A member of staff as this desk knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The centre's record.
    pub staff: StaffRecord,
    /// Until when this desk lets them not log in after failed attempts (S4).
    pub locked_until: Option<At>,
    /// Last login at this desk.
    pub last_login: Option<At>,
}

impl Sessions {
    /// Returns the staff of the site by number, with their logins at this desk.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] without [`Duty::ManageAccounts`], and a database
    /// error if the store fails.
    pub async fn accounts(&self, operator: &Operator) -> Result<Vec<Account>, DeskError> {
        operator.may(Duty::ManageAccounts)?;
        let reading = self.core.clock.read();
        let mut read = self.core.store.read().await?;
        let staff = store::staff::all(&mut read).await?;
        let mut accounts = Vec::with_capacity(staff.len());
        for staff in staff {
            let tries = store::login_try::get(&mut read, &staff.number).await?;
            let last_login = store::audit::last_login(&mut read, &staff.number).await?;
            accounts.push(Account { locked_until: tries.locked_until(&reading), last_login, staff });
        }
        Ok(accounts)
    }

    /// Lifts the lock after failed logins.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] without [`Duty::ManageAccounts`], and a database
    /// error if the store fails.
    pub async fn unlock_account(&self, operator: &Operator, staff: &StaffNumber) -> Result<(), DeskError> {
        operator.may(Duty::ManageAccounts)?;
        let mut write = self.core.store.write().await?;
        store::login_try::clear(&mut write, staff).await?;
        let entry = operator.entry(Event::AccountUnlocked, None, staff.as_str());
        store::audit::append(&mut write, &self.core.clock.read(), &entry).await?;
        write.commit().await
    }
}
