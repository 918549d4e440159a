//! Staff accounts in the form that decisions take.

use rules::{
    At, Refusal, StaffNumber,
    correction::Actor,
    permission::{Duty, Role, permit},
};

/// A staff account as decisions see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteOperator {
    /// Staff number (工号) of the account.
    pub number: StaffNumber,
    /// Site the account belongs to, six digits.
    pub site: String,
    /// Roles the account has.
    pub roles: Vec<Role>,
    /// Time from which the account is disabled, if it is.
    pub disabled_at: Option<At>,
}

impl SiteOperator {
    /// S5: checks at the centre that the account belonged to the site, was enabled at `at`, and has
    /// a role for `duty`.
    ///
    /// # Errors
    /// [`Refusal::NotPermitted`] if any of these fails.
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

    /// Returns the account in the form that the rules of corrections take.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { staff: self.number.clone(), roles: self.roles.clone() }
    }
}
