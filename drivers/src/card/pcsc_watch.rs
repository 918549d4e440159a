//! PC/SC readers: waits for readers and cards and reads a card as soon as it lies there.
//!
//! What the service (pcscd) does in practice, and why this looks as it does: after a restart its old contexts are
//! dead while `is_valid` still says otherwise, so every failure ends in a fresh context; `cancel` before the wait
//! is lost, so no wait is longer than [`WAIT`]; a transmit cannot be cancelled, so cards are read on their own
//! threads.

use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use pcsc::{Context, Disposition, Error, Protocols, ReaderState, Scope, ShareMode, State};

use super::apdu::REPLY_LIMIT;
use super::presence::{Presence, Visit};
use super::{ApduChannel, Card, CardError, ChannelError, ReaderChoice, ReaderKind, read_card};

/// Longest wait for a change, and the pause before the service is tried again.
const WAIT: Duration = Duration::from_millis(500);

/// The watcher's side that other threads may use: the context of the moment.
#[derive(Clone, Default)]
pub(crate) struct PcscHandle(Arc<Mutex<Option<Context>>>);

impl PcscHandle {
    /// Ends the wait that is running, if one is.
    pub(crate) fn wake(&self) {
        if let Some(context) = self.context() {
            // A failed cancel only means that the wait runs to its bound.
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

/// Reads the card of a visit on a thread of its own.
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

/// Watches until the presence is stopped.
pub(crate) fn watch(presence: &Arc<Presence>, handle: &PcscHandle, choice: &ReaderChoice) {
    while !presence.is_stopped() {
        match Context::establish(Scope::User) {
            Ok(context) => {
                presence.service_back();
                handle.set(Some(context.clone()));
                let ended = watch_context(presence, choice, &context);
                handle.set(None);
                if let Err(error) = ended {
                    tracing::warn!(%error, "card service lost");
                    presence.service_lost();
                    presence.all_lost(ReaderKind::Pcsc, CardError::ServiceLost);
                }
            }
            Err(error) => {
                tracing::debug!(%error, "card service not reachable");
                presence.service_lost();
                thread::sleep(WAIT);
            }
        }
    }
}

/// Watches one context; an error means that the context is dead.
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

/// Turns what PC/SC says about one reader into a card found or removed.
fn follow(presence: &Arc<Presence>, state: &ReaderState) {
    let (was, now) = (state.current_state(), state.event_state());
    let reader = text(state.name());
    let present = now.contains(State::PRESENT) && !now.intersects(State::UNAVAILABLE);
    // The upper half of the state counts insertions and removals: two cards swapped between two waits.
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
    // A context of its own: the library locks one for the whole of a wait for changes, and every command of a read
    // would stand behind the watcher's.
    let context = Context::establish(Scope::User).map_err(|error| CardError::from(channel_error(error)))?;
    let reader = CString::new(reader).map_err(|_| CardError::ReaderLost)?;
    let mut card = context
        .connect(&reader, ShareMode::Shared, Protocols::ANY)
        .map_err(|error| CardError::from(channel_error(error)))?;
    let outcome = read_connected(&mut card);
    // Never reset: dropping the card would, and the service takes a card pulled during a reset for one that still
    // lies there, so that the next card is not noticed.
    if let Err((card, error)) = card.disconnect(Disposition::LeaveCard) {
        // Only when the service or the reader is gone, and the connection with it.
        tracing::debug!(%error, "card not disconnected");
        drop(card);
    }
    outcome
}

fn read_connected(card: &mut pcsc::Card) -> Result<Card, CardError> {
    // Nobody else's commands come between ours; ends, leaving the card as it is, when dropped.
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
                // A pulled card often shows as a plain failure first: ask whether it is still there.
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
