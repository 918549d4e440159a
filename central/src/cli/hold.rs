//! `hold`: keeps what is known of a case, a citizen or a site, whatever its age.

use super::{CommandContext, say};
use crate::{
    clock,
    store::postgres::{HoldLift, HoldOn, LegalHold},
};
use anyhow::bail;
use clap::{ArgGroup, Subcommand};
use rules::{Language, case_number::CaseNumber, op::CitizenRef, person::IdNumber};
use std::path::PathBuf;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(super) enum HoldCommand {
    /// Place a hold, at once: nothing of what it is on is removed by `retention apply`. Prints its
    /// number.
    #[command(group(ArgGroup::new("on").required(true).args(["case", "citizen", "site"])))]
    Add {
        /// Number of a case.
        #[arg(long, value_parser = case_number)]
        case: Option<CaseNumber>,
        /// A citizen, whose ID number is read from standard input.
        #[arg(long)]
        citizen: bool,
        /// Number of a site.
        #[arg(long)]
        site: Option<String>,
        /// Why, in words: the file number of the court, the auditor, the complaint.
        #[arg(long)]
        reason: String,
    },
    /// List all holds, tab-separated, in force or lifted.
    List,
    /// Lift a hold. An auditor agrees with a credential of their own, because what is removed then
    /// does not come back.
    Lift {
        /// Number of the hold.
        hold: Uuid,
        /// Why, in words.
        #[arg(long)]
        reason: String,
        /// Sealed credential of the auditor who agrees, or a folder with one.
        #[arg(long, value_name = "FILE")]
        second: PathBuf,
    },
}

fn case_number(typed: &str) -> Result<CaseNumber, &'static str> {
    typed.parse().map_err(|refusal: rules::Refusal| refusal.message(Language::English))
}

impl HoldCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::Add { case: Some(number), .. } => ("hold add", format!("case {number}")),
            Self::Add { site: Some(site), .. } => ("hold add", format!("site {site}")),
            Self::Add { .. } => ("hold add", "citizen".to_owned()),
            Self::List => ("hold list", String::new()),
            Self::Lift { hold, .. } => ("hold lift", hold.to_string()),
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: HoldCommand) -> anyhow::Result<()> {
    match command {
        HoldCommand::Add { case, citizen: _, site, reason } => {
            let on = match (case, site) {
                (Some(number), _) => HoldOn::Case(number),
                (_, Some(site)) => HoldOn::Site(site),
                _ => HoldOn::Citizen(citizen_of_input(context)?),
            };
            let (id, by) = (Uuid::now_v7(), context.by.staff().clone());
            let hold = LegalHold { id, on, reason: words(reason)?, at: clock::now(), by, lifted: None };
            if !context.store.place_hold(&hold).await? {
                bail!("there is no such site");
            }
            say(format_args!("{id}"))
        }
        HoldCommand::List => list(context).await,
        HoldCommand::Lift { hold, reason, second } => {
            let reason = words(reason)?;
            let second = context.agree(&second, &format!("hold lift {hold}")).await?;
            let lift = HoldLift { reason, at: clock::now(), by: context.by.staff().clone(), second };
            if !context.store.lift_hold(hold, &lift).await? {
                bail!("no hold of this number is in force");
            }
            say(format_args!("lifted"))
        }
    }
}

fn words(reason: String) -> anyhow::Result<String> {
    if reason.trim().is_empty() {
        bail!("a hold needs a reason");
    }
    Ok(reason)
}

/// Reads a number from standard input: arguments are seen by everybody on the machine.
fn citizen_of_input(context: &CommandContext<'_>) -> anyhow::Result<CitizenRef> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let number = IdNumber::parse(line.trim()).map_err(|error| anyhow::anyhow!("ID number: {error}"))?;
    Ok(CitizenRef::at_centre(&number, &context.keys.index))
}

async fn list(context: &CommandContext<'_>) -> anyhow::Result<()> {
    say(format_args!("hold\ton\tplaced\tby\treason\tlifted\tby\tagreed\twhy"))?;
    for LegalHold { id, on, reason, at, by, lifted } in context.store.holds().await? {
        let placed = at.day();
        let reason = one_line(&reason);
        match lifted {
            None => say(format_args!("{id}\t{on}\t{placed}\t{by}\t{reason}\t-\t-\t-\t-"))?,
            Some(HoldLift { reason: why, at, by: lifted_by, second }) => say(format_args!(
                "{id}\t{on}\t{placed}\t{by}\t{reason}\t{}\t{lifted_by}\t{second}\t{}",
                at.day(),
                one_line(&why)
            ))?,
        }
    }
    Ok(())
}

/// One line a row, whatever was typed.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
