//! Keys of sessions: what speaks for a person from log-in to log-out (A3).

use crate::{clock::Reading, error::DeskError, identity::Author};
use rules::{
    SiteCode, StaffNumber,
    authority::{SessionRef, SessionStatement, StaffRecord, session::sign_newest},
    digest::Digest,
    keys::{KeyError, KeyId, Signed, Signer, SoftwareKey},
    op::Operation,
    permission::Role,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use uuid::Uuid;

/// Key that signs what a person does at this desk, and the statement in which they say so.
///
/// It lives in memory only. [`SessionKey::end`] destroys it, and who still holds the session can do
/// nothing more with it.
#[derive(Debug)]
pub struct SessionKey {
    statement: Signed<SessionStatement>,
    key: Mutex<Option<SoftwareKey>>,
}

impl SessionKey {
    /// Begins a session of `staff`, whose own key signs its statement. The caller draws `id` and
    /// `secret`.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`] if `secret` is no key, and the error of `person`.
    pub fn begin(
        (id, secret): (Uuid, &[u8; 32]),
        author: Author,
        staff: StaffNumber,
        reading: &Reading,
        person: &dyn Signer,
    ) -> Result<Self, KeyError> {
        let key = SoftwareKey::from_bytes(secret)?;
        let statement = SessionStatement {
            id,
            staff,
            device: author.device,
            epoch: author.epoch,
            session_key: key.public_key(),
            begun_at: reading.at,
            boot_id: reading.boot_id,
            monotonic_ms: reading.monotonic_ms,
            centre_time: reading.last_contact,
        };
        Ok(Self { statement: Signed::sign(statement, person)?, key: Mutex::new(Some(key)) })
    }

    /// Returns the statement, signed by the person.
    pub const fn statement(&self) -> &Signed<SessionStatement> {
        &self.statement
    }

    /// Returns the identifier of the session.
    pub const fn id(&self) -> Uuid {
        self.statement.value.id
    }

    /// Returns whose session it is.
    pub const fn staff(&self) -> &StaffNumber {
        &self.statement.value.staff
    }

    /// Returns the identifier of the person's own key that signed the statement.
    pub const fn person_key(&self) -> KeyId {
        self.statement.key_id
    }

    /// Returns what the session's first operation names.
    pub fn first_link(&self) -> SessionRef {
        SessionRef { id: self.id(), before: self.statement.value.first_link() }
    }

    /// Returns whether nothing can be done in it any more: it was ended, or its ten hours are over.
    pub fn is_over(&self, reading: &Reading) -> bool {
        self.key().is_none() || !self.statement.value.holds(reading.boot_id, reading.monotonic_ms)
    }

    /// Destroys the key.
    pub fn end(&self) {
        *self.key() = None;
    }

    /// Signs the session's newest operation, whose content has this digest: hex.
    ///
    /// # Errors
    /// [`DeskError::SessionEnded`] if the session was ended or the operation lies outside of its
    /// ten hours.
    pub fn seal(&self, operation: &Operation, content: &Digest) -> Result<String, DeskError> {
        let key = self.key();
        let holds = self.statement.value.holds(operation.boot_id, operation.monotonic_ms);
        let key = key.as_ref().filter(|_| holds).ok_or(DeskError::SessionEnded)?;
        sign_newest(self.id(), content, key).map_err(|_| DeskError::SessionEnded)
    }

    fn key(&self) -> MutexGuard<'_, Option<SoftwareKey>> {
        // Plain data: a panic elsewhere while it was held leaves it whole.
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for SessionKey {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}
impl Eq for SessionKey {}

/// Sessions that were begun at this desk since the program started, so that they can be ended
/// wherever they are held.
#[derive(Default)]
pub(crate) struct OpenSessions(Mutex<Vec<Open>>);

struct Open {
    session: Weak<SessionKey>,
    /// Roles and site the person had at log-in.
    roles: Vec<Role>,
    site: SiteCode,
}

impl OpenSessions {
    /// Takes note of a session.
    pub(crate) fn add(&self, session: &Arc<SessionKey>, record: &StaffRecord) {
        let mut open = self.open();
        open.retain(|one| one.session.strong_count() > 0);
        let (roles, site) = (record.roles.clone(), record.site);
        open.push(Open { session: Arc::downgrade(session), roles, site });
    }

    /// Ends a person's sessions that their newest record does not allow any more: they were
    /// dismissed or locked, have other roles or another site, or changed their key (A6).
    pub(crate) fn end_outdated(&self, record: &StaffRecord) {
        for Open { session, roles, site } in self.open().iter() {
            let Some(session) = session.upgrade().filter(|session| *session.staff() == record.number) else {
                continue;
            };
            let is_current = (roles, site) == (&record.roles, &record.site)
                && session.person_key() == record.public_key.key_id();
            if !record.active || !is_current {
                session.end();
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, Vec<Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
