//! Measures the cost of one full card read above the device's own time.
//!
//! The device's own time is measured with bare exchanges of the same commands on the same emulated
//! device: PC/SC commands on an open card, serial requests on an open line at the speed of a real
//! one. The driver's time runs from the request to the parsed result.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark reports and fails at once"
)]

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use drivers::card::sdt::Request;
use drivers::card::{CardEvent, CardReaderSettings, Layout, ReaderChoice, Readers, SerialPortSettings};
use drivers::emulate::{EmulatedIdentity, Faults, MemoryPageCard, SerialReader, VirtualReader};
use rig::RigFolder;
use rig::smartcard::SmartCardDaemon;
use tokio::sync::mpsc;

const ROUNDS: usize = 50;
const PCSC_LIMIT: Duration = Duration::from_millis(5);
const SERIAL_LIMIT: Duration = Duration::from_millis(10);
/// Variable that marks the client half, which needs the socket path in its environment: the PC/SC
/// library reads it only once.
const CLIENT: &str = "CARD_READ_BENCH_CLIENT";

fn main() {
    if std::env::var_os(CLIENT).is_some() {
        return runtime().block_on(pcsc());
    }
    runtime().block_on(async {
        let folder = RigFolder::new("bench-card").unwrap();
        let daemon = SmartCardDaemon::start(&folder).await.unwrap();
        let reader = VirtualReader::at_port(daemon.card_port(0));
        let _card = reader.insert(MemoryPageCard::new(&identity()), Faults::none()).unwrap();
        let mut client = Command::new(std::env::current_exe().unwrap());
        client.env(CLIENT, "1").envs([daemon.variable()]);
        assert!(client.status().unwrap().success());
        serial(&folder.path().join("reader")).await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn identity() -> EmulatedIdentity {
    EmulatedIdentity::synthetic(Layout::Mainland)
}

fn report(name: &str, device: Vec<Duration>, driver: Vec<Duration>, limit: Duration) {
    let [device, driver] = [device, driver].map(|mut times| {
        times.sort();
        times[times.len() / 2]
    });
    let above = driver.saturating_sub(device);
    let verdict = if above <= limit { "within" } else { "ABOVE" };
    println!(
        "card_read/{name}: device's own {device:.2?}, driver {driver:.2?}, above {above:.2?} ({verdict} {limit:.0?}; \
         medians of {ROUNDS})"
    );
}

async fn pcsc() {
    let settings = CardReaderSettings::default();
    let (readers, mut events) = Readers::start(settings);
    next_read(&mut events).await;
    let mut driver = Vec::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        readers.read_again();
        next_read(&mut events).await;
        driver.push(begin.elapsed());
    }
    drop(readers);
    let context = pcsc::Context::establish(pcsc::Scope::User).unwrap();
    let reader = std::ffi::CString::new(SmartCardDaemon::reader_name(0)).unwrap();
    let card = context.connect(&reader, pcsc::ShareMode::Shared, pcsc::Protocols::ANY).unwrap();
    let device = (0..ROUNDS).map(|_| bare_pages(&card)).collect();
    report("pcsc", device, driver, PCSC_LIMIT);
}

fn bare_pages(card: &pcsc::Card) -> Duration {
    let begin = Instant::now();
    let mut buffer = [0; 258];
    for page in 0..6 {
        card.transmit(&[0xFF, 0xB0, page, 0x00, 0x00], &mut buffer).unwrap();
    }
    begin.elapsed()
}

/// Returns how long the next read took, as the driver reports it.
async fn next_read(events: &mut mpsc::Receiver<CardEvent>) -> Duration {
    loop {
        match events.recv().await.unwrap() {
            CardEvent::Read { took, .. } => return took,
            CardEvent::ReadFailed { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
}

async fn serial(path: &Path) {
    let reader = SerialReader::plug_in(path).unwrap();
    reader.pace(115_200);
    let settings = CardReaderSettings {
        pcsc: false,
        serial_ports: vec![SerialPortSettings {
            path: path.to_str().unwrap().to_owned(),
            baud_rate: SerialPortSettings::FACTORY_BAUD_RATE,
        }],
        usb: false,
        reader: ReaderChoice::Automatic,
    };
    let (readers, mut events) = Readers::start(settings);
    reader.put_card(identity());
    next_read(&mut events).await;
    let mut driver = Vec::new();
    for _ in 0..ROUNDS {
        // Measured from the first request to the parsed card: the wait for the watcher is not
        // part of reading.
        readers.read_again();
        driver.push(next_read(&mut events).await);
    }
    drop(readers);
    while events.recv().await.is_some() {}
    let mut port = serialport::new(path.to_str().unwrap(), 115_200)
        .timeout(Duration::from_secs(5))
        .open_native()
        .unwrap();
    let device = (0..ROUNDS).map(|_| bare_requests(&mut port)).collect();
    report("serial", device, driver, SERIAL_LIMIT);
}

/// Times the requests for text with portrait, and for the added address, which this card lacks.
fn bare_requests(port: &mut serialport::TTYPort) -> Duration {
    let begin = Instant::now();
    for (request, length) in [(Request::READ, 1295), (Request::READ_ADDED_ADDRESS, 11)] {
        port.write_all(&request.encode()).unwrap();
        port.read_exact(&mut vec![0; length]).unwrap();
    }
    begin.elapsed()
}
