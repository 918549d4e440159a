//! Who is in front: cards laid, read and lifted, and the citizen looked up.

use super::{Counter, CounterEvent, card::Bearer, case::Stage, case_view, failure::no_citizen};
use crate::{
    picture::Picture,
    view::{CitizenWindowView, CounterView, Failure, UnmaskField, UnmaskedView},
};
use desk::{Desk, store::audit};
use drivers::{
    card::{Card, CardEvent},
    chip_photo::ChipPhotoDecoder,
};
use rules::{keys::Class, permission::Duty, person::IdNumber, policy::UNMASKED_SECONDS};
use std::sync::{Arc, PoisonError};

impl Counter {
    /// The case as it stands.
    ///
    /// # Errors
    /// Not logged in, or the desk is not open.
    pub async fn counter(&self) -> Result<CounterView, Failure> {
        let revision = self.next_revision();
        let desk = self.desk()?;
        let may_void = desk.session.operator()?.may(Duty::Void).is_ok();
        let suspended = super::case_keeping::suspended_count(&desk).await;
        let prints = self.prints().iter().map(super::printing::Print::view).collect();
        let view = case_view::counter(&self.case(), may_void, &desk.policy(), suspended, prints);
        Ok(CounterView { revision, ..view })
    }

    /// What the citizen sees.
    ///
    /// # Errors
    /// None: a desk that is not open shows a closed window.
    pub async fn citizen_window(&self) -> Result<CitizenWindowView, Failure> {
        let revision = self.next_revision();
        let Ok(desk) = self.desk() else {
            return Ok(CitizenWindowView { revision, ..case_view::closed_window() });
        };
        let identity = desk.identity();
        let practice = identity.class() == Class::Practice;
        let open = desk.session.operator().is_ok();
        let site_name = identity.site_name.clone();
        let view = case_view::citizen_window(&self.case(), site_name, identity.desk_number, practice, open);
        Ok(CitizenWindowView { revision, ..view })
    }

    /// F2: reads the card that lies on the reader again.
    ///
    /// # Errors
    /// Not logged in.
    pub async fn read_card(&self) -> Result<CounterView, Failure> {
        self.desk()?.session.operator()?.may(Duty::Serve)?;
        {
            let mut case = self.case();
            let left = if matches!(case.stage, Stage::Waiting) && case.card_present {
                case.card_found()
            } else {
                None
            };
            debug_assert!(left.is_none(), "who waits for a card has no case in hand");
            case.failure = None;
        }
        if let Some(readers) = self.readers.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            readers.read_again();
        }
        self.tell(CounterEvent::Case);
        self.counter().await
    }

    /// What the readers say. Public, so that a test can be a reader.
    pub async fn card_event(self: &Arc<Self>, event: CardEvent) {
        self.note_reader(&event);
        tracing::info!(event = name_of(&event), step = ?self.case().step(), "card reader");
        match event {
            CardEvent::CardFound { .. } => {
                // A case that was finished keeps its papers until the next card.
                let left = self.case().card_found();
                self.put_away(left).await;
                if matches!(self.case().stage, Stage::Reading(None)) {
                    self.prints().clear();
                }
            }
            CardEvent::Read { card, .. } => self.card_read(&card),
            CardEvent::ReadFailed { error, .. } => self.case().read_failed(error.into()),
            CardEvent::CardRemoved { .. } => {
                let left = self.case().card_removed();
                self.put_away(left).await;
            }
            CardEvent::ReaderFound { .. }
            | CardEvent::ReaderLost { .. }
            | CardEvent::ServiceLost
            | CardEvent::ServiceBack => {
                self.tell(CounterEvent::Status);
                return;
            }
        }
        self.tell(CounterEvent::Case);
        self.tell(CounterEvent::Status);
    }

    /// A card lies there although nobody is at work: it is read when somebody is.
    pub(super) fn card_read(self: &Arc<Self>, card: &Card) {
        let Some(desk) = self.desk().ok().filter(|desk| desk.session.operator().is_ok()) else {
            self.case().card_waits();
            return;
        };
        match Bearer::read(card, desk.read_clock().at.day()) {
            Ok(bearer) => {
                let wanted = self.case().card_read(bearer);
                if let Some((generation, number)) = wanted {
                    tokio::spawn(self.clone().look_up(desk, generation, number));
                }
            }
            Err(failure) => self.case().read_failed(failure),
        }
    }

    async fn look_up(self: Arc<Self>, desk: Arc<Desk>, generation: u64, number: IdNumber) {
        let found = async { desk.citizen.look_up(&desk.session.operator()?, &number).await };
        let found = found.await;
        match found {
            Ok(citizen) => {
                if let Err(failure) = self.seat(&desk, generation, citizen).await {
                    self.case().look_up_failed(generation, failure);
                }
                self.decode_chip_photo(generation).await;
            }
            Err(error) => self.case().look_up_failed(generation, error.into()),
        }
        self.tell(CounterEvent::Case);
        self.tell(CounterEvent::Status);
    }

    /// The citizen again, after something was done or the centre spoke.
    pub(super) async fn refresh_citizen(&self, desk: &Desk) {
        let Some(number) = self.case().in_front().map(|person| person.bearer.number.clone()) else { return };
        let known = desk.citizen.read(&number, None).await;
        let known = match (known, desk.session.operator()) {
            // The corrected name or photo is to be seen at once.
            (Ok(citizen), Ok(operator)) if citizen.is_outdated() && desk.sync().is_online() => {
                desk.citizen.look_up(&operator, &number).await
            }
            (known, _) => known,
        };
        if let Ok(citizen) = known {
            let mut case = self.case();
            if let Some(person) = case.in_front_mut().filter(|person| person.bearer.number == number) {
                if let Some(portrait) = citizen.portrait() {
                    person.portrait = Some(portrait);
                }
                person.citizen = citizen;
            }
        }
    }

    /// Shows one field unmasked for 30 s; audited (M4).
    ///
    /// # Errors
    /// Not permitted; nobody in front.
    pub async fn unmask(&self, field: UnmaskField) -> Result<UnmaskedView, Failure> {
        let desk = self.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Unmask)?;
        let (value, detail) = {
            let case = self.case();
            let person = case.in_front().ok_or_else(no_citizen)?;
            match field {
                UnmaskField::Number => (Some(person.bearer.number.expose().to_owned()), "number"),
                UnmaskField::Certificate => {
                    let view = person.citizen.view.as_ref();
                    (
                        view.and_then(|view| view.certificate.as_ref())
                            .map(|held| held.number.expose().clone()),
                        "certificate",
                    )
                }
            }
        };
        let number = self.case().number.clone();
        let entry = audit::Entry {
            operator: &operator.staff,
            event: audit::Event::Unmask,
            outcome: "ok",
            case_number: number.as_deref(),
            detail,
        };
        desk.lists.audit.note(&entry).await?;
        Ok(UnmaskedView { value: value.unwrap_or_default(), seconds: UNMASKED_SECONDS })
    }

    /// The chip's portrait, where the site has the library for it. The case goes on without.
    async fn decode_chip_photo(&self, generation: u64) {
        let settings = self.config().chip_photo;
        let photo = {
            let case = self.case();
            let person = case.in_front().filter(|_| case.generation == generation);
            person.and_then(|person| person.bearer.photo.clone())
        };
        let (Some(photo), Some(_)) = (photo, &settings) else { return };
        match ChipPhotoDecoder::new(settings).decode(&photo).await {
            Ok(portrait) => {
                let jpeg = Picture::open(portrait.bmp()).and_then(|picture| picture.evidence());
                let mut case = self.case();
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

/// For the log: what happened, and to nobody in particular.
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
