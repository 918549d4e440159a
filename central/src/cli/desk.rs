//! `site` and `desk`: manage sites, invite desks and take them out of service.

use super::{CommandContext, desk_list, desk_report, say, typed_secret};
use crate::{clock, fleet::DeskProblem, http::secret_digest};
use anyhow::bail;
use clap::Subcommand;
use rules::{At, DeviceNumber, SiteCode, keys::DeskKey};
use std::path::PathBuf;

/// Validity of an invitation, in milliseconds: one day.
pub(super) const INVITATION_MS: i64 = 24 * 60 * 60 * 1000;
/// Groups of four characters in a one-time code; 80 bits.
pub(super) const CODE_GROUPS: usize = 4;

#[derive(Debug, Subcommand)]
pub(super) enum SiteCommand {
    /// Add or rename a site.
    Add {
        /// Number of the site, six digits.
        #[arg(long)]
        site: SiteCode,
        /// Name of the site, shown and printed.
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DeskCommand {
    /// Print a one-time code with which a desk enrols, for the first time or again.
    Invite {
        /// Site of the desk, six digits.
        #[arg(long)]
        site: SiteCode,
        /// Number of the window, 1–999.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=999))]
        number: u16,
        /// Name in the list of desks.
        #[arg(long, default_value = "")]
        name: String,
    },
    /// List desks, their state and what they said of themselves last, tab-separated. The disk of a
    /// quarantined desk was restored or copied.
    List {
        /// Only desks with such a problem; several may be named.
        #[arg(long, value_name = "PROBLEM")]
        only: Vec<DeskProblem>,
    },
    /// Take a desk out of service. Codes it signed before stay valid.
    Revoke {
        /// Device number of the desk.
        device: DeviceNumber,
        /// Since when somebody else may have had its key, such as 2026-11-29T18:00 (Shanghai).
        /// Codes signed since then that have not arrived yet end, and a report of everything
        /// received since then is written.
        #[arg(long, value_parser = instant)]
        compromised_since: Option<At>,
        /// New file for the report, readable by you only; standard output without it.
        #[arg(long, requires = "compromised_since")]
        report: Option<PathBuf>,
    },
}

impl SiteCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        let Self::Add { site, .. } = self;
        ("site add", site.to_string())
    }
}

impl DeskCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::Invite { site, number, .. } => ("desk invite", format!("site {site} window {number}")),
            Self::List { .. } => ("desk list", String::new()),
            Self::Revoke { device, compromised_since: None, .. } => {
                ("desk revoke", format!("device {device}"))
            }
            Self::Revoke { device, compromised_since: Some(since), .. } => {
                ("desk revoke", format!("device {device} compromised since {}", since.civil()))
            }
        }
    }
}

pub(super) async fn run_site(context: &CommandContext<'_>, command: SiteCommand) -> anyhow::Result<()> {
    let SiteCommand::Add { site, name } = command;
    context.store.put_site(&site, &name).await?;
    say(format_args!("{site}"))
}

pub(super) async fn run(context: &CommandContext<'_>, command: DeskCommand) -> anyhow::Result<()> {
    let CommandContext { keys, store, .. } = context;
    let now = clock::now();
    match command {
        DeskCommand::Invite { site, number, name } => {
            let code = typed_secret(CODE_GROUPS);
            let expires_at = now.plus_ms(INVITATION_MS);
            store.invite(&site, number, &name, &secret_digest(&code), expires_at).await?;
            say(format_args!("{code}"))
        }
        DeskCommand::List { only } => desk_list::print(context, &only, now).await,
        DeskCommand::Revoke { device, compromised_since, report } => {
            if compromised_since.is_some_and(|since| since > now) {
                bail!("that time has not come yet");
            }
            // Before anything is done, so that a file that cannot be made stops it.
            let report = report.as_deref().map(desk_report::create).transpose()?;
            let certify = |key: DeskKey| keys.sign(key, "certificate");
            if !store.revoke_desk(device, now, compromised_since, certify).await? {
                bail!("there is no device {device}");
            }
            if let Some(since) = compromised_since {
                desk_report::write(store, &keys.index, (device, since), report).await?;
            }
            say(format_args!("device {device} is out of service"))
        }
    }
}

/// Reads a date and time of Shanghai.
pub(super) fn instant(text: &str) -> Result<At, String> {
    let civil: jiff::civil::DateTime = text.parse().map_err(|_| "write it as 2026-11-29T18:00".to_owned())?;
    let at = jiff::tz::Offset::constant(8).to_timestamp(civil).map_err(|error| error.to_string())?;
    Ok(At(at.as_millisecond()))
}
