//! Uses the card readers as the desk does and prints each event as a line of JSON.

use std::io::Write as _;

use clap::Parser;
use devices::Seen;
use drivers::card::{Card, CardEvent, CardReaderSettings, ReaderChoice, Readers, SerialPortSettings};
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[derive(Parser)]
struct Arguments {
    /// Look for PC/SC readers.
    #[arg(long)]
    pcsc: bool,
    /// Device paths of serial readers.
    #[arg(long)]
    serial: Vec<String>,
    /// Use only the reader whose name begins with this.
    #[arg(long)]
    reader: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let serial_port = |path| SerialPortSettings { path, baud_rate: SerialPortSettings::FACTORY_BAUD_RATE };
    let (readers, mut events) = Readers::start(CardReaderSettings {
        pcsc: arguments.pcsc,
        serial_ports: arguments.serial.into_iter().map(serial_port).collect(),
        usb: false,
        reader: arguments.reader.map_or(ReaderChoice::Automatic, ReaderChoice::Named),
    });
    let mut commands = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => print(&seen(event))?,
                None => anyhow::bail!("the readers ended"),
            },
            command = commands.next_line() => match command?.as_deref() {
                Some("again") => readers.read_again(),
                Some("status") => print(&status(&readers))?,
                _ => break,
            },
        }
    }
    drop(readers);
    // The watchers hold the sending side, so the channel closes when they have ended.
    while events.recv().await.is_some() {}
    Ok(())
}

fn print(seen: &Seen) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    serde_json::to_writer(&mut output, seen)?;
    output.write_all(b"\n")?;
    Ok(output.flush()?)
}

fn status(readers: &Readers) -> Seen {
    let describe = |status: drivers::card::ReaderStatus| {
        (status.reader, format!("{:?}", status.state), status.last_error.map(|error| error.code().to_owned()))
    };
    Seen::Status(readers.status().into_iter().map(describe).collect())
}

fn seen(event: CardEvent) -> Seen {
    match event {
        CardEvent::ReaderFound { reader } => Seen::ReaderFound(reader),
        CardEvent::ReaderLost { reader } => Seen::ReaderLost(reader),
        CardEvent::ServiceLost => Seen::ServiceLost,
        CardEvent::ServiceBack => Seen::ServiceBack,
        CardEvent::CardFound { reader } => Seen::CardFound(reader),
        CardEvent::ReadFailed { error, .. } => Seen::ReadFailed(error.code().to_owned()),
        CardEvent::CardRemoved { reader } => Seen::CardRemoved(reader),
        CardEvent::Read { reader, card, took } => {
            let (kind, name, number, added_address) = match *card {
                Card::Identity(card) => ("identity", card.name, card.number, card.added_address),
                Card::SocialSecurity(card) => ("social-security", card.name, card.number, None),
                Card::Identifier(_) => ("identifier", String::new(), String::new(), None),
            };
            let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            Seen::Read { reader, kind: kind.to_owned(), name, number, added_address, took_us }
        }
    }
}
