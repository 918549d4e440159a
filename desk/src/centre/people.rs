//! Calls in the name of the person at the screen: log-in and accounts, what is shown of citizens,
//! and the board of the site.

use super::{CallError, Centre, http};
use rules::{
    At, Sensitive, StaffNumber,
    wire::{
        AccountActRequest, AccountsResponse, ActivateRequest, BoardCasesRequest, BoardCasesResponse,
        BoardDays, BoardResponse, ChangePasswordRequest, CitizenView, FiguresResponse, LookUpRequest,
        OperatorAuthRequest, OperatorAuthResponse, RelativesRequest, RelativesResponse, RosterRequest,
        RosterResponse, SecondFactorRequest, TakenRequest, TakenResponse, VisitRequest, VisitResponse,
        VisitReturnRequest, VisitReturnResponse, WindowLogInRequest, WindowLogInResponse,
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

    /// Calls `POST /v1/citizens`.
    pub(crate) async fn citizen(
        &self,
        reason: &LookUpRequest,
        operator: Option<Sensitive<String>>,
        now: At,
    ) -> Result<CitizenView, CallError> {
        self.post(&["v1", "citizens"], reason, operator, now).await
    }

    /// Calls `POST /v1/log-ins`.
    pub(crate) async fn window_log_in(
        &self,
        request: &WindowLogInRequest,
        operator: Option<Sensitive<String>>,
        now: At,
    ) -> Result<WindowLogInResponse, CallError> {
        self.post(&["v1", "log-ins"], request, operator, now).await
    }

    /// Calls `POST /v1/relatives`.
    pub(crate) async fn relatives(
        &self,
        request: &RelativesRequest,
        operator: Option<Sensitive<String>>,
        now: At,
    ) -> Result<RelativesResponse, CallError> {
        self.post(&["v1", "relatives"], request, operator, now).await
    }

    /// Calls `POST /v1/institutions`.
    pub(crate) async fn rosters(
        &self,
        request: &RosterRequest,
        operator: Option<Sensitive<String>>,
        now: At,
    ) -> Result<RosterResponse, CallError> {
        self.post(&["v1", "institutions"], request, operator, now).await
    }

    /// Calls `POST /v1/visits`.
    pub(crate) async fn take_kit(
        &self,
        request: &VisitRequest,
        operator: Option<Sensitive<String>>,
        now: At,
    ) -> Result<VisitResponse, CallError> {
        self.post(&["v1", "visits"], request, operator, now).await
    }

    /// Calls `POST /v1/visits/return`.
    pub(crate) async fn return_kit(
        &self,
        request: &VisitReturnRequest,
        operator: Option<Sensitive<String>>,
        now: At,
    ) -> Result<VisitReturnResponse, CallError> {
        self.post(&["v1", "visits", "return"], request, operator, now).await
    }

    /// Calls `GET /v1/board`.
    pub(crate) async fn board(
        &self,
        operator: Sensitive<String>,
        now: At,
    ) -> Result<BoardResponse, CallError> {
        self.get(&["v1", "board"], &[], Some(operator), now).await
    }

    /// Calls `POST /v1/board/figures`.
    pub(crate) async fn board_figures(
        &self,
        days: &BoardDays,
        operator: Sensitive<String>,
        now: At,
    ) -> Result<FiguresResponse, CallError> {
        self.post(&["v1", "board", "figures"], days, Some(operator), now).await
    }

    /// Calls `POST /v1/board/cases`.
    pub(crate) async fn board_cases(
        &self,
        request: &BoardCasesRequest,
        operator: Sensitive<String>,
        now: At,
    ) -> Result<BoardCasesResponse, CallError> {
        self.post(&["v1", "board", "cases"], request, Some(operator), now).await
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
