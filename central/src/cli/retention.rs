//! `retention`: shows how long rows are kept, and removes those that are outdated.

use super::{CommandContext, archive, say};
use crate::{
    clock,
    store::{
        StoreError,
        postgres::{Outdated, OutdatedMonth, RetentionPlan},
    },
};
use anyhow::bail;
use clap::Subcommand;
use rules::{op::CitizenRef, person::IdNumber};
use std::path::{Path, PathBuf};

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
        /// Folder of the archives, if months of the operations' log go. They are read once more.
        #[arg(long, value_name = "FOLDER")]
        archive: Option<PathBuf>,
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
            for OutdatedMonth { month, operations, stays } in &plan.months {
                let what = stays.map_or("go".to_owned(), |stays| format!("stay: {stays}"));
                say(format_args!("log of {month}\t{operations} operations {what}"))?;
            }
            say(format_args!("holds\t{} in force", plan.holds.len()))?;
            say(format_args!("plan\t{}", plan.id()))
        }
        RetentionCommand::Apply { plan, second, archive } => {
            let today = remove(context, None).await?;
            if today.id() != plan {
                bail!("this is not the plan of today; look at `retention plan` again");
            }
            check_archives(context, &today, archive.as_deref()).await?;
            context.agree(&second, &format!("retention apply {plan}")).await?;
            let removed = match remove(context, Some(&plan)).await {
                Err(StoreError::Conflict) => bail!("the plan has changed meanwhile; nothing was removed"),
                removed => removed?,
            };
            say(format_args!("{} rows removed", removed.rows()))?;
            for OutdatedMonth { month, operations, .. } in removed.months_that_go() {
                say(format_args!("log of {month}\t{operations} operations dropped"))?;
            }
            context.store.make_log_months(clock::now()).await.map_err(Into::into)
        }
    }
}

/// Reads the archives of the months that go.
async fn check_archives(
    context: &CommandContext<'_>,
    plan: &RetentionPlan,
    folder: Option<&Path>,
) -> anyhow::Result<()> {
    let archived = context.store.archived_months().await?;
    for OutdatedMonth { month, .. } in plan.months_that_go() {
        let Some(folder) = folder else { bail!("the log of {month} goes: say --archive FOLDER") };
        let known = archived.iter().map(|manifest| &manifest.value.contents).find(|one| one.month == *month);
        let Some(contents) = known else { bail!("the log of {month} is not archived") };
        archive::check(&context.keys.trust, folder, contents)?;
    }
    Ok(())
}

async fn remove(context: &CommandContext<'_>, agreed: Option<&str>) -> Result<RetentionPlan, StoreError> {
    let reference = |number: &IdNumber| CitizenRef::at_centre(number, &context.keys.index);
    context.store.remove_outdated(&context.config.retention, clock::now(), reference, agreed).await
}
