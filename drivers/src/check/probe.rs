//! Opens every configured device and checks what it does.

use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{
    DeskCheck, Detail, DeviceCheck, DeviceKind, DeviceProblem, Verdict, camera_check, chip_photo_check,
    printer_check, reader_check, scanner_check, service_lost_check,
};
use crate::DeviceSettings;
use crate::camera::{Camera, CameraSettings, CameraView};
use crate::card::{CardReaderSettings, ChipPhoto, ReaderState, Readers};
use crate::chip_photo::{ChipPhotoDecoder, ChipPhotoError};
use crate::printer::{JobState, Media, PrintOptions, Printer, PrinterError};
use crate::scanner::{ScanEvent, Scanner, ScannerError, ScannerSettings};

/// Time for readers to appear: two answers of the module and the list of the card service.
const SETTLE: Duration = Duration::from_millis(2500);
/// Time for reading a card that is already there.
const READ_LIMIT: Duration = Duration::from_secs(10);
const CAMERA_LIMIT: Duration = Duration::from_secs(5);
const PRINT_LIMIT: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Checks every device of the desk.
///
/// `wait` limits the time to wait for a card and a code; zero means not to wait. `print` sends a
/// test page. The check opens the devices, so it must not run beside a running desk.
pub async fn check(settings: &DeviceSettings, wait: Duration, print: bool) -> DeskCheck {
    let (readers, chip_photo, printer, camera, scanner) = tokio::join!(
        check_readers(&settings.card_readers, wait),
        check_chip_photo(settings),
        check_printer(settings, print),
        check_camera(settings.camera.as_ref()),
        check_scanner(settings.scanner.as_ref(), wait),
    );
    let devices = readers.into_iter().chain([chip_photo, printer, camera, scanner]).collect();
    DeskCheck { devices }
}

async fn check_readers(settings: &CardReaderSettings, wait: Duration) -> Vec<DeviceCheck> {
    let (readers, mut events) = Readers::start(settings.clone());
    // Events are drained so that the watchers go on. The status holds everything needed here.
    let drain = async { while events.recv().await.is_some() {} };
    let look = async {
        sleep(SETTLE).await;
        let end = Instant::now() + wait;
        let has_card = || readers.status().iter().any(|status| status.state == ReaderState::CardPresent);
        while !has_card() && Instant::now() < end {
            sleep(LOOK_AGAIN).await;
        }
        let end = Instant::now() + READ_LIMIT;
        let is_reading = || readers.status().iter().any(|status| status.state == ReaderState::Reading);
        while is_reading() && Instant::now() < end {
            sleep(LOOK_AGAIN).await;
        }
    };
    tokio::select! { () = drain => {}, () = look => {} }
    let mut checks: Vec<DeviceCheck> = readers.status().iter().map(reader_check).collect();
    if settings.pcsc && readers.is_service_lost() {
        checks.push(service_lost_check());
    }
    if checks.is_empty() {
        checks.push(no_reader());
    }
    checks
}

fn no_reader() -> DeviceCheck {
    DeviceCheck {
        device: DeviceKind::CardReader,
        name: String::new(),
        verdict: Verdict::Absent,
        problem: Some(DeviceProblem::Card(crate::card::CardError::ReaderLost)),
        details: Vec::new(),
    }
}

async fn check_printer(settings: &DeviceSettings, print: bool) -> DeviceCheck {
    let Some(address) = settings.printer.as_deref() else {
        return DeviceCheck {
            device: DeviceKind::Printer,
            name: String::new(),
            verdict: Verdict::NotConfigured,
            problem: None,
            details: Vec::new(),
        };
    };
    let printer = match printer_at(address, settings.printer_authority.as_deref()) {
        Ok(printer) => printer,
        Err(error) => return printer_check(address, &Err(error)),
    };
    let mut check = printer_check(address, &printer.status().await);
    if print && check.verdict == Verdict::Works {
        match print_test_page(&printer).await {
            Ok(()) => check.details.push(Detail::TestPageSent),
            Err(problem) => {
                check.verdict = Verdict::Trouble;
                check.problem = Some(problem);
            }
        }
    }
    check
}

fn printer_at(address: &str, authority: Option<&Path>) -> Result<Printer, PrinterError> {
    let Some(authority) = authority else { return Printer::at(address) };
    let pem = std::fs::read(authority).map_err(|_| PrinterError::BadAuthority)?;
    Printer::at(address)?.trusting(&pem)
}

async fn print_test_page(printer: &Printer) -> Result<(), DeviceProblem> {
    let options = PrintOptions { job_name: "desk-check".to_owned(), media: Media::a4(), copies: 1 };
    let job = printer.print(test_page(), &options).await.map_err(DeviceProblem::Printer)?;
    let mut changes = job.watch();
    let end = Instant::now() + PRINT_LIMIT;
    let mut last = None;
    while let Ok(Some(status)) = timeout_at(end, changes.recv()).await {
        if status.state == JobState::Completed {
            return Ok(());
        }
        last = status.blocking_problem();
    }
    // A test page that nobody waits for must not be printed later.
    let cancelled = job.cancel().await;
    tracing::debug!(?cancelled, "gave up on the test page");
    Err(last.map_or(DeviceProblem::Printer(PrinterError::TimedOut), DeviceProblem::PrinterState))
}

async fn check_camera(settings: Option<&CameraSettings>) -> DeviceCheck {
    let Some(settings) = settings else { return camera_check("", None) };
    let (CameraSettings::Device(path) | CameraSettings::Folder(path)) = settings;
    let (_camera, mut view) = Camera::start(settings.clone());
    // Whether or not this times out, the view holds the current state.
    let _ = timeout(CAMERA_LIMIT, view.wait_for(|view| *view != CameraView::Starting)).await;
    let last = view.borrow().clone();
    camera_check(&path.to_string_lossy(), Some(&last))
}

async fn check_scanner(settings: Option<&ScannerSettings>, wait: Duration) -> DeviceCheck {
    let Some(settings) = settings else { return scanner_check(None, Ok(None)) };
    let (_scanner, mut events) = Scanner::start(settings.clone());
    let found = timeout(SETTLE, events.recv()).await.ok().flatten();
    let last = match found {
        Some(ScanEvent::Unavailable(error)) => Err(error),
        Some(_) => first_scan(&mut events, wait).await,
        None => Err(ScannerError::NotFound),
    };
    scanner_check(Some(&settings.path), last)
}

async fn first_scan(
    events: &mut mpsc::Receiver<ScanEvent>,
    wait: Duration,
) -> Result<Option<usize>, ScannerError> {
    match timeout(wait, events.recv()).await {
        Ok(Some(ScanEvent::Scanned(code))) => Ok(Some(code.text().len())),
        Ok(Some(ScanEvent::ScanFailed(error) | ScanEvent::Unavailable(error))) => Err(error),
        Ok(Some(ScanEvent::Found) | None) | Err(_) => Ok(None),
    }
}

/// Checks library and helper by decoding a portrait of nobody. Any answer proves that they work.
async fn check_chip_photo(settings: &DeviceSettings) -> DeviceCheck {
    let library =
        settings.chip_photo.as_ref().map(|settings| settings.library.to_string_lossy().into_owned());
    let decoder = ChipPhotoDecoder::new(settings.chip_photo.clone());
    let outcome = match ChipPhoto::new(&[0; ChipPhoto::LENGTH]) {
        Some(nobody) => decoder.decode(&nobody).await.map(drop),
        None => Err(ChipPhotoError::NotConfigured),
    };
    // A library that rejects the portrait of nobody works.
    let outcome = if outcome == Err(ChipPhotoError::NotAPicture) { Ok(()) } else { outcome };
    chip_photo_check(library.as_deref(), outcome)
}

/// Returns one A4 page with a short text, in a font that every PDF reader has.
#[must_use]
pub fn test_page() -> Vec<u8> {
    const CONTENT: &str = "BT /F1 24 Tf 72 740 Td (suishen-counter: desk check) Tj \
        0 -36 Td /F1 14 Tf (This page was printed to test the printer. It is no document.) Tj ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.276 841.89] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{CONTENT}\nendstream", CONTENT.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut page = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(page.len());
        page.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let table = page.len();
    page.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        page.push_str(&format!("{offset:010} 00000 n \n"));
    }
    page.push_str(&format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    page.into_bytes()
}
