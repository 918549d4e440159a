//! Which entry of the catalogue an error of a device is. Drivers do not know the catalogue.

use crate::view::Failure;
use drivers::{
    camera::CameraError,
    card::CardError,
    check::DeviceProblem,
    chip_photo::ChipPhotoError,
    printer::{JobState, PrinterError, PrinterProblem},
    scanner::ScannerError,
};
use rules::failure::DeviceFailure;

/// Returns the entry of the catalogue for a problem of a device.
pub const fn device_failure(problem: DeviceProblem) -> DeviceFailure {
    match problem {
        DeviceProblem::Card(error) => card(error),
        DeviceProblem::Printer(error) => printer(error),
        DeviceProblem::PrinterState(problem) => printer_state(problem),
        DeviceProblem::Camera(error) => camera(error),
        DeviceProblem::Scanner(error) => scanner(error),
        DeviceProblem::ChipPhoto(error) => chip_photo(error),
    }
}

/// Returns what is wrong with a job in this state; `None` if it waits, prints or is done.
pub(crate) const fn job_failure(state: JobState) -> Option<DeviceFailure> {
    Some(match state {
        JobState::Pending | JobState::Processing | JobState::Completed => return None,
        JobState::Held => DeviceFailure::PrintHeld,
        JobState::Stopped => DeviceFailure::PrintStopped,
        JobState::Cancelled => DeviceFailure::PrintCancelled,
        JobState::Aborted => DeviceFailure::PrintAborted,
        JobState::Forgotten => DeviceFailure::PrintForgotten,
    })
}

const fn card(error: CardError) -> DeviceFailure {
    match error {
        CardError::Removed => DeviceFailure::CardRemoved,
        CardError::Mute => DeviceFailure::CardMute,
        CardError::UnknownCard => DeviceFailure::CardUnknown,
        CardError::UnknownLayout => DeviceFailure::CardUnknownLayout,
        CardError::Garbled { .. } => DeviceFailure::CardGarbled,
        CardError::Protocol => DeviceFailure::CardProtocol,
        CardError::HolderProtected => DeviceFailure::CardHolderProtected,
        CardError::NotGenuine => DeviceFailure::CardNotGenuine,
        CardError::ModuleFailed => DeviceFailure::ReaderModuleFailed,
        CardError::ReaderLost => DeviceFailure::ReaderLost,
        CardError::ReaderMute => DeviceFailure::ReaderMute,
        CardError::ReaderBusy => DeviceFailure::ReaderBusy,
        CardError::ServiceLost => DeviceFailure::ReaderServiceLost,
    }
}

const fn printer(error: PrinterError) -> DeviceFailure {
    match error {
        PrinterError::BadAddress => DeviceFailure::PrinterBadAddress,
        PrinterError::BadAuthority => DeviceFailure::PrinterBadAuthority,
        PrinterError::CertificateRefused => DeviceFailure::PrinterCertificateRefused,
        PrinterError::Unreachable => DeviceFailure::PrinterUnreachable,
        PrinterError::TimedOut => DeviceFailure::PrinterTimedOut,
        PrinterError::Protocol => DeviceFailure::PrinterProtocol,
        PrinterError::NotFound => DeviceFailure::PrinterNotFound,
        PrinterError::NotAuthorised => DeviceFailure::PrinterNotAuthorised,
        PrinterError::NotAccepting => DeviceFailure::PrinterNotAccepting,
        PrinterError::MediaNotSupported => DeviceFailure::PrinterMediaNotSupported,
        PrinterError::MediaNotLoaded => DeviceFailure::PrinterMediaNotLoaded,
        PrinterError::FormatNotSupported => DeviceFailure::PrinterFormatNotSupported,
        PrinterError::JobOver => DeviceFailure::PrinterJobOver,
        PrinterError::Rejected => DeviceFailure::PrinterRejected,
    }
}

const fn printer_state(error: PrinterProblem) -> DeviceFailure {
    match error {
        PrinterProblem::PaperOut => DeviceFailure::PrinterPaperOut,
        PrinterProblem::PaperLow => DeviceFailure::PrinterPaperLow,
        PrinterProblem::PaperJam => DeviceFailure::PrinterPaperJam,
        PrinterProblem::CoverOpen => DeviceFailure::PrinterCoverOpen,
        PrinterProblem::TrayMissing => DeviceFailure::PrinterTrayMissing,
        PrinterProblem::OutputFull => DeviceFailure::PrinterOutputFull,
        PrinterProblem::SupplyOut => DeviceFailure::PrinterSupplyOut,
        PrinterProblem::SupplyLow => DeviceFailure::PrinterSupplyLow,
        PrinterProblem::Paused => DeviceFailure::PrinterPaused,
        PrinterProblem::Offline => DeviceFailure::PrinterOffline,
        PrinterProblem::SpoolFull => DeviceFailure::PrinterSpoolFull,
        PrinterProblem::Other => DeviceFailure::PrinterOther,
    }
}

const fn camera(error: CameraError) -> DeviceFailure {
    match error {
        CameraError::NotFound => DeviceFailure::CameraNotFound,
        CameraError::Busy => DeviceFailure::CameraBusy,
        CameraError::Format => DeviceFailure::CameraFormat,
        CameraError::Lost => DeviceFailure::CameraLost,
        CameraError::Mute => DeviceFailure::CameraMute,
        CameraError::Garbled => DeviceFailure::CameraGarbled,
    }
}

const fn scanner(error: ScannerError) -> DeviceFailure {
    match error {
        ScannerError::NotFound => DeviceFailure::ScannerNotFound,
        ScannerError::Busy => DeviceFailure::ScannerBusy,
        ScannerError::Lost => DeviceFailure::ScannerLost,
        ScannerError::Garbled => DeviceFailure::ScannerGarbled,
    }
}

const fn chip_photo(error: ChipPhotoError) -> DeviceFailure {
    match error {
        ChipPhotoError::NotConfigured => DeviceFailure::ChipPhotoNotConfigured,
        ChipPhotoError::HelperMissing => DeviceFailure::ChipPhotoHelperMissing,
        ChipPhotoError::LibraryUnusable => DeviceFailure::ChipPhotoLibraryUnusable,
        ChipPhotoError::Crashed => DeviceFailure::ChipPhotoCrashed,
        ChipPhotoError::TimedOut => DeviceFailure::ChipPhotoTimedOut,
        ChipPhotoError::NotAPicture => DeviceFailure::ChipPhotoNotAPicture,
    }
}

macro_rules! shown_as_failures {
    ($($error:ident: $entry:ident),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                $entry(error).into()
            }
        })+
    };
}

shown_as_failures! {
    CardError: card,
    PrinterError: printer,
    PrinterProblem: printer_state,
    CameraError: camera,
    ScannerError: scanner,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_and_the_catalogue_give_the_same_codes() {
        let problems = CardError::ALL
            .map(DeviceProblem::Card)
            .into_iter()
            .chain(PrinterError::ALL.map(DeviceProblem::Printer))
            .chain(PrinterProblem::ALL.map(DeviceProblem::PrinterState))
            .chain(CameraError::ALL.map(DeviceProblem::Camera))
            .chain(ScannerError::ALL.map(DeviceProblem::Scanner))
            .chain(ChipPhotoError::ALL.map(DeviceProblem::ChipPhoto));
        for problem in problems {
            assert_eq!(device_failure(problem).code(), problem.code());
        }
    }
}
