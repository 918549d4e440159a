//! The start of the program until somebody can type a staff number.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use practice::site::{FIRST_DESK, Site};
use rig::{
    display::Display,
    window::{Program, Window},
};

use crate::{ROUNDS, line, megabytes};

/// WebKit's own browser, which shows what an empty window of the same engine takes.
const EMPTY_WINDOW: &str = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

/// Measures starts with the files in memory and without, each beside an empty window. The database
/// has been made by the enrolment; log-in is possible as soon as it is open.
pub async fn measure(site: &Site, display: &Display) {
    let mut files = BTreeSet::new();
    let mut memory = [0, 0];
    for is_cold in [false, true] {
        let mut figures = [Vec::new(), Vec::new()];
        for _ in 0..=ROUNDS {
            forget(&files, is_cold);
            let window = site.open_window(FIRST_DESK, display).await.unwrap();
            window.find("login").await.unwrap();
            figures[0].push(until_mark(&window, "performance.getEntriesByName('usable')[0].startTime").await);
            files.extend(window.files_in_memory().unwrap());
            memory[0] = window.memory().unwrap();
            drop(window);

            forget(&files, is_cold);
            let window = empty_window(site, display).await;
            figures[1].push(until_mark(&window, "performance.now()").await);
            memory[1] = window.memory().unwrap();
        }
        let kind = if is_cold { "cold" } else { "warm" };
        for (what, figures) in ["start → usable", "start → empty window of WebKit"].into_iter().zip(figures)
        {
            // The first one fills the caches.
            line(&format!("{what} ({kind})"), figures.split_at(1).1.to_vec());
        }
    }
    println!("  memory after the start: {:.0} MB", megabytes(memory[0]));
    println!("  memory of an empty window of WebKit: {:.0} MB", megabytes(memory[1]));
}

async fn empty_window(site: &Site, display: &Display) -> Window {
    let program = Program {
        path: EMPTY_WINDOW.into(),
        arguments: vec!["--automation".to_owned()],
        variables: Vec::new(),
        home: "home-empty".to_owned(),
    };
    Window::open(&site.folder, display, &site.session_bus, &program).await.unwrap()
}

/// Returns the milliseconds from the program's start to a moment in the page, which `moment` gives
/// in milliseconds of the page's own clock.
async fn until_mark(window: &Window, moment: &str) -> f64 {
    let since = format!("arguments[0](performance.now() - {moment})");
    let age = window.age().unwrap().as_secs_f64() * 1000.0;
    // The page answers within a millisecond or two after the age was read.
    age - window.run_script(&since).await.unwrap().as_f64().unwrap()
}

/// Takes the files out of the system's cache, but for those that other programs use.
fn forget(files: &BTreeSet<PathBuf>, is_cold: bool) {
    for file in files.iter().filter(|_| is_cold) {
        let input = format!("if={}", file.display());
        // A file that is gone needs no forgetting.
        let _ = Command::new("dd").args([input.as_str(), "iflag=nocache", "count=0", "status=none"]).status();
    }
}
