//! `institution`: registers institutions of collective service, their agents and rosters (I5).

use super::{CommandContext, say};
use crate::clock;
use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use rules::{
    Day, Language,
    digest::Digest,
    institution::InstitutionKind,
    list::{FILE_BYTES, read_csv},
    person::{IdNumber, Name},
};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(super) enum InstitutionCommand {
    /// Register an institution; prints its identifier.
    Add {
        /// What it is.
        #[arg(long)]
        kind: KindArgument,
        /// Full name, under which no other institution is registered.
        #[arg(long)]
        name: String,
        /// Address, as the clerk sees it.
        #[arg(long)]
        address: String,
    },
    /// List all institutions, tab-separated.
    List,
    /// Manage the people who act for an institution.
    #[command(subcommand)]
    Agent(AgentCommand),
    /// Manage the people an institution may act for.
    #[command(subcommand)]
    Roster(RosterCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum AgentCommand {
    /// Register an agent (经办人), or change from when to when they act. The ID number and the name
    /// are read from standard input, separated by a space.
    Add {
        /// Identifier of the institution.
        institution: Uuid,
        /// First day, today if it is left out.
        #[arg(long)]
        from: Option<Day>,
        /// Last day; without it there is no end.
        #[arg(long)]
        through: Option<Day>,
    },
    /// End an agent with today. The ID number is read from standard input.
    End {
        /// Identifier of the institution.
        institution: Uuid,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum RosterCommand {
    /// Import a roster (名册) from CSV, number and name. It takes the place of the one before.
    Import {
        /// Identifier of the institution.
        institution: Uuid,
        /// File to read.
        file: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum KindArgument {
    /// Residents' committee (居委会)
    ResidentsCommittee,
    /// Villagers' committee (村委会)
    VillagersCommittee,
    /// Nursing home (养老机构)
    NursingHome,
    /// School (学校)
    School,
    /// Welfare institution (福利机构)
    Welfare,
    /// Hospital (医院)
    Hospital,
}

impl From<KindArgument> for InstitutionKind {
    fn from(kind: KindArgument) -> Self {
        match kind {
            KindArgument::ResidentsCommittee => Self::ResidentsCommittee,
            KindArgument::VillagersCommittee => Self::VillagersCommittee,
            KindArgument::NursingHome => Self::NursingHome,
            KindArgument::School => Self::School,
            KindArgument::Welfare => Self::Welfare,
            KindArgument::Hospital => Self::Hospital,
        }
    }
}

impl InstitutionCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::Add { name, .. } => ("institution add", name.clone()),
            Self::List => ("institution list", String::new()),
            Self::Agent(AgentCommand::Add { institution, .. }) => {
                ("institution agent add", institution.to_string())
            }
            Self::Agent(AgentCommand::End { institution }) => {
                ("institution agent end", institution.to_string())
            }
            // D2: the log binds the file. One that cannot be read stops the command itself.
            Self::Roster(RosterCommand::Import { institution, file }) => {
                let digest = read(file).map(|bytes| format!(" SM3 {}", Digest::of(&bytes)));
                ("institution roster import", format!("{institution}{}", digest.unwrap_or_default()))
            }
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: InstitutionCommand) -> anyhow::Result<()> {
    let store = &context.store;
    let now = clock::now();
    match command {
        InstitutionCommand::Add { kind, name, address } => {
            let kind = InstitutionKind::from(kind);
            let added = store.add_institution(&name, kind, &address, now).await?;
            let Some(id) = added else { bail!("there is an institution of that name already") };
            say(format_args!("{id}"))
        }
        InstitutionCommand::List => {
            say(format_args!("institution\tkind\tname\taddress\tagents\tpeople"))?;
            for one in store.institutions(now.day()).await? {
                let (id, kind) = (one.id, one.kind.word());
                let (name, address, agents, people) = (one.name, one.address, one.agents, one.people);
                say(format_args!("{id}\t{kind}\t{name}\t{address}\t{agents}\t{people}"))?;
            }
            Ok(())
        }
        // Numbers and names come by standard input: arguments are seen by everybody on the machine.
        InstitutionCommand::Agent(AgentCommand::Add { institution, from, through }) => {
            let from = from.unwrap_or_else(|| now.day());
            if through.is_some_and(|through| through < from) {
                bail!("the last day is before the first");
            }
            let line = line_of_input()?;
            let (number, name) = line.split_once(char::is_whitespace).context("number, a space, name")?;
            let (number, name) = (number_of(number)?, name_of(name)?);
            if !store.put_institution_agent(institution, (&number, &name), from, through).await? {
                bail!("there is no institution {institution}");
            }
            let through = through.map_or_else(|| "-".to_owned(), |day| day.to_string());
            say(format_args!("{}\t{from}\t{through}", number.masked()))
        }
        InstitutionCommand::Agent(AgentCommand::End { institution }) => {
            let number = number_of(line_of_input()?.trim())?;
            if !store.end_institution_agent(institution, &number, now.day()).await? {
                bail!("the institution has no such agent");
            }
            say(format_args!("{}\tends today", number.masked()))
        }
        InstitutionCommand::Roster(RosterCommand::Import { institution, file }) => {
            let bytes = read(&file).context("file")?;
            // D2: what is imported is what the signed act names.
            if !context.subject.ends_with(&Digest::of(&bytes).to_string()) {
                bail!("the file changed while it was read; nothing was imported");
            }
            let list = read_csv(&bytes, now.day())
                .map_err(|failure| anyhow::anyhow!("{}", failure.message(Language::English)))?;
            if !list.wrong.is_empty() {
                for row in &list.wrong {
                    say(format_args!("line {}: {}", row.line, row.why.message(Language::English)))?;
                }
                bail!("{} lines are wrong; nothing was imported", list.wrong.len());
            }
            let people: Vec<_> = list.people.into_iter().map(|person| (person.number, person.name)).collect();
            let imported = store.import_roster(institution, &people, now).await?;
            let Some(id) = imported else { bail!("there is no institution {institution}") };
            say(format_args!("{id}\t{} people", people.len()))
        }
    }
}

/// Reads a file, and one byte more than is taken at most.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn line_of_input() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

fn number_of(text: &str) -> anyhow::Result<IdNumber> {
    IdNumber::parse(text).map_err(|error| anyhow::anyhow!("ID number: {error}"))
}

fn name_of(text: &str) -> anyhow::Result<Name> {
    Ok(Name::read(text).map_err(|error| anyhow::anyhow!("name: {error}"))?.name)
}
