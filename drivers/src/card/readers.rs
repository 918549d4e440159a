//! Starts the watchers of all configured card readers.

use std::sync::Arc;
use std::thread;

use tokio::sync::mpsc;

#[cfg(feature = "usb")]
use super::ReaderKind;
use super::pcsc_watch::{self, PcscHandle};
use super::presence::Presence;
use super::{CardEvent, CardReaderSettings, ReaderStatus, sdt_watch};

/// The card readers of the desk, watched in the background.
///
/// Dropping it ends the watchers within half a second. Only a card that hangs in an exchange takes
/// longer, because that cannot be cancelled.
pub struct Readers {
    presence: Arc<Presence>,
    pcsc: PcscHandle,
}

impl Readers {
    /// Starts watching. The first events report the readers that are connected.
    ///
    /// A card that already lies on a reader is treated as just put on.
    #[must_use]
    pub fn start(settings: CardReaderSettings) -> (Self, mpsc::Receiver<CardEvent>) {
        let (presence, events) = Presence::new();
        let readers = Self { presence: Arc::new(presence), pcsc: PcscHandle::default() };
        if settings.pcsc {
            let (presence, handle) = (Arc::clone(&readers.presence), readers.pcsc.clone());
            let choice = settings.reader.clone();
            readers.spawn("card-pcsc", move || pcsc_watch::watch(&presence, &handle, &choice));
        }
        for port in settings.serial_ports {
            if settings.reader.accepts(&port.path) {
                let presence = Arc::clone(&readers.presence);
                readers.spawn("card-serial", move || sdt_watch::watch_serial(&presence, &port));
            }
        }
        if settings.usb {
            readers.watch_usb();
        }
        (readers, events)
    }

    #[cfg(feature = "usb")]
    fn watch_usb(&self) {
        let presence = Arc::clone(&self.presence);
        self.spawn("card-usb", move || {
            sdt_watch::watch(&presence, "USB 0400:C35A", ReaderKind::Usb, crate::card::sdt::UsbLine::open);
        });
    }

    #[cfg(not(feature = "usb"))]
    fn watch_usb(&self) {
        tracing::warn!("USB readers are configured, but this program was built without USB support");
    }

    /// Reads the cards on all readers again (the clerk pressed F2).
    ///
    /// Without a card nothing happens: a card is read when it is put on.
    pub fn read_again(&self) {
        for (reader, visit) in self.presence.request_reading_again() {
            pcsc_watch::start_reading(&self.presence, &reader, visit);
        }
    }

    /// Returns every reader that is configured or was ever found, by name.
    #[must_use]
    pub fn status(&self) -> Vec<ReaderStatus> {
        self.presence.status()
    }

    /// Returns whether the system's card service does not answer.
    #[must_use]
    pub fn is_service_lost(&self) -> bool {
        self.presence.is_service_lost()
    }

    fn spawn(&self, name: &str, watch: impl FnOnce() + Send + 'static) {
        if let Err(error) = thread::Builder::new().name(name.to_owned()).spawn(watch) {
            tracing::error!(%error, name, "could not start the watcher");
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.presence.stop();
        self.pcsc.wake();
    }
}
