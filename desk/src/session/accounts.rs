//! The accounts of the site's staff, as this desk knows them, and what people set themselves: the
//! first password, by an activation code, another password (A7), the second factor. The key changes
//! with the password, so that the old one opens nothing any more.

use super::{CheckedBy, Credentials, Login, Operator, Sessions, check::Opened};
use crate::{
    centre::CallError,
    enrolment::new_key,
    error::DeskError,
    store::{
        self,
        audit::{Entry, Event},
    },
};
use rules::{
    At, Refusal, Sensitive, StaffNumber,
    account::totp_secret,
    authority::{Credential, StaffRecord, WrappedKey},
    digest::Digest,
    keys::{Signed, Signer as _, SoftwareKey},
    permission::Duty,
    staff::password_acceptable,
    wire::{
        ActivateRequest, ChangePasswordRequest, KeyChange, OperatorAuthResponse, ProtocolError,
        SecondFactorChange, SecondFactorRequest,
    },
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

/// A new second factor, as typed.
#[derive(Debug)]
pub struct NewSecondFactor {
    /// Password of now: it opens the key that signs.
    pub password: Sensitive<String>,
    /// TOTP secret that the phone has taken up, base32.
    pub secret: Sensitive<String>,
    /// Code that the phone shows for it.
    pub code: Sensitive<String>,
    /// Code of the second factor before, if there is one.
    pub present: Option<Sensitive<String>>,
}

/// Draws a TOTP secret.
pub fn draw_totp_secret() -> Sensitive<String> {
    totp_secret(rand::random())
}

impl Sessions {
    /// Returns the staff of the site by number, with their logins at this desk.
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] without [`Duty::ManageAccounts`], and a database
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
    /// Returns [`Refusal::NotPermitted`] without [`Duty::ManageAccounts`], and a database
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
        let response = answer.map_err(|error| {
            password_refused(error, || {
                // The token is no longer good; the next try logs in first.
                self.state().tokens.remove(staff);
                DeskError::LoginFailed
            })
        })?;
        self.check_new(&response, staff, &key)?;
        self.keep_token(staff, response.token);
        self.state().to_change = None;
        let record = self.keep(&response.credential).await?;
        Ok(Opened { record, key, checked_by: CheckedBy::Centre })
    }

    /// Sets somebody's password with an activation code, which the credentials hold in the place of
    /// a password, and begins their session.
    ///
    /// # Errors
    /// The refusal of [`password_acceptable`], [`Refusal::ActivationCodeWrong`],
    /// [`DeskError::PasswordNeedsCentre`] if the centre cannot be reached, and a database error if
    /// the store fails.
    pub async fn activate(
        &self,
        credentials: &Credentials,
        new: &Sensitive<String>,
    ) -> Result<Login, DeskError> {
        password_acceptable(new.expose(), &credentials.staff)?;
        self.count_try(&credentials.staff, Event::PasswordChanged).await?;
        let activated = self.activate_at_centre(credentials, new).await;
        let opened = self.finish_try(&credentials.staff, Event::PasswordChanged, activated).await?;
        self.begin(opened)
    }

    async fn activate_at_centre(
        &self,
        credentials: &Credentials,
        new: &Sensitive<String>,
    ) -> Result<Opened, DeskError> {
        let staff = &credentials.staff;
        let (secret, key) = new_key();
        let now = self.core.clock.read().at;
        let change = KeyChange { staff: staff.clone(), public_key: key.public_key(), at: now };
        let request = ActivateRequest {
            code: credentials.password.clone(),
            second_factor: credentials.second_factor.clone(),
            change: Signed::sign(change, &key).map_err(|_| DeskError::LoginFailed)?,
            wrapped_key: wrap(secret, staff, new).await?,
        };
        let response = self.core.centre.activate(&request, now).await;
        let response =
            response.map_err(|error| password_refused(error, || Refusal::ActivationCodeWrong.into()))?;
        self.check_new(&response, staff, &key)?;
        self.keep_token(staff, response.token);
        let record = self.keep(&response.credential).await?;
        Ok(Opened { record, key, checked_by: CheckedBy::Centre })
    }

    /// Sets the operator's own second factor at the centre. The desk keeps nothing of the secret.
    ///
    /// # Errors
    /// [`Refusal::SecondFactorWrong`], the errors of [`Sessions::log_in`] for the password,
    /// [`DeskError::PasswordNeedsCentre`] if the centre cannot be asked, and a database error if
    /// the store fails.
    pub async fn set_second_factor(
        &self,
        operator: &Operator,
        new: NewSecondFactor,
    ) -> Result<(), DeskError> {
        let set = self.set_at_centre(operator, new).await;
        let outcome = set.as_ref().err().map_or("ok", DeskError::code);
        let (staff, event) = (&operator.staff, Event::SecondFactorChanged);
        self.core.note(&Entry { operator: staff, event, outcome, case_number: None, detail: "" }).await?;
        if set.is_ok() {
            self.state().with_second_factor.insert(operator.staff.clone());
        }
        set
    }

    async fn set_at_centre(&self, operator: &Operator, new: NewSecondFactor) -> Result<(), DeskError> {
        let token = self.token().ok_or(DeskError::PasswordNeedsCentre)?;
        let NewSecondFactor { password, secret, code, present } = new;
        let own = Credentials { staff: operator.staff.clone(), password, second_factor: None };
        let Opened { key, .. } = self.open_kept(&own, Event::Reauthenticate).await?;
        let change = SecondFactorChange {
            staff: operator.staff.clone(),
            secret: Digest::of(secret.expose().as_bytes()),
            at: self.core.clock.read().at,
        };
        let change = Signed::sign(change, &key).map_err(|_| DeskError::ReauthenticationNeeded)?;
        let request = SecondFactorRequest { change, secret, code, present };
        let set = self.core.centre.set_second_factor(&request, &token).await;
        set.map_err(|error| password_refused(error, || DeskError::LoginFailed))
    }

    /// Checks that the centre signed the credential of this person's new key.
    fn check_new(
        &self,
        response: &OperatorAuthResponse,
        staff: &StaffNumber,
        key: &SoftwareKey,
    ) -> Result<(), DeskError> {
        let record = response.credential.record.verify(&self.core.trust());
        if record.is_ok_and(|record| record.number == *staff && record.public_key == key.public_key()) {
            Ok(())
        } else {
            Err(DeskError::CentreRefused("credential not signed by the centre"))
        }
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

/// Returns why a password or second factor was not set. `unauthenticated` says what it means that
/// the centre did not know the caller.
fn password_refused(error: CallError, unauthenticated: impl FnOnce() -> DeskError) -> DeskError {
    match error {
        CallError::Unreachable(_) | CallError::Busy { .. } => DeskError::PasswordNeedsCentre,
        CallError::Refused(ProtocolError::Unauthenticated) => unauthenticated(),
        other => other.into(),
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
