//! Commands for corrections of name and photo, and their approval.

use super::{Answer, Counter};
use ::counter::view::{
    CharacterQuery, CharacterView, CorrectionInput, CorrectionPageView, CorrectionView, CropInput,
    CroppedView, EscalationView, PageInput, PictureView,
};
use rules::Sensitive;

/// Returns the escalations of this site.
#[tauri::command]
#[specta::specta]
pub(crate) async fn escalations(counter: Counter<'_>) -> Answer<Vec<EscalationView>> {
    counter.escalation.list().await
}

/// Closes an escalation without a correction. Returns those that still wait.
#[tauri::command]
#[specta::specta]
pub(crate) async fn dismiss_escalation(
    counter: Counter<'_>,
    id: String,
    reason: rules::correction::Dismissal,
) -> Answer<Vec<EscalationView>> {
    counter.escalation.dismiss(id, reason).await
}

/// Returns the corrections of this desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn corrections(counter: Counter<'_>, page: PageInput) -> Answer<CorrectionPageView> {
    counter.correction.list(page).await
}

/// Returns the corrections waiting for an approver here, by age and risk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn approvals(counter: Counter<'_>, page: PageInput) -> Answer<CorrectionPageView> {
    counter.approval.list(page).await
}

/// F7: starts a correction for the current citizen, or opens the one in progress.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_correction(
    counter: Counter<'_>,
    field: rules::correction::Field,
    escalation: Option<String>,
) -> Answer<CorrectionView> {
    counter.correction.open(field, escalation).await
}

/// Returns one correction by its id.
#[tauri::command]
#[specta::specta]
pub(crate) async fn correction(counter: Counter<'_>, id: String) -> Answer<CorrectionView> {
    counter.correction.view(id).await
}

/// Saves everything typed so far.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_correction(counter: Counter<'_>, input: CorrectionInput) -> Answer<CorrectionView> {
    counter.correction.save(input).await
}

/// Finds characters by the query.
#[tauri::command]
#[specta::specta]
pub(crate) async fn find_characters(
    counter: Counter<'_>,
    query: CharacterQuery,
) -> Answer<Vec<CharacterView>> {
    counter.names.find_characters(query).await
}

/// Returns a preview frame of the desk camera, as a data URL.
#[tauri::command]
#[specta::specta]
pub(crate) async fn camera_frame(counter: Counter<'_>) -> Answer<String> {
    counter.photos.camera_frame().await
}

/// Takes a picture with the desk camera.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_picture(counter: Counter<'_>) -> Answer<PictureView> {
    counter.photos.take().await
}

/// Loads a picture file (base64), which is checked before decoding.
#[tauri::command]
#[specta::specta]
pub(crate) async fn load_picture(counter: Counter<'_>, picture: String) -> Answer<PictureView> {
    counter.photos.load(picture).await
}

/// Returns the chip's photo, if it can be decoded.
#[tauri::command]
#[specta::specta]
pub(crate) async fn chip_picture(counter: Counter<'_>) -> Answer<PictureView> {
    counter.case.chip_picture().await
}

/// Crops a picture to 358 × 441 pixels and measures it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn crop(counter: Counter<'_>, input: CropInput) -> Answer<CroppedView> {
    counter.photos.crop(input).await
}

/// Adds a picture as evidence.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_evidence(
    counter: Counter<'_>,
    id: String,
    kind: rules::correction::EvidenceKind,
    handle: String,
) -> Answer<CorrectionView> {
    counter.correction.add_evidence(id, kind, handle).await
}

/// Removes a piece of evidence from a draft.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_evidence(
    counter: Counter<'_>,
    id: String,
    digest: String,
) -> Answer<CorrectionView> {
    counter.correction.remove_evidence(id, digest).await
}

/// Returns a piece of evidence as a data URL; the view is recorded for the approval.
#[tauri::command]
#[specta::specta]
pub(crate) async fn evidence(counter: Counter<'_>, id: String, digest: String) -> Answer<String> {
    counter.correction.evidence(id, digest).await
}

/// F9: submits a draft for approval.
#[tauri::command]
#[specta::specta]
pub(crate) async fn submit_correction(counter: Counter<'_>, id: String) -> Answer<CorrectionView> {
    counter.correction.submit(id).await
}

/// Withdraws a submitted correction.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_correction(counter: Counter<'_>, id: String) -> Answer<CorrectionView> {
    counter.correction.withdraw(id).await
}

/// Approves exactly the content that was shown; needs the password again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn approve_correction(
    counter: Counter<'_>,
    id: String,
    digest: String,
    password: Sensitive<String>,
) -> Answer<CorrectionView> {
    counter.approval.approve(id, digest, password).await
}

/// Rejects a correction; needs the password again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reject_correction(
    counter: Counter<'_>,
    id: String,
    revision: u32,
    rejection: rules::correction::Rejection,
    documents: Vec<rules::correction::EvidenceKind>,
    password: Sensitive<String>,
) -> Answer<CorrectionView> {
    counter.approval.reject(id, revision, (rejection, documents), password).await
}
