//! Rules for staff accounts (S4, A7): passwords, locks and offline login.

mod password;

pub use password::password_acceptable;

use crate::{
    Policy, Refusal,
    policy::{FAILURES_BEFORE_LOCK, LOCK_MS, OFFLINE_VERIFIER_HOURS},
    time::At,
};
use serde::{Deserialize, Serialize};

/// Checks that a password set at `changed_at` may still be used (S4, rotation setting of the site).
///
/// # Errors
/// [`Refusal::PasswordTooOld`] if it is older than the setting allows.
pub fn password_current(changed_at: At, now: At, policy: &Policy) -> Result<(), Refusal> {
    let limit_ms = i64::from(policy.password_rotation_days) * 24 * 60 * 60 * 1000;
    if limit_ms > 0 && now.since_ms(changed_at) >= limit_ms { Err(Refusal::PasswordTooOld) } else { Ok(()) }
}

/// Wrong passwords of one account since the last correct one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// Number of wrong passwords in a row.
    pub count: u8,
    /// When the last wrong password was entered.
    pub last: Option<At>,
}

impl Failures {
    /// Returns the failures after one more wrong password at `now`. An expired lock gives
    /// five new tries.
    #[must_use]
    pub fn and_another(self, now: At) -> Self {
        let lock_ran_out = self.count >= FAILURES_BEFORE_LOCK && lockout(self, now).is_none();
        let count = if lock_ran_out { 0 } else { self.count };
        Self { count: count.saturating_add(1), last: Some(now) }
    }
}

/// Returns until when the account is locked (S4); `None` if it is not locked.
///
/// The fifth wrong password locks it for 15 minutes, as does each one after. Setting the clock back
/// does not shorten the lock.
pub fn lockout(failures: Failures, now: At) -> Option<At> {
    let until = failures.last?.plus_ms(LOCK_MS);
    (failures.count >= FAILURES_BEFORE_LOCK && now < until).then_some(until)
}

/// Checks that the account is not locked.
///
/// # Errors
/// [`Refusal::AccountLocked`] while [`lockout`] returns an instant.
pub fn may_try(failures: Failures, now: At) -> Result<(), Refusal> {
    if lockout(failures, now).is_some() { Err(Refusal::AccountLocked) } else { Ok(()) }
}

/// Checks that an account's offline verifier, received at `synchronised_at`, may still
/// be used (S4).
///
/// # Errors
/// [`Refusal::OfflineVerifierTooOld`] after 72 hours, and if `synchronised_at` lies in the future,
/// because the clock was then set back.
pub fn offline_verifier_valid(synchronised_at: At, now: At) -> Result<(), Refusal> {
    let age_ms = now.since_ms(synchronised_at);
    if (0..OFFLINE_VERIFIER_HOURS * 60 * 60 * 1000).contains(&age_ms) {
        Ok(())
    } else {
        Err(Refusal::OfflineVerifierTooOld)
    }
}
