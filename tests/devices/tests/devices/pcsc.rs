//! Cards in virtual readers of a real `pcscd`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use devices::{DeskProcess, Seen};
use drivers::card::Layout;
use drivers::emulate::{
    EmulatedIdentity, EmulatedSocialSecurity, Fault, Faults, ForeignCard, HolderFile, MemoryPageCard,
    SocialSecurityProgram, TypeBCard, VirtualReader,
};
use rig::RigFolder;
use rig::smartcard::SmartCardDaemon;

fn desk(daemon: &SmartCardDaemon) -> DeskProcess {
    DeskProcess::start(Path::new(env!("CARGO_BIN_EXE_card-desk")), &["--pcsc"], &[daemon.variable()]).unwrap()
}

fn read(name: &str, kind: &str) -> impl Fn(&Seen) -> bool {
    move |seen| matches!(seen, Seen::Read { name: n, kind: k, .. } if n == name && k == kind)
}

fn failed(code: &str) -> impl Fn(&Seen) -> bool {
    move |seen| matches!(seen, Seen::ReadFailed(c) if c == code)
}

const REMOVED: fn(&Seen) -> bool = |seen| matches!(seen, Seen::CardRemoved(_));

#[tokio::test]
async fn every_card_layout_is_read() {
    let folder = RigFolder::new("pcsc-layouts").unwrap();
    let daemon = SmartCardDaemon::start(&folder).await.unwrap();
    let mut desk = desk(&daemon);
    let reader = VirtualReader::at_port(daemon.card_port(0));
    for layout in [
        Layout::Mainland,
        Layout::HongKongMacaoTaiwan,
        Layout::ForeignPermanentResident2023,
        Layout::ForeignPermanentResident2017,
    ] {
        let identity = EmulatedIdentity::synthetic(layout);
        let card = reader.insert(MemoryPageCard::new(&identity), Faults::none()).unwrap();
        desk.until(|seen| matches!(seen, Seen::CardFound(_))).await.unwrap();
        let (seen, _) = desk.until(read("测试样例", "identity")).await.unwrap();
        let Seen::Read { number, .. } = seen else { unreachable!() };
        assert_eq!(number, identity.number);
        card.remove();
        desk.until(REMOVED).await.unwrap();
    }
    desk.quit().await.unwrap();
}

#[tokio::test]
async fn social_security_cards_are_read_and_unknown_cards_refused() {
    let folder = RigFolder::new("pcsc-social").unwrap();
    let daemon = SmartCardDaemon::start(&folder).await.unwrap();
    let mut desk = desk(&daemon);
    let reader = VirtualReader::at_port(daemon.card_port(1));
    let long_name = "测试样例测试样例测试样例测试样例测试";
    let cards = [
        (EmulatedSocialSecurity::synthetic(), Ok("测试样例")),
        (
            EmulatedSocialSecurity {
                select_parameter: 0x00,
                fetches_answers: false,
                ..EmulatedSocialSecurity::synthetic()
            },
            Ok("测试样例"),
        ),
        (
            EmulatedSocialSecurity {
                name: long_name.to_owned(),
                version: "2.00".to_owned(),
                ..EmulatedSocialSecurity::synthetic()
            },
            Ok(long_name),
        ),
        (
            EmulatedSocialSecurity {
                has_name_extension: false,
                version: "1.00".to_owned(),
                ..EmulatedSocialSecurity::synthetic()
            },
            Ok("测试样例"),
        ),
        (
            EmulatedSocialSecurity {
                holder_file: HolderFile::RefusesSelection,
                ..EmulatedSocialSecurity::synthetic()
            },
            Err("card_holder_protected"),
        ),
        (
            EmulatedSocialSecurity {
                holder_file: HolderFile::RefusesRecords,
                ..EmulatedSocialSecurity::synthetic()
            },
            Err("card_holder_protected"),
        ),
    ];
    for (card, outcome) in cards {
        let card = reader.insert(SocialSecurityProgram::new(card), Faults::none()).unwrap();
        match outcome {
            Ok(name) => desk.until(read(name, "social-security")).await.unwrap(),
            Err(code) => desk.until(failed(code)).await.unwrap(),
        };
        card.remove();
        desk.until(REMOVED).await.unwrap();
    }
    let card = reader.insert(TypeBCard::new([1, 2, 3, 4, 5, 6, 7, 8]), Faults::none()).unwrap();
    desk.until(read("", "identifier")).await.unwrap();
    card.remove();
    desk.until(REMOVED).await.unwrap();
    let _card = reader.insert(ForeignCard, Faults::none()).unwrap();
    desk.until(failed("card_unknown")).await.unwrap();
    desk.quit().await.unwrap();
}

#[tokio::test]
async fn a_card_is_read_again_on_request_and_two_readers_work_side_by_side() {
    let folder = RigFolder::new("pcsc-again").unwrap();
    let daemon = SmartCardDaemon::start(&folder).await.unwrap();
    let mut desk = desk(&daemon);
    let identity = EmulatedIdentity::synthetic(Layout::Mainland);
    let other = EmulatedIdentity { name: "别人".to_owned(), ..identity.clone() };
    let first = VirtualReader::at_port(daemon.card_port(0));
    let second = VirtualReader::at_port(daemon.card_port(1));
    let _first = first.insert(MemoryPageCard::new(&identity), Faults::none()).unwrap();
    desk.until(read("测试样例", "identity")).await.unwrap();
    desk.command("again").await.unwrap();
    desk.until(read("测试样例", "identity")).await.unwrap();
    let second = second.insert(MemoryPageCard::new(&other), Faults::none()).unwrap();
    desk.until(read("别人", "identity")).await.unwrap();
    second.remove();
    let (seen, _) = desk.until(REMOVED).await.unwrap();
    assert_eq!(seen, Seen::CardRemoved(SmartCardDaemon::reader_name(1)));
    desk.quit().await.unwrap();
}

#[tokio::test]
async fn a_pulled_card_causes_one_error_and_its_removal() {
    let folder = RigFolder::new("pcsc-pulled").unwrap();
    let daemon = SmartCardDaemon::start(&folder).await.unwrap();
    let mut desk = desk(&daemon);
    let reader = VirtualReader::at_port(daemon.card_port(0));
    let identity = EmulatedIdentity::synthetic(Layout::Mainland);
    for command in 1..=6 {
        let card =
            reader.insert(MemoryPageCard::new(&identity), Faults::one(Fault::PullAt(command))).unwrap();
        desk.until(|seen| matches!(seen, Seen::CardFound(_))).await.unwrap();
        let next = desk.next().await.unwrap();
        assert_eq!(next, Seen::ReadFailed("card_removed".to_owned()), "pulled at command {command}");
        assert!(REMOVED(&desk.next().await.unwrap()));
        assert!(card.is_pulled());
    }
    let _card = reader.insert(MemoryPageCard::new(&identity), Faults::none()).unwrap();
    desk.until(read("测试样例", "identity")).await.unwrap();
    desk.quit().await.unwrap();
}

#[tokio::test]
async fn a_restarted_card_service_is_used_again() {
    let folder = RigFolder::new("pcsc-killed").unwrap();
    let mut daemon = SmartCardDaemon::start(&folder).await.unwrap();
    let mut desk = desk(&daemon);
    let reader = VirtualReader::at_port(daemon.card_port(0));
    let identity = EmulatedIdentity::synthetic(Layout::Mainland);
    let _card = reader.insert(MemoryPageCard::new(&identity), Faults::none()).unwrap();
    desk.until(read("测试样例", "identity")).await.unwrap();
    daemon.kill();
    desk.until(|seen| *seen == Seen::ServiceLost).await.unwrap();
    desk.until(REMOVED).await.unwrap();
    daemon.start_again(&folder).await.unwrap();
    desk.until(|seen| *seen == Seen::ServiceBack).await.unwrap();
    desk.until(read("测试样例", "identity")).await.unwrap();
    desk.quit().await.unwrap();
}
