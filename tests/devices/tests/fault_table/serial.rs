use std::time::{Duration, Instant};

use devices::{DeskProcess, Seen};
use drivers::card::Layout;
use drivers::emulate::{EmulatedIdentity, EmulatedScanner, Fault, Faults, SerialReader};
use rig::RigFolder;

use crate::pcsc::{desk, held, outcome, removed};
use crate::table::{Table, Trouble};

const DEVICE: &str = "serial card reader";

fn card() -> EmulatedIdentity {
    EmulatedIdentity::synthetic(Layout::Mainland)
}

/// Waits for the last error of the reader and returns its code.
async fn last_error(desk: &mut DeskProcess) -> String {
    loop {
        desk.command("status").await.unwrap();
        let (seen, _) = desk.until(|seen| matches!(seen, Seen::Status(_))).await.unwrap();
        if let Seen::Status(readers) = seen
            && let Some((_, _, Some(code))) = readers.first()
        {
            return code.clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn lost(desk: &mut DeskProcess) -> Duration {
    desk.until(|seen| matches!(seen, Seen::ReaderLost(_))).await.unwrap().1
}

async fn found(desk: &mut DeskProcess) -> Duration {
    desk.until(|seen| matches!(seen, Seen::ReaderFound(_))).await.unwrap().1
}

async fn reads_a_card(reader: &SerialReader, desk: &mut DeskProcess) {
    reader.put_card(card());
    assert_eq!(outcome(desk).await.0, "read");
    reader.lift_card();
    removed(desk).await;
}

pub(crate) async fn rows(table: &mut Table) {
    let folder = RigFolder::new("faults-serial").unwrap();
    let path = folder.path().join("reader");
    let mut desk = desk(&["--serial", path.to_str().unwrap()], &[]);
    let begin = Instant::now();
    assert_eq!(last_error(&mut desk).await, "reader_lost");
    let noticed = begin.elapsed();
    let mut reader = SerialReader::plug_in(&path).unwrap();
    let recovered = found(&mut desk).await;
    table.row(DEVICE, Trouble::Absent, "reader_lost", noticed, Some(recovered));
    reads_a_card(&reader, &mut desk).await;
    let before = held(&desk, None).await;

    reader.unplug();
    let noticed = lost(&mut desk).await;
    reader.plug_in_again().unwrap();
    table.row(DEVICE, Trouble::UnpluggedIdle, "reader_lost", noticed, Some(found(&mut desk).await));

    // At this speed the reply takes 1.3 seconds.
    reader.pace(9_600);
    reader.put_card(card());
    desk.until(|seen| matches!(seen, Seen::CardFound(_))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    reader.unplug();
    let (told, noticed) = outcome(&mut desk).await;
    assert_eq!(told, "reader_lost");
    reader.lift_card();
    reader.pace(0);
    reader.plug_in_again().unwrap();
    table.row(DEVICE, Trouble::UnpluggedBusy, &told, noticed, Some(found(&mut desk).await));

    reader.misbehave(Faults::one(Fault::Delay(Duration::from_millis(300))));
    reader.put_card(card());
    let (told, noticed) = outcome(&mut desk).await;
    assert_eq!(told, "read");
    reader.misbehave(Faults::none());
    reader.lift_card();
    let recovered = removed(&mut desk).await;
    table.row(DEVICE, Trouble::Slow, &told, noticed, Some(recovered));

    reader.misbehave(Faults::one(Fault::BadChecksum));
    let noticed = lost(&mut desk).await;
    assert_eq!(last_error(&mut desk).await, "card_protocol");
    reader.misbehave(Faults::none());
    table.row(DEVICE, Trouble::Garbage, "card_protocol", noticed, Some(found(&mut desk).await));

    reader.unplug();
    lost(&mut desk).await;
    let stranger = EmulatedScanner::plug_in(&path).unwrap();
    let begin = Instant::now();
    while last_error(&mut desk).await != "reader_mute" {}
    let noticed = begin.elapsed();
    drop(stranger);
    reader.plug_in_again().unwrap();
    table.row(DEVICE, Trouble::WrongDevice, "reader_mute", noticed, Some(found(&mut desk).await));

    reader.unplug();
    lost(&mut desk).await;
    reader.plug_in_again().unwrap();
    let recovered = found(&mut desk).await;
    reads_a_card(&reader, &mut desk).await;
    table.row(DEVICE, Trouble::ComesBack, "reader found", recovered, Some(recovered));
    table.not_possible(DEVICE, Trouble::ServiceRestarted, "no service in between");
    table.held(DEVICE, &before, &held(&desk, Some(&before)).await);
    desk.quit().await.unwrap();
}
