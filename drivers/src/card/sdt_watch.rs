//! Watches readers with a security module and reads a card as soon as it is put on.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::presence::{Presence, Visit};
use super::text::parse_added_address;
use super::{Card, CardError, IdentityCard, ReaderKind, SerialPortSettings};
use crate::card::sdt::{Line, LineError, SdtError, SecurityModule, SerialLine, Status};

/// Pause before a reader that is missing or silent is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// Pause between two searches for a card, and between two checks that it is still there.
const POLL: Duration = Duration::from_millis(200);
/// How often a pause checks whether the program is ending.
const SLICE: Duration = Duration::from_millis(50);

/// Watches one serial reader until the presence is stopped.
pub(crate) fn watch_serial(presence: &Arc<Presence>, port: &SerialPortSettings) {
    watch(presence, &port.path, ReaderKind::Serial, || SerialLine::open(&port.path, port.baud_rate));
}

/// Watches one reader on any kind of line until the presence is stopped.
pub(crate) fn watch<L: Line>(
    presence: &Arc<Presence>,
    reader: &str,
    kind: ReaderKind,
    open: impl Fn() -> Result<L, LineError>,
) {
    presence.reader_expected(reader, kind);
    while !presence.is_stopped() {
        let ended = open().map_err(SdtError::from).and_then(|line| {
            let stopped = Arc::clone(presence);
            let module = SecurityModule::new(line, move || stopped.is_stopped());
            Watch { presence, reader, kind, module }.run()
        });
        if let Err(error) = ended
            && !presence.is_stopped()
        {
            tracing::debug!(reader, %error, "card reader is not usable");
            presence.reader_lost(reader, CardError::from(error));
            pause(presence, RETRY);
        }
    }
}

fn pause(presence: &Presence, duration: Duration) {
    let end = Instant::now() + duration;
    while !presence.is_stopped() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::sleep(left.min(SLICE));
    }
}

struct Watch<'a, L> {
    presence: &'a Presence,
    reader: &'a str,
    kind: ReaderKind,
    module: SecurityModule<L>,
}

impl<L: Line> Watch<'_, L> {
    /// Serves the reader until an error makes it unusable or the presence is stopped.
    fn run(&mut self) -> Result<(), SdtError> {
        self.module.status()?;
        // A reader without a number is still usable.
        let number = match self.module.identifier() {
            Ok(number) => Some(number),
            Err(SdtError::Refused(_) | SdtError::Malformed) => None,
            Err(error) => return Err(error),
        };
        self.presence.reader_found(self.reader, self.kind, number);
        self.take_card_already_there()?;
        while !self.presence.is_stopped() {
            if self.find()? {
                if let Some(visit) = self.presence.card_found(self.reader) {
                    let started = Instant::now();
                    let outcome = match card_error(self.module.select())? {
                        Ok(()) => self.read()?,
                        Err(error) => Err(error),
                    };
                    self.finish(visit, outcome, started)?;
                }
                self.stay_until_removed()?;
            } else {
                pause(self.presence, POLL);
            }
        }
        Ok(())
    }

    /// Reads a card that was selected before this program started. It is found again only after it
    /// was lifted, but can be read.
    fn take_card_already_there(&mut self) -> Result<(), SdtError> {
        if !self.still_there()? {
            return Ok(());
        }
        let started = Instant::now();
        let outcome = self.read()?;
        // Some modules answer `91` without a card. Nobody put one on, so nothing is reported.
        if outcome.is_err() {
            return Ok(());
        }
        if let Some(visit) = self.presence.card_found(self.reader) {
            self.finish(visit, outcome, started)?;
        }
        self.stay_until_removed()
    }

    fn find(&mut self) -> Result<bool, SdtError> {
        match self.module.find() {
            Err(SdtError::Refused(status @ (Status::SelfTestFailed | Status::NotAuthorised))) => {
                Err(SdtError::Refused(status))
            }
            // With any other refusal, the module means that there is no usable card.
            Err(SdtError::Refused(_)) => Ok(false),
            other => other,
        }
    }

    /// Reads the selected card. The outer error is the reader's, the inner error the card's.
    fn read(&mut self) -> Result<Result<IdentityCard, CardError>, SdtError> {
        let content = match card_error(self.module.read())? {
            Ok(content) => content,
            Err(error) => return Ok(Err(error)),
        };
        let mut card = match IdentityCard::parse(&content.text, content.photo) {
            Ok(card) => card,
            Err(error) => return Ok(Err(error)),
        };
        // The added address is optional, so a card without a readable one still counts as read.
        if let Ok(Some(address)) = card_error(self.module.read_added_address())? {
            card.added_address = parse_added_address(&address).unwrap_or_else(|error| {
                tracing::warn!(reader = self.reader, %error, "could not read the added address of a card");
                None
            });
        }
        Ok(Ok(card))
    }

    fn finish(
        &mut self,
        visit: Visit,
        outcome: Result<IdentityCard, CardError>,
        started: Instant,
    ) -> Result<(), SdtError> {
        let took = started.elapsed();
        let outcome = match outcome {
            Ok(card) => Ok(Box::new(Card::Identity(card))),
            // A module also reports a failed read if the card was lifted meanwhile.
            Err(CardError::Mute) if !self.still_there()? => Err(CardError::Removed),
            Err(error) => Err(error),
        };
        self.presence.finish_read(self.reader, visit, outcome, took);
        Ok(())
    }

    fn stay_until_removed(&mut self) -> Result<(), SdtError> {
        while !self.presence.is_stopped() {
            if let Some(visit) = self.presence.take_request(self.reader) {
                let started = Instant::now();
                let outcome = self.read()?;
                self.finish(visit, outcome, started)?;
            }
            if !self.still_there()? {
                self.presence.card_removed(self.reader);
                return Ok(());
            }
            pause(self.presence, POLL);
        }
        Ok(())
    }

    /// Returns whether the card is still there, by asking for its added address.
    ///
    /// Modules from before there were added addresses do not know that command. They can only be
    /// asked to read the card again.
    fn still_there(&mut self) -> Result<bool, SdtError> {
        match self.module.read_added_address() {
            Err(SdtError::Refused(Status::BadCommand)) => Ok(card_error(self.module.read())?.is_ok()),
            answer => Ok(card_error(answer)?.is_ok()),
        }
    }
}

/// Separates faults of the card (inner error) from faults of the reader (outer error).
fn card_error<T>(outcome: Result<T, SdtError>) -> Result<Result<T, CardError>, SdtError> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(error @ (SdtError::Refused(_) | SdtError::Damaged | SdtError::Malformed)) => {
            Ok(Err(error.into()))
        }
        Err(error) => Err(error),
    }
}
