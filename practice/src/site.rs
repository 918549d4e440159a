//! A service centre (政务服务中心) with its desks and everything around the windows.

use rules::SiteCode;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use drivers::emulate::{EmulatedScanner, Faults, InsertedCard, VirtualReader};
use rig::RigFolder;
use rig::bus::{Bus, BusKind};
use rig::central::Central;
use rig::display::Display;
use rig::folder::workspace_program;
use rig::login::LoginService;
use rig::postgres::Postgres;
use rig::printer::Printer;
use rig::process::{Daemon, bound_to_rig};
use rig::screen_reader::ScreenReader;
use rig::smartcard::{READERS, SmartCardDaemon};
use rig::window::{Program, Window};
use serde_json::json;

use crate::card;
use crate::citizen::{Citizen, population, today_in_shanghai};
use crate::guard;
use crate::kiosk::Kiosk;
use crate::portrait;

const SITE_NAME: &str = "演练区政务服务中心";
/// First part of every password; the role follows.
const PASSWORD: &str = "lianxi-zhandian";
/// Number of the desk for tests that need only one.
pub const FIRST_DESK: u16 = 1;

/// A member of staff with an account.
#[derive(Clone, Debug)]
pub struct Staff {
    /// 工号 of the account.
    pub number: &'static str,
    /// Name shown on screen.
    pub name: &'static str,
    /// Role, as the centre's command line names it.
    pub role: &'static str,
    /// Title of the role on screen.
    pub duty: &'static str,
    /// Password that the centre generated for this practice; no account exists by default.
    pub password: String,
}

/// Number, name, role and duty of each account.
const STAFF: [(&str, &str, &str, &str); 5] = [
    ("310001", "演练员甲", "clerk", "窗口人员"),
    ("310002", "演练员乙", "supervisor", "主管"),
    ("310003", "演练员丙", "system-admin", "系统管理员"),
    ("310004", "演练员丁", "security-admin", "安全管理员"),
    ("310005", "演练员戊", "auditor", "审计员"),
];

/// A running site. Fields are dropped in order, so a piece stands above those it uses.
#[derive(Debug)]
pub struct Site {
    /// Printer of the desks.
    pub printer: Printer,
    /// Card readers of the desks.
    pub smart_cards: SmartCardDaemon,
    /// The central server.
    pub central: Central,
    /// The city's log-in service, for portal and kiosk.
    pub login_service: LoginService,
    /// Database of the central server.
    pub postgres: Postgres,
    /// System bus, which the printer needs.
    pub system_bus: Bus,
    /// Session bus, which the window needs.
    pub session_bus: Bus,
    /// Accounts at the centre, with passwords.
    pub staff: Vec<Staff>,
    /// The whole population; one of them is not in the centre's registry.
    pub population: Vec<Citizen>,
    /// Folder of state and logs.
    pub folder: RigFolder,
}

impl Site {
    /// Starts everything, imports the invented citizens, and enrols the first desk.
    ///
    /// # Errors
    /// Any failure of a piece that is missing or does not start.
    pub async fn start(name: &str) -> anyhow::Result<Self> {
        let mut site = Self::start_without_windows(name).await?;
        site.employ_staff().await.context("accounts at the centre")?;
        site.enrol_desk(FIRST_DESK).await.context("enrolment of the desk")?;
        Ok(site)
    }

    /// Starts everything but windows and their staff, and imports the invented citizens.
    ///
    /// # Errors
    /// Any failure of a piece that is missing or does not start.
    pub async fn start_without_windows(name: &str) -> anyhow::Result<Self> {
        let folder = RigFolder::new(name)?;
        let system_bus = Bus::start(&folder, BusKind::System).await?;
        let session_bus = Bus::start(&folder, BusKind::Session).await?;
        let postgres = Postgres::start(&folder).await.context("the centre's database")?;
        let login_service = LoginService::create(&folder).await.context("the log-in service")?;
        let (setting, keys) = login_service.setting();
        let pages = guard::built_pages();
        let provider = folder.path().join(guard::HEALTH_FILE);
        let settings = [
            (setting, keys),
            ("SUISHEN_CENTRAL_PAGES", pages.display().to_string()),
            ("SUISHEN_CENTRAL_HEALTH__FILE", provider.display().to_string()),
        ];
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        let central = Central::start_with(&folder, &postgres, &settings).await;
        let central = central.context("the centre")?;
        let smart_cards = SmartCardDaemon::start(&folder).await.context("the card readers")?;
        let printer = Printer::start(&folder, &system_bus).await.context("the printer")?;
        let population = population(today_in_shanghai());
        let site = Self {
            printer,
            smart_cards,
            central,
            login_service,
            postgres,
            system_bus,
            session_bus,
            staff: Vec::new(),
            population,
            folder,
        };
        site.central
            .command(&["site", "add", "--site", SiteCode::PRACTICE.as_str(), "--name", SITE_NAME])
            .await?;
        site.register(&site.population).await.context("citizens at the centre")?;
        let records = guard::health_records(&site.population);
        std::fs::write(site.folder.path().join(guard::HEALTH_FILE), records)?;
        Ok(site)
    }

    async fn employ_staff(&mut self) -> anyhow::Result<()> {
        for (number, name, role, duty) in STAFF {
            let arguments = [
                "staff",
                "add",
                "--number",
                number,
                "--name",
                name,
                "--site",
                SiteCode::PRACTICE.as_str(),
                "--role",
                role,
            ];
            let arguments = [&arguments[..], &["--password-stdin"]].concat();
            let password = format!("{PASSWORD}-{role}");
            self.central.command_with_input(&arguments, &password).await?;
            self.staff.push(Staff { number, name, role, duty, password });
        }
        Ok(())
    }

    /// Brings people into the centre's registry, but for those who are declared missing there.
    ///
    /// # Errors
    /// Any failure to draw a portrait or to import.
    pub async fn register(&self, people: &[Citizen]) -> anyhow::Result<()> {
        let folder = self.folder.below("population")?;
        let mut lines = String::new();
        for citizen in people.iter().filter(|citizen| citizen.registered) {
            let photo = format!("{}.jpg", citizen.key);
            let picture = portrait::registered(citizen, &self.population[0]);
            std::fs::write(folder.join(&photo), portrait::jpeg(&picture)?)?;
            lines.push_str(&self.registry_line(citizen, &photo)?);
            lines.push('\n');
        }
        let file = folder.join("people.jsonl");
        std::fs::write(&file, lines)?;
        self.central.command(&["import-population", &file.display().to_string()]).await?;
        Ok(())
    }

    fn registry_line(&self, citizen: &Citizen, photo: &str) -> anyhow::Result<String> {
        let mut relatives = Vec::new();
        for (key, relation) in citizen.relatives {
            relatives.push(json!({ "number": self.citizen(key)?.number, "relation": relation }));
        }
        let mut line = json!({
            "number": citizen.number,
            "name": citizen.registered_name(),
            "household": citizen.shanghai_household,
            "relatives": relatives,
            "photo": photo,
        });
        if let Some((number, last_day)) = &citizen.certificate {
            line["certificate"] = json!(number);
            line["certificate_valid_through"] = json!(last_day.to_string());
        }
        Ok(line.to_string())
    }

    /// Sets up and enrols one more desk. Desk 1 has the first card reader, desk 2 the second.
    ///
    /// # Errors
    /// If there is no such reader, or the enrolment fails.
    pub async fn enrol_desk(&self, desk: u16) -> anyhow::Result<()> {
        let reader =
            desk.checked_sub(1).filter(|reader| *reader < READERS).context("no reader for this desk")?;
        let settings = format!(
            "[centre]\nurl = \"{}\"\n\n[printer]\nuri = \"{}\"\n\n[camera]\ndevice = \"{}\"\n\n\
             [card]\nreader = {{ Named = \"{}\" }}\n\n[vault]\ntpm = \"none\"\nkey_file = \"practice\"\n",
            self.central.url(),
            self.printer.uri(),
            self.camera_folder(desk)?.display(),
            SmartCardDaemon::reader_name(reader),
        );
        std::fs::write(self.desk_folder(desk)?.join("desk.toml"), settings)?;
        self.camera_sees(desk, &portrait::jpeg(&portrait::document(&self.population[0]))?)?;
        let number = desk.to_string();
        let code = self
            .central
            .command(&["desk", "invite", "--site", SiteCode::PRACTICE.as_str(), "--number", &number])
            .await?;
        let code_file = self.folder.path().join("code");
        std::fs::write(&code_file, code)?;
        // The code comes on standard input, since arguments are visible to others.
        let mut enrol = Command::new("sh");
        enrol
            .args(["-c", "exec \"$0\" enrol < \"$1\""])
            .arg(workspace_program("suishen-counter")?)
            .arg(code_file);
        enrol.envs(self.window_variables(desk)?);
        rig::process::run(enrol).await?;
        Ok(())
    }

    /// Returns a desk's folder of settings, database and keys; creates it if needed.
    ///
    /// # Errors
    /// Any failure to create the folder.
    pub fn desk_folder(&self, desk: u16) -> anyhow::Result<PathBuf> {
        Ok(self.folder.below(&format!("desk-{desk}"))?)
    }

    /// Returns the picture folder that acts as a desk's camera. It shows a drawn document until
    /// another picture replaces it.
    fn camera_folder(&self, desk: u16) -> anyhow::Result<PathBuf> {
        Ok(self.folder.below(&format!("camera-{desk}"))?)
    }

    /// Replaces the picture that a desk's camera shows.
    ///
    /// # Errors
    /// Any failure to write the file.
    pub fn camera_sees(&self, desk: u16, jpeg: &[u8]) -> anyhow::Result<()> {
        // Renamed into place, so that the camera never reads half a picture.
        let folder = self.camera_folder(desk)?;
        let draft = folder.join("next");
        std::fs::write(&draft, jpeg)?;
        std::fs::rename(draft, folder.join("picture.jpg"))?;
        Ok(())
    }

    /// Installs a library for chip photos, as a site with the vendor's would. It is a stand-in from
    /// the driver tests, which decodes nothing and returns a grey picture.
    ///
    /// # Errors
    /// If the library cannot be compiled, or the helper has not been built.
    pub fn install_chip_photo_library(&self, desk: u16) -> anyhow::Result<()> {
        const SOURCE: &str = include_str!("../../drivers/tests/stand-in/wlt.c");
        let (source, library) = (self.folder.path().join("wlt.c"), self.folder.path().join("libwlt.so"));
        std::fs::write(&source, SOURCE)?;
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source);
        let status = compiler.status().context("the C compiler")?;
        anyhow::ensure!(status.success(), "the stand-in library was not compiled");
        let helper = workspace_program("chip-photo")?;
        self.change_settings(
            desk,
            &format!("[chip_photo]\nhelper = \"{}\"\nlibrary = \"{}\"", helper.display(), library.display()),
        )
    }

    /// Plugs in a serial scanner, which the desk uses from the next start of its window.
    ///
    /// # Errors
    /// If there is no pseudo-terminal, or the settings cannot be changed.
    pub fn plug_in_scanner(&self, desk: u16) -> anyhow::Result<EmulatedScanner> {
        let port = self.folder.path().join(format!("scanner-{desk}"));
        let scanner = EmulatedScanner::plug_in(&port)?;
        self.change_settings(desk, &format!("[scanner]\nport = \"{}\"", port.display()))?;
        Ok(scanner)
    }

    /// Changes whole sections of a desk's `desk.toml`. They apply from the next start
    /// of its window.
    ///
    /// # Errors
    /// If the sections are not valid TOML, or the file cannot be written.
    pub fn change_settings(&self, desk: u16, sections: &str) -> anyhow::Result<()> {
        let file = self.desk_folder(desk)?.join("desk.toml");
        let mut settings: toml::Table = std::fs::read_to_string(&file)?.parse()?;
        settings.extend(sections.parse::<toml::Table>()?);
        std::fs::write(file, settings.to_string())?;
        Ok(())
    }

    /// Returns the environment variables of a desk's program.
    ///
    /// # Errors
    /// Any failure to create the desk's folder.
    pub fn window_variables(&self, desk: u16) -> anyhow::Result<Vec<(String, String)>> {
        let (bus, address) = self.session_bus.variable();
        let (cards, socket) = self.smart_cards.variable();
        Ok(vec![
            (bus.to_owned(), address),
            (cards.to_owned(), socket),
            ("SUISHEN_DESK_DIR".to_owned(), self.desk_folder(desk)?.display().to_string()),
        ])
    }

    /// Opens a desk's window on a virtual screen, under the driver.
    ///
    /// # Errors
    /// Any failure to open the window.
    pub async fn open_window(&self, desk: u16, display: &Display) -> anyhow::Result<Window> {
        self.open_window_with(Vec::new(), desk, display).await
    }

    /// Works as [`Self::open_window`], for a window that a screen reader reads.
    ///
    /// # Errors
    /// Any failure to open the window.
    pub async fn open_window_read_by(
        &self,
        reader: &ScreenReader,
        desk: u16,
        display: &Display,
    ) -> anyhow::Result<Window> {
        self.open_window_with(reader.variables(), desk, display).await
    }

    async fn open_window_with(
        &self,
        more: Vec<(String, String)>,
        desk: u16,
        display: &Display,
    ) -> anyhow::Result<Window> {
        let path = workspace_program("suishen-counter")?;
        let variables = [self.window_variables(desk)?, more].concat();
        let program = Program { path, arguments: Vec::new(), variables, home: format!("home-{desk}") };
        Ok(Window::open(&self.folder, display, &self.session_bus, &program).await?)
    }

    /// Opens the first desk's window on the person's own screen.
    ///
    /// # Errors
    /// Any failure to start the program.
    pub fn open_window_for_people(&self) -> anyhow::Result<Daemon> {
        let mut command = bound_to_rig(workspace_program("suishen-counter")?);
        command.envs(self.window_variables(FIRST_DESK)?);
        Ok(Daemon::start("window", command, &self.folder)?)
    }

    /// Returns the citizen with this key.
    ///
    /// # Errors
    /// If there is no such citizen.
    pub fn citizen(&self, key: &str) -> anyhow::Result<&Citizen> {
        let found = self.population.iter().find(|citizen| citizen.key == key);
        found.with_context(|| format!("there is no citizen {key}"))
    }

    /// Installs a kiosk of this name at the site.
    ///
    /// # Errors
    /// Any failure to register it at the centre.
    pub async fn install_kiosk(&self, name: &str) -> anyhow::Result<Kiosk> {
        Kiosk::install(&self.central, &self.login_service, SiteCode::PRACTICE.as_str(), name).await
    }

    /// Returns the staff account with this role.
    ///
    /// # Errors
    /// If no account has the role.
    pub fn staff_with(&self, role: &str) -> anyhow::Result<&Staff> {
        self.staff.iter().find(|staff| staff.role == role).with_context(|| format!("there is no {role}"))
    }

    /// Lays a citizen's card on the first reader, until the value is dropped.
    ///
    /// # Errors
    /// If there is no such citizen, or the card cannot be started.
    pub fn lay(&self, key: &str) -> anyhow::Result<InsertedCard> {
        self.lay_faulty(key, Faults::none())
    }

    /// Works as [`Self::lay`], for a citizen outside the population.
    ///
    /// # Errors
    /// If the card cannot be started.
    pub fn lay_card_of(&self, citizen: &Citizen) -> anyhow::Result<InsertedCard> {
        Ok(card::lay(citizen, self.reader(FIRST_DESK), Faults::none())?)
    }

    /// Works as [`Self::lay`], with a card that misbehaves.
    ///
    /// # Errors
    /// If there is no such citizen, or the card cannot be started.
    pub fn lay_faulty(&self, key: &str, faults: Faults) -> anyhow::Result<InsertedCard> {
        Ok(card::lay(self.citizen(key)?, self.reader(FIRST_DESK), faults)?)
    }

    /// Works as [`Self::lay`], on the reader of another desk.
    ///
    /// # Errors
    /// If there is no such citizen, or the card cannot be started.
    pub fn lay_at(&self, desk: u16, key: &str) -> anyhow::Result<InsertedCard> {
        Ok(card::lay(self.citizen(key)?, self.reader(desk), Faults::none())?)
    }

    fn reader(&self, desk: u16) -> VirtualReader {
        VirtualReader::at_port(self.smart_cards.card_port(desk - FIRST_DESK))
    }

    /// Returns the desk's public code-signing key as the centre publishes it:
    /// an uncompressed point.
    ///
    /// # Errors
    /// If the centre has not published it in time.
    pub async fn desk_public_key(&self) -> anyhow::Result<Vec<u8>> {
        let published =
            rig::process::until("the desk's key in the centre's list", Duration::from_secs(30), async || {
                let list = self.central.get("/v1/keys").await.ok()?.good().ok()?;
                let list: serde_json::Value = serde_json::from_slice(&list).ok()?;
                let desks = list["keys"]["value"]["desks"].as_array()?;
                // Device 0 is the centre itself.
                let desk = desks.iter().find(|key| key["device"] != 0)?;
                Some(desk["public_key"].as_str()?.to_owned())
            })
            .await?;
        let bytes: Option<Vec<u8>> = (0..published.len() / 2)
            .map(|at| u8::from_str_radix(published.get(at * 2..at * 2 + 2)?, 16).ok())
            .collect();
        bytes.context("the published key is not hexadecimal")
    }
}
