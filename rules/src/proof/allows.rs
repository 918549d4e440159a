//! What each proof may do: the table of I1–I5, for desk and centre.

use super::{AgentProof, Proof, ProvedAgent};
use crate::{
    Day, Policy, Refusal, agent::AgentRole, correction::Field, eligibility::age_on, life::Action,
    person::IdNumber, policy::DOCUMENT_GUARDIAN_YEARS,
};

/// What is done for a citizen on the strength of their proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// First application (首次申领).
    Apply,
    /// New application (再次申领).
    Reapply,
    /// Reissue (补领).
    Reissue,
    /// Loss report (挂失).
    ReportLoss,
    /// Another printed copy (二次打印).
    Reprint,
    /// Replacement after a correction (更正换发).
    Replace,
    /// Correction of the name.
    CorrectName,
    /// Correction of the photo.
    CorrectPhoto,
}

impl Act {
    /// All acts, in the order of the declaration.
    pub const ALL: [Self; 8] = [
        Self::Apply,
        Self::Reapply,
        Self::Reissue,
        Self::ReportLoss,
        Self::Reprint,
        Self::Replace,
        Self::CorrectName,
        Self::CorrectPhoto,
    ];

    /// Returns the act of an action; `None` for a void, which a supervisor does by their own word.
    pub const fn of(action: Action) -> Option<Self> {
        Some(match action {
            Action::Apply => Self::Apply,
            Action::Reapply => Self::Reapply,
            Action::Reissue => Self::Reissue,
            Action::ReportLoss => Self::ReportLoss,
            Action::Reprint => Self::Reprint,
            Action::Replace => Self::Replace,
            Action::Void => return None,
        })
    }

    /// Returns the act of a correction.
    pub const fn correcting(field: Field) -> Self {
        match field {
            Field::Name => Self::CorrectName,
            Field::Photo => Self::CorrectPhoto,
        }
    }

    const fn is_issue(self) -> bool {
        matches!(self, Self::Apply | Self::Reapply | Self::Reissue)
    }
}

impl Proof {
    /// Decides whether the proof allows an act for this holder. `holder: None` counts as of age.
    ///
    /// # Errors
    /// The [`Refusal`] of the proof's row: [`Refusal::CodeNotForName`],
    /// [`Refusal::BoundNotForCorrection`], [`Refusal::DocumentNeedsGuardian`],
    /// [`Refusal::DocumentNeedsSupervisor`], [`Refusal::DocumentNotFor`] and
    /// [`Refusal::RosterNotFor`].
    pub fn allows(
        &self,
        act: Act,
        holder: Option<&IdNumber>,
        today: Day,
        policy: &Policy,
    ) -> Result<(), Refusal> {
        let is_under = |years| holder.is_some_and(|number| age_on(number.birth(), today) < years);
        match self {
            Self::Chip { .. } => Ok(()),
            Self::Code { .. } => refuse_if(act == Act::CorrectName, Refusal::CodeNotForName),
            Self::Bound { agent } => {
                agent.may_do(act, is_under(policy.minor_age_years), Refusal::BoundNotForCorrection)
            }
            Self::Document { .. } if act == Act::ReportLoss => Ok(()),
            Self::Document { guardian, .. } if is_under(DOCUMENT_GUARDIAN_YEARS) => {
                let guardian = guardian.as_ref().ok_or(Refusal::DocumentNeedsGuardian)?;
                refuse_if(guardian.role != AgentRole::Guardian, Refusal::DocumentNeedsGuardian)?;
                guardian.may_do(act, true, Refusal::DocumentNeedsGuardian)
            }
            Self::Document { confirmed, .. } => {
                refuse_if(!act.is_issue(), Refusal::DocumentNotFor)?;
                refuse_if(confirmed.is_none(), Refusal::DocumentNeedsSupervisor)
            }
            Self::Roster { .. } => refuse_if(!(act.is_issue() || act == Act::Reprint), Refusal::RosterNotFor),
        }
    }
}

impl ProvedAgent {
    /// Issues, losses and reprints are any agent's; corrections and what follows from them are a
    /// guardian's. A log-in on a phone is not enough for a name, as for the citizen (I2).
    fn may_do(&self, act: Act, is_minor: bool, otherwise: Refusal) -> Result<(), Refusal> {
        let is_of_correction = matches!(act, Act::Replace | Act::CorrectName | Act::CorrectPhoto);
        if is_of_correction && !(self.role == AgentRole::Guardian && is_minor) {
            return Err(otherwise);
        }
        let by_code = matches!(self.by, AgentProof::Code { .. });
        refuse_if(by_code && act == Act::CorrectName, Refusal::CodeNotForName)
    }
}

const fn refuse_if(is_refused: bool, refusal: Refusal) -> Result<(), Refusal> {
    if is_refused { Err(refusal) } else { Ok(()) }
}
