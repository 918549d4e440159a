//! Sessions of citizens: whose cookie it is, and the centre's tokens that belong to it.
//!
//! They are kept in memory only. A log-out ends them at once, and so does a restart.

use crate::cookie;
use rules::{Sensitive, op::CitizenRef};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Longest session. The centre ends it as well.
pub(crate) const LONGEST: Duration = Duration::from_secs(10 * 60);
/// Sessions at a time. Each is of a registered person, so no stranger can fill the memory.
const LIMIT: usize = 50_000;

/// All sessions, by the value of their cookie.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<String, Session>>);

struct Session {
    ends: Instant,
    /// The centre's token for the person who logged in.
    own: Sensitive<String>,
    /// The centre's tokens for relatives.
    relatives: HashMap<CitizenRef, Sensitive<String>>,
}

/// The centre's tokens for a request.
pub(crate) struct Tokens {
    /// Of the person who logged in.
    pub(crate) own: Sensitive<String>,
    /// Of the holder whom the request is about; `None` for a relative not seen yet.
    pub(crate) holder: Option<Sensitive<String>>,
    /// How long the session still lasts.
    pub(crate) ends_in: Duration,
}

impl Sessions {
    /// Begins a session and returns the value of its cookie; `None` if there are too many.
    pub(crate) fn open(&self, own: Sensitive<String>, life: Duration) -> Option<String> {
        let now = Instant::now();
        let mut sessions = self.lock();
        if sessions.len() >= LIMIT {
            sessions.retain(|_, session| now < session.ends);
        }
        if sessions.len() >= LIMIT {
            return None;
        }
        let value = cookie::draw();
        let session = Session { ends: now + life.min(LONGEST), own, relatives: HashMap::new() };
        sessions.insert(value.clone(), session);
        Some(value)
    }

    /// Returns the tokens for a request about a holder, `None` being the person who logged in.
    pub(crate) fn tokens(&self, value: &str, holder: Option<&CitizenRef>) -> Option<Tokens> {
        let now = Instant::now();
        let mut sessions = self.lock();
        let session = sessions.get(value)?;
        if session.ends <= now {
            sessions.remove(value);
            return None;
        }
        let own = session.own.clone();
        let holder = match holder {
            Some(relative) => session.relatives.get(relative).cloned(),
            None => Some(own.clone()),
        };
        Some(Tokens { own, holder, ends_in: session.ends - now })
    }

    /// Keeps the centre's token for a relative.
    pub(crate) fn keep(&self, value: &str, relative: CitizenRef, token: Sensitive<String>) {
        if let Some(session) = self.lock().get_mut(value) {
            session.relatives.insert(relative, token);
        }
    }

    /// Ends a session.
    pub(crate) fn close(&self, value: &str) {
        self.lock().remove(value);
    }

    /// Forgets sessions that are over.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        self.lock().retain(|_, session| now < session.ends);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Sensitive<String> {
        Sensitive::new(text.to_owned())
    }

    #[test]
    fn each_holder_has_a_token_of_their_own() {
        let sessions = Sessions::default();
        let mother = CitizenRef([7; 32]);
        let value = sessions.open(token("own"), LONGEST).unwrap();
        assert!(sessions.tokens(&value, Some(&mother)).unwrap().holder.is_none());
        sessions.keep(&value, mother.clone(), token("hers"));
        assert_eq!(sessions.tokens(&value, Some(&mother)).unwrap().holder, Some(token("hers")));
        assert_eq!(sessions.tokens(&value, None).unwrap().holder, Some(token("own")));
        let other = sessions.open(token("other"), LONGEST).unwrap();
        assert!(sessions.tokens(&other, Some(&mother)).unwrap().holder.is_none(), "another's session");
    }

    #[test]
    fn a_session_ends_with_its_time_and_with_a_log_out() {
        let sessions = Sessions::default();
        let value = sessions.open(token("own"), Duration::ZERO).unwrap();
        assert!(sessions.tokens(&value, None).is_none());
        let value = sessions.open(token("own"), LONGEST * 9).unwrap();
        assert!(sessions.tokens(&value, None).unwrap().ends_in <= LONGEST);
        sessions.close(&value);
        assert!(sessions.tokens(&value, None).is_none());
    }
}
