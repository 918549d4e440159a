//! `look-up`: releases look-ups above an operator's budget of the day (N-1).

use super::{CommandContext, say};
use crate::clock;
use anyhow::{Context as _, bail};
use clap::Subcommand;
use rules::StaffNumber;

#[derive(Debug, Subcommand)]
pub(super) enum LookUpCommand {
    /// Allow an operator as many look-ups again today, in the place of a supervisor: the window has
    /// no form for it yet.
    Release {
        /// Staff number of the operator.
        operator: StaffNumber,
    },
}

impl LookUpCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        let Self::Release { operator } = self;
        ("look-up release", operator.to_string())
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: LookUpCommand) -> anyhow::Result<()> {
    let LookUpCommand::Release { operator } = command;
    let by = context.by.staff();
    if operator == *by {
        bail!("nobody releases themselves");
    }
    context.store.account(&operator).await?.with_context(|| format!("there is no account {operator}"))?;
    let releases = context.store.release_look_ups(&operator, by, clock::now()).await?;
    say(format_args!("{operator}: {releases} releases today"))
}
