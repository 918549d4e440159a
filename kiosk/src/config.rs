//! Settings of a kiosk: the file `kiosk.toml` in its folder.

use anyhow::Context as _;
use drivers::{card::CardReaderSettings, scanner::ScannerSettings};
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) centre: CentreConfig,
    pub(crate) page: PageConfig,
    pub(crate) printer: Option<PrinterConfig>,
    #[serde(default)]
    pub(crate) card: CardReaderSettings,
    pub(crate) scanner: Option<ScannerSettings>,
    #[serde(default)]
    pub(crate) visit: VisitConfig,
    /// Seconds between two looks at printer and centre.
    #[serde(default = "look_seconds")]
    pub(crate) look_seconds: u32,
}

const fn look_seconds() -> u32 {
    10
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CentreConfig {
    /// Address of the centre: `https://`, or `http://` on this machine's loopback. The authority of
    /// its certificate is `ca.pem` in the kiosk's folder.
    pub(crate) url: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageConfig {
    /// Port on loopback; 0 takes any free one.
    pub(crate) port: u16,
    /// Folder of the built pages.
    pub(crate) files: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrinterConfig {
    /// Address of the printer, such as `ipp://localhost:631/printers/kiosk`.
    pub(crate) uri: String,
    /// Certificate authority of an encrypted printer (PEM); without it, whom the system trusts.
    pub(crate) authority: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VisitConfig {
    /// Seconds without a touch after which a visit ends.
    pub(crate) idle_seconds: u32,
}

impl Default for VisitConfig {
    fn default() -> Self {
        Self { idle_seconds: 60 }
    }
}

impl Config {
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("kiosk.toml");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }
}
