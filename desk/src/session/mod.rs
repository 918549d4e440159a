//! Who is at the desk (S4, S5): login, lock, re-authentication, and several people beside suspended
//! cases.

mod accounts;
mod operator;
mod password;

pub use accounts::Account;
pub use operator::{CheckedBy, Credentials, Login, Operator, Reauthenticated};

use crate::{
    centre::CallError,
    core::Core,
    error::DeskError,
    line::OfflineReason,
    store::{self, audit},
};
use rules::{
    At, Sensitive, StaffNumber,
    policy::OFFLINE_VERIFIER_HOURS,
    staff::{lockout, offline_verifier_valid},
    wire::{OperatorAuthRequest, ProtocolError, Staff},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long the centre may take to check a password before this desk does.
const CENTRE_ANSWER: Duration = Duration::from_secs(4);

/// Who is logged in. At most one sits in front of the screen; others' cases wait suspended.
#[derive(Default)]
struct State {
    current: Option<Operator>,
    locked: bool,
    suspended: BTreeMap<StaffNumber, Operator>,
    /// Tokens of the centre by staff number.
    tokens: BTreeMap<StaffNumber, (Sensitive<String>, At)>,
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

    /// Returns who is in front of the screen.
    ///
    /// # Errors
    /// Returns [`DeskError::NotLoggedIn`] if nobody is logged in or the screen is locked.
    pub fn operator(&self) -> Result<Operator, DeskError> {
        let state = self.state();
        match (&state.current, state.locked) {
            (Some(operator), false) => Ok(operator.clone()),
            _ => Err(DeskError::NotLoggedIn),
        }
    }

    /// Returns who is logged in, whether the screen is locked or not.
    pub fn logged_in(&self) -> Option<Operator> {
        self.state().current.clone()
    }

    /// Returns who locked the screen, if it is locked.
    pub fn locked_by(&self) -> Option<Operator> {
        let state = self.state();
        state.current.clone().filter(|_| state.locked)
    }

    /// Returns the operators whose cases wait suspended.
    pub fn suspended(&self) -> Vec<Operator> {
        self.state().suspended.values().cloned().collect()
    }

    /// Logs somebody in. Who was there before is suspended, not logged out; logging in again takes
    /// their place up where they left it. Also unlocks the screen.
    ///
    /// # Errors
    /// Returns [`DeskError::LoginFailed`] if the credentials are wrong, [`DeskError::LoginLocked`]
    /// after too many failures, [`DeskError::SecondFactorNeeded`] if the one-time code is missing,
    /// [`DeskError::OfflineLoginExpired`] if the centre was not reached for 72 hours, and a
    /// database error if the store fails.
    pub async fn log_in(&self, credentials: &Credentials) -> Result<Login, DeskError> {
        let login = self.authenticate(credentials, audit::Event::Login).await?;
        let mut state = self.state();
        let number = login.operator.staff.clone();
        state.suspended.remove(&number);
        let before = state.current.replace(login.operator.clone());
        if let Some(other) = before.filter(|other| other.staff != number) {
            state.suspended.insert(other.staff.clone(), other);
        }
        state.locked = false;
        drop(state);
        Ok(login)
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

    /// Logs the person at the screen out.
    ///
    /// # Errors
    /// Returns a database error if the store fails. They are logged out all the same.
    pub async fn log_out(&self) -> Result<(), DeskError> {
        let who = {
            let mut state = self.state();
            state.locked = false;
            let who = state.current.take();
            if let Some(operator) = &who {
                state.tokens.remove(&operator.staff);
            }
            who
        };
        match who {
            Some(operator) => self.note(&operator.staff, audit::Event::Logout, "ok").await,
            None => Ok(()),
        }
    }

    /// Asks for the password again before one weighty step: an approval, a void.
    ///
    /// # Errors
    /// Returns the errors of [`Sessions::log_in`].
    pub async fn reauthenticate(&self, credentials: &Credentials) -> Result<Reauthenticated, DeskError> {
        let login = self.authenticate(credentials, audit::Event::Reauthenticate).await?;
        Ok(Reauthenticated { staff: login.operator.staff })
    }

    /// Returns whether the account has a second factor, as far as this desk has heard.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn has_second_factor(&self, staff: &StaffNumber) -> Result<bool, DeskError> {
        Ok(self.staff(staff).await?.is_some_and(|staff| staff.totp_secret.is_some()))
    }

    /// Returns the centre's token of the person at the screen, while it is valid.
    pub(crate) fn token(&self) -> Option<Sensitive<String>> {
        let now = self.core.clock.read().at;
        let state = self.state();
        let staff = &state.current.as_ref()?.staff;
        state.tokens.get(staff).filter(|(_, until)| now < *until).map(|(token, _)| token.clone())
    }

    async fn note(&self, staff: &StaffNumber, event: audit::Event, outcome: &str) -> Result<(), DeskError> {
        let entry = audit::Entry { operator: staff, event, outcome, case_number: None, detail: "" };
        self.core.note(&entry).await
    }

    /// Checks the credentials, counts failures and writes the audit row. Everybody waits equally
    /// long: an unknown number costs one password hash too.
    async fn authenticate(&self, credentials: &Credentials, event: audit::Event) -> Result<Login, DeskError> {
        let now = self.core.clock.read().at;
        let number = &credentials.staff;
        let mut read = self.core.store.read().await?;
        let failures = store::staff::failures(&mut read, number).await?;
        drop(read);
        if let Some(until) = lockout(failures, now) {
            self.note(number, event, "login_locked").await?;
            return Err(DeskError::LoginLocked { until });
        }
        let checked = self.check(credentials, now).await;
        let counted = match &checked {
            Ok(_) => rules::staff::Failures::default(),
            Err(DeskError::LoginFailed) => failures.and_another(now),
            Err(_) => failures,
        };
        let outcome = checked.as_ref().err().map_or("ok", DeskError::code);
        let mut write = self.core.store.write().await?;
        store::staff::put_failures(&mut write, number, counted).await?;
        let entry = audit::Entry { operator: number, event, outcome, case_number: None, detail: "" };
        audit::append(&mut write, &self.core.clock.read(), &entry).await?;
        write.commit().await?;
        match lockout(counted, now) {
            Some(until) if checked.is_err() => Err(DeskError::LoginLocked { until }),
            _ => checked,
        }
    }

    async fn check(&self, credentials: &Credentials, now: At) -> Result<Login, DeskError> {
        let mut staff = self.staff(&credentials.staff).await?;
        if needs_second_factor(staff.as_ref(), credentials) {
            // Told only to who knows the password.
            self.check_here(credentials, staff.as_ref()).await?;
            return Err(DeskError::SecondFactorNeeded);
        }
        let by_centre = self.check_at_centre(credentials, now).await?;
        if staff.is_none() && by_centre {
            // Known to the centre and not here yet: the desk was enrolled a moment ago.
            self.core.sync.now();
            self.core.sync.wait_for_changes(Duration::from_secs(2)).await;
            staff = self.staff(&credentials.staff).await?;
        }
        let checked_by =
            if by_centre { CheckedBy::Centre } else { self.check_here(credentials, staff.as_ref()).await? };
        let staff = staff.filter(|staff| staff.active).ok_or(DeskError::LoginFailed)?;
        let operator = Operator { staff: staff.number, name: staff.name, roles: staff.roles };
        Ok(Login { operator, checked_by })
    }

    async fn staff(&self, number: &StaffNumber) -> Result<Option<Staff>, DeskError> {
        let mut read = self.core.store.read().await?;
        store::staff::get(&mut read, number).await
    }

    /// Asks the centre to check the credentials. `true`: it vouches; `false`: it cannot be asked
    /// now.
    async fn check_at_centre(&self, credentials: &Credentials, now: At) -> Result<bool, DeskError> {
        let request = OperatorAuthRequest {
            staff: credentials.staff.clone(),
            password: credentials.password.clone(),
            second_factor: credentials.second_factor.clone(),
        };
        let asked = self.core.centre.operator_login(&request, self.core.clock.read().at);
        let answer = match tokio::time::timeout(CENTRE_ANSWER, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(CallError::Unreachable(OfflineReason::Timeout)),
        };
        match answer {
            Ok(answer) => {
                // The token's life by this desk's trusted clock.
                let until = now.plus_ms(answer.expires_at.since_ms(answer.server_time));
                self.state().tokens.insert(credentials.staff.clone(), (answer.token, until));
                Ok(true)
            }
            Err(CallError::Refused(ProtocolError::Unauthenticated | ProtocolError::Forbidden)) => {
                Err(DeskError::LoginFailed)
            }
            Err(CallError::Refused(ProtocolError::Refused { code })) => Err(code.into()),
            Err(_) => Ok(false),
        }
    }

    /// Checks the credentials with the offline verifier, which the centre sent within the last 72
    /// hours.
    async fn check_here(
        &self,
        credentials: &Credentials,
        staff: Option<&Staff>,
    ) -> Result<CheckedBy, DeskError> {
        let reading = self.core.clock.read();
        let right = password::check(staff.map(|staff| &staff.password_hash), &credentials.password).await?;
        let Some(staff) = staff.filter(|staff| right && staff.active) else {
            return Err(DeskError::LoginFailed);
        };
        if let Some(secret) = &staff.totp_secret {
            let code = credentials.second_factor.as_ref().ok_or(DeskError::SecondFactorNeeded)?;
            if !password::second_factor_fits(secret, code, reading.at) {
                return Err(DeskError::LoginFailed);
            }
        }
        let heard = reading.last_contact.ok_or(DeskError::OfflineLoginExpired)?;
        offline_verifier_valid(heard, reading.at).map_err(|_| DeskError::OfflineLoginExpired)?;
        Ok(CheckedBy::Desk { until: heard.plus_ms(OFFLINE_VERIFIER_HOURS * 3_600_000) })
    }
}

fn needs_second_factor(staff: Option<&Staff>, credentials: &Credentials) -> bool {
    credentials.second_factor.is_none() && staff.is_some_and(|staff| staff.totp_secret.is_some())
}
