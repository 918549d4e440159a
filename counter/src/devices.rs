//! The devices of this desk: watched all the time, shown on the status line, tested on the Desk
//! check screen.

use super::{
    Counter, CounterEvent, case::Stage, case_view::short, format::time_text, papers::window_name,
    printing::Ready,
};
use crate::view::{DeviceCheckView, DeviceKind, DeviceState, DeviceView, Failure, Paper};
use drivers::{
    card::{CardError, CardEvent, ReaderState, Readers},
    printer::{Media as PrinterMedia, Printer, PrinterState, PrinterStatus},
};
use paper::{Media, test_page};
use rules::{At, permission::Duty};
use std::{
    collections::BTreeMap,
    sync::{Arc, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A printer's answer this young is shown again without asking: the status line is drawn often.
const PRINTER_STATUS_FRESH: Duration = Duration::from_secs(5);
/// How often printer and camera are looked after while nothing is asked of them.
const WATCH_INTERVAL: Duration = Duration::from_secs(10);

/// What was last wrong, and other things the status line remembers.
#[derive(Default)]
pub(super) struct Troubles {
    last_errors: BTreeMap<DeviceKind, (Failure, At)>,
    printer: Option<(Instant, Result<PrinterStatus, Failure>)>,
    /// Who logged in offline, and until when that holds.
    pub offline_until: Option<(String, At)>,
}

impl Counter {
    pub(super) fn troubles(&self) -> MutexGuard<'_, Troubles> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts or restarts every device with the settings in force.
    pub(super) fn start_devices(self: &Arc<Self>) {
        let config = self.config();
        let (readers, mut card_events) = Readers::start(config.card);
        *self.readers.lock().unwrap_or_else(PoisonError::into_inner) = Some(readers);
        let counter = Arc::downgrade(self);
        tokio::spawn(async move {
            while let Some(event) = card_events.recv().await {
                let Some(counter) = counter.upgrade() else { return };
                counter.card_event(event).await;
            }
        });
        self.start_scanner(config.scanner.port);
        let counter = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                let Some(counter) = counter.upgrade() else { return };
                counter.ask_printer().await;
                counter.switch_off_unused_camera();
                counter.tell(CounterEvent::Status);
                drop(counter);
                tokio::time::sleep(WATCH_INTERVAL).await;
            }
        });
    }

    /// A card that was laid down while nobody was at work. Whoever is in front stays: their card,
    /// or that of somebody acting for them, is only noted.
    pub(super) fn read_waiting_card(&self) {
        if let Some(readers) = self.readers.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            let waiting = readers.status().iter().any(|reader| reader.state == ReaderState::CardPresent);
            if !waiting {
                return;
            }
            let mut case = self.case();
            if matches!(case.stage, Stage::Waiting) {
                let left = case.card_found();
                debug_assert!(left.is_none(), "who waits for a card has no case in hand");
            }
            drop(case);
            readers.read_again();
        }
    }

    pub(super) fn note_reader(&self, event: &CardEvent) {
        let error = match event {
            CardEvent::ReadFailed { error, .. } => *error,
            CardEvent::ServiceLost => CardError::ServiceLost,
            CardEvent::ReaderLost { .. } => CardError::ReaderLost,
            _ => return,
        };
        self.note_trouble(DeviceKind::CardReader, error.into());
    }

    pub(super) fn note_trouble(&self, kind: DeviceKind, failure: Failure) {
        let at = self.desk().map_or(At(0), |desk| desk.read_clock().at);
        self.troubles().last_errors.insert(kind, (failure, at));
    }

    async fn ask_printer(&self) -> Option<Result<PrinterStatus, Failure>> {
        let uri = self.config().printer.uri;
        if uri.is_empty() {
            return None;
        }
        if let Some((at, known)) = &self.troubles().printer
            && at.elapsed() < PRINTER_STATUS_FRESH
        {
            return Some(known.clone());
        }
        let status = match Printer::connect(&uri).await {
            Ok(printer) => printer.status().await,
            Err(error) => Err(error),
        }
        .map_err(Failure::from);
        if let Err(failure) = &status {
            self.note_trouble(DeviceKind::Printer, failure.clone());
        }
        self.troubles().printer = Some((Instant::now(), status.clone()));
        Some(status)
    }

    /// The devices on the status line.
    pub(super) async fn device_views(&self) -> Vec<DeviceView> {
        let config = self.config();
        let mut views = vec![self.reader_view()];
        let printer = self.troubles().printer.as_ref().map(|(_, status)| status.clone());
        let held_up = self.prints().iter().find_map(|print| print.held_up_by().cloned());
        views.push(with_held_up(printer_view(&config.printer.uri, printer.as_ref()), held_up));
        views.push(self.camera_view());
        views.push(self.scanner_view());
        views
    }

    fn reader_view(&self) -> DeviceView {
        let readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// Every device: found, working, last error.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn check_devices(&self) -> Result<Vec<DeviceCheckView>, Failure> {
        self.desk()?.operator()?.may(Duty::CheckDevices)?;
        let printer = self.ask_printer().await;
        let mut checks = Vec::new();
        for device in self.device_views().await {
            let (found_zh, found_en) = self.found(device.kind, printer.as_ref());
            let last = self.troubles().last_errors.get(&device.kind).cloned();
            checks.push(DeviceCheckView {
                kind: device.kind,
                name: device.name,
                state: device.state,
                found_zh,
                found_en,
                last_error_at: last.as_ref().map(|(_, at)| time_text(*at)),
                last_error: device.trouble.or_else(|| last.map(|(failure, _)| failure)),
            });
        }
        Ok(checks)
    }

    /// Tests one device: reads a card, prints a test page, takes a picture; the scanner shows its
    /// next symbol by itself.
    ///
    /// # Errors
    /// Not permitted, or what the device says.
    pub async fn test_device(self: &Arc<Self>, kind: DeviceKind) -> Result<DeviceCheckView, Failure> {
        self.desk()?.operator()?.may(Duty::CheckDevices)?;
        match kind {
            DeviceKind::CardReader => {
                if let Some(readers) = self.readers.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
                    readers.read_again();
                }
            }
            DeviceKind::Printer => self.print_test_page().await?,
            DeviceKind::Camera => {
                self.take_frame().await?;
            }
            DeviceKind::Scanner => {}
        }
        let checks = self.check_devices().await?;
        checks.into_iter().find(|check| check.kind == kind).ok_or_else(super::failure::out_of_step)
    }

    async fn print_test_page(self: &Arc<Self>) -> Result<(), Failure> {
        let desk = self.desk()?;
        let identity = desk.identity();
        let page = test_page::TestPage {
            site: &identity.site_name,
            desk: &window_name(identity.desk_number),
            printer: &self.config().printer.uri,
            printed_at: desk.read_clock().at.civil(),
            code: &format!("SUISHEN-TEST {}", short(&uuid::Uuid::now_v7().simple().to_string())),
        };
        let pdf = test_page::render(self.fonts()?, &page, Media::A4)?;
        self.start_print(Ready {
            paper: Paper::TestPage,
            pdf,
            media: PrinterMedia::a4(),
            case_number: None,
            serial: None,
        })
        .await
    }

    fn found(
        &self,
        kind: DeviceKind,
        printer: Option<&Result<PrinterStatus, Failure>>,
    ) -> (Vec<String>, Vec<String>) {
        match kind {
            DeviceKind::CardReader => {
                let readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
                let all = readers.as_ref().map(Readers::status).unwrap_or_default();
                let word = |state| match state {
                    ReaderState::Absent => ("未找到", "not found"),
                    ReaderState::Empty => ("就绪，无证件", "ready, no card"),
                    ReaderState::Reading => ("正在读取", "reading"),
                    ReaderState::CardPresent => ("已放证件", "card present"),
                };
                (
                    all.iter().map(|reader| format!("{}：{}", reader.reader, word(reader.state).0)).collect(),
                    all.iter().map(|reader| format!("{}: {}", reader.reader, word(reader.state).1)).collect(),
                )
            }
            DeviceKind::Printer => match printer {
                Some(Ok(status)) => {
                    let model = status.model.clone().unwrap_or_else(|| status.name.clone());
                    let media = status.media_ready.join(", ");
                    let reasons: Vec<Failure> =
                        status.reasons.iter().map(|reason| reason.problem.into()).collect();
                    (
                        vec![
                            model.clone(),
                            format!("纸张：{media}"),
                            format!("排队任务：{}", status.queued_jobs),
                            reasons.iter().map(|reason| reason.zh.as_str()).collect(),
                        ],
                        vec![
                            model,
                            format!("Media: {media}"),
                            format!("Jobs waiting: {}", status.queued_jobs),
                            reasons.iter().map(|reason| reason.en.as_str()).collect(),
                        ],
                    )
                }
                Some(Err(failure)) => (vec![failure.zh.clone()], vec![failure.en.clone()]),
                None => (vec!["尚未设置打印机".to_owned()], vec!["No printer is set up".to_owned()]),
            },
            DeviceKind::Camera => {
                let cameras = drivers::camera::list_cameras();
                if cameras.is_empty() {
                    (vec!["系统中没有视频设备".to_owned()], vec!["The system has no video device".to_owned()])
                } else {
                    let names: Vec<_> = cameras.into_iter().map(|camera| camera.name).collect();
                    (names.clone(), names)
                }
            }
            DeviceKind::Scanner => (
                vec!["键盘仿真扫码枪随时可用；串口扫码枪按设置连接".to_owned()],
                vec!["Keyboard-wedge scanners always work; a serial one is used as set up".to_owned()],
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

/// What a job waits for is the printer's trouble, whatever the printer calls it: an empty tray is a
/// report to some.
fn with_held_up(printer: DeviceView, held_up: Option<Failure>) -> DeviceView {
    match held_up {
        Some(_) if printer.trouble.is_none() => {
            DeviceView { state: DeviceState::Trouble, trouble: held_up, ..printer }
        }
        _ => printer,
    }
}

pub(super) fn absent(kind: DeviceKind, trouble: Failure) -> DeviceView {
    DeviceView { kind, name: String::new(), state: DeviceState::Absent, trouble: Some(trouble) }
}

pub(super) const fn not_configured(kind: DeviceKind) -> DeviceView {
    DeviceView { kind, name: String::new(), state: DeviceState::NotConfigured, trouble: None }
}
