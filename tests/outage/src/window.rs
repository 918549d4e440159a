//! A desk: the real library on its own encrypted files, with a fast clerk.

use crate::{
    centre::{CLERK, Centre, SUPERVISOR},
    clock::MovedClock,
};
use anyhow::Context as _;
use desk::{
    Desk, DeskError, PrintableName,
    clock::{Clock as _, Contact},
    enrolment::enrol,
    issue::{IssueKind, IssueRequest, Issued},
    session::{Account, Credentials, Operator},
    signing::SessionKey,
    store::{
        Store,
        print_job::{InHand, NewPrint},
    },
    sync::{log::DatabaseLog, log::Log as _},
    vault::{DATABASE_FILE, Vault},
};
use practice::citizen::{newcomer, today_in_shanghai};
use rules::{
    Sensitive, StaffNumber,
    business_time::ClockReading,
    correction::Digest,
    keys::SoftwareKey,
    life::Action,
    permission::Role,
    person::{IdNumber, Name},
    proof::{ChipCard, Proof},
    window::Paper,
};
use std::{
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Name of every invented holder.
const HOLDER: &str = "冯长寿";
/// How long a desk's clocks say that each visit took at least: no two cases of a desk are opened in
/// the same tenth of a second.
pub const BETWEEN_CITIZENS_MS: i64 = 100;

/// Stand-in for the print fonts, which these tests do not need.
struct EveryName;

impl PrintableName for EveryName {
    fn missing_glyphs(&self, _: &Name) -> Vec<char> {
        Vec::new()
    }
}

/// Returns a person over 60 who need not be registered; each index is another person.
///
/// # Errors
/// If the invented number is not a valid one.
pub fn senior(index: u16) -> anyhow::Result<IdNumber> {
    Ok(IdNumber::parse(&newcomer(today_in_shanghai(), index).number)?)
}

/// Somebody in a session of their own, begun now, as after a log-in.
fn operator(desk: &Desk, staff: &str, role: Role, key: &SoftwareKey) -> Result<Operator, DeskError> {
    let staff: StaffNumber = staff.parse().map_err(|_| DeskError::LoginFailed)?;
    let (id, secret) = (Uuid::now_v7(), Digest::of(Uuid::new_v4().as_bytes()).0);
    let author = desk.identity().author();
    let session = SessionKey::begin((id, &secret), author, staff.clone(), &desk.read_clock(), key);
    let session = Arc::new(session.map_err(|_| DeskError::LoginFailed)?);
    Ok(Operator { staff, name: Sensitive::new("演练员".to_owned()), roles: vec![role], session })
}

/// An enrolled desk, which synchronises while it is [`Window::online`].
pub struct Window {
    /// Library of the desk.
    pub desk: Arc<Desk>,
    /// Clocks of the desk's machine.
    pub clock: Arc<MovedClock>,
    /// Files of the desk.
    pub folder: TempDir,
    people: Arc<[SoftwareKey; 2]>,
    synchronising: Option<JoinHandle<()>>,
}

impl Window {
    /// Enrols the window with this number at the centre, over `url`.
    ///
    /// # Errors
    /// Any failure of the enrolment or of the desk's files.
    pub async fn enrol(centre: &Centre, number: u16, url: &str) -> anyhow::Result<Self> {
        Self::enrol_with(centre, number, (url, None), MovedClock::by(0)).await
    }

    /// Enrols over TLS, trusting only one authority.
    ///
    /// # Errors
    /// Any failure, as for [`Window::enrol`].
    pub async fn enrol_over_tls(
        centre: &Centre,
        number: u16,
        url: &str,
        authority: &Path,
    ) -> anyhow::Result<Self> {
        Self::enrol_with(centre, number, (url, Some(authority)), MovedClock::by(0)).await
    }

    async fn enrol_with(
        centre: &Centre,
        number: u16,
        at: (&str, Option<&Path>),
        clock: Arc<MovedClock>,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        enrol_in(folder.path(), centre, number, at, &clock).await?;
        let desk = open(folder.path(), clock.clone()).await?;
        let people = centre.keys_of_people.clone();
        Ok(Self { desk, clock, folder, people, synchronising: None })
    }

    /// Enrols a desk whose clocks are in the past, where it last heard from the centre.
    ///
    /// The centre lives in the present. So the facts it dated at the enrolment are moved back on
    /// both sides: the desk's last contact, and the day from which its key is valid.
    ///
    /// # Errors
    /// Any failure of the enrolment or of the desk's files.
    pub async fn enrol_in_the_past(
        centre: &Centre,
        number: u16,
        url: &str,
        ago_ms: i64,
    ) -> anyhow::Result<Self> {
        let clock = MovedClock::by(-ago_ms);
        let mut window = Self::enrol_with(centre, number, (url, None), clock.clone()).await?;
        let wall = clock.wall();
        let now = ClockReading { wall, monotonic_ms: clock.monotonic_ms(), boot_id: clock.boot_id() };
        window.log().record_contact(&Contact { centre: wall, desk: now }).await?;
        let key = window.desk.identity().desk_key().clone();
        let earlier = rules::keys::DeskKey { not_before: wall, ..key };
        let certificate = serde_json::to_string(&centre.keys()?.sign(earlier, "certificate")?)?;
        let author = window.desk.identity().author();
        let statement = format!(
            "UPDATE desk_key SET certificate = '{certificate}', changed_in = 0 WHERE device = {} AND epoch = {}",
            author.device, author.epoch
        );
        centre.postgres.query(&statement).await?;
        window.restart().await?;
        Ok(window)
    }

    /// Returns the clerk in a session of their own.
    ///
    /// # Errors
    /// [`DeskError::LoginFailed`], never with the keys of the centre.
    pub fn clerk(&self) -> Result<Operator, DeskError> {
        operator(&self.desk, CLERK, Role::Clerk, &self.people[0])
    }

    /// Returns the supervisor in a session of their own.
    ///
    /// # Errors
    /// [`DeskError::LoginFailed`], never with the keys of the centre.
    pub fn supervisor(&self) -> Result<Operator, DeskError> {
        operator(&self.desk, SUPERVISOR, Role::Supervisor, &self.people[1])
    }

    /// Returns the accounts of the site as this desk has heard of them.
    ///
    /// # Errors
    /// [`DeskError`] if the database fails.
    pub async fn accounts_heard_of(&self) -> Result<Vec<Account>, DeskError> {
        let reader = operator(&self.desk, CLERK, Role::SecurityAdmin, &self.people[0])?;
        self.desk.session.accounts(&reader).await
    }

    /// Returns the log of operations.
    #[must_use]
    pub fn log(&self) -> DatabaseLog {
        DatabaseLog::new(self.desk.store().clone(), self.desk.identity().author())
    }

    /// Starts to synchronise.
    pub fn online(&mut self) {
        if self.synchronising.is_none() {
            self.synchronising = Some(tokio::spawn(self.desk.clone().run_sync()));
        }
    }

    /// Waits until the desk knows that it reaches the centre; before, it looks nothing up there.
    ///
    /// # Errors
    /// Returns an error if the centre does not answer in time.
    pub async fn connected(&self) -> anyhow::Result<()> {
        let is_online = async || self.desk.sync().is_online().then_some(());
        Ok(rig::process::until("a line to the centre", Duration::from_secs(60), is_online).await?)
    }

    /// Stops synchronising, whatever it is doing.
    pub async fn offline(&mut self) {
        if let Some(task) = self.synchronising.take() {
            task.abort();
            // The task ends with an abort, as intended.
            let _ = task.await;
        }
    }

    /// Closes the program and starts it again on the same files.
    ///
    /// # Errors
    /// Any failure of the desk's files.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        let was_online = self.synchronising.is_some();
        self.close().await?;
        self.desk = open(self.folder.path(), self.clock.clone()).await?;
        if was_online {
            self.online();
        }
        Ok(())
    }

    /// Closes the program; its files are then complete.
    ///
    /// # Errors
    /// If one of the files stays open.
    pub async fn close(&mut self) -> anyhow::Result<()> {
        self.offline().await;
        self.desk.store().close().await;
        // A connection held by an aborted task has left the pool and is closed by its own thread. A
        // real program ends with its threads, so the files must not be touched before.
        let closed = async || open_files(self.folder.path()).is_ok_and(|number| number == 0).then_some(());
        Ok(rig::process::until("files of the desk closed", Duration::from_secs(10), closed).await?)
    }

    /// Copies the files of a closed desk: a disk image.
    ///
    /// # Errors
    /// Any failure of the disk.
    pub fn image(&self) -> anyhow::Result<TempDir> {
        let image = tempfile::tempdir()?;
        copy(self.folder.path(), image.path())?;
        Ok(image)
    }

    /// Replaces the files of a closed desk by an image.
    ///
    /// # Errors
    /// Any failure of the disk.
    pub fn put_back(&self, image: &TempDir) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(self.folder.path())? {
            let path = entry?.path();
            if path.is_dir() { std::fs::remove_dir_all(path)? } else { std::fs::remove_file(path)? }
        }
        copy(image.path(), self.folder.path())
    }

    /// Enrols the closed desk again with a new code, which starts the next epoch.
    ///
    /// # Errors
    /// Any failure of the enrolment or of the desk's files.
    pub async fn enrol_again(&mut self, centre: &Centre, number: u16, url: &str) -> anyhow::Result<()> {
        enrol_in(self.folder.path(), centre, number, (url, None), &self.clock).await?;
        self.desk = open(self.folder.path(), self.clock.clone()).await?;
        Ok(())
    }

    /// Logs a member of staff in, at the centre if it can be reached.
    ///
    /// # Errors
    /// [`DeskError`] if the log-in fails.
    pub async fn log_in(&self, staff: &str, password: &Sensitive<String>) -> Result<(), DeskError> {
        let staff = staff.parse().map_err(|_| DeskError::LoginFailed)?;
        let credentials = Credentials { staff, password: password.clone(), second_factor: None };
        self.desk.session.log_in(&credentials).await.map(|_| ())
    }

    /// Issues a first code to a person, in a new case.
    ///
    /// # Errors
    /// [`DeskError`] if the desk refuses or fails.
    pub async fn issue(&self, number: &IdNumber) -> Result<Issued, DeskError> {
        self.clock.pass(BETWEEN_CITIZENS_MS);
        issue((&self.desk, &self.clerk()?), number, Action::Apply).await
    }

    /// Issues a code with another action, in a new case.
    ///
    /// # Errors
    /// [`DeskError`] if the desk refuses or fails.
    pub async fn issue_as(&self, number: &IdNumber, action: Action) -> Result<Issued, DeskError> {
        self.clock.pass(BETWEEN_CITIZENS_MS);
        issue((&self.desk, &self.clerk()?), number, action).await
    }

    /// Reports the loss of a code issued here. Returns the sequence number.
    ///
    /// # Errors
    /// [`DeskError`] if the desk refuses or fails.
    pub async fn lose(&self, number: &IdNumber, issued: &Issued) -> Result<u64, DeskError> {
        let (clerk, case_number) = (self.clerk()?, &issued.case_number);
        let lost = self
            .desk
            .issue
            .report_loss(
                &clerk,
                case_number,
                (number, &Proof::Chip { card: ChipCard::Resident }),
                issued.serial,
                true,
            )
            .await?;
        Ok(lost.seq)
    }

    /// Serves a typical visit: two operations.
    ///
    /// # Errors
    /// [`DeskError`] if the desk refuses or fails.
    pub async fn serve(&self, number: &IdNumber) -> Result<Issued, DeskError> {
        self.clock.pass(BETWEEN_CITIZENS_MS);
        serve((&self.desk, &self.clerk()?), number).await
    }

    /// Returns how many operations have no receipt.
    ///
    /// # Errors
    /// [`DeskError`] if the database fails.
    pub async fn waiting(&self) -> Result<u32, DeskError> {
        Ok(self.desk.counts.queue_depth().await?.waiting)
    }

    /// Waits until every operation has its receipt. It keeps asking the desk to sync now, to skip
    /// the pauses that spread three thousand desks.
    ///
    /// # Errors
    /// If that takes longer than two minutes.
    pub async fn drained(&self) -> anyhow::Result<()> {
        rig::process::until("receipts for everything", Duration::from_secs(120), async || {
            if self.waiting().await.ok()? == 0 {
                return Some(());
            }
            if !self.desk.sync().is_online() {
                self.desk.sync().now();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        })
        .await
        .context("the desk's queue")
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if let Some(task) = self.synchronising.take() {
            task.abort();
        }
    }
}

/// Issues a code and records its printed sheet: two operations.
///
/// # Errors
/// [`DeskError`] if the desk refuses or fails.
pub async fn serve((desk, clerk): (&Desk, &Operator), number: &IdNumber) -> Result<Issued, DeskError> {
    let issued = issue((desk, clerk), number, Action::Apply).await?;
    let (case_number, serial) = (Some(issued.case_number.as_str()), Some(issued.serial));
    let print = desk.printing.ask(clerk, &NewPrint { case_number, serial, paper: Paper::Sheet }).await?;
    desk.printing.confirm(clerk, print, InHand::Good).await?;
    Ok(issued)
}

async fn issue(
    (desk, clerk): (&Desk, &Operator),
    number: &IdNumber,
    action: Action,
) -> Result<Issued, DeskError> {
    let citizen = desk.citizen_ref(number);
    let case_number = desk.case.open(clerk, Some(&citizen)).await?.as_str().to_owned();
    let request = IssueRequest {
        case_number,
        kind: IssueKind::New { action },
        number: number.clone(),
        proof: Proof::Chip { card: ChipCard::Resident },
        name: Name::read(HOLDER).map_err(rules::Refusal::from)?.name,
        photo: None,
        declared: None,
        agent: None,
        answer: None,
        confirmed_by_holder: true,
        consequence_confirmed: action.has_consequence(),
    };
    desk.issue.new_code(clerk, &request).await
}

/// Opens the desk on the files in a folder, for a separate process.
///
/// # Errors
/// Any failure of the desk's files.
pub async fn open(folder: &Path, clock: Arc<MovedClock>) -> anyhow::Result<Arc<Desk>> {
    let vault = Vault::open_or_create_with_key_file(folder).await?;
    let store = Store::open(&vault).await?;
    Ok(Desk::open(&vault, store, clock, Box::new(EveryName)).await?)
}

async fn enrol_in(
    folder: &Path,
    centre: &Centre,
    number: u16,
    (url, authority): (&str, Option<&Path>),
    clock: &Arc<MovedClock>,
) -> anyhow::Result<()> {
    let code = centre.invite(number).await?;
    let vault = Vault::open_or_create_with_key_file(folder).await?;
    let store = Store::open(&vault).await?;
    enrol(&vault, &store, clock.clone(), url, authority, &code).await?;
    store.close().await;
    Ok(())
}

/// Returns how many files of the desk's database this process has open.
fn open_files(folder: &Path) -> std::io::Result<usize> {
    let database = folder.canonicalize()?.join(DATABASE_FILE);
    let mut number = 0;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        // The descriptor that reads this folder is gone by now.
        let Ok(target) = std::fs::read_link(entry?.path()) else { continue };
        number += usize::from(target.as_os_str().as_bytes().starts_with(database.as_os_str().as_bytes()));
    }
    Ok(number)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
