//! Calls about accounts: log-in, what people set themselves, and acts of security administrators.

use super::{Centre, http, http::CallError};
use rules::{
    At, Sensitive, StaffNumber,
    wire::{
        AccountActRequest, AccountsResponse, ActivateRequest, ChangePasswordRequest, OperatorAuthRequest,
        OperatorAuthResponse, SecondFactorRequest, TakenRequest, TakenResponse,
    },
};
use serde::Serialize;

impl Centre {
    /// Calls `POST /v1/auth/operator`.
    pub(crate) async fn operator_login(
        &self,
        request: &OperatorAuthRequest,
        now: At,
    ) -> Result<OperatorAuthResponse, CallError> {
        // A refusal is about the person here, never about the device's token.
        let token = self.device_token(now).await?;
        http::json(self.send_as(&token, &["v1", "auth", "operator"], request).await?).await
    }

    /// Calls `POST /v1/auth/password`.
    pub(crate) async fn change_password(
        &self,
        request: &ChangePasswordRequest,
        operator: &Sensitive<String>,
    ) -> Result<OperatorAuthResponse, CallError> {
        // As for a log-in: no other token does.
        http::json(self.send_as(operator, &["v1", "auth", "password"], request).await?).await
    }

    /// Calls `POST /v1/auth/activate`.
    pub(crate) async fn activate(
        &self,
        request: &ActivateRequest,
        now: At,
    ) -> Result<OperatorAuthResponse, CallError> {
        // As for a log-in: a refusal is about the person here.
        let token = self.device_token(now).await?;
        http::json(self.send_as(&token, &["v1", "auth", "activate"], request).await?).await
    }

    /// Calls `POST /v1/auth/second-factor`.
    pub(crate) async fn set_second_factor(
        &self,
        request: &SecondFactorRequest,
        operator: &Sensitive<String>,
    ) -> Result<(), CallError> {
        self.send_as(operator, &["v1", "auth", "second-factor"], request).await.map(|_| ())
    }

    /// Calls `GET /v1/accounts`.
    pub(crate) async fn accounts(&self, operator: &Sensitive<String>) -> Result<AccountsResponse, CallError> {
        let target = self.path(&["v1", "accounts"])?;
        http::json(http::send(self.client().get(target).bearer_auth(operator.expose())).await?).await
    }

    /// Calls `POST /v1/accounts`.
    pub(crate) async fn administer(
        &self,
        request: &AccountActRequest,
        operator: &Sensitive<String>,
    ) -> Result<AccountsResponse, CallError> {
        http::json(self.send_as(operator, &["v1", "accounts"], request).await?).await
    }

    /// Calls `POST /v1/accounts/taken`.
    pub(crate) async fn taken_numbers(
        &self,
        numbers: Vec<StaffNumber>,
        operator: &Sensitive<String>,
    ) -> Result<TakenResponse, CallError> {
        let request = TakenRequest { numbers };
        http::json(self.send_as(operator, &["v1", "accounts", "taken"], &request).await?).await
    }

    /// Sends with this token and no other: a refusal is about the person, not about the desk.
    async fn send_as<B: Serialize>(
        &self,
        token: &Sensitive<String>,
        segments: &[&str],
        body: &B,
    ) -> Result<reqwest::Response, CallError> {
        let target = self.path(segments)?;
        http::send(self.client().post(target).bearer_auth(token.expose()).json(body)).await
    }
}
