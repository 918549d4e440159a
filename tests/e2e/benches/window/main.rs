//! Measures what a clerk waits for, through the real window.
//!
//! It measures the start until somebody can log in, the log-in, a card until the citizen is on
//! screen, F9 until the printer has the sheet, memory before and after a thousand cases, a list of
//! 100,000 rows until it can be read and while it scrolls, and an empty printer until the clerk is
//! told.
//! Card service, printer, centre, database and web driver run on the same machine.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made ends with its reason")]
#![expect(clippy::print_stdout, reason = "the figures are the result")]

mod cases;
mod lists;
mod start;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use practice::clerk::{Action, Clerk, Confirmation};
use practice::site::{FIRST_DESK, Site};
use rig::display::Display;
use rig::window::Window;

const ROUNDS: usize = 15;

fn main() {
    // `cargo test --benches` only checks that it still builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(measure());
}

async fn measure() {
    let mut site = Site::start("window-bench").await.unwrap();
    let display = Display::start(&site.folder).await.unwrap();
    println!("\nwindow: what a clerk waits for, milliseconds");
    println!("  {:<58} {:>8} {:>8} {:>8}", "", "median", "p95", "most");
    start::measure(&site, &display).await;
    let window = site.open_window(FIRST_DESK, &display).await.unwrap();
    let picture = PictureOfFailure(&display);
    Clerk::at(&window).log_in(site.staff_with("clerk").unwrap()).await.unwrap();
    log_ins(&site, &window).await;
    cards(&site, &window).await;
    cases::measure(&site, &window).await;
    paper(&mut site, &window).await;
    drop((picture, window));
    lists::measure(&mut site, &display).await;
}

/// Saves the screen if a measurement fails. It goes before the window it shows.
struct PictureOfFailure<'a>(&'a Display);

impl Drop for PictureOfFailure<'_> {
    fn drop(&mut self) {
        let file = std::env::temp_dir().join("window-bench-failed.png");
        if std::thread::panicking() && self.0.picture(&file).is_ok() {
            println!("  see {}", file.display());
        }
    }
}

fn line(what: &str, mut figures: Vec<f64>) {
    figures.sort_by(f64::total_cmp);
    let at = |part: f64| figures[((figures.len() - 1) as f64 * part).round() as usize];
    println!("  {what:<58} {:>8.1} {:>8.1} {:>8.1}", at(0.5), at(0.95), at(1.0));
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0
}

/// Measures from Enter to the counter, with the centre's answer. Two people take turns.
async fn log_ins(site: &Site, window: &Window) {
    const NOTE: &str = "addEventListener('keydown', (event) => {
            if (event.key !== 'Enter' || event.target.dataset.testid !== 'login-password') return;
            const begun = performance.now();
            const look = () => document.querySelector('[data-testid=window]')
                ? window.benchLogIn = performance.now() - begun : requestAnimationFrame(look);
            look();
        }, true);
        arguments[0]()";
    window.run_script(NOTE).await.unwrap();
    let mut figures = Vec::new();
    for round in 0..=ROUNDS {
        let role = if round % 2 == 0 { "supervisor" } else { "clerk" };
        Clerk::at(window).gives_place_to(site.staff_with(role).unwrap()).await.unwrap();
        let took = window.run_script("arguments[0](window.benchLogIn)").await.unwrap();
        figures.push(took.as_f64().unwrap());
    }
    line("log-in: Enter → counter, online", figures);
}

/// Measures from the card on the reader to name, eligibility and actions on screen. `pcscd` polls
/// every 400 ms.
async fn cards(site: &Site, window: &Window) {
    // The page itself takes the time, so that the driver's own delay does not count.
    const APPEARS: &str = "const done = arguments[0];
        const look = () => document.querySelector('[data-testid=eligibility]') && document.querySelector('[data-testid=citizen-name]')
            ? done(Date.now()) : requestAnimationFrame(look);
        look();";
    let mut figures = Vec::new();
    for _ in 0..ROUNDS {
        let laid = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            (now_ms(), site.lay("sixty-today").unwrap())
        };
        let (shown, (laid, card)) = tokio::join!(window.run_script(APPEARS), laid);
        figures.push(shown.unwrap().as_f64().unwrap() - laid);
        drop(card);
        Clerk::at(window).waits().await.unwrap();
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    line("card on the reader → citizen on screen (pcscd polls: 400)", figures);
}

/// Measures from the issue key to the printer's problem on screen, with an empty tray.
async fn paper(site: &mut Site, window: &Window) {
    let clerk = Clerk::at(window);
    site.printer.take_paper_out().await.unwrap();
    let _card = site.lay("senior").unwrap();
    clerk.sees(site.citizen("senior").unwrap()).await.unwrap();
    clerk.begins(Action::Apply).await.unwrap();
    clerk.holder_agrees().await.unwrap();
    let asked = Instant::now();
    clerk.does_it().await.unwrap();
    window.text_with("failure", "缺纸").await.unwrap();
    line("issue key → “out of paper” on screen", vec![asked.elapsed().as_secs_f64() * 1000.0]);
    site.printer.refill().await.unwrap();
    clerk.sees_done(Action::Apply, Confirmation::Confirmed).await.unwrap();
    clerk.sees_sheet_printed().await.unwrap();
}
