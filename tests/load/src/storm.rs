//! The recovery storm: every desk comes back at once with its outbox.

use crate::{
    Place,
    fleet::{Fleet, Queue},
    report::{line, percentile, say},
};
use anyhow::{bail, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use central::clock;
use central_fixture::desk::Desk;
use reqwest::{Client, StatusCode, header::RETRY_AFTER};
use rules::{
    keys::Signer as _,
    wire::{DeviceAssertion, DeviceAuthRequest, PushRequest, PushResponse, TokenResponse},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Time after which a storm that does not drain is given up.
const GIVEN_UP: Duration = Duration::from_secs(900);

/// Times of receiving the whole storm.
pub(crate) struct Received {
    pub(crate) time: Duration,
    push_times: Vec<Duration>,
    postponed: u64,
}

/// Times of receiving and deciding the whole storm.
pub(crate) struct Outcome {
    received: Received,
    decided: Duration,
}

#[derive(Default)]
struct Counts {
    postponed: AtomicU64,
    server_errors: AtomicU64,
}

pub(crate) async fn run(place: &Place, fleet: &Fleet) -> anyhow::Result<Outcome> {
    let ready = ready(fleet)?;
    let begin = Instant::now();
    let received = receive(&place.centre.central.url(), ready).await?;
    until_decided(place, fleet).await?;
    Ok(Outcome { received, decided: begin.elapsed() })
}

/// Returns all outboxes in the form they are sent.
pub(crate) fn ready(fleet: &Fleet) -> anyhow::Result<Vec<Ready>> {
    fleet.queues.iter().map(Ready::of).collect()
}

/// Sends every outbox.
pub(crate) async fn receive(url: &str, queues: Vec<Ready>) -> anyhow::Result<Received> {
    let client = Client::builder().no_proxy().pool_max_idle_per_host(256).timeout(Duration::from_secs(60));
    let client = client.build()?;
    let counts = Arc::new(Counts::default());
    let begin = Instant::now();
    let mut desks = JoinSet::new();
    for ready in queues {
        let (client, url, counts) = (client.clone(), url.to_owned(), Arc::clone(&counts));
        desks.spawn(async move { come_back(&client, &url, ready, &counts).await });
    }
    let mut push_times = Vec::new();
    while let Some(done) = desks.join_next().await {
        push_times.extend(done??);
    }
    let time = begin.elapsed();
    let server_errors = counts.server_errors.load(Ordering::Relaxed);
    ensure!(server_errors == 0, "the centre failed {server_errors} times");
    Ok(Received { time, push_times, postponed: counts.postponed.load(Ordering::Relaxed) })
}

/// Returns how many operations of the fleet are decided.
pub(crate) async fn decided(place: &Place, fleet: &Fleet) -> anyhow::Result<u64> {
    let rows = fleet.rows();
    place
        .centre
        .count(&format!("SELECT coalesce(sum(applied_through), 0) FROM apply_head WHERE {rows}"))
        .await
}

pub(crate) async fn until_decided(place: &Place, fleet: &Fleet) -> anyhow::Result<()> {
    let begin = Instant::now();
    loop {
        let decided = decided(place, fleet).await?;
        if decided >= fleet.plan.total() {
            return Ok(());
        }
        ensure!(begin.elapsed() < GIVEN_UP, "the storm does not drain: {decided}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Requests of a desk, serialised in advance.
pub(crate) struct Ready {
    assertion: String,
    pushes: Vec<(Vec<u8>, u64)>,
}

impl Ready {
    fn of(queue: &Queue) -> anyhow::Result<Self> {
        let push = |request: &PushRequest| {
            let last = request.batch.ops.last().map_or(0, |operation| operation.seq);
            Ok((serde_json::to_vec(request)?, last))
        };
        let pushes = queue.requests.iter().map(push).collect::<anyhow::Result<_>>()?;
        Ok(Self { assertion: assertion(&queue.desk)?, pushes })
    }
}

/// Authenticates and pushes everything. Returns how long each accepted push took.
async fn come_back(
    client: &Client,
    url: &str,
    ready: Ready,
    counts: &Counts,
) -> anyhow::Result<Vec<Duration>> {
    let request = serde_json::to_vec(&DeviceAuthRequest {
        assertion: ready.assertion,
        certificate: None,
        desk_number: None,
    })?;
    let (body, _) = patiently(client, counts, &format!("{url}/v1/auth/device"), None, request).await?;
    let token: TokenResponse = serde_json::from_slice(&body)?;
    let mut times = Vec::new();
    for (body, last) in ready.pushes {
        let url = format!("{url}/v1/sync/push");
        let (body, time) = patiently(client, counts, &url, Some(token.token.expose()), body).await?;
        let response: PushResponse = serde_json::from_slice(&body)?;
        ensure!(response.received_through == last, "not all was received");
        times.push(time);
    }
    Ok(times)
}

fn assertion(desk: &Desk) -> anyhow::Result<String> {
    let claims = DeviceAssertion {
        device: desk.device,
        epoch: desk.epoch,
        issued_at: clock::now(),
        nonce: uuid::Uuid::new_v4(),
        audit: None,
        earlier: None,
        heartbeat: None,
    };
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims)?);
    let signature = desk.key.sign(text.as_bytes())?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Sends a request until it is accepted, waiting as the centre says. Returns the time of
/// the accepted attempt.
async fn patiently(
    client: &Client,
    counts: &Counts,
    url: &str,
    token: Option<&str>,
    body: Vec<u8>,
) -> anyhow::Result<(Vec<u8>, Duration)> {
    loop {
        let begin = Instant::now();
        let mut request = client.post(url).header("content-type", "application/json").body(body.clone());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await?;
        match response.status() {
            StatusCode::OK => return Ok((response.bytes().await?.to_vec(), begin.elapsed())),
            StatusCode::TOO_MANY_REQUESTS => {
                counts.postponed.fetch_add(1, Ordering::Relaxed);
                let told =
                    response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
                tokio::time::sleep(Duration::from_secs(told.unwrap_or(1))).await;
            }
            status if status.is_server_error() => {
                counts.server_errors.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            status => bail!("{url}: {status} {}", response.text().await?),
        }
    }
}

impl Received {
    pub(crate) fn print(&self, what: &str, total: u64) -> anyhow::Result<()> {
        say(what, total, self.time)?;
        let mut times = self.push_times.clone();
        line(&format!(
            "  push of up to 200: p50 {:?}, p99 {:?}; told to come back {} times",
            percentile(&mut times, 50),
            percentile(&mut times, 99),
            self.postponed,
        ))
    }
}

impl Outcome {
    pub(crate) fn print(&self, what: &str, total: u64) -> anyhow::Result<()> {
        self.received.print(&format!("{what}, all received"), total)?;
        say(&format!("{what}, all decided"), total, self.decided)
    }
}

/// Checks that nothing is lost or doubled: each operation is logged and decided once, and nobody
/// has two live codes.
pub(crate) async fn check(place: &Place, fleet: &Fleet) -> anyhow::Result<()> {
    let (rows, total) = (fleet.rows(), fleet.plan.total());
    let count = async |what: String| place.centre.count(&format!("SELECT count(*) FROM {what}")).await;
    let logged = count(format!("op_log WHERE {rows}")).await?;
    let results = count(format!("op_result WHERE {rows}")).await?;
    let issued = count(format!("op_result WHERE {rows} AND verdict LIKE '%applied%apply%'")).await?;
    let twice = count(format!("op_result WHERE {rows} AND verdict LIKE '%duplicate_same_day%'")).await?;
    let codes = format!(
        "code WHERE state = 0 AND substr(serial, 2, 4) BETWEEN int4send({}) AND int4send({})",
        fleet.first,
        fleet.first + fleet.plan.desks - 1
    );
    let live = count(codes.clone()).await?;
    let holders = count(format!("(SELECT DISTINCT bucket, citizen_ref FROM {codes}) AS holders")).await?;
    line(&format!(
        "  logged {logged}, decided {results}; issued {issued}, same-day duplicates {twice}; live codes {live}"
    ))?;
    ensure!(logged == total && results == total, "operations were lost or doubled");
    ensure!(issued + twice == total / 2, "some issue got another verdict");
    ensure!(live == holders && live == issued, "somebody has two live codes");
    // A 5xx would have ended the run before.
    line("  lost 0, doubled 0, 5xx 0")
}
