//! The Accounts screen (账号), and what everybody sets of their own account.

use super::WrongRowView;
use rules::{Sensitive, permission::Role};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The accounts of the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccountsView {
    /// Whether the centre was asked. Otherwise it is what this desk knows, and nothing can be done
    /// to an account.
    pub from_centre: bool,
    /// The accounts, by staff number.
    pub accounts: Vec<AccountView>,
}

/// A staff account, for the security administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccountView {
    /// Staff number (工号).
    pub staff: String,
    /// Full name of the member of staff.
    pub name: String,
    /// Roles at this site.
    pub roles: Vec<Role>,
    /// Whether the account may log in.
    pub active: bool,
    /// End of the lock after failed logins at this desk, which can be lifted here.
    pub locked_until: Option<String>,
    /// End of the lock after failed logins at the centre.
    pub locked_at_centre: Option<String>,
    /// Time of the last login at this desk.
    pub last_login: Option<String>,
    /// Version that was seen; an act names it.
    pub version: u32,
    /// Whether a second factor is set; `None` if the centre was not asked.
    pub second_factor: Option<bool>,
    /// Until when an activation code may be used.
    pub code_until: Option<String>,
    /// Whether it is the account of who looks. Nobody administers their own.
    pub own: bool,
}

/// What to do to accounts.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AccountCommandInput {
    /// Add one account.
    Add {
        /// Staff number as typed.
        staff: String,
        /// Name as typed.
        name: String,
        /// What the person is to do.
        roles: Vec<Role>,
    },
    /// Add the right rows of the list that was read.
    AddListed,
    /// Change one account.
    Change {
        /// Staff number of the account.
        staff: String,
        /// Version that was seen.
        version: u32,
        /// What becomes of it.
        change: AccountChangeInput,
    },
}

/// What becomes of an account.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum AccountChangeInput {
    /// It may be used again.
    Enable,
    /// It may not be used any more.
    Disable,
    /// It gets these roles.
    Roles {
        /// The new roles.
        roles: Vec<Role>,
    },
    /// It belongs to another site.
    Move {
        /// Six digits, as typed.
        site: String,
    },
    /// Its password ends; there is a new activation code.
    ResetPassword,
    /// Its second factor ends.
    ResetSecondFactor,
}

/// An act on accounts, with the passwords of those who sign it.
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct AccountActInput {
    /// What to do.
    pub command: AccountCommandInput,
    /// Password of who is logged in.
    pub password: Sensitive<String>,
    /// The second security administrator, where two are needed.
    pub second: Option<SecondAdministratorInput>,
}

/// A second security administrator at the same desk.
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct SecondAdministratorInput {
    /// Staff number as typed.
    pub staff: String,
    /// Password as typed.
    pub password: Sensitive<String>,
    /// One-time code (TOTP), where the account has one and was not at this desk before.
    pub second_factor: Option<Sensitive<String>>,
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccountActView {
    /// The accounts afterwards.
    pub accounts: AccountsView,
    /// Activation codes to hand over, shown this once.
    pub codes: Vec<ActivationCodeView>,
}

/// Activation code of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ActivationCodeView {
    /// Staff number (工号) of the account.
    pub staff: String,
    /// Full name of the member of staff.
    pub name: String,
    /// The code, which its person needs once.
    pub code: Sensitive<String>,
}

/// A list of staff that was read; nothing was added yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccountListView {
    /// Rows that can become accounts.
    pub rows: Vec<AccountRowView>,
    /// Rows that cannot, each with its reason.
    pub wrong: Vec<WrongRowView>,
}

/// Row of a list that can become an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccountRowView {
    /// Line of the file, from 1.
    pub line: u32,
    /// Staff number (工号) of the account.
    pub staff: String,
    /// Full name of the member of staff.
    pub name: String,
    /// What the person is to do.
    pub roles: Vec<Role>,
}

/// A TOTP secret for a phone, shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SecondFactorOfferView {
    /// The secret in groups, to be typed where the symbol cannot be scanned.
    pub secret: Sensitive<String>,
    /// Modules on each side of the QR symbol.
    pub side: u32,
    /// Outline of its dark area as an SVG path.
    pub path: Sensitive<String>,
}

/// Form to set one's own second factor.
#[derive(Clone, Serialize, Deserialize, Type)]
pub struct SecondFactorInput {
    /// Password as typed.
    pub password: Sensitive<String>,
    /// Code that the phone shows for the new secret.
    pub code: Sensitive<String>,
    /// Code of the second factor before, if there is one.
    pub present: Option<Sensitive<String>>,
}
