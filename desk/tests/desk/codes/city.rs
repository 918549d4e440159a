//! Three real desks on real files; every message between them and the centre is carried by hand.

use desk::{
    Desk,
    clock::{Clock, ManualClock},
};
use fixture::{SUPERVISOR_ROLES, TestCentre, clerk, enrolled, logged_in_once, open, record, senior, view};
use rules::{At, DeviceNumber, keys::SoftwareKey, wire::CitizenView};
use std::sync::Arc;
use tempfile::TempDir;

pub(super) const DAY_MS: i64 = 86_400_000;
/// Noon in Shanghai, 2026-03-02.
const START: At = At(1_772_424_000_000);
/// Of each desk.
pub(super) const SITES: [&str; 3] = ["310101", "310101", "310104"];
pub(super) const FIRST_DEVICE: u32 = 7;

pub(super) struct Window {
    folder: TempDir,
    pub(super) desk: Arc<Desk>,
    /// When the supervisor last logged in with the centre.
    logged_in_at: At,
}

/// The desks, and how they are reached.
pub struct City {
    centre: TestCentre,
    pub(super) clock: Arc<ManualClock>,
    pub(super) root: SoftwareKey,
    pub(super) windows: Vec<Window>,
    pub(super) people: u32,
}

impl City {
    pub async fn new() -> Self {
        let centre = TestCentre::start().await;
        let clock = ManualClock::new(START);
        let mut city = Self {
            centre,
            clock,
            root: SoftwareKey::from_bytes(&[9; 32]).unwrap(),
            windows: Vec::new(),
            people: 0,
        };
        city.centre_follows_the_clock();
        city.centre.mind().employ(vec![record("2001", &SUPERVISOR_ROLES)]);
        for device in (FIRST_DEVICE..).take(SITES.len()) {
            city.centre.mind().device = DeviceNumber(device);
            let folder = tempfile::tempdir().unwrap();
            let desk = enrolled(folder.path(), &city.centre.url, city.clock.clone()).await;
            logged_in_once(&desk, &["2001"]).await;
            city.windows.push(Window { folder, desk, logged_in_at: START });
        }
        city.centre.stop().await;
        let passer_by = view(&senior(999), "张演练");
        for at in 0..city.windows.len() {
            city.look_up(at, passer_by.clone(), false).await;
        }
        city
    }

    pub(super) fn centre_follows_the_clock(&self) {
        let real = jiff::Timestamp::now().as_millisecond();
        self.centre.mind().clock_offset_ms = self.clock.wall().0 - real;
    }

    pub(super) fn desk(&self, at: usize) -> Arc<Desk> {
        self.windows[at].desk.clone()
    }

    /// A desk looks somebody up; afterwards the line is up or down.
    pub(super) async fn look_up(&mut self, at: usize, shown: CitizenView, stays_up: bool) {
        self.centre_follows_the_clock();
        let (desk, person) = (self.desk(at), shown.number.clone());
        self.centre.mind().views.insert(shown.number.clone(), shown);
        self.centre.start_again().await;
        desk.citizen.look_up(&clerk(&desk), &person).await.unwrap();
        let now = self.clock.wall();
        if now.since_ms(self.windows[at].logged_in_at) >= 2 * DAY_MS {
            logged_in_once(&desk, &["2001"]).await;
            self.windows[at].logged_in_at = now;
        }
        self.centre.stop().await;
        while !stays_up && desk.sync().is_online() {
            desk.citizen.look_up(&clerk(&desk), &person).await.unwrap();
        }
    }

    pub(super) async fn restart(&mut self, at: usize) {
        let window = &mut self.windows[at];
        window.desk.store().close().await;
        window.desk = open(window.folder.path(), self.clock.clone()).await;
    }
}
