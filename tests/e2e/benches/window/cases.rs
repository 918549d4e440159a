//! A thousand first issues, one after another.

use std::time::UNIX_EPOCH;

use practice::{
    citizen::{crowd, today_in_shanghai},
    clerk::{Action, Clerk, Confirmation},
    site::Site,
};
use rig::window::{Key, Window};

use crate::{line, megabytes};

/// Number of cases; the variable takes a smaller one for a look.
const CASES: u16 = 1_000;
const CASES_VARIABLE: &str = "BENCH_CASES";

/// Measures F9 until the printer has the whole sheet, and the memory as the cases go on.
pub async fn measure(site: &Site, window: &Window) {
    // The page notes when the key was pressed, so that the driver's own delay does not count.
    const NOTE: &str = "addEventListener('keydown', (event) => {
            if (event.key === 'F9') window.benchPressed ??= Date.now()
        }, true);
        arguments[0]()";
    const PRESSED: &str = "const at = window.benchPressed; window.benchPressed = undefined; arguments[0](at)";
    let count = std::env::var(CASES_VARIABLE).ok().and_then(|count| count.parse().ok()).unwrap_or(CASES);
    let people = crowd(today_in_shanghai(), count);
    site.register(&people).await.unwrap();
    window.run_script(NOTE).await.unwrap();
    let clerk = Clerk::at(window);
    let operator = &site.staff_with("clerk").unwrap().number;
    let mut figures = Vec::new();
    let before = window.memory().unwrap();
    for (done, citizen) in people.iter().enumerate() {
        let card = site.lay_card_of(citizen).unwrap();
        clerk.sees(citizen).await.unwrap();
        window.press(Key::F4.into()).await.unwrap();
        clerk.holder_agrees().await.unwrap();
        clerk.does_it().await.unwrap();
        clerk.sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
        clerk.sees_sheet_printed().await.unwrap();
        let pressed = window.run_script(PRESSED).await.unwrap().as_f64().unwrap();
        figures.push(newest_sheet(site) - pressed);
        drop(card);
        window.press(Key::F2.into()).await.unwrap();
        // pcscd takes two cards laid within 400 ms for one.
        window.has("waiting", "data-state", "waiting").await.unwrap();
        if (done + 1) % 150 == 0 {
            // Nobody looks up a thousand people in a day without being asked.
            site.central.command(&["look-up", "release", operator]).await.unwrap();
        }
        if (done + 1) % 250 == 0 {
            println!("  memory after {} cases: {:.0} MB", done + 1, megabytes(window.memory().unwrap()));
        }
    }
    println!("  memory before them: {:.0} MB", megabytes(before));
    figures.sort_by(f64::total_cmp);
    let p99 = figures[(figures.len() - 1) * 99 / 100];
    line("F9 → the printer has the whole sheet", figures);
    println!("  of that p99: {p99:.1}");
}

/// Returns when the printer took the last byte of its newest sheet, in milliseconds since 1970.
fn newest_sheet(site: &Site) -> f64 {
    let taken = |path: &std::path::PathBuf| path.metadata().unwrap().modified().unwrap();
    let newest = site.printer.printed().unwrap().iter().map(taken).max().unwrap();
    newest.duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0
}
