//! `desk.toml`: what belongs to this desk's machine and is no secret. Written by the installer or
//! the Settings screen.

use crate::view::{Failure, ReceiptLayout, SheetLayout};
use desk::vault::VaultSettings;
use drivers::{
    DeviceSettings,
    camera::{CameraSettings, list_cameras},
    card::CardReaderSettings,
    chip_photo::ChipPhotoSettings,
    printer::{Printer, PrinterError},
    scanner::ScannerSettings,
    speech::SpeechSettings,
};
use rules::{failure::CounterFailure, wire::CentralSettings};
use serde::{Deserialize, Serialize};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Name of the file in the desk's folder.
const FILE: &str = "desk.toml";
/// Name of the authority's file where `desk.toml` names none.
const AUTHORITY: &str = "ca.pem";

/// Everything in `desk.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeskConfig {
    /// Address of the centre, and the authority that signs its certificate.
    pub centre: CentreConfig,
    /// Which card readers are watched, and how.
    pub card: CardReaderSettings,
    /// Printer and layouts.
    pub printer: PrinterConfig,
    /// 2D scanner.
    pub scanner: ScannerConfig,
    /// Which camera takes photos.
    pub camera: CameraConfig,
    /// The site's library for chip photos, where it has one.
    pub chip_photo: Option<ChipPhotoSettings>,
    /// How the screen behaves.
    pub screen: ScreenConfig,
    /// The citizen window (客显).
    pub citizen_window: CitizenWindowConfig,
    /// Devices beside the window: queue, rating, displays.
    pub companions: CompanionsConfig,
    /// Prompts spoken through speech-dispatcher; off by default.
    pub speech: SpeechSettings,
    /// What may hold the desk's key.
    pub vault: VaultSettings,
}

/// Where the centre is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CentreConfig {
    /// `https://…`; plain `http://` only to this machine itself.
    pub url: String,
    /// Certificate authority of the centre, PEM: no other is believed. Relative to the desk's
    /// folder; without it `ca.pem` there, if there is one.
    pub ca_file: Option<PathBuf>,
}

/// Printer and layouts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrinterConfig {
    /// `ipp://…` or `ipps://…`; empty = none.
    pub uri: String,
    /// Certificate authority of an encrypted printer, PEM: no other is believed. Relative to the
    /// desk's folder; without it, whom the system trusts.
    pub ca_file: Option<PathBuf>,
    /// Layout of code sheets.
    pub sheet: SheetLayout,
    /// Layout of receipts.
    pub receipt: ReceiptLayout,
}

impl Default for PrinterConfig {
    fn default() -> Self {
        Self { uri: String::new(), ca_file: None, sheet: SheetLayout::A4, receipt: ReceiptLayout::A5 }
    }
}

/// 2D scanner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScannerConfig {
    /// Serial port; empty = keyboard wedge only.
    pub port: String,
}

impl ScannerConfig {
    /// Returns the scanner on a serial port, if there is one.
    pub fn settings(&self) -> Option<ScannerSettings> {
        let path = Some(self.port.clone()).filter(|port| !port.is_empty())?;
        Some(ScannerSettings { path, baud_rate: ScannerSettings::FACTORY_BAUD_RATE })
    }
}

/// Which camera takes photos.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CameraConfig {
    /// `auto`, a device file such as `/dev/video0`, or a folder of pictures (practice); empty =
    /// none.
    pub device: String,
}

impl CameraConfig {
    /// Returns what the setting means: no camera, the first one found, a folder of pictures, or a
    /// device.
    pub fn settings(&self) -> Option<CameraSettings> {
        match self.device.as_str() {
            "" => None,
            "auto" => list_cameras().into_iter().next().map(|one| CameraSettings::Device(one.path.into())),
            path if Path::new(path).is_dir() => Some(CameraSettings::Folder(path.into())),
            path => Some(CameraSettings::Device(path.into())),
        }
    }
}

/// How the screen behaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScreenConfig {
    /// Idle minutes before it locks.
    pub lock_minutes: u16,
}

impl Default for ScreenConfig {
    fn default() -> Self {
        Self { lock_minutes: 10 }
    }
}

/// The citizen window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CitizenWindowConfig {
    /// Open it at start.
    pub open: bool,
    /// Ask there for 无误 or 有误 and a signature.
    pub sign: bool,
    /// Let it take the keyboard when it is touched, for citizens who answer by key. The clerk's
    /// keys go there, too, until the clerk's window is clicked.
    pub keys: bool,
}

impl CitizenWindowConfig {
    /// Tells whether the citizen is asked for an answer and a signature.
    pub const fn asks_signature(&self) -> bool {
        self.open && self.sign
    }
}

/// Devices beside the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompanionsConfig {
    /// Let them connect, through `run/companions.sock` in the desk's folder.
    pub open: bool,
}

impl DeskConfig {
    /// Returns the folder of this user's desk where no other is named, or `None` without a home.
    pub fn default_folder() -> Option<PathBuf> {
        let named = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let data = named("XDG_DATA_HOME").or_else(|| Some(named("HOME")?.join(".local/share")))?;
        Some(data.join("suishen-counter"))
    }

    /// Reads `desk.toml`; a missing file is an empty one.
    ///
    /// # Errors
    /// [`CounterFailure::ConfigUnreadable`] and [`CounterFailure::ConfigMalformed`]; the log has
    /// the reason of system or parser.
    pub fn load(folder: &Path) -> Result<Self, Failure> {
        match std::fs::read_to_string(folder.join(FILE)) {
            Ok(text) => toml::from_str(&text).map_err(|error| malformed(&text, &error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => {
                tracing::error!(%error, "desk.toml cannot be read");
                Err(CounterFailure::ConfigUnreadable.into())
            }
        }
    }

    /// Returns these settings with those in their place that the centre decides.
    #[must_use]
    pub fn decided_by(mut self, central: &CentralSettings) -> Self {
        let CentralSettings { lock_minutes, sheet_layout, receipt_layout, signature } = *central;
        self.screen.lock_minutes = lock_minutes.unwrap_or(self.screen.lock_minutes);
        self.printer.sheet = sheet_layout.unwrap_or(self.printer.sheet);
        self.printer.receipt = receipt_layout.unwrap_or(self.printer.receipt);
        self.citizen_window.sign = signature.unwrap_or(self.citizen_window.sign);
        self
    }

    /// Writes `desk.toml`: a new file beside it, then a rename, so that a power cut leaves the old
    /// or the new one.
    ///
    /// # Errors
    /// [`CounterFailure::ConfigNotSaved`]; the log has the reason of the system.
    pub fn save(&self, folder: &Path) -> Result<(), Failure> {
        let write = || -> Result<(), Box<dyn std::error::Error>> {
            let text = toml::to_string_pretty(self)?;
            let beside = folder.join("desk.toml.new");
            let mut file = std::fs::File::create(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(beside, folder.join(FILE))?;
            Ok(())
        };
        write().map_err(|error| {
            tracing::error!(%error, "desk.toml was not saved");
            CounterFailure::ConfigNotSaved.into()
        })
    }

    /// Returns the printer of this desk, if it has one.
    ///
    /// # Errors
    /// [`PrinterError`] if its address or its certificate authority cannot be used.
    pub fn printer(&self, folder: &Path) -> Option<Result<Printer, PrinterError>> {
        let PrinterConfig { uri, ca_file, .. } = &self.printer;
        if uri.is_empty() {
            return None;
        }
        let Some(ca_file) = ca_file else { return Some(Printer::at(uri)) };
        let read = std::fs::read(folder.join(ca_file)).map_err(|error| {
            tracing::error!(%error, "the printer's certificate authority cannot be read");
            PrinterError::BadAuthority
        });
        Some(read.and_then(|pem| Printer::at(uri)?.trusting(&pem)))
    }

    /// Returns the settings of all devices, as the drivers take them.
    pub fn devices(&self, folder: &Path) -> DeviceSettings {
        DeviceSettings {
            card_readers: self.card.clone(),
            printer: Some(self.printer.uri.clone()).filter(|uri| !uri.is_empty()),
            printer_authority: self.printer.ca_file.as_ref().map(|file| folder.join(file)),
            camera: self.camera.settings(),
            scanner: self.scanner.settings(),
            chip_photo: self.chip_photo.clone(),
        }
    }

    /// The centre's certificate authority file, made absolute.
    pub fn ca_file(&self, folder: &Path) -> Option<PathBuf> {
        match &self.centre.ca_file {
            Some(file) => Some(folder.join(file)),
            None => Some(folder.join(AUTHORITY)).filter(|file| file.is_file()),
        }
    }
}

fn malformed(text: &str, error: &toml::de::Error) -> Failure {
    tracing::error!(%error, "desk.toml is malformed");
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    CounterFailure::ConfigMalformed { line: before.matches('\n').count() + 1 }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_an_empty_one_and_a_saved_one_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(DeskConfig::load(folder.path()).unwrap(), DeskConfig::default());
        let mut config = DeskConfig::default();
        config.centre.url = "https://centre.invalid".into();
        config.printer.sheet = SheetLayout::A4FourUp;
        config.save(folder.path()).unwrap();
        assert_eq!(DeskConfig::load(folder.path()).unwrap(), config);
    }

    #[test]
    fn the_authority_is_the_file_named_or_the_one_that_lies_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = DeskConfig::default();
        assert_eq!(config.ca_file(folder.path()), None);
        std::fs::write(folder.path().join(AUTHORITY), "").unwrap();
        assert_eq!(config.ca_file(folder.path()), Some(folder.path().join(AUTHORITY)));
        config.centre.ca_file = Some("other.pem".into());
        assert_eq!(config.ca_file(folder.path()), Some(folder.path().join("other.pem")));
    }

    #[test]
    fn what_the_centre_decides_counts_before_the_file_and_leaves_the_rest() {
        let own = DeskConfig::default();
        assert_eq!(own.clone().decided_by(&CentralSettings::default()), own);
        let central = CentralSettings {
            lock_minutes: Some(3),
            sheet_layout: Some(SheetLayout::Card),
            receipt_layout: Some(ReceiptLayout::Roll80),
            signature: Some(true),
        };
        let decided = own.decided_by(&central);
        assert_eq!(decided.screen.lock_minutes, 3);
        assert_eq!(
            (decided.printer.sheet, decided.printer.receipt),
            (SheetLayout::Card, ReceiptLayout::Roll80)
        );
        assert!(decided.citizen_window.sign && !decided.citizen_window.open);
    }

    #[test]
    fn a_misspelt_setting_is_an_error_and_not_ignored() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "[printer]\nurl = \"ipp://x\"\n").unwrap();
        let failure = DeskConfig::load(folder.path()).unwrap_err();
        assert_eq!(failure.code, "config_malformed");
        assert!(failure.zh.contains("第 2 行"), "{}", failure.zh);
    }
}
