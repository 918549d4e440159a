//! People per hour of a client, and what is recorded of its log-ins (N-3).

use super::super::{
    answer::{Answer, Refused},
    state::Centre,
};
use crate::{
    clock,
    store::postgres::{ChannelClient, Login},
};
use rules::{op::CitizenRef, wire::Channel};

/// Milliseconds of the hour in which people are counted.
const HOUR_MS: i64 = 60 * 60 * 1000;

/// Counts a person before anything about them is shown. Refuses the call when the client has
/// reached its people for this hour.
pub(super) async fn admit(centre: &Centre, client: &ChannelClient, person: &CitizenRef) -> Answer<()> {
    let limits = &centre.config.limits;
    let limit = match client.channel {
        Channel::Portal => limits.portal_people_per_hour,
        Channel::Kiosk | Channel::Counter => limits.kiosk_people_per_hour,
    };
    let now = clock::now();
    if centre.store.count_person(&client.name, person, limit, now).await? {
        return Ok(());
    }
    warn(centre, client, "people_per_hour").await?;
    let wait_s = (HOUR_MS - now.0.rem_euclid(HOUR_MS)).unsigned_abs().div_ceil(1_000);
    Err(Refused::busy(wait_s))
}

/// Records a refusal that somebody should look at: as a metric, in a row, in the log at the first
/// of an hour, and as an alarm at the first above the threshold.
pub(super) async fn warn(centre: &Centre, client: &ChannelClient, reason: &'static str) -> Answer<()> {
    metrics::counter!("central_channel_refusals_total", "reason" => reason).increment(1);
    let alarms = &centre.config.alarms;
    let limit = match client.channel {
        Channel::Portal => alarms.portal_refusals_per_hour,
        Channel::Kiosk | Channel::Counter => alarms.kiosk_refusals_per_hour,
    };
    if centre.store.note_channel_refusal(client, reason, limit, clock::now()).await? == 1 {
        tracing::warn!(client = client.name, site = client.site.as_str(), reason, "channel client refused");
    }
    Ok(())
}

/// Records a log-in, with its outcome.
pub(super) async fn note(centre: &Centre, login: &Login<'_>) -> Answer<()> {
    centre.store.note_login(login, clock::now()).await?;
    let Login { client, acting, holder, how, outcome } = login;
    // Audit trail: references, no personal data.
    tracing::info!(target: "audit", client, %acting, %holder, how, outcome, "channel log-in");
    Ok(())
}
