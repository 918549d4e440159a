//! Settings of this desk, kept in its database.

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        audit::{self, Event},
        retention, setting,
    },
};
use rules::permission::Duty;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// Component for the settings of this desk.
pub struct Settings {
    core: Arc<Core>,
}

impl Settings {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns a setting, if it was ever changed.
    ///
    /// # Errors
    /// Returns a database error if the store fails, or the value has another type.
    pub async fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, DeskError> {
        let mut read = self.core.store.read().await?;
        setting::get(&mut read, name).await
    }

    /// Changes a setting. The audit gets its name, not the value.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] without [`Duty::Configure`], and a database error
    /// if the store fails.
    pub async fn change<T: Serialize + Sync>(
        &self,
        operator: &Operator,
        name: &str,
        value: &T,
    ) -> Result<(), DeskError> {
        operator.may(Duty::Configure)?;
        let mut write = self.core.store.write().await?;
        setting::put(&mut write, name, value).await?;
        let entry = operator.entry(Event::SettingChanged, None, name);
        audit::append(&mut write, &self.core.clock.read(), &entry).await?;
        write.commit().await
    }

    /// Returns for how many days rows about citizens stay after their receipt.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn retention_days(&self) -> Result<u32, DeskError> {
        Ok(self.get(setting::RETENTION_DAYS).await?.unwrap_or(retention::CITIZEN_DAYS))
    }
}
