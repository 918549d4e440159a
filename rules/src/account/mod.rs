//! Accounts of staff: what a site's security administrator may do to them, and the activation code
//! by which a person sets the first password.
//!
//! An act counts by the administrator's own signature (A4), never by the desk's word. Acts that
//! touch an administrator or auditor, and those that take a second factor away, carry the signature
//! of a second security administrator too: nobody makes themselves a colleague, and nobody gets
//! into another person's account alone.

mod code;
mod rows;

pub use code::{ActivationCode, activation_code, totp_secret};
pub use rows::{ACCOUNT_ROWS, AccountList, ListedAccount, read_accounts};

use crate::{
    DeviceNumber, Refusal, Sensitive, SiteCode, StaffNumber,
    authority::StaffRecord,
    canonical_cbor::canonical,
    digest::Digest,
    permission::{Duty, Role, may_combine, permit},
    time::At,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// An act on accounts, as the security administrator signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountAct {
    /// Identifier of the act. An act that is sent again is done once.
    pub id: Uuid,
    /// Device number of the desk at which it was signed.
    pub device: DeviceNumber,
    /// Staff number of who acts.
    pub by: StaffNumber,
    /// When it was signed, by the desk's clock.
    pub at: At,
    /// What is done.
    pub command: AccountCommand,
}

/// What is done to accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AccountCommand {
    /// Adds accounts: all of them, or none.
    Add {
        /// The accounts, each number once.
        accounts: Vec<NewAccount>,
    },
    /// Changes one account.
    Change {
        /// Staff number of the account.
        number: StaffNumber,
        /// Version of the account that was seen. Another one refuses the act.
        version: u64,
        /// What becomes of it.
        change: AccountChange,
    },
}

/// An account to be added. It has no password until its person sets one with the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAccount {
    /// Staff number (工号).
    pub number: StaffNumber,
    /// Name shown on screen.
    pub name: Sensitive<String>,
    /// Roles of the account.
    pub roles: Vec<Role>,
    /// Digest of the activation code.
    pub code: Digest,
}

/// Change of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum AccountChange {
    /// It may be used again.
    Enable,
    /// It may not be used any more.
    Disable,
    /// It gets these roles in the place of those it has.
    Roles {
        /// The new roles.
        roles: Vec<Role>,
    },
    /// It belongs to another site, whose security administrator enables it.
    Move {
        /// The new site, six digits.
        site: SiteCode,
    },
    /// Its password and key end; its person sets another with the code.
    ResetPassword {
        /// Digest of the activation code.
        code: Digest,
    },
    /// Its second factor ends, as when a phone was lost.
    ResetSecondFactor,
}

/// Signature of a second security administrator under an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Seconded {
    /// Staff number of who agrees.
    pub by: StaffNumber,
    /// [`AccountAct::digest`] of what they agree to.
    pub act: Digest,
}

impl AccountAct {
    /// Returns the digest that a second administrator signs.
    pub fn digest(&self) -> Digest {
        Digest::of(&canonical(self))
    }

    /// Returns the word for the act in the audit log.
    pub const fn word(&self) -> &'static str {
        match &self.command {
            AccountCommand::Add { .. } => "add",
            AccountCommand::Change { change, .. } => change.word(),
        }
    }

    /// Checks an act: `by` and `second` are the records of who signed, `target` that of the account
    /// to change, as far as it exists. Returns the records from `now` on, without their new keys.
    ///
    /// # Errors
    /// [`Refusal::NotPermitted`] if `by` is no security administrator,
    /// [`Refusal::SecondAdministratorNeeded`] without a second one where two are needed, and the
    /// refusals of the change itself.
    pub fn judge(
        &self,
        by: &StaffRecord,
        second: Option<&StaffRecord>,
        target: Option<&StaffRecord>,
        now: At,
    ) -> Result<Vec<StaffRecord>, Refusal> {
        administers(by)?;
        let records = match &self.command {
            AccountCommand::Add { accounts } => added(accounts, by, now)?,
            AccountCommand::Change { number, version, change } => {
                let known = target.filter(|known| known.number == *number && known.site == by.site);
                let known = known.ok_or(Refusal::AccountUnknown)?;
                if *number == by.number {
                    return Err(Refusal::OwnAccount);
                }
                if known.version != *version {
                    return Err(Refusal::AccountChanged);
                }
                vec![change.applied(known, now)?]
            }
        };
        if self.command.needs_second(target) {
            let second = second.ok_or(Refusal::SecondAdministratorNeeded)?;
            agrees(second, by, &self.command)?;
        }
        Ok(records)
    }
}

impl AccountCommand {
    /// Returns whether one security administrator alone may not do it.
    ///
    /// Disabling never waits for a second one: it must be quick, and gives nobody anything.
    pub fn needs_second(&self, target: Option<&StaffRecord>) -> bool {
        match self {
            Self::Add { accounts } => accounts.iter().any(|one| oversees(&one.roles)),
            Self::Change { change, .. } => {
                let touches = target.is_some_and(|known| oversees(&known.roles));
                match change {
                    AccountChange::Disable => false,
                    AccountChange::Roles { roles } => touches || oversees(roles),
                    AccountChange::ResetSecondFactor => true,
                    AccountChange::Enable
                    | AccountChange::Move { .. }
                    | AccountChange::ResetPassword { .. } => touches,
                }
            }
        }
    }
}

impl AccountChange {
    const fn word(&self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Roles { .. } => "roles",
            Self::Move { .. } => "move",
            Self::ResetPassword { .. } => "reset-password",
            Self::ResetSecondFactor => "reset-second-factor",
        }
    }

    /// Returns an account after the change.
    fn applied(&self, known: &StaffRecord, now: At) -> Result<StaffRecord, Refusal> {
        let mut next = StaffRecord { from: now, ..known.clone() };
        match self {
            Self::Enable => next.active = true,
            Self::Disable => next.active = false,
            Self::Roles { roles } => next.roles = combined(roles)?,
            Self::Move { site } => {
                next.site.clone_from(site);
                // The administrator it comes to is the second person.
                next.active = false;
            }
            Self::ResetPassword { .. } | Self::ResetSecondFactor => {}
        }
        Ok(next)
    }
}

/// Returns whether roles administer or audit, so that two people grant them.
pub fn oversees(roles: &[Role]) -> bool {
    roles.iter().any(|role| matches!(role, Role::SystemAdmin | Role::SecurityAdmin | Role::Auditor))
}

fn administers(record: &StaffRecord) -> Result<(), Refusal> {
    if record.active { permit(&record.roles, Duty::ManageAccounts) } else { Err(Refusal::NotPermitted) }
}

fn agrees(second: &StaffRecord, by: &StaffRecord, command: &AccountCommand) -> Result<(), Refusal> {
    administers(second)?;
    if second.site != by.site {
        return Err(Refusal::NotPermitted);
    }
    let is_concerned = matches!(command, AccountCommand::Change { number, .. } if *number == second.number);
    if second.number == by.number || is_concerned {
        return Err(Refusal::SecondAdministratorNeeded);
    }
    Ok(())
}

fn combined(roles: &[Role]) -> Result<Vec<Role>, Refusal> {
    let roles: Vec<Role> = roles.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if may_combine(&roles) { Ok(roles) } else { Err(Refusal::RolesDoNotCombine) }
}

fn added(accounts: &[NewAccount], by: &StaffRecord, now: At) -> Result<Vec<StaffRecord>, Refusal> {
    if accounts.is_empty() || accounts.len() > ACCOUNT_ROWS {
        return Err(Refusal::AccountUnknown);
    }
    let mut numbers = BTreeSet::new();
    accounts
        .iter()
        .map(|account| {
            if account.number.is_nobody() || !numbers.insert(&account.number) {
                return Err(Refusal::AccountExists);
            }
            if !rows::is_name(account.name.expose()) {
                return Err(Refusal::NameEmpty);
            }
            Ok(StaffRecord {
                number: account.number.clone(),
                name: account.name.clone(),
                site: by.site,
                roles: combined(&account.roles)?,
                // Another takes its place before the record is signed.
                public_key: by.public_key.clone(),
                active: true,
                from: now,
                version: 1,
            })
        })
        .collect()
}
