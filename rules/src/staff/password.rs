//! Which passwords are strong enough (A7).

use crate::{Refusal, StaffNumber, policy::PASSWORD_LENGTH};

/// Those of the 10,000 most common passwords that are long enough to be refused for that only, one
/// a line: from the list `PASSWORDS` of the crate zxcvbn 3.1.1 (MIT licence).
const COMMON: &str = include_str!("common_passwords.txt");
/// Characters in a row that make a run: `aaaa`, `1234`, `dcba`.
const RUN: usize = 4;

/// Checks that a new password is strong enough for an account (A7).
///
/// # Errors
/// [`Refusal::PasswordTooShort`] below 10 characters, [`Refusal::PasswordHasStaffNumber`] if it
/// contains the staff number, [`Refusal::PasswordCommon`] if it is one of the 10,000 most common,
/// [`Refusal::PasswordRun`] if four characters in a row are equal or follow each other.
pub fn password_acceptable(password: &str, staff: &StaffNumber) -> Result<(), Refusal> {
    if password.chars().count() < PASSWORD_LENGTH {
        return Err(Refusal::PasswordTooShort);
    }
    let lowercase = password.to_lowercase();
    if lowercase.contains(&staff.as_str().to_lowercase()) {
        return Err(Refusal::PasswordHasStaffNumber);
    }
    if COMMON.lines().any(|common| common == lowercase) {
        return Err(Refusal::PasswordCommon);
    }
    if has_run(&lowercase) { Err(Refusal::PasswordRun) } else { Ok(()) }
}

fn has_run(text: &str) -> bool {
    let signs: Vec<i64> = text.chars().map(|sign| i64::from(u32::from(sign))).collect();
    signs
        .windows(RUN)
        .any(|run| [-1, 0, 1].into_iter().any(|step| run.windows(2).all(|pair| pair[1] - pair[0] == step)))
}
