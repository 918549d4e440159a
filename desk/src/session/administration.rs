//! What a security administrator does to the accounts of the site. The centre decides it, by the
//! administrator's own signature and, where two are needed, by that of a second one.

use super::{Credentials, Operator, Sessions, check::Opened};
use crate::{
    centre::CallError,
    error::DeskError,
    store::audit::{Entry, Event},
};
use rules::{
    Sensitive, StaffNumber,
    account::{AccountAct, AccountCommand, Seconded, activation_code},
    keys::Signed,
    permission::Duty,
    wire::{AccountActRequest, ProtocolError, SiteAccount},
};
use uuid::Uuid;

/// How often an act is sent before its outcome is not known. It is done once however often it
/// arrives.
const TRIES: u32 = 3;

/// Passwords of those who sign an act.
#[derive(Debug)]
pub struct Signatories {
    /// Password of who acts.
    pub password: Sensitive<String>,
    /// The second security administrator, where two are needed.
    pub second: Option<Credentials>,
}

/// Administration of the site's accounts.
pub struct Administration<'a>(pub(super) &'a Sessions);

/// Draws an activation code.
pub fn draw_activation_code() -> Sensitive<String> {
    activation_code(rand::random())
}

impl Administration<'_> {
    /// Returns the accounts of the site as the centre has them; `None` if it cannot be asked now.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`] without [`Duty::ManageAccounts`].
    pub async fn accounts(&self, operator: &Operator) -> Result<Option<Vec<SiteAccount>>, DeskError> {
        operator.may(Duty::ManageAccounts)?;
        let Some(token) = self.0.token() else { return Ok(None) };
        match self.0.core.centre.accounts(&token).await {
            Ok(answer) => Ok(Some(answer.accounts)),
            Err(CallError::Refused(ProtocolError::Forbidden)) => Err(rules::Refusal::NotPermitted.into()),
            Err(_) => Ok(None),
        }
    }

    /// Returns which of these numbers have an account already, at any site.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`] without [`Duty::ManageAccounts`],
    /// [`DeskError::AccountsNeedCentre`] if the centre cannot be asked.
    pub async fn taken_numbers(
        &self,
        operator: &Operator,
        numbers: Vec<StaffNumber>,
    ) -> Result<Vec<StaffNumber>, DeskError> {
        operator.may(Duty::ManageAccounts)?;
        let token = self.0.token().ok_or(DeskError::AccountsNeedCentre)?;
        let answer = self.0.core.centre.taken_numbers(numbers, &token).await;
        Ok(answer.map_err(needs_centre)?.taken)
    }

    /// Has the centre do something to accounts, signed here by those whose passwords were typed.
    /// Returns the accounts of the site afterwards.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`] without [`Duty::ManageAccounts`], the errors of
    /// [`Sessions::log_in`] for a password, [`DeskError::AccountsNeedCentre`] if the centre cannot
    /// be asked, and its refusal.
    pub async fn administer(
        &self,
        operator: &Operator,
        signatories: Signatories,
        command: AccountCommand,
    ) -> Result<Vec<SiteAccount>, DeskError> {
        operator.may(Duty::ManageAccounts)?;
        let act = AccountAct {
            id: Uuid::now_v7(),
            device: self.0.core.identity.author().device,
            by: operator.staff.clone(),
            at: self.0.core.clock.read().at,
            command,
        };
        let detail = detail(&act);
        let done = self.send(operator, signatories, act).await;
        let outcome = done.as_ref().err().map_or("ok", DeskError::code);
        let staff = &operator.staff;
        let entry = Entry {
            operator: staff,
            event: Event::AccountsChanged,
            outcome,
            case_number: None,
            detail: &detail,
        };
        self.0.core.note(&entry).await?;
        done
    }

    async fn send(
        &self,
        operator: &Operator,
        signatories: Signatories,
        act: AccountAct,
    ) -> Result<Vec<SiteAccount>, DeskError> {
        let token = self.0.token().ok_or(DeskError::AccountsNeedCentre)?;
        let Signatories { password, second } = signatories;
        let own = Credentials { staff: operator.staff.clone(), password, second_factor: None };
        let Opened { key, .. } = self.0.open_kept(&own, Event::Reauthenticate).await?;
        let not_signed = |_| DeskError::ReauthenticationNeeded;
        let second = match second {
            Some(second) => {
                let Opened { record, key, .. } = self.0.open_kept(&second, Event::Reauthenticate).await?;
                let seconded = Seconded { by: record.number, act: act.digest() };
                Some(Signed::sign(seconded, &key).map_err(not_signed)?)
            }
            None => None,
        };
        let request = AccountActRequest { act: Signed::sign(act, &key).map_err(not_signed)?, second };
        let mut tries = 1;
        loop {
            match self.0.core.centre.administer(&request, &token).await {
                Ok(answer) => return Ok(answer.accounts),
                Err(CallError::Unreachable(_)) if tries < TRIES => tries += 1,
                Err(error) => return Err(needs_centre(error)),
            }
        }
    }
}

/// Says what an act is about: its word, and the number or how many there are.
fn detail(act: &AccountAct) -> String {
    match &act.command {
        AccountCommand::Add { accounts } => match accounts.as_slice() {
            [one] => format!("{} {}", act.word(), one.number),
            all => format!("{} {} accounts", act.word(), all.len()),
        },
        AccountCommand::Change { number, .. } => format!("{} {number}", act.word()),
    }
}

fn needs_centre(error: CallError) -> DeskError {
    match error {
        CallError::Unreachable(_) | CallError::Busy { .. } => DeskError::AccountsNeedCentre,
        CallError::Refused(ProtocolError::Unauthenticated) => DeskError::LoginFailed,
        CallError::Refused(ProtocolError::Forbidden) => rules::Refusal::NotPermitted.into(),
        other => other.into(),
    }
}
