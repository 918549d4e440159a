//! Who is in front: cards laid, read and lifted, and the citizen looked up.

use super::{CaseInHand, card::CardHolder, stage::Stage};
use crate::{
    core::CounterEvent,
    picture::Picture,
    view::{CounterView, Failure},
};
use desk::Desk;
use drivers::{
    card::{Card, CardEvent},
    chip_photo::ChipPhotoDecoder,
};
use rules::{permission::Duty, person::IdNumber};
use std::sync::Arc;

impl CaseInHand {
    /// F2: reads the card that lies on the reader again.
    ///
    /// # Errors
    /// Not logged in.
    pub async fn read_card(&self) -> Result<CounterView, Failure> {
        self.core.desk()?.session.operator()?.may(Duty::Serve)?;
        {
            let mut case = self.state();
            let left = if matches!(case.stage, Stage::Waiting) && case.card_present {
                case.lay_card()
            } else {
                None
            };
            debug_assert!(left.is_none(), "who waits for a card has no case in hand");
            case.failure = None;
        }
        self.devices.read_card_again();
        self.core.announce(CounterEvent::Case);
        self.view().await
    }

    /// Takes an event of a card reader. Public, so that a test can be a reader.
    pub async fn handle_card_event(self: &Arc<Self>, event: CardEvent) {
        self.devices.note_reader(&event);
        tracing::info!(event = name_of(&event), step = ?self.state().step(), "card reader");
        match event {
            CardEvent::CardFound { .. } => {
                // A case that was finished keeps its papers until the next card.
                let left = self.state().lay_card();
                self.put_away(left).await;
                if matches!(self.state().stage, Stage::Reading(None)) {
                    self.printing.clear();
                }
            }
            CardEvent::Read { card, .. } => self.take_card(&card),
            CardEvent::ReadFailed { error, .. } => self.state().fail_reading(error.into()),
            CardEvent::CardRemoved { .. } => {
                let left = self.state().lift_card();
                self.put_away(left).await;
            }
            CardEvent::ReaderFound { .. }
            | CardEvent::ReaderLost { .. }
            | CardEvent::ServiceLost
            | CardEvent::ServiceBack => {
                self.core.announce(CounterEvent::Status);
                return;
            }
        }
        self.core.announce(CounterEvent::Case);
        self.core.announce(CounterEvent::Status);
    }

    /// Takes the content of a card. While nobody is logged in, the card waits on the reader.
    fn take_card(self: &Arc<Self>, card: &Card) {
        let Some(desk) = self.core.desk().ok().filter(|desk| desk.session.operator().is_ok()) else {
            self.state().leave_card_unread();
            return;
        };
        match CardHolder::read(card, desk.read_clock().at.day()) {
            Ok(card_holder) => {
                let wanted = self.state().take_card(card_holder);
                if let Some((generation, number)) = wanted {
                    tokio::spawn(self.clone().look_up(desk, generation, number));
                }
            }
            Err(failure) => self.state().fail_reading(failure),
        }
    }

    async fn look_up(self: Arc<Self>, desk: Arc<Desk>, generation: u64, number: IdNumber) {
        let found = async { desk.citizen.look_up(&desk.session.operator()?, &number).await };
        let found = found.await;
        match found {
            Ok(citizen) => {
                if let Err(failure) = self.seat(&desk, generation, citizen).await {
                    self.state().fail_look_up(generation, failure);
                }
                self.decode_chip_photo(generation).await;
            }
            Err(error) => self.state().fail_look_up(generation, error.into()),
        }
        self.core.announce(CounterEvent::Case);
        self.core.announce(CounterEvent::Status);
    }

    /// Reads the card that was laid while nobody was at work. Whoever is in front stays: their
    /// card, or that of somebody acting for them, is only noted.
    pub(crate) fn read_waiting_card(&self) {
        if !self.devices.is_card_present() {
            return;
        }
        {
            let mut case = self.state();
            if matches!(case.stage, Stage::Waiting) {
                let left = case.lay_card();
                debug_assert!(left.is_none(), "who waits for a card has no case in hand");
            }
        }
        self.devices.read_card_again();
    }

    /// Decodes the chip's portrait if the site has the library. The case goes on without it.
    async fn decode_chip_photo(&self, generation: u64) {
        let settings = self.core.config().chip_photo;
        let photo = {
            let case = self.state();
            let person = case.in_front().filter(|_| case.generation == generation);
            person.and_then(|person| person.card_holder.photo.clone())
        };
        let (Some(photo), Some(_)) = (photo, &settings) else { return };
        match ChipPhotoDecoder::new(settings).decode(&photo).await {
            Ok(portrait) => {
                let jpeg = Picture::open(portrait.bmp()).and_then(|picture| picture.evidence());
                let mut case = self.state();
                if case.generation == generation
                    && let Some(person) = case.in_front_mut()
                {
                    person.chip_portrait = jpeg.ok();
                }
            }
            Err(error) => tracing::warn!(code = error.code(), "chip photo not decoded"),
        }
    }
}

/// Returns the name of an event for the log, without personal data.
const fn name_of(event: &CardEvent) -> &'static str {
    match event {
        CardEvent::ReaderFound { .. } => "reader_found",
        CardEvent::ReaderLost { .. } => "reader_lost",
        CardEvent::ServiceLost => "service_lost",
        CardEvent::ServiceBack => "service_back",
        CardEvent::CardFound { .. } => "card_found",
        CardEvent::Read { .. } => "card_read",
        CardEvent::ReadFailed { .. } => "card_not_read",
        CardEvent::CardRemoved { .. } => "card_removed",
    }
}
