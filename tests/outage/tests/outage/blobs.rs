//! Evidence over a breaking line, and data that a desk deletes.

use desk::{citizen::Source, store::blob::Blob};
use outage::{
    centre::{CLERK, Centre},
    proxy::{Proxy, Weather},
    window::{Window, senior},
};
use rules::correction::Digest;
use std::{path::Path, time::Duration};

/// Size of a large scan of a household book.
const SCAN_BYTES: u32 = 3_000_000;

fn scan() -> Blob {
    let bytes = (0..SCAN_BYTES).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    Blob { bytes, media_type: "image/jpeg".to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_resumes_after_a_broken_line_and_arrives_whole() {
    let centre = Centre::start("outage-blobs").await.unwrap();
    let line = Proxy::to(centre.address().unwrap(), 5).await.unwrap();
    let mut window = Window::enrol(&centre, 1, &line.url()).await.unwrap();
    let blob = scan();
    let digest = window.desk.blob.keep(&blob).await.unwrap();
    window.online();
    // The line goes down when part of the scan has arrived.
    let device = window.desk.identity().author().device;
    let upload = centre.folder.path().join("central/blobs/incoming").join(format!("{digest}.{device}"));
    let there = async || {
        let length = size(&upload);
        (length > u64::from(SCAN_BYTES) / 4).then_some(length)
    };
    rig::process::until("a part of the scan", Duration::from_secs(60), there).await.unwrap();
    line.turns(Weather::Down);
    window.offline().await;
    let kept = size(&upload);
    assert!(kept < u64::from(SCAN_BYTES), "not all of it yet");
    assert!(!window.desk.blob.is_uploaded(&digest).await.unwrap());
    // Both ends start again; only the rest is sent.
    window.restart().await.unwrap();
    let before = line.bytes_up();
    line.turns(Weather::Calm);
    window.online();
    uploaded(&window, &digest).await;
    let sent = line.bytes_up() - before;
    assert!(
        sent < u64::from(SCAN_BYTES) - kept / 2,
        "{sent} bytes for the rest of {SCAN_BYTES} after {kept}"
    );

    // A second scan goes through a storm, next to an operation.
    let mut other = scan();
    other.bytes.reverse();
    line.turns(Weather::Stormy);
    let second = window.desk.blob.keep(&other).await.unwrap();
    window.serve(&senior(1).unwrap()).await.unwrap();
    uploaded(&window, &second).await;
    window.drained().await.unwrap();

    // The scans are whole for another desk that may see them.
    line.turns(Weather::Calm);
    let mut reader = Window::enrol(&centre, 2, &centre.central.url()).await.unwrap();
    assert_eq!(
        reader.desk.blob.get(&digest).await.unwrap_err().code(),
        "blob_unknown",
        "not without an operator"
    );
    reader.online();
    reader.log_in(CLERK, &centre.passwords[0]).await.unwrap();
    assert_eq!(reader.desk.blob.get(&digest).await.unwrap(), blob);
    assert_eq!(reader.desk.blob.get(&second).await.unwrap(), other);
}

/// Returns the size of all files in a folder.
fn size(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

async fn uploaded(window: &Window, digest: &Digest) {
    let is_there = async || {
        if !window.desk.sync().is_online() {
            window.desk.sync().now();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        window.desk.blob.is_uploaded(digest).await.ok()?.then_some(())
    };
    rig::process::until("the scan at the centre", Duration::from_secs(120), is_there).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s9_citizen_data_is_deleted_a_week_after_the_centre_has_it() {
    let centre = Centre::start("outage-purge").await.unwrap();
    let mut window = Window::enrol(&centre, 1, &centre.central.url()).await.unwrap();
    window.online();
    window.log_in(CLERK, &centre.passwords[0]).await.unwrap();
    let (settled, waiting) = (senior(1).unwrap(), senior(2).unwrap());
    window.serve(&settled).await.unwrap();
    window.drained().await.unwrap();
    let seen = window.desk.citizen.look_up(&window.clerk().unwrap(), &settled).await.unwrap();
    assert_eq!(seen.source, Source::Fresh, "the centre's own view");
    window.offline().await;
    window.serve(&waiting).await.unwrap();
    assert_eq!(window.desk.keep_house().await.unwrap(), 0, "nothing is old");
    window.clock.pass(8 * 24 * 3_600_000);
    assert!(window.desk.keep_house().await.unwrap() > 0);
    let gone = window.desk.citizen.read(&settled, None).await.unwrap();
    assert!(gone.view.is_none() && gone.codes.is_empty(), "the view and the codes");
    assert_eq!(window.desk.citizen.read(&waiting, None).await.unwrap().codes.len(), 1, "what waits stays");
}
