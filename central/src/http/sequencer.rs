//! Background task that moves events into the audit log and signs its head (D2).

use super::state::Centre;
use crate::{
    clock,
    store::{StoreError, postgres::Appended},
};
use rules::{
    audit::TreeHead,
    keys::{Signed, Signer as _},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Interval of looks for events.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Appends events until the process ends, and once more then.
pub(super) async fn run(centre: Arc<Centre>, ends: CancellationToken) {
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watch = Watch::default();
    while ends.run_until_cancelled(tick.tick()).await.is_some() {
        turn(&centre, &mut watch).await;
    }
    turn(&centre, &mut watch).await;
}

/// What this process remembers of the log, since the database may forget.
#[derive(Default)]
struct Watch {
    newest: Option<TreeHead>,
    /// Whether the present trouble was told already.
    is_told: bool,
}

async fn turn(centre: &Centre, watch: &mut Watch) {
    let root = centre.keys.root.public_key();
    let sign = |head| Signed::sign(head, &*centre.keys.root).map_err(|_| StoreError::Range("audit head"));
    loop {
        match centre.store.append_events(&root, clock::now(), sign).await {
            Ok(appended) => {
                let more = appended.more;
                note(&appended, watch);
                if !more {
                    return;
                }
            }
            Err(error) => {
                tracing::error!(%error, "audit events could not be appended; trying again");
                return;
            }
        }
    }
}

fn note(appended: &Appended, watch: &mut Watch) {
    metrics::counter!("central_audit_leaves_total")
        .increment(u64::try_from(appended.leaves).unwrap_or(u64::MAX));
    for kind in &appended.refused {
        tracing::error!(kind, "audit event without a seal of this centre: was the database edited?");
    }
    if let Some(broken) = appended.broken {
        if !watch.is_told {
            tracing::error!(%broken, "the audit log was edited; nothing is appended");
        }
        watch.is_told = true;
        return;
    }
    let Some(head) = &appended.head else { return };
    let is_behind = watch.newest.as_ref().is_some_and(|newest| head.size < newest.size);
    if is_behind && !watch.is_told {
        tracing::error!(size = head.size, "the audit log has shrunk: was an older database put back?");
    }
    watch.is_told = false;
    watch.newest = Some(head.clone());
}
