//! Staff as the centre's decisions see them.

use rules::{
    At, Refusal,
    correction::Actor,
    permission::{Duty, Role, permit},
};

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Staff number (工号).
    pub number: String,
    /// Site the account belongs to.
    pub site: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// Since when the account may not work any more.
    pub disabled_at: Option<At>,
}

impl Operator {
    /// S5, checked again at the centre: the account existed at that site, worked at that time, and has the role.
    ///
    /// # Errors
    /// [`Refusal::NotPermitted`].
    pub fn check<'a>(
        operator: Option<&'a Self>,
        site: &str,
        duty: Duty,
        at: At,
    ) -> Result<&'a Self, Refusal> {
        let known = operator.filter(|operator| operator.site == site).ok_or(Refusal::NotPermitted)?;
        if known.disabled_at.is_some_and(|disabled| disabled <= at) {
            return Err(Refusal::NotPermitted);
        }
        permit(&known.roles, duty)?;
        Ok(known)
    }

    /// As the rules of corrections see them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { staff: self.number.clone(), roles: self.roles.clone() }
    }
}
