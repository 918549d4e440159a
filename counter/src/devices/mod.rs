//! The devices of this desk: watched all the time, shown on the status line, tested on the Desk
//! check screen.

mod camera;
mod check;
mod scanner;

use crate::{
    core::{Core, CounterEvent},
    printing::Printing,
    view::{DeviceKind, DeviceState, DeviceView, Failure},
};
use camera::DeskCamera;
use drivers::{
    camera::Frame,
    card::{CardError, CardEvent, ReaderState, Readers},
    printer::{PrinterState, PrinterStatus},
    scanner::ScanEvent,
};
use rules::{At, wire::DeviceTrouble};
use scanner::DeskScanner;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::mpsc::Sender;

/// A printer's answer this young is shown again without asking: the status line is drawn often.
const PRINTER_STATUS_FRESH: Duration = Duration::from_secs(5);
/// How often printer and camera are looked after while nothing is asked of them.
const WATCH_INTERVAL: Duration = Duration::from_secs(10);

/// The devices of this desk.
pub struct Devices {
    core: Arc<Core>,
    printing: Arc<Printing>,
    readers: Mutex<Option<Readers>>,
    pub(crate) camera: DeskCamera,
    scanner: DeskScanner,
    troubles: Mutex<Troubles>,
    /// Set once the devices were started.
    events: OnceLock<Sender<DeviceEvent>>,
}

/// An event that moves a case: the rest stays on the status line.
pub(crate) enum DeviceEvent {
    /// A card came, was read, or went.
    Card(CardEvent),
    /// The serial scanner read a symbol.
    Scanned(String),
}

/// The last error of each device, and the printer's last answer.
#[derive(Default)]
struct Troubles {
    last_errors: BTreeMap<DeviceKind, (Failure, At)>,
    printer: Option<(Instant, Result<PrinterStatus, Failure>)>,
}

impl Devices {
    pub(crate) fn new(core: Arc<Core>, printing: Arc<Printing>) -> Self {
        Self {
            readers: Mutex::default(),
            camera: DeskCamera::new(core.clone()),
            scanner: DeskScanner::default(),
            troubles: Mutex::default(),
            events: OnceLock::new(),
            core,
            printing,
        }
    }

    fn troubles(&self) -> MutexGuard<'_, Troubles> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts every device. `events` gets the cards and the scanned symbols.
    pub(crate) fn start(self: &Arc<Self>, events: Sender<DeviceEvent>) {
        if self.events.set(events).is_err() {
            return; // they run already
        }
        self.restart();
        let devices = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                let Some(devices) = devices.upgrade() else { return };
                devices.ask_printer().await;
                devices.camera.switch_off_if_unused();
                devices.tell_desk().await;
                devices.core.announce(CounterEvent::Status);
                drop(devices);
                tokio::time::sleep(WATCH_INTERVAL).await;
            }
        });
    }

    /// Starts reader and scanner again, with the settings in force. Devices that were never started
    /// stay so.
    pub(crate) fn restart(self: &Arc<Self>) {
        let Some(events) = self.events.get().cloned() else { return };
        let config = self.core.config();
        let (readers, mut card_events) = Readers::start(config.card);
        *self.readers() = Some(readers);
        let cards = events.clone();
        tokio::spawn(async move {
            while let Some(event) = card_events.recv().await {
                if cards.send(DeviceEvent::Card(event)).await.is_err() {
                    return;
                }
            }
        });
        let Some(mut scans) = self.scanner.watch(config.scanner.settings()) else { return };
        let devices = Arc::downgrade(self);
        tokio::spawn(async move {
            while let Some(event) = scans.recv().await {
                let Some(devices) = devices.upgrade() else { return };
                devices.note_scan(&event);
                if let ScanEvent::Scanned(text) = event
                    && events.send(DeviceEvent::Scanned(text.text().to_owned())).await.is_err()
                {
                    return;
                }
            }
        });
    }

    fn readers(&self) -> MutexGuard<'_, Option<Readers>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the names of the readers that were found.
    pub(crate) fn reader_names(&self) -> Vec<String> {
        let readers = self.readers();
        let all = readers.as_ref().map(Readers::status).unwrap_or_default();
        all.into_iter().map(|reader| reader.reader).collect()
    }

    /// Tells whether a card lies on a reader.
    pub(crate) fn is_card_present(&self) -> bool {
        let readers = self.readers();
        let all = readers.as_ref().map(Readers::status).unwrap_or_default();
        all.iter().any(|reader| reader.state == ReaderState::CardPresent)
    }

    /// Reads the card on the reader again.
    pub(crate) fn read_card_again(&self) {
        if let Some(readers) = self.readers().as_ref() {
            readers.read_again();
        }
    }

    /// Takes the next picture of the camera.
    pub(crate) async fn take_frame(&self) -> Result<Arc<Frame>, Failure> {
        let taken = self.camera.take_frame().await;
        if let Err(failure) = &taken {
            self.note_trouble(DeviceKind::Camera, failure.clone());
        }
        taken
    }

    fn note_scan(&self, event: &ScanEvent) {
        if let Some(error) = self.scanner.note(event) {
            self.note_trouble(DeviceKind::Scanner, error.into());
        }
        self.core.announce(CounterEvent::Status);
    }

    pub(crate) fn note_reader(&self, event: &CardEvent) {
        let error = match event {
            CardEvent::ReadFailed { error, .. } => *error,
            CardEvent::ServiceLost => CardError::ServiceLost,
            CardEvent::ReaderLost { .. } => CardError::ReaderLost,
            _ => return,
        };
        self.note_trouble(DeviceKind::CardReader, error.into());
    }

    fn note_trouble(&self, kind: DeviceKind, failure: Failure) {
        let at = self.core.desk().map_or(At(0), |desk| desk.read_clock().at);
        self.troubles().last_errors.insert(kind, (failure, at));
    }

    async fn ask_printer(&self) -> Option<Result<PrinterStatus, Failure>> {
        let printer = self.core.printer()?;
        if let Some((at, known)) = &self.troubles().printer
            && at.elapsed() < PRINTER_STATUS_FRESH
        {
            return Some(known.clone());
        }
        let status = match printer {
            Ok(printer) => printer.status_with_device().await,
            Err(error) => Err(error),
        }
        .map_err(Failure::from);
        if let Err(failure) = &status {
            self.note_trouble(DeviceKind::Printer, failure.clone());
        }
        self.troubles().printer = Some((Instant::now(), status.clone()));
        Some(status)
    }

    /// Returns the devices for the status line.
    pub(crate) async fn views(&self) -> Vec<DeviceView> {
        let config = self.core.config();
        let mut views = vec![self.reader_view()];
        let printer = self.troubles().printer.as_ref().map(|(_, status)| status.clone());
        let print_trouble = self.printing.trouble();
        views.push(with_print_trouble(printer_view(&config.printer.uri, printer.as_ref()), print_trouble));
        views.push(self.camera.view());
        views.push(self.scanner.view());
        views
    }

    /// Tells the desk which devices are not ready, for its heartbeat.
    async fn tell_desk(&self) {
        let Ok(desk) = self.core.desk() else { return };
        let troubles = self.views().await.into_iter().filter_map(|view| {
            let is_down = matches!(view.state, DeviceState::Trouble | DeviceState::Absent);
            let failure = view.trouble.filter(|_| is_down)?.code.try_into().ok()?;
            Some(DeviceTrouble { device: view.kind, failure })
        });
        desk.vitals.note_devices(troubles.collect());
    }

    fn reader_view(&self) -> DeviceView {
        let readers = self.readers();
        let Some(readers) = readers.as_ref() else {
            return absent(DeviceKind::CardReader, CardError::ReaderLost.into());
        };
        if readers.is_service_lost() && readers.status().is_empty() {
            return absent(DeviceKind::CardReader, CardError::ServiceLost.into());
        }
        let all = readers.status();
        let present = all.iter().find(|reader| reader.state != ReaderState::Absent);
        match present {
            Some(reader) => DeviceView {
                kind: DeviceKind::CardReader,
                name: reader.reader.clone(),
                state: if reader.state == ReaderState::Reading {
                    DeviceState::Busy
                } else {
                    DeviceState::Ready
                },
                trouble: None,
            },
            None => absent(
                DeviceKind::CardReader,
                all.iter().find_map(|reader| reader.last_error).unwrap_or(CardError::ReaderLost).into(),
            ),
        }
    }
}

fn printer_view(uri: &str, status: Option<&Result<PrinterStatus, Failure>>) -> DeviceView {
    if uri.is_empty() {
        return not_configured(DeviceKind::Printer);
    }
    let (name, state, trouble) = match status {
        None => (uri.to_owned(), DeviceState::Busy, None),
        Some(Err(failure)) => (uri.to_owned(), DeviceState::Absent, Some(failure.clone())),
        Some(Ok(status)) => match status.blocking_problem() {
            Some(problem) => (status.name.clone(), DeviceState::Trouble, Some(problem.into())),
            None if status.state == PrinterState::Processing => {
                (status.name.clone(), DeviceState::Busy, None)
            }
            None => (status.name.clone(), DeviceState::Ready, None),
        },
    };
    DeviceView { kind: DeviceKind::Printer, name, state, trouble }
}

/// Shows the problem of a waiting job as trouble of the printer: some printers report an empty tray
/// as a remark only.
fn with_print_trouble(printer: DeviceView, print_trouble: Option<Failure>) -> DeviceView {
    match print_trouble {
        Some(_) if printer.trouble.is_none() => {
            DeviceView { state: DeviceState::Trouble, trouble: print_trouble, ..printer }
        }
        _ => printer,
    }
}

pub(crate) fn absent(kind: DeviceKind, trouble: Failure) -> DeviceView {
    DeviceView { kind, name: String::new(), state: DeviceState::Absent, trouble: Some(trouble) }
}

pub(crate) const fn not_configured(kind: DeviceKind) -> DeviceView {
    DeviceView { kind, name: String::new(), state: DeviceState::NotConfigured, trouble: None }
}
