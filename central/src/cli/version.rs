//! `version`: the oldest program with which a desk may issue codes (L13).

use super::{CommandContext, desk::instant, say};
use clap::Subcommand;
use rules::{
    At,
    program::{ProgramVersion, RequiredProgram},
};

#[derive(Debug, Subcommand)]
pub(super) enum VersionCommand {
    /// Require a program of desks. Until the day named, windows with an older one say so; from then
    /// on they issue no codes, and still take losses.
    Require {
        /// Oldest version, such as 1.4.0.
        version: ProgramVersion,
        /// Shanghai day, such as 2026-12-15, or time, such as 2026-12-15T18:00.
        #[arg(long, value_name = "DATE", value_parser = instant)]
        from: At,
    },
    /// Require none any more.
    Lift,
    /// Print what is required.
    Show,
}

impl VersionCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::Require { version, from } => {
                ("version require", format!("{version} from {}", from.civil()))
            }
            Self::Lift => ("version lift", String::new()),
            Self::Show => ("version show", String::new()),
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: &VersionCommand) -> anyhow::Result<()> {
    match command {
        VersionCommand::Require { version, from } => {
            let required = RequiredProgram { version: *version, from: *from };
            context.store.require_program(Some(&required)).await?;
        }
        VersionCommand::Lift => context.store.require_program(None).await?,
        VersionCommand::Show => {}
    }
    match context.store.required_program().await? {
        Some(RequiredProgram { version, from }) => {
            say(format_args!("{version} from {}", from.civil().strftime("%Y-%m-%d %H:%M")))
        }
        None => say(format_args!("none")),
    }
}
