//! The case in front of the clerk: which step it is at, and what moves it on. No I/O here; every
//! transition is a method.

use super::card::Bearer;
use crate::view::{Confirmation, Failure, Step, VerifyView};
use desk::citizen::Citizen;
use rules::{
    Day,
    correction::Digest,
    eligibility::age_on,
    failure::CounterFailure,
    life::{Action, Serial, Vantage},
    op::CitizenRef,
    person::{IdNumber, Name},
};

/// One citizen at the counter.
#[derive(Debug, Default)]
pub(super) struct Case {
    /// Grows with every card that is laid or read and every new case: an answer that comes late
    /// finds another number and is dropped.
    pub generation: u64,
    /// Where it stands.
    pub stage: Stage,
    /// Number, once something was done or put aside. Only while somebody is in front.
    pub number: Option<String>,
    /// A case taken up again by its number, which waits for its citizen's card.
    pub resumed: Option<Resumed>,
    /// A card lies on the reader.
    pub card_present: bool,
    /// The holder's own card was lifted since it was read.
    pub holder_away: bool,
    /// Whose correction is open on the page: their case stays while cards are lifted and laid.
    attended: Option<CitizenRef>,
    /// The last thing that went wrong.
    pub failure: Option<Failure>,
    /// Card of somebody acting for the holder, read while confirming or correcting (E8, E9).
    pub agent_card: Option<Bearer>,
    /// Pages of proof scanned for them in this step (E9), as they are kept on the disk.
    pub agent_proof: Vec<Digest>,
}

/// A case taken up again, before its citizen's card was read.
#[derive(Debug)]
pub(super) struct Resumed {
    /// Its number.
    pub number: String,
    /// Whose it is.
    pub citizen_ref: Option<CitizenRef>,
}

impl Resumed {
    /// Whether it is this citizen's.
    pub(super) fn fits(&self, citizen_ref: &CitizenRef) -> bool {
        self.citizen_ref.as_ref().is_none_or(|whose| whose == citizen_ref)
    }
}

/// A case that was left without anybody saying so: a card was lifted, or the next one laid. Its
/// file must not stay open.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(super) struct Left {
    /// Its number.
    pub number: String,
    /// What was asked for is done.
    pub is_done: bool,
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

    /// The number on screen.
    pub(super) fn shown_number(&self) -> Option<&String> {
        self.number.as_ref().or(self.resumed.as_ref().map(|resumed| &resumed.number))
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

    /// Begins anew, keeping only the knowledge of reader and page.
    pub(super) fn next(&mut self) -> Option<Left> {
        let before = std::mem::take(self);
        self.generation = before.generation + 1;
        self.card_present = before.card_present;
        self.attended = before.attended;
        let is_done = matches!(before.stage, Stage::Done(..));
        let number = before.number.or(before.resumed.map(|resumed| resumed.number));
        number.map(|number| Left { number, is_done })
    }

    /// As [`Self::next`], while a case that was taken up again still waits for its citizen's card.
    fn next_awaiting(&mut self) -> Option<Left> {
        let resumed = self.resumed.take();
        let left = self.next();
        self.resumed = resumed;
        left
    }

    /// A card was laid on the reader. While somebody is being confirmed or served to the end, or a
    /// correction of theirs is open, it is not theirs to disturb.
    pub(super) fn card_found(&mut self) -> Option<Left> {
        self.card_present = true;
        let may_disturb =
            matches!(self.stage, Stage::Waiting | Stage::Reading(_) | Stage::Known(_) | Stage::Done(..));
        if !may_disturb || self.is_held() {
            return None;
        }
        let left = self.next_awaiting();
        self.stage = Stage::Reading(None);
        left
    }

    /// A correction of the citizen in front is open on the page.
    fn is_held(&self) -> bool {
        match &self.stage {
            Stage::Known(person) | Stage::Done(person, _) => {
                self.attended.as_ref() == Some(&person.citizen.citizen_ref)
            }
            _ => false,
        }
    }

    /// The page opened a correction of this citizen, or left it (`None`). Without their card on the
    /// reader they are not in front any more when it is left.
    pub(super) fn attend(&mut self, citizen_ref: Option<CitizenRef>) -> Option<Left> {
        let was_held = self.is_held();
        self.attended = citizen_ref;
        if !was_held || self.is_held() {
            return None;
        }
        self.agent_card = None;
        if !(self.holder_away && matches!(self.stage, Stage::Known(_))) {
            return None;
        }
        let left = self.next();
        self.failure = Some(Failure::from(CounterFailure::HolderCardAway));
        left
    }

    /// Who an agent's card would be read for now.
    fn represented(&self) -> Option<&InFront> {
        match &self.stage {
            Stage::Confirming(person, _) => Some(person),
            Stage::Known(person) | Stage::Done(person, _) if self.is_held() => Some(person),
            _ => None,
        }
    }

    /// The card was read. `Some(generation)`: look this person up.
    pub(super) fn card_read(&mut self, bearer: Bearer) -> Option<(u64, IdNumber)> {
        if matches!(self.stage, Stage::Reading(_) | Stage::Waiting) {
            self.failure = None;
            // Of two cards on two readers the second takes the place: what is found of the first is
            // not about its bearer.
            self.generation += 1;
            let number = bearer.number.clone();
            self.stage = Stage::Reading(Some(Box::new(bearer)));
            return Some((self.generation, number));
        }
        if self.in_front().is_some_and(|person| person.bearer.number == bearer.number) {
            self.holder_away = false;
        } else if self.represented().is_some() {
            self.agent_card = Some(bearer);
        }
        None
    }

    /// The card was not read: nothing half done.
    pub(super) fn read_failed(&mut self, failure: Failure) {
        if matches!(self.stage, Stage::Reading(_) | Stage::Waiting) {
            self.stage = Stage::Waiting;
        }
        self.failure = Some(failure);
    }

    /// The card was read while nobody is at work, and by nobody: it lies there until somebody is.
    pub(super) fn card_waits(&mut self) {
        self.change(|stage| match stage {
            Stage::Reading(_) => Stage::Waiting,
            other => other,
        });
    }

    /// The person could not be looked up. Dropped when the card is gone or another one took its
    /// place.
    pub(super) fn look_up_failed(&mut self, generation: u64, failure: Failure) {
        if generation == self.generation {
            self.read_failed(failure);
        }
    }

    /// The person was looked up; `number` is that of their case, where they have one already.
    /// `false`, and dropped, when the card is gone or another case has begun.
    pub(super) fn known(
        &mut self,
        generation: u64,
        citizen: Citizen,
        portrait: Option<Vec<u8>>,
        number: Option<String>,
    ) -> bool {
        if generation != self.generation {
            return false;
        }
        match std::mem::take(&mut self.stage) {
            Stage::Reading(Some(bearer)) => {
                let person = InFront { bearer: *bearer, citizen, portrait, chip_portrait: None };
                self.stage = Stage::Known(Box::new(person));
                self.number = number;
                true
            }
            stage => {
                self.stage = stage;
                false
            }
        }
    }

    /// A case of the citizen in front is taken up by its number: it takes the place of the one in
    /// hand.
    pub(super) fn take_up(&mut self, number: String) -> Option<Left> {
        let is_done = matches!(self.stage, Stage::Done(..));
        self.change(|stage| match stage {
            Stage::Done(person, _) => Stage::Known(person),
            other => other,
        });
        let before = self.number.replace(number.clone());
        before.filter(|before| *before != number).map(|number| Left { number, is_done })
    }

    /// The card was lifted: the citizen's data leaves the screen, unless they are in the middle of
    /// something that they finish without it (confirming with a guardian's card on the reader,
    /// waiting for the verdict, taking the sheet). A correction that is open keeps them too: the
    /// card is photographed, or a guardian's takes its place.
    pub(super) fn card_removed(&mut self) -> Option<Left> {
        self.card_present = false;
        self.holder_away = true;
        if !matches!(self.stage, Stage::Reading(_) | Stage::Known(_)) || self.is_held() {
            return None;
        }
        let failure = self.failure.take();
        let left = self.next_awaiting();
        self.failure = failure;
        left
    }

    fn forget_agent(&mut self) {
        self.agent_card = None;
        self.agent_proof.clear();
    }

    /// An action is chosen.
    pub(super) fn begin(&mut self, confirming: Confirming) -> Result<(), Failure> {
        match std::mem::take(&mut self.stage) {
            Stage::Known(person) | Stage::Done(person, _) => {
                self.failure = None;
                self.forget_agent();
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
        self.forget_agent();
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
