//! The serial 2D scanner. Keyboard-wedge scanners type into the page, which tells them from typing
//! by itself.

use super::{
    Counter, CounterEvent,
    devices::{absent, not_configured},
};
use crate::view::{DeviceKind, DeviceState, DeviceView, Failure};
use drivers::scanner::{ScanEvent, Scanner, ScannerError, ScannerSettings};
use std::sync::{Arc, MutexGuard, PoisonError};

/// The scanner that is watched, and what it said last.
pub(super) struct Watched {
    _scanner: Scanner,
    port: String,
    trouble: Option<ScannerError>,
}

impl Counter {
    fn watched(&self) -> MutexGuard<'_, Option<Watched>> {
        self.scanner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches the scanner on this port, or none.
    pub(super) fn start_scanner(self: &Arc<Self>, port: String) {
        if port.is_empty() {
            *self.watched() = None;
            return;
        }
        let settings = ScannerSettings { path: port.clone(), baud_rate: ScannerSettings::FACTORY_BAUD_RATE };
        let (scanner, mut events) = Scanner::start(settings);
        *self.watched() = Some(Watched { _scanner: scanner, port, trouble: None });
        let counter = Arc::downgrade(self);
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let Some(counter) = counter.upgrade() else { return };
                counter.scan_event(event);
            }
        });
    }

    fn scan_event(self: Arc<Self>, event: ScanEvent) {
        let trouble = match event {
            ScanEvent::Found => None,
            ScanEvent::Unavailable(error) | ScanEvent::ScanFailed(error) => Some(error),
            ScanEvent::Scanned(text) => {
                tokio::spawn(self.clone().scanned(text.text().to_owned()));
                None
            }
        };
        if let Some(error) = trouble {
            self.note_trouble(DeviceKind::Scanner, error.into());
        }
        if let Some(watched) = self.watched().as_mut() {
            watched.trouble = trouble;
        }
        self.tell(CounterEvent::Status);
    }

    pub(super) fn scanner_view(&self) -> DeviceView {
        match self.watched().as_ref() {
            None => not_configured(DeviceKind::Scanner),
            Some(Watched {
                trouble: Some(error @ (ScannerError::NotFound | ScannerError::Busy | ScannerError::Lost)),
                ..
            }) => absent(DeviceKind::Scanner, (*error).into()),
            Some(Watched { port, trouble, .. }) => DeviceView {
                kind: DeviceKind::Scanner,
                name: port.clone(),
                state: DeviceState::Ready,
                trouble: trouble.map(Failure::from),
            },
        }
    }
}
