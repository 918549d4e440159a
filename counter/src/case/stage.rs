//! The steps of a case, each with what is known there.

use super::card::CardHolder;
use crate::{
    view::{Confirmation, EligibilityView, Failure, VerifyView},
    words,
};
use desk::citizen::Citizen;
use rules::{
    Day, Policy, Refusal,
    life::{Action, Code, Serial, Standing, Vantage},
    op::CitizenRef,
    person::Name,
    proof::Act,
};

/// A resumed case whose citizen's card was not read yet.
#[derive(Debug)]
pub(crate) struct Resumed {
    /// Number of the case.
    pub number: String,
    /// The citizen of the case.
    pub citizen_ref: Option<CitizenRef>,
}

impl Resumed {
    /// Tells whether the case belongs to this citizen. One without a citizen belongs to nobody.
    pub(crate) fn fits(&self, citizen_ref: &CitizenRef) -> bool {
        self.citizen_ref.as_ref() == Some(citizen_ref)
    }
}

/// A case that was left because a card was lifted or the next one laid. Its file must not stay
/// open.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Left {
    /// Number of the case.
    pub number: String,
    /// The requested action is done, or the citizen was told in writing why it cannot be.
    pub is_done: bool,
}

/// Steps, each with what is known there.
#[derive(Debug, Default)]
pub(crate) enum Stage {
    /// Waiting for a card.
    #[default]
    Waiting,
    /// A card was found. The holder is known once it is read, and is then looked up.
    Reading(Option<Box<CardHolder>>),
    /// A citizen is in front.
    Known(Box<InFront>),
    /// An action is being confirmed.
    Confirming(Box<InFront>, Confirming),
    /// The action is being written down; the verdict is awaited.
    Working(Box<InFront>, Confirming),
    /// The action is done.
    Done(Box<InFront>, Box<Done>),
}

/// The citizen in front and everything known of them.
#[derive(Debug)]
pub(crate) struct InFront {
    /// The citizen according to the card.
    pub card_holder: CardHolder,
    /// The citizen according to registry and desk.
    pub citizen: Citizen,
    /// Registry photo, JPEG.
    pub portrait: Option<Vec<u8>>,
    /// Chip photo, where it can be decoded, JPEG.
    pub chip_portrait: Option<Vec<u8>>,
}

impl InFront {
    /// Returns the registry's name, else the chip's (order of truth). It is shown, confirmed and
    /// printed.
    pub(crate) fn name(&self) -> &Name {
        self.citizen.right.name.as_ref().unwrap_or(&self.card_holder.name.name)
    }

    /// Returns whether they may hold a code, in words (E1–E8).
    pub(crate) fn eligibility(&self, policy: &Policy) -> EligibilityView {
        let (birth, today) = (self.card_holder.number.birth(), self.citizen.now.at.day());
        words::eligibility(self.citizen.holder.eligibility, birth, today, policy)
    }

    /// Returns the code that lives today.
    pub(crate) fn live_code(&self) -> Option<&Code> {
        let today = self.citizen.now.at.day();
        self.citizen.holder.codes.iter().rev().find(|code| code.standing(today) == Standing::Live)
    }

    /// Decides whether the proof of the citizen allows an action (I1–I5).
    pub(crate) fn allows(&self, action: Action, policy: &Policy) -> Result<(), Refusal> {
        let (holder, today) = (&self.card_holder, self.citizen.now.at.day());
        let act = Act::of(action);
        act.map_or(Ok(()), |act| holder.proof.allows(act, Some(&holder.number), today, policy))
    }

    /// Works as [`Self::allows`]; a guardian or a supervisor may still come.
    pub(crate) fn may_begin(&self, action: Action, policy: &Policy) -> Result<(), Refusal> {
        let (holder, today) = (&self.card_holder, self.citizen.now.at.day());
        let act = Act::of(action);
        act.map_or(Ok(()), |act| holder.proof.may_begin(act, &holder.number, today, policy))
    }

    /// Tells whether decisions are made without the centre.
    pub(crate) const fn is_offline(&self) -> bool {
        matches!(self.citizen.now.vantage, Vantage::Offline { .. })
    }
}

/// The action being confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Confirming {
    pub action: Action,
    /// The code it is about.
    pub serial: Option<Serial>,
}

/// The action that was done.
#[derive(Debug)]
pub(crate) struct Done {
    pub action: Action,
    /// The code it was about.
    pub serial: Option<Serial>,
    /// Its last valid day.
    pub valid_through: Option<Day>,
    /// Sequence number of the operation: verdicts that come later find it.
    pub seq: Option<u64>,
    /// The verdict of the centre so far.
    pub confirmation: Confirmation,
    /// Why the centre refused it.
    pub refusal: Option<Failure>,
    /// The sheet, scanned back.
    pub scan_back: Option<VerifyView>,
}
