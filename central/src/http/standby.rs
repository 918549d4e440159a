//! Background task that goes over to a standby which was promoted.

use super::state::Centre;
use crate::store::postgres::ServerState;
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Interval of looks at the servers: about as long as a promotion goes unnoticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks which server is the primary, until the process ends.
pub(super) async fn watch(centre: Arc<Centre>, ends: CancellationToken) {
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = Vec::new();
    while ends.run_until_cancelled(tick.tick()).await.is_some() {
        let look = centre.store.look_at_servers().await;
        if let Some(place) = &look.moved_to {
            tracing::warn!(%place, "another server is the primary now; everything is begun there again");
            metrics::counter!("central_database_moves_total").increment(1);
        }
        for name in ServerState::NAMES {
            let count = look.servers.iter().filter(|server| server.state.name() == name).count();
            metrics::gauge!("central_database_servers", "state" => name)
                .set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        }
        let states: Vec<&'static str> = look.servers.iter().map(|server| server.state.name()).collect();
        if states != before {
            for server in &look.servers {
                tracing::info!(place = %server.place, state = server.state.name(), "server of the database");
            }
            if states.iter().filter(|state| **state == "primary").count() > 1 {
                tracing::error!("an old primary takes writes again: stop it, and make it a standby");
            }
            before = states;
        }
    }
}
