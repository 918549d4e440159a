//! Accounts of a site, for its security administrators. An act counts by their own signature, never
//! by the word of the desk they stand at (A4).

use super::{
    answer::{Answer, Body, Refused},
    caller::SiteAdministrator,
    state::Centre,
};
use crate::{
    accounts::{decide, verify},
    clock, passwords,
    store::{
        StoreError,
        postgres::{Counted, Tally},
    },
};
use axum::{Json, extract::State};
use rules::{
    Refusal,
    account::{ACCOUNT_ROWS, AccountAct, AccountChange, AccountCommand},
    authority::StaffRecord,
    policy::CLOCK_TOLERANCE_MS,
    wire::{AccountActRequest, AccountsResponse, ProtocolError, TakenRequest, TakenResponse},
};
use std::sync::Arc;

/// Returns the accounts of the operator's site.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", security(("administrator" = [])),
    responses((status = 200, body = AccountsResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn list(
    State(centre): State<Arc<Centre>>,
    SiteAdministrator { claims, .. }: SiteAdministrator,
) -> Answer<Json<AccountsResponse>> {
    let accounts = centre.store.site_accounts(&claims.site, clock::now()).await?;
    Ok(Json(AccountsResponse { accounts }))
}

/// Says which numbers of a list have an account already, at any site.
#[utoipa::path(post, path = "/v1/accounts/taken", tag = "accounts", security(("administrator" = [])), request_body = TakenRequest,
    responses((status = 200, body = TakenResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn taken(
    State(centre): State<Arc<Centre>>,
    _: SiteAdministrator,
    Body(request): Body<TakenRequest>,
) -> Answer<Json<TakenResponse>> {
    if request.numbers.len() > ACCOUNT_ROWS {
        return Err(ProtocolError::TooLarge.into());
    }
    Ok(Json(TakenResponse { taken: centre.store.taken_numbers(&request.numbers).await? }))
}

/// Does what a security administrator signed, once, and answers with the accounts of the site.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", security(("administrator" = [])), request_body = AccountActRequest,
    responses((status = 200, body = AccountsResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn act(
    State(centre): State<Arc<Centre>>,
    SiteAdministrator { claims, record: by }: SiteAdministrator,
    Body(request): Body<AccountActRequest>,
) -> Answer<Json<AccountsResponse>> {
    let now = clock::now();
    let act = &request.act.value;
    let second = second(&centre, &request).await?;
    if verify(&request, &by, second.as_ref()).is_err() || act.device != claims.device {
        tracing::warn!(
            device = claims.device.0,
            operator = by.number.as_str(),
            "act on accounts without its signature"
        );
        centre.store.count(Tally::FailedLogins, &Counted::Staff(by.number.clone()), now).await?;
        return Err(ProtocolError::Unauthenticated.into());
    }
    if act.at.since_ms(now).unsigned_abs() > CLOCK_TOLERANCE_MS.unsigned_abs() {
        return Err(ProtocolError::ClockOff { server_time: now }.into());
    }
    let outcome = change(&centre, &request, &by, second.as_ref()).await;
    let code = match &outcome {
        Ok(()) => "ok",
        Err(NotDone::Refused(code)) => code.code(),
        Err(NotDone::Store(_)) => "failed",
    };
    let second = second.as_ref().map_or("", |second| second.number.as_str());
    tracing::info!(target: "audit", device = claims.device.0, operator = by.number.as_str(), second, act = act.word(), code, "act on accounts");
    outcome?;
    let accounts = centre.store.site_accounts(&claims.site, now).await?;
    Ok(Json(AccountsResponse { accounts }))
}

/// Returns the record of who seconds the act, if somebody does.
async fn second(centre: &Centre, request: &AccountActRequest) -> Answer<Option<StaffRecord>> {
    let Some(seconded) = &request.second else { return Ok(None) };
    let account = centre.store.account(&seconded.value.by).await?;
    Ok(account.map(|account| account.record.value))
}

/// Reason why an act was not done.
enum NotDone {
    Refused(Refusal),
    Store(StoreError),
}

impl From<Refusal> for NotDone {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        match error {
            // Somebody else changed one of the accounts in between.
            StoreError::Conflict => Self::Refused(Refusal::AccountChanged),
            other => Self::Store(other),
        }
    }
}

impl From<NotDone> for Refused {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Refused(code) => ProtocolError::Refused { code }.into(),
            NotDone::Store(error) => error.into(),
        }
    }
}

async fn change(
    centre: &Centre,
    request: &AccountActRequest,
    by: &StaffRecord,
    second: Option<&StaffRecord>,
) -> Result<(), NotDone> {
    let now = clock::now();
    let act: &AccountAct = &request.act.value;
    if centre.store.has_account_act(act.id).await? {
        return Ok(());
    }
    let target = match &act.command {
        AccountCommand::Add { accounts } => {
            let numbers: Vec<_> = accounts.iter().map(|account| account.number.clone()).collect();
            if !centre.store.taken_numbers(&numbers).await?.is_empty() {
                return Err(Refusal::AccountExists.into());
            }
            None
        }
        AccountCommand::Change { number, change, .. } => {
            if let AccountChange::Move { site } = change
                && !centre.store.has_site(site).await?
            {
                return Err(Refusal::SiteUnknown.into());
            }
            centre.store.account(number).await?.map(|account| account.next(now))
        }
    };
    let versions = decide(request, by, second, target, now, passwords::key_of_nobody)?;
    let sign = |record| centre.keys.sign(record, "staff record");
    Ok(centre.store.put_account_act(request, versions, now, sign).await?)
}
