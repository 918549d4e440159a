//! The citizen's answer to a correction: asked on the citizen window once the form is complete, and
//! kept as evidence when it is submitted.

use super::{
    Corrections,
    draft::{Draft, find},
};
use crate::{
    case::{CorrectionAsked, answer_to_correction, ask_about_correction, is_answer},
    core::CounterEvent,
    view::{CorrectionView, Failure},
};
use desk::Desk;
use rules::correction::{Content, CorrectionState, Digest, EvidenceKind};
use uuid::Uuid;

/// Asks the citizen in front about the draft that is shown, if nothing stands against submitting
/// it, and returns what is shown.
pub(super) async fn asked(
    corrections: &Corrections,
    desk: &Desk,
    (id, view): (Uuid, CorrectionView),
) -> Result<CorrectionView, Failure> {
    if view.state != CorrectionState::Draft || !corrections.core.config().citizen_window.asks_signature() {
        return Ok(view);
    }
    let whose = match find(desk, id).await? {
        Some(super::Saved::Readable(draft)) => *draft,
        _ => return Ok(view),
    };
    let in_front = corrections.case.state().in_front().map(|person| person.citizen.citizen_ref.clone());
    let is_complete = view.problems.is_empty() && in_front == Some(desk.citizen_ref(&whose.number));
    let complete = is_complete.then(|| question(&whose, &view)).transpose()?;
    if ask_about_correction(&corrections.core, &corrections.case, id, complete) {
        corrections.core.announce(CounterEvent::Case);
    }
    Ok(view)
}

fn question(draft: &Draft, view: &CorrectionView) -> Result<CorrectionAsked, Failure> {
    let text = |name: &crate::view::NameView| name.text.clone();
    let (before, after) = match (&view.names, &view.photos) {
        (Some(names), _) => (Some(text(&names.before)), names.after.as_ref().map(text)),
        (None, Some(photos)) => (photos.before.clone(), photos.after.clone()),
        (None, None) => (None, None),
    };
    Ok(CorrectionAsked { id: draft.id, field: draft.field, content: content_digest(draft)?, before, after })
}

/// Puts the citizen's answer among the evidence of a draft that is being submitted, in the place of
/// an earlier one.
///
/// # Errors
/// 有误 on the citizen window; the database fails.
pub(super) async fn attach_answer(
    corrections: &Corrections,
    desk: &Desk,
    draft: &mut Draft,
    content: &Digest,
) -> Result<(), Failure> {
    let place = (&*corrections.core, &*corrections.case);
    let about = (draft.id, draft.field, content);
    let answer = answer_to_correction(place, desk, &draft.case_number, about)?;
    draft.evidence.retain(|piece| !is_answer(piece.kind));
    match answer {
        Some(record) => corrections.attach(desk, draft, EvidenceKind::Signature, &record).await,
        None => Ok(()),
    }
}

/// Takes the question back: the correction was submitted or withdrawn.
pub(super) fn forget(corrections: &Corrections, id: Uuid) {
    ask_about_correction(&corrections.core, &corrections.case, id, None);
}

/// Returns the digest of what the citizen is asked about: the content without their answer.
pub(super) fn content_digest(draft: &Draft) -> Result<Digest, Failure> {
    let content = draft.content()?;
    let mut evidence = content.evidence;
    evidence.retain(|piece| !is_answer(piece.kind));
    Ok(Content { evidence, ..content }.digest())
}
