//! The program `emulate`, controlled through its standard input, with the drivers at the other end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use drivers::card::{Card, CardEvent, CardReaderSettings, Readers, SerialPortSettings};
use drivers::companion::{CompanionServer, StageEvent};
use drivers::scanner::{ScanEvent, Scanner, ScannerSettings};
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);

struct Emulator {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Emulator {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_emulate"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut emulator = Self { child, input, output };
        assert_eq!(emulator.line(), "ready");
        emulator
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn tell(&mut self, command: &str) -> String {
        writeln!(self.input.as_mut().unwrap(), "{command}").unwrap();
        self.line()
    }

    fn end(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

async fn until(events: &mut mpsc::Receiver<CardEvent>, wanted: impl Fn(&CardEvent) -> bool) -> CardEvent {
    let search = async {
        loop {
            match events.recv().await.unwrap() {
                event if wanted(&event) => return event,
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.unwrap()
}

#[tokio::test]
async fn a_serial_reader_can_be_given_any_card() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reader").to_str().unwrap().to_owned();
    let card = ["--layout", "Y", "--name", "张三", "--english-name", "ZHANG, SAN", "--valid-to", "长期"];
    let mut emulator = Emulator::start(&[&["sdt", "--path", &path][..], &card].concat());
    let port = SerialPortSettings { path, baud_rate: SerialPortSettings::FACTORY_BAUD_RATE };
    let settings =
        CardReaderSettings { pcsc: false, serial_ports: vec![port], ..CardReaderSettings::default() };
    let (_readers, mut events) = Readers::start(settings);
    let event = until(&mut events, |event| matches!(event, CardEvent::Read { .. })).await;
    let CardEvent::Read { card, .. } = event else { unreachable!() };
    let Card::Identity(identity) = *card else { unreachable!() };
    assert_eq!((identity.name.as_str(), identity.english_name.as_deref()), ("张三", Some("ZHANG, SAN")));
    assert_eq!(emulator.tell("lift"), "ok");
    until(&mut events, |event| matches!(event, CardEvent::CardRemoved { .. })).await;
    assert_eq!(emulator.tell("unplug"), "ok");
    until(&mut events, |event| matches!(event, CardEvent::ReaderLost { .. })).await;
    assert_eq!(emulator.tell("plug"), "ok");
    until(&mut events, |event| matches!(event, CardEvent::ReaderFound { .. })).await;
    assert_eq!(emulator.tell("dance"), "unknown command: dance");
    emulator.end();
}

#[tokio::test]
async fn an_emulated_scanner_scans_any_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scanner").to_str().unwrap().to_owned();
    let mut emulator = Emulator::start(&["scanner", "--path", &path]);
    let settings = ScannerSettings { path, baud_rate: ScannerSettings::FACTORY_BAUD_RATE };
    let (_scanner, mut events) = Scanner::start(settings);
    assert_eq!(tokio::time::timeout(PATIENCE, events.recv()).await.unwrap(), Some(ScanEvent::Found));
    assert_eq!(emulator.tell("scan SSM1:ABC $%"), "ok");
    let event = tokio::time::timeout(PATIENCE, events.recv()).await.unwrap().unwrap();
    assert!(matches!(&event, ScanEvent::Scanned(code) if code.text() == "SSM1:ABC $%"), "{event:?}");
    emulator.end();
}

#[test]
fn a_misspelt_fault_is_explained() {
    let output = Command::new(env!("CARGO_BIN_EXE_emulate"))
        .args(["card", "--fault", "pull-after=300"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("pull-after=300ms"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_companion_device_can_be_driven_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("companions.sock");
    let (server, mut incoming) = CompanionServer::start(&socket, 3).unwrap();
    tokio::spawn(async move {
        while let Some(line) = incoming.recv().await {
            line.answer(Ok(()));
        }
    });
    let socket = socket.to_str().unwrap();
    let mut emulator = Emulator::start(&["companion", "--socket", socket, "--device", "queue"]);
    assert_eq!(emulator.tell("call A-012 420"), r#"{"type":"taken","id":1}"#);
    assert_eq!(emulator.line(), "ok");
    let event = StageEvent { window: 3, stage: "done".to_owned(), case: None, ticket: None, result: None };
    server.announce(event);
    assert!(emulator.tell("line").contains(r#""stage":"done""#));
    assert_eq!(emulator.line(), "ok");
    emulator.end();
}
