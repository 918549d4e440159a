//! Verification load.

use crate::{
    desk::Desk,
    lookup::pgbench,
    report::{line, percentile},
};
use anyhow::ensure;
use central::{keys::Keys, store::postgres::PgStore};
use reqwest::Client;
use rig::postgres::Postgres;
use rules::{
    At,
    life::Serial,
    payload::{self, Claims},
    wire::{VerifyAnswer, VerifyRequest, VerifyResponse},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Sheets that are scanned, over and over, as at the gate of a market.
const SHEETS: i64 = 2_000;

pub(crate) async fn measure(
    url: &str,
    postgres: &Postgres,
    store: &PgStore,
    keys: &Keys,
    time: Duration,
    scanners: usize,
) -> anyhow::Result<()> {
    let codes: i64 = sqlx::query_scalar("SELECT count(*) FROM code").fetch_one(store.pool()).await?;
    let sample: Vec<(Vec<u8>, i64)> = sqlx::query_as(
        "SELECT serial, issued_at FROM code WHERE state = 0 AND substr(serial, 2, 4) <> '\\xffffffff' ORDER BY serial LIMIT $1",
    )
    .bind(SHEETS)
    .fetch_all(store.pool())
    .await?;
    let mut serials = Vec::new();
    let mut requests = Vec::new();
    for (serial, issued_at) in sample {
        let serial = Serial(serial.try_into().map_err(|_| anyhow::anyhow!("serial"))?);
        let text = sheet(serial, At(issued_at), keys)?;
        serials.push(serial);
        requests.push(serde_json::to_vec(&VerifyRequest {
            payload: text,
            scanner: String::new(),
            place: "北门".to_owned(),
        })?);
    }
    ensure!(!requests.is_empty(), "there is no live code to scan");
    let looked_up = pgbench(&postgres.url(), &serials, scanners, time).await?;
    let requests = Arc::new(requests);
    // Once through, so that the rate is that of sheets seen before; the first scan of a sheet also checks its signature.
    let first = scan(url, &requests, scanners, None).await?;
    let again = scan(url, &requests, scanners, Some(time)).await?;
    line(&format!("verification with {codes} codes: pgbench {looked_up:.0}/s by primary key"))?;
    for (what, mut rate) in [("first scans", first), ("scans", again)] {
        let share = rate.per_second / looked_up;
        let p99 = percentile(&mut rate.times, 99);
        line(&format!("  {what}: {:.0}/s = {share:.2} of it, p99 {p99:?}", rate.per_second))?;
    }
    Ok(())
}

/// The symbol of a sheet, signed by the desk that made its serial.
fn sheet(serial: Serial, issued_at: At, keys: &Keys) -> anyhow::Result<String> {
    let claims = Claims {
        issuer: "SHSSM".to_owned(),
        issued_at,
        expires_at: issued_at.plus_ms(180 * 24 * 60 * 60 * 1000),
        serial,
        masked_name: "王**".to_owned(),
        masked_number: "310***********1234".to_owned(),
        class: keys.class,
    };
    Ok(payload::encode(&claims, &Desk::new(serial.device(), 1).key)?)
}

struct Rate {
    per_second: f64,
    times: Vec<Duration>,
}

/// Scans every sheet once (`None`) or for a time.
async fn scan(
    url: &str,
    requests: &Arc<Vec<Vec<u8>>>,
    scanners: usize,
    time: Option<Duration>,
) -> anyhow::Result<Rate> {
    let client = Client::builder().no_proxy().pool_max_idle_per_host(64).build()?;
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for scanner in 0..scanners {
        let (client, url, requests) = (client.clone(), format!("{url}/v1/verify"), Arc::clone(requests));
        tasks.spawn(async move {
            let mut times = Vec::new();
            for (round, index) in (scanner..).step_by(scanners).enumerate() {
                let is_over = time.map_or(index >= requests.len(), |time| begin.elapsed() >= time);
                if is_over {
                    break;
                }
                // Each scanner keeps to its rate: a hundred at a time stand for one gate.
                let name = format!("\"scanner\":\"gate {scanner}-{}-{}\"", round / 100, time.is_some());
                let body = String::from_utf8(requests[index % requests.len()].clone())?
                    .replace("\"scanner\":\"\"", &name);
                let begin = Instant::now();
                let response =
                    client.post(&url).header("content-type", "application/json").body(body).send().await?;
                let answer: VerifyResponse =
                    serde_json::from_slice(&response.error_for_status()?.bytes().await?)?;
                ensure!(answer.answer == VerifyAnswer::Valid, "a live code is {:?}", answer.answer);
                times.push(begin.elapsed());
            }
            Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    let count = u32::try_from(times.len())?;
    Ok(Rate { per_second: f64::from(count) / begin.elapsed().as_secs_f64(), times })
}

/// Adds codes of people who are not in this test, so that the table is as large as a city's.
pub(crate) async fn add_codes(postgres: &Postgres, count: u64) -> anyhow::Result<()> {
    let statement = format!(
        "INSERT INTO code (bucket, serial, citizen_ref, state, issued_at, valid_through, copies)
         SELECT i % 256, set_byte('\\x00ffffffff'::bytea || substr(sha256(i::text::bytea), 1, 11), 0, (i % 256)::integer),
                sha256(('c' || i)::bytea), 0, 0, 20991231, 1
         FROM generate_series(1, {count}) AS i"
    );
    postgres.query(&statement).await?;
    postgres.query("VACUUM ANALYZE code").await?;
    Ok(())
}
