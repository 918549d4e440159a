//! `visit`: lists the kits of home visits (上门服务).

use super::{CommandContext, say};
use crate::{clock, store::postgres::ListedVisit};
use clap::Subcommand;
use rules::At;

/// Days that are listed without `--days`.
const DAYS: u16 = 7;

#[derive(Debug, Subcommand)]
pub(super) enum VisitCommand {
    /// List kits that are out, and those taken lately, oldest first, tab-separated.
    List {
        /// Days to look back.
        #[arg(long, default_value_t = DAYS)]
        days: u16,
    },
}

pub(super) async fn run(context: &CommandContext<'_>, command: VisitCommand) -> anyhow::Result<()> {
    let VisitCommand::List { days } = command;
    let now = clock::now();
    let since = now.plus_ms(-i64::from(days) * 24 * 60 * 60 * 1000);
    say(format_args!("site\tdevice\tstaff\ttaken\tends\tpeople\tstate\tserved\tsheets missing\tvisit"))?;
    for visit in context.store.visits(since).await? {
        say(format_args!("{}", line(&visit, now)))?;
    }
    Ok(())
}

fn line(visit: &ListedVisit, now: At) -> String {
    let minute = |at: i64| At(at).civil().strftime("%Y-%m-%d %H:%M").to_string();
    let number = |number: Option<i32>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let state = match (visit.returned_at, visit.lost_at) {
        (Some(at), _) => format!("returned {}", minute(at)),
        (None, Some(at)) => format!("lost {}", minute(at)),
        (None, None) if visit.ends_at <= now.0 => "overdue".to_owned(),
        (None, None) => "out".to_owned(),
    };
    [
        visit.site.to_string(),
        visit.device.to_string(),
        visit.operator.clone(),
        minute(visit.taken_at),
        minute(visit.ends_at),
        visit.people.to_string(),
        state,
        number(visit.served),
        number(visit.sheets_missing),
        visit.visit.to_string(),
    ]
    .join("\t")
}
