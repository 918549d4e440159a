//! The case in front of the clerk (办件): who is in front, what is done for them, and their papers.

mod actions;
mod agent;
mod answer;
mod card;
mod citizen_in_front;
mod citizen_window;
mod keeping;
mod papers;
mod proof;
mod receipts;
mod signing;
mod stage;
mod state;
mod view;

pub use actions::Actions;
pub use agent::Agents;
pub(crate) use agent::{form_of_agent, is_bound, read_agent, with_full_number};
pub(crate) use answer::CorrectionAsked;
pub(crate) use citizen_window::Seen;
pub use papers::Papers;
pub use proof::Proofs;
pub(crate) use proof::with_guardian;
pub use signing::Signatures;
pub(crate) use signing::{answer_to_correction, ask_about_correction, is_answer};
pub(crate) use stage::InFront;
pub(crate) use view::changed_at;

use crate::{
    core::Core,
    devices::Devices,
    failure::no_citizen,
    photo_editing::{PhotoEditing, chip_photo_not_decodable},
    printing::Printing,
    verdict,
    view::{CitizenWindowView, CounterView, Failure, PictureView, UnmaskedView},
};
use desk::{Desk, store::audit};
use rules::{keys::Class, permission::Duty, policy::UNMASKED_SECONDS, wire::Verdict};
use state::Case;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The case in front of the clerk.
pub struct CaseInHand {
    core: Arc<Core>,
    pub(crate) printing: Arc<Printing>,
    devices: Arc<Devices>,
    photos: Arc<PhotoEditing>,
    state: Mutex<Case>,
    /// Held by the command that changes the case: a second press of a key waits for the first and
    /// then finds it done.
    permit: tokio::sync::Mutex<()>,
}

impl CaseInHand {
    pub(crate) fn new(
        core: Arc<Core>,
        printing: Arc<Printing>,
        devices: Arc<Devices>,
        photos: Arc<PhotoEditing>,
    ) -> Self {
        let permit = tokio::sync::Mutex::default();
        Self { core, printing, devices, photos, state: Mutex::default(), permit }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, Case> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the permit to change the case.
    pub(crate) async fn permit(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.permit.lock().await
    }

    /// Returns the case as the clerk sees it.
    ///
    /// # Errors
    /// Not logged in, or the desk is not open.
    pub async fn view(&self) -> Result<CounterView, Failure> {
        let revision = self.core.next_revision();
        let desk = self.core.desk()?;
        let may_void = desk.session.operator()?.may(Duty::Void).is_ok();
        let suspended = keeping::suspended_count(&desk).await;
        let prints = self.printing.views();
        let phone = self.masked_phone(&desk).await?;
        let view = view::clerk_window(&self.state(), may_void, &desk.policy(), suspended, prints);
        Ok(CounterView { revision, phone, ..view })
    }

    /// Returns what the citizen sees.
    ///
    /// # Errors
    /// None: a desk that is not open shows a closed window.
    pub async fn citizen_window(&self) -> Result<CitizenWindowView, Failure> {
        let revision = self.core.next_revision();
        let Ok(desk) = self.core.desk() else {
            return Ok(CitizenWindowView { revision, ..citizen_window::closed_window() });
        };
        let identity = desk.identity();
        let practice = identity.class() == Class::Practice;
        let open = desk.session.operator().is_ok();
        let site_name = identity.site_name.clone();
        let prints = self.printing.views();
        let number = identity.desk_number;
        let view = citizen_window::citizen_window(&self.state(), site_name, number, practice, open, &prints);
        Ok(CitizenWindowView { revision, ..view })
    }

    /// Returns where the window is, for devices beside it.
    pub(crate) fn seen(&self) -> Seen {
        let open = self.core.desk().is_ok_and(|desk| desk.session.operator().is_ok());
        citizen_window::seen(&self.state(), open)
    }

    /// Loads the citizen again after an operation or a message of the centre.
    pub(crate) async fn refresh_citizen(&self, desk: &Desk) {
        let Some(number) = self.state().in_front().map(|person| person.card_holder.number.clone()) else {
            return;
        };
        let known = desk.citizen.read(&number, None).await;
        let known = match (known, desk.session.operator()) {
            // The corrected name or photo is to be seen at once.
            (Ok(citizen), Ok(operator)) if citizen.is_outdated() && desk.sync().is_online() => {
                desk.citizen.look_up(&operator, &number).await
            }
            (known, _) => known,
        };
        if let Ok(citizen) = known {
            let mut case = self.state();
            if let Some(person) = case.in_front_mut().filter(|person| person.card_holder.number == number) {
                if let Some(portrait) = citizen.portrait() {
                    person.portrait = Some(portrait);
                }
                person.citizen = citizen;
            }
        }
    }

    /// Shows the number of the citizen in front for 30 s; audited (M4).
    ///
    /// # Errors
    /// Not permitted; nobody in front.
    pub async fn unmask(&self) -> Result<UnmaskedView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Unmask)?;
        let value = {
            let case = self.state();
            case.in_front().ok_or_else(no_citizen)?.card_holder.number.expose().to_owned()
        };
        let number = self.state().number.clone();
        let entry = audit::Entry {
            operator: &operator.staff,
            event: audit::Event::Unmask,
            outcome: "ok",
            case_number: number.as_deref(),
            detail: "number",
        };
        desk.lists.audit.note(&entry).await?;
        Ok(UnmaskedView { value, seconds: UNMASKED_SECONDS })
    }

    /// Opens the chip's photo, where it can be decoded, for cropping.
    ///
    /// # Errors
    /// Nobody in front, or the photo cannot be decoded here.
    pub async fn chip_picture(&self) -> Result<PictureView, Failure> {
        self.core.desk()?.session.operator()?.may(Duty::Correct)?;
        let bytes = self.state().in_front().ok_or_else(no_citizen)?.chip_portrait.clone();
        self.photos.hold(bytes.ok_or_else(chip_photo_not_decodable)?, false).await
    }

    /// Shows a verdict if its case is still on screen.
    pub(crate) async fn show_verdict(&self, desk: &Desk, seq: u64, verdict: &Verdict) {
        let ours = {
            let mut case = self.state();
            match case.done_mut().filter(|done| done.seq == Some(seq)) {
                Some(done) => {
                    (done.confirmation, done.refusal) = verdict::outcome(Some(verdict));
                    true
                }
                None => false,
            }
        };
        if ours {
            self.refresh_citizen(desk).await;
        }
    }
}
