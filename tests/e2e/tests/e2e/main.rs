//! Whole-system tests on real device stacks.
//!
//! They use the real window on a virtual screen, cards on a real `pcscd`, a real IPP printer, and
//! the centre on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod board;
mod citizen;
mod collective;
mod companions;
mod corrections;
mod crash;
mod guardians;
mod hidden;
mod learning;
mod main_job;
mod screen_reader;
mod screens;
mod signature;
mod trouble;
mod visits;
mod without_card;

use std::path::{Path, PathBuf};
use std::time::Duration;

use practice::clerk::Clerk;
use practice::correcting::Supervisor;
use practice::site::{FIRST_DESK, Site, Staff};
use rig::display::Display;
use rig::process::until;
use rig::screen_reader::ScreenReader;
use rig::window::Window;
use tokio::sync::{Mutex, MutexGuard};

/// Held by the only running counter: a window, its database and its daemons keep two cores busy.
static TURN: Mutex<()> = Mutex::const_new(());

/// Number of the second desk.
const SECOND_DESK: u16 = FIRST_DESK + 1;

/// A second desk of the site, on its own screen.
struct SecondDesk {
    window: Window,
    display: Display,
    staff: Staff,
    logs: PathBuf,
}

impl Drop for SecondDesk {
    fn drop(&mut self) {
        picture_of_failure(&self.display, &self.logs.join("failed-second-desk.png"));
    }
}

/// Saves the screen if the test failed.
fn picture_of_failure(display: &Display, file: &Path) {
    if std::thread::panicking() {
        let _ = display.picture(file);
    }
}

impl SecondDesk {
    fn supervisor(&self) -> Supervisor<'_> {
        Supervisor::at(&self.window, &self.staff)
    }
}

/// A counter with a clerk logged in and the window waiting for a card.
struct Counter {
    window: Option<Window>,
    display: Display,
    site: Site,
    _turn: MutexGuard<'static, ()>,
}

impl Drop for Counter {
    fn drop(&mut self) {
        picture_of_failure(&self.display, &self.site.folder.logs().join("failed.png"));
    }
}

impl Counter {
    async fn open(name: &str) -> Self {
        let mut counter = Self::closed(name).await;
        counter.open_window().await;
        counter
    }

    /// Returns a counter whose window is not open yet, so that its settings can be changed.
    async fn closed(name: &str) -> Self {
        let turn = TURN.lock().await;
        let site = Site::start(name).await.unwrap();
        let display = Display::start(&site.folder).await.unwrap();
        Self { window: None, display, site, _turn: turn }
    }

    /// Opens the window, also after it was closed or killed, and logs the clerk in.
    async fn open_window(&mut self) {
        self.window = None;
        self.window = Some(self.site.open_window(FIRST_DESK, &self.display).await.unwrap());
        let clerk = self.site.staff_with("clerk").unwrap();
        Clerk::at(self.window()).log_in(clerk).await.unwrap();
    }

    /// Opens the window and logs somebody in whose work begins at the queue.
    async fn open_window_for(&mut self, staff: &Staff) {
        self.window = None;
        self.window = Some(self.site.open_window(FIRST_DESK, &self.display).await.unwrap());
        Clerk::at(self.window()).sits_down(staff, "queue").await.unwrap();
    }

    /// Opens the window for a screen reader. Nobody is logged in.
    async fn open_window_read_aloud(&mut self) -> ScreenReader {
        let Site { folder, session_bus, .. } = &self.site;
        let reader = ScreenReader::start(folder, &self.display, session_bus).await.unwrap();
        let window = self.site.open_window_read_by(&reader, FIRST_DESK, &self.display).await.unwrap();
        self.window = Some(window);
        reader
    }

    /// Opens the window of a desk that is not enrolled.
    async fn open_window_not_enrolled(&mut self) {
        const NEW_DESK: u16 = 9;
        self.window = None;
        let settings = self.site.desk_folder(NEW_DESK).unwrap().join("desk.toml");
        std::fs::write(settings, "[vault]\ntpm = \"none\"\nkey_file = \"practice\"\n").unwrap();
        self.window = Some(self.site.open_window(NEW_DESK, &self.display).await.unwrap());
    }

    /// Opens a second desk of the site and logs in a person with this role.
    async fn open_second_desk(&self, role: &str) -> SecondDesk {
        self.site.enrol_desk(SECOND_DESK).await.unwrap();
        let display = Display::start(&self.site.folder).await.unwrap();
        let window = self.site.open_window(SECOND_DESK, &display).await.unwrap();
        let staff = self.site.staff_with(role).unwrap().clone();
        Clerk::at(&window).log_in(&staff).await.unwrap();
        SecondDesk { window, display, staff, logs: self.site.folder.logs().to_owned() }
    }

    fn window(&self) -> &Window {
        self.window.as_ref().unwrap()
    }

    fn clerk(&self) -> Clerk<'_> {
        Clerk::at(self.window())
    }

    /// Returns a number from the centre's database, queried with psql from outside.
    async fn at_the_centre(&self, statement: &str) -> u64 {
        self.site.postgres.query(statement).await.unwrap().parse().unwrap()
    }

    async fn codes_at_the_centre(&self) -> u64 {
        self.at_the_centre("SELECT count(*) FROM code").await
    }
}

/// Waits until so many papers were sent whole, and returns them, oldest first.
async fn wait_for_papers(counter: &Counter, number: usize) -> Vec<PathBuf> {
    const WITHIN: Duration = Duration::from_secs(60);
    const LAST_WORD: &[u8] = b"%%EOF";
    until(&format!("{number} papers printed"), WITHIN, async || {
        let papers = counter.site.printer.printed().ok()?;
        let last = std::fs::read(papers.last()?).ok()?;
        (papers.len() == number && last.trim_ascii_end().ends_with(LAST_WORD)).then_some(papers)
    })
    .await
    .unwrap()
}
