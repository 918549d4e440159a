//! The recovery storm: every desk comes back at once with its queue.

use crate::{
    data::Queue,
    desk::Desk,
    report::{line, percentile, rate, say},
};
use anyhow::{bail, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use central::{clock, store::postgres::PgStore};
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

/// What came of it.
pub(crate) struct Outcome {
    all_received: Duration,
    all_decided: Duration,
    push_times: Vec<Duration>,
    postponed: u64,
    server_errors: u64,
}

#[derive(Default)]
struct Counts {
    postponed: AtomicU64,
    server_errors: AtomicU64,
}

pub(crate) async fn run(
    url: &str,
    queues: Vec<Queue>,
    store: &PgStore,
    total: u64,
) -> anyhow::Result<Outcome> {
    let client =
        Client::builder().no_proxy().pool_max_idle_per_host(256).timeout(Duration::from_secs(60)).build()?;
    let counts = Arc::new(Counts::default());
    let begin = Instant::now();
    let mut desks = JoinSet::new();
    for queue in queues {
        let (client, url, counts) = (client.clone(), url.to_owned(), Arc::clone(&counts));
        desks.spawn(async move { come_back(&client, &url, queue, &counts).await });
    }
    let mut push_times = Vec::new();
    while let Some(done) = desks.join_next().await {
        push_times.extend(done??);
    }
    let all_received = begin.elapsed();
    loop {
        let decided: Option<i64> = sqlx::query_scalar("SELECT sum(applied_through)::bigint FROM apply_head")
            .fetch_one(store.pool())
            .await?;
        if decided.is_some_and(|decided| decided.unsigned_abs() >= total) {
            break;
        }
        ensure!(
            begin.elapsed() < Duration::from_secs(600),
            "the storm does not drain: {decided:?} of {total}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(Outcome {
        all_received,
        all_decided: begin.elapsed(),
        push_times,
        postponed: counts.postponed.load(Ordering::Relaxed),
        server_errors: counts.server_errors.load(Ordering::Relaxed),
    })
}

/// Authenticates and pushes everything; returns how long each accepted push took.
async fn come_back(
    client: &Client,
    url: &str,
    queue: Queue,
    counts: &Counts,
) -> anyhow::Result<Vec<Duration>> {
    let assertion = assertion(&queue.desk)?;
    let token: TokenResponse = serde_json::from_slice(
        &patiently(client, counts, &format!("{url}/v1/auth/device"), None, &DeviceAuthRequest { assertion })
            .await?
            .0,
    )?;
    let mut times = Vec::new();
    for request in &queue.requests {
        let (body, time) =
            patiently(client, counts, &format!("{url}/v1/sync/push"), Some(token.token.expose()), request)
                .await?;
        let response: PushResponse = serde_json::from_slice(&body)?;
        ensure!(response.received_through == last(request), "not all was received");
        times.push(time);
    }
    Ok(times)
}

fn last(request: &PushRequest) -> u64 {
    request.batch.ops.last().map_or(0, |operation| operation.seq)
}

fn assertion(desk: &Desk) -> anyhow::Result<String> {
    let claims = DeviceAssertion {
        device: desk.device,
        epoch: desk.epoch,
        issued_at: clock::now(),
        nonce: uuid::Uuid::new_v4(),
    };
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims)?);
    let signature = desk.key.sign(text.as_bytes())?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Sends until it is taken, waiting as the centre says. The time is that of the attempt that was taken.
async fn patiently<T: serde::Serialize>(
    client: &Client,
    counts: &Counts,
    url: &str,
    token: Option<&str>,
    body: &T,
) -> anyhow::Result<(Vec<u8>, Duration)> {
    let body = serde_json::to_vec(body)?;
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

impl Outcome {
    pub(crate) fn print(&self, total: u64, copied: Duration) -> anyhow::Result<()> {
        say("storm, all received", total, self.all_received)?;
        say("storm, all decided", total, self.all_decided)?;
        let mut times = self.push_times.clone();
        line(&format!(
            "push: p50 {:?}, p99 {:?}; told to come back {} times; 5xx: {}",
            percentile(&mut times, 50),
            percentile(&mut times, 99),
            self.postponed,
            self.server_errors
        ))?;
        let ratio = rate(total, self.all_received) / rate(total, copied);
        line(&format!("ingest over COPY: {ratio:.2} (goal 0.5, while the same two cores decide)"))
    }

    /// Zero lost, zero doubled, zero 5xx.
    pub(crate) async fn check(&self, store: &PgStore, total: u64) -> anyhow::Result<()> {
        let count = async |statement: &'static str| -> anyhow::Result<u64> {
            let found: i64 = sqlx::query_scalar(statement).fetch_one(store.pool()).await?;
            Ok(found.unsigned_abs())
        };
        let logged = count("SELECT count(*) FROM op_log").await?;
        let results = count("SELECT count(*) FROM op_result").await?;
        let issued = count("SELECT count(*) FROM op_result WHERE verdict LIKE '%applied%apply%'").await?;
        let duplicates =
            count("SELECT count(*) FROM op_result WHERE verdict LIKE '%duplicate_same_day%'").await?;
        let live = count("SELECT count(*) FROM code WHERE state = 0").await?;
        let holders = count("SELECT count(DISTINCT (bucket, citizen_ref)) FROM code WHERE state = 0").await?;
        line(&format!(
            "logged {logged}, decided {results}; issued {issued}, same-day duplicates {duplicates}; live {live}"
        ))?;
        ensure!(logged == total && results == total, "operations were lost or doubled");
        ensure!(issued + duplicates == total / 2, "some issue got another verdict");
        ensure!(live == holders && live == issued, "somebody has two live codes");
        ensure!(self.server_errors == 0, "the centre failed");
        Ok(())
    }
}
