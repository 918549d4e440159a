//! Companion devices on a real socket: what they are told, what is taken from them, and what is
//! refused.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use drivers::companion::{CompanionError, CompanionServer, Said, StageEvent, Why};
use drivers::emulate::EmulatedCompanion;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A window with its socket. It takes tickets and refuses every rating.
struct Window {
    folder: TempDir,
    server: Option<CompanionServer>,
    runtime: Runtime,
}

impl Window {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let server = runtime.block_on(async {
            let (server, mut incoming) = CompanionServer::start(&socket(folder.path()), 3).unwrap();
            tokio::spawn(async move {
                while let Some(line) = incoming.recv().await {
                    let is_rating = matches!(line.said, Said::Rating { .. });
                    line.answer(if is_rating { Err(Why::UnknownCase) } else { Ok(()) });
                }
            });
            server
        });
        Self { folder, server: Some(server), runtime }
    }

    fn socket(&self) -> PathBuf {
        socket(self.folder.path())
    }

    fn connect(&self, device: &str) -> EmulatedCompanion {
        EmulatedCompanion::connect(&self.socket(), device).unwrap()
    }

    fn announce(&self, stage: &str) {
        let event = StageEvent {
            window: 3,
            stage: stage.to_owned(),
            case: Some("31011520261123003004218".to_owned()),
            ticket: None,
            result: None,
        };
        self.server.as_ref().unwrap().announce(event);
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("run/companions.sock")
}

#[test]
fn the_socket_belongs_to_one_user_and_goes_with_the_window() {
    let mut window = Window::open();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&window.socket()), 0o600);
    assert_eq!(mode(window.socket().parent().unwrap()), 0o700);
    let mut display = window.connect("display");
    window.server = None;
    assert!(!window.socket().exists());
    assert!(display.next_line().is_err(), "it is disconnected");
}

#[test]
fn a_socket_that_a_killed_program_left_is_replaced() {
    let window = Window::open();
    window.connect("display");
    let again = window.runtime.block_on(async { CompanionServer::start(&window.socket(), 3) });
    let (_server, _incoming) = again.unwrap();
    EmulatedCompanion::connect(&window.socket(), "queue").unwrap();
}

#[test]
fn a_path_too_long_for_a_socket_is_said() {
    let window = Window::open();
    let long = window.folder.path().join("x".repeat(200));
    let refused = window.runtime.block_on(async { CompanionServer::start(&long, 3).map(drop) });
    assert!(matches!(refused, Err(CompanionError::PathTooLong)));
}

#[test]
fn every_device_is_told_each_stage_and_a_late_one_the_newest() {
    let window = Window::open();
    let mut early = window.connect("display");
    window.announce("in_progress");
    let expected = r#"{"type":"stage","window":3,"stage":"in_progress","case":"31011520261123003004218","ticket":null,"result":null}"#;
    assert_eq!(early.next_line().unwrap(), expected);
    let mut late = window.connect("rating");
    assert_eq!(late.next_line().unwrap(), expected);
    window.announce("done");
    for device in [&mut early, &mut late] {
        assert!(device.next_line().unwrap().contains(r#""stage":"done""#));
    }
}

#[test]
fn a_device_must_say_hello_in_this_version_first() {
    let window = Window::open();
    for (line, why) in [
        (r#"{"type":"hello","version":2,"device":"queue"}"#, "version"),
        (r#"{"type":"rating","case":"1","score":5}"#, "malformed"),
        (r#"{"type":"hello","version":1,"device":"tea"}"#, "malformed"),
    ] {
        let mut device = EmulatedCompanion::open(&window.socket()).unwrap();
        device.send(line).unwrap();
        let answer = device.next_line().unwrap();
        assert_eq!(answer, format!(r#"{{"type":"refused","id":null,"why":"{why}"}}"#));
        assert!(device.next_line().is_err(), "the connection has ended");
    }
}

#[test]
fn lines_are_taken_or_refused_with_a_word_and_their_number() {
    let window = Window::open();
    let mut queue = window.connect("queue");
    assert_eq!(queue.call("A-012", 420).unwrap(), r#"{"type":"taken","id":1}"#);
    assert_eq!(queue.done().unwrap(), r#"{"type":"taken","id":2}"#);
    assert_eq!(queue.rate("1", 5).unwrap(), r#"{"type":"refused","id":3,"why":"not_yours"}"#);
    assert_eq!(queue.call("王秀英", 0).unwrap(), r#"{"type":"refused","id":4,"why":"malformed"}"#);
    queue.send("no line of this protocol").unwrap();
    assert_eq!(queue.next_line().unwrap(), r#"{"type":"refused","id":null,"why":"malformed"}"#);
    let mut rating = window.connect("rating");
    assert_eq!(rating.rate("1", 5).unwrap(), r#"{"type":"refused","id":1,"why":"unknown_case"}"#);
}

#[test]
fn a_device_that_floods_is_refused_and_then_disconnected() {
    let window = Window::open();
    let mut queue = window.connect("queue");
    // All at once; the window may end the connection while some are still being sent.
    for _ in 0..200 {
        if queue.send("x").is_err() {
            break;
        }
    }
    let mut answers = Vec::new();
    while let Ok(answer) = queue.next_line() {
        answers.push(answer);
    }
    assert!(answers.len() <= 60, "{} answers", answers.len());
    assert!(answers.iter().all(|answer| answer.contains("refused")));
    assert!(window.connect("queue").call("A1", 1).unwrap().contains("taken"), "another is served");
}

#[test]
fn an_endless_line_ends_the_connection_and_no_other() {
    let window = Window::open();
    let (mut endless, mut other) = (window.connect("rating"), window.connect("queue"));
    let _ = endless.send(&"x".repeat(1 << 20));
    // The answer may be lost with the rest of what was sent.
    if let Ok(answer) = endless.next_line() {
        assert!(answer.contains("too_long"), "{answer}");
    }
    assert!(endless.next_line().is_err());
    assert!(other.call("A1", 1).unwrap().contains("taken"));
}

#[test]
fn more_devices_than_a_window_has_are_refused_until_one_goes() {
    let window = Window::open();
    let mut connected: Vec<_> = (0..8).map(|_| window.connect("display")).collect();
    let refused = EmulatedCompanion::connect(&window.socket(), "display").unwrap_err();
    assert!(refused.to_string().contains("too_many_devices"), "{refused}");
    connected.pop();
    let is_served = || EmulatedCompanion::connect(&window.socket(), "display").is_ok();
    for _ in 0..600 {
        if is_served() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("the place is not free again");
}
