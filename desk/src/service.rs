//! How a case was served: the ticket it was called by, its times, and how the citizen rated it
//! (好差评). It stays at this desk.

use crate::{core::Core, error::DeskError, store};
use std::sync::Arc;

pub use crate::store::service::{CalledTicket, ServiceRecord, Sitting};

/// Component for how cases are served.
pub struct Services {
    core: Arc<Core>,
}

impl Services {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Notes a case that came to the window. One that was there before keeps its first ticket.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn begin(&self, sitting: &Sitting) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        store::service::begin(&mut write, sitting).await?;
        write.commit().await
    }

    /// Adds the time that a case was at the window.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn end(&self, case_number: &str, served_ms: i64) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        store::service::add_time(&mut write, case_number, served_ms).await?;
        write.commit().await
    }

    /// Binds a rating from 1 to 5 to a case that was at the window today. The same rating sent
    /// again is taken again.
    ///
    /// # Errors
    /// Returns [`DeskError::CaseUnknown`] if there is no such case of today,
    /// [`DeskError::CaseRated`] if it was rated otherwise, and a database error if the store fails.
    pub async fn rate(&self, case_number: &str, score: u8) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        let now = self.core.clock.read().at;
        let case = store::case_file::get(&mut write, case_number).await?;
        if case.is_none_or(|case| case.changed_at.day() != now.day()) {
            return Err(DeskError::CaseUnknown);
        }
        match store::service::rating(&mut write, case_number).await? {
            Some(known) if known == score => return Ok(()),
            Some(_) => return Err(DeskError::CaseRated),
            None => {}
        }
        store::service::rate(&mut write, case_number, score, now).await?;
        write.commit().await
    }
}
