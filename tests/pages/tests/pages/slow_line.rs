//! The pages on a slow line (slow 3G) and with nothing kept: what they load until they can be used.

use crate::scene::Scene;
use practice::{bridge::Bridge, guard, site::Site};
use rig::{RigFolder, browser::Phone, window::Window};
use serde_json::{Value, json};

/// Largest page before the scanner's code, in bytes over the line.
const BUDGET: u64 = 60_000;
/// Latency of a request in milliseconds, and bytes a second.
const SLOW_3G: (u32, u32) = (400, 50_000);
/// An old phone beside this machine.
const TIMES_SLOWER: u32 = 4;
/// Parts of names of files that only a scan needs.
const SCANNER: [&str; 2] = ["decoder", ".wasm"];

#[tokio::test(flavor = "multi_thread")]
async fn the_guards_page_and_the_portal_are_small_on_a_slow_line() {
    let scene = Scene::start("pages-slow").await;
    let portal = crate::portal::open(&scene).await;
    let phone = blank(&scene.folder).await;
    is_small(&phone, "portal", &portal.url(), "log-in").await;

    let (link, key_id) = guard::link(&scene.central).await.unwrap();
    // What compares the key comes after the question is shown, with the code for offline answers.
    is_small(&phone, "guard, first visit", &link, "decline-key").await;
    phone.text_with("key-id", &key_id[..4]).await.unwrap();
    phone.click("accept-key").await.unwrap();
    phone.type_into("scanner", "保安甲").await.unwrap();
    phone.type_into("place", "北门").await.unwrap();
    phone.click("save").await.unwrap();
    phone.find("start").await.unwrap();
    let page = format!("{}/verify/", scene.central.url());
    is_small(&phone, "guard, set up", &page, "start").await;
    the_scanner_is_loaded_when_it_is_started(&phone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kiosks_page_is_small_on_a_slow_line() {
    let site = Site::start_without_windows("pages-slow-kiosk").await.unwrap();
    let bridge: Bridge = site.open_kiosk("一号自助终端", 3_600).await.unwrap();
    let screen = blank(&site.folder).await;
    is_small(&screen, "kiosk", &bridge.address(), "begin").await;
}

/// Returns a phone on a slow line, with no page open.
async fn blank(folder: &RigFolder) -> Window {
    let phone = Phone { width: 320, height: 700, camera: None };
    let phone = Window::on_phone(folder, &phone, "about:blank").await.unwrap();
    let (latency, throughput) = SLOW_3G;
    let line = json!({
        "offline": false,
        "latency": latency,
        "downloadThroughput": throughput,
        "uploadThroughput": throughput,
    });
    phone.devtools("Network.enable", json!({})).await.unwrap();
    phone.devtools("Network.emulateNetworkConditions", line).await.unwrap();
    phone.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": TIMES_SLOWER })).await.unwrap();
    phone
}

/// Opens the page with nothing kept but settings, and prints when it could be used. That time is
/// one machine's; what it loads until then is not.
#[expect(clippy::print_stdout, reason = "the times are for docs/measurements.md")]
async fn is_small(phone: &Window, page: &str, address: &str, usable: &str) {
    let origin = address.split('/').take(3).collect::<Vec<_>>().join("/");
    let kept = json!({ "origin": origin, "storageTypes": "service_workers,cache_storage" });
    phone.devtools("Storage.clearDataForOrigin", kept).await.unwrap();
    phone.devtools("Network.clearBrowserCache", json!({})).await.unwrap();
    let watch = format!(
        "new MutationObserver((_, observer) => {{
           if (!document.querySelector('[data-testid={usable}]:not(:disabled)')) return
           observer.disconnect()
           requestAnimationFrame(() => setTimeout(() => (window.usableAt ??= performance.now())))
         }}).observe(document, {{ childList: true, subtree: true, attributes: true }})"
    );
    let watching = json!({ "source": watch });
    let watching = phone.devtools("Page.addScriptToEvaluateOnNewDocument", watching).await.unwrap();
    phone.client().goto("about:blank").await.unwrap();
    phone.client().goto(address).await.unwrap();
    phone.find(usable).await.unwrap();
    let loaded = loaded(phone).await;
    phone.devtools("Page.removeScriptToEvaluateOnNewDocument", watching).await.unwrap();

    let (at, bytes) = (loaded["usable"].as_f64().unwrap(), loaded["bytes"].as_u64().unwrap());
    println!("{page}: can be used after {at:.0} ms, {bytes} bytes: {}", loaded["files"]);
    assert!(bytes > 20_000, "{page}: what went over the line was counted");
    assert!(bytes <= BUDGET, "{page}: {bytes} bytes");
    for part in SCANNER {
        assert!(!loaded["all"].as_str().unwrap().contains(part), "{page} loads the scanner: {loaded}");
    }
}

/// Returns when the page could be used, the files that had come until then, and all their bytes.
async fn loaded(phone: &Window) -> Value {
    const LOADED: &str = "
        const done = arguments[0]
        const look = () => {
          if (window.usableAt === undefined) return setTimeout(look, 20)
          const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
          const until = all.filter((one) => one.responseEnd > 0 && one.responseEnd <= window.usableAt)
          const short = (one) => `${new URL(one.name).pathname.split('/').pop()} ${one.transferSize}`
          done({
            usable: window.usableAt,
            bytes: until.reduce((sum, one) => sum + one.transferSize, 0),
            files: until.map(short).join(', '),
            all: all.map(short).join(', '),
          })
        }
        look()";
    phone.run_script(LOADED).await.unwrap()
}

async fn the_scanner_is_loaded_when_it_is_started(phone: &Window) {
    phone.click("start").await.unwrap();
    const DECODER: &str = "
        const done = arguments[0]
        const look = () => {
          const names = performance.getEntriesByType('resource').map((one) => one.name)
          if (names.some((name) => name.includes('decoder'))) return done(true)
          setTimeout(look, 50)
        }
        look()";
    assert_eq!(phone.run_script(DECODER).await.unwrap(), true);
}
