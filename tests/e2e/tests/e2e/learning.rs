//! Practice mode of the shipped program, without a centre: an exercise is done wrong, right, and
//! wrong again, and the desk at work beside it is left alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use practice::sheet;
use rig::RigFolder;
use rig::bus::{Bus, BusKind};
use rig::display::Display;
use rig::folder::workspace_program;
use rig::window::{Key, Program, Window};
use tokio::sync::MutexGuard;

use crate::screens::{Walk, pictures};
use crate::{TURN, picture_of_failure};

/// A window in practice mode, at its log-in screen.
struct Learner {
    window: Window,
    display: Display,
    _bus: Bus,
    folder: RigFolder,
    _turn: MutexGuard<'static, ()>,
}

impl Drop for Learner {
    fn drop(&mut self) {
        picture_of_failure(&self.display, &self.folder.logs().join("failed.png"));
    }
}

impl Learner {
    /// Opens the window where `desk` is the folder of a desk at work.
    async fn open(name: &str, desk: impl FnOnce(&RigFolder) -> PathBuf) -> Self {
        let turn = TURN.lock().await;
        let folder = RigFolder::new(name).unwrap();
        let bus = Bus::start(&folder, BusKind::Session).await.unwrap();
        let display = Display::start(&folder).await.unwrap();
        let program = Program {
            path: workspace_program("suishen-counter").unwrap(),
            arguments: vec!["--practice".to_owned()],
            variables: vec![("SUISHEN_DESK_DIR".to_owned(), desk(&folder).display().to_string())],
            home: "home-1".to_owned(),
        };
        let window = Window::open(&folder, &display, &bus, &program).await.unwrap();
        window.find("practice-accounts").await.unwrap();
        Self { window, display, _bus: bus, folder, _turn: turn }
    }

    async fn log_in(&self) {
        self.window.click("practice-account-clerk").await.unwrap();
        self.window.click("login-submit").await.unwrap();
        self.window.has("window", "data-step", "waiting").await.unwrap();
    }

    /// Begins an exercise and lays the card of somebody else.
    async fn lays_another_card(&self) {
        self.window.click("exercise-first").await.unwrap();
        self.window.choose("practice-person", "disabled").await.unwrap();
        self.window.click("practice-lay").await.unwrap();
        self.window.find("fault-anotherCard").await.unwrap();
    }
}

/// Returns the content of every file in a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// Lays the card of the exercise's person and issues a code to them.
async fn issues(window: &Window) {
    window.click("practice-lay").await.unwrap();
    window.has("window", "data-step", "citizen").await.unwrap();
    window.press(Key::F4.into()).await.unwrap();
    window.has("confirm", "data-action", "apply").await.unwrap();
    window.press(Key::F9.into()).await.unwrap();
    window.has("done", "data-action", "apply").await.unwrap();
    window.has("done-confirmation", "data-confirmation", "confirmed").await.unwrap();
    window.has("print-state", "data-state", "completed").await.unwrap();
}

#[tokio::test]
async fn a_clerk_learns_from_the_installed_program_alone() {
    // Where the program looks without `--practice`.
    let at_work = |folder: &RigFolder| folder.below("home-1/data/suishen-counter").unwrap();
    let learner = Learner::open("learning", |folder| {
        let desk = at_work(folder);
        std::fs::write(desk.join("desk.toml"), "[centre]\nurl = \"https://centre.invalid\"\n").unwrap();
        std::fs::write(desk.join("desk.db"), "not to be opened").unwrap();
        desk
    })
    .await;
    let before = contents(&at_work(&learner.folder));
    assert_eq!(before.len(), 2);
    let window = &learner.window;
    learner.log_in().await;
    learner.lays_another_card().await;
    window.click("practice-lift").await.unwrap();
    window.has("window", "data-step", "waiting").await.unwrap();

    window.choose("practice-person", "senior").await.unwrap();
    issues(window).await;
    window.click("practice-scan").await.unwrap();
    window.has("print-in-hand", "data-good", "true").await.unwrap();
    window.click("practice-lift").await.unwrap();
    window.has("practice-laid", "data-person", "").await.unwrap();
    window.press(Key::F2.into()).await.unwrap();
    window.has("practice-outcome", "data-tone", "warn").await.unwrap();
    assert!(!window.shows("fault-paperLeft").await);

    window.click("practice-again").await.unwrap();
    window.gone("practice-outcome").await.unwrap();
    issues(window).await;
    window.press(Key::F2.into()).await.unwrap();
    window.find("fault-paperLeft").await.unwrap();
    window.has("practice-outcome", "data-tone", "bad").await.unwrap();

    let printed = learner.folder.below("home-1/data/suishen-counter-practice").unwrap();
    let papers: Vec<PathBuf> = contents(&printed).into_keys().collect();
    assert_eq!(papers.len(), 2);
    for paper in &papers {
        assert!(sheet::text(paper).await.unwrap().contains("演练"), "{}", paper.display());
        sheet::symbol(paper).await.unwrap();
    }
    assert_eq!(contents(&at_work(&learner.folder)), before, "practice touched the desk at work");
}

#[tokio::test]
async fn every_screen_of_practice_is_accessible() {
    let learner = Learner::open("learning-screens", |folder| folder.below("desk-at-work").unwrap()).await;
    let pictures = |language| pictures(learner.folder.logs(), language).join("practice");
    let mut walk = Walk::begin(&learner.window, &pictures("zh-CN"), "zh-CN").await;
    walk.look("practice-log-in").await;
    learner.log_in().await;
    learner.lays_another_card().await;
    walk.look("practice").await;
    walk.end();
    let mut walk = Walk::begin(&learner.window, &pictures("en"), "en").await;
    learner.lays_another_card().await;
    walk.look("practice").await;
    walk.end();
}
