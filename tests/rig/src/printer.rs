//! A real IPP Everywhere printer without paper: `ippeveprinter`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::bus::Bus;
use crate::error::{Result, RigError};
use crate::folder::RigFolder;
use crate::http;
use crate::port::Ports;
use crate::process::{Daemon, bound_to_rig};

const STARTS_WITHIN: Duration = Duration::from_secs(20);

/// The printer's treatment of the next sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Prints every sheet.
    Prints,
    /// Reports a paper jam and holds the job until told otherwise.
    Jams,
    /// Aborts the job.
    Aborts,
}

impl Behaviour {
    fn word(self) -> &'static str {
        match self {
            Self::Prints => "prints",
            Self::Jams => "jams",
            Self::Aborts => "aborts",
        }
    }
}

/// Script that `ippeveprinter` runs for each job. Lines that begin with STATE change the
/// printer's state reasons.
const PRINT_COMMAND: &str = r#"#!/bin/sh
behaviour="$(dirname "$0")/behaviour"
case "$(cat "$behaviour")" in
jams)
    echo "STATE: +media-jam-error" >&2
    while [ "$(cat "$behaviour")" = jams ]; do sleep 0.05; done
    echo "STATE: -media-jam-error" >&2
    ;;
aborts)
    exit 1
    ;;
esac
"#;

/// The desk's printer. Printed sheets are kept in a folder, byte for byte as sent.
#[derive(Debug)]
pub struct Printer {
    daemon: Option<Daemon>,
    /// Name of its log.
    name: String,
    folder: PathBuf,
    ports: Ports,
}

impl Printer {
    /// Starts a printer with A4 paper in its tray.
    ///
    /// # Errors
    /// [`RigError`] if `ippeveprinter` is missing or does not start.
    pub async fn start(folder: &RigFolder, system_bus: &Bus) -> Result<Self> {
        Self::start_as(folder, system_bus, "printer").await
    }

    /// Works as [`Self::start`], for one more printer of the rig.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub async fn start_as(folder: &RigFolder, system_bus: &Bus, name: &str) -> Result<Self> {
        let place = folder.below(name)?;
        std::fs::create_dir_all(place.join("spool"))?;
        let command = place.join("print");
        std::fs::write(&command, PRINT_COMMAND)?;
        std::fs::set_permissions(&command, std::fs::Permissions::from_mode(0o755))?;
        let mut printer = Self {
            daemon: None,
            name: format!("ippeveprinter-{name}"),
            folder: place,
            ports: Ports::take(1)?,
        };
        printer.behave(Behaviour::Prints)?;
        printer.start_again(folder, system_bus).await?;
        Ok(printer)
    }

    /// Switches the printer on again after [`Self::switch_off`], at the same address.
    ///
    /// # Errors
    /// [`RigError`] if it does not start.
    pub async fn start_again(&mut self, folder: &RigFolder, system_bus: &Bus) -> Result<()> {
        self.switch_off();
        let port = self.port();
        let mut command = bound_to_rig("ippeveprinter");
        // No announcement on the network (-r off); spooled files stay (-k).
        command.args(["-v", "-r", "off", "-n", "localhost", "-k", "-f", "application/pdf"]);
        command.args(["-p", &port.to_string()]).arg("-d").arg(self.printed_folder());
        command.arg("-c").arg(self.folder.join("print")).arg("Desk");
        command.envs([system_bus.variable()]);
        let mut daemon = Daemon::start(&self.name, command, folder)?;
        daemon.ready(STARTS_WITHIN, async || http::get(port, "/").await.is_ok()).await?;
        self.daemon = Some(daemon);
        self.refill().await
    }

    /// Switches the printer off, whatever it is doing.
    pub fn switch_off(&mut self) {
        self.daemon = None;
    }

    /// Takes all paper out of the tray. Jobs wait, and the state reasons contain `media-empty`.
    ///
    /// # Errors
    /// [`RigError`] if the printer is off.
    pub async fn take_paper_out(&self) -> Result<()> {
        self.load_tray(0).await
    }

    /// Fills the tray with A4 paper.
    ///
    /// # Errors
    /// [`RigError`] if the printer is off.
    pub async fn refill(&self) -> Result<()> {
        self.load_tray(250).await
    }

    /// Sets what happens to the next sheets, and releases a jammed one.
    ///
    /// # Errors
    /// [`RigError::Io`] if the setting cannot be written.
    pub fn behave(&self, behaviour: Behaviour) -> Result<()> {
        // Renamed into place, so that the running script never reads an empty file.
        let note = self.folder.join("behaviour");
        let draft = self.folder.join("behaviour.new");
        std::fs::write(&draft, behaviour.word())?;
        std::fs::rename(&draft, &note)?;
        Ok(())
    }

    /// Loads the tray through the printer's web page. Tray 1 is the main one; tray 3, the by-pass,
    /// stays empty, since a desk must not print on envelopes.
    async fn load_tray(&self, sheets: u32) -> Result<()> {
        let form =
            format!("/media?size1=iso_a4_210x297mm&type1=stationery&level1={sheets}&size3=&type3=&level3=-2");
        let answer = http::get(self.port(), &form).await?;
        if answer.status == 200 && answer.text().contains("Media updated") {
            return Ok(());
        }
        Err(RigError::Unexpected(format!("the printer's media page answered {}", answer.status)))
    }

    /// Returns the address of the print queue.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("ipp://localhost:{}/ipp/print", self.port())
    }

    /// Returns the process id while it is on.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Daemon::pid)
    }

    /// Returns the folder of everything sent to the printer.
    #[must_use]
    pub fn printed_folder(&self) -> PathBuf {
        Path::join(&self.folder, "spool")
    }

    /// Returns the PDFs sent so far, oldest first.
    ///
    /// # Errors
    /// [`RigError::Io`] if the folder cannot be read.
    pub fn printed(&self) -> Result<Vec<PathBuf>> {
        let mut sheets = Vec::new();
        for entry in std::fs::read_dir(self.printed_folder())? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "pdf") {
                sheets.push((path.metadata()?.modified()?, path));
            }
        }
        sheets.sort();
        Ok(sheets.into_iter().map(|(_, path)| path).collect())
    }

    fn port(&self) -> u16 {
        self.ports.first()
    }
}
