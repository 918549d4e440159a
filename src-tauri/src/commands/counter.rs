//! Commands for the case in front of the clerk.

use super::{Answer, Counter};
use ::counter::view::{
    AgentInput, CaseRowView, ConfirmInput, CounterView, DocumentInput, Failure, FoundView, RelativeView,
    UnmaskedView,
};
use rules::{Sensitive, handwriting::Unsigned};

/// Returns the current case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn counter(counter: Counter<'_>) -> Answer<CounterView> {
    counter.case.view().await
}

/// F2: reads the card on the reader, again if needed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_card(counter: Counter<'_>) -> Answer<CounterView> {
    counter.case.read_card().await
}

/// Begins an action and moves to the confirmation.
#[tauri::command]
#[specta::specta]
pub(crate) async fn begin(
    counter: Counter<'_>,
    action: rules::life::Action,
    serial: Option<String>,
) -> Answer<CounterView> {
    counter.actions.begin(action, serial).await
}

/// Confirms the action and carries it out.
#[tauri::command]
#[specta::specta]
pub(crate) async fn confirm(counter: Counter<'_>, input: ConfirmInput) -> Answer<CounterView> {
    counter.actions.confirm(input).await
}

/// Leaves the confirmation without doing anything.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_action(counter: Counter<'_>) -> Answer<CounterView> {
    counter.actions.cancel().await
}

/// Closes the case for the next citizen.
#[tauri::command]
#[specta::specta]
pub(crate) async fn next_citizen(counter: Counter<'_>) -> Answer<CounterView> {
    counter.case.next_citizen().await
}

/// F10: suspends the case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn suspend_case(counter: Counter<'_>) -> Answer<CounterView> {
    counter.case.suspend().await
}

/// Resumes a suspended case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resume_case(counter: Counter<'_>, case_number: String) -> Answer<CounterView> {
    counter.case.resume(case_number).await
}

/// F3: returns the cases with this number, a part of it, or the citizen's name, or what a kiosk
/// filed under it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn find_cases(counter: Counter<'_>, text: String) -> Answer<FoundView> {
    counter.escalation.find(text).await
}

/// Returns the cases suspended at this desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn suspended_cases(counter: Counter<'_>) -> Answer<Vec<CaseRowView>> {
    counter.case.suspended().await
}

/// Shows the citizen's number for 30 s; audited (M4).
#[tauri::command]
#[specta::specta]
pub(crate) async fn unmask(counter: Counter<'_>) -> Answer<UnmaskedView> {
    counter.case.unmask().await
}

/// Keeps a phone for the current case; `null` forgets it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn leave_phone(
    counter: Counter<'_>,
    phone: Option<Sensitive<String>>,
) -> Answer<CounterView> {
    counter.case.leave_phone(phone).await
}

/// Notes why the citizen does not sign on the citizen window.
#[tauri::command]
#[specta::specta]
pub(crate) async fn citizen_unsigned(counter: Counter<'_>, reason: Unsigned) -> Answer<CounterView> {
    counter.signatures.leave_unsigned(reason).await
}

/// Asks the citizen once more on the citizen window.
#[tauri::command]
#[specta::specta]
pub(crate) async fn ask_citizen_again(counter: Counter<'_>) -> Answer<CounterView> {
    counter.signatures.ask_again().await
}

/// Notes which correction is open on the page; `null` = none.
#[tauri::command]
#[specta::specta]
pub(crate) async fn attend_correction(counter: Counter<'_>, id: Option<String>) -> Answer<()> {
    counter.correction.attend(id).await
}

/// Keeps a picture as proof of who acts for the holder; returns its name on the form (E9).
#[tauri::command]
#[specta::specta]
pub(crate) async fn keep_proof(counter: Counter<'_>, handle: String) -> Answer<String> {
    counter.agents.keep_proof(handle).await
}

/// Reads the card of a person acting for the holder (E8, E9).
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_agent_card(counter: Counter<'_>) -> Answer<AgentInput> {
    counter.agents.read_card().await
}

/// Returns what is wrong with an ID number while it is typed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_number(counter: Counter<'_>, number: String) -> Answer<Option<Failure>> {
    counter.proofs.check_number(&number)
}

/// Serves a citizen without a card on a paper document (I4).
#[tauri::command]
#[specta::specta]
pub(crate) async fn serve_on_document(counter: Counter<'_>, input: DocumentInput) -> Answer<CounterView> {
    counter.proofs.serve_on_document(input).await
}

/// Serves the citizen whose code was scanned from a phone (I2).
#[tauri::command]
#[specta::specta]
pub(crate) async fn serve_on_code(counter: Counter<'_>, scanned: Sensitive<String>) -> Answer<CounterView> {
    counter.proofs.serve_on_code(scanned).await
}

/// Returns for whom the citizen in front may act (I3).
#[tauri::command]
#[specta::specta]
pub(crate) async fn relatives(counter: Counter<'_>) -> Answer<Vec<RelativeView>> {
    counter.proofs.relatives().await
}

/// Serves a relative of the citizen in front, who becomes the agent (I3).
#[tauri::command]
#[specta::specta]
pub(crate) async fn serve_relative(
    counter: Counter<'_>,
    place: u32,
    masked_name: String,
) -> Answer<CounterView> {
    counter.proofs.serve_relative(place, masked_name).await
}
