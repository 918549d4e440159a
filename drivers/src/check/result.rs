//! Results of the desk check.

use serde::{Deserialize, Serialize};

use crate::camera::CameraError;
use crate::card::CardError;
use crate::chip_photo::ChipPhotoError;
use crate::printer::{PrinterError, PrinterProblem};
use crate::scanner::ScannerError;

/// Kind of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// Card reader of the desk (读卡器).
    CardReader,
    /// Decoder of the chip's portrait (芯片照片).
    ChipPhoto,
    /// Printer for sheets and receipts (打印机).
    Printer,
    /// Camera for photos (摄像头).
    Camera,
    /// 2D scanner for codes (扫码枪).
    Scanner,
}

/// Result of checking a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The device was found and works.
    Works,
    /// The device was found, but does not work properly.
    Trouble,
    /// The device is configured or searched for, but was not found.
    Absent,
    /// The device is not configured at this desk.
    NotConfigured,
}

/// Problem of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceProblem {
    /// Problem of a card reader or a card.
    Card(CardError),
    /// The printer does not answer, or refuses.
    Printer(PrinterError),
    /// The printer reports this problem itself.
    PrinterState(PrinterProblem),
    /// Problem of the camera.
    Camera(CameraError),
    /// Problem of the scanner.
    Scanner(ScannerError),
    /// Problem of the decoder for the chip's portrait.
    ChipPhoto(ChipPhotoError),
}

impl DeviceProblem {
    /// Returns the stable code of the problem.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Card(error) => error.code(),
            Self::Printer(error) => error.code(),
            Self::PrinterState(problem) => problem.code(),
            Self::Camera(error) => error.code(),
            Self::Scanner(error) => error.code(),
            Self::ChipPhoto(error) => error.code(),
        }
    }
}

/// Fact about a device, without personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// Number of the reader's security module.
    Module(String),
    /// A card lies on the reader and was read.
    CardRead,
    /// A card lies on the reader, but has not been read.
    CardPresent,
    /// Make and model of the device.
    Model(String),
    /// Paper sizes that are loaded, by standard name.
    PaperLoaded(Vec<String>),
    /// Number of jobs that are waiting.
    QueuedJobs(u32),
    /// Width and height of the picture taken, in pixels.
    Picture(u32, u32),
    /// Length of the scanned code, in bytes.
    Scanned(usize),
    /// A test page was sent to the printer.
    TestPageSent,
    /// Message of the device in its own words.
    OwnWords(String),
}

/// Result for one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCheck {
    /// Kind of the device.
    pub device: DeviceKind,
    /// Name, address or device file; empty if there is none.
    pub name: String,
    /// Result of the check.
    pub verdict: Verdict,
    /// Current or latest problem, if any.
    pub problem: Option<DeviceProblem>,
    /// Further facts about the device.
    pub details: Vec<Detail>,
}

/// Results for all devices of the desk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeskCheck {
    /// Devices in display order.
    pub devices: Vec<DeviceCheck>,
}

impl DeskCheck {
    /// Returns whether every configured device works.
    #[must_use]
    pub fn all_well(&self) -> bool {
        self.devices.iter().all(|device| matches!(device.verdict, Verdict::Works | Verdict::NotConfigured))
    }
}
