//! The check of a password: it opens the person's wrapped key, which the centre sends or this desk
//! kept (A1, A2). Every try is counted before it (A6).

use super::{CheckedBy, Credentials, Sessions};
use crate::{
    centre::CallError,
    error::DeskError,
    line::OfflineReason,
    store::{self, audit, credential::Kept},
};
use rules::{
    At, Refusal, StaffNumber,
    authority::{Credential, StaffRecord, WrappedKey, credential::UnwrapError},
    keys::{PublicKey, SoftwareKey},
    policy::OFFLINE_VERIFIER_HOURS,
    staff::offline_verifier_valid,
    wire::{OperatorAuthRequest, OperatorAuthResponse, ProtocolError, TokenResponse},
};
use std::time::Duration;

/// How long the centre may take to check a password before this desk does.
const CENTRE_ANSWER: Duration = Duration::from_secs(4);

/// Somebody whose password was right.
pub(super) struct Opened {
    /// Their newest record.
    pub(super) record: StaffRecord,
    /// Their own key.
    pub(super) key: SoftwareKey,
    pub(super) checked_by: CheckedBy,
}

impl Sessions {
    /// Checks the credentials with the centre, or without it by what this desk kept.
    pub(super) async fn authenticate(
        &self,
        credentials: &Credentials,
        event: audit::Event,
    ) -> Result<Opened, DeskError> {
        self.count_try(&credentials.staff, event).await?;
        let checked = self.check(credentials).await;
        self.finish_try(&credentials.staff, event, checked).await
    }

    /// Checks the password by what this desk kept of a person who logged in here, and asks the
    /// centre only about others.
    pub(super) async fn open_kept(
        &self,
        credentials: &Credentials,
        event: audit::Event,
    ) -> Result<Opened, DeskError> {
        self.count_try(&credentials.staff, event).await?;
        let checked = match self.kept(&credentials.staff).await {
            Ok(Some(kept)) => self.check_here(credentials, Some(kept)).await,
            Ok(None) => self.check(credentials).await,
            Err(error) => Err(error),
        };
        self.finish_try(&credentials.staff, event, checked).await
    }

    /// Counts a try as failed before the password is looked at, in one write: tries beside each
    /// other all count, and a program that is killed in between leaves it counted.
    pub(super) async fn count_try(&self, number: &StaffNumber, event: audit::Event) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        let reading = self.core.clock.read();
        let tries = store::login_try::get(&mut write, number).await?;
        store::sync_state::put_high_water(&mut write, &reading).await?;
        let locked = tries.locked_until(&reading);
        if locked.is_some() {
            let outcome = "login_locked";
            let entry = audit::Entry { operator: number, event, outcome, case_number: None, detail: "" };
            audit::append(&mut write, &reading, &entry).await?;
        } else {
            store::login_try::put(&mut write, number, &tries.and_another(&reading)).await?;
        }
        write.commit().await?;
        locked.map_or(Ok(()), |until| Err(DeskError::LoginLocked { until }))
    }

    /// Forgets the tries after a success, and writes the audit row.
    pub(super) async fn finish_try(
        &self,
        number: &StaffNumber,
        event: audit::Event,
        checked: Result<Opened, DeskError>,
    ) -> Result<Opened, DeskError> {
        let mut write = self.core.store.write().await?;
        let reading = self.core.clock.read();
        if checked.is_ok() {
            store::login_try::clear(&mut write, number).await?;
        }
        let locked = store::login_try::get(&mut write, number).await?.locked_until(&reading);
        let outcome = checked.as_ref().err().map_or("ok", DeskError::code);
        let entry = audit::Entry { operator: number, event, outcome, case_number: None, detail: "" };
        audit::append(&mut write, &reading, &entry).await?;
        write.commit().await?;
        match locked {
            Some(until) if checked.is_err() => Err(DeskError::LoginLocked { until }),
            _ => checked,
        }
    }

    async fn check(&self, credentials: &Credentials) -> Result<Opened, DeskError> {
        match self.ask_centre(credentials).await? {
            Some(response) => self.open_sent(credentials, response).await,
            None => {
                let kept = self.kept(&credentials.staff).await?;
                self.check_here(credentials, kept).await.map_err(|error| match error {
                    DeskError::LoginFailed => DeskError::OfflineLoginFailed,
                    other => other,
                })
            }
        }
    }

    pub(super) async fn kept(&self, number: &StaffNumber) -> Result<Option<Kept>, DeskError> {
        store::credential::get(&mut *self.core.store.read().await?, number).await
    }

    /// Asks the centre to check the credentials. `None`: it cannot be asked now.
    pub(super) async fn ask_centre(
        &self,
        credentials: &Credentials,
    ) -> Result<Option<OperatorAuthResponse>, DeskError> {
        let request = OperatorAuthRequest {
            staff: credentials.staff.clone(),
            password: credentials.password.clone(),
            second_factor: credentials.second_factor.clone(),
        };
        let asked = self.core.centre.operator_login(&request, self.core.clock.read().at);
        let answer = match tokio::time::timeout(CENTRE_ANSWER, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(CallError::Unreachable(OfflineReason::Timeout)),
        };
        match answer {
            Ok(response) => Ok(Some(response)),
            Err(CallError::Refused(ProtocolError::Unauthenticated | ProtocolError::Forbidden)) => {
                Err(DeskError::LoginFailed)
            }
            Err(CallError::Refused(ProtocolError::Refused { code })) => Err(code.into()),
            Err(_) => Ok(None),
        }
    }

    /// Opens what the centre sent, and keeps it for log-in without the centre.
    async fn open_sent(
        &self,
        credentials: &Credentials,
        response: OperatorAuthResponse,
    ) -> Result<Opened, DeskError> {
        let OperatorAuthResponse { token, credential, must_change_password } = response;
        let key = self.open(credentials, Some(credential.clone())).await?;
        self.keep_token(&credentials.staff, token);
        if must_change_password {
            // Kept in memory for the change only: without the centre it lets nobody in.
            self.state().to_change = Some(credential);
            return Err(Refusal::PasswordTooOld.into());
        }
        let record = self.keep(&credential).await?;
        Ok(Opened { record, key, checked_by: CheckedBy::Centre })
    }

    /// Keeps a token of the centre. Its life counts by this desk's trusted clock.
    pub(super) fn keep_token(&self, staff: &StaffNumber, token: TokenResponse) {
        let life_ms = token.expires_at.since_ms(token.server_time);
        let until = self.core.clock.read().at.plus_ms(life_ms);
        self.state().tokens.insert(staff.clone(), (token.token, until));
    }

    /// Keeps a credential and returns the person's newest record.
    pub(super) async fn keep(&self, credential: &Credential) -> Result<StaffRecord, DeskError> {
        let now = self.core.clock.read().at;
        let number = &credential.record.value.number;
        let mut write = self.core.store.write().await?;
        store::credential::put(&mut write, credential, now).await?;
        store::staff::put(&mut write, &credential.record).await?;
        let newest = store::staff::get(&mut write, number).await?.ok_or(DeskError::LoginFailed)?;
        write.commit().await?;
        self.core.open_sessions.end_outdated(&newest);
        self.allowed(newest, &credential.record.value.public_key)
    }

    /// Checks the password without the centre, by a key that it sent within the last 72 hours. An
    /// unknown number and a wrong password look the same and take as long.
    async fn check_here(&self, credentials: &Credentials, kept: Option<Kept>) -> Result<Opened, DeskError> {
        let (credential, at) = match kept {
            Some(Kept { credential, at }) => (Some(credential), at),
            None => (None, At(0)),
        };
        let public_key = credential.as_ref().map(|credential| credential.record.value.public_key.clone());
        let key = self.open(credentials, credential).await?;
        offline_verifier_valid(at, self.core.clock.read().at_least())
            .map_err(|_| DeskError::OfflineLoginExpired)?;
        let newest = self.staff(&credentials.staff).await?.ok_or(DeskError::LoginFailed)?;
        let record = self.allowed(newest, &public_key.ok_or(DeskError::LoginFailed)?)?;
        let until = at.plus_ms(OFFLINE_VERIFIER_HOURS * 3_600_000);
        Ok(Opened { record, key, checked_by: CheckedBy::Desk { until } })
    }

    /// Returns the record of somebody who may work here with this key.
    fn allowed(&self, newest: StaffRecord, key: &PublicKey) -> Result<StaffRecord, DeskError> {
        let is_theirs = newest.public_key == *key && newest.site == *self.core.identity.site();
        if newest.active && is_theirs { Ok(newest) } else { Err(DeskError::LoginFailed) }
    }

    /// Opens a person's key beside the async threads: it takes a tenth of a second and is meant to.
    pub(super) async fn open(
        &self,
        credentials: &Credentials,
        credential: Option<Credential>,
    ) -> Result<SoftwareKey, DeskError> {
        let (number, password) = (credentials.staff.clone(), credentials.password.clone());
        let trust = self.core.trust();
        let opening = tokio::task::spawn_blocking(move || match credential {
            Some(credential) if credential.record.value.number == number => {
                credential.open(&trust, &password)
            }
            _ => WrappedKey::of_nobody().open(&number, &password),
        });
        let opened = opening.await.map_err(|error| DeskError::Store(Box::new(error)))?;
        opened.map_err(|error| match error {
            UnwrapError::Password => DeskError::LoginFailed,
            UnwrapError::Malformed => DeskError::CentreRefused("credential not signed by the centre"),
        })
    }
}
