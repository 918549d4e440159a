//! The centre's calls, as this portal makes them.

use crate::refused::Refused;
use channel::{Address, CallError, Identity};
use rules::{Sensitive, wire::Channel};
use serde_json::Value;
use tokio::sync::Semaphore;

/// Calls at a time; above that a citizen is asked to wait a moment.
const AT_A_TIME: usize = 100;

/// The centre, from this portal.
pub(crate) struct Centre {
    calls: channel::Centre,
    permits: Semaphore,
}

impl Centre {
    pub(crate) fn new(address: Address, identity: Identity) -> Self {
        let calls = channel::Centre::new(address, Channel::Portal, identity);
        Self { calls, permits: Semaphore::new(AT_A_TIME) }
    }

    /// Reads something of the holder whose session this is.
    ///
    /// # Errors
    /// Why the centre does not answer with it.
    pub(crate) async fn get(&self, call: &str, session: &Sensitive<String>) -> Result<Vec<u8>, Refused> {
        self.call(call, Some(session), None).await
    }

    /// Asks the centre to do something. Without a session it is a log-in.
    ///
    /// # Errors
    /// Why the centre does not do it.
    pub(crate) async fn post(
        &self,
        call: &str,
        session: Option<&Sensitive<String>>,
        body: &Value,
    ) -> Result<Vec<u8>, Refused> {
        self.call(call, session, Some(body)).await
    }

    async fn call(
        &self,
        call: &str,
        session: Option<&Sensitive<String>>,
        body: Option<&Value>,
    ) -> Result<Vec<u8>, Refused> {
        let _permit = self.permits.try_acquire().map_err(|_| Refused::Busy)?;
        Ok(self.calls.send(call, session, body).await?)
    }
}

impl From<CallError> for Refused {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(code) => Self::ByRule { code },
            CallError::Unauthenticated => Self::LoggedOut,
            CallError::Forbidden => Self::NotBound,
            CallError::NotFound => Self::Missing,
            CallError::Busy => Self::Busy,
            CallError::Malformed => Self::Malformed,
            CallError::Away
            | CallError::Lost
            | CallError::Unavailable
            | CallError::OutOfService
            | CallError::ClockOff(_)
            | CallError::Unreadable => Self::Unavailable,
        }
    }
}
