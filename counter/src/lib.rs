//! The counter (窗口): one desk with its devices and the case in front of the clerk.
//!
//! [`Counter`] has one component for each subject; a command of the page is one call into a
//! component. Each component owns its state and holds the components below it. Nothing here knows
//! Tauri, so tests use the same components without a window. Decisions are made by `rules` inside
//! [`desk`]; this crate moves the case from step to step, talks to the devices, and makes views.
//!
//! ```
//! # async fn example(folder: std::path::PathBuf) -> Result<(), counter::view::Failure> {
//! let counter = counter::Counter::open(folder).await;
//! counter.start();
//! let status = counter.session.status().await?;
//! let case = counter.case.view().await?;
//! # Ok(())
//! # }
//! ```

mod case;
pub mod characters;
mod collective;
mod companions;
mod config;
mod core;
mod correction;
mod credentials;
mod devices;
mod failure;
mod format;
pub mod list_file;
mod lists;
mod photo_editing;
pub mod picture;
mod printing;
mod private_file;
mod report;
mod session;
mod settings;
mod speech;
mod spreadsheet;
mod synchronisation;
mod verdict;
mod verification;
pub mod view;
mod visit;
mod words;

pub use self::core::CounterEvent;
pub use case::{Actions, Agents, CaseInHand, Papers, Proofs, Signatures};
pub use collective::Collective;
pub use config::DeskConfig;
pub use correction::{Approvals, Corrections, Escalations, Names};
pub use devices::Devices;
pub use failure::device_failure;
pub use lists::{Accounts, Audit, Board, Conflicts, Journal, Lists, Queue};
pub use photo_editing::PhotoEditing;
pub use report::{LogTail, Reports};
pub use session::Session;
pub use settings::Settings;
pub use verification::Verification;
pub use visit::Visits;

use crate::{companions::Companions, core::Core, view::Failure};
use desk::Desk;
use devices::DeviceEvent;
use printing::Printing;
use rules::{case_number::CaseNumber, wire::WINDOW_LOGIN_PREFIX};
use std::{path::PathBuf, str::FromStr as _, sync::Arc};
use synchronisation::Synchronisation;
use tokio::sync::{broadcast, mpsc};

/// Device events that wait for the case at most; the drivers wait then.
const DEVICE_EVENTS_WAITING: usize = 16;

/// The components of one counter.
pub struct Counter {
    core: Arc<Core>,
    /// The case in front of the clerk.
    pub case: Arc<CaseInHand>,
    /// Issuing, loss reports, reprints, voids.
    pub actions: Arc<Actions>,
    /// People who act for the holder (E8, E9).
    pub agents: Agents,
    /// Citizens without a card (I2–I4).
    pub proofs: Arc<Proofs>,
    /// Answers and signatures of the citizen window.
    pub signatures: Signatures,
    /// Papers of the case and their print jobs.
    pub papers: Arc<Papers>,
    /// Collective service (集体代办).
    pub collective: Arc<Collective>,
    /// Home visits (上门服务).
    pub visit: Arc<Visits>,
    /// Corrections (更正) of name and photo.
    pub correction: Arc<Corrections>,
    /// Approval (审批) of corrections.
    pub approval: Approvals,
    /// What kiosk and portal sent to the window.
    pub escalation: Escalations,
    /// Names and characters as they will print.
    pub names: Names,
    /// Photos being taken and cropped.
    pub photos: Arc<PhotoEditing>,
    /// Card readers, printer, camera and scanner.
    pub devices: Arc<Devices>,
    /// Log-in, lock and the status line.
    pub session: Arc<Session>,
    /// Settings and enrolment.
    pub settings: Settings,
    /// Journal, queue, conflicts, board, accounts and audit trail.
    pub lists: Lists,
    /// Verification (核验) of sheets.
    pub verification: Arc<Verification>,
    /// Reports for support.
    pub report: Reports,
    synchronisation: Arc<Synchronisation>,
    companions: Arc<Companions>,
}

impl Counter {
    /// Opens the desk in `folder`. Never fails: the reason why a desk cannot be opened is shown on
    /// screen, and nothing is overwritten.
    pub async fn open(folder: PathBuf) -> Arc<Self> {
        let core = Core::open(folder).await;
        let printing = Arc::new(Printing::new(core.clone()));
        let devices = Arc::new(Devices::new(core.clone(), printing.clone()));
        let photos = Arc::new(PhotoEditing::new(core.clone(), devices.clone()));
        let case = Arc::new(CaseInHand::new(core.clone(), printing.clone(), devices.clone(), photos.clone()));
        let papers = Arc::new(Papers::new(core.clone(), case.clone(), printing.clone()));
        let actions = Arc::new(Actions::new(core.clone(), case.clone(), papers.clone()));
        let correction = Arc::new(Corrections::new(core.clone(), case.clone(), photos.clone()));
        let collective =
            Arc::new(Collective::new(core.clone(), case.clone(), photos.clone(), printing.clone()));
        let visit = Arc::new(Visits::new(core.clone(), collective.clone(), printing.clone()));
        let session = Arc::new(Session::new(core.clone(), case.clone(), devices.clone()));
        let synchronisation = Arc::new(Synchronisation::new(core.clone(), case.clone(), visit.clone()));
        Arc::new(Self {
            agents: Agents::new(core.clone(), case.clone(), photos.clone()),
            proofs: Arc::new(Proofs::new(core.clone(), case.clone(), photos.clone())),
            signatures: Signatures::new(core.clone(), case.clone()),
            approval: Approvals::new(core.clone(), correction.clone()),
            escalation: Escalations::new(core.clone(), case.clone(), correction.clone()),
            names: Names::new(core.clone()),
            settings: Settings::new(core.clone(), devices.clone(), session.clone(), synchronisation.clone()),
            lists: Lists::new(&core, &printing),
            verification: Arc::new(Verification::new(core.clone(), case.clone())),
            report: Reports::new(core.clone(), devices.clone(), session.clone()),
            companions: Arc::new(Companions::new(core.clone(), case.clone())),
            core,
            case,
            actions,
            papers,
            collective,
            visit,
            correction,
            photos,
            devices,
            session,
            synchronisation,
        })
    }

    /// Starts the devices and, once enrolled, synchronisation. Call once, inside the runtime. The
    /// devices of a desk that is not to be opened may be in use by the program that has it open, so
    /// they are left alone.
    pub fn start(self: &Arc<Self>) {
        match self.desk() {
            Ok(desk) => {
                self.start_devices();
                self.synchronisation.start(&desk);
                self.companions.start();
            }
            Err(_) if !self.core.is_enrolled() => self.start_devices(),
            Err(_) => {}
        }
    }

    fn start_devices(self: &Arc<Self>) {
        let (sender, mut events) = mpsc::channel(DEVICE_EVENTS_WAITING);
        self.devices.start(sender);
        let counter = Arc::downgrade(self);
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let Some(counter) = counter.upgrade() else { return };
                match event {
                    DeviceEvent::Card(event) => counter.case.handle_card_event(event).await,
                    DeviceEvent::Scanned(text) if text.starts_with(WINDOW_LOGIN_PREFIX) => {
                        tokio::spawn(counter.proofs.clone().take_scan(text));
                    }
                    DeviceEvent::Scanned(text) => match CaseNumber::from_str(text.trim()) {
                        Ok(number) => counter.core.announce(CounterEvent::CaseScanned(number)),
                        Err(_) => {
                            tokio::spawn(counter.verification.clone().verify_scan(text));
                        }
                    },
                }
            }
        });
    }

    /// Subscribes to the events from now on.
    pub fn events(&self) -> broadcast::Receiver<CounterEvent> {
        self.core.events()
    }

    /// Returns the database's pool of readers, for the shell to register with the SQL plugin.
    pub fn pool(&self) -> Option<sqlx::SqlitePool> {
        self.desk().ok().map(|desk| desk.store().readers().clone())
    }

    /// Tells whether the citizen window is opened at start.
    pub fn citizen_window_wanted(&self) -> bool {
        self.core.config().citizen_window.open
    }

    /// Tells whether the citizen window takes the keyboard when it is touched.
    pub fn citizen_window_takes_keys(&self) -> bool {
        self.core.config().citizen_window.keys
    }

    /// Returns the desk behind the counter.
    ///
    /// # Errors
    /// Returns why the desk is not open.
    pub fn desk(&self) -> Result<Arc<Desk>, Failure> {
        self.core.desk()
    }
}
