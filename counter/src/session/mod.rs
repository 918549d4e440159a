//! Log-in, lock and log-out.

mod own_account;
mod status;

use crate::{
    case::CaseInHand,
    core::{Core, CounterEvent},
    credentials::credentials,
    devices::Devices,
    view::{Failure, FormField, LoginInput, PasswordInput, StatusView},
};
use desk::{DeskError, session::CheckedBy};
use rules::{At, Sensitive, StaffNumber, permission::Duty, staff::password_acceptable};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The session of the operator at the screen.
pub struct Session {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
    devices: Arc<Devices>,
    /// Who logged in offline, and until when that holds.
    offline_login: Mutex<Option<(StaffNumber, At)>>,
    /// Secret of a second factor that was offered, and to whom.
    offered: Mutex<Option<(StaffNumber, Sensitive<String>)>>,
}

/// Reads a staff number as typed. Anything else is refused before something is written down: it may
/// be a password in the wrong field (C4).
fn staff_number(typed: &str) -> Result<StaffNumber, DeskError> {
    let staff = typed.trim().parse().ok().filter(|staff: &StaffNumber| !staff.is_nobody());
    staff.ok_or(DeskError::LoginFailed)
}

impl Session {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>, devices: Arc<Devices>) -> Self {
        Self { core, case, devices, offline_login: Mutex::default(), offered: Mutex::default() }
    }

    /// Logs in. A card that already lies on the reader is read.
    ///
    /// # Errors
    /// As [`desk::session::Sessions::log_in`].
    pub async fn login(&self, input: LoginInput) -> Result<StatusView, Failure> {
        let desk = self.core.desk()?;
        let before = desk.session.locked_by();
        let staff = staff_number(&input.staff)?;
        let typed = credentials(staff, input.password, input.second_factor);
        let login = desk.session.log_in(&typed).await?;
        self.remember_offline(&login.operator.staff, login.checked_by);
        // Somebody else sits down: the case of who was here is not theirs.
        if let Some(before) = before.filter(|before| before.staff != login.operator.staff) {
            self.case.leave(&desk, &before).await?;
        }
        self.case.read_waiting_card();
        self.core.announce(CounterEvent::Case);
        self.status().await
    }

    /// Logs out. The case in hand is suspended.
    ///
    /// # Errors
    /// The database fails.
    pub async fn logout(&self) -> Result<StatusView, Failure> {
        let desk = self.core.desk()?;
        if let Some(operator) = desk.session.logged_in() {
            self.case.leave(&desk, &operator).await?;
        }
        desk.session.log_out().await?;
        self.case.clear();
        self.status().await
    }

    /// Locks the screen. The case stays.
    ///
    /// # Errors
    /// The database fails.
    pub async fn lock(&self) -> Result<StatusView, Failure> {
        self.devices.camera.switch_off();
        self.core.desk()?.session.lock().await?;
        self.core.announce(CounterEvent::Case);
        self.status().await
    }

    /// Unlocks with the password of who locked it. A session that has ended begins anew, with the
    /// second factor where set. A card laid meanwhile is read.
    ///
    /// # Errors
    /// As [`desk::session::Sessions::log_in`].
    pub async fn unlock(
        &self,
        password: Sensitive<String>,
        second_factor: Option<Sensitive<String>>,
    ) -> Result<StatusView, Failure> {
        let desk = self.core.desk()?;
        let who = desk.session.locked_by().ok_or(DeskError::NotLoggedIn)?;
        let typed = credentials(who.staff, password, second_factor);
        if let Some(login) = desk.session.unlock(typed.password, typed.second_factor).await? {
            self.remember_offline(&login.operator.staff, login.checked_by);
        }
        self.case.read_waiting_card();
        self.core.announce(CounterEvent::Case);
        self.status().await
    }

    /// Changes somebody's own password and begins a new session of theirs: of who is logged in, or
    /// of somebody at the log-in screen, who may have an activation code in the place of the old
    /// one.
    ///
    /// # Errors
    /// As [`desk::session::Sessions::change_password`] and [`desk::session::Sessions::activate`].
    pub async fn change_password(&self, input: PasswordInput) -> Result<StatusView, Failure> {
        let desk = self.core.desk()?;
        let before = desk.session.logged_in();
        let staff = staff_number(&input.staff)?;
        let typed = credentials(staff.clone(), input.password, input.second_factor);
        let new = input.new_password;
        let changed = if input.activation {
            desk.session.activate(&typed, &new).await
        } else {
            desk.session.change_password(&typed, &new).await
        };
        let login = changed.map_err(|error| {
            let field = match (password_acceptable(new.expose(), &staff), input.activation) {
                (Err(_), _) => FormField::NewPassword,
                (Ok(()), true) => FormField::ActivationCode,
                (Ok(()), false) => FormField::Password,
            };
            Failure::from(error).at(field)
        })?;
        self.remember_offline(&login.operator.staff, login.checked_by);
        if let Some(before) = before.filter(|before| before.staff != login.operator.staff) {
            self.case.leave(&desk, &before).await?;
        }
        self.case.read_waiting_card();
        self.core.announce(CounterEvent::Case);
        self.status().await
    }

    /// Synchronises with the centre now.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn synchronise_now(&self) -> Result<StatusView, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::ViewQueue)?;
        desk.sync().now();
        self.status().await
    }

    fn remember_offline(&self, staff: &StaffNumber, checked_by: CheckedBy) {
        let until = match checked_by {
            CheckedBy::Centre => None,
            CheckedBy::Desk { until } => Some(until),
        };
        *self.offline_login() = until.map(|until| (staff.clone(), until));
    }

    fn offered(&self) -> MutexGuard<'_, Option<(StaffNumber, Sensitive<String>)>> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offline_login(&self) -> MutexGuard<'_, Option<(StaffNumber, At)>> {
        self.offline_login.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offline_until(&self, staff: &StaffNumber) -> Option<At> {
        self.offline_login().as_ref().filter(|(who, _)| who == staff).map(|(_, until)| *until)
    }
}
