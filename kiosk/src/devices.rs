//! Card reader and scanner of the kiosk, and what printer and centre say of themselves.

use crate::{
    config::Config,
    failure::{Trouble, of_question},
    steps::Parts,
};
use drivers::{
    card::{Card, CardError, CardEvent, ReaderState, Readers},
    scanner::{ScanEvent, Scanner},
};
use rules::{Sensitive, failure::KioskFailure, wire::CardRequest};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// Largest number of events that wait.
const EVENT_LIMIT: usize = 16;

/// What a device did.
pub(crate) enum DeviceEvent {
    CardFound,
    CardRead(Result<CardRequest, KioskFailure>),
    CardRemoved,
    /// The scanner was found or lost.
    HasScanner(bool),
    Scanned(Result<Sensitive<String>, KioskFailure>),
    /// Why nothing can be printed; nothing = it can.
    Printer(Option<KioskFailure>),
    /// Why the centre cannot be asked; nothing = it can.
    Centre(Option<Trouble>),
}

/// The devices of the kiosk. Watching ends when they are dropped.
pub(crate) struct Devices {
    readers: Readers,
    _scanner: Option<Scanner>,
}

impl Devices {
    /// Starts to watch all of them.
    pub(crate) fn start(config: &Config, parts: &Arc<Parts>) -> (Self, mpsc::Receiver<DeviceEvent>) {
        let (sender, events) = mpsc::channel(EVENT_LIMIT);
        let (readers, cards) = Readers::start(config.card.clone());
        tokio::spawn(forward(cards, sender.clone(), of_card));
        let scanner = config.scanner.clone().map(|settings| {
            let (scanner, scans) = Scanner::start(settings);
            tokio::spawn(forward(scans, sender.clone(), |scan| Some(of_scan(&scan))));
            scanner
        });
        tokio::spawn(look_after(parts.clone(), Duration::from_secs(config.look_seconds.into()), sender));
        (Self { readers, _scanner: scanner }, events)
    }

    pub(crate) fn read_card_again(&self) {
        self.readers.read_again();
    }

    pub(crate) fn has_reader(&self) -> bool {
        !self.readers.is_service_lost()
            && self.readers.status().iter().any(|reader| reader.state != ReaderState::Absent)
    }
}

async fn look_after(parts: Arc<Parts>, pause: Duration, sender: mpsc::Sender<DeviceEvent>) {
    loop {
        let printer = DeviceEvent::Printer(parts.sheets.ready().await.err());
        let centre = DeviceEvent::Centre(parts.centre.check().await.err().map(of_question));
        for event in [printer, centre] {
            if sender.send(event).await.is_err() {
                return;
            }
        }
        tokio::time::sleep(pause).await;
    }
}

async fn forward<T>(
    mut events: mpsc::Receiver<T>,
    sender: mpsc::Sender<DeviceEvent>,
    what: impl Fn(T) -> Option<DeviceEvent>,
) {
    while let Some(event) = events.recv().await {
        let Some(event) = what(event) else { continue };
        if sender.send(event).await.is_err() {
            return;
        }
    }
}

fn of_card(event: CardEvent) -> Option<DeviceEvent> {
    Some(match event {
        CardEvent::CardFound { .. } => DeviceEvent::CardFound,
        CardEvent::CardRemoved { .. } => DeviceEvent::CardRemoved,
        CardEvent::ReadFailed { error, .. } => {
            tracing::info!(code = error.code(), "a card was not read");
            DeviceEvent::CardRead(Err(match error {
                CardError::UnknownCard => KioskFailure::CardOther,
                _ => KioskFailure::CardNotRead,
            }))
        }
        CardEvent::Read { card, .. } => DeviceEvent::CardRead(match *card {
            Card::Identity(card) => Ok(CardRequest {
                number: Sensitive::new(card.number.clone()),
                name: Sensitive::new(card.name.clone()),
            }),
            Card::SocialSecurity(_) | Card::Identifier(_) => Err(KioskFailure::CardOther),
        }),
        _ => return None,
    })
}

fn of_scan(event: &ScanEvent) -> DeviceEvent {
    match event {
        ScanEvent::Found => DeviceEvent::HasScanner(true),
        ScanEvent::Unavailable(_) => DeviceEvent::HasScanner(false),
        ScanEvent::Scanned(text) => DeviceEvent::Scanned(Ok(Sensitive::new(text.text().to_owned()))),
        ScanEvent::ScanFailed(_) => DeviceEvent::Scanned(Err(KioskFailure::CodeNotAccepted)),
    }
}
