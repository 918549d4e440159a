//! Measures what a clerk waits for, through the real window.
//!
//! It measures a card until the citizen is on screen, a list of 100,000 rows until it can be read
//! and while it scrolls, and an empty printer until the clerk is told. Card service, printer,
//! centre, database and web driver run on the same machine.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made ends with its reason")]
#![expect(clippy::print_stdout, reason = "the figures are the result")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use desk::{store::Store, vault::Vault};
use practice::clerk::{Action, Clerk, Confirmation};
use practice::site::{FIRST_DESK, Site};
use rig::display::Display;
use rig::window::Window;

const ROUNDS: usize = 15;
const ROWS: u32 = 100_000;

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
    let _picture = PictureOfFailure(&display);
    println!("\nwindow: what a clerk waits for, milliseconds");
    println!("  {:<58} {:>8} {:>8} {:>8}", "", "median", "p95", "most");
    let window = site.open_window(FIRST_DESK, &display).await.unwrap();
    Clerk::at(&window).log_in(site.staff_with("clerk").unwrap()).await.unwrap();
    cards(&site, &window).await;
    paper(&mut site, &window).await;
    drop(window);
    fill(&site).await;
    let window = site.open_window(FIRST_DESK, &display).await.unwrap();
    Clerk::at(&window).log_in(site.staff_with("supervisor").unwrap()).await.unwrap();
    for (place, rows) in [("queue", "queue-list"), ("approvals", "approvals-list")] {
        list(&window, place, rows).await;
    }
}

/// Saves the screen if a measurement fails.
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

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0
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

/// Writes 100,000 operations, and as many corrections waiting for approval, straight
/// into the database.
async fn fill(site: &Site) {
    let vault = Vault::open_or_create_with_key_file(&site.desk_folder(FIRST_DESK).unwrap()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let count = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})");
    let operations = format!(
        "INSERT INTO operation (n, kind, operator, at, hash, record, case_number)
         {count} SELECT first.n + 1000 + i, kind, operator, at + i, hash, record, case_number
         FROM n, (SELECT * FROM operation ORDER BY n LIMIT 1) first"
    );
    let corrections = format!(
        "INSERT INTO correction (id, citizen_ref, field, state, is_open, record, changed_at, submitted_at, flagged)
         {count} SELECT printf('019abcde-0000-7000-8000-%012x', i), '{:064}', 'name', 'submitted', TRUE,
             json_set(?1, '$.correction.id', printf('019abcde-0000-7000-8000-%012x', i)),
             1790000000000 + i, 1790000000000 + i, i % 97 = 0 FROM n",
        0
    );
    let mut raw = store.readers().acquire().await.unwrap();
    sqlx::query("PRAGMA query_only = OFF").execute(&mut *raw).await.unwrap();
    sqlx::query(&operations).execute(&mut *raw).await.unwrap();
    sqlx::query(&corrections).bind(record()).execute(&mut *raw).await.unwrap();
    drop(raw);
    store.close().await;
}

/// Returns a correction as the centre would send it.
fn record() -> String {
    let digest = |n: u32| format!("{n:064x}");
    let evidence: Vec<_> = (0..3)
        .map(|page| {
            serde_json::json!({ "kind": "card_scan", "digest": digest(page), "media_type": "image/jpeg", "page": page })
        })
        .collect();
    serde_json::json!({
        "number": "11010519491231002X", "masked_name": "顾**",
        "under_fourteen": false, "case_number": "3100002026112600134182057", "device": 1,
        "correction": {
            "id": "019abcde-0000-7000-8000-000000000000", "field": "name", "maker": "310001", "revision": 1,
            "content": {
                "before": { "name": "顾玉贵" }, "after": { "name": "顾莹生" }, "reason": "N5", "evidence": evidence,
                "chip_name": "顾莹生", "registry_version": 1, "photo_shortfall": null,
            },
            "state": { "state": "submitted", "at": 1_790_000_000_000_i64 }, "escalation": null,
        },
    })
    .to_string()
}

async fn list(window: &Window, place: &str, rows: &str) {
    let open = format!(
        "const done = arguments[0];
         const rows = () => [...document.querySelectorAll('[data-testid={rows}-row] [role=gridcell]')].length > 8;
         const began = performance.now();
         document.querySelector('[data-testid=place-{place}]').click();
         const look = () => rows() ? done(performance.now() - began) : requestAnimationFrame(look);
         look();"
    );
    let mut figures = Vec::new();
    for _ in 0..ROUNDS {
        window.click("place-verify").await.unwrap();
        window.find("verify").await.unwrap();
        figures.push(window.run_script(&open).await.unwrap().as_f64().unwrap());
    }
    line(&format!("{place} of {ROWS} rows → rows on screen"), figures);
    // Scrolls through the whole list in 180 frames, then jumps between beginning and end.
    let scroll = format!(
        "const done = arguments[0];
         const grid = document.querySelector('[data-testid={rows}-grid]');
         const frames = []; let last = null; let step = 0; const steps = 200;
         const turn = (now) => {{
           if (last !== null) frames.push(now - last);
           last = now; step += 1;
           if (step > steps) return done(frames);
           grid.scrollTop = step < steps - 20 ? (grid.scrollHeight * step) / steps : step % 2 === 0 ? 0 : grid.scrollHeight;
           requestAnimationFrame(turn);
         }};
         requestAnimationFrame(turn);"
    );
    let frames = window.run_script(&scroll).await.unwrap();
    let frames = frames.as_array().unwrap().iter().map(|frame| frame.as_f64().unwrap()).collect();
    line(&format!("{place}: one frame while scrolling through all of it"), frames);
}
