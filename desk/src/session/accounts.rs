//! The accounts of the site's staff, as this desk knows them, and the change of one's own password
//! (A7). The key changes with it, so that the old password opens nothing any more.

use super::{CheckedBy, Credentials, Login, Operator, Sessions, check::Opened};
use crate::{
    centre::CallError,
    enrolment::new_key,
    error::DeskError,
    store::{self, audit::Event},
};
use rules::{
    At, Sensitive, StaffNumber,
    authority::{Credential, StaffRecord, WrappedKey},
    keys::{Signed, Signer as _},
    permission::Duty,
    staff::password_acceptable,
    wire::{ChangePasswordRequest, KeyChange, ProtocolError},
};
use zeroize::Zeroizing;

/// A member of staff as this desk knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The centre's record.
    pub staff: StaffRecord,
    /// Until when this desk lets them not log in after failed attempts (S4).
    pub locked_until: Option<At>,
    /// Last login at this desk.
    pub last_login: Option<At>,
}

impl Sessions {
    /// Returns the staff of the site by number, with their logins at this desk.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] without [`Duty::ManageAccounts`], and a database
    /// error if the store fails.
    pub async fn accounts(&self, operator: &Operator) -> Result<Vec<Account>, DeskError> {
        operator.may(Duty::ManageAccounts)?;
        let reading = self.core.clock.read();
        let mut read = self.core.store.read().await?;
        let staff = store::staff::all(&mut read).await?;
        let mut accounts = Vec::with_capacity(staff.len());
        for staff in staff {
            let tries = store::login_try::get(&mut read, &staff.number).await?;
            let last_login = store::audit::last_login(&mut read, &staff.number).await?;
            accounts.push(Account { locked_until: tries.locked_until(&reading), last_login, staff });
        }
        Ok(accounts)
    }

    /// Lifts the lock after failed logins.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] without [`Duty::ManageAccounts`], and a database
    /// error if the store fails.
    pub async fn unlock_account(&self, operator: &Operator, staff: &StaffNumber) -> Result<(), DeskError> {
        operator.may(Duty::ManageAccounts)?;
        let mut write = self.core.store.write().await?;
        store::login_try::clear(&mut write, staff).await?;
        let entry = operator.entry(Event::AccountUnlocked, None, staff.as_str());
        store::audit::append(&mut write, &self.core.clock.read(), &entry).await?;
        write.commit().await
    }

    /// Changes somebody's own password at the centre and begins a new session of theirs. The
    /// credentials hold the old password. Everything else that the old key began is over.
    ///
    /// # Errors
    /// Returns the refusal of [`password_acceptable`], [`DeskError::PasswordNeedsCentre`] if the
    /// centre cannot be reached, the errors of [`Sessions::log_in`], and a database error if the
    /// store fails.
    pub async fn change_password(
        &self,
        credentials: &Credentials,
        new: &Sensitive<String>,
    ) -> Result<Login, DeskError> {
        password_acceptable(new.expose(), &credentials.staff)?;
        self.count_try(&credentials.staff, Event::PasswordChanged).await?;
        let changed = self.change(credentials, new).await;
        let opened = self.finish_try(&credentials.staff, Event::PasswordChanged, changed).await?;
        self.begin(opened)
    }

    async fn change(&self, credentials: &Credentials, new: &Sensitive<String>) -> Result<Opened, DeskError> {
        let staff = &credentials.staff;
        let (credential, token) = self.old_key(credentials).await?;
        let old = self.open(credentials, Some(credential)).await?;
        let (secret, key) = new_key();
        let now = self.core.clock.read().at;
        let change = KeyChange { staff: staff.clone(), public_key: key.public_key(), at: now };
        let change = Signed::sign(change, &old).map_err(|_| DeskError::LoginFailed)?;
        drop(old);
        let request = ChangePasswordRequest { change, wrapped_key: wrap(secret, staff, new).await? };
        let answer = self.core.centre.change_password(&request, &token).await;
        let response = answer.map_err(|error| match error {
            CallError::Unreachable(_) | CallError::Busy { .. } => DeskError::PasswordNeedsCentre,
            // The token is no longer good; the next try logs in first.
            CallError::Refused(ProtocolError::Unauthenticated) => {
                self.state().tokens.remove(staff);
                DeskError::LoginFailed
            }
            other => other.into(),
        })?;
        let record = response.credential.record.verify(&self.core.trust());
        if !record.is_ok_and(|record| record.number == *staff && record.public_key == key.public_key()) {
            return Err(DeskError::CentreRefused("credential not signed by the centre"));
        }
        self.keep_token(staff, response.token);
        self.state().to_change = None;
        let record = self.keep(&response.credential).await?;
        Ok(Opened { record, key, checked_by: CheckedBy::Centre })
    }

    /// Returns the person's present key, wrapped, and a token of the centre for them: what is here,
    /// else what a log-in brings.
    async fn old_key(&self, credentials: &Credentials) -> Result<(Credential, Sensitive<String>), DeskError> {
        let staff = &credentials.staff;
        let kept = self.kept(staff).await?.map(|kept| kept.credential);
        let now = self.core.clock.read().at;
        let (to_change, token) = {
            let state = self.state();
            let to_change = state.to_change.clone();
            (to_change.filter(|one| one.record.value.number == *staff), state.token(staff, now))
        };
        if let (Some(credential), Some(token)) = (to_change.or(kept), token) {
            return Ok((credential, token));
        }
        let response = self.ask_centre(credentials).await?.ok_or(DeskError::PasswordNeedsCentre)?;
        Ok((response.credential, response.token.token))
    }
}

/// Wraps the new key beside the async threads: it takes a tenth of a second and is meant to.
async fn wrap(
    secret: Zeroizing<[u8; 32]>,
    staff: &StaffNumber,
    password: &Sensitive<String>,
) -> Result<WrappedKey, DeskError> {
    let (staff, password) = (staff.clone(), password.clone());
    let (salt, nonce) = (rand::random(), rand::random());
    let wrapping =
        tokio::task::spawn_blocking(move || WrappedKey::wrap(&secret, &staff, &password, salt, nonce));
    let wrapped = wrapping.await.map_err(|error| DeskError::Store(Box::new(error)))?;
    wrapped.map_err(|_| DeskError::LoginFailed)
}
