//! `desk list`: the fleet, one desk a line, with what each said of itself last.

use super::{CommandContext, say};
use crate::{
    fleet::{DeskProblem, Expected},
    store::postgres::{DeskState, ListedDesk},
};
use rules::{
    At, Language,
    wire::{DeviceTrouble, Heartbeat},
};

const HEADER: &str = "device\tsite\twindow\tepoch\treceived\twaiting\tkey\tcertificate until\tlast contact\tstate\tname\t\
                      program\tat the desk\toldest\tfree disk\tclock\tdevices\tproblems";

/// Prints the desks, or those with one of these problems.
pub(super) async fn print(context: &CommandContext<'_>, only: &[DeskProblem], now: At) -> anyhow::Result<()> {
    let required = context.store.required_program().await?;
    let expected = Expected { config: context.config, required, now };
    say(format_args!("{HEADER}"))?;
    for desk in context.store.desks().await? {
        let problems = expected.problems(&desk);
        if only.is_empty() || only.iter().any(|wanted| problems.contains(wanted)) {
            say(format_args!("{}", line(&desk, &problems, &expected)))?;
        }
    }
    Ok(())
}

fn line(desk: &ListedDesk, problems: &[DeskProblem], expected: &Expected<'_>) -> String {
    let none = || "-".to_owned();
    let state = desk.state(expected.config.alarms.silent_after_ms(), expected.now);
    let mut columns = vec![
        desk.device.to_string(),
        desk.site.to_string(),
        desk.desk_number.to_string(),
        desk.epoch.to_string(),
        desk.received.to_string(),
        desk.received.saturating_sub(desk.decided).to_string(),
        desk.protection.map_or("-", |protection| protection.label(Language::English)).to_owned(),
        desk.not_after.map_or_else(none, |end| end.day().to_string()),
        desk.last_contact.map_or_else(none, minute),
        standing(state),
        desk.name.clone(),
    ];
    match &desk.heartbeat {
        Some((_, heartbeat)) => columns.extend(told(heartbeat)),
        None => columns.extend(vec![none(); 6]),
    }
    columns.push(joined(problems.iter().map(|problem| problem.name().to_owned())));
    columns.join("\t")
}

/// Returns the columns of what a desk said.
fn told(heartbeat: &Heartbeat) -> [String; 6] {
    let trouble =
        |trouble: &DeviceTrouble| format!("{}: {}", trouble.device.label(Language::English), trouble.failure);
    [
        heartbeat.program.to_string(),
        heartbeat.waiting.to_string(),
        heartbeat.oldest_waiting.map_or_else(|| "-".to_owned(), minute),
        heartbeat.disk_free.map_or_else(|| "-".to_owned(), |free| format!("{} MiB", free >> 20)),
        format!("{:+} s", heartbeat.clock_ahead_ms / 1_000),
        joined(heartbeat.troubles.as_slice().iter().map(trouble)),
    ]
}

fn joined(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}

/// Returns the state of a desk as a security administrator reads it.
fn standing(state: DeskState) -> String {
    match state {
        DeskState::Revoked(at) => format!("out of service since {}", minute(at)),
        DeskState::Quarantined(at) => format!("quarantined since {}", minute(at)),
        DeskState::NotEnrolled => "not enrolled yet".to_owned(),
        DeskState::Silent(at) => format!("silent since {}", minute(at)),
        DeskState::AtWork => "at work".to_owned(),
    }
}

fn minute(at: At) -> String {
    at.civil().strftime("%Y-%m-%d %H:%M").to_string()
}
