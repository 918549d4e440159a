//! The serial 2D scanner. Keyboard-wedge scanners type into the page, which tells them from typing
//! by itself.

use super::{absent, not_configured};
use crate::view::{DeviceKind, DeviceState, DeviceView, Failure};
use drivers::scanner::{ScanEvent, Scanner, ScannerError, ScannerSettings};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::Receiver;

/// The scanner that is watched, and what it said last.
struct Watched {
    _scanner: Scanner,
    port: String,
    trouble: Option<ScannerError>,
}

/// The scanner of this desk, where one is set up.
#[derive(Default)]
pub(crate) struct DeskScanner(Mutex<Option<Watched>>);

impl DeskScanner {
    fn state(&self) -> MutexGuard<'_, Option<Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches the scanner of the desk, if it has one.
    pub(crate) fn watch(&self, settings: Option<ScannerSettings>) -> Option<Receiver<ScanEvent>> {
        let Some(settings) = settings else {
            *self.state() = None;
            return None;
        };
        let port = settings.path.clone();
        let (scanner, events) = Scanner::start(settings);
        *self.state() = Some(Watched { _scanner: scanner, port, trouble: None });
        Some(events)
    }

    /// Notes an event for the status line and returns its error, if it is one.
    pub(crate) fn note(&self, event: &ScanEvent) -> Option<ScannerError> {
        let trouble = match event {
            ScanEvent::Found | ScanEvent::Scanned(_) => None,
            ScanEvent::Unavailable(error) | ScanEvent::ScanFailed(error) => Some(*error),
        };
        if let Some(watched) = self.state().as_mut() {
            watched.trouble = trouble;
        }
        trouble
    }

    pub(crate) fn view(&self) -> DeviceView {
        match self.state().as_ref() {
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
