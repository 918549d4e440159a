//! The report on a desk whose key somebody else may have had (B5): whom to look after.

use crate::store::{
    Store as _,
    postgres::{LoggedOperation, PgStore},
};
use anyhow::Context as _;
use rules::{
    At, DeviceNumber,
    life::Serial,
    op::{CitizenRef, OpBody, Operation},
    wire::Verdict,
};
use std::{
    fs::{File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Creates the file of a report.
pub(super) fn create(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path).with_context(|| path.display().to_string())
}

/// Writes everything received of a desk since a time: people masked, codes, corrections and
/// verdicts, tab-separated.
pub(super) async fn write(
    store: &PgStore,
    index_key: &[u8; 32],
    (device, since): (DeviceNumber, At),
    file: Option<File>,
) -> anyhow::Result<()> {
    let received = store.received_since(device, since).await?;
    let mut out: Box<dyn Write + Send> = match file {
        Some(file) => Box::new(file),
        None => Box::new(std::io::stdout()),
    };
    writeln!(out, "# device {device}, received since {}", text(since))?;
    writeln!(
        out,
        "epoch\tnumber\treceived\tdone\tstaff\tkind\tname\tID number\tcode or correction\tverdict"
    )?;
    for logged in &received {
        writeln!(out, "{}", line(store, index_key, logged).await?)?;
    }
    writeln!(out, "# {} operations", received.len())?;
    let archived = store.archived_since(device, since).await?;
    if archived > 0 {
        writeln!(out, "# {archived} more are in archives of the log")?;
    }
    writeln!(
        out,
        "# look-ups and evidence opened: lines of the server's log with target \"audit\" and device {device}"
    )?;
    out.flush()?;
    Ok(())
}

async fn line(store: &PgStore, index_key: &[u8; 32], logged: &LoggedOperation) -> anyhow::Result<String> {
    let (epoch, seq) = logged.number;
    let received = text(logged.received_at);
    let Some(operation) = &logged.operation else {
        return Ok(format!("{epoch}\t{seq}\t{received}\t-\t-\tunreadable\t-\t-\t-\t-"));
    };
    let (name, number) = person(store, index_key, operation).await?;
    let done = text(operation.business_at());
    let staff = &operation.operator;
    let kind = serde_json::to_value(operation.body.kind())?;
    let kind = kind.as_str().unwrap_or("-");
    let subject = subject(&operation.body);
    let verdict = logged.verdict.as_ref().map_or("not decided", verdict);
    Ok(format!("{epoch}\t{seq}\t{received}\t{done}\t{staff}\t{kind}\t{name}\t{number}\t{subject}\t{verdict}"))
}

/// Returns masked name and number of whom an operation is about.
async fn person(
    store: &PgStore,
    index_key: &[u8; 32],
    operation: &Operation,
) -> anyhow::Result<(String, String)> {
    let Some(number) = &operation.citizen else { return Ok(("-".to_owned(), "-".to_owned())) };
    let name = match &operation.body {
        OpBody::Issue { holder, .. } | OpBody::CorrectionOpened { holder, .. } => Some(holder.name.masked()),
        _ => {
            let citizen = store.citizen(&CitizenRef::at_centre(number, index_key)).await?;
            citizen.and_then(|citizen| citizen.person).map(|person| person.name.masked())
        }
    };
    Ok((name.unwrap_or_else(|| "unknown".to_owned()), number.masked()))
}

fn subject(body: &OpBody) -> String {
    let code = Serial::to_string;
    match body {
        OpBody::Issue { serial, .. }
        | OpBody::ReportLoss { serial, .. }
        | OpBody::Reprint { serial, .. }
        | OpBody::Void { serial, .. }
        | OpBody::Printed { serial, .. } => code(serial),
        OpBody::CorrectionOpened { correction, .. } => correction.id.to_string(),
        OpBody::CorrectionCommanded { id, .. } | OpBody::EscalationDismissed { id, .. } => id.to_string(),
    }
}

const fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Applied { .. } => "applied",
        Verdict::DuplicateSameDay { .. } => "duplicate_same_day",
        Verdict::NotEligible => "not_eligible",
        Verdict::NeedsApproval => "needs_approval",
        Verdict::StaleVersion { .. } => "stale_version",
        Verdict::Unproven => "unproven",
        Verdict::Late => "late",
        Verdict::Rejected { code } => code.code(),
    }
}

fn text(at: At) -> String {
    at.civil().strftime("%Y-%m-%d %H:%M:%S").to_string()
}
