//! The case in front of the clerk: its step, and every transition as a method. No I/O here.

use super::{
    answer::{Asked, Matter},
    card::CardHolder,
    stage::{Confirming, Done, InFront, Left, Resumed, Stage},
};
use crate::{
    failure::out_of_step,
    view::{Failure, Step},
};
use desk::citizen::Citizen;
use rules::{correction::Digest, failure::CounterFailure, op::CitizenRef, person::IdNumber};

/// The case of one citizen at the counter.
#[derive(Debug, Default)]
pub(crate) struct Case {
    /// Grows with every card laid or read and with every new case. Discards late asynchronous
    /// results.
    pub generation: u64,
    /// The step, with everything known there.
    pub stage: Stage,
    /// Case number, once there is one. Only while a citizen is in front.
    pub number: Option<String>,
    /// A resumed case that waits for its citizen's card.
    pub resumed: Option<Resumed>,
    /// A card lies on the reader.
    pub card_present: bool,
    /// The holder's own card was lifted since it was read.
    pub holder_away: bool,
    /// The citizen whose correction is open on the page. Their case stays while cards are lifted
    /// and laid.
    attended: Option<CitizenRef>,
    /// The citizen was given the notice of what is missing (一次性告知书), which ends the case.
    pub notified: bool,
    /// The last failure.
    pub failure: Option<Failure>,
    /// Card of a person acting for the holder, read while confirming or correcting (E8, E9).
    pub agent_card: Option<CardHolder>,
    /// Pages of proof scanned in this step (E9), by their digests in the store.
    pub agent_proof: Vec<Digest>,
    /// What the citizen is asked on the citizen window, and their answer.
    pub asked: Option<Asked>,
}

impl Case {
    /// Returns the step for the page.
    pub(crate) const fn step(&self) -> Step {
        match self.stage {
            Stage::Waiting => Step::Waiting,
            Stage::Reading(_) => Step::Reading,
            Stage::Known(_) => Step::Citizen,
            Stage::Confirming(..) => Step::Confirm,
            Stage::Working(..) => Step::Working,
            Stage::Done(..) => Step::Done,
        }
    }

    /// Returns the case number on screen.
    pub(crate) fn shown_number(&self) -> Option<&String> {
        self.number.as_ref().or(self.resumed.as_ref().map(|resumed| &resumed.number))
    }

    /// Returns the citizen in front.
    pub(crate) const fn in_front(&self) -> Option<&InFront> {
        match &self.stage {
            Stage::Known(person)
            | Stage::Confirming(person, _)
            | Stage::Working(person, _)
            | Stage::Done(person, _) => Some(person),
            Stage::Waiting | Stage::Reading(_) => None,
        }
    }

    pub(crate) const fn in_front_mut(&mut self) -> Option<&mut InFront> {
        match &mut self.stage {
            Stage::Known(person)
            | Stage::Confirming(person, _)
            | Stage::Working(person, _)
            | Stage::Done(person, _) => Some(person),
            Stage::Waiting | Stage::Reading(_) => None,
        }
    }

    pub(crate) const fn done_mut(&mut self) -> Option<&mut Done> {
        match &mut self.stage {
            Stage::Done(_, done) => Some(done),
            _ => None,
        }
    }

    fn change(&mut self, next: impl FnOnce(Stage) -> Stage) {
        self.stage = next(std::mem::take(&mut self.stage));
    }

    /// Tells whether nothing more is to be done in this case.
    const fn is_done(&self) -> bool {
        self.notified || matches!(self.stage, Stage::Done(..))
    }

    /// Notes that the citizen was given the notice of what is missing.
    pub(crate) const fn note_notice(&mut self) {
        self.notified = true;
    }

    /// Begins a new case. Only what is known of reader and page is kept.
    pub(crate) fn next(&mut self) -> Option<Left> {
        let is_done = self.is_done();
        let before = std::mem::take(self);
        self.generation = before.generation + 1;
        self.card_present = before.card_present;
        self.attended = before.attended;
        let number = before.number.or(before.resumed.map(|resumed| resumed.number));
        number.map(|number| Left { number, is_done })
    }

    /// Begins a new case as [`Self::next`] does; a resumed case still waits for its citizen's card.
    fn next_awaiting(&mut self) -> Option<Left> {
        let resumed = self.resumed.take();
        let left = self.next();
        self.resumed = resumed;
        left
    }

    /// Takes a card laid on the reader. It is ignored while an action is being confirmed or a
    /// correction of the citizen is open.
    pub(crate) fn lay_card(&mut self) -> Option<Left> {
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

    /// Begins to serve somebody without a card. Returns the generation of the look-up.
    pub(crate) fn begin_without_card(&mut self) -> Result<u64, Failure> {
        if !matches!(self.stage, Stage::Waiting) {
            return Err(out_of_step());
        }
        self.failure = None;
        self.generation += 1;
        self.stage = Stage::Reading(None);
        Ok(self.generation)
    }

    /// Begins to serve a relative of who is in front, whose own case is left. Returns the
    /// generation of the look-up.
    pub(crate) fn begin_for_relative(&mut self) -> Result<(u64, Option<Left>), Failure> {
        if !matches!(self.stage, Stage::Known(_)) {
            return Err(out_of_step());
        }
        let left = self.next();
        self.stage = Stage::Reading(None);
        Ok((self.generation, left))
    }

    /// Takes who was proved without a card, to be seated. `false` for a late answer.
    pub(crate) fn prove(&mut self, generation: u64, proved: CardHolder) -> bool {
        let is_awaited = generation == self.generation && matches!(self.stage, Stage::Reading(None));
        if is_awaited {
            self.stage = Stage::Reading(Some(Box::new(proved)));
        }
        is_awaited
    }

    /// Returns what the citizen is asked now: about the action that is being confirmed, or the
    /// correction that is open on the page.
    pub(crate) fn asked_now(&self) -> Option<&Asked> {
        self.asked.as_ref().filter(|asked| match asked.matter {
            Matter::Action(_) => matches!(self.stage, Stage::Confirming(..) | Stage::Working(..)),
            Matter::Correction(_) => self.is_held(),
        })
    }

    /// Tells whether a correction of the citizen in front is open on the page.
    pub(crate) fn is_held(&self) -> bool {
        match &self.stage {
            Stage::Known(person) | Stage::Done(person, _) => {
                self.attended.as_ref() == Some(&person.citizen.citizen_ref)
            }
            _ => false,
        }
    }

    /// Notes whose correction the page opened; `None` when it was left. Without their card on the
    /// reader the citizen is not in front any more then.
    pub(crate) fn attend(&mut self, citizen_ref: Option<CitizenRef>) -> Option<Left> {
        let was_held = self.is_held();
        self.attended = citizen_ref;
        if !was_held || self.is_held() {
            return None;
        }
        self.agent_card = None;
        self.asked = None;
        if !(self.holder_away && matches!(self.stage, Stage::Known(_))) {
            return None;
        }
        let left = self.next();
        self.failure = Some(Failure::from(CounterFailure::HolderCardAway));
        left
    }

    /// Returns the citizen for whom an agent's card would be read now.
    fn person_to_act_for(&self) -> Option<&InFront> {
        match &self.stage {
            Stage::Confirming(person, _) => Some(person),
            Stage::Known(person) | Stage::Done(person, _) if self.is_held() => Some(person),
            _ => None,
        }
    }

    /// Takes a card that was read. Returns generation and number of the person to look up.
    pub(crate) fn take_card(&mut self, card_holder: CardHolder) -> Option<(u64, IdNumber)> {
        if matches!(self.stage, Stage::Reading(_) | Stage::Waiting) {
            self.failure = None;
            // Of two cards on two readers the second takes the place: what is found of the first is
            // not about its card_holder.
            self.generation += 1;
            let number = card_holder.number.clone();
            self.stage = Stage::Reading(Some(Box::new(card_holder)));
            return Some((self.generation, number));
        }
        if self.in_front().is_some_and(|person| person.card_holder.number == card_holder.number) {
            self.holder_away = false;
        } else if self.person_to_act_for().is_some() {
            self.agent_card = Some(card_holder);
        }
        None
    }

    /// Notes that the card could not be read.
    pub(crate) fn fail_reading(&mut self, failure: Failure) {
        if matches!(self.stage, Stage::Reading(_) | Stage::Waiting) {
            self.stage = Stage::Waiting;
        }
        self.failure = Some(failure);
    }

    /// Leaves a card on the reader that was read while nobody is logged in.
    pub(crate) fn leave_card_unread(&mut self) {
        self.change(|stage| match stage {
            Stage::Reading(_) => Stage::Waiting,
            other => other,
        });
    }

    /// Notes that the person could not be looked up. A late answer is discarded.
    pub(crate) fn fail_look_up(&mut self, generation: u64, failure: Failure) {
        if generation == self.generation {
            self.fail_reading(failure);
        }
    }

    /// Seats the person who was looked up, with the number of their earlier case. Returns `false`
    /// for a late answer, which is discarded.
    pub(crate) fn seat(
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
            Stage::Reading(Some(card_holder)) => {
                let person = InFront { card_holder: *card_holder, citizen, portrait, chip_portrait: None };
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

    /// Resumes a case of the citizen in front in the place of the one in hand.
    pub(crate) fn take_up(&mut self, number: String) -> Option<Left> {
        let is_done = self.is_done();
        self.notified = false;
        self.change(|stage| match stage {
            Stage::Done(person, _) => Stage::Known(person),
            other => other,
        });
        let before = self.number.replace(number.clone());
        before.filter(|before| *before != number).map(|number| Left { number, is_done })
    }

    /// Takes that the card was lifted: the citizen's data leaves the screen. It stays while they
    /// are served to the end, or while a correction is open: the card is photographed then, or a
    /// guardian's takes its place.
    pub(crate) fn lift_card(&mut self) -> Option<Left> {
        self.card_present = false;
        if self.in_front().is_some_and(|person| !person.card_holder.is_by_card()) {
            return None; // somebody without a card; an agent's was lifted
        }
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

    /// Moves to Confirm with the chosen action.
    pub(crate) fn begin(&mut self, confirming: Confirming) -> Result<(), Failure> {
        match std::mem::take(&mut self.stage) {
            Stage::Known(person) | Stage::Done(person, _) => {
                self.failure = None;
                self.forget_agent();
                self.stage = Stage::Confirming(person, confirming);
                Ok(())
            }
            stage => {
                self.stage = stage;
                Err(out_of_step())
            }
        }
    }

    /// Moves back from Confirm.
    pub(crate) fn cancel(&mut self) {
        self.failure = None;
        self.asked = None;
        self.forget_agent();
        self.change(|stage| match stage {
            Stage::Confirming(person, _) => Stage::Known(person),
            other => other,
        });
    }

    /// Moves back from Confirm, if an action is being confirmed: name or photo are wrong and are to
    /// be corrected first.
    pub(crate) fn leave_confirm(&mut self) {
        if matches!(self.stage, Stage::Confirming(..)) {
            self.cancel();
        }
    }

    /// Moves from Confirm to Working.
    pub(crate) fn work(&mut self) -> Result<Confirming, Failure> {
        match std::mem::take(&mut self.stage) {
            Stage::Confirming(person, confirming) => {
                self.failure = None;
                self.stage = Stage::Working(person, confirming);
                Ok(confirming)
            }
            stage => {
                self.stage = stage;
                Err(out_of_step())
            }
        }
    }

    /// Moves back to Confirm with the refusal.
    pub(crate) fn refuse(&mut self, failure: Failure) {
        self.change(|stage| match stage {
            Stage::Working(person, confirming) => Stage::Confirming(person, confirming),
            other => other,
        });
        self.failure = Some(failure);
    }

    /// Moves from Working to Done.
    pub(crate) fn finish(&mut self, number: String, done: Done) {
        self.number = Some(number);
        self.asked = None;
        self.change(|stage| match stage {
            Stage::Working(person, _) => Stage::Done(person, Box::new(done)),
            other => other,
        });
    }
}
