//! The counter (窗口): one desk with its devices and the case in front of the clerk. What the shell's
//! commands call.
//!
//! Everything a command needs is here, and nothing of it knows Tauri: the same facade runs in tests
//! without a window. Decisions are made by `rules` inside [`desk::operations`]; this crate moves
//! the case from step to step, talks to the devices, and turns what happened into views.

mod accounts;
mod actions;
mod agent;
mod camera;
mod card;
mod case;
mod case_keeping;
mod case_view;
pub mod characters;
mod config;
mod correction_draft;
mod correction_view;
mod corrections;
mod devices;
mod failure;
mod format;
mod front;
mod journal;
mod papers;
mod people;
pub mod picture;
mod printing;
mod queue;
mod scanner;
mod settings;
mod status;
mod verifying;
pub mod view;
mod words;

pub use config::DeskConfig;
pub use failure::device_failure;

use crate::view::{Failure, VerifyView};
use case::Case;
use desk::{Desk, DeskError, PrintableName, clock::SystemClock, enrolment, store::Store, vault::Vault};
use drivers::card::Readers;
use paper::Fonts;
use printing::Print;
use rules::{Sensitive, person::Name};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::sync::broadcast;

/// Events that a slow window may be behind before it loses some; views are whole, so nothing is
/// lost for good.
const EVENTS_KEPT: usize = 64;

/// What happened at the counter: the shell asks for the view that changed.
#[derive(Clone, Debug)]
pub enum CounterEvent {
    /// The desk was enrolled and opened while the window was open.
    Opened,
    /// The status line changed.
    Status,
    /// The case in front changed.
    Case,
    /// The 2D scanner read a symbol.
    Scanned(Box<VerifyView>),
    /// Queue, corrections or conflicts changed.
    Lists,
}

/// One counter.
pub struct Counter {
    folder: PathBuf,
    config: RwLock<DeskConfig>,
    fonts: Result<Fonts, Failure>,
    opening: RwLock<Opening>,
    case: Mutex<Case>,
    prints: Mutex<Vec<Print>>,
    /// Commands that change the case take turns: a second press of a key waits for the first and
    /// then finds it done.
    turn: tokio::sync::Mutex<()>,
    readers: Mutex<Option<Readers>>,
    troubles: Mutex<devices::Troubles>,
    pictures: Mutex<people::Pictures>,
    camera: Mutex<Option<camera::On>>,
    scanner: Mutex<Option<scanner::Watched>>,
    events: broadcast::Sender<CounterEvent>,
    views: AtomicU32,
}

/// How far the desk could be opened.
enum Opening {
    /// At work.
    Open(Arc<Desk>),
    /// No certificate yet.
    NotEnrolled,
    /// Not to be opened; says why.
    Broken(Failure),
}

/// N5 through the fonts the printer will get.
struct Printable(Option<Fonts>);

impl PrintableName for Printable {
    fn missing_glyphs(&self, name: &Name) -> Vec<char> {
        match &self.0 {
            Some(fonts) => fonts.missing(name.expose()),
            None => name.expose().chars().collect(), // without fonts nothing can be printed, so nothing is issued
        }
    }
}

impl Counter {
    /// Opens the desk in `folder`. Never fails as a whole: what is wrong is shown on screen, and
    /// nothing is overwritten.
    pub async fn open(folder: PathBuf) -> Arc<Self> {
        let config = DeskConfig::load(&folder);
        let fonts = Fonts::open().map_err(Failure::from);
        let opening = match &config {
            Ok(_) => open_desk(&folder, fonts.as_ref().ok())
                .await
                .unwrap_or_else(|error| Opening::Broken(error.into())),
            Err(failure) => Opening::Broken(failure.clone()),
        };
        Arc::new(Self {
            config: RwLock::new(config.unwrap_or_default()),
            fonts,
            opening: RwLock::new(opening),
            case: Mutex::default(),
            prints: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            readers: Mutex::default(),
            troubles: Mutex::default(),
            pictures: Mutex::default(),
            camera: Mutex::default(),
            scanner: Mutex::default(),
            events: broadcast::channel(EVENTS_KEPT).0,
            views: AtomicU32::new(0),
            folder,
        })
    }

    /// Starts the devices and, once enrolled, synchronisation. Call once, inside the runtime. A
    /// desk that is not to be opened leaves the devices alone: they may be in use by the program
    /// that has it open.
    pub fn start(self: &Arc<Self>) {
        match self.desk() {
            Ok(desk) => {
                self.start_devices();
                self.start_desk(&desk);
            }
            Err(failure) if failure.code == DeskError::NotEnrolled.code() => self.start_devices(),
            Err(_) => {}
        }
    }

    /// Events from now on.
    pub fn events(&self) -> broadcast::Receiver<CounterEvent> {
        self.events.subscribe()
    }

    /// The database's pool of readers, for the shell to register with the SQL plugin.
    pub fn pool(&self) -> Option<sqlx::SqlitePool> {
        self.desk().ok().map(|desk| desk.store().readers().clone())
    }

    /// Whether the citizen window is opened at start.
    pub fn citizen_window_wanted(&self) -> bool {
        self.config().citizen_window.open
    }

    /// The desk behind the counter.
    ///
    /// # Errors
    /// The words of why it is not open.
    pub fn desk(&self) -> Result<Arc<Desk>, Failure> {
        match &*self.opening.read().unwrap_or_else(PoisonError::into_inner) {
            Opening::Open(desk) => Ok(desk.clone()),
            Opening::NotEnrolled => Err(DeskError::NotEnrolled.into()),
            Opening::Broken(failure) => Err(failure.clone()),
        }
    }

    fn config(&self) -> DeskConfig {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fonts(&self) -> Result<&Fonts, Failure> {
        self.fonts.as_ref().map_err(Clone::clone)
    }

    fn case(&self) -> MutexGuard<'_, Case> {
        self.case.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of the next view. Taken before its parts are read, so that of two views the one with
    /// the larger number holds everything that had happened when the other was begun.
    fn next_revision(&self) -> u32 {
        self.views.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells whoever listens; nobody listening is no error.
    fn tell(&self, event: CounterEvent) {
        let _ = self.events.send(event);
    }

    /// Enrols this desk with a one-time code and opens it.
    ///
    /// # Errors
    /// The words of what went wrong; the desk stays as it was.
    pub async fn enrol_here(self: &Arc<Self>, code: &str) -> Result<(), Failure> {
        let config = self.config();
        let ca_file = config.ca_file(&self.folder);
        let code = Sensitive::new(code.to_owned());
        let (folder, fonts) = (self.folder.clone(), self.fonts.as_ref().ok().cloned());
        // On a thread of its own: it is done once, must not end half-way because the window that
        // asked went away, and its future is too intricate for the compiler to see that it may move
        // between threads.
        let runtime = tokio::runtime::Handle::current();
        let earlier = self.desk().ok();
        let done = tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                // One program, one open database: the desk of the earlier enrolment is done with.
                if let Some(desk) = earlier {
                    desk.store().close().await;
                }
                let enrolled = enrol(&folder, &config.centre.url, ca_file.as_deref(), &code).await;
                (enrolled, open_desk(&folder, fonts.as_ref()).await)
            })
        });
        let (enrolled, opening) = done.await.map_err(|_| failure::out_of_step())?;
        *self.opening.write().unwrap_or_else(PoisonError::into_inner) =
            opening.unwrap_or_else(|error| Opening::Broken(error.into()));
        Ok(enrolled?)
    }
}

async fn enrol(
    folder: &Path,
    centre_url: &str,
    ca_file: Option<&Path>,
    code: &Sensitive<String>,
) -> Result<(), DeskError> {
    let (vault, store) = open_store(folder).await?;
    let clock = Arc::new(SystemClock::new());
    let enrolled = enrolment::enrol(&vault, &store, clock, centre_url, ca_file, code).await;
    store.close().await;
    enrolled.map(|_| ())
}

async fn open_store(folder: &Path) -> Result<(Vault, Store), DeskError> {
    let vault = Vault::open_or_create(folder).await?;
    let store = Store::open(&vault).await?;
    Ok((vault, store))
}

async fn open_desk(folder: &Path, fonts: Option<&Fonts>) -> Result<Opening, DeskError> {
    let (vault, store) = open_store(folder).await?;
    let printable = Box::new(Printable(fonts.cloned()));
    match Desk::open(&vault, store.clone(), Arc::new(SystemClock::new()), printable).await {
        Ok(desk) => {
            desk.settle_open_cases().await?;
            Ok(Opening::Open(desk))
        }
        Err(DeskError::NotEnrolled) => {
            store.close().await;
            Ok(Opening::NotEnrolled)
        }
        Err(error) => Err(error),
    }
}
