//! The site's self-service kiosk (自助终端) as people meet it: its own program, with a card
//! reader, a scanner and a printer.

use rules::SiteCode;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use drivers::emulate::EmulatedScanner;
use rig::RigFolder;
use rig::folder::workspace_program;
use rig::printer::Printer;
use rig::process::{Daemon, bound_to_rig, run_with_input};
use rig::smartcard::SmartCardDaemon;

use crate::guard::built_pages;
use crate::site::Site;

/// Number of the "desk" whose card reader the kiosk has: the second reader.
pub const KIOSK_READER: u16 = 2;
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// A kiosk at work. Fields are dropped in order.
#[derive(Debug)]
pub struct Bridge {
    daemon: Option<Daemon>,
    /// Its scanner for the codes of phones.
    pub scanner: EmulatedScanner,
    /// Its printer, whose paper can be taken out.
    pub printer: Printer,
    name: String,
    folder: PathBuf,
    variables: Vec<(String, String)>,
}

impl Bridge {
    /// Returns the address that the kiosk's browser is started with: that of the file which takes
    /// it to the page with its key.
    #[must_use]
    pub fn address(&self) -> String {
        format!("file://{}", self.start_file().display())
    }

    /// Returns the file that the kiosk's browser is started with.
    #[must_use]
    pub fn start_file(&self) -> PathBuf {
        self.folder.join("start.html")
    }

    /// Returns the name of the kiosk at the centre.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what the program has logged.
    ///
    /// # Errors
    /// If it never ran.
    pub fn log(&self) -> anyhow::Result<String> {
        let daemon = self.daemon.as_ref().context("it does not run")?;
        Ok(std::fs::read_to_string(daemon.log())?)
    }

    /// Starts the program again, with visits that end after `idle_seconds`. Its address changes.
    ///
    /// # Errors
    /// Any failure of the settings or the program.
    pub async fn start_again(&mut self, folder: &RigFolder, idle_seconds: u32) -> anyhow::Result<()> {
        self.daemon = None;
        std::fs::remove_file(self.start_file())?;
        let file = self.folder.join("kiosk.toml");
        let mut settings: toml::Table = std::fs::read_to_string(&file)?.parse()?;
        settings.extend(format!("[visit]\nidle_seconds = {idle_seconds}").parse::<toml::Table>()?);
        std::fs::write(file, settings.to_string())?;
        self.start(folder).await
    }

    async fn start(&mut self, folder: &RigFolder) -> anyhow::Result<()> {
        let start = self.start_file();
        let mut command = bound_to_rig(workspace_program("suishen-kiosk")?);
        command.arg("serve").envs(self.variables.clone());
        let mut daemon = Daemon::start("kiosk", command, folder)?;
        daemon.ready(STARTS_WITHIN, async || start.is_file()).await?;
        self.daemon = Some(daemon);
        Ok(())
    }
}

impl Site {
    /// Sets a kiosk up, enrols it and starts its program. Its visits end after `idle_seconds`
    /// without a touch.
    ///
    /// # Errors
    /// Any failure of a device, the enrolment or the program.
    pub async fn open_kiosk(&self, name: &str, idle_seconds: u32) -> anyhow::Result<Bridge> {
        let folder = self.folder.below("kiosk")?;
        let printer = Printer::start_as(&self.folder, &self.system_bus, "kiosk-printer").await?;
        let port = folder.join("scanner");
        let scanner = EmulatedScanner::plug_in(&port)?;
        let settings = format!(
            "look_seconds = 1\n\n[centre]\nurl = \"{}\"\n\n[page]\nport = 0\nfiles = \"{}\"\n\n[printer]\nuri = \"{}\"\n\n\
             [card]\nreader = {{ Named = \"{}\" }}\n\n[scanner]\npath = \"{}\"\n\n[visit]\nidle_seconds = {idle_seconds}\n",
            self.central.url(),
            built_pages().display(),
            printer.uri(),
            SmartCardDaemon::reader_name(KIOSK_READER - 1),
            port.display(),
        );
        std::fs::write(folder.join("kiosk.toml"), settings)?;
        let (cards, socket) = self.smart_cards.variable();
        let variables = vec![
            (cards.to_owned(), socket),
            ("SUISHEN_KIOSK_FOLDER".to_owned(), folder.display().to_string()),
        ];
        let arguments =
            ["channel", "add", "--channel", "kiosk", "--name", name, "--site", SiteCode::PRACTICE.as_str()];
        let code = self.central.command(&arguments).await?;
        let mut enrol = Command::new(workspace_program("suishen-kiosk")?);
        enrol.arg("enrol").envs(variables.clone());
        run_with_input(enrol, &code).await?;
        let mut bridge = Bridge { daemon: None, scanner, printer, name: name.to_owned(), folder, variables };
        bridge.start(&self.folder).await?;
        Ok(bridge)
    }

    /// Returns the code that a citizen's phone shows at this kiosk: their own, or that of the
    /// relative `holder`.
    ///
    /// # Errors
    /// If there is no such citizen, or the log-in service fails.
    pub async fn code_on_phone(
        &self,
        bridge: &Bridge,
        key: &str,
        holder: Option<&str>,
    ) -> anyhow::Result<String> {
        let number = &self.citizen(key)?.number;
        let holder = holder.map(|key| self.citizen(key)).transpose()?;
        let holder = holder.map(|citizen| citizen.number.as_str());
        Ok(self.login_service.token(bridge.name(), number, holder, 60).await?)
    }
}
