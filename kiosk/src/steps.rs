//! What is done for a visit: the calls to the centre and the sheets of one task.

use crate::{
    centre::Centre,
    failure::{Trouble, of_action, of_log_in, of_question},
    printing::{PrintState, Sheets},
    visit::{Held, Task, Ticket},
};
use axum::body::Bytes;
use channel::CallError;
use jiff::{Timestamp, tz};
use paper::referral::{Referral, render};
use rules::{
    Language, Refusal, Sensitive,
    correction::Field,
    life::Action,
    person::{Name, mask_id_number, mask_name},
    wire::{CardRequest, LoginRequest, ReportNumber, SessionResponse},
};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

/// What tasks work with.
pub(crate) struct Parts {
    /// Name of this kiosk at the centre.
    pub(crate) terminal: String,
    pub(crate) practice: bool,
    pub(crate) centre: Centre,
    pub(crate) fonts: Option<paper::Fonts>,
    pub(crate) sheets: Sheets,
}

/// What came of a task.
pub(crate) enum Outcome {
    LoggedIn(Result<Held, Trouble>),
    Acted(Action, Result<Arc<Held>, Trouble>),
    Reported(Result<Ticket, Trouble>),
    Printed(PrintState),
    /// Nothing was printed, and nothing needs to be.
    NotPrinted(Trouble),
}

/// Tells what comes of one task.
pub(crate) struct Teller {
    pub(crate) generation: u64,
    pub(crate) outcomes: mpsc::Sender<(u64, Outcome)>,
}

impl Teller {
    async fn tell(&self, outcome: Outcome) {
        // Nobody listens any more when the program ends.
        let _ = self.outcomes.send((self.generation, outcome)).await;
    }
}

/// Carries out a task and tells what comes of it, in order.
pub(crate) async fn run(task: Task, parts: &Parts, left: watch::Receiver<bool>, teller: &Teller) {
    let Parts { centre, sheets, .. } = parts;
    match task {
        Task::ReadCardAgain => {}
        Task::LogInByCard(card) => teller.tell(log_in(centre, &LoginRequest::IdCard(card)).await).await,
        Task::LogInByCode(token) => {
            teller.tell(log_in(centre, &LoginRequest::LoginToken { token }).await).await
        }
        Task::ActFor(held, relative) => {
            let opened = centre.switch(&held.session, relative).await;
            teller.tell(open(centre, opened.map_err(of_question)).await).await;
        }
        Task::Act(held, action) => {
            teller.tell(Outcome::Acted(action, act(centre, sheets, &held, action).await)).await
        }
        Task::Print(held, action) => match sheet(centre, sheets, &held, action).await {
            Ok(pdf) => print(sheets, pdf, left, teller).await,
            Err(outcome) => teller.tell(outcome).await,
        },
        Task::Report(held, field) => {
            let reported = report(centre, &held, field).await;
            tell_and_print_ticket(reported, parts, left, teller).await;
        }
        Task::ReportCard(card) => {
            let reported = report_card(centre, &card).await;
            tell_and_print_ticket(reported, parts, left, teller).await;
        }
    }
}

async fn print(sheets: &Sheets, pdf: Vec<u8>, left: watch::Receiver<bool>, teller: &Teller) {
    let mut told = sheets.print(pdf, left).await;
    while let Some(state) = told.recv().await {
        teller.tell(Outcome::Printed(state)).await;
    }
}

async fn log_in(centre: &Centre, how: &LoginRequest) -> Outcome {
    open(centre, centre.log_in(how).await.map_err(of_log_in)).await
}

/// Completes a log-in with the photo that the holder confirms (L8).
async fn open(centre: &Centre, opened: Result<SessionResponse, Trouble>) -> Outcome {
    let with_photo = async {
        let SessionResponse { session, view: mut record, .. } = opened?;
        let photo = match record.has_photo {
            true => photo(centre, &session).await?,
            false => None,
        };
        record.has_photo = photo.is_some();
        Ok(Held { session, record, photo })
    };
    Outcome::LoggedIn(with_photo.await)
}

/// Returns the photo; nothing if the registry names one that was never delivered.
async fn photo(centre: &Centre, session: &Sensitive<String>) -> Result<Option<Bytes>, Trouble> {
    match centre.photo(session).await {
        Ok(photo) => Ok(Some(photo.into())),
        Err(CallError::NotFound) => Ok(None),
        Err(error) => Err(of_question(error)),
    }
}

/// Issues a code or reports a loss. Nothing is issued that could not be printed now.
async fn act(
    centre: &Centre,
    sheets: &Sheets,
    held: &Arc<Held>,
    action: Action,
) -> Result<Arc<Held>, Trouble> {
    if action != Action::ReportLoss {
        sheets.ready().await?;
    }
    centre.act(&held.session, action).await.map_err(of_action)?;
    // What may be done next. Without it the citizen logs in again; the act is done all the same.
    let record = match centre.view(&held.session).await {
        Ok(record) => record,
        Err(error) => {
            tracing::info!(%error, "the holder is shown as before the action");
            held.record.clone()
        }
    };
    let (session, photo) = (held.session.clone(), held.photo.clone());
    Ok(Arc::new(Held { session, record, photo }))
}

/// Fetches the sheet of the live code.
async fn sheet(centre: &Centre, sheets: &Sheets, held: &Held, action: Action) -> Result<Vec<u8>, Outcome> {
    // A further copy is counted when it is fetched; a new code has been issued already.
    if action == Action::Reprint {
        sheets.ready().await.map_err(|failure| Outcome::NotPrinted(failure.into()))?;
    }
    centre.sheet(&held.session).await.map_err(|error| match error {
        CallError::Refused(refusal) => Outcome::NotPrinted(Trouble::Refused(refusal)),
        _ if action == Action::Reprint => Outcome::NotPrinted(of_question(error)),
        _ => Outcome::Printed(PrintState::NotPrinted),
    })
}

/// Reports a wrong field of a holder. One that waits for the window already is as good.
async fn report(centre: &Centre, held: &Held, field: Field) -> Result<Ticket, Trouble> {
    let record = &held.record;
    let waiting = record.reports.iter().find(|report| report.field == field && report.open);
    let id = match centre.escalate(&held.session, field).await {
        Ok(filed) => filed.id,
        Err(CallError::Refused(Refusal::CorrectionOpen)) => {
            waiting.map_or_else(Uuid::nil, |report| report.id)
        }
        Err(error) => return Err(of_action(error)),
    };
    let (name, number) = (mask_name(record.name.expose()), record.masked_number.clone());
    Ok(Ticket { number: number_of(id), field, masked_name: name, masked_number: number })
}

async fn report_card(centre: &Centre, card: &CardRequest) -> Result<Ticket, Trouble> {
    let filed = centre.report_card(card).await.map_err(of_action)?;
    let name = Name::read(card.name.expose()).map(|read| read.name.masked()).unwrap_or_default();
    let masked_number = mask_id_number(card.number.expose());
    Ok(Ticket { number: number_of(filed.id), field: Field::Name, masked_name: name, masked_number })
}

/// Returns the number on the ticket. A report that began as a correction at a window has none.
fn number_of(id: Uuid) -> String {
    if id.is_nil() { String::new() } else { ReportNumber::from(id).to_string() }
}

async fn tell_and_print_ticket(
    reported: Result<Ticket, Trouble>,
    parts: &Parts,
    left: watch::Receiver<bool>,
    teller: &Teller,
) {
    let pdf = reported.as_ref().ok().and_then(|ticket| ticket_pdf(ticket, parts));
    let is_filed = reported.is_ok();
    teller.tell(Outcome::Reported(reported)).await;
    match pdf {
        Some(pdf) => print(&parts.sheets, pdf, left, teller).await,
        None if is_filed => teller.tell(Outcome::Printed(PrintState::NotPrinted)).await,
        None => {}
    }
}

fn ticket_pdf(ticket: &Ticket, parts: &Parts) -> Option<Vec<u8>> {
    let shanghai = tz::TimeZone::fixed(tz::offset(8)); // no summer time since 1991
    let referral = Referral {
        number: &ticket.number,
        wrong: ticket.field.label(Language::Chinese),
        masked_name: &ticket.masked_name,
        masked_number: &ticket.masked_number,
        given_at: Timestamp::now().to_zoned(shanghai).datetime(),
        terminal: &parts.terminal,
        practice: parts.practice,
    };
    let pdf = render(parts.fonts.as_ref()?, &referral);
    pdf.inspect_err(|error| tracing::warn!(%error, "a ticket was not made")).ok()
}
