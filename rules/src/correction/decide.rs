//! The course of a correction: `draft` → `submitted` → `approved` → `applied`, with its ways out.

use super::{
    Actor, Content, Correction, CorrectionCommand, Digest, Field, HolderFacts, Rejection, State,
    reasons::check_content,
};
use crate::{
    Refusal,
    life::{Code, Serial, Standing},
    permission::{Duty, permit},
    time::{At, Day},
};

/// Decides: the correction as it is afterwards.
///
/// `Apply` and `MarkReplaced` are the centre's and the issue's own steps, not those of a person: they ask for no role.
///
/// # Errors
/// The first rule that is against it.
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
        CorrectionCommand::Approve { digest, opened, reauthenticated } => {
            let approval = Approval { digest, opened, reauthenticated: *reauthenticated };
            approve(correction, &approval, actor, holder, at)
        }
        CorrectionCommand::Reject { rejection } => reject(correction, *rejection, actor, at),
        CorrectionCommand::Withdraw => withdraw(correction, actor),
        CorrectionCommand::Apply { registry_version } => apply(correction, *registry_version),
        CorrectionCommand::MarkReplaced => mark_replaced(correction),
    }
}

/// The open correction of a field, if there is one: a second attempt opens it instead of starting another.
pub fn open_correction<'a>(
    corrections: impl IntoIterator<Item = &'a Correction>,
    field: Field,
) -> Option<&'a Correction> {
    corrections.into_iter().find(|correction| correction.field == field && correction.state.is_open())
}

/// One open correction for each field, also when one that was sent back is taken up again: not beside another.
///
/// # Errors
/// [`Refusal::CorrectionOpen`].
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

/// Whether a correction may be put in place whole, started or edited as a draft: by its maker, instead of their own draft or where none
/// is open for the field. Every later step is a command, so that no state can be claimed.
///
/// # Errors
/// [`Refusal::CorrectionState`], [`Refusal::NotTheMaker`], [`Refusal::CorrectionField`] or [`Refusal::CorrectionOpen`].
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
    /// When it was handed in, while it waits for an approver.
    pub const fn submitted_at(&self) -> Option<At> {
        match self {
            Self::Submitted { at } => Some(*at),
            _ => None,
        }
    }

    /// Whether its maker may change it: while it is open, and after it was sent back. After submission that makes a new revision and voids an
    /// approval.
    pub const fn can_be_edited(&self) -> bool {
        self.is_open() || matches!(self, Self::Rejected { .. })
    }

    /// Whether something is still to be done before the registry has the right value.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Draft | Self::Submitted { .. } | Self::Approved { .. } | Self::Conflicted)
    }
}

impl Correction {
    /// Whether a `replace` may be made for it: applied and not used yet. While the centre cannot be asked, one approved here counts
    /// already: its approval reaches the centre before the replacement does. P1 never allows one: its approval voids the code, and what is
    /// voided is applied for again.
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

    /// P1: the codes its approval voids. They were issued with another person's photo.
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
    // A draft nobody has seen may change under the same revision; anything later is a new one and goes through approval again.
    let seen = u32::from(correction.state != State::Draft);
    Ok(Correction {
        maker,
        // The new content names its guardian itself.
        guardian_recorded: content.agent.is_some(),
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
    reauthenticated: bool,
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
    if !approval.reauthenticated {
        return Err(Refusal::ReauthenticationNeeded);
    }
    let digest = correction.content.digest();
    if *approval.digest != digest {
        return Err(Refusal::ContentChanged);
    }
    if !correction.content.evidence.iter().all(|piece| approval.opened.contains(&piece.digest)) {
        return Err(Refusal::EvidenceNotOpened);
    }
    // Checked when it was submitted, and again here: the desk that submitted it may not have been honest.
    check(correction, holder)?;
    Ok(Correction {
        state: State::Approved { approver: actor.staff.clone(), at, digest },
        ..correction.clone()
    })
}

fn reject(
    correction: &Correction,
    rejection: Rejection,
    actor: &Actor,
    at: At,
) -> Result<Correction, Refusal> {
    may_judge(correction, actor)?;
    let (State::Submitted { .. } | State::Approved { .. }) = correction.state else {
        return Err(Refusal::CorrectionState);
    };
    let state = State::Rejected { rejection, approver: actor.staff.clone(), at };
    Ok(Correction { state, ..correction.clone() })
}

/// The maker may, and a supervisor may when the maker has gone home.
fn withdraw(correction: &Correction, actor: &Actor) -> Result<Correction, Refusal> {
    permit(&actor.roles, Duty::Correct)?;
    if correction.maker != actor.staff && !correction.maker.is_empty() {
        permit(&actor.roles, Duty::Approve).map_err(|_| Refusal::NotTheMaker)?;
    }
    if !correction.state.is_open() {
        return Err(Refusal::CorrectionState);
    }
    Ok(Correction { state: State::Withdrawn, ..correction.clone() })
}

/// The centre's step. The approval must be of what is there now and by somebody else than the maker; the registry must be where the approver
/// saw it, or the correction goes back to the maker.
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

/// `replace` may be done once for each correction.
fn mark_replaced(correction: &Correction) -> Result<Correction, Refusal> {
    match correction.state {
        State::Applied { registry_version, replaced: false } => {
            let state = State::Applied { registry_version, replaced: true };
            Ok(Correction { state, ..correction.clone() })
        }
        _ => Err(Refusal::NoApprovedCorrection),
    }
}

/// One escalated by a kiosk has no maker yet: who takes it up becomes it. After that only they may go on with it, so that it stays clear
/// whose work the approver looks at.
fn maker_or_first(correction: &Correction, actor: &Actor) -> Result<String, Refusal> {
    if correction.maker.is_empty() || correction.maker == actor.staff {
        Ok(actor.staff.clone())
    } else {
        Err(Refusal::NotTheMaker)
    }
}

/// Four eyes: whether this person may approve or send back.
///
/// # Errors
/// [`Refusal::NotPermitted`] or [`Refusal::SamePerson`].
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
