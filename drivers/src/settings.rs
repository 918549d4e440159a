//! Settings for all devices of a desk.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::camera::CameraSettings;
use crate::card::CardReaderSettings;
use crate::chip_photo::ChipPhotoSettings;
use crate::scanner::ScannerSettings;

/// Devices of one desk, as configured. Every device may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceSettings {
    /// Card readers of the desk.
    pub card_readers: CardReaderSettings,
    /// Address of the printer, such as `ipp://localhost:631/printers/desk`.
    pub printer: Option<String>,
    /// Certificate authority of an encrypted printer (PEM); without it, whom the system trusts.
    pub printer_authority: Option<PathBuf>,
    /// Camera of the desk.
    pub camera: Option<CameraSettings>,
    /// 2D scanner, if it is on a serial line.
    pub scanner: Option<ScannerSettings>,
    /// Library that decodes the chip's portrait.
    pub chip_photo: Option<ChipPhotoSettings>,
}
