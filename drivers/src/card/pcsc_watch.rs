//! Watches PC/SC readers and reads a card as soon as it is put on.
//!
//! The structure follows from how the service (pcscd) behaves:
//!
//! - After a restart, its old contexts are dead although `is_valid` says otherwise. Every failure
//!   therefore leads to a fresh context.
//! - A `cancel` before the wait is lost, so no wait is longer than [`WAIT`].
//! - A transmit cannot be cancelled, so each card is read on its own thread.

use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use pcsc::{Context, Disposition, Error, Protocols, ReaderState, Scope, ShareMode, State};

use super::apdu::REPLY_LIMIT;
use super::presence::{Presence, Visit};
use super::{ApduChannel, Card, CardError, ChannelError, ReaderChoice, ReaderKind, read_card};

/// Longest wait for a change, and pause before the service is tried again.
const WAIT: Duration = Duration::from_millis(500);

/// Handle to the watcher's current context, for other threads.
#[derive(Clone, Default)]
pub(crate) struct PcscHandle(Arc<Mutex<Option<Context>>>);

impl PcscHandle {
    /// Ends the current wait, if there is one.
    pub(crate) fn wake(&self) {
        if let Some(context) = self.context() {
            // If the cancel fails, the wait ends at its limit.
            let _ = context.cancel();
        }
    }

    fn context(&self) -> Option<Context> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, context: Option<Context>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = context;
    }
}

/// Reads the card of a visit on its own thread.
pub(crate) fn start_reading(presence: &Arc<Presence>, reader: &str, visit: Visit) {
    let (presence_of_thread, name) = (Arc::clone(presence), reader.to_owned());
    let spawned = thread::Builder::new().name("card-read".to_owned()).spawn(move || {
        let started = Instant::now();
        let outcome = read(&name).map(Box::new);
        presence_of_thread.finish_read(&name, visit, outcome, started.elapsed());
    });
    if spawned.is_err() {
        presence.finish_read(reader, visit, Err(CardError::ReaderMute), Duration::ZERO);
    }
}

/// Watches the readers until the presence is stopped.
pub(crate) fn watch(presence: &Arc<Presence>, handle: &PcscHandle, choice: &ReaderChoice) {
    while !presence.is_stopped() {
        match Context::establish(Scope::User) {
            Ok(context) => {
                presence.service_back();
                handle.set(Some(context.clone()));
                let ended = watch_context(presence, choice, &context);
                handle.set(None);
                if let Err(error) = ended {
                    tracing::warn!(%error, "lost the card service");
                    presence.service_lost();
                    presence.all_lost(ReaderKind::Pcsc, CardError::ServiceLost);
                }
            }
            Err(error) => {
                tracing::debug!(%error, "card service is not reachable");
                presence.service_lost();
                thread::sleep(WAIT);
            }
        }
    }
}

/// Watches with one context. An error means that the context is dead.
fn watch_context(presence: &Arc<Presence>, choice: &ReaderChoice, context: &Context) -> Result<(), Error> {
    let mut states = vec![ReaderState::new(pcsc::PNP_NOTIFICATION(), State::UNAWARE)];
    while !presence.is_stopped() {
        drop_dead(presence, &mut states);
        add_new(presence, choice, context, &mut states)?;
        for state in &mut states {
            state.sync_current_state();
        }
        match context.get_status_change(WAIT, &mut states) {
            Ok(()) => {
                for state in states.iter().filter(|state| state.name() != pcsc::PNP_NOTIFICATION()) {
                    follow(presence, state);
                }
            }
            Err(Error::Timeout | Error::Cancelled | Error::UnknownReader) => {}
            Err(error) => return Err(error),
        }
        presence.give_up_stuck_reads();
    }
    Ok(())
}

fn drop_dead(presence: &Presence, states: &mut Vec<ReaderState>) {
    states.retain(|state| {
        let dead = state.event_state().intersects(State::UNKNOWN | State::IGNORE);
        if dead && state.name() != pcsc::PNP_NOTIFICATION() {
            presence.reader_lost(&text(state.name()), CardError::ReaderLost);
        }
        !dead
    });
}

fn add_new(
    presence: &Presence,
    choice: &ReaderChoice,
    context: &Context,
    states: &mut Vec<ReaderState>,
) -> Result<(), Error> {
    let names = match context.list_readers_owned() {
        Ok(names) => names,
        Err(Error::NoReadersAvailable) => Vec::new(),
        Err(error) => return Err(error),
    };
    for name in names {
        let known = states.iter().any(|state| state.name() == name.as_c_str());
        if !known && choice.accepts(&text(&name)) {
            presence.reader_found(&text(&name), ReaderKind::Pcsc, None);
            states.push(ReaderState::new(name, State::UNAWARE));
        }
    }
    Ok(())
}

/// Reports a card as found or removed when PC/SC reports a change of its reader.
fn follow(presence: &Arc<Presence>, state: &ReaderState) {
    let (was, now) = (state.current_state(), state.event_state());
    let reader = text(state.name());
    let present = now.contains(State::PRESENT) && !now.intersects(State::UNAVAILABLE);
    // The upper half of the state counts insertions and removals, which shows two cards
    // swapped between waits.
    let swapped = was.contains(State::PRESENT) && present && (was.bits() >> 16) != (now.bits() >> 16);
    if presence.has_card(&reader) && (!present || swapped) {
        presence.card_removed(&reader);
    }
    if !present || presence.has_card(&reader) {
        return;
    }
    let Some(visit) = presence.card_found(&reader) else { return };
    if now.contains(State::MUTE) {
        presence.finish_read(&reader, visit, Err(CardError::Mute), Duration::ZERO);
    } else {
        start_reading(presence, &reader, visit);
    }
}

fn read(reader: &str) -> Result<Card, CardError> {
    // The library locks a context during a wait, so a shared one would delay every command.
    let context = Context::establish(Scope::User).map_err(|error| CardError::from(channel_error(error)))?;
    let reader = CString::new(reader).map_err(|_| CardError::ReaderLost)?;
    let mut card = context
        .connect(&reader, ShareMode::Shared, Protocols::ANY)
        .map_err(|error| CardError::from(channel_error(error)))?;
    let outcome = read_connected(&mut card);
    // Dropping the card would reset it. A card pulled during a reset still counts as present for
    // the service, which then misses the next card.
    if let Err((card, error)) = card.disconnect(Disposition::LeaveCard) {
        // This happens only if service or reader is gone, and the connection with it.
        tracing::debug!(%error, "could not disconnect the card");
        drop(card);
    }
    outcome
}

fn read_connected(card: &mut pcsc::Card) -> Result<Card, CardError> {
    // The transaction keeps other commands out. Dropping it leaves the card unchanged.
    let transaction = card.transaction().map_err(|error| CardError::from(channel_error(error)))?;
    let status = transaction.status2_owned().map_err(|error| CardError::from(channel_error(error)))?;
    read_card(&mut PcscCard(&transaction), status.atr())
}

struct PcscCard<'card>(&'card pcsc::Card);

impl ApduChannel for PcscCard<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let mut buffer = zeroize::Zeroizing::new([0_u8; REPLY_LIMIT]);
        match self.0.transmit(command, buffer.as_mut()) {
            Ok(reply) => Ok(reply.to_vec()),
            Err(error) => Err(match channel_error(error) {
                // A pulled card often looks like a plain failure, so ask whether it is still there.
                ChannelError::Failed => match self.0.status2_owned() {
                    Ok(_) => ChannelError::Failed,
                    Err(error) => channel_error(error),
                },
                other => other,
            }),
        }
    }
}

fn channel_error(error: Error) -> ChannelError {
    match error {
        Error::RemovedCard | Error::NoSmartcard => ChannelError::Removed,
        Error::UnresponsiveCard | Error::UnpoweredCard | Error::UnsupportedCard => ChannelError::Mute,
        Error::ReaderUnavailable | Error::UnknownReader => ChannelError::ReaderLost,
        Error::NoService | Error::ServiceStopped | Error::CommError | Error::InvalidHandle => {
            ChannelError::ServiceLost
        }
        _ => ChannelError::Failed,
    }
}

fn text(name: &CStr) -> String {
    name.to_string_lossy().into_owned()
}
