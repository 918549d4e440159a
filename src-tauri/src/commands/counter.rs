//! Commands for the case in front of the clerk.

use super::{Answer, Desk};
use ::counter::view::{AgentInput, ConfirmInput, CounterView, SuspendedCaseView, UnmaskField, UnmaskedView};

/// Returns the current case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn counter(desk: Desk<'_>) -> Answer<CounterView> {
    desk.counter().await
}

/// F2: reads the card on the reader, again if needed.
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_card(desk: Desk<'_>) -> Answer<CounterView> {
    desk.read_card().await
}

/// Begins an action and moves to the confirmation.
#[tauri::command]
#[specta::specta]
pub(crate) async fn begin(
    desk: Desk<'_>,
    action: rules::life::Action,
    serial: Option<String>,
) -> Answer<CounterView> {
    desk.begin(action, serial).await
}

/// Confirms the action and carries it out.
#[tauri::command]
#[specta::specta]
pub(crate) async fn confirm(desk: Desk<'_>, input: ConfirmInput) -> Answer<CounterView> {
    desk.confirm(input).await
}

/// Leaves the confirmation without doing anything.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_action(desk: Desk<'_>) -> Answer<CounterView> {
    desk.cancel_action().await
}

/// Closes the case for the next citizen.
#[tauri::command]
#[specta::specta]
pub(crate) async fn next_citizen(desk: Desk<'_>) -> Answer<CounterView> {
    desk.next_citizen().await
}

/// F10: suspends the case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn suspend_case(desk: Desk<'_>) -> Answer<CounterView> {
    desk.suspend_case().await
}

/// Resumes a suspended case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resume_case(desk: Desk<'_>, case_number: String) -> Answer<CounterView> {
    desk.resume_case(case_number).await
}

/// Returns the cases suspended at this desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn suspended_cases(desk: Desk<'_>) -> Answer<Vec<SuspendedCaseView>> {
    desk.suspended_cases().await
}

/// Shows one field unmasked for 30 s; audited (M4).
#[tauri::command]
#[specta::specta]
pub(crate) async fn unmask(desk: Desk<'_>, field: UnmaskField) -> Answer<UnmaskedView> {
    desk.unmask(field).await
}

/// Notes which correction is open on the page; `null` = none.
#[tauri::command]
#[specta::specta]
pub(crate) async fn attend_correction(desk: Desk<'_>, id: Option<String>) -> Answer<()> {
    desk.attend_correction(id).await
}

/// Keeps a picture as proof of who acts for the holder; returns its name on the form (E9).
#[tauri::command]
#[specta::specta]
pub(crate) async fn keep_proof(desk: Desk<'_>, handle: String) -> Answer<String> {
    desk.keep_proof(handle).await
}

/// Reads the card of a person acting for the holder (E8, E9).
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_agent_card(desk: Desk<'_>) -> Answer<AgentInput> {
    desk.read_agent_card().await
}
