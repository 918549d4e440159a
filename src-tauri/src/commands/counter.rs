//! The case in front of the clerk.

use super::{Answer, Desk};
use counter::view::{AgentInput, ConfirmInput, CounterView, SuspendedCaseView, UnmaskField, UnmaskedView};

/// The case as it stands.
#[tauri::command]
#[specta::specta]
pub(crate) async fn counter(desk: Desk<'_>) -> Answer<CounterView> {
    desk.counter().await
}

/// F2: reads the card that lies on the reader (again).
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_card(desk: Desk<'_>) -> Answer<CounterView> {
    desk.read_card().await
}

/// Starts an action: goes to Confirm.
#[tauri::command]
#[specta::specta]
pub(crate) async fn begin(
    desk: Desk<'_>,
    action: rules::life::Action,
    serial: Option<String>,
) -> Answer<CounterView> {
    desk.begin(action, serial).await
}

/// Confirms and does it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn confirm(desk: Desk<'_>, input: ConfirmInput) -> Answer<CounterView> {
    desk.confirm(input).await
}

/// Back from Confirm; nothing is done.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_action(desk: Desk<'_>) -> Answer<CounterView> {
    desk.cancel_action().await
}

/// Closes the case.
#[tauri::command]
#[specta::specta]
pub(crate) async fn next_citizen(desk: Desk<'_>) -> Answer<CounterView> {
    desk.next_citizen().await
}

/// F10: puts the case aside.
#[tauri::command]
#[specta::specta]
pub(crate) async fn suspend_case(desk: Desk<'_>) -> Answer<CounterView> {
    desk.suspend_case().await
}

/// Takes a case up again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resume_case(desk: Desk<'_>, case_number: String) -> Answer<CounterView> {
    desk.resume_case(case_number).await
}

/// Cases put aside at this desk.
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

/// Which correction is open on the page, `null` when none is any more.
#[tauri::command]
#[specta::specta]
pub(crate) async fn attend_correction(desk: Desk<'_>, id: Option<String>) -> Answer<()> {
    desk.attend_correction(id).await
}

/// Keeps a picture as a page of proof of who acts for the holder; answers its name on the form (E9).
#[tauri::command]
#[specta::specta]
pub(crate) async fn keep_proof(desk: Desk<'_>, handle: String) -> Answer<String> {
    desk.keep_proof(handle).await
}

/// Reads the card of somebody acting for the holder (E8, E9).
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_agent_card(desk: Desk<'_>) -> Answer<AgentInput> {
    desk.read_agent_card().await
}
