//! Every screen in the real engine, in both languages.
//!
//! Each must have no violation of WCAG 2.2 A and AA that axe can find, and fit into the window at
//! 200 %. If `SCREENS` names a folder (`make shots`), a picture of each is saved there, and each is
//! also looked at in the other themes and on larger screens.

use std::path::{Path, PathBuf};
use std::time::Duration;

use practice::clerk::{Action, Clerk, Confirmation};
use practice::correcting::{Supervisor, Wrong};
use practice::portrait;
use practice::site::FIRST_DESK;
use rig::process::until;
use rig::window::{Key, Window};
use serde_json::Value;

use crate::{Counter, SECOND_DESK, SecondDesk};

/// The axe-core script that the page's own tests use.
const AXE: &str = include_str!("../../../../ui/node_modules/axe-core/axe.min.js");
const PATIENCE: Duration = Duration::from_secs(45);
/// Folder for the pictures, and the sign that themes and sizes are wanted too.
const SCREENS: &str = "SCREENS";
/// Width and height of a desk's smallest screen.
const SMALLEST: (u32, u32) = (1366, 768);
const LARGER: [(u32, u32); 2] = [(1920, 1080), (2560, 1440)];

/// A walk through the screens of one window in one language.
pub(crate) struct Walk<'a> {
    window: &'a Window,
    folder: PathBuf,
    found: Vec<String>,
    count: usize,
}

impl<'a> Walk<'a> {
    /// Begins at the log-in screen.
    pub(crate) async fn begin(window: &'a Window, folder: &Path, language: &str) -> Self {
        let switch = format!(
            "localStorage.setItem('language', '{language}'); localStorage.setItem('theme', 'light');
             location.reload(); arguments[0]()"
        );
        window.run_script(&switch).await.unwrap();
        let lang = "arguments[0](document.documentElement.lang)";
        until("the page in its language", PATIENCE, async || {
            (window.run_script(lang).await.ok()? == language).then_some(())
        })
        .await
        .unwrap();
        window.find("status-line").await.unwrap();
        std::fs::create_dir_all(folder).unwrap();
        Self { window, folder: folder.to_owned(), found: Vec::new(), count: 0 }
    }

    /// Checks and photographs the current screen.
    pub(crate) async fn look(&mut self, name: &str) {
        self.count += 1;
        self.photograph(name, "").await;
        self.check(name).await;
        self.zoom(2.0).await;
        self.photograph(name, "-200").await;
        self.fits(&format!("{name} at 200 %")).await;
        self.zoom(1.0).await;
        if std::env::var_os(SCREENS).is_none() {
            return;
        }
        for theme in ["dark", "contrast"] {
            self.run(&format!("document.documentElement.dataset.theme = '{theme}'")).await;
            self.photograph(name, &format!("-{theme}")).await;
            self.check(&format!("{name} in {theme}")).await;
        }
        self.run("document.documentElement.dataset.theme = 'light'").await;
        for (width, height) in LARGER {
            self.resize(width, height).await;
            self.photograph(name, &format!("-{width}")).await;
            self.fits(&format!("{name} at {width}")).await;
        }
        self.resize(SMALLEST.0, SMALLEST.1).await;
    }

    async fn photograph(&self, name: &str, kind: &str) {
        if std::env::var_os(SCREENS).is_none() {
            return;
        }
        let file = self.folder.join(format!("{:02}-{name}{kind}.png", self.count));
        self.window.screenshot(&file).await.unwrap();
    }

    /// Has axe look for violations.
    async fn check(&mut self, what: &str) {
        let script = format!(
            "const done = arguments[0]; {AXE};
             const only = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
             const one = (of) => `${{of.id}}: ${{of.nodes.map((node) => node.html).slice(0, 3).join(' ')}}`;
             axe.run(document, {{ runOnly: only }}).then((result) => done(result.violations.map(one)), (e) => done([String(e)]));"
        );
        let violations = self.window.run_script(&script).await.unwrap();
        self.found.extend(violations.as_array().unwrap().iter().map(|one| format!("{what}: {one}")));
    }

    /// Checks that nothing has to be scrolled sideways.
    async fn fits(&mut self, what: &str) {
        let wide = "const page = document.documentElement;
             arguments[0]([page.scrollWidth, page.clientWidth])";
        let wide = self.window.run_script(wide).await.unwrap();
        if wide[0].as_u64() > wide[1].as_u64() {
            self.found.push(format!("{what}: it is {} wide in {}", wide[0], wide[1]));
        }
    }

    async fn run(&self, statement: &str) {
        self.window.run_script(&format!("{statement}; arguments[0]()")).await.unwrap();
    }

    async fn resize(&self, width: u32, height: u32) {
        self.window.client().set_window_size(width, height).await.unwrap();
        self.is_wide(f64::from(width)).await;
    }

    /// Zooms the page, as Ctrl and + do.
    async fn zoom(&self, factor: f64) {
        let zoom = format!(
            "window.__TAURI_INTERNALS__.invoke('plugin:webview|set_webview_zoom', {{ value: {factor} }})
             .then(() => arguments[0](null), (refusal) => arguments[0](String(refusal)))"
        );
        assert_eq!(self.window.run_script(&zoom).await.unwrap(), Value::Null);
        self.is_wide(f64::from(SMALLEST.0) / factor).await;
    }

    /// Waits for the page's width; the engine lays it out again asynchronously.
    async fn is_wide(&self, width: f64) {
        let width = format!("arguments[0](Math.abs(innerWidth - {width}) < 3)");
        until("the page at its size", PATIENCE, async || {
            (self.window.run_script(&width).await.ok()? == true).then_some(())
        })
        .await
        .unwrap();
    }

    fn clerk(&self) -> Clerk<'a> {
        Clerk::at(self.window)
    }

    async fn press(&self, key: Key) {
        self.window.press(key.into()).await.unwrap();
    }

    async fn shows(&self, name: &str) {
        self.window.find(name).await.unwrap();
    }

    /// Opens a place of the navigation rail.
    async fn goes_to(&self, place: &str) {
        self.window.click(&format!("place-{place}")).await.unwrap();
        self.shows(place).await;
    }

    pub(crate) fn end(self) {
        assert_eq!(self.found, Vec::<String>::new());
        assert!(self.count > 0);
    }
}

pub(crate) fn pictures(logs: &Path, language: &str) -> PathBuf {
    let folder = std::env::var_os(SCREENS).map_or_else(|| logs.to_owned(), PathBuf::from);
    folder.join(language)
}

#[tokio::test]
async fn every_screen_is_accessible_in_chinese() {
    all_screens("zh-CN").await;
}

#[tokio::test]
async fn every_screen_is_accessible_in_english() {
    all_screens("en").await;
}

async fn all_screens(language: &str) {
    let mut counter = Counter::open(&format!("screens-{language}")).await;
    let kiosk = counter.site.install_kiosk("演练自助终端1").await.unwrap();
    for (key, field) in [("wrong-character", "name"), ("blurred", "photo")] {
        let citizen = counter.site.citizen(key).unwrap();
        kiosk.sends_to_the_window(&counter.site.central, citizen, field, "与证件不符").await.unwrap();
    }
    let second = counter.open_second_desk("supervisor").await;
    let folder = pictures(counter.site.folder.logs(), language);
    let mut walk = Walk::begin(counter.window(), &folder, language).await;
    serving(&counter, &mut walk).await;
    correcting(&counter, &mut walk).await;
    lists(&mut walk).await;
    walk.end();
    let mut walk = Walk::begin(&second.window, &folder.join("supervisor"), language).await;
    supervising(&counter, &second, &mut walk).await;
    walk.end();
    drop(second);
    administering(&mut counter, &folder, language).await;
}

async fn serving(counter: &Counter, walk: &mut Walk<'_>) {
    let site = &counter.site;
    let clerk = walk.clerk();
    clerk.waits().await.unwrap();
    walk.look("waiting").await;
    let card = site.lay("senior").unwrap();
    clerk.sees(site.citizen("senior").unwrap()).await.unwrap();
    walk.look("citizen").await;
    walk.press(Key::F1).await;
    walk.shows("help").await;
    walk.look("help").await;
    walk.press(Key::Escape).await;
    walk.window.press_with(Key::Control, 'k').await.unwrap();
    walk.shows("palette").await;
    walk.look("palette").await;
    walk.press(Key::Escape).await;
    walk.press(Key::F7).await;
    walk.shows("wrong-field").await;
    walk.look("wrong-field").await;
    walk.press(Key::Escape).await;
    clerk.begins(Action::Apply).await.unwrap();
    walk.look("confirm").await;
    clerk.holder_agrees().await.unwrap();
    clerk.does_it().await.unwrap();
    clerk.sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    clerk.sees_sheet_printed().await.unwrap();
    walk.look("done").await;
    drop(card);
    clerk.hands_over().await.unwrap();
    clerk.waits().await.unwrap();

    let card = site.lay("senior").unwrap();
    clerk.sees(site.citizen("senior").unwrap()).await.unwrap();
    walk.look("citizen-with-code").await;
    clerk.begins(Action::ReportLoss).await.unwrap();
    walk.look("confirm-loss").await;
    walk.press(Key::Escape).await;
    drop(card);
    clerk.waits().await.unwrap();

    for (key, name) in [("mother", "refused"), ("child", "guardian"), ("unknown", "not-registered")] {
        let card = site.lay(key).unwrap();
        clerk.sees(site.citizen(key).unwrap()).await.unwrap();
        walk.look(name).await;
        if key == "child" {
            clerk.begins(Action::Apply).await.unwrap();
            walk.shows("agent-form").await;
            walk.look("confirm-guardian").await;
            walk.press(Key::Escape).await;
        }
        drop(card);
        clerk.waits().await.unwrap();
    }
}

async fn correcting(counter: &Counter, walk: &mut Walk<'_>) {
    let site = &counter.site;
    let clerk = walk.clerk();
    walk.goes_to("corrections").await;
    walk.shows("escalation").await;
    walk.look("corrections").await;
    walk.goes_to("window").await;
    let card = site.lay("wrong-character").unwrap();
    clerk.sees(site.citizen("wrong-character").unwrap()).await.unwrap();
    walk.look("citizen-escalated").await;
    clerk.opens_correction(Wrong::Name).await.unwrap();
    clerk.chooses_reason("N1").await.unwrap();
    walk.look("correction-name").await;
    walk.press(Key::F9).await;
    walk.shows("error-summary").await;
    walk.look("correction-incomplete").await;
    walk.window.click("character-finder-summary").await.unwrap();
    walk.window.choose("finder-by", "reading").await.unwrap();
    walk.window.type_into("finder-text", "ying").await.unwrap();
    walk.shows("found-U+83B9").await;
    walk.look("character-finder").await;
    walk.window.click("character-finder-summary").await.unwrap();
    walk.window.click("evidence-add-card_scan").await.unwrap();
    walk.shows("capture-frame").await;
    walk.look("capture").await;
    walk.press(Key::F8).await;
    walk.shows("evidence-open-card_scan").await;
    clerk.hands_in().await.unwrap();
    walk.look("correction-submitted").await;
    walk.press(Key::Escape).await;
    drop(card);
    clerk.waits().await.unwrap();

    let citizen = site.citizen("blurred").unwrap();
    let frame = portrait::jpeg(&portrait::before_the_camera(citizen)).unwrap();
    site.camera_sees(FIRST_DESK, &frame).unwrap();
    let card = site.lay("blurred").unwrap();
    clerk.sees(citizen).await.unwrap();
    clerk.opens_correction(Wrong::Photo).await.unwrap();
    clerk.chooses_reason("P2").await.unwrap();
    clerk.takes_photo().await.unwrap();
    walk.look("correction-photo").await;
    walk.press(Key::Escape).await;
    clerk.sees(citizen).await.unwrap();
    walk.press(Key::F10).await;
    drop(card);
    clerk.waits().await.unwrap();
}

async fn lists(walk: &mut Walk<'_>) {
    for place in ["cases", "queue", "calls", "verify", "journal", "devices"] {
        walk.goes_to(place).await;
        walk.look(place).await;
    }
    walk.goes_to("queue").await;
    walk.window.press_with(Key::Control, 'l').await.unwrap();
    walk.shows("lock").await;
    walk.look("lock").await;
    walk.window.click("lock-other").await.unwrap();
    walk.shows("login").await;
    walk.look("login").await;
    walk.window.type_into("login-staff", "310001").await.unwrap();
    walk.window.type_into("login-password", "not the password").await.unwrap();
    walk.press(Key::Enter).await;
    walk.shows("failure").await;
    walk.look("login-failed").await;
}

async fn supervising(counter: &Counter, second: &SecondDesk, walk: &mut Walk<'_>) {
    conflict(counter, walk).await;
    walk.goes_to("approvals").await;
    walk.look("approvals").await;
    let supervisor: Supervisor<'_> = second.supervisor();
    supervisor.opens_first().await.unwrap();
    walk.look("approval").await;
    walk.window.click("evidence-open-card_scan").await.unwrap();
    walk.shows("evidence-picture").await;
    walk.look("evidence").await;
    walk.press(Key::F7).await;
    walk.shows("decision").await;
    walk.look("reject").await;
    walk.press(Key::Escape).await;
    supervisor.looks_at_evidence(&["chip_read"]).await.unwrap();
    walk.press(Key::F9).await;
    walk.shows("decision").await;
    walk.look("approve").await;
    walk.press(Key::Escape).await;
    walk.goes_to("queue").await;
    walk.window.click("queue-transfer").await.unwrap();
    walk.shows("carry").await;
    walk.look("carry").await;
    walk.press(Key::Escape).await;
    walk.goes_to("conflicts").await;
    walk.shows("conflict").await;
    walk.look("conflicts").await;
    walk.goes_to("board").await;
    walk.shows("board-desks").await;
    walk.look("board").await;
    walk.window.click("board-figures").await.unwrap();
    walk.shows("figures-act").await;
    walk.look("figures").await;
    walk.window.click("figure-all-done").await.unwrap();
    walk.shows("board-cases-list-row").await;
    walk.look("board-cases").await;
}

/// Provokes a conflict: the kiosk issues between the holder's agreement and the issue key, so the
/// centre refuses the desk's code.
async fn conflict(counter: &Counter, walk: &mut Walk<'_>) {
    let site = &counter.site;
    let (clerk, citizen) = (walk.clerk(), site.citizen("rare-name").unwrap());
    let kiosk = site.install_kiosk("演练自助终端2").await.unwrap();
    let card = site.lay_at(SECOND_DESK, "rare-name").unwrap();
    clerk.sees(citizen).await.unwrap();
    clerk.begins(Action::Apply).await.unwrap();
    clerk.holder_agrees().await.unwrap();
    let session = kiosk.logs_in(&site.central, citizen).await.unwrap();
    kiosk.applies(&site.central, &session).await.unwrap();
    clerk.does_it().await.unwrap();
    walk.window.has("done-confirmation", "data-confirmation", "refused").await.unwrap();
    walk.look("done-refused").await;
    drop(card);
    walk.window.click("done-next").await.unwrap();
    clerk.waits().await.unwrap();
}

/// The dialogs of the accounts, and the one-time code that everybody sets for themselves.
async fn accounts(walk: &mut Walk<'_>) {
    walk.press(Key::F4).await;
    walk.shows("account-staff").await;
    walk.look("account-add").await;
    walk.press(Key::Escape).await;
    walk.window.click("account-manage-310001").await.unwrap();
    walk.window.click("change-roles").await.unwrap();
    walk.look("account-change").await;
    walk.press(Key::Escape).await;
    let file = walk.folder.join("staff.csv");
    std::fs::write(&file, "工号,姓名,角色\nB1,李安,窗口人员\nB2,,主管\nB3,王明,局长\n").unwrap();
    walk.press(Key::F6).await;
    walk.window.choose_file("account-list-file", &file).await.unwrap();
    walk.shows("account-list-wrong").await;
    walk.look("account-list").await;
    walk.press(Key::Escape).await;
    walk.window.press_with(Key::Control, 'p').await.unwrap();
    walk.window.click("password-second-factor-open").await.unwrap();
    walk.shows("second-factor-secret").await;
    walk.look("second-factor").await;
    walk.press(Key::Escape).await;
}

async fn administering(counter: &mut Counter, folder: &Path, language: &str) {
    for (role, place) in [("system-admin", "settings"), ("security-admin", "accounts"), ("auditor", "audit")]
    {
        let staff = counter.site.staff_with(role).unwrap().clone();
        let mut walk = Walk::begin(counter.window(), &folder.join(role), language).await;
        walk.clerk().sits_down(&staff, "queue").await.unwrap();
        walk.goes_to(place).await;
        if place == "audit" {
            walk.window.click("audit-check").await.unwrap();
            walk.shows("audit-verdict").await;
        }
        walk.look(place).await;
        if place == "accounts" {
            accounts(&mut walk).await;
        }
        walk.window.press_with(Key::Control, 'l').await.unwrap();
        walk.window.click("lock-other").await.unwrap();
        walk.shows("login").await;
        walk.end();
    }
    counter.open_window_not_enrolled().await;
    let mut walk = Walk::begin(counter.window(), &folder.join("enrol"), language).await;
    walk.shows("enrol").await;
    walk.look("enrol").await;
    walk.end();
}
