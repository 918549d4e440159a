//! Accounts of a site: the list, acts of its security administrators, and what people set
//! themselves.

use super::KeyChange;
use crate::{
    Sensitive, StaffNumber,
    account::{AccountAct, Seconded},
    authority::{StaffRecord, WrappedKey},
    digest::Digest,
    keys::Signed,
    time::At,
};
use serde::{Deserialize, Serialize};

/// Answer to `GET /v1/accounts`: the accounts of the operator's site, by staff number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountsResponse {
    /// Accounts of the site, by staff number.
    pub accounts: Vec<SiteAccount>,
}

/// An account as a security administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SiteAccount {
    /// Record of the account, as the centre signed it.
    pub record: StaffRecord,
    /// Whether a second factor is set.
    pub has_second_factor: bool,
    /// Until when an activation code may be used; `None` without one.
    pub code_until: Option<At>,
    /// Until when the centre lets nobody log in, after too many failures (S4).
    pub locked_until: Option<At>,
}

/// Body of `POST /v1/accounts/taken`: which of these numbers have an account, at any site?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TakenRequest {
    /// Staff numbers of a list.
    pub numbers: Vec<StaffNumber>,
}

/// Answer to `POST /v1/accounts/taken`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakenResponse {
    /// Those that have one.
    pub taken: Vec<StaffNumber>,
}

/// Body of `POST /v1/accounts`, sent with the operator's bearer token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountActRequest {
    /// The act, signed by the administrator's own key.
    pub act: Signed<AccountAct>,
    /// Signature of a second administrator, where two are needed.
    pub second: Option<Signed<Seconded>>,
}

/// Body of `POST /v1/auth/activate`, sent with the device's bearer token: a person sets a password
/// with an activation code. Ends the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivateRequest {
    /// The activation code as typed.
    pub code: Sensitive<String>,
    /// TOTP code, if the account has a second factor.
    pub second_factor: Option<Sensitive<String>>,
    /// The new key, signed by itself: whoever asks has it.
    pub change: Signed<KeyChange>,
    /// Private half of the new key, wrapped under the new password.
    pub wrapped_key: WrappedKey,
}

/// Body of `POST /v1/auth/second-factor`, sent with the operator's bearer token: a person sets
/// their own second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactorRequest {
    /// The change, signed by the person's key.
    pub change: Signed<SecondFactorChange>,
    /// The new TOTP secret, base32. It goes to the centre once and never leaves it.
    pub secret: Sensitive<String>,
    /// A code of the new secret, which shows that the phone has it.
    pub code: Sensitive<String>,
    /// A code of the secret before, if there is one.
    pub present: Option<Sensitive<String>>,
}

/// New second factor of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactorChange {
    /// Whose it is.
    pub staff: StaffNumber,
    /// Digest of the secret's text.
    pub secret: Digest,
    /// When the person changed it; the policy's clock tolerance applies.
    pub at: At,
}
