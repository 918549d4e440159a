//! The rig's promise: no process stays behind, whatever happens to the rig.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rig::RigFolder;
use rig::bus::{Bus, BusKind};
use rig::postgres::Postgres;
use rig::printer::Printer;
use rig::process::{Daemon, until};
use rig::smartcard::SmartCardDaemon;

fn runs(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

struct Pieces {
    printer: Printer,
    cards: SmartCardDaemon,
    postgres: Postgres,
    _bus: Bus,
    _folder: RigFolder,
}

impl Pieces {
    async fn start(name: &str) -> Self {
        let folder = RigFolder::new(name).unwrap();
        let bus = Bus::start(&folder, BusKind::System).await.unwrap();
        let postgres = Postgres::start(&folder).await.unwrap();
        let cards = SmartCardDaemon::start(&folder).await.unwrap();
        let printer = Printer::start(&folder, &bus).await.unwrap();
        Self { printer, cards, postgres, _bus: bus, _folder: folder }
    }

    fn pids(&self) -> Vec<u32> {
        [self.printer.pid(), self.cards.pid(), self.postgres.pid()].into_iter().flatten().collect()
    }
}

#[tokio::test]
async fn dropped_pieces_end_at_once() {
    let pieces = Pieces::start("dropped").await;
    let pids = pieces.pids();
    assert_eq!(pids.len(), 3);
    assert!(pids.iter().all(|pid| runs(*pid)));
    drop(pieces);
    assert!(!pids.iter().any(|pid| runs(*pid)));
}

#[test]
fn pieces_of_a_panicking_test_end() {
    let (send, receive) = std::sync::mpsc::channel();
    let test = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pieces = Pieces::start("panics").await;
            send.send(pieces.pids()).unwrap();
            panic!("as a failed assertion would");
        });
    });
    assert!(test.join().is_err());
    assert!(!receive.recv().unwrap().iter().any(|pid| runs(*pid)));
}

#[tokio::test]
#[ignore = "run, and killed, by the test below"]
async fn rig_that_will_be_killed() {
    let pieces = Pieces::start("killed").await;
    for pid in pieces.pids() {
        println!("piece {pid}");
    }
    println!("complete");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn pieces_of_a_killed_rig_end_with_it() {
    let mut rig = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_left_behind::rig_that_will_be_killed", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let printed = BufReader::new(rig.stdout.take().unwrap()).lines().map_while(Result::ok);
    let pids: Vec<u32> = printed
        .take_while(|line| line != "complete")
        .filter_map(|line| line.split_once("piece ")?.1.parse().ok())
        .collect();
    assert_eq!(pids.len(), 3);
    assert!(pids.iter().all(|pid| runs(*pid)));
    rig.kill().unwrap();
    rig.wait().unwrap();
    until("end of the pieces", Duration::from_secs(30), async || {
        (!pids.iter().any(|pid| runs(*pid))).then_some(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_piece_that_ignores_the_stop_signal_is_killed_with_its_children() {
    let folder = RigFolder::new("does-not-listen").unwrap();
    let note = folder.path().join("child");
    let mut command = Command::new("sh");
    command.args(["-c", "sleep 600 & echo $! > \"$0.new\"; mv \"$0.new\" \"$0\"; wait"]).arg(&note);
    let daemon = Daemon::start("shell", command, &folder).unwrap();
    let child = until("child", Duration::from_secs(30), async || {
        std::fs::read_to_string(&note).ok()?.trim().parse::<u32>().ok()
    })
    .await
    .unwrap();
    assert!(runs(child));
    drop(daemon);
    until("end of the child", Duration::from_secs(30), async || (!runs(child)).then_some(())).await.unwrap();
}

#[tokio::test]
async fn a_piece_that_ends_early_reports_its_log() {
    let folder = RigFolder::new("ends-early").unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "echo the reason; exit 3"]);
    let mut daemon = Daemon::start("shell", command, &folder).unwrap();
    let error = daemon.ready(Duration::from_secs(30), async || false).await.unwrap_err().to_string();
    assert!(error.contains("the reason") && error.contains("exit status: 3"), "{error}");
}
