//! Commands for collective service (集体代办).

use super::{Answer, Counter};
use ::counter::view::{CollectiveView, JobPageView, PageInput, Paper, SheetLayout};

/// Returns the screen of collective service.
#[tauri::command]
#[specta::specta]
pub(crate) async fn collective(counter: Counter<'_>) -> Answer<CollectiveView> {
    counter.collective.view().await
}

/// Takes the person in front as the agent of an institution.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_institution_agent(counter: Counter<'_>) -> Answer<CollectiveView> {
    counter.collective.take_agent().await
}

/// Makes a job of a file's people (Base64), or of the whole roster.
#[tauri::command]
#[specta::specta]
pub(crate) async fn begin_job(
    counter: Counter<'_>,
    institution: String,
    file: Option<String>,
) -> Answer<CollectiveView> {
    counter.collective.begin(institution, file).await
}

/// Puts a job on screen.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_job(counter: Counter<'_>, id: String) -> Answer<CollectiveView> {
    counter.collective.open(id).await
}

/// Leaves the job on screen and lets the agent go.
#[tauri::command]
#[specta::specta]
pub(crate) async fn leave_job(counter: Counter<'_>) -> Answer<CollectiveView> {
    counter.collective.leave().await
}

/// Returns a page of the job's people.
#[tauri::command]
#[specta::specta]
pub(crate) async fn job_people(counter: Counter<'_>, page: PageInput) -> Answer<JobPageView> {
    counter.collective.people(page).await
}

/// Keeps a picture as a page of the consent list.
#[tauri::command]
#[specta::specta]
pub(crate) async fn keep_consent_list(counter: Counter<'_>, handle: String) -> Answer<CollectiveView> {
    counter.collective.keep_consent(handle).await
}

/// Issues to everybody who may have a code, in the background.
#[tauri::command]
#[specta::specta]
pub(crate) async fn run_job(counter: Counter<'_>) -> Answer<CollectiveView> {
    counter.collective.run().await
}

/// Pauses the job.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pause_job(counter: Counter<'_>) -> Answer<CollectiveView> {
    counter.collective.pause().await
}

/// Ends the job early.
#[tauri::command]
#[specta::specta]
pub(crate) async fn cancel_job(counter: Counter<'_>) -> Answer<CollectiveView> {
    counter.collective.cancel().await
}

/// Prints a paper of the job.
#[tauri::command]
#[specta::specta]
pub(crate) async fn print_job(
    counter: Counter<'_>,
    paper: Paper,
    layout: SheetLayout,
) -> Answer<CollectiveView> {
    counter.collective.print(paper, layout).await
}

/// Prints one person's sheet again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reprint_of_job(
    counter: Counter<'_>,
    position: u32,
    layout: SheetLayout,
) -> Answer<CollectiveView> {
    counter.collective.reprint(position, layout).await
}

/// Records whether a person's sheet is good.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sheet_of_job(counter: Counter<'_>, position: u32, good: bool) -> Answer<CollectiveView> {
    counter.collective.record_outcome(position, good).await
}

/// Records that all other sheets of the job are good.
#[tauri::command]
#[specta::specta]
pub(crate) async fn rest_of_job_good(counter: Counter<'_>) -> Answer<CollectiveView> {
    counter.collective.record_rest_good().await
}

/// Writes the result to a file; returns its path.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_job(counter: Counter<'_>) -> Answer<String> {
    counter.collective.export().await
}
