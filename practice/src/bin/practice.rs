//! `make run`: a counter in practice mode.
//!
//! With a screen, the window is yours. Without one, a journey runs on a virtual screen and leaves
//! pictures, sheets and a summary in `out/`.

use std::path::Path;
use std::process::ExitCode;

use practice::record::Record;
use practice::site::{FIRST_DESK, Site};
use practice::{guard, journey, portal, say, serve_people};
use rig::display::Display;

/// Folder of the journey's record, relative to where `make run` was called.
const OUT: &str = "out";

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    say(format_args!(
        "演练：启动读卡服务、打印机、数据库与中心 · starting readers, printer, database and centre"
    ))?;
    let has_screen = ["WAYLAND_DISPLAY", "DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if has_screen {
        let mut site = Site::start("practice").await?;
        serve_people(&mut site).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut record = Record::new(Path::new(OUT))?;
    let outcome = tokio::select! {
        outcome = journey_without_screen(&mut record) => outcome,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    let summary = record.finish(outcome.as_ref().err())?;
    say(format_args!("{}", summary.display()))?;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn journey_without_screen(record: &mut Record) -> anyhow::Result<()> {
    let mut site = Site::start("practice").await?;
    let display = Display::start(&site.folder).await?;
    let (address, key_id) = guard::link(&site.central).await?;
    say(format_args!("核验页 · the guard's page, key {key_id}:\n{address}"))?;
    let kiosk = site.open_kiosk("演练自助终端 1", 60).await?;
    say(format_args!("自助终端 · the kiosk's page:\n{}", kiosk.address()))?;
    let portal = portal::open(&site).await?;
    say(format_args!("一网通办专栏 · the portal's page:\n{}", portal.url()))?;
    record.plain_step("一切就绪 · readers, printer, database and centre are up, the desk is enrolled")?;
    let window = site.open_window(FIRST_DESK, &display).await?;
    let outcome = journey::run(&mut site, &window, record).await;
    if outcome.is_err() {
        // A picture of the failure helps; the summary tells where it happened even without one.
        let _ = window.screenshot(&record.folder().join("failed.png")).await;
    }
    outcome
}
