//! Calls to citizens (回访): who was away when something was decided, and what came of each call.

use crate::{
    core::{Core, CounterEvent},
    format::time_text,
    verdict::verdict_failure,
    view::{CallMadeView, CallView, Failure, SentenceView, UnmaskedView},
    words::sentence,
};
use desk::{
    Desk, DeskError,
    store::{
        Page,
        call_back::{CallMade, CallSubject, DueCall},
    },
};
use rules::{Language, call_back::CallOutcome, case_number::grouped};
use std::sync::Arc;

/// Seconds that a phone is shown in full.
const SHOWN_SECONDS: u8 = 60;

/// Calls to citizens of this desk.
pub struct Calls {
    core: Arc<Core>,
}

impl Calls {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Returns those to be called, the longest decided first.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn list(&self) -> Result<Vec<CallView>, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let page = Page { offset: 0, limit: Page::LIMIT };
        let mut views = Vec::new();
        for due in desk.call_back.due(&operator, page).await?.rows {
            views.push(view(&desk, &due).await?);
        }
        Ok(views)
    }

    /// Shows the phone of somebody to be called in full, for a minute; audited.
    ///
    /// # Errors
    /// Not permitted; nobody is to be called about it; the database fails.
    pub async fn show_phone(&self, id: &str) -> Result<UnmaskedView, Failure> {
        let desk = self.core.desk()?;
        let phone = desk.call_back.show_phone(&desk.session.operator()?, id.parse()?).await?;
        Ok(UnmaskedView { value: phone.into_exposed(), seconds: SHOWN_SECONDS })
    }

    /// Writes down what came of a call. Returns those still to be called.
    ///
    /// # Errors
    /// Not permitted; nobody is to be called about it; the database fails.
    pub async fn record(&self, id: &str, outcome: CallOutcome) -> Result<Vec<CallView>, Failure> {
        let desk = self.core.desk()?;
        desk.call_back.record(&desk.session.operator()?, id.parse()?, outcome).await?;
        self.core.announce(CounterEvent::Status);
        self.list().await
    }
}

async fn view(desk: &Desk, due: &DueCall) -> Result<CallView, Failure> {
    let case = desk.case.get(&due.case_number).await?;
    let (about, name) = about(desk, due.subject).await?;
    let masked_name = match name {
        Some(name) => name,
        None => desk.citizen.masked_name(case.citizen_ref.as_ref()).await?,
    };
    Ok(CallView {
        id: due.subject.to_string(),
        case_number: grouped(&due.case_number),
        masked_name,
        masked_phone: desk.call_back.masked_phone(&due.case_number).await?.unwrap_or_default(),
        about,
        at: time_text(due.at),
        calls: desk.call_back.made(due.subject).await?.into_iter().map(made).collect(),
    })
}

fn made(call: CallMade) -> CallMadeView {
    CallMadeView { outcome: call.outcome, staff: call.operator.into(), at: time_text(call.at) }
}

/// Returns what the citizen is told, with their masked name where the record has it.
async fn about(desk: &Desk, subject: CallSubject) -> Result<(SentenceView, Option<String>), Failure> {
    match subject {
        CallSubject::Correction { id, .. } => {
            let record = desk.correction.get(id).await?;
            let (field, state) = (record.correction.field, record.correction.state.kind());
            let words = |language| (field.label(language), state.label(language));
            let ((zh_field, zh_state), (en_field, en_state)) =
                (words(Language::Chinese), words(Language::English));
            let told = sentence(
                format!("{zh_field}更正：{zh_state}。"),
                format!("Correction of the {}: {en_state}.", en_field.to_lowercase()),
            );
            Ok((told, Some(record.masked_name)))
        }
        CallSubject::Conflict { epoch, seq } => {
            let conflict = desk.lists.conflicts.get((epoch, seq)).await.map_err(|error| match error {
                DeskError::ConflictUnknown => DeskError::CallUnknown,
                error => error,
            })?;
            let told = match verdict_failure(&conflict.verdict) {
                Some(failure) => sentence(failure.zh, failure.en),
                None => sentence("中心重新核定，结论有变。", "The centre decided anew, and otherwise."),
            };
            Ok((told, None))
        }
    }
}
