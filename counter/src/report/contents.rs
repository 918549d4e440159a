//! What a report says: versions, states, codes and counts. No field is copied that has a person, a
//! case or a code in it.

use super::{log::LogTail, redact};
use crate::{
    DeskConfig,
    format::time_text,
    view::{DeviceCheckView, Failure, ReportFileView, StatusView},
};
use desk::{
    Desk,
    session::Operator,
    store::{Page, queue::QueueFilter, receipt::ReceiptOutcome},
};
use rules::{At, program::ProgramVersion};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Days of the journal that are counted.
const COUNTED_DAYS: i64 = 7;
/// Newest lines of the journal that are shown.
const JOURNAL_LINES: u32 = 200;
const NO_ROWS: Page = Page { offset: 0, limit: 0 };

/// What the parts of the counter know.
pub(super) struct Known {
    pub(super) status: StatusView,
    pub(super) devices: Vec<DeviceCheckView>,
    pub(super) config: DeskConfig,
}

/// Returns the files of a report.
pub(super) async fn files(
    desk: &Desk,
    operator: &Operator,
    known: &Known,
) -> Result<Vec<ReportFileView>, Failure> {
    let file = |name: &str, text: String| ReportFileView { name: name.to_owned(), text };
    let state = serde_json::to_string_pretty(&state(desk, operator, known).await?).unwrap_or_default();
    Ok(vec![
        file("state.json", state),
        file("settings.toml", settings(&known.config)),
        file("journal.txt", journal(desk, operator).await?),
        file("log.txt", LogTail.lines().join("\n")),
    ])
}

async fn state(desk: &Desk, operator: &Operator, known: &Known) -> Result<Value, Failure> {
    let Known { status, devices, .. } = known;
    let (heartbeat, reading) = (desk.vitals.read().await?, desk.read_clock());
    let (identity, key) = (desk.identity(), desk.key());
    let code = |failure: &Option<Failure>| failure.as_ref().map(|failure| failure.code.clone());
    let devices: Vec<Value> = devices
        .iter()
        .map(|device| {
            json!({
                "kind": device.kind,
                "name": redact::line(&device.name),
                "state": device.state,
                "found": device.found_en.iter().map(|text| redact::line(text)).collect::<Vec<_>>(),
                "last_error": code(&device.last_error),
                "last_error_at": device.last_error_at,
            })
        })
        .collect();
    Ok(json!({
        "made_at": time_text(reading.at),
        "program": ProgramVersion::THIS,
        "system": system(),
        "desk": {
            "site": identity.site(),
            "window": identity.desk_number,
            "device": key.device,
            "epoch": key.epoch,
            "class": identity.class(),
            "vault": desk.protection(),
        },
        "certificates": {
            "key_in_use_ends": time_text(key.not_after),
            "last_key_ends": time_text(desk.keys_end()),
            "centre_authority": identity.centre_ca.as_ref().map(|pem| pem.matches("BEGIN CERTIFICATE").count()),
        },
        "line": {
            "state": status.line.state,
            "since": status.line.since,
            "last_contact": status.line.last_contact,
            "reason": code(&status.line.reason),
        },
        "clock": {
            "wall": time_text(reading.wall),
            "ahead_of_centre_ms": heartbeat.clock_ahead_ms,
            "set_back": reading.set_back,
            "centre_time_in_this_boot": reading.is_centre_time,
        },
        "disk_free_bytes": heartbeat.disk_free,
        "queue": queue(desk, operator, heartbeat.oldest_waiting).await?,
        "blocked": {
            "issuing": code(&status.issuing_blocked),
            "clock": code(&status.clock),
            "centre_rewritten": code(&status.centre_rewritten),
            "certificate_ends": code(&status.certificate_ends),
            "program_ends": desk.issue.program_ends(),
        },
        "devices": devices,
    }))
}

async fn queue(desk: &Desk, operator: &Operator, oldest: Option<At>) -> Result<Value, Failure> {
    let count = async |filter| -> Result<u64, Failure> {
        Ok(u64::from(desk.lists.queue.page(operator, filter, "", NO_ROWS).await?.total))
    };
    Ok(json!({
        "oldest_waiting": oldest.map(time_text),
        "pending": count(QueueFilter::Pending).await?,
        "received": count(QueueFilter::Received).await?,
        "accepted": count(QueueFilter::Decided(ReceiptOutcome::Accepted)).await?,
        "conflict": count(QueueFilter::Decided(ReceiptOutcome::Conflict)).await?,
        "rejected": count(QueueFilter::Decided(ReceiptOutcome::Rejected)).await?,
        "open_conflicts": desk.counts.open_conflicts().await?,
    }))
}

/// Returns the name of the system and its kernel.
fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    redact::line(&format!("{}, {}", name.unwrap_or("unknown").trim_matches('"'), kernel.trim()))
}

fn settings(config: &DeskConfig) -> String {
    let value = toml::Value::try_from(config).map(redact::settings);
    value.ok().and_then(|value| toml::to_string_pretty(&value).ok()).unwrap_or_default()
}

/// Returns the journal: counts by what was done and how it came out, then the newest lines. Who did
/// it, for whom and in which case stays here.
async fn journal(desk: &Desk, operator: &Operator) -> Result<String, Failure> {
    let since = desk.read_clock().at.plus_ms(-COUNTED_DAYS * 24 * 60 * 60 * 1000);
    let outline = desk.lists.audit.outline(operator, since, JOURNAL_LINES).await?;
    let mut text = format!("# {COUNTED_DAYS} days: how often, what, outcome\n");
    for (event, outcome, count) in &outline.counts {
        let _ = writeln!(text, "{count}\t{}\t{}", word(event), redact::line(outcome));
    }
    let _ = writeln!(text, "# newest {JOURNAL_LINES}: when, what, outcome");
    for (at, event, outcome) in &outline.newest {
        let _ = writeln!(text, "{}\t{}\t{}", time_text(*at), word(event), redact::line(outcome));
    }
    Ok(text)
}

fn word(event: &desk::store::audit::Event) -> String {
    serde_json::to_value(event).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
