//! The centre's calls, as this kiosk makes them.

pub(crate) mod wire;

pub(crate) use channel::CallError;

use channel::{Address, Identity};
use rules::{Sensitive, correction::Field, life::Action, wire::Channel};
use serde::Serialize;
use serde_json::json;
use wire::{Filed, HolderRecord, Opened};

/// Number and name as read from an ID card.
#[derive(Clone, Serialize)]
pub(crate) struct CardText {
    pub(crate) number: Sensitive<String>,
    pub(crate) name: Sensitive<String>,
}

impl CardText {
    pub(crate) fn of(number: &str, name: &str) -> Self {
        Self { number: Sensitive::new(number.to_owned()), name: Sensitive::new(name.to_owned()) }
    }
}

/// How a citizen logs in.
#[derive(Clone, Serialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub(crate) enum LogIn {
    /// 身份证登录.
    IdCard(CardText),
    /// 随申办登录 or 亲属码登录: what the phone shows.
    LoginToken { token: Sensitive<String> },
}

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

    pub(crate) async fn log_in(&self, how: &LogIn) -> Result<Opened, CallError> {
        self.0.ask("login", None, Some(how)).await
    }

    pub(crate) async fn switch(&self, session: &Sensitive<String>, to: &str) -> Result<Opened, CallError> {
        self.0.ask("switch", Some(session), Some(&json!({ "citizen_ref": to }))).await
    }

    pub(crate) async fn view(&self, session: &Sensitive<String>) -> Result<HolderRecord, CallError> {
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
        self.0.send(what, Some(session), Some(&json!({ "confirmed": true }))).await?;
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
    ) -> Result<Filed, CallError> {
        self.0.ask("escalate", Some(session), Some(&json!({ "field": field }))).await
    }

    /// Reports a card whose name is not the registry's.
    pub(crate) async fn report_card(&self, card: &CardText) -> Result<Filed, CallError> {
        self.0.ask("report-card", None, Some(card)).await
    }
}
