//! The baseline of ingest: COPY of the same rows into a table like the log, batch by
//! batch, each durable.

use crate::{Place, fleet::Fleet, people::settle, processor::Processor, report::say};
use central::machine::citizen::citizen_of;
use rules::op::Operation;
use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

/// Number of connections that copy.
const CONNECTIONS: usize = 4;

pub(crate) async fn baseline(place: &Place, fleet: &Fleet) -> anyhow::Result<(Duration, Processor)> {
    let pool = place.store.pool();
    sqlx::query("CREATE TABLE copied (LIKE op_log INCLUDING ALL)").execute(pool).await?;
    let batches: Vec<String> = fleet
        .queues
        .iter()
        .flat_map(|queue| &queue.requests)
        .map(|request| rows(&place.keys.index, &request.batch.ops))
        .collect::<anyhow::Result<_>>()?;
    let shares = batches.len().div_ceil(CONNECTIONS).max(1);
    settle(place).await?;
    let (begin, before) = (Instant::now(), Processor::now(place, None)?);
    let mut copies = tokio::task::JoinSet::new();
    for share in batches.chunks(shares) {
        let (share, pool) = (share.to_vec(), pool.clone());
        copies.spawn(async move {
            let mut connection = pool.acquire().await?;
            for batch in share {
                let mut copy = connection.copy_in_raw("COPY copied FROM STDIN").await?;
                copy.send(batch.into_bytes()).await?;
                copy.finish().await?;
            }
            Ok::<_, sqlx::Error>(())
        });
    }
    while let Some(copied) = copies.join_next().await {
        copied??;
    }
    let (time, took) = (begin.elapsed(), Processor::now(place, None)?.since(before));
    sqlx::query("DROP TABLE copied").execute(pool).await?;
    say("COPY of the same rows into an indexed log", fleet.plan.total(), time)?;
    took.print(fleet.plan.total())?;
    Ok((time, took))
}

fn rows(index_key: &[u8; 32], operations: &[Operation]) -> anyhow::Result<String> {
    let mut text = String::new();
    for operation in operations {
        let citizen = citizen_of(operation, index_key);
        let bucket = citizen.bucket();
        let json = serde_json::to_string(operation)?.replace('\\', "\\\\");
        writeln!(
            text,
            "{}\t{}\t{}\t{bucket}\t\\\\x{citizen}\t\\\\x{}\t0\t\\N\t{json}",
            operation.device, operation.epoch, operation.seq, operation.hash
        )?;
    }
    Ok(text)
}
