//! What every component of the counter works with: the desk, its folder and settings, the fonts,
//! and the events for the shell.

use crate::{DeskConfig, failure, view::Failure, view::VerifyView};
use desk::{
    Desk, DeskError, PrintableName,
    clock::SystemClock,
    store::Store,
    vault::{Vault, VaultSettings},
};
use drivers::printer::{Printer, PrinterError};
use paper::Fonts;
use rules::{case_number::CaseNumber, person::Name};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::sync::broadcast;

/// Events that a slow window may be behind before it loses some. Views are whole, so the next event
/// makes up for a lost one.
const EVENTS_KEPT: usize = 64;

/// An event at the counter: the shell asks for the view that changed.
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
    /// The 2D scanner read the case number on a paper.
    CaseScanned(CaseNumber),
    /// Queue, corrections or conflicts changed.
    Lists,
}

/// The part of the counter that all components share.
pub(crate) struct Core {
    folder: PathBuf,
    config: RwLock<DeskConfig>,
    fonts: Result<Fonts, Failure>,
    opening: RwLock<Opening>,
    events: broadcast::Sender<CounterEvent>,
    views: AtomicU32,
}

/// How far the desk could be opened.
enum Opening {
    /// The desk is enrolled and opened.
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

impl Core {
    /// Opens the desk in `folder`. Never fails: the reason why a desk cannot be opened is shown on
    /// screen, and nothing is overwritten.
    pub(crate) async fn open(folder: PathBuf) -> Arc<Self> {
        let config = DeskConfig::load(&folder);
        let fonts = Fonts::open().map_err(Failure::from);
        let opening = match &config {
            Ok(config) => open_desk(&folder, &config.vault, fonts.as_ref().ok())
                .await
                .unwrap_or_else(|error| Opening::Broken(error.into())),
            Err(failure) => Opening::Broken(failure.clone()),
        };
        Arc::new(Self {
            config: RwLock::new(config.unwrap_or_default()),
            fonts,
            opening: RwLock::new(opening),
            events: broadcast::channel(EVENTS_KEPT).0,
            views: AtomicU32::new(0),
            folder,
        })
    }

    /// Returns the desk behind the counter.
    ///
    /// # Errors
    /// Returns why the desk is not open.
    pub(crate) fn desk(&self) -> Result<Arc<Desk>, Failure> {
        match &*self.opening.read().unwrap_or_else(PoisonError::into_inner) {
            Opening::Open(desk) => Ok(desk.clone()),
            Opening::NotEnrolled => Err(DeskError::NotEnrolled.into()),
            Opening::Broken(failure) => Err(failure.clone()),
        }
    }

    pub(crate) fn is_enrolled(&self) -> bool {
        !matches!(&*self.opening.read().unwrap_or_else(PoisonError::into_inner), Opening::NotEnrolled)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the settings in force: what the centre decides counts before `desk.toml`.
    pub(crate) fn config(&self) -> DeskConfig {
        let central = self.desk().map(|desk| desk.central_settings()).unwrap_or_default();
        self.own_config().decided_by(&central)
    }

    /// Returns the settings of `desk.toml`.
    pub(crate) fn own_config(&self) -> DeskConfig {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the printer of this desk, if it has one.
    pub(crate) fn printer(&self) -> Option<Result<Printer, PrinterError>> {
        self.config.read().unwrap_or_else(PoisonError::into_inner).printer(&self.folder)
    }

    /// Puts settings in force that were saved.
    pub(crate) fn set_config(&self, config: DeskConfig) {
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    pub(crate) fn fonts(&self) -> Result<&Fonts, Failure> {
        self.fonts.as_ref().map_err(Clone::clone)
    }

    /// Returns the number of the next view. It is taken before the parts of the view are read: of
    /// two views the one with the larger number is the younger one.
    pub(crate) fn next_revision(&self) -> u32 {
        self.views.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<CounterEvent> {
        self.events.subscribe()
    }

    /// Sends an event to all listeners; without listeners it is dropped.
    pub(crate) fn announce(&self, event: CounterEvent) {
        let _ = self.events.send(event);
    }

    /// Closes the desk, if one is open, does `work` on its folder, and opens what is there then.
    ///
    /// # Errors
    /// Those of `work`, and a desk that is broken afterwards says so when it is asked for.
    pub(crate) async fn open_anew<W>(&self, work: W) -> Result<(), Failure>
    where
        W: AsyncFnOnce(&Path, &DeskConfig) -> Result<(), DeskError> + Send + 'static,
    {
        let (folder, fonts) = (self.folder.clone(), self.fonts.as_ref().ok().cloned());
        let config = self.config();
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
                let worked = work(&folder, &config).await;
                (worked, open_desk(&folder, &config.vault, fonts.as_ref()).await)
            })
        });
        let (worked, opening) = done.await.map_err(|_| failure::out_of_step())?;
        *self.opening.write().unwrap_or_else(PoisonError::into_inner) =
            opening.unwrap_or_else(|error| Opening::Broken(error.into()));
        Ok(worked?)
    }
}

/// Opens vault and database of a folder, and makes them in a new one.
pub(crate) async fn open_store(folder: &Path, settings: &VaultSettings) -> Result<(Vault, Store), DeskError> {
    let vault = Vault::open_or_create(folder, settings).await?;
    let store = Store::open(&vault).await?;
    Ok((vault, store))
}

async fn open_desk(
    folder: &Path,
    settings: &VaultSettings,
    fonts: Option<&Fonts>,
) -> Result<Opening, DeskError> {
    let (vault, store) = open_store(folder, settings).await?;
    let printable = Box::new(Printable(fonts.cloned()));
    match Desk::open(&vault, store.clone(), Arc::new(SystemClock::new()), printable).await {
        Ok(desk) => {
            desk.case.put_aside_left_open().await?;
            desk.collective.put_aside_left_running().await?;
            desk.visit.wipe_ended().await?;
            Ok(Opening::Open(desk))
        }
        Err(DeskError::NotEnrolled) => {
            store.close().await;
            Ok(Opening::NotEnrolled)
        }
        Err(error) => Err(error),
    }
}
