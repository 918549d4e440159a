//! `retention`: shows how long rows are kept, and removes those that are outdated.

use super::{CommandContext, say};
use crate::{
    clock,
    store::{
        StoreError,
        postgres::{Outdated, RetentionPlan},
    },
};
use anyhow::bail;
use clap::Subcommand;
use rules::{op::CitizenRef, person::IdNumber};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum RetentionCommand {
    /// Count what is outdated today, by table, and remove nothing. Prints the name of the plan.
    Plan,
    /// Remove what a plan of today names, if it is still the same. An auditor agrees with a
    /// credential of their own, because it does not come back.
    Apply {
        /// Name of the plan.
        plan: String,
        /// Sealed credential of the auditor who agrees, or a folder with one.
        #[arg(long, value_name = "FILE")]
        second: PathBuf,
    },
}

impl RetentionCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::Plan => ("retention plan", String::new()),
            Self::Apply { plan, .. } => ("retention apply", plan.clone()),
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: RetentionCommand) -> anyhow::Result<()> {
    if !context.store.may_remove().await? {
        bail!("the role of database_url removes nothing; run this as the owner of the tables, as `migrate`");
    }
    match command {
        RetentionCommand::Plan => {
            let plan = remove(context, None).await?;
            for Outdated { table, kept_from, rows } in &plan.outdated {
                say(format_args!("{table}\tkept from {kept_from}\t{rows} rows go"))?;
            }
            say(format_args!("holds\t{} in force", plan.holds.len()))?;
            say(format_args!("plan\t{}", plan.id()))
        }
        RetentionCommand::Apply { plan, second } => {
            if remove(context, None).await?.id() != plan {
                bail!("this is not the plan of today; look at `retention plan` again");
            }
            context.agree(&second, &format!("retention apply {plan}")).await?;
            let removed = match remove(context, Some(&plan)).await {
                Err(StoreError::Conflict) => bail!("the plan has changed meanwhile; nothing was removed"),
                removed => removed?,
            };
            say(format_args!("{} rows removed", removed.rows()))
        }
    }
}

async fn remove(context: &CommandContext<'_>, agreed: Option<&str>) -> Result<RetentionPlan, StoreError> {
    let reference = |number: &IdNumber| CitizenRef::at_centre(number, &context.keys.index);
    context.store.remove_outdated(&context.config.retention, clock::now(), reference, agreed).await
}
