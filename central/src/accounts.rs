//! Acts of a site's security administrators on accounts, and what people set themselves.

use crate::{machine::people::SiteOperator, store::NewVersion};
use rules::{
    At, Refusal,
    account::{AccountChange, AccountCommand, ActivationCode},
    authority::{StaffRecord, WrappedKey},
    keys::{KeyError, PublicKey},
    wire::{AccountActRequest, ActivateRequest},
};

/// Checks that both signatures under an act are of the people it names, with their present keys.
///
/// # Errors
/// [`KeyError::Signature`] if one is not.
pub fn verify(
    request: &AccountActRequest,
    by: &StaffRecord,
    second: Option<&StaffRecord>,
) -> Result<(), KeyError> {
    let act = request.act.verify(&by.public_key)?;
    if act.by != by.number {
        return Err(KeyError::Signature);
    }
    match (&request.second, second) {
        (None, _) => Ok(()),
        (Some(signed), Some(second)) => {
            let seconded = signed.verify(&second.public_key)?;
            let is_theirs = seconded.by == second.number && seconded.act == act.digest();
            if is_theirs { Ok(()) } else { Err(KeyError::Signature) }
        }
        (Some(_), None) => Err(KeyError::Signature),
    }
}

/// Decides an act whose signatures are verified. `target` is the account to change, as its next
/// version; `draw` makes the public half of a key that nobody has. Returns what is to be stored.
///
/// # Errors
/// The [`Refusal`] of the rules, see [`rules::account::AccountAct::judge`].
pub fn decide(
    request: &AccountActRequest,
    by: &StaffRecord,
    second: Option<&StaffRecord>,
    target: Option<NewVersion>,
    now: At,
    mut draw: impl FnMut() -> PublicKey,
) -> Result<Vec<NewVersion>, Refusal> {
    let act = &request.act.value;
    let seen = target
        .as_ref()
        .map(|next| StaffRecord { version: next.replaces.unwrap_or_default(), ..next.record.clone() });
    let second = second.filter(|_| request.second.is_some());
    let records = act.judge(by, second, seen.as_ref(), now)?;
    match (&act.command, target) {
        (AccountCommand::Add { accounts }, _) => {
            let added = records.into_iter().zip(accounts).map(|(record, account)| NewVersion {
                record: StaffRecord { public_key: draw(), ..record },
                replaces: None,
                wrapped_key: WrappedKey::of_nobody(),
                password_since: now,
                totp_secret: None,
                change: None,
                code: Some(ActivationCode::given(account.code.clone(), now)),
            });
            Ok(added.collect())
        }
        (AccountCommand::Change { change, .. }, Some(next)) => {
            let record = records.into_iter().next().ok_or(Refusal::AccountUnknown)?;
            let mut next = NewVersion { record, ..next };
            match change {
                AccountChange::ResetPassword { code } => next = without_password(next, code, now, &mut draw),
                AccountChange::ResetSecondFactor => next.totp_secret = None,
                AccountChange::Enable
                | AccountChange::Disable
                | AccountChange::Roles { .. }
                | AccountChange::Move { .. } => {}
            }
            Ok(vec![next])
        }
        (AccountCommand::Change { .. }, None) => Err(Refusal::AccountUnknown),
    }
}

/// Returns an account whose password opens nothing any more, until its person sets another with the
/// code.
pub fn without_password(
    next: NewVersion,
    code: &rules::digest::Digest,
    now: At,
    draw: &mut impl FnMut() -> PublicKey,
) -> NewVersion {
    NewVersion {
        record: StaffRecord { public_key: draw(), ..next.record },
        wrapped_key: WrappedKey::of_nobody(),
        password_since: now,
        code: Some(ActivationCode::given(code.clone(), now)),
        ..next
    }
}

/// Returns an account whose person has just set the password with the activation code, if it was
/// the right one. The key must be new and shown to be theirs.
pub fn activated(
    next: NewVersion,
    request: &ActivateRequest,
    history: Option<&SiteOperator>,
    now: At,
) -> Option<NewVersion> {
    let given = next.code.as_ref()?;
    let change = request.change.verify(&request.change.value.public_key).ok()?;
    let is_used = history.is_some_and(|operator| operator.has_had(&change.public_key));
    let is_sound = given.is(&request.code, now)
        && next.record.active
        && change.staff == next.record.number
        && request.wrapped_key.is_keepable()
        && !is_used;
    is_sound.then(|| NewVersion {
        record: StaffRecord { public_key: change.public_key.clone(), ..next.record },
        wrapped_key: request.wrapped_key.clone(),
        password_since: now,
        code: None,
        ..next
    })
}
