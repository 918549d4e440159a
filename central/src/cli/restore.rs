//! `restore`: puts a database that was restored from a backup into service again, and says what
//! came back.

use super::{CommandContext, say};
use crate::{
    audit::Event,
    blobs::Blobs,
    clock,
    store::postgres::{RestoreItem, RestoreKind},
};
use anyhow::{Context as _, bail};
use clap::Subcommand;
use rules::{At, audit::TreeHead, digest::Digest, wire::Restored};

/// Pieces of evidence that are looked for at a time.
const PAGE: i64 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum RestoreCommand {
    /// Say that the database was put back to an earlier state. Every desk notices within a minute,
    /// hands in again what was forgotten, and says what this centre signed since. Evidence that is
    /// not in the store of blobs is asked for again.
    Begin,
    /// Say which desks have answered, what came back, and what is lost and must be done again.
    Report,
}

impl RestoreCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::Begin => ("restore begin", String::new()),
            Self::Report => ("restore report", String::new()),
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: &RestoreCommand) -> anyhow::Result<()> {
    match command {
        RestoreCommand::Begin => begin(context).await,
        RestoreCommand::Report => report(context).await,
    }
}

async fn begin(context: &CommandContext<'_>) -> anyhow::Result<()> {
    let (store, now) = (&context.store, clock::now());
    let head = store.audit_head().await?.map(|head| head.value);
    let none = || TreeHead { size: 0, root: Digest::of(&[]), at: now };
    let TreeHead { size, root, at } = head.unwrap_or_else(none);
    let statement = Restored { generation: now, leaves: size, root };
    let signed = context.keys.issuers.sign(statement, now).context("signing")?;
    store.begin_generation(&signed).await?;
    store.record(now, &Event::DatabaseRestored { generation: now, leaves: size }).await?;
    say(format_args!(
        "the database is as of {}; it goes on from {size} entries of the audit log",
        minute(at)
    ))?;
    let missing = look_for_evidence(context, now).await?;
    say(format_args!("{missing} pieces of evidence are missing; desks are asked for them"))?;
    say(format_args!("every desk notices within a minute of its next contact; see `restore report`"))
}

/// Notes which evidence the database has and the store of blobs has not. Returns how many.
async fn look_for_evidence(context: &CommandContext<'_>, now: At) -> anyhow::Result<usize> {
    let blobs =
        Blobs::open(&context.config.blobs, context.config.blobs_s3_bucket.as_deref(), &context.keys.blob)
            .context("blobs")?;
    let (mut after, mut missing): (Option<Digest>, usize) = (None, 0);
    loop {
        let page = context.store.evidence_after(after.as_ref(), PAGE).await?;
        for digest in &page {
            if !blobs.is_kept(digest).await.context("blobs")? {
                context.store.miss_evidence(digest, now, now).await?;
                missing += 1;
            }
        }
        match page.last() {
            Some(last) => after = Some(last.clone()),
            None => return Ok(missing),
        }
    }
}

async fn report(context: &CommandContext<'_>) -> anyhow::Result<()> {
    let Some(restored) = context.store.restored().await? else {
        bail!("this database was never put back; after a restore run `restore begin`");
    };
    let Restored { generation, leaves, .. } = restored.value;
    let (desks, items) = context.store.restore_report(generation).await?;
    say(format_args!("restored {}, with {leaves} entries of the audit log", minute(generation)))?;
    let seen = desks.iter().filter_map(|desk| desk.leaves).max().unwrap_or(0);
    let lost = u64::try_from(seen).unwrap_or(0).saturating_sub(leaves);
    say(format_args!("lost\taudit\t{lost} entries that desks have seen"))?;
    let answered = desks.iter().filter(|desk| desk.leaves.is_some()).count();
    say(format_args!("desks\t{answered} of {} have answered", desks.len()))?;
    for desk in desks.iter().filter(|desk| desk.leaves.is_none()) {
        say(format_args!("waits\tdesk\t{}\tsite {}, window {}", desk.device, desk.site, desk.desk_number))?;
    }
    for kind in ORDER {
        for item in items.iter().filter(|item| item.kind == kind) {
            say(format_args!("{}", line(item)))?;
        }
    }
    for lost in NOT_AT_DESKS {
        say(format_args!("repeat\t{lost}"))?;
    }
    Ok(())
}

/// What is reported, the urgent first.
const ORDER: [RestoreKind; 8] = [
    RestoreKind::DeskRefused,
    RestoreKind::AccountDiffers,
    RestoreKind::PasswordLost,
    RestoreKind::EvidenceMissing,
    RestoreKind::RevocationBack,
    RestoreKind::AccountBack,
    RestoreKind::DeskBack,
    RestoreKind::KeyBack,
];

/// What no desk holds. Who did such a thing in the time that was lost does it again.
const NOT_AT_DESKS: [&str; 5] = [
    "accounts whose site has no desk that heard of them: `staff list`",
    "second factors set and codes of activation given in the time that was lost: have them set again",
    "clients of kiosk and portal, institutions and rosters: `channel list`, `institution list`",
    "imports of the population, and what portal and kiosk did",
    "decisions of `review decide`, releases of look-ups, legal holds (`hold list`), `version require`",
];

fn line(item: &RestoreItem) -> String {
    let (what, more) = match item.kind {
        RestoreKind::AccountBack => ("back\taccount", ""),
        RestoreKind::PasswordLost => {
            ("lost\tpassword", "no desk has the key of this account: `staff reset-password`")
        }
        RestoreKind::AccountDiffers => {
            ("lost\taccount", "was changed otherwise before the loss; look at it with `staff list`")
        }
        RestoreKind::DeskBack => ("back\tdesk", ""),
        RestoreKind::DeskRefused => {
            ("lost\tdesk", "its window is another desk's now: revoke that one, or enrol this one again")
        }
        RestoreKind::KeyBack => ("back\tkey", ""),
        RestoreKind::RevocationBack => ("back\trevocation", "the desk is out of service again"),
        RestoreKind::EvidenceMissing => ("waits\tevidence", "a desk that has it hands it in again"),
    };
    [what, &item.subject, &item.detail, more]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\t")
}

fn minute(at: At) -> String {
    at.civil().strftime("%Y-%m-%d %H:%M").to_string()
}
