use std::path::Path;
use std::time::{Duration, Instant};

use devices::{DeskProcess, Seen};
use drivers::card::Layout;
use drivers::emulate::{
    EmulatedIdentity, Fault, Faults, ForeignCard, InsertedCard, MemoryPageCard, VirtualReader,
};
use rig::RigFolder;
use rig::smartcard::SmartCardDaemon;

use crate::table::{Held, Table, Trouble};

const DEVICE: &str = "card in a PC/SC reader";

pub(crate) fn desk(arguments: &[&str], environment: &[(&str, String)]) -> DeskProcess {
    DeskProcess::start(Path::new(env!("CARGO_BIN_EXE_card-desk")), arguments, environment).unwrap()
}

/// Returns what the program holds, as soon as that is no more than `before`, or after a time limit.
pub(crate) async fn held(desk: &DeskProcess, before: Option<&Held>) -> Held {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let (handles, threads) = desk.holds().unwrap();
        let now = Held { handles, threads };
        if before.is_none_or(|before| now.handles <= before.handles && now.threads <= before.threads)
            || Instant::now() > end
        {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Returns the error code of the next read, or `read`, and the time until it.
pub(crate) async fn outcome(desk: &mut DeskProcess) -> (String, Duration) {
    match desk.until(|seen| matches!(seen, Seen::Read { .. } | Seen::ReadFailed(_))).await.unwrap() {
        (Seen::ReadFailed(code), after) => (code, after),
        (_, after) => ("read".to_owned(), after),
    }
}

pub(crate) async fn removed(desk: &mut DeskProcess) -> Duration {
    desk.until(|seen| matches!(seen, Seen::CardRemoved(_))).await.unwrap().1
}

fn good_card(reader: &VirtualReader, faults: Faults) -> InsertedCard {
    let identity = EmulatedIdentity::synthetic(Layout::Mainland);
    reader.insert(MemoryPageCard::new(&identity), faults).unwrap()
}

pub(crate) async fn rows(table: &mut Table) {
    let nowhere = ("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm".to_owned());
    let begin = Instant::now();
    let mut lonely = desk(&["--pcsc"], &[nowhere]);
    lonely.until(|seen| *seen == Seen::ServiceLost).await.unwrap();
    table.row(DEVICE, Trouble::Absent, "reader_service_lost", begin.elapsed(), None);
    lonely.quit().await.unwrap();

    let folder = RigFolder::new("faults-pcsc").unwrap();
    let mut daemon = SmartCardDaemon::start(&folder).await.unwrap();
    let mut desk = desk(&["--pcsc"], &[daemon.variable()]);
    let reader = VirtualReader::at_port(daemon.card_port(0));
    desk.until(|seen| matches!(seen, Seen::ReaderFound(_))).await.unwrap();
    let card = good_card(&reader, Faults::none());
    assert_eq!(outcome(&mut desk).await.0, "read");
    card.remove();
    let noticed = removed(&mut desk).await;
    let before = held(&desk, None).await;
    let card = good_card(&reader, Faults::none());
    let (_, back) = outcome(&mut desk).await;
    table.row(DEVICE, Trouble::UnpluggedIdle, "card removed", noticed, Some(back));
    card.remove();
    removed(&mut desk).await;

    let cases: [(Trouble, Fault, &str); 3] = [
        (Trouble::UnpluggedBusy, Fault::PullAt(3), "card_removed"),
        (Trouble::Slow, Fault::Delay(Duration::from_millis(100)), "read"),
        (Trouble::Garbage, Fault::Garbage, "card_protocol"),
    ];
    for (trouble, fault, code) in cases {
        let card = good_card(&reader, Faults::one(fault));
        let (told, noticed) = outcome(&mut desk).await;
        assert_eq!(told, code, "{trouble}");
        card.remove();
        removed(&mut desk).await;
        let recovered = good_again(&reader, &mut desk).await;
        table.row(DEVICE, trouble, code, noticed, Some(recovered));
    }
    let stranger = reader.insert(ForeignCard, Faults::none()).unwrap();
    let (told, noticed) = outcome(&mut desk).await;
    assert_eq!(told, "card_unknown");
    stranger.remove();
    removed(&mut desk).await;
    let recovered = good_again(&reader, &mut desk).await;
    table.row(DEVICE, Trouble::WrongDevice, "card_unknown", noticed, Some(recovered));
    let recovered = good_again(&reader, &mut desk).await;
    table.row(DEVICE, Trouble::ComesBack, "read", recovered, Some(recovered));

    let begin = Instant::now();
    daemon.kill();
    desk.until(|seen| *seen == Seen::ServiceLost).await.unwrap();
    let noticed = begin.elapsed();
    daemon.start_again(&folder).await.unwrap();
    let begin = Instant::now();
    desk.until(|seen| *seen == Seen::ServiceBack).await.unwrap();
    table.row(DEVICE, Trouble::ServiceRestarted, "reader_service_lost", noticed, Some(begin.elapsed()));
    good_again(&reader, &mut desk).await;
    table.held(DEVICE, &before, &held(&desk, Some(&before)).await);
    desk.quit().await.unwrap();
}

/// Lays a good card, waits until it is read, and lifts it. Returns the time until it was read.
async fn good_again(reader: &VirtualReader, desk: &mut DeskProcess) -> Duration {
    let card = good_card(reader, Faults::none());
    let (told, after) = outcome(desk).await;
    assert_eq!(told, "read");
    card.remove();
    removed(desk).await;
    after
}
