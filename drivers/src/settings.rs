use serde::{Deserialize, Serialize};

use crate::camera::CameraSettings;
use crate::card::CardReaderSettings;
use crate::chip_photo::ChipPhotoSettings;
use crate::scanner::ScannerSettings;

/// The devices of one desk, as configured. Everything may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceSettings {
    /// Card readers.
    pub card_readers: CardReaderSettings,
    /// Address of the printer, such as `ipp://localhost:631/printers/desk`.
    pub printer: Option<String>,
    /// The camera.
    pub camera: Option<CameraSettings>,
    /// The 2D scanner, when it is on a serial line.
    pub scanner: Option<ScannerSettings>,
    /// The library that decodes the chip's portrait.
    pub chip_photo: Option<ChipPhotoSettings>,
}
