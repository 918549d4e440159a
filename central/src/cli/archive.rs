//! `archive`: writes months of the operations' log to files, before `retention` drops them.

use super::{CommandContext, say};
use crate::{
    archive::{
        ArchiveContents, ArchiveFile, ArchiveLine, ArchiveManifest, ArchiveWriter, Month, read_manifest,
        write_manifest,
    },
    clock,
    store::{
        StoreError,
        postgres::{MonthStays, OutdatedMonth, PgStore},
    },
};
use anyhow::{Context as _, bail};
use clap::Subcommand;
use rules::issuing::Trust;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub(super) enum ArchiveCommand {
    /// Write each month that is outdated to a file of its own, with a signed manifest, and read it
    /// back. What is in the folder already is written again only if it is damaged.
    Write {
        /// Folder of the archives. They hold what the log holds of citizens: keep it as a backup.
        folder: PathBuf,
    },
    /// List the months of the log, tab-separated: in the database, archived, or both.
    List,
}

impl ArchiveCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::Write { .. } => ("archive write", String::new()),
            Self::List => ("archive list", String::new()),
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: &ArchiveCommand) -> anyhow::Result<()> {
    match command {
        ArchiveCommand::Write { folder } => write(context, folder).await,
        ArchiveCommand::List => list(&context.store).await,
    }
}

async fn write(context: &CommandContext<'_>, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let CommandContext { config, keys, store, .. } = context;
    let known = store.archived_months().await?;
    for OutdatedMonth { month, stays, .. } in store.outdated_months(&config.retention, clock::now()).await? {
        if let Some(stays) = stays.filter(|stays| *stays != MonthStays::NotArchived) {
            say(format_args!("{month}\tstays: {stays}"))?;
            continue;
        }
        let before = known.iter().find(|manifest| manifest.value.contents.month == month);
        if before.is_some_and(|before| check(&keys.trust, folder, &before.value.contents).is_ok()) {
            say(format_args!("{month}\tarchived before"))?;
            continue;
        }
        let contents = write_month(store, folder, month).await?;
        let Some(head) = store.audit_head().await? else {
            bail!("the audit log has no head yet; `serve` signs one within a minute")
        };
        let (operations, now) = (contents.operations, clock::now());
        let manifest = ArchiveManifest { contents, head: head.value };
        let manifest = keys.issuers.sign(manifest, now).context("signing")?;
        write_manifest(folder, &manifest)?;
        match store.note_archived(&manifest, now).await {
            Err(StoreError::Conflict) => {
                bail!(
                    "{month}: the database has other operations than were archived before; run `audit verify`"
                )
            }
            noted => noted?,
        }
        say(format_args!("{month}\t{operations} operations archived"))?;
    }
    Ok(())
}

/// Writes the file of a month, from one state of the database, and reads it back.
async fn write_month(store: &PgStore, folder: &Path, month: Month) -> anyhow::Result<ArchiveContents> {
    let mut snapshot = store.snapshot().await?;
    let mut archive = ArchiveWriter::create(folder, month)?;
    for desk in snapshot.enrolments_in(month).await? {
        for batch in snapshot.batches_in(month, desk).await? {
            archive.write(&ArchiveLine::Batch(batch))?;
        }
        let mut after = 0;
        loop {
            let page = snapshot.operations_in(month, desk, after).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            for operation in page {
                archive.write(&ArchiveLine::Operation(operation))?;
            }
        }
    }
    snapshot.end().await?;
    Ok(archive.finish()?)
}

/// Reads the archive of a month, and checks that it holds what was archived then.
pub(super) fn check(trust: &Trust, folder: &Path, archived: &ArchiveContents) -> anyhow::Result<()> {
    let month = archived.month;
    let manifest = read_manifest(folder, month)?;
    let said = manifest.verify(trust).with_context(|| format!("manifest of {month}"))?;
    if said.contents != *archived {
        bail!("manifest of {month}: of another archive");
    }
    if ArchiveFile::open(folder, month)?.contents()? != *archived {
        bail!("archive of {month}: other contents than its manifest says");
    }
    Ok(())
}

async fn list(store: &PgStore) -> anyhow::Result<()> {
    let here: BTreeSet<Month> = store.log_months().await?.into_iter().collect();
    let archived = store.archived_months().await?;
    let archived: BTreeMap<Month, u64> = archived
        .iter()
        .map(|manifest| (manifest.value.contents.month, manifest.value.contents.operations))
        .collect();
    let until = Month::of(clock::now());
    let months: BTreeSet<Month> = here.iter().chain(archived.keys()).copied().collect();
    for month in months.into_iter().filter(|month| *month <= until) {
        let place = if here.contains(&month) { "in the database" } else { "dropped" };
        let operations = archived.get(&month).map_or("-".to_owned(), u64::to_string);
        say(format_args!("{month}\t{place}\t{operations} archived"))?;
    }
    Ok(())
}
