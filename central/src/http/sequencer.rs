//! Background task that moves events into the audit log and signs its head (D2).

use super::state::Centre;
use crate::{
    alarm::{Alarm, AlarmKind},
    clock,
    store::postgres::Appended,
};
use rules::{At, audit::TreeHead};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Interval of looks for events.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longest time an event waits before somebody is told, in milliseconds: whoever holds the lock of
/// the log stops every process that would append.
const LATE_MS: i64 = 2 * 60 * 1000;

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
    /// Whether it was told that events wait.
    is_late_told: bool,
}

async fn turn(centre: &Centre, watch: &mut Watch) {
    append(centre, watch).await;
    match centre.store.steady(centre.store.waiting_since()).await.flatten() {
        Ok(since) => note_waiting(centre, since, watch).await,
        Err(error) => tracing::error!(%error, "audit events could not be looked for; trying again"),
    }
}

async fn append(centre: &Centre, watch: &mut Watch) {
    let sign = |head| centre.keys.sign(head, "audit head");
    loop {
        let appended = centre.store.append_events(&centre.keys.trust, clock::now(), sign);
        match centre.store.steady(appended).await.flatten() {
            Ok(appended) => {
                let more = appended.more;
                note(centre, &appended, watch).await;
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

/// Raises an alarm for what is wrong with the log; the same trouble is told once.
async fn note(centre: &Centre, appended: &Appended, watch: &mut Watch) {
    metrics::counter!("central_audit_leaves_total")
        .increment(u64::try_from(appended.leaves).unwrap_or(u64::MAX));
    for kind in &appended.refused {
        raise(centre, format!("event {kind} was not sealed here: the database was edited")).await;
    }
    let is_behind = match (&appended.head, &watch.newest) {
        (Some(head), Some(newest)) => head.size < newest.size,
        _ => false,
    };
    let trouble = match appended.broken {
        Some(broken) => Some(format!("{broken}; nothing is appended")),
        None if is_behind => Some("the log has shrunk: an older database was put back".to_owned()),
        None => None,
    };
    if let Some(trouble) = trouble.filter(|_| !watch.is_told) {
        raise(centre, trouble).await;
    }
    watch.is_told = appended.broken.is_some();
    if appended.head.is_some() {
        watch.newest.clone_from(&appended.head);
    }
}

/// Raises an alarm once for events that wait too long. A log that is broken was told already.
async fn note_waiting(centre: &Centre, since: Option<At>, watch: &mut Watch) {
    let late = since.filter(|since| clock::now().since_ms(*since) >= LATE_MS);
    if let Some(since) = late.filter(|_| !watch.is_told && !watch.is_late_told) {
        let since = since.civil().strftime("%Y-%m-%d %H:%M").to_string();
        raise(centre, format!("events wait to be appended since {since}: the log is held up")).await;
    }
    watch.is_late_told = late.is_some();
}

async fn raise(centre: &Centre, detail: String) {
    let alarm = Alarm { at: clock::now(), kind: AlarmKind::AuditLog, device: None, staff: None, detail };
    if let Err(error) = centre.store.raise(&alarm).await {
        tracing::error!(%error, "alarm could not be written");
        alarm.tell();
    }
}
