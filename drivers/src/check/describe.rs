//! Describes the devices of a running desk as check results.

use super::{Detail, DeviceCheck, DeviceKind, DeviceProblem, Verdict};
use crate::camera::CameraView;
use crate::card::{CardError, ReaderState, ReaderStatus};
use crate::chip_photo::ChipPhotoError;
use crate::printer::{PrinterError, PrinterProblem, PrinterStatus};
use crate::scanner::ScannerError;

/// Describes one reader from [`crate::card::Readers::status`].
#[must_use]
pub fn reader_check(status: &ReaderStatus) -> DeviceCheck {
    let card = match (status.state, status.last_error) {
        (ReaderState::CardPresent, None) => Some(Detail::CardRead),
        (ReaderState::CardPresent | ReaderState::Reading, _) => Some(Detail::CardPresent),
        (ReaderState::Absent | ReaderState::Empty, _) => None,
    };
    let verdict = match (status.state, status.last_error) {
        (ReaderState::Absent, Some(CardError::ReaderMute | CardError::ReaderBusy | CardError::Protocol)) => {
            Verdict::Trouble
        }
        (ReaderState::Absent, Some(CardError::ModuleFailed)) => Verdict::Trouble,
        (ReaderState::Absent, _) => Verdict::Absent,
        // The latest error of a card is shown, but it is not the reader's fault.
        (ReaderState::Empty | ReaderState::Reading | ReaderState::CardPresent, _) => Verdict::Works,
    };
    DeviceCheck {
        device: DeviceKind::CardReader,
        name: status.reader.clone(),
        verdict,
        problem: status.last_error.map(DeviceProblem::Card),
        details: status.module.clone().map(Detail::Module).into_iter().chain(card).collect(),
    }
}

/// Describes the state in which the card service does not answer, so no PC/SC reader can be seen.
#[must_use]
pub fn service_lost_check() -> DeviceCheck {
    DeviceCheck {
        device: DeviceKind::CardReader,
        name: "PC/SC".to_owned(),
        verdict: Verdict::Absent,
        problem: Some(DeviceProblem::Card(CardError::ServiceLost)),
        details: Vec::new(),
    }
}

/// Describes the printer at an address.
#[must_use]
pub fn printer_check(address: &str, status: &Result<PrinterStatus, PrinterError>) -> DeviceCheck {
    let (verdict, problem, details) = match status {
        Ok(status) => {
            let problem = printer_problem(status);
            let verdict = if problem.is_none() { Verdict::Works } else { Verdict::Trouble };
            (verdict, problem, printer_details(status))
        }
        Err(error) => {
            let absent = matches!(error, PrinterError::Unreachable | PrinterError::NotFound);
            let verdict = if absent { Verdict::Absent } else { Verdict::Trouble };
            (verdict, Some(DeviceProblem::Printer(*error)), Vec::new())
        }
    };
    DeviceCheck { device: DeviceKind::Printer, name: address.to_owned(), verdict, problem, details }
}

fn printer_problem(status: &PrinterStatus) -> Option<DeviceProblem> {
    let empty = status.reasons.iter().find(|reason| reason.problem == PrinterProblem::PaperOut);
    let blocking = status.blocking_problem().or_else(|| empty.map(|reason| reason.problem));
    match blocking {
        Some(problem) => Some(DeviceProblem::PrinterState(problem)),
        None if !status.accepting => Some(DeviceProblem::Printer(PrinterError::NotAccepting)),
        None if !status.prints_pdf => Some(DeviceProblem::Printer(PrinterError::FormatNotSupported)),
        None => None,
    }
}

fn printer_details(status: &PrinterStatus) -> Vec<Detail> {
    let paper = (!status.media_ready.is_empty()).then(|| Detail::PaperLoaded(status.media_ready.clone()));
    let jobs = (status.queued_jobs > 0).then_some(Detail::QueuedJobs(status.queued_jobs));
    // An idle printer without a problem says "Idle", which is not worth showing.
    let words = status.message.clone().filter(|_| printer_problem(status).is_some()).map(Detail::OwnWords);
    status.model.clone().map(Detail::Model).into_iter().chain(paper).chain(jobs).chain(words).collect()
}

/// Describes the camera. Without a view, it is not configured.
#[must_use]
pub fn camera_check(name: &str, view: Option<&CameraView>) -> DeviceCheck {
    use crate::camera::CameraError::{Lost, NotFound};
    let (verdict, problem, details) = match view {
        None => (Verdict::NotConfigured, None, Vec::new()),
        Some(CameraView::Picture(frame)) => {
            (Verdict::Works, None, vec![Detail::Picture(frame.width(), frame.height())])
        }
        Some(CameraView::Starting) => {
            (Verdict::Trouble, Some(DeviceProblem::Camera(crate::camera::CameraError::Mute)), Vec::new())
        }
        Some(CameraView::Unavailable(error)) => {
            let absent = matches!(error, NotFound | Lost);
            let verdict = if absent { Verdict::Absent } else { Verdict::Trouble };
            (verdict, Some(DeviceProblem::Camera(*error)), Vec::new())
        }
    };
    DeviceCheck { device: DeviceKind::Camera, name: name.to_owned(), verdict, problem, details }
}

/// Describes the scanner by its device file and latest event. Without a file, it is not configured.
#[must_use]
pub fn scanner_check(path: Option<&str>, last: Result<Option<usize>, ScannerError>) -> DeviceCheck {
    let (verdict, problem, details) = match (path, last) {
        (None, _) => (Verdict::NotConfigured, None, Vec::new()),
        (Some(_), Ok(scanned)) => (Verdict::Works, None, scanned.map(Detail::Scanned).into_iter().collect()),
        (Some(_), Err(error)) => {
            let absent = matches!(error, ScannerError::NotFound | ScannerError::Lost);
            let verdict = if absent { Verdict::Absent } else { Verdict::Trouble };
            (verdict, Some(DeviceProblem::Scanner(error)), Vec::new())
        }
    };
    DeviceCheck {
        device: DeviceKind::Scanner,
        name: path.unwrap_or_default().to_owned(),
        verdict,
        problem,
        details,
    }
}

/// Describes the decoding library and its latest result.
#[must_use]
pub fn chip_photo_check(library: Option<&str>, last: Result<(), ChipPhotoError>) -> DeviceCheck {
    let (verdict, problem) = match (library, last) {
        (None, _) | (_, Err(ChipPhotoError::NotConfigured)) => (Verdict::NotConfigured, None),
        (Some(_), Ok(())) => (Verdict::Works, None),
        (Some(_), Err(error)) => (Verdict::Trouble, Some(DeviceProblem::ChipPhoto(error))),
    };
    DeviceCheck {
        device: DeviceKind::ChipPhoto,
        name: library.unwrap_or_default().to_owned(),
        verdict,
        problem,
        details: Vec::new(),
    }
}
