//! The centre's calls, as this kiosk makes them.

use channel::{Address, CallError, Identity};
use rules::{
    Sensitive,
    correction::Field,
    life::Action,
    op::CitizenRef,
    wire::{
        CardRequest, Channel, ChannelView, ConfirmRequest, EscalateRequest, EscalateResponse, LoginRequest,
        SessionResponse, SwitchRequest,
    },
};
use serde_json::json;

/// The centre, from this kiosk.
pub(crate) struct Centre(channel::Centre);

impl Centre {
    pub(crate) fn new(address: Address, identity: Identity) -> Self {
        Self(channel::Centre::new(address, Channel::Kiosk, identity))
    }

    /// Asks whether the centre works, and whether it still takes this kiosk.
    pub(crate) async fn check(&self) -> Result<(), CallError> {
        self.0.check().await
    }

    pub(crate) async fn log_in(&self, how: &LoginRequest) -> Result<SessionResponse, CallError> {
        self.0.ask("login", None, Some(how)).await
    }

    pub(crate) async fn switch(
        &self,
        session: &Sensitive<String>,
        to: CitizenRef,
    ) -> Result<SessionResponse, CallError> {
        self.0.ask("switch", Some(session), Some(&SwitchRequest { citizen_ref: to })).await
    }

    pub(crate) async fn view(&self, session: &Sensitive<String>) -> Result<ChannelView, CallError> {
        self.0.ask("view", Some(session), None::<&()>).await
    }

    pub(crate) async fn photo(&self, session: &Sensitive<String>) -> Result<Vec<u8>, CallError> {
        self.0.send("photo", Some(session), None::<&()>).await
    }

    /// Issues a code or reports a loss, after the citizen has confirmed it (L6, L8).
    pub(crate) async fn act(&self, session: &Sensitive<String>, action: Action) -> Result<(), CallError> {
        let what = match action {
            Action::Apply => "apply",
            Action::Reapply => "reapply",
            Action::Reissue => "reissue",
            Action::ReportLoss => "loss",
            Action::Reprint | Action::Replace | Action::Void => return Err(CallError::Forbidden),
        };
        self.0.send(what, Some(session), Some(&ConfirmRequest { confirmed: true })).await?;
        Ok(())
    }

    /// Returns the sheet of the live code as PDF. The centre counts a copy.
    pub(crate) async fn sheet(&self, session: &Sensitive<String>) -> Result<Vec<u8>, CallError> {
        self.0.send("download", Some(session), Some(&json!({}))).await
    }

    /// Reports a wrong name or photo to the windows of the site.
    pub(crate) async fn escalate(
        &self,
        session: &Sensitive<String>,
        field: Field,
    ) -> Result<EscalateResponse, CallError> {
        self.0.ask("escalate", Some(session), Some(&EscalateRequest { field, remark: None })).await
    }

    /// Reports a card whose name is not the registry's.
    pub(crate) async fn report_card(&self, card: &CardRequest) -> Result<EscalateResponse, CallError> {
        self.0.ask("report-card", None, Some(card)).await
    }
}
