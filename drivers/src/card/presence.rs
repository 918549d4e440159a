//! Tracks readers and the cards on them, and puts card events in order.
//!
//! A card may be taken away while a thread still reads it. Each stay of a card on a reader
//! therefore has a number, its visit. A result for a visit that is over is dropped, so a holder's
//! data can never arrive after the card's removal.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::{Card, CardError, CardEvent, ReaderKind, ReaderState, ReaderStatus};

/// Largest number of queued events. If the window stops taking them, the watchers wait and memory
/// does not grow.
pub(crate) const EVENT_LIMIT: usize = 64;
/// Longest time to read a card before the clerk is told that it does not answer.
const READ_LIMIT: Duration = Duration::from_secs(10);
const FULL_CHANNEL_PAUSE: Duration = Duration::from_millis(10);

/// One stay of one card on one reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Visit(u64);

struct Slot {
    kind: ReaderKind,
    state: ReaderState,
    module: Option<String>,
    last_error: Option<CardError>,
    visit: u64,
    /// When the current read began. Stays set while a stuck read occupies its thread.
    reading_since: Option<Instant>,
    /// Whether the clerk asked to read the card again and the reader's thread has not begun.
    requested: bool,
}

pub(crate) struct Presence {
    events: mpsc::Sender<CardEvent>,
    /// Held from a change of `readers` until its events are sent, so events are sent in the
    /// order of changes. It is separate from `readers`, so that asking for the status never
    /// waits for the window.
    order: Mutex<()>,
    readers: Mutex<BTreeMap<String, Slot>>,
    service_lost: AtomicBool,
    stopped: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change below is complete before anything that could panic, so a poisoned lock is safe.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Presence {
    pub(crate) fn new() -> (Self, mpsc::Receiver<CardEvent>) {
        let (events, receiver) = mpsc::channel(EVENT_LIMIT);
        let presence = Self {
            events,
            order: Mutex::default(),
            readers: Mutex::default(),
            service_lost: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        };
        (presence, receiver)
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    /// Returns whether the watchers should end: on request, or because nobody receives events.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire) || self.events.is_closed()
    }

    pub(crate) fn service_lost(&self) {
        if !self.service_lost.swap(true, Ordering::AcqRel) {
            let _order = lock(&self.order);
            self.send(CardEvent::ServiceLost);
        }
    }

    pub(crate) fn service_back(&self) {
        if self.service_lost.swap(false, Ordering::AcqRel) {
            let _order = lock(&self.order);
            self.send(CardEvent::ServiceBack);
        }
    }

    pub(crate) fn is_service_lost(&self) -> bool {
        self.service_lost.load(Ordering::Acquire)
    }

    /// Adds a configured reader that was not found yet, so that the status shows it.
    pub(crate) fn reader_expected(&self, reader: &str, kind: ReaderKind) {
        lock(&self.readers).entry(reader.to_owned()).or_insert(Slot {
            kind,
            state: ReaderState::Absent,
            module: None,
            last_error: None,
            visit: 0,
            reading_since: None,
            requested: false,
        });
    }

    pub(crate) fn reader_found(&self, reader: &str, kind: ReaderKind, module: Option<String>) {
        let _order = lock(&self.order);
        self.reader_expected(reader, kind);
        let appeared = self.with(reader, |slot| {
            slot.module = module;
            slot.last_error = None;
            let appeared = slot.state == ReaderState::Absent;
            if appeared {
                slot.state = ReaderState::Empty;
            }
            appeared
        });
        if appeared == Some(true) {
            self.send(CardEvent::ReaderFound { reader: reader.to_owned() });
        }
    }

    pub(crate) fn reader_lost(&self, reader: &str, error: CardError) {
        let _order = lock(&self.order);
        self.remove_card(reader, error);
        let went = self.with(reader, |slot| {
            slot.last_error = Some(error);
            std::mem::replace(&mut slot.state, ReaderState::Absent) != ReaderState::Absent
        });
        if went == Some(true) {
            self.send(CardEvent::ReaderLost { reader: reader.to_owned() });
        }
    }

    /// Reports every reader of a kind as lost, after their common connection failed.
    pub(crate) fn all_lost(&self, kind: ReaderKind, error: CardError) {
        let names: Vec<String> = lock(&self.readers)
            .iter()
            .filter(|(_, slot)| slot.kind == kind)
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            self.reader_lost(&name, error);
        }
    }

    /// Reports a card that was put on. The caller reads it and calls [`Presence::finish_read`].
    pub(crate) fn card_found(&self, reader: &str) -> Option<Visit> {
        let _order = lock(&self.order);
        let visit = self.with(reader, |slot| {
            slot.state = ReaderState::Reading;
            slot.visit += 1;
            slot.reading_since = Some(Instant::now());
            Visit(slot.visit)
        })?;
        self.send(CardEvent::CardFound { reader: reader.to_owned() });
        Some(visit)
    }

    /// Requests another read of every card that is not being read.
    ///
    /// Returns the cards on PC/SC readers, which the caller must read. Other readers have a thread
    /// that takes the request.
    pub(crate) fn request_reading_again(&self) -> Vec<(String, Visit)> {
        lock(&self.readers)
            .iter_mut()
            .filter(|(_, slot)| slot.state == ReaderState::CardPresent && slot.reading_since.is_none())
            .filter_map(|(name, slot)| {
                slot.state = ReaderState::Reading;
                slot.reading_since = Some(Instant::now());
                slot.requested = slot.kind != ReaderKind::Pcsc;
                (!slot.requested).then(|| (name.clone(), Visit(slot.visit)))
            })
            .collect()
    }

    /// Takes the request to read the card on this reader again, if there is one.
    pub(crate) fn take_request(&self, reader: &str) -> Option<Visit> {
        self.with(reader, |slot| std::mem::take(&mut slot.requested).then_some(Visit(slot.visit)))?
    }

    pub(crate) fn finish_read(
        &self,
        reader: &str,
        visit: Visit,
        outcome: Result<Box<Card>, CardError>,
        took: Duration,
    ) {
        let _order = lock(&self.order);
        let current = self.with(reader, |slot| {
            if slot.visit == visit.0 {
                slot.reading_since = None;
            }
            let current = slot.visit == visit.0 && slot.state == ReaderState::Reading;
            if current {
                slot.state = ReaderState::CardPresent;
                slot.last_error = outcome.as_ref().err().copied();
            }
            current
        });
        if current == Some(true) {
            let reader = reader.to_owned();
            self.send(match outcome {
                Ok(card) => CardEvent::Read { reader, card, took },
                Err(error) => CardEvent::ReadFailed { reader, error },
            });
        }
    }

    /// Reports reads that take too long. If their results still arrive, they are dropped.
    pub(crate) fn give_up_stuck_reads(&self) {
        let _order = lock(&self.order);
        let stuck: Vec<String> = lock(&self.readers)
            .iter_mut()
            .filter(|(_, slot)| {
                slot.state == ReaderState::Reading
                    && slot.reading_since.is_some_and(|since| since.elapsed() > READ_LIMIT)
            })
            .map(|(name, slot)| {
                slot.state = ReaderState::CardPresent;
                slot.last_error = Some(CardError::Mute);
                name.clone()
            })
            .collect();
        for reader in stuck {
            self.send(CardEvent::ReadFailed { reader, error: CardError::Mute });
        }
    }

    pub(crate) fn card_removed(&self, reader: &str) {
        let _order = lock(&self.order);
        self.remove_card(reader, CardError::Removed);
    }

    pub(crate) fn has_card(&self, reader: &str) -> bool {
        lock(&self.readers)
            .get(reader)
            .is_some_and(|slot| matches!(slot.state, ReaderState::Reading | ReaderState::CardPresent))
    }

    pub(crate) fn status(&self) -> Vec<ReaderStatus> {
        lock(&self.readers)
            .iter()
            .map(|(name, slot)| ReaderStatus {
                reader: name.clone(),
                kind: slot.kind,
                state: slot.state,
                module: slot.module.clone(),
                last_error: slot.last_error,
            })
            .collect()
    }

    /// Removes the card of a reader. The caller must hold `order`.
    fn remove_card(&self, reader: &str, cause: CardError) {
        let before = self.with(reader, |slot| {
            let before = slot.state;
            if matches!(before, ReaderState::Reading | ReaderState::CardPresent) {
                slot.state = ReaderState::Empty;
                slot.visit += 1;
                slot.requested = false;
            }
            if before == ReaderState::Reading {
                slot.last_error = Some(cause);
            }
            before
        });
        let reader = reader.to_owned();
        if before == Some(ReaderState::Reading) {
            self.send(CardEvent::ReadFailed { reader: reader.clone(), error: cause });
        }
        if matches!(before, Some(ReaderState::Reading | ReaderState::CardPresent)) {
            self.send(CardEvent::CardRemoved { reader });
        }
    }

    fn with<T>(&self, reader: &str, change: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        lock(&self.readers).get_mut(reader).map(change)
    }

    /// Sends an event. Waits while the channel is full, unless the watchers should end.
    fn send(&self, event: CardEvent) {
        let mut event = event;
        while !self.is_stopped() {
            match self.events.try_send(event) {
                Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => return,
                Err(mpsc::error::TrySendError::Full(returned)) => event = returned,
            }
            thread::sleep(FULL_CHANNEL_PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::card::TypeBIdentifier;

    const READER: &str = "reader";

    fn with_reader() -> (Presence, mpsc::Receiver<CardEvent>) {
        let (presence, mut events) = Presence::new();
        presence.reader_found(READER, ReaderKind::Serial, None);
        assert!(matches!(events.try_recv(), Ok(CardEvent::ReaderFound { .. })));
        (presence, events)
    }

    fn card() -> Result<Box<Card>, CardError> {
        Ok(Box::new(Card::Identifier(TypeBIdentifier([0; 8]))))
    }

    fn drain(events: &mut mpsc::Receiver<CardEvent>) -> Vec<String> {
        std::iter::from_fn(|| events.try_recv().ok()).map(|event| format!("{event:?}")).collect()
    }

    #[test]
    fn a_result_after_the_removal_is_dropped() {
        let (presence, mut events) = with_reader();
        let visit = presence.card_found(READER).unwrap();
        presence.card_removed(READER);
        presence.finish_read(READER, visit, card(), Duration::ZERO);
        let seen = drain(&mut events);
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert!(seen[0].starts_with("CardFound") && seen[1].contains("error: Removed"));
        assert!(seen[2].starts_with("CardRemoved"));
    }

    #[test]
    fn a_result_of_the_previous_card_is_dropped() {
        let (presence, mut events) = with_reader();
        let first = presence.card_found(READER).unwrap();
        presence.card_removed(READER);
        let second = presence.card_found(READER).unwrap();
        drain(&mut events);
        presence.finish_read(READER, first, card(), Duration::ZERO);
        assert!(drain(&mut events).is_empty());
        presence.finish_read(READER, second, card(), Duration::ZERO);
        assert!(drain(&mut events)[0].starts_with("Read {"));
    }

    #[test]
    fn a_lost_reader_loses_its_card_too() {
        let (presence, mut events) = with_reader();
        let visit = presence.card_found(READER).unwrap();
        presence.finish_read(READER, visit, card(), Duration::ZERO);
        drain(&mut events);
        presence.reader_lost(READER, CardError::ReaderLost);
        let seen = drain(&mut events);
        assert!(seen[0].starts_with("CardRemoved") && seen[1].starts_with("ReaderLost"), "{seen:?}");
        presence.reader_lost(READER, CardError::ReaderLost);
        assert!(drain(&mut events).is_empty(), "said once");
    }

    #[test]
    fn reading_again_needs_a_card_and_happens_once() {
        let (presence, _events) = with_reader();
        assert!(presence.request_reading_again().is_empty() && presence.take_request(READER).is_none());
        let visit = presence.card_found(READER).unwrap();
        presence.request_reading_again();
        assert!(presence.take_request(READER).is_none(), "it is being read");
        presence.finish_read(READER, visit, card(), Duration::ZERO);
        presence.request_reading_again();
        assert_eq!(presence.take_request(READER), Some(visit));
        assert!(presence.take_request(READER).is_none());
    }

    #[test]
    fn a_window_that_takes_no_events_does_not_keep_the_program_running() {
        let (presence, events) = with_reader();
        let presence = Arc::new(presence);
        let watcher = thread::spawn({
            let presence = Arc::clone(&presence);
            move || {
                while !presence.is_stopped() {
                    presence.card_found(READER);
                    presence.card_removed(READER);
                }
            }
        });
        while events.len() < EVENT_LIMIT {
            thread::yield_now();
        }
        // The status never waits for the window.
        assert_eq!(presence.status().len(), 1);
        presence.stop();
        watcher.join().unwrap();
    }
}
