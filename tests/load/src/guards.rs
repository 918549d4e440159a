//! A thousand guards at the gates of a city, and one whose phone is looked at: from the picture of
//! a sheet to the answer on the screen.

use crate::{
    Place,
    report::line,
    scan::{Gate, Scanned, Scanners},
};
use anyhow::Context as _;
use outage::centre::address;
use paper::screen_symbol;
use rig::{browser::Phone, window::Window};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Time from one person to the next at a gate.
const PAUSE: Duration = Duration::from_secs(2);
const LIGHT_MODULES: usize = 4;

/// Measures one guard's scans, and the API alone with the same sheets, while all the others scan.
/// Page and API take turns, so that a disturbance of the machine affects both.
pub(crate) async fn measure(
    place: &Place,
    sheets: &[String],
    guards: usize,
    scans: usize,
) -> anyhow::Result<()> {
    let page = open(place).await?;
    let mut gate = Gate::open(address(&place.centre.central)?).await?;
    let others = Scanners::at_gates(place, sheets, guards, PAUSE)?;
    let (mut shown, mut asked, mut alone) = (Scanned::default(), Scanned::default(), Scanned::default());
    for index in 0..scans {
        // Sheets that nobody scanned yet are as frequent as among the others.
        let sheet = &sheets[rand::random_range(0..sheets.len())];
        let begin = Instant::now();
        let scan = match scan(&page, sheet).await {
            Ok(scan) => scan,
            Err(error) => {
                let shown = page.run_script("arguments[0](document.body.innerText)").await;
                return Err(error.context(format!("scan {index}, the page shows {shown:?}")));
            }
        };
        shown.push(scan.shown, begin.elapsed());
        asked.push(scan.asked, begin.elapsed());
        let begin = Instant::now();
        let sheet = &sheets[rand::random_range(0..sheets.len())];
        alone.push(gate.scan(sheet).await?, begin.elapsed());
    }
    let others = others.stop().await?;
    line(&format!("{guards} guards, each a scan in {PAUSE:?}"))?;
    others.print("  the API, all of them")?;
    alone.print("  the API alone, one of them")?;
    asked.print("  the API, as the page sees it")?;
    shown.print("  picture to answer on the screen")
}

/// One scan on the page.
struct PageScan {
    /// From the picture to the painted answer.
    shown: Duration,
    /// The request to the centre, within it.
    asked: Duration,
}

/// Opens the guard's page and sets it up.
async fn open(place: &Place) -> anyhow::Result<Window> {
    let centre = &place.centre;
    let phone = Phone { width: 360, height: 740, camera: None };
    let page = Window::on_phone(&centre.folder, &phone, &format!("{}/verify/", centre.central.url())).await?;
    page.type_into("scanner", "保安甲").await?;
    page.type_into("place", "北门").await?;
    page.click("save").await?;
    page.find("start").await?;
    Ok(page)
}

/// Gives the page a picture of the symbol, as a guard does with a file, and waits for the answer.
async fn scan(page: &Window, sheet: &str) -> anyhow::Result<PageScan> {
    const SCAN: &str = "
        const done = arguments[0]
        const find = (name) => document.querySelector(`[data-testid=${name}]`)
        const painted = (then) => requestAnimationFrame(() => setTimeout(then))
        const until = (name, then) => {
          if (find(name)) return then(find(name))
          const looks = new MutationObserver(() => {
            if (!find(name)) return
            looks.disconnect()
            then(find(name))
          })
          looks.observe(document.body, { childList: true, subtree: true })
        }
        const scan = (path, side) => {
          const dots = 6
          const canvas = document.createElement('canvas')
          canvas.width = canvas.height = side * dots
          const context = canvas.getContext('2d')
          context.fillStyle = '#fff'
          context.fillRect(0, 0, canvas.width, canvas.height)
          context.setTransform(dots, 0, 0, dots, LIGHT * dots, LIGHT * dots)
          context.fillStyle = '#000'
          context.fill(new Path2D(path), 'evenodd')
          canvas.toBlob((blob) => {
            const files = new DataTransfer()
            files.items.add(new File([blob], 'sheet.png'))
            performance.clearResourceTimings()
            const begin = performance.now()
            until('state', (state) => {
              const tone = state.dataset.tone
              painted(() => {
                const shown = performance.now() - begin
                const asked = performance.getEntriesByType('resource').find((one) => one.name.endsWith('/v1/verify'))
                find('again').click()
                until('picture', () => done({ shown, asked: asked?.duration, tone }))
              })
            })
            const input = find('picture')
            input.files = files.files
            input.dispatchEvent(new Event('change'))
          })
        }";
    let symbol = screen_symbol(sheet)?;
    let side = symbol.side + 2 * LIGHT_MODULES;
    let script = SCAN.replace("LIGHT", &LIGHT_MODULES.to_string());
    let found = page.run_script(&format!("{script}\nscan({}, {side})", json!(symbol.path))).await?;
    anyhow::ensure!(found["tone"] == "good", "a live code is shown as {found}");
    let time = |value: &Value| value.as_f64().map(|ms| Duration::from_secs_f64(ms / 1000.0));
    let shown = time(&found["shown"]).context("a time of the page")?;
    Ok(PageScan { shown, asked: time(&found["asked"]).context("a request")? })
}
