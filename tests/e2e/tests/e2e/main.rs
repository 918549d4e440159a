//! The main job, end to end, on real device stacks: the real window on a virtual screen, cards on a real pcscd, a
//! real IPP printer, the centre on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crash;
mod hidden;
mod main_job;
mod trouble;

use practice::clerk::Clerk;
use practice::site::Site;
use rig::display::Display;
use rig::window::Window;
use tokio::sync::{Mutex, MutexGuard};

/// One counter at a time: a window, its database and its daemons keep two cores busy.
static TURN: Mutex<()> = Mutex::const_new(());

/// A counter with a clerk logged in and the window waiting for a card.
struct Counter {
    window: Option<Window>,
    display: Display,
    site: Site,
    _turn: MutexGuard<'static, ()>,
}

impl Counter {
    async fn open(name: &str) -> Self {
        let turn = TURN.lock().await;
        let site = Site::start(name).await.unwrap();
        let display = Display::start(&site.folder).await.unwrap();
        let mut counter = Self { window: None, display, site, _turn: turn };
        counter.open_window().await;
        counter
    }

    /// Opens the window, again where it was closed or killed, and logs the clerk in.
    async fn open_window(&mut self) {
        self.window = None;
        self.window = Some(self.site.open_window(&self.display).await.unwrap());
        let clerk = self.site.staff_with("clerk").unwrap();
        Clerk::at(self.window()).log_in(clerk).await.unwrap();
    }

    fn window(&self) -> &Window {
        self.window.as_ref().unwrap()
    }

    fn clerk(&self) -> Clerk<'_> {
        Clerk::at(self.window())
    }

    /// A number from the centre's database, asked with psql from outside.
    async fn at_the_centre(&self, statement: &str) -> u64 {
        self.site.postgres.query(statement).await.unwrap().parse().unwrap()
    }

    async fn codes_at_the_centre(&self) -> u64 {
        self.at_the_centre("SELECT count(*) FROM code").await
    }
}
