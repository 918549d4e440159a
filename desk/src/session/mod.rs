//! Who is at the desk (S4, S5, A1–A7): log-in, lock, re-authentication, the change of a password,
//! and several people beside suspended cases.
//!
//! A person's own key is opened by their password, signs one statement or one act, and is
//! destroyed. What they do from log-in to log-out is signed by the key of their session.

mod accounts;
mod administration;
mod check;
mod operator;

pub use accounts::{Account, NewSecondFactor, draw_totp_secret};
pub use administration::{Administration, Signatories, draw_activation_code};
pub use operator::{CheckedBy, Credentials, Login, Operator, Reauthenticated};

use crate::{
    core::Core,
    enrolment::new_key,
    error::DeskError,
    signing::SessionKey,
    store::{self, audit},
};
use check::Opened;
use rules::{
    At, Sensitive, StaffNumber,
    authority::{Credential, StaffRecord},
    keys::Signer,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// Who is logged in. At most one sits in front of the screen; others' cases wait suspended.
#[derive(Default)]
struct State {
    current: Option<Operator>,
    locked: bool,
    suspended: BTreeMap<StaffNumber, Operator>,
    /// Tokens of the centre by staff number.
    tokens: BTreeMap<StaffNumber, (Sensitive<String>, At)>,
    /// Who gave a second factor at log-in.
    with_second_factor: BTreeSet<StaffNumber>,
    /// Key of somebody who must change their password before anything else.
    to_change: Option<Credential>,
}

/// Component that knows who is at the desk.
pub struct Sessions {
    core: Arc<Core>,
    state: Mutex<State>,
}

impl Sessions {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the administration of the site's accounts.
    pub const fn administration(&self) -> Administration<'_> {
        Administration(self)
    }

    /// Returns who is in front of the screen.
    ///
    /// # Errors
    /// Returns [`DeskError::NotLoggedIn`] if nobody is logged in or the screen is locked, and
    /// [`DeskError::SessionEnded`] if the session of who is logged in is over.
    pub fn operator(&self) -> Result<Operator, DeskError> {
        let reading = self.core.clock.read();
        let state = self.state();
        match (&state.current, state.locked) {
            (Some(operator), false) if operator.session.is_over(&reading) => Err(DeskError::SessionEnded),
            (Some(operator), false) => Ok(operator.clone()),
            _ => Err(DeskError::NotLoggedIn),
        }
    }

    /// Returns who is logged in, whether the screen is locked or not.
    pub fn logged_in(&self) -> Option<Operator> {
        self.state().current.clone()
    }

    /// Returns whose password the screen waits for: they locked it, or their session is over.
    pub fn locked_by(&self) -> Option<Operator> {
        let reading = self.core.clock.read();
        let state = self.state();
        let locked = state.locked;
        state.current.clone().filter(|operator| locked || operator.session.is_over(&reading))
    }

    /// Returns the operators whose cases wait suspended.
    pub fn suspended(&self) -> Vec<Operator> {
        self.state().suspended.values().cloned().collect()
    }

    /// Logs somebody in and begins their session. Who was there before is suspended, not logged
    /// out; logging in again takes their place up where they left it. Also unlocks the screen.
    ///
    /// # Errors
    /// Returns [`DeskError::LoginFailed`] if the credentials are wrong, [`DeskError::LoginLocked`]
    /// after too many failures, [`rules::Refusal::PasswordTooOld`] if the password must be changed
    /// first ([`Sessions::change_password`]), [`DeskError::OfflineLoginFailed`] and
    /// [`DeskError::OfflineLoginExpired`] if the centre cannot be asked and this desk does not know
    /// better, and a database error if the store fails.
    pub async fn log_in(&self, credentials: &Credentials) -> Result<Login, DeskError> {
        let opened = self.authenticate(credentials, audit::Event::Login).await?;
        if opened.checked_by == CheckedBy::Centre && credentials.second_factor.is_some() {
            self.state().with_second_factor.insert(credentials.staff.clone());
        }
        self.begin(opened)
    }

    /// Begins the session of somebody whose key is open. The key is destroyed.
    fn begin(&self, opened: Opened) -> Result<Login, DeskError> {
        let Opened { record, key, checked_by } = opened;
        let operator = self.operator_of(record, &key)?;
        let mut state = self.state();
        let number = operator.staff.clone();
        let replaced = state.suspended.remove(&number);
        let before = state.current.replace(operator.clone());
        for other in before.into_iter().chain(replaced) {
            if other.staff == number {
                other.session.end();
            } else {
                state.suspended.insert(other.staff.clone(), other);
            }
        }
        state.locked = false;
        drop(state);
        self.core.vitals.note_staff(Some(&number));
        Ok(Login { operator, checked_by })
    }

    fn operator_of(&self, record: StaffRecord, person: &dyn Signer) -> Result<Operator, DeskError> {
        let (secret, _) = new_key();
        let reading = self.core.clock.read();
        let (author, staff) = (self.core.identity.author(), record.number.clone());
        let session = SessionKey::begin((Uuid::now_v7(), &secret), author, staff, &reading, person);
        let session = Arc::new(session.map_err(|_| DeskError::LoginFailed)?);
        self.core.open_sessions.add(&session, &record);
        Ok(Operator { staff: record.number, name: record.name, roles: record.roles, session })
    }

    /// Locks the screen; what is on it stays.
    ///
    /// # Errors
    /// Returns a database error if the store fails. The screen is locked all the same.
    pub async fn lock(&self) -> Result<(), DeskError> {
        let who = {
            let mut state = self.state();
            state.locked = true;
            state.current.clone()
        };
        match who {
            Some(operator) => self.note(&operator.staff, audit::Event::Lock, "ok").await,
            None => Ok(()),
        }
    }

    /// Unlocks the screen with the password of who locked it; `None` if their session goes on. A
    /// session that is over needs a log-in.
    ///
    /// # Errors
    /// Returns the errors of [`Sessions::log_in`], and [`DeskError::NotLoggedIn`] if nobody locked
    /// it.
    pub async fn unlock(
        &self,
        password: Sensitive<String>,
        second_factor: Option<Sensitive<String>>,
    ) -> Result<Option<Login>, DeskError> {
        let who = self.locked_by().ok_or(DeskError::NotLoggedIn)?;
        let credentials = Credentials { staff: who.staff.clone(), password, second_factor };
        if who.session.is_over(&self.core.clock.read()) {
            return self.log_in(&credentials).await.map(Some);
        }
        self.open_kept(&credentials, audit::Event::Unlock).await?;
        self.state().locked = false;
        Ok(None)
    }

    /// Logs the person at the screen out: their session ends.
    ///
    /// # Errors
    /// Returns a database error if the store fails. They are logged out all the same.
    pub async fn log_out(&self) -> Result<(), DeskError> {
        let who = {
            let mut state = self.state();
            state.locked = false;
            let who = state.current.take();
            if let Some(operator) = &who {
                operator.session.end();
                state.tokens.remove(&operator.staff);
            }
            who
        };
        self.core.vitals.note_staff(None);
        match who {
            Some(operator) => self.note(&operator.staff, audit::Event::Logout, "ok").await,
            None => Ok(()),
        }
    }

    /// Opens somebody's own key by their password, to sign one weighty step: an approval, a void
    /// (A4). They act in the session of `at_the_desk`, who may be another person.
    ///
    /// # Errors
    /// Returns the errors of [`Sessions::log_in`].
    pub async fn reauthenticate(
        &self,
        at_the_desk: &Operator,
        credentials: &Credentials,
    ) -> Result<Reauthenticated, DeskError> {
        let Opened { record, key, .. } = self.open_kept(credentials, audit::Event::Reauthenticate).await?;
        let StaffRecord { number, name, roles, .. } = record;
        let session = at_the_desk.session.clone();
        Ok(Reauthenticated { operator: Operator { staff: number, name, roles, session }, key })
    }

    /// Returns whether their password alone does not let somebody in again: their session is over,
    /// and they began it with a second factor.
    pub fn needs_second_factor(&self, operator: &Operator) -> bool {
        operator.session.is_over(&self.core.clock.read())
            && self.state().with_second_factor.contains(&operator.staff)
    }

    /// Returns the centre's token of the person at the screen, while it and their session are
    /// valid.
    pub(crate) fn token(&self) -> Option<Sensitive<String>> {
        let reading = self.core.clock.read();
        let mut state = self.state();
        let operator = state.current.clone()?;
        if operator.session.is_over(&reading) {
            state.tokens.remove(&operator.staff);
            return None;
        }
        state.token(&operator.staff, reading.at)
    }

    async fn note(&self, staff: &StaffNumber, event: audit::Event, outcome: &str) -> Result<(), DeskError> {
        let entry = audit::Entry { operator: staff, event, outcome, case_number: None, detail: "" };
        self.core.note(&entry).await
    }

    async fn staff(&self, number: &StaffNumber) -> Result<Option<StaffRecord>, DeskError> {
        let mut read = self.core.store.read().await?;
        store::staff::get(&mut read, number).await
    }
}

impl State {
    fn token(&self, staff: &StaffNumber, now: At) -> Option<Sensitive<String>> {
        self.tokens.get(staff).filter(|(_, until)| now < *until).map(|(token, _)| token.clone())
    }
}
