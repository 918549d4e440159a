//! The case in front of the clerk: which step it is at, and what moves it on. No I/O here; every transition is a method.

use super::card::Bearer;
use crate::{
    citizen::Citizen,
    view::{Confirmation, Failure, Step, VerifyView},
};
use rules::{
    Day,
    eligibility::age_on,
    life::{Action, Serial, Vantage},
    person::{IdNumber, Name},
};

/// One citizen at the counter.
#[derive(Debug, Default)]
pub(super) struct Case {
    /// Grows with every card and every new case: an answer that comes late finds another number and is dropped.
    pub generation: u64,
    /// Where it stands.
    pub stage: Stage,
    /// Number, once something was done or put aside.
    pub number: Option<String>,
    /// A card lies on the reader.
    pub card_present: bool,
    /// The last thing that went wrong.
    pub failure: Option<Failure>,
    /// Card of somebody acting for the holder, read while confirming (E8, E9).
    pub agent_card: Option<Bearer>,
}

/// Steps, each with what is known there.
#[derive(Debug, Default)]
pub(super) enum Stage {
    /// Waiting for a card.
    #[default]
    Waiting,
    /// A card was found; the bearer is known as soon as it is read, and is being looked up.
    Reading(Option<Box<Bearer>>),
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
pub(super) struct InFront {
    /// As the card says.
    pub bearer: Bearer,
    /// As registry and desk say.
    pub citizen: Citizen,
    /// Registry photo, JPEG.
    pub portrait: Option<Vec<u8>>,
    /// Chip photo, where it can be decoded, JPEG.
    pub chip_portrait: Option<Vec<u8>>,
}

impl InFront {
    /// The right name, else the chip's (order of truth): what is shown, confirmed and printed.
    pub(super) fn name(&self) -> &Name {
        self.citizen.right.name.as_ref().unwrap_or(&self.bearer.name.name)
    }

    /// Completed years today (E4).
    pub(super) fn age(&self) -> u8 {
        age_on(self.bearer.number.birth(), self.citizen.now.at.day())
    }

    /// Decisions are made without the centre.
    pub(super) const fn is_offline(&self) -> bool {
        matches!(self.citizen.now.vantage, Vantage::Offline { .. })
    }
}

/// What is being confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Confirming {
    /// The action.
    pub action: Action,
    /// The code it is about.
    pub serial: Option<Serial>,
}

/// What was done.
#[derive(Debug)]
pub(super) struct Done {
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

impl Case {
    /// The step, for the page.
    pub(super) const fn step(&self) -> Step {
        match self.stage {
            Stage::Waiting => Step::Waiting,
            Stage::Reading(_) => Step::Reading,
            Stage::Known(_) => Step::Citizen,
            Stage::Confirming(..) => Step::Confirm,
            Stage::Working(..) => Step::Working,
            Stage::Done(..) => Step::Done,
        }
    }

    /// Who is in front.
    pub(super) const fn in_front(&self) -> Option<&InFront> {
        match &self.stage {
            Stage::Known(person)
            | Stage::Confirming(person, _)
            | Stage::Working(person, _)
            | Stage::Done(person, _) => Some(person),
            Stage::Waiting | Stage::Reading(_) => None,
        }
    }

    pub(super) const fn in_front_mut(&mut self) -> Option<&mut InFront> {
        match &mut self.stage {
            Stage::Known(person)
            | Stage::Confirming(person, _)
            | Stage::Working(person, _)
            | Stage::Done(person, _) => Some(person),
            Stage::Waiting | Stage::Reading(_) => None,
        }
    }

    pub(super) const fn done_mut(&mut self) -> Option<&mut Done> {
        match &mut self.stage {
            Stage::Done(_, done) => Some(done),
            _ => None,
        }
    }

    fn change(&mut self, next: impl FnOnce(Stage) -> Stage) {
        self.stage = next(std::mem::take(&mut self.stage));
    }

    /// Begins anew, keeping only the knowledge of the reader.
    pub(super) fn next(&mut self) {
        *self = Self { generation: self.generation + 1, card_present: self.card_present, ..Self::default() };
    }

    /// A card was laid on the reader. While somebody is being confirmed or served to the end it is not theirs to disturb.
    pub(super) fn card_found(&mut self) {
        self.card_present = true;
        if matches!(self.stage, Stage::Waiting | Stage::Reading(_) | Stage::Known(_) | Stage::Done(..)) {
            self.next();
            self.stage = Stage::Reading(None);
        }
    }

    /// The card was read. `Some(generation)`: look this person up.
    pub(super) fn card_read(&mut self, bearer: Bearer) -> Option<(u64, IdNumber)> {
        match &self.stage {
            Stage::Reading(_) | Stage::Waiting => {
                self.failure = None;
                let number = bearer.number.clone();
                self.stage = Stage::Reading(Some(Box::new(bearer)));
                Some((self.generation, number))
            }
            Stage::Confirming(person, _) if person.bearer.number != bearer.number => {
                self.agent_card = Some(bearer);
                None
            }
            _ => None,
        }
    }

    /// The card was not read: nothing half done.
    pub(super) fn read_failed(&mut self, failure: Failure) {
        if matches!(self.stage, Stage::Reading(_) | Stage::Waiting) {
            self.stage = Stage::Waiting;
        }
        self.failure = Some(failure);
    }

    /// The person was looked up. Dropped when the card is gone or another case has begun.
    pub(super) fn known(
        &mut self,
        generation: u64,
        citizen: Citizen,
        portrait: Option<Vec<u8>>,
        chip_portrait: Option<Vec<u8>>,
    ) {
        if generation != self.generation {
            return;
        }
        self.change(|stage| match stage {
            Stage::Reading(Some(bearer)) => {
                Stage::Known(Box::new(InFront { bearer: *bearer, citizen, portrait, chip_portrait }))
            }
            other => other,
        });
    }

    /// The card was lifted: the citizen's data leaves the screen, unless they are in the middle of something that they
    /// finish without it (confirming with a guardian's card on the reader, waiting for the verdict, taking the sheet).
    pub(super) fn card_removed(&mut self) {
        self.card_present = false;
        if matches!(self.stage, Stage::Reading(_) | Stage::Known(_)) {
            let failure = self.failure.take();
            self.next();
            self.failure = failure;
        }
    }

    /// An action is chosen.
    pub(super) fn begin(&mut self, confirming: Confirming) -> Result<(), Failure> {
        match std::mem::take(&mut self.stage) {
            Stage::Known(person) | Stage::Done(person, _) => {
                self.failure = None;
                self.agent_card = None;
                self.stage = Stage::Confirming(person, confirming);
                Ok(())
            }
            stage => {
                self.stage = stage;
                Err(super::failure::out_of_step())
            }
        }
    }

    /// Back from confirming.
    pub(super) fn cancel(&mut self) {
        self.failure = None;
        self.agent_card = None;
        self.change(|stage| match stage {
            Stage::Confirming(person, _) => Stage::Known(person),
            other => other,
        });
    }

    /// Confirmed: it is being done.
    pub(super) fn work(&mut self) -> Result<Confirming, Failure> {
        match std::mem::take(&mut self.stage) {
            Stage::Confirming(person, confirming) => {
                self.failure = None;
                self.stage = Stage::Working(person, confirming);
                Ok(confirming)
            }
            stage => {
                self.stage = stage;
                Err(super::failure::out_of_step())
            }
        }
    }

    /// Refused: back to confirming with the reason.
    pub(super) fn refused(&mut self, failure: Failure) {
        self.change(|stage| match stage {
            Stage::Working(person, confirming) => Stage::Confirming(person, confirming),
            other => other,
        });
        self.failure = Some(failure);
    }

    /// Done.
    pub(super) fn finished(&mut self, number: String, done: Done) {
        self.number = Some(number);
        self.change(|stage| match stage {
            Stage::Working(person, _) => Stage::Done(person, Box::new(done)),
            other => other,
        });
    }
}
