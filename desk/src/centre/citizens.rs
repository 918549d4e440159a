//! Calls that show something of citizens: look-ups, log-ins, rosters, kits of home visits. All are
//! made with the token of the person at the screen.

use super::{CallError, Centre};
use rules::{
    At, Sensitive,
    wire::{
        CitizenView, LookUpRequest, RelativesRequest, RelativesResponse, RosterRequest, RosterResponse,
        VisitRequest, VisitResponse, VisitReturnRequest, VisitReturnResponse, WindowLogInRequest,
        WindowLogInResponse,
    },
};

impl Centre {
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
}
