//! Moves a correction through its states, from `draft` to `applied` or to one of the exits.

use super::{
    Actor, Content, Correction, CorrectionCommand, Digest, EvidenceKind, Field, HolderFacts, Rejection,
    State, reasons::check_content,
};
use crate::{
    Refusal,
    life::{Code, Serial, Standing},
    numbers::StaffNumber,
    permission::{Duty, permit},
    time::{At, Day},
};

/// Applies a command to a correction and returns the result.
///
/// `Apply` is a step of the centre and `MarkReplaced` a step of the issue; neither requires a role.
///
/// # Errors
/// The [`Refusal`] of the first rule that forbids the command.
pub fn decide(
    correction: &Correction,
    command: &CorrectionCommand,
    actor: &Actor,
    holder: HolderFacts,
    at: At,
) -> Result<Correction, Refusal> {
    match command {
        CorrectionCommand::Edit { content } => edit(correction, content, actor),
        CorrectionCommand::Submit => submit(correction, actor, holder, at),
        CorrectionCommand::Approve { digest, opened } => {
            let approval = Approval { digest, opened };
            approve(correction, &approval, actor, holder, at)
        }
        CorrectionCommand::Reject { rejection, documents } => {
            reject(correction, (*rejection, documents), actor, at)
        }
        CorrectionCommand::Withdraw => withdraw(correction, actor),
        CorrectionCommand::Apply { registry_version } => apply(correction, *registry_version),
        CorrectionCommand::MarkReplaced => mark_replaced(correction),
    }
}

/// Returns the open correction of a field. A second attempt opens it instead of starting another.
pub fn open_correction<'a>(
    corrections: impl IntoIterator<Item = &'a Correction>,
    field: Field,
) -> Option<&'a Correction> {
    corrections.into_iter().find(|correction| correction.field == field && correction.state.is_open())
}

/// Checks that an edit reopens a rejected correction only if no other is open for its field.
///
/// # Errors
/// [`Refusal::CorrectionOpen`] if another correction of the field is open.
pub fn may_take_up<'a>(
    corrections: impl IntoIterator<Item = &'a Correction>,
    correction: &Correction,
    command: &CorrectionCommand,
) -> Result<(), Refusal> {
    let takes_up = matches!(command, CorrectionCommand::Edit { .. }) && !correction.state.is_open();
    if takes_up && open_correction(corrections, correction.field).is_some() {
        return Err(Refusal::CorrectionOpen);
    }
    Ok(())
}

/// Checks that a correction may be stored as a whole, as a new draft or an edited one.
///
/// Only its maker may do so, in place of their own draft or if no correction of the field is open.
/// Every later step is a command, so a desk cannot claim a state.
///
/// # Errors
/// [`Refusal::CorrectionState`] if either version is not a draft, [`Refusal::NotTheMaker`] for
/// another person's draft, [`Refusal::CorrectionField`] if the field changed,
/// [`Refusal::CorrectionOpen`] if another is open, [`Refusal::NotPermitted`] without the duty.
pub fn may_place<'a>(
    corrections: impl IntoIterator<Item = &'a Correction> + Clone,
    offered: &Correction,
    actor: &Actor,
) -> Result<(), Refusal> {
    permit(&actor.roles, Duty::Correct)?;
    if offered.state != State::Draft {
        return Err(Refusal::CorrectionState);
    }
    if offered.maker != actor.staff {
        return Err(Refusal::NotTheMaker);
    }
    match corrections.clone().into_iter().find(|there| there.id == offered.id) {
        Some(there) if there.maker != offered.maker => Err(Refusal::NotTheMaker),
        Some(there) if there.field != offered.field => Err(Refusal::CorrectionField),
        Some(there) if there.state != State::Draft => Err(Refusal::CorrectionState),
        None if open_correction(corrections, offered.field).is_some() => Err(Refusal::CorrectionOpen),
        Some(_) | None => Ok(()),
    }
}

impl State {
    /// Returns when the correction was submitted, while it waits for an approver.
    pub const fn submitted_at(&self) -> Option<At> {
        match self {
            Self::Submitted { at } => Some(*at),
            _ => None,
        }
    }

    /// Returns whether its maker may edit it: while it is open, and after a rejection.
    ///
    /// An edit after submission makes a new revision and voids an approval.
    pub const fn can_be_edited(&self) -> bool {
        self.is_open() || matches!(self, Self::Rejected { .. })
    }

    /// Returns whether a step is still missing before the registry has the right value.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Draft | Self::Submitted { .. } | Self::Approved { .. } | Self::Conflicted)
    }
}

impl Correction {
    /// Returns whether a `replace` may be made for it: it is applied and was not used yet.
    ///
    /// If the centre cannot be asked, an approved correction is enough, because the approval
    /// reaches the centre before the replacement does. P1 never allows one: its approval voids the
    /// code, and the holder re-applies.
    pub const fn allows_replacement(&self, centre_can_be_asked: bool) -> bool {
        if self.content.reason.flags_security() {
            return false;
        }
        match self.state {
            State::Applied { replaced, .. } => !replaced,
            State::Approved { .. } => !centre_can_be_asked,
            State::Draft
            | State::Submitted { .. }
            | State::Rejected { .. }
            | State::Withdrawn
            | State::Conflicted => false,
        }
    }

    /// Returns the codes that its approval voids (P1). They were issued with
    /// another person's photo.
    pub fn voided_by_approval(&self, codes: &[Code], today: Day) -> Vec<Serial> {
        let ends =
            |code: &&Code| self.content.reason.flags_security() && code.standing(today) == Standing::Live;
        codes.iter().filter(ends).map(|code| code.serial).collect()
    }
}

fn edit(correction: &Correction, content: &Content, actor: &Actor) -> Result<Correction, Refusal> {
    permit(&actor.roles, Duty::Correct)?;
    let maker = maker_or_first(correction, actor)?;
    if !correction.state.can_be_edited() {
        return Err(Refusal::CorrectionState);
    }
    // Nobody has seen a draft, so it keeps its revision. Anything later needs a new approval.
    let seen = u32::from(correction.state != State::Draft);
    Ok(Correction {
        maker,
        // The new content names its own guardian.
        revision: correction.revision + seen,
        content: content.clone(),
        state: State::Draft,
        ..correction.clone()
    })
}

fn submit(
    correction: &Correction,
    actor: &Actor,
    holder: HolderFacts,
    at: At,
) -> Result<Correction, Refusal> {
    permit(&actor.roles, Duty::Correct)?;
    let maker = maker_or_first(correction, actor)?;
    if correction.state != State::Draft {
        return Err(Refusal::CorrectionState);
    }
    check(correction, holder)?;
    Ok(Correction { maker, state: State::Submitted { at }, ..correction.clone() })
}

struct Approval<'a> {
    digest: &'a Digest,
    opened: &'a [Digest],
}

fn approve(
    correction: &Correction,
    approval: &Approval<'_>,
    actor: &Actor,
    holder: HolderFacts,
    at: At,
) -> Result<Correction, Refusal> {
    may_judge(correction, actor)?;
    let State::Submitted { .. } = correction.state else {
        return Err(Refusal::CorrectionState);
    };
    let digest = correction.content.digest();
    if *approval.digest != digest {
        return Err(Refusal::ContentChanged);
    }
    if !correction.content.evidence.iter().all(|piece| approval.opened.contains(&piece.digest)) {
        return Err(Refusal::EvidenceNotOpened);
    }
    // Checked at submission too, but the submitting desk may not have been honest.
    check(correction, holder)?;
    Ok(Correction {
        state: State::Approved { approver: actor.staff.clone(), at, digest },
        ..correction.clone()
    })
}

fn reject(
    correction: &Correction,
    (rejection, documents): (Rejection, &[EvidenceKind]),
    actor: &Actor,
    at: At,
) -> Result<Correction, Refusal> {
    may_judge(correction, actor)?;
    let (State::Submitted { .. } | State::Approved { .. }) = correction.state else {
        return Err(Refusal::CorrectionState);
    };
    if rejection == Rejection::EvidenceMissing && documents.is_empty() {
        return Err(Refusal::DocumentsNotNamed);
    }
    let documents = documents.to_vec();
    let state = State::Rejected { rejection, documents, approver: actor.staff.clone(), at };
    Ok(Correction { state, ..correction.clone() })
}

/// Withdraws a correction. A supervisor may do so in place of the maker, who may have gone home.
fn withdraw(correction: &Correction, actor: &Actor) -> Result<Correction, Refusal> {
    permit(&actor.roles, Duty::Correct)?;
    if correction.maker != actor.staff && !correction.maker.is_nobody() {
        permit(&actor.roles, Duty::Approve).map_err(|_| Refusal::NotTheMaker)?;
    }
    if !correction.state.is_open() {
        return Err(Refusal::CorrectionState);
    }
    Ok(Correction { state: State::Withdrawn, ..correction.clone() })
}

/// Applies an approved correction at the centre.
///
/// The approval must cover the current content and come from another person than the maker. If the
/// registry moved on since the approver saw it, the correction becomes `Conflicted`.
fn apply(correction: &Correction, registry_version: u64) -> Result<Correction, Refusal> {
    let State::Approved { approver, digest, .. } = &correction.state else {
        return Err(Refusal::CorrectionState);
    };
    if *approver == correction.maker {
        return Err(Refusal::SamePerson);
    }
    if *digest != correction.content.digest() {
        return Err(Refusal::ContentChanged);
    }
    let state = if registry_version == correction.content.registry_version {
        State::Applied { registry_version: registry_version + 1, replaced: false }
    } else {
        State::Conflicted
    };
    Ok(Correction { state, ..correction.clone() })
}

/// Marks a correction as used. `replace` may be done once for each correction.
fn mark_replaced(correction: &Correction) -> Result<Correction, Refusal> {
    match correction.state {
        State::Applied { registry_version, replaced: false } => {
            let state = State::Applied { registry_version, replaced: true };
            Ok(Correction { state, ..correction.clone() })
        }
        _ => Err(Refusal::NoApprovedCorrection),
    }
}

/// Returns the maker of a correction.
///
/// A correction escalated by a kiosk has none, so the first person to edit it becomes its maker.
/// After that, only the maker may continue, so the approver knows whose work it is.
fn maker_or_first(correction: &Correction, actor: &Actor) -> Result<StaffNumber, Refusal> {
    if correction.maker.is_nobody() || correction.maker == actor.staff {
        Ok(actor.staff.clone())
    } else {
        Err(Refusal::NotTheMaker)
    }
}

/// Checks that this person may approve or reject the correction (four eyes).
///
/// # Errors
/// [`Refusal::NotPermitted`] without the duty to approve, [`Refusal::SamePerson`] for the maker.
pub fn may_judge(correction: &Correction, actor: &Actor) -> Result<(), Refusal> {
    permit(&actor.roles, Duty::Approve)?;
    if correction.maker == actor.staff { Err(Refusal::SamePerson) } else { Ok(()) }
}

fn check(correction: &Correction, holder: HolderFacts) -> Result<(), Refusal> {
    if holder.under_fourteen {
        holder.guardian?;
    }
    check_content(correction.field, &correction.content, holder)
}
