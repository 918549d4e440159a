//! Runs the emulated devices of a desk.
//!
//! Commands arrive on standard input. The device stops when standard input closes.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Parser, Subcommand, ValueEnum};
use drivers::card::Layout;
use drivers::emulate::{
    EmulatedCompanion, EmulatedIdentity, EmulatedScanner, EmulatedSocialSecurity, Fault, Faults, ForeignCard,
    HolderFile, InsertedCard, MemoryPageCard, SerialReader, SocialSecurityProgram, TypeBCard, VirtualReader,
};

#[derive(Parser)]
#[command(version, about = "Emulated devices of a desk", long_about = None)]
struct Arguments {
    #[command(subcommand)]
    device: Device,
}

#[derive(Subcommand)]
enum Device {
    /// A card in a virtual PC/SC reader. Commands: insert, remove, fault FAULT, behave.
    Card {
        /// TCP port of the virtual reader (vpcd).
        #[arg(long, default_value_t = 35963)]
        port: u16,
        /// Which card.
        #[arg(long, value_enum, default_value_t = CardKind::Identity)]
        card: CardKind,
        #[command(flatten)]
        person: Person,
        /// A misbehaviour, such as pull-after=300ms or status=6982; may be given more than once.
        #[arg(long)]
        fault: Vec<Fault>,
    },
    /// A serial identity-card reader. Commands: put, lift, plug, unplug, fault FAULT, behave.
    Sdt {
        /// Where its device file appears.
        #[arg(long)]
        path: PathBuf,
        #[command(flatten)]
        person: Person,
        /// A misbehaviour, such as delay=50ms or noise; may be given more than once.
        #[arg(long)]
        fault: Vec<Fault>,
        /// Bits per second to keep to; zero for as fast as it goes.
        #[arg(long, default_value_t = 115_200)]
        pace: u32,
        /// Begin without a card.
        #[arg(long)]
        empty: bool,
    },
    /// A serial 2D scanner. Commands: scan TEXT, plug, unplug.
    Scanner {
        /// Where its device file appears.
        #[arg(long)]
        path: PathBuf,
    },
    /// A queue-calling system, rating device or display beside a window.
    /// Commands: call TICKET SECONDS, done, rate CASE SCORE, and line, which prints what the window
    /// said next.
    Companion {
        /// The window's socket: run/companions.sock in the desk's folder.
        #[arg(long)]
        socket: PathBuf,
        /// What it is: queue, rating or display.
        #[arg(long)]
        device: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum CardKind {
    Identity,
    SocialSecurity,
    /// A social security card that does not show its holder.
    SocialSecurityProtected,
    TypeB,
    Foreign,
}

#[derive(Clone, Copy, ValueEnum)]
enum LayoutName {
    Mainland,
    #[value(name = "I")]
    I,
    #[value(name = "J")]
    J,
    #[value(name = "Y")]
    Y,
}

/// The holder. Everything not given is that of a person who does not exist.
#[derive(Args, Clone)]
struct Person {
    /// Arrangement of the text: mainland, I, J or Y.
    #[arg(long, value_enum, default_value_t = LayoutName::Mainland)]
    layout: LayoutName,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    english_name: Option<String>,
    #[arg(long)]
    number: Option<String>,
    /// YYYYMMDD; from an 18-character number when not given.
    #[arg(long)]
    birth: Option<String>,
    #[arg(long)]
    sex: Option<String>,
    #[arg(long)]
    ethnic_group: Option<String>,
    #[arg(long)]
    address: Option<String>,
    #[arg(long)]
    added_address: Option<String>,
    #[arg(long)]
    issuer: Option<String>,
    /// YYYYMMDD.
    #[arg(long)]
    valid_from: Option<String>,
    /// YYYYMMDD or 长期.
    #[arg(long)]
    valid_to: Option<String>,
    #[arg(long)]
    pass_number: Option<String>,
    #[arg(long)]
    country: Option<String>,
}

impl Person {
    fn identity(&self) -> EmulatedIdentity {
        let person = self.clone();
        let mut identity = EmulatedIdentity::synthetic(match person.layout {
            LayoutName::Mainland => Layout::Mainland,
            LayoutName::I => Layout::ForeignPermanentResident2017,
            LayoutName::J => Layout::HongKongMacaoTaiwan,
            LayoutName::Y => Layout::ForeignPermanentResident2023,
        });
        let birth = person.birth.or_else(|| birth_of(person.number.as_deref()));
        identity.added_address = person.added_address;
        let given = [
            (&mut identity.name, person.name),
            (&mut identity.english_name, person.english_name),
            (&mut identity.number, person.number),
            (&mut identity.birth, birth),
            (&mut identity.sex, person.sex),
            (&mut identity.ethnic_group, person.ethnic_group),
            (&mut identity.address, person.address),
            (&mut identity.issuer, person.issuer),
            (&mut identity.valid_from, person.valid_from),
            (&mut identity.valid_to, person.valid_to),
            (&mut identity.pass_number, person.pass_number),
            (&mut identity.country, person.country),
        ];
        for (field, value) in given {
            if let Some(value) = value {
                *field = value;
            }
        }
        identity
    }

    fn social_security(&self, holder_file: HolderFile) -> EmulatedSocialSecurity {
        let identity = self.identity();
        EmulatedSocialSecurity {
            name: identity.name,
            number: identity.number,
            birth: identity.birth,
            sex: identity.sex,
            holder_file,
            ..EmulatedSocialSecurity::synthetic()
        }
    }
}

fn birth_of(number: Option<&str>) -> Option<String> {
    number.filter(|number| number.len() == 18)?.get(6..14).map(str::to_owned)
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().device {
        Device::Card { port, card, person, fault } => emulate_card(port, card, &person, Faults(fault)),
        Device::Sdt { path, person, fault, pace, empty } => {
            let reader = SerialReader::plug_in(&path)?;
            reader.pace(pace);
            reader.misbehave(Faults(fault));
            if !empty {
                reader.put_card(person.identity());
            }
            emulate_sdt(reader, &person)
        }
        Device::Scanner { path } => emulate_scanner(EmulatedScanner::plug_in(&path)?),
        Device::Companion { socket, device } => {
            emulate_companion(EmulatedCompanion::connect(&socket, &device)?)
        }
    }
}

/// Reports that the device is ready, then passes on each line of standard input.
fn obey(mut command: impl FnMut(&str, &str) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut output = std::io::stdout();
    writeln!(output, "ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        match command(word, rest) {
            Ok(()) => writeln!(output, "ok")?,
            Err(error) => writeln!(output, "{error}")?,
        }
    }
    Ok(())
}

fn emulate_card(port: u16, card: CardKind, person: &Person, faults: Faults) -> anyhow::Result<()> {
    let reader = VirtualReader::at_port(port);
    let mut faults = faults;
    let mut inserted = Some(insert(&reader, card, person, &faults)?);
    obey(|word, rest| {
        match word {
            "insert" => {
                // The reader must see the old card leave before the new one comes.
                drop(inserted.take());
                inserted = Some(insert(&reader, card, person, &faults)?);
            }
            "remove" => inserted = None,
            "fault" => faults.0.push(rest.parse()?),
            "behave" => faults.0.clear(),
            _ => bail!("unknown command: {word}"),
        }
        Ok(())
    })
}

fn insert(
    reader: &VirtualReader,
    card: CardKind,
    person: &Person,
    faults: &Faults,
) -> std::io::Result<InsertedCard> {
    let faults = faults.clone();
    let social_security = |holder_file| SocialSecurityProgram::new(person.social_security(holder_file));
    match card {
        CardKind::Identity => reader.insert(MemoryPageCard::new(&person.identity()), faults),
        CardKind::SocialSecurity => reader.insert(social_security(HolderFile::Open), faults),
        CardKind::SocialSecurityProtected => {
            reader.insert(social_security(HolderFile::RefusesRecords), faults)
        }
        CardKind::TypeB => {
            reader.insert(TypeBCard::new([0x08, 0xB1, 0xD2, 0x33, 0x44, 0x55, 0x66, 0x77]), faults)
        }
        CardKind::Foreign => reader.insert(ForeignCard, faults),
    }
}

fn emulate_sdt(mut reader: SerialReader, person: &Person) -> anyhow::Result<()> {
    let mut faults = Faults::none();
    obey(|word, rest| {
        match word {
            "put" => reader.put_card(person.identity()),
            "lift" => reader.lift_card(),
            "plug" => reader.plug_in_again()?,
            "unplug" => reader.unplug(),
            "fault" => {
                faults.0.push(rest.parse()?);
                reader.misbehave(faults.clone());
            }
            "behave" => {
                faults = Faults::none();
                reader.misbehave(Faults::none());
            }
            _ => bail!("unknown command: {word}"),
        }
        Ok(())
    })
}

fn emulate_scanner(mut scanner: EmulatedScanner) -> anyhow::Result<()> {
    obey(|word, rest| {
        match word {
            "scan" => scanner.scan(rest)?,
            "plug" => scanner.plug_in_again()?,
            "unplug" => scanner.unplug(),
            _ => bail!("unknown command: {word}"),
        }
        Ok(())
    })
}

fn emulate_companion(mut companion: EmulatedCompanion) -> anyhow::Result<()> {
    obey(|word, rest| {
        let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
        let said = match word {
            "call" => companion.call(first, second.parse()?)?,
            "done" => companion.done()?,
            "rate" => companion.rate(first, second.parse()?)?,
            "line" => companion.next_line()?,
            _ => bail!("unknown command: {word}"),
        };
        writeln!(std::io::stdout(), "{said}")?;
        Ok(())
    })
}
