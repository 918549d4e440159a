//! The steps of a case, each with what is known there.

use super::card::CardHolder;
use crate::view::{Confirmation, Failure, VerifyView};
use desk::citizen::Citizen;
use rules::{
    Day,
    eligibility::age_on,
    life::{Action, Code, Serial, Standing, Vantage},
    op::CitizenRef,
    person::Name,
};

/// A case taken up again, before its citizen's card was read.
#[derive(Debug)]
pub(crate) struct Resumed {
    /// Its number.
    pub number: String,
    /// Whose it is.
    pub citizen_ref: Option<CitizenRef>,
}

impl Resumed {
    /// Whether it is this citizen's.
    pub(crate) fn fits(&self, citizen_ref: &CitizenRef) -> bool {
        self.citizen_ref.as_ref().is_none_or(|whose| whose == citizen_ref)
    }
}

/// A case that was left without anybody saying so: a card was lifted, or the next one laid. Its
/// file must not stay open.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Left {
    /// Its number.
    pub number: String,
    /// What was asked for is done.
    pub is_done: bool,
}

/// Steps, each with what is known there.
#[derive(Debug, Default)]
pub(crate) enum Stage {
    /// Waiting for a card.
    #[default]
    Waiting,
    /// A card was found; the card_holder is known as soon as it is read, and is being looked up.
    Reading(Option<Box<CardHolder>>),
    /// Somebody is in front.
    Known(Box<InFront>),
    /// An action is being confirmed.
    Confirming(Box<InFront>, Confirming),
    /// It is being written down; the verdict is waited for.
    Working(Box<InFront>, Confirming),
    /// It is done.
    Done(Box<InFront>, Box<Done>),
}

/// Who is in front and what is known of them.
#[derive(Debug)]
pub(crate) struct InFront {
    /// As the card says.
    pub card_holder: CardHolder,
    /// As registry and desk say.
    pub citizen: Citizen,
    /// Registry photo, JPEG.
    pub portrait: Option<Vec<u8>>,
    /// Chip photo, where it can be decoded, JPEG.
    pub chip_portrait: Option<Vec<u8>>,
}

impl InFront {
    /// The right name, else the chip's (order of truth): what is shown, confirmed and printed.
    pub(crate) fn name(&self) -> &Name {
        self.citizen.right.name.as_ref().unwrap_or(&self.card_holder.name.name)
    }

    /// Completed years today (E4).
    pub(crate) fn age(&self) -> u8 {
        age_on(self.card_holder.number.birth(), self.citizen.now.at.day())
    }

    /// Returns the code that lives today.
    pub(crate) fn live_code(&self) -> Option<&Code> {
        let today = self.citizen.now.at.day();
        self.citizen.holder.codes.iter().rev().find(|code| code.standing(today) == Standing::Live)
    }

    /// Decisions are made without the centre.
    pub(crate) const fn is_offline(&self) -> bool {
        matches!(self.citizen.now.vantage, Vantage::Offline { .. })
    }
}

/// What is being confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Confirming {
    /// The action.
    pub action: Action,
    /// The code it is about.
    pub serial: Option<Serial>,
}

/// What was done.
#[derive(Debug)]
pub(crate) struct Done {
    /// The action.
    pub action: Action,
    /// The code it was about.
    pub serial: Option<Serial>,
    /// Its last valid day.
    pub valid_through: Option<Day>,
    /// Sequence number of the operation: verdicts that come later find it.
    pub seq: Option<u64>,
    /// What the centre says.
    pub confirmation: Confirmation,
    /// Why not confirmed.
    pub refusal: Option<Failure>,
    /// The sheet, scanned back.
    pub scan_back: Option<VerifyView>,
}
