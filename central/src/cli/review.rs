//! `review`: operations that somebody must look at, and what was decided on them (A3, A5, I4).

use super::{CommandContext, say};
use crate::{
    clock,
    machine::{Rulebook, apply},
    store::postgres::{PgStore, Review, ReviewDecision},
    sync::late::{self, Acceptance},
};
use anyhow::bail;
use clap::{ArgGroup, Subcommand};
use rules::{At, DeviceNumber};

#[derive(Debug, Subcommand)]
pub(super) enum ReviewCommand {
    /// List all operations for review, tab-separated, decided or not.
    List,
    /// Decide on an operation, for good.
    ///
    /// A late one that is accepted is decided again by the same rules and has its effect from now
    /// on. An unproven one can only be refused, because nobody's word stands behind it: what it
    /// meant to do is done again at a window, by somebody who may. Every other one stays as it was
    /// decided: the decision says whether it was found in order. A code that was not is voided at a
    /// window by a supervisor.
    #[command(group(ArgGroup::new("decision").required(true).args(["accept", "refuse"])))]
    Decide {
        /// Device number of the desk.
        device: DeviceNumber,
        /// Epoch of the enrolment.
        epoch: u32,
        /// Sequence number of the operation.
        seq: u64,
        /// It was done rightly. A late one is decided again, with effect.
        #[arg(long)]
        accept: bool,
        /// It was not done rightly. A late one stays without effect.
        #[arg(long)]
        refuse: bool,
        /// Reason for the decision, in words.
        #[arg(long)]
        reason: String,
    },
}

impl ReviewCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::List => ("review list", String::new()),
            Self::Decide { device, epoch, seq, accept, .. } => {
                let word = if *accept { "accept" } else { "refuse" };
                ("review decide", format!("{word} operation {device}/{epoch}/{seq}"))
            }
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: ReviewCommand) -> anyhow::Result<()> {
    let store = &context.store;
    match command {
        ReviewCommand::List => list(store).await,
        ReviewCommand::Decide { device, epoch, seq, accept, refuse: _, reason } => {
            if reason.trim().is_empty() {
                bail!("a decision needs a reason");
            }
            let by = context.by.staff().clone();
            let decision = ReviewDecision { accepted: accept, by, reason, at: clock::now() };
            let place = (device, epoch, seq);
            let is_decided = if accept {
                accepted(context, place, &decision).await?
            } else {
                store.decide_review(place, &decision).await?
            };
            if !is_decided {
                bail!("operation {seq} of desk {device}, epoch {epoch}, does not wait for a decision");
            }
            say(format_args!("decided"))
        }
    }
}

/// Accepts an operation: a late one is decided again. Returns `false` if it does not wait.
async fn accepted(
    context: &CommandContext<'_>,
    place: (DeviceNumber, u32, u64),
    decision: &ReviewDecision,
) -> anyhow::Result<bool> {
    let CommandContext { config, keys, store, .. } = context;
    let reviews = store.reviews().await?;
    let waits =
        |review: &&Review| (review.device, review.epoch, review.seq) == place && review.decision.is_none();
    let waits_as = |reason| reviews.iter().filter(waits).any(|review| review.reason == reason);
    if waits_as(apply::UNPROVEN) {
        bail!("nobody's word stands behind it: it can only be refused, and done again at a window");
    }
    if !waits_as(apply::LATE) {
        return Ok(store.decide_review(place, decision).await?);
    }
    let rulebook = Rulebook::new(config.policy.clone(), keys.class, &config.issuer, *keys.index);
    match late::accept(store, &rulebook, place, decision).await? {
        Acceptance::Applied => Ok(true),
        Acceptance::NotWaiting => Ok(false),
        Acceptance::Refused(verdict) => {
            let verdict = serde_json::to_string(&verdict)?;
            bail!("the rules do not allow it now: {verdict}; it still waits, and can be refused")
        }
    }
}

async fn list(store: &PgStore) -> anyhow::Result<()> {
    say(format_args!(
        "device\tepoch\tseq\treason\tdetail\tlisted\treceived\tdone\toperator\tkind\tdecision\tby\twhy"
    ))?;
    for review in store.reviews().await? {
        let Review { device, epoch, seq, reason, unproven, at, received_at, done, decision } = review;
        let detail = unproven.filter(|_| reason == apply::UNPROVEN);
        let detail = detail.unwrap_or_else(|| NOTHING.to_owned());
        let (listed, received) = (time(at), time(received_at));
        let nothing = || NOTHING.to_owned();
        let (at, operator, kind) = done.map_or_else(
            || (nothing(), nothing(), nothing()),
            |done| (time(done.at), done.operator.to_string(), done.kind),
        );
        let (decided, by, why) = decision.map_or_else(
            || (nothing(), nothing(), nothing()),
            |decision| {
                let word = if decision.accepted { "accepted" } else { "refused" };
                // One line a row, whatever was typed as the reason.
                let reason = decision.reason.replace(char::is_control, " ");
                (format!("{word} {}", time(decision.at)), decision.by.to_string(), reason)
            },
        );
        say(format_args!(
            "{device}\t{epoch}\t{seq}\t{reason}\t{detail}\t{listed}\t{received}\t{at}\t{operator}\t{kind}\t{decided}\t{by}\t{why}"
        ))?;
    }
    Ok(())
}

/// Sign of an empty column.
const NOTHING: &str = "-";

fn time(at: At) -> String {
    at.civil().strftime("%Y-%m-%d %H:%M").to_string()
}
