//! One practice site: everything around a window that is not the window.

use crate::{
    Centre, card,
    citizen::{Citizen, population, regulars, today_in_shanghai},
    portrait,
    printer::Printer,
    server::Server,
};
use anyhow::Context as _;
use drivers::emulate::{EmulatedScanner, SerialReader};
use rules::{
    permission::Role,
    person::IdNumber,
    practice::{PracticeAccount, PracticeOrder, PracticePerson, PracticeStarted, PracticeView},
};
use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Number, name, role and password of each account.
const ACCOUNTS: [(&str, &str, Role, &str); 3] = [
    ("310001", "演练员甲", Role::Clerk, "lianxi-chuangkou"),
    ("310002", "演练员乙", Role::Supervisor, "lianxi-zhuguan"),
    ("310003", "演练员丙", Role::SystemAdmin, "lianxi-xitong"),
];

/// A running practice site. It ends when the value is dropped, and its folder is deleted.
pub struct Site {
    reader: SerialReader,
    scanner: EmulatedScanner,
    line: Server,
    centre: Arc<Centre>,
    printer: Printer,
    _printer_line: Server,
    papers: PathBuf,
    population: Vec<Citizen>,
    laid: Option<&'static str>,
    started: PracticeStarted,
    /// Runs what this thread asks of the centre.
    runtime: Runtime,
    _folder: TempDir,
}

impl Site {
    /// Starts a site in a new folder. It prints into `papers`.
    ///
    /// # Errors
    /// The system gives no folder, terminal or port.
    pub fn start(papers: &Path) -> anyhow::Result<Self> {
        let mine = std::fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("suishen-practice-").permissions(mine).tempdir()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let today = today_in_shanghai();
        let population = [population(today), regulars(today)].concat();
        let centre = runtime.block_on(async {
            let centre = Centre::open(&population).await?;
            for (number, name, role, password) in ACCOUNTS {
                centre.employ(number, name, role, password).await?;
            }
            anyhow::Ok(centre)
        });
        let centre = Arc::new(centre.context("the practice centre")?);
        let line = Server::start(centre.router()).context("the centre's port")?;
        let printer = Printer::new(papers);
        let printer_line = Server::start(printer.router()).context("the printer's port")?;
        let (reader, scanner) = (folder.path().join("reader"), folder.path().join("scanner"));
        let desk = folder.path().join("desk");
        let camera = folder.path().join("camera");
        std::fs::create_dir(&desk)?;
        std::fs::create_dir(&camera)?;
        let document = portrait::document(population.first().context("nobody lives here")?);
        std::fs::write(camera.join("picture.jpg"), portrait::jpeg(&document)?)?;
        let settings = format!(
            "[centre]\nurl = \"http://{}\"\n\n[printer]\nuri = \"ipp://{}/ipp/print\"\n\n\
             [camera]\ndevice = \"{}\"\n\n[scanner]\nport = \"{}\"\n\n\
             [card]\npcsc = false\nserial_ports = [{{ path = \"{}\" }}]\n\n\
             [vault]\ntpm = \"none\"\nkey_file = \"practice\"\n",
            line.address(),
            printer_line.address(),
            camera.display(),
            scanner.display(),
            reader.display(),
        );
        std::fs::write(desk.join("desk.toml"), settings)?;
        Ok(Self {
            reader: SerialReader::plug_in(&reader).context("the card reader")?,
            scanner: EmulatedScanner::plug_in(&scanner).context("the scanner")?,
            started: PracticeStarted { folder: desk, code: centre.invite() },
            line,
            centre,
            printer,
            _printer_line: printer_line,
            papers: papers.to_owned(),
            population,
            laid: None,
            runtime,
            _folder: folder,
        })
    }

    /// Returns where the desk is and how it enrols.
    pub fn started(&self) -> PracticeStarted {
        self.started.clone()
    }

    /// Returns the practice centre.
    pub fn centre(&self) -> &Centre {
        &self.centre
    }

    /// Carries out an order.
    ///
    /// # Errors
    /// There is no such person, nothing to scan, or the system refuses.
    pub fn obey(&mut self, order: &PracticeOrder) -> anyhow::Result<()> {
        match order {
            PracticeOrder::Look => {}
            PracticeOrder::Lay { person } => {
                let citizen = self.population.iter().find(|citizen| citizen.key == person);
                let citizen = citizen.with_context(|| format!("there is no {person}"))?;
                self.reader.put_card(card::identity(citizen));
                self.laid = Some(citizen.key);
            }
            PracticeOrder::Lift => {
                self.reader.lift_card();
                self.laid = None;
            }
            PracticeOrder::Line { up: true } => self.line.resume()?,
            PracticeOrder::Line { up: false } => self.line.cut()?,
            PracticeOrder::Paper { loaded } => self.printer.load(*loaded),
            PracticeOrder::Scan => {
                let symbol = self.centre.newest_symbol().context("the centre knows of no code")?;
                self.scanner.scan(&symbol)?;
            }
        }
        Ok(())
    }

    /// Returns the site as it is now.
    pub fn view(&self) -> PracticeView {
        let account = |(staff, name, role, password): (&str, &str, Role, &str)| PracticeAccount {
            staff: staff.to_owned(),
            name: name.to_owned(),
            role,
            password: password.to_owned(),
        };
        PracticeView {
            accounts: ACCOUNTS.map(account).to_vec(),
            people: self.population.iter().map(|citizen| self.person(citizen)).collect(),
            laid: self.laid.map(str::to_owned),
            line_up: self.line.is_up(),
            paper_loaded: self.printer.has_paper(),
            papers: self.papers.display().to_string(),
            printed: self.printer.printed(),
        }
    }

    fn person(&self, citizen: &Citizen) -> PracticePerson {
        let number = IdNumber::parse(&citizen.number).ok();
        let masked_number = number.as_ref().map(IdNumber::masked).unwrap_or_default();
        let registered =
            number.and_then(|number| self.runtime.block_on(self.centre.registered_name(&number)));
        PracticePerson {
            key: citizen.key.to_owned(),
            name: citizen.name.to_owned(),
            masked_number,
            registered_name: registered
                .map_or_else(|| citizen.registered_name().to_owned(), |name| name.expose().to_owned()),
        }
    }
}
