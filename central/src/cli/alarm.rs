//! `alarm`: lists what somebody must look at (N-4).

use super::{CommandContext, say};
use crate::clock;
use clap::Subcommand;
use rules::At;

/// Days that are listed without `--days`.
const DAYS: u16 = 7;

#[derive(Debug, Subcommand)]
pub(super) enum AlarmCommand {
    /// List alarms, oldest first, tab-separated.
    List {
        /// Days to look back.
        #[arg(long, default_value_t = DAYS)]
        days: u16,
    },
}

pub(super) async fn run(context: &CommandContext<'_>, command: AlarmCommand) -> anyhow::Result<()> {
    let AlarmCommand::List { days } = command;
    let since = clock::now().plus_ms(-i64::from(days) * 24 * 60 * 60 * 1000);
    say(format_args!("at\tkind\tdevice\tstaff\tdetail"))?;
    for alarm in context.store.alarms(since).await? {
        let at = At(alarm.at).civil().strftime("%Y-%m-%d %H:%M:%S").to_string();
        let device = alarm.device.map_or_else(|| "-".to_owned(), |device| device.to_string());
        let (kind, staff) = (&alarm.kind, alarm.staff.as_deref().unwrap_or("-"));
        say(format_args!("{at}\t{kind}\t{device}\t{staff}\t{}", alarm.detail))?;
    }
    Ok(())
}
