//! `pcscd` with its virtual readers, seen through the PC/SC library.
//!
//! The library reads the socket path from the environment only once, so the client is this test
//! program again, started with that variable.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use rig::RigFolder;
use rig::process::{run, until};
use rig::smartcard::SmartCardDaemon;

/// The shortest valid answer to reset; historical bytes are optional.
const ATR: [u8; 2] = [0x3B, 0x00];

#[test]
#[ignore = "the client half of the tests below"]
fn client() {
    let context = pcsc::Context::establish(pcsc::Scope::User).unwrap();
    for name in context.list_readers_owned().unwrap() {
        let mut states = [pcsc::ReaderState::new(name.clone(), pcsc::State::UNAWARE)];
        context.get_status_change(None, &mut states).unwrap();
        let present = states[0].event_state().contains(pcsc::State::PRESENT);
        println!("{}: {}", name.to_str().unwrap(), if present { "card" } else { "empty" });
    }
}

async fn readers(daemon: &SmartCardDaemon) -> rig::Result<Vec<String>> {
    let mut client = Command::new(std::env::current_exe()?);
    client.args(["--exact", "smartcard::client", "--ignored", "--nocapture"]).envs([daemon.variable()]);
    let printed = run(client).await?;
    Ok(printed.lines().filter(|line| line.starts_with("Virtual PCD")).map(str::to_owned).collect())
}

/// Starts a card that answers only with its ATR. Frames have a 2-byte length; one-byte
/// frames are controls.
fn lay_card(port: u16) -> std::thread::JoinHandle<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        let mut length = [0_u8; 2];
        while stream.read_exact(&mut length).is_ok() {
            let mut frame = vec![0_u8; usize::from(u16::from_be_bytes(length))];
            if stream.read_exact(&mut frame).is_err() {
                return;
            }
            const ASKS_FOR_ATR: [u8; 1] = [4];
            if frame == ASKS_FOR_ATR && stream.write_all(&[&[0, 2][..], &ATR].concat()).is_err() {
                return;
            }
        }
    })
}

#[tokio::test]
async fn a_card_on_the_second_reader_is_seen_there() {
    let folder = RigFolder::new("card-seen").unwrap();
    let daemon = SmartCardDaemon::start(&folder).await.unwrap();
    assert_eq!(readers(&daemon).await.unwrap(), ["Virtual PCD 00 00: empty", "Virtual PCD 00 01: empty"]);
    let _card = lay_card(daemon.card_port(1));
    until("card seen", Duration::from_secs(30), async || {
        let seen = readers(&daemon).await.unwrap();
        (seen == ["Virtual PCD 00 00: empty", "Virtual PCD 00 01: card"]).then_some(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_killed_daemon_returns_with_the_same_socket_and_ports() {
    let folder = RigFolder::new("pcscd-killed").unwrap();
    let mut daemon = SmartCardDaemon::start(&folder).await.unwrap();
    let (socket, port) = (daemon.socket(), daemon.card_port(0));
    daemon.kill();
    assert!(readers(&daemon).await.is_err());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    daemon.start_again(&folder).await.unwrap();
    assert_eq!(readers(&daemon).await.unwrap().len(), 2);
    assert_eq!((daemon.socket(), daemon.card_port(0)), (socket, port));
}

#[tokio::test]
async fn two_daemons_run_side_by_side() {
    let folders = [RigFolder::new("pcscd-one").unwrap(), RigFolder::new("pcscd-two").unwrap()];
    let one = SmartCardDaemon::start(&folders[0]).await.unwrap();
    let two = SmartCardDaemon::start(&folders[1]).await.unwrap();
    let _card = lay_card(one.card_port(0));
    until("card seen by the first", Duration::from_secs(30), async || {
        readers(&one).await.unwrap()[0].ends_with("card").then_some(())
    })
    .await
    .unwrap();
    assert!(readers(&two).await.unwrap().iter().all(|reader| reader.ends_with("empty")));
}
