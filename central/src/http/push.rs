//! Desks push batches of operations.

use super::{
    answer::{Answer, Refused, UnreadBody},
    caller::Device,
    results::roll,
    state::Centre,
};
use crate::{
    clock,
    store::{
        Store as _,
        postgres::{Counted, Tally},
    },
    sync,
};
use axum::{Json, extract::State};
use rules::DeviceNumber;
use rules::wire::{ProtocolError, PushRequest, PushResponse};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::SemaphorePermit,
    time::{Instant, timeout},
};

/// Batches up to this size come from a person waiting at the window, so they are
/// answered with verdicts.
const WAITED_FOR: usize = 20;
/// Longest wait for those verdicts; the desk itself waits 2 s.
const WAIT: Duration = Duration::from_millis(1_500);
/// Interval of looks for verdicts by another process.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Operations a process decides per millisecond under load, for spreading desks.
const DECIDED_PER_MS: usize = 10;
/// Longest pause a desk is asked to make, in milliseconds.
const LONGEST_WAIT_MS: usize = 30_000;

/// Longest time a push waits in the queue.
const PERMIT_WITHIN: Duration = Duration::from_secs(5);

/// Acquires a permit to process a push. When all are taken, desks queue; when the queue is full,
/// they are told to come back after different times. Nothing of a push is read before it has one.
pub(super) async fn permit(centre: &Centre, device: DeviceNumber) -> Answer<SemaphorePermit<'_>> {
    if let Ok(permit) = centre.push_permits.try_acquire() {
        return Ok(permit);
    }
    let position = QueuePosition::begin(centre);
    if position.before < centre.config.limits.pushes_in_line
        && let Ok(Ok(permit)) = timeout(PERMIT_WITHIN, centre.push_permits.acquire()).await
    {
        return Ok(permit);
    }
    metrics::counter!("central_pushes_postponed_total").increment(1);
    // An odd multiplier spreads neighbouring device numbers far apart.
    Err(Refused::busy(1 + u64::from(device.0.wrapping_mul(2_654_435_761) >> 29)))
}

/// The queue position of one push, held until dropped.
struct QueuePosition<'a> {
    centre: &'a Centre,
    before: usize,
}

impl<'a> QueuePosition<'a> {
    fn begin(centre: &'a Centre) -> Self {
        Self { centre, before: centre.in_line.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for QueuePosition<'_> {
    fn drop(&mut self) {
        self.centre.in_line.fetch_sub(1, Ordering::Relaxed);
    }
}

#[utoipa::path(post, path = "/v1/sync/push", tag = "sync", security(("desk" = [])), request_body = PushRequest,
    responses((status = 200, body = PushResponse), super::responses::KnownCaller, super::responses::AnyCall))]
pub(super) async fn push(
    State(centre): State<Arc<Centre>>,
    Device(device): Device,
    body: UnreadBody,
) -> Answer<Json<PushResponse>> {
    let permit = permit(&centre, device.device).await?;
    let request: PushRequest = body.read()?;
    let (of, epoch) = (request.batch.device, request.batch.epoch);
    let received_through = take(&centre, &request, device.device).await;
    drop(permit);
    let received_through = received_through?;
    let count = request.batch.ops.len();
    let last = request.batch.ops.last().map_or(0, |operation| operation.seq);
    let applied_through = decided(&centre, of, epoch, last, count).await?;
    let after = request.batch.first_seq.saturating_sub(1);
    let results = if applied_through > after { roll(&centre, of, epoch, after, count).await? } else { None };
    Ok(Json(PushResponse {
        received_through,
        applied_through,
        results,
        server_time: clock::now(),
        next_after_ms: next_after_ms(&centre, device.device),
    }))
}

/// Takes a batch of the desk that signed it, which the desk `caller` hands in. Returns the last
/// sequence number that is durable.
pub(super) async fn take(centre: &Centre, request: &PushRequest, caller: DeviceNumber) -> Answer<u64> {
    let (device, epoch) = (request.batch.device, request.batch.epoch);
    let taken = sync::push(&centre.store, &centre.rulebook, request, clock::now()).await;
    if let Err(sync::PushError::Protocol(ProtocolError::Quarantined)) = &taken {
        metrics::counter!("central_quarantines_total").increment(1);
        tracing::error!(device = device.0, epoch, "desk quarantined: disk restored or copied");
    }
    // No desk in order sends one. The caller is counted: a batch may be in any desk's name.
    if let Err(sync::PushError::Protocol(ProtocolError::Malformed)) = &taken {
        tracing::warn!(
            device = caller.0,
            of = device.0,
            epoch,
            "batch refused: signature, chain or form is wrong"
        );
        centre.store.count(Tally::Malformed, &Counted::Device(caller), clock::now()).await?;
    }
    let received_through = taken?;
    let count = request.batch.ops.len();
    metrics::counter!("central_operations_received_total").increment(u64::try_from(count).unwrap_or(0));
    centre.note_taken(count);
    Ok(received_through)
}

/// Waits briefly for the verdicts of a small batch. Returns the last decided sequence number.
async fn decided(centre: &Centre, device: DeviceNumber, epoch: u32, last: u64, count: usize) -> Answer<u64> {
    let until = Instant::now() + WAIT;
    let mut generation = centre.decided.subscribe();
    loop {
        let through = centre.store.decided_through(device, epoch).await?;
        if through >= last || count > WAITED_FOR || Instant::now() >= until {
            return Ok(through);
        }
        // Whether notified or timed out, the loop looks again: another process may have decided.
        let _ = timeout(LOOK_AGAIN, generation.changed()).await;
    }
}

/// Returns how long a desk should pause, so that desks spread out while the backlog is large.
fn next_after_ms(centre: &Centre, device: DeviceNumber) -> u32 {
    let backlog = centre.backlog.load(Ordering::Relaxed);
    let over = backlog.saturating_sub(centre.config.limits.backlog);
    let base = (over / DECIDED_PER_MS).min(LONGEST_WAIT_MS);
    let spread = usize::try_from(device.0.wrapping_mul(2_654_435_761) % 1_000).unwrap_or(0) * base / 1_000;
    u32::try_from(base + spread).unwrap_or(u32::MAX)
}
