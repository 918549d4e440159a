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

use crate::{TURN, picture_of_failure};

/// Saves the screen if the test fails.
struct Seen<'a>(&'a Display, &'a RigFolder);

impl Drop for Seen<'_> {
    fn drop(&mut self) {
        picture_of_failure(self.0, &self.1.logs().join("failed.png"));
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
    let _turn = TURN.lock().await;
    let folder = RigFolder::new("learning").unwrap();
    let bus = Bus::start(&folder, BusKind::Session).await.unwrap();
    let display = Display::start(&folder).await.unwrap();
    let _seen = Seen(&display, &folder);
    let data = folder.below("home-1/data").unwrap();
    // The desk at work of the same person, where the program looks without `--practice`.
    let at_work = folder.below("home-1/data/suishen-counter").unwrap();
    std::fs::write(at_work.join("desk.toml"), "[centre]\nurl = \"https://centre.invalid\"\n").unwrap();
    std::fs::write(at_work.join("desk.db"), "not to be opened").unwrap();
    let before = contents(&at_work);

    let program = Program {
        path: workspace_program("suishen-counter").unwrap(),
        arguments: vec!["--practice".to_owned()],
        variables: vec![("SUISHEN_DESK_DIR".to_owned(), at_work.display().to_string())],
        home: "home-1".to_owned(),
    };
    let window = Window::open(&folder, &display, &bus, &program).await.unwrap();
    window.find("practice-accounts").await.unwrap();
    window.screenshot(&folder.logs().join("log-in.png")).await.unwrap();
    window.click("practice-account-clerk").await.unwrap();
    window.click("login-submit").await.unwrap();
    window.has("window", "data-step", "waiting").await.unwrap();

    window.click("exercise-first").await.unwrap();
    window.choose("practice-person", "disabled").await.unwrap();
    window.click("practice-lay").await.unwrap();
    window.find("fault-anotherCard").await.unwrap();
    window.screenshot(&folder.logs().join("wrong-card.png")).await.unwrap();
    window.click("practice-lift").await.unwrap();
    window.has("window", "data-step", "waiting").await.unwrap();

    window.choose("practice-person", "senior").await.unwrap();
    issues(&window).await;
    window.screenshot(&folder.logs().join("done.png")).await.unwrap();
    window.click("practice-scan").await.unwrap();
    window.has("print-in-hand", "data-good", "true").await.unwrap();
    window.click("practice-lift").await.unwrap();
    window.has("practice-laid", "data-person", "").await.unwrap();
    window.press(Key::F2.into()).await.unwrap();
    window.has("practice-outcome", "data-tone", "warn").await.unwrap();
    assert!(!window.shows("fault-paperLeft").await);

    window.click("practice-again").await.unwrap();
    window.gone("practice-outcome").await.unwrap();
    issues(&window).await;
    window.press(Key::F2.into()).await.unwrap();
    window.find("fault-paperLeft").await.unwrap();
    window.has("practice-outcome", "data-tone", "bad").await.unwrap();
    window.screenshot(&folder.logs().join("paper-left.png")).await.unwrap();

    let papers: Vec<PathBuf> = contents(&data.join("suishen-counter-practice")).into_keys().collect();
    assert_eq!(papers.len(), 2);
    for paper in &papers {
        assert!(sheet::text(paper).await.unwrap().contains("演练"), "{}", paper.display());
        sheet::symbol(paper).await.unwrap();
    }
    assert_eq!(contents(&at_work), before, "practice touched the desk at work");
}
