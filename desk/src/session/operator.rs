//! Who works at the desk, and how they show it.

use crate::store::audit::{Entry, Event};
use rules::{
    At, Refusal, Sensitive, StaffNumber,
    correction::Actor,
    permission::{Duty, Role, permit},
};

/// Somebody who has logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Staff number (工号).
    pub staff: StaffNumber,
    /// Name that the status line shows.
    pub name: Sensitive<String>,
    /// What they may do (S5).
    pub roles: Vec<Role>,
}

impl Operator {
    /// Checks that one of their roles allows a duty (S5).
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if none of their roles allows it.
    pub fn may(&self, duty: Duty) -> Result<(), Refusal> {
        permit(&self.roles, duty)
    }

    /// Returns the audit row of what they did.
    pub(crate) fn entry<'a>(
        &'a self,
        event: Event,
        case_number: Option<&'a str>,
        detail: &'a str,
    ) -> Entry<'a> {
        Entry { operator: &self.staff, event, outcome: "ok", case_number, detail }
    }

    /// Returns them as the rules of corrections know them.
    pub fn actor(&self) -> Actor {
        Actor { staff: self.staff.clone(), roles: self.roles.clone() }
    }
}

/// Who checked the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckedBy {
    /// The centre, now.
    Centre,
    /// This desk, with what the centre told it earlier.
    Desk {
        /// Until when that still counts.
        until: At,
    },
}

/// A successful login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who logged in.
    pub operator: Operator,
    /// Who checked the password.
    pub checked_by: CheckedBy,
}

/// Proof that somebody has just given their password again. Made only by
/// [`super::Sessions::reauthenticate`];
/// good for one step.
#[derive(Debug)]
pub struct Reauthenticated {
    pub(super) staff: StaffNumber,
}

impl Reauthenticated {
    /// Returns whether it was this person.
    pub(crate) fn is(&self, operator: &Operator) -> bool {
        self.staff == operator.staff
    }
}

/// Credentials for a login.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Who logs in, as typed.
    pub staff: StaffNumber,
    /// What they typed as password.
    pub password: Sensitive<String>,
    /// One-time code, where set.
    pub second_factor: Option<Sensitive<String>>,
}
