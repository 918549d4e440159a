//! Commands for corrections of name and photo, and their approval.

use super::{Answer, Desk};
use ::counter::view::{
    CharacterQuery, CharacterView, CorrectionInput, CorrectionPageView, CorrectionView, CropInput,
    CroppedView, EscalationView, NameView, PageInput, PictureView,
};

/// Returns the escalations of this site.
#[tauri::command]
#[specta::specta]
pub(crate) async fn escalations(desk: Desk<'_>) -> Answer<Vec<EscalationView>> {
    desk.escalations().await
}

/// Returns the corrections of this desk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn corrections(desk: Desk<'_>, page: PageInput) -> Answer<CorrectionPageView> {
    desk.corrections(page).await
}

/// Returns the corrections waiting for an approver here, by age and risk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn approvals(desk: Desk<'_>, page: PageInput) -> Answer<CorrectionPageView> {
    desk.approvals(page).await
}

/// F7: starts a correction for the current citizen, or opens the one in progress.
#[tauri::command]
#[specta::specta]
pub(crate) async fn open_correction(
    desk: Desk<'_>,
    field: rules::correction::Field,
    escalation: Option<String>,
) -> Answer<CorrectionView> {
    desk.open_correction(field, escalation).await
}

/// Returns one correction by its id.
#[tauri::command]
#[specta::specta]
pub(crate) async fn correction(desk: Desk<'_>, id: String) -> Answer<CorrectionView> {
    desk.correction(id).await
}

/// Saves everything typed so far.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_correction(desk: Desk<'_>, input: CorrectionInput) -> Answer<CorrectionView> {
    desk.save_correction(input).await
}

/// Returns a name character by character, as it will print.
#[tauri::command]
#[specta::specta]
pub(crate) async fn inspect_name(desk: Desk<'_>, text: String) -> Answer<NameView> {
    desk.inspect_name(text).await
}

/// Finds characters by the query.
#[tauri::command]
#[specta::specta]
pub(crate) async fn find_characters(desk: Desk<'_>, query: CharacterQuery) -> Answer<Vec<CharacterView>> {
    desk.find_characters(query).await
}

/// Returns a preview frame of the desk camera, as a data URL.
#[tauri::command]
#[specta::specta]
pub(crate) async fn camera_frame(desk: Desk<'_>) -> Answer<String> {
    desk.camera_frame().await
}

/// Takes a picture with the desk camera.
#[tauri::command]
#[specta::specta]
pub(crate) async fn take_picture(desk: Desk<'_>) -> Answer<PictureView> {
    desk.take_picture().await
}

/// Loads a picture file (base64), which is checked before decoding.
#[tauri::command]
#[specta::specta]
pub(crate) async fn load_picture(desk: Desk<'_>, picture: String) -> Answer<PictureView> {
    desk.load_picture(picture).await
}

/// Returns the chip's photo, if it can be decoded.
#[tauri::command]
#[specta::specta]
pub(crate) async fn chip_picture(desk: Desk<'_>) -> Answer<PictureView> {
    desk.chip_picture().await
}

/// Crops a picture to 358 × 441 pixels and measures it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn crop(desk: Desk<'_>, input: CropInput) -> Answer<CroppedView> {
    desk.crop(input).await
}

/// Adds a picture as evidence.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_evidence(
    desk: Desk<'_>,
    id: String,
    kind: rules::correction::EvidenceKind,
    handle: String,
) -> Answer<CorrectionView> {
    desk.add_evidence(id, kind, handle).await
}

/// Removes a piece of evidence from a draft.
#[tauri::command]
#[specta::specta]
pub(crate) async fn remove_evidence(desk: Desk<'_>, id: String, digest: String) -> Answer<CorrectionView> {
    desk.remove_evidence(id, digest).await
}

/// Returns a piece of evidence as a data URL; the view is recorded for the approval.
#[tauri::command]
#[specta::specta]
pub(crate) async fn evidence(desk: Desk<'_>, id: String, digest: String) -> Answer<String> {
    desk.evidence(id, digest).await
}

/// F9: submits a draft for approval.
#[tauri::command]
#[specta::specta]
pub(crate) async fn submit_correction(desk: Desk<'_>, id: String) -> Answer<CorrectionView> {
    desk.submit_correction(id).await
}

/// Withdraws a submitted correction.
#[tauri::command]
#[specta::specta]
pub(crate) async fn withdraw_correction(desk: Desk<'_>, id: String) -> Answer<CorrectionView> {
    desk.withdraw_correction(id).await
}

/// Approves exactly the content that was shown; needs the password again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn approve_correction(
    desk: Desk<'_>,
    id: String,
    digest: String,
    password: String,
    second_factor: Option<String>,
) -> Answer<CorrectionView> {
    desk.approve_correction(id, digest, password, second_factor).await
}

/// Rejects a correction; needs the password again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reject_correction(
    desk: Desk<'_>,
    id: String,
    revision: u32,
    rejection: rules::correction::Rejection,
    password: String,
    second_factor: Option<String>,
) -> Answer<CorrectionView> {
    desk.reject_correction(id, revision, rejection, password, second_factor).await
}
