//! Serial readers with a security module, on pseudo-terminals.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use devices::{DeskProcess, Seen};
use drivers::card::Layout;
use drivers::emulate::{EmulatedIdentity, Fault, Faults, SerialReader};
use rig::RigFolder;

struct Desk {
    process: DeskProcess,
    reader: SerialReader,
    path: PathBuf,
    _folder: RigFolder,
}

impl Desk {
    async fn start(name: &str) -> Self {
        let folder = RigFolder::new(name).unwrap();
        let path = folder.path().join("reader");
        let reader = SerialReader::plug_in(&path).unwrap();
        let mut process = start(&path);
        process.until(|seen| matches!(seen, Seen::ReaderFound(_))).await.unwrap();
        Self { process, reader, path, _folder: folder }
    }

    async fn read(&mut self) -> Seen {
        self.process.until(|seen| matches!(seen, Seen::Read { .. })).await.unwrap().0
    }

    async fn fails(&mut self, code: &str) {
        self.process.until(|seen| *seen == Seen::ReadFailed(code.to_owned())).await.unwrap();
    }

    async fn removed(&mut self) {
        self.process.until(|seen| matches!(seen, Seen::CardRemoved(_))).await.unwrap();
    }
}

fn start(path: &Path) -> DeskProcess {
    let arguments = ["--serial", path.to_str().unwrap()];
    DeskProcess::start(Path::new(env!("CARGO_BIN_EXE_card-desk")), &arguments, &[]).unwrap()
}

fn card() -> EmulatedIdentity {
    EmulatedIdentity::synthetic(Layout::Mainland)
}

#[tokio::test]
async fn cards_are_read_and_their_removal_is_seen() {
    let mut desk = Desk::start("sdt-reads").await;
    let moved = EmulatedIdentity { added_address: Some("上海市新区新路2号".to_owned()), ..card() };
    for (card, address) in [(card(), None), (moved, Some("上海市新区新路2号"))] {
        desk.reader.put_card(card);
        let Seen::Read { name, added_address, .. } = desk.read().await else { unreachable!() };
        assert_eq!((name.as_str(), added_address.as_deref()), ("测试样例", address));
        desk.process.command("again").await.unwrap();
        desk.read().await;
        desk.reader.lift_card();
        desk.removed().await;
    }
    desk.reader.always_sends_fingerprints();
    desk.reader.put_card(card());
    desk.read().await;
    desk.reader.lift_card();
    desk.removed().await;
    desk.reader.forgets_added_addresses();
    desk.reader.put_card(card());
    desk.read().await;
    // The card stays in place: before it is lifted, only the answer to this command comes.
    desk.process.command("again").await.unwrap();
    assert!(matches!(desk.process.next().await.unwrap(), Seen::Read { .. }));
    desk.reader.lift_card();
    desk.removed().await;
    desk.process.quit().await.unwrap();
}

#[tokio::test]
async fn a_card_whose_added_address_cannot_be_read_is_read_without_it() {
    let mut desk = Desk::start("sdt-no-address").await;
    // The field ends inside the last character, and half a character is not text.
    let address = "上".repeat(34) + "𠮷";
    desk.reader.put_card(EmulatedIdentity { added_address: Some(address), ..card() });
    let Seen::Read { name, added_address, .. } = desk.read().await else { unreachable!() };
    assert_eq!((name.as_str(), added_address), ("测试样例", None));
    desk.process.quit().await.unwrap();
}

#[tokio::test]
async fn a_card_already_there_when_the_program_starts_is_read() {
    let mut desk = Desk::start("sdt-there").await;
    desk.reader.put_card(card());
    desk.read().await;
    desk.process.quit().await.unwrap();
    let mut second = start(&desk.path);
    second.until(|seen| matches!(seen, Seen::Read { .. })).await.unwrap();
    second.quit().await.unwrap();
}

#[tokio::test]
async fn noise_is_skipped_and_a_faulty_line_recovers() {
    let mut desk = Desk::start("sdt-noise").await;
    desk.reader.misbehave(Faults::one(Fault::Noise));
    desk.reader.put_card(card());
    desk.read().await;
    desk.reader.lift_card();
    desk.removed().await;
    for fault in [Fault::BadChecksum, Fault::Truncated, Fault::Garbage, Fault::Mute] {
        desk.reader.misbehave(Faults::one(fault));
        desk.process.until(|seen| matches!(seen, Seen::ReaderLost(_))).await.unwrap();
        desk.reader.misbehave(Faults::none());
        desk.process.until(|seen| matches!(seen, Seen::ReaderFound(_))).await.unwrap();
        desk.reader.put_card(card());
        desk.read().await;
        desk.reader.lift_card();
        desk.removed().await;
    }
    desk.process.quit().await.unwrap();
}

#[tokio::test]
async fn a_reader_unplugged_while_reading_is_used_again() {
    let mut desk = Desk::start("sdt-unplugged").await;
    desk.reader.pace(115_200);
    // The commands are find, select, read.
    for command in [2, 3] {
        desk.reader.put_card(card());
        desk.reader.misbehave(Faults::one(Fault::PullAt(command)));
        desk.process.until(|seen| matches!(seen, Seen::ReaderLost(_) | Seen::ReadFailed(_))).await.unwrap();
        desk.reader.misbehave(Faults::none());
        desk.reader.lift_card();
        desk.reader.plug_in_again().unwrap();
        desk.process.until(|seen| matches!(seen, Seen::ReaderFound(_))).await.unwrap();
        desk.reader.put_card(card());
        desk.read().await;
        desk.reader.lift_card();
        desk.removed().await;
    }
    desk.process.quit().await.unwrap();
}

#[tokio::test]
async fn unreadable_card_data_is_reported() {
    let mut desk = Desk::start("sdt-refuses").await;
    let strange = EmulatedIdentity { number: "不是号码".to_owned(), ..card() };
    desk.reader.put_card(strange);
    desk.fails("card_garbled").await;
    desk.reader.lift_card();
    desk.removed().await;
    desk.process.quit().await.unwrap();
}
