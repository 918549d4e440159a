//! Watches the scanner in a background thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::{ScanLines, ScannedText, ScannerError};
use crate::card::sdt::{Line as _, LineError, SerialLine};

/// Pause before a missing scanner is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// Longest wait for bytes before checking whether the program is ending.
const SLICE: Duration = Duration::from_millis(100);
/// Largest number of queued events.
const EVENT_LIMIT: usize = 16;

/// Settings of the desk's scanner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannerSettings {
    /// Path of the device file, such as `/dev/ttyACM0`.
    pub path: String,
    /// Speed in bits per second; without effect on USB.
    #[serde(default = "factory_baud_rate")]
    pub baud_rate: u32,
}

fn factory_baud_rate() -> u32 {
    ScannerSettings::FACTORY_BAUD_RATE
}

impl ScannerSettings {
    /// Factory setting of most scanners, in bits per second.
    pub const FACTORY_BAUD_RATE: u32 = 9600;
}

/// Event of the scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanEvent {
    /// The scanner was found.
    Found,
    /// The scanner is missing or was disconnected; sent once for each reason.
    Unavailable(ScannerError),
    /// A code was scanned.
    Scanned(ScannedText),
    /// A code was scanned, but is damaged.
    ScanFailed(ScannerError),
}

/// A scanner that is watched in the background. Watching stops when it is dropped.
pub struct Scanner {
    stopped: Arc<AtomicBool>,
}

impl Scanner {
    /// Starts watching the scanner.
    #[must_use]
    pub fn start(settings: ScannerSettings) -> (Self, mpsc::Receiver<ScanEvent>) {
        let (events, receiver) = mpsc::channel(EVENT_LIMIT);
        let stopped = Arc::new(AtomicBool::new(false));
        let watch = Watch { settings, events, stopped: Arc::clone(&stopped) };
        if let Err(error) = thread::Builder::new().name("scanner".to_owned()).spawn(move || watch.run()) {
            tracing::error!(%error, "could not start the scanner thread");
        }
        (Self { stopped }, receiver)
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
    }
}

struct Watch {
    settings: ScannerSettings,
    events: mpsc::Sender<ScanEvent>,
    stopped: Arc<AtomicBool>,
}

impl Watch {
    fn run(&self) {
        let mut told = None;
        while !self.is_stopped() {
            let error = match SerialLine::open(&self.settings.path, self.settings.baud_rate) {
                Ok(line) => {
                    self.send(ScanEvent::Found);
                    told = None;
                    self.listen(line);
                    ScannerError::Lost
                }
                Err(LineError::Busy) => ScannerError::Busy,
                Err(LineError::NotFound | LineError::Lost) => ScannerError::NotFound,
            };
            // A scanner that was just lost need not be reported as missing too.
            let known =
                told == Some(error) || (told == Some(ScannerError::Lost) && error == ScannerError::NotFound);
            if !known && !self.is_stopped() {
                self.send(ScanEvent::Unavailable(error));
                told = Some(error);
            }
            for _ in 0..RETRY.as_millis() / SLICE.as_millis() {
                if !self.is_stopped() {
                    thread::sleep(SLICE);
                }
            }
        }
    }

    /// Receives codes until the line is disconnected.
    fn listen(&self, mut line: SerialLine) {
        let mut lines = ScanLines::default();
        let mut buffer = Zeroizing::new([0_u8; 256]);
        while !self.is_stopped() {
            let Ok(count) = line.receive(buffer.as_mut(), SLICE) else { return };
            for code in lines.push(&buffer[..count]) {
                self.send(match code {
                    Ok(text) => ScanEvent::Scanned(text),
                    Err(error) => ScanEvent::ScanFailed(error),
                });
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire) || self.events.is_closed()
    }

    fn send(&self, event: ScanEvent) {
        let mut event = event;
        while !self.is_stopped() {
            match self.events.try_send(event) {
                Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => return,
                Err(mpsc::error::TrySendError::Full(returned)) => event = returned,
            }
            thread::sleep(SLICE);
        }
    }
}
