use std::time::{Duration, Instant};

use drivers::emulate::EmulatedScanner;
use drivers::scanner::{ScanEvent, Scanner, ScannerError, ScannerSettings};
use rig::RigFolder;
use tokio::sync::mpsc;

use crate::table::{Table, Trouble};

const DEVICE: &str = "2D scanner";
const PATIENCE: Duration = Duration::from_secs(30);

async fn next(events: &mut mpsc::Receiver<ScanEvent>) -> (ScanEvent, Duration) {
    let begin = Instant::now();
    let event = tokio::time::timeout(PATIENCE, events.recv()).await.unwrap().unwrap();
    (event, begin.elapsed())
}

async fn unavailable(events: &mut mpsc::Receiver<ScanEvent>, error: ScannerError) -> Duration {
    let (event, after) = next(events).await;
    assert_eq!(event, ScanEvent::Unavailable(error));
    after
}

async fn found(events: &mut mpsc::Receiver<ScanEvent>) -> Duration {
    let (event, after) = next(events).await;
    assert_eq!(event, ScanEvent::Found);
    after
}

async fn scanned(events: &mut mpsc::Receiver<ScanEvent>, text: &str) -> Duration {
    let (event, after) = next(events).await;
    assert!(matches!(&event, ScanEvent::Scanned(code) if code.text() == text), "{event:?}");
    after
}

fn settings(path: &std::path::Path) -> ScannerSettings {
    ScannerSettings { path: path.to_str().unwrap().to_owned(), baud_rate: ScannerSettings::FACTORY_BAUD_RATE }
}

pub(crate) async fn rows(table: &mut Table) {
    let folder = RigFolder::new("faults-scanner").unwrap();
    let path = folder.path().join("scanner");
    let (_scanner, mut events) = Scanner::start(settings(&path));
    let noticed = unavailable(&mut events, ScannerError::NotFound).await;
    let mut device = EmulatedScanner::plug_in(&path).unwrap();
    let recovered = found(&mut events).await;
    table.row(DEVICE, Trouble::Absent, ScannerError::NotFound.code(), noticed, Some(recovered));

    device.unplug();
    let noticed = unavailable(&mut events, ScannerError::Lost).await;
    device.plug_in_again().unwrap();
    let recovered = found(&mut events).await;
    table.row(DEVICE, Trouble::UnpluggedIdle, ScannerError::Lost.code(), noticed, Some(recovered));

    device.send(b"HALF A CO").unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    device.unplug();
    let noticed = unavailable(&mut events, ScannerError::Lost).await;
    device.plug_in_again().unwrap();
    let recovered = found(&mut events).await;
    device.scan("WHOLE").unwrap();
    scanned(&mut events, "WHOLE").await;
    table.row(DEVICE, Trouble::UnpluggedBusy, ScannerError::Lost.code(), noticed, Some(recovered));

    let begin = Instant::now();
    for piece in [&b"SL"[..], b"O", b"W\r\n"] {
        device.send(piece).unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    scanned(&mut events, "SLOW").await;
    table.row(DEVICE, Trouble::Slow, "scanned", begin.elapsed(), None);

    let begin = Instant::now();
    device.send(b"\xFF\xFE\x01\r\n").unwrap();
    assert_eq!(next(&mut events).await.0, ScanEvent::ScanFailed(ScannerError::Garbled));
    let noticed = begin.elapsed();
    device.scan("GOOD").unwrap();
    let recovered = scanned(&mut events, "GOOD").await;
    table.row(DEVICE, Trouble::Garbage, ScannerError::Garbled.code(), noticed, Some(recovered));

    let no_line = folder.path().join("no-line");
    std::fs::write(&no_line, b"").unwrap();
    let (_stranger, mut other) = Scanner::start(settings(&no_line));
    let noticed = unavailable(&mut other, ScannerError::NotFound).await;
    table.row(DEVICE, Trouble::WrongDevice, ScannerError::NotFound.code(), noticed, None);

    device.unplug();
    unavailable(&mut events, ScannerError::Lost).await;
    device.plug_in_again().unwrap();
    let recovered = found(&mut events).await;
    device.scan("AGAIN").unwrap();
    scanned(&mut events, "AGAIN").await;
    table.row(DEVICE, Trouble::ComesBack, "scanned", recovered, Some(recovered));
    table.not_possible(DEVICE, Trouble::ServiceRestarted, "no service in between");
}
