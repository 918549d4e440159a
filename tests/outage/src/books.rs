//! Comparison of the records of a desk and the centre, row by row.

use crate::{centre::Centre, window::Window};
use anyhow::{Context as _, ensure};
use desk::sync::log::Log as _;
use rules::{
    DeviceNumber,
    issuing::Trust,
    op::{BATCH_LIMIT, Operation},
    wire::Verdict,
};
use std::collections::BTreeMap;

/// All operations of the desk's current epoch, in order, each with the centre's verdict.
pub type Settled = Vec<(Operation, Verdict)>;

/// Compares the records of a desk and the centre, and returns all operations with their verdicts.
///
/// Every operation of the desk must be at the centre once, under its sequence number and hash, and
/// decided once. The desk must have the same verdict, with a receipt batch signed by the root key
/// that proves it. Nothing may wait, and both chains must be whole.
///
/// # Errors
/// The first difference found.
pub async fn agree(centre: &Centre, window: &Window) -> anyhow::Result<Settled> {
    ensure!(window.waiting().await? == 0, "something waits still");
    let operations = operations(window).await?;
    let author = window.desk.identity().author();
    let at_centre = rows(centre, author.device, author.epoch).await?;
    ensure!(
        at_centre.len() == operations.len(),
        "{} operations at the desk, {} at the centre",
        operations.len(),
        at_centre.len()
    );
    let mut settled = Vec::with_capacity(operations.len());
    for operation in operations {
        let seq = operation.seq;
        let (hash, verdict) = at_centre.get(&seq).with_context(|| format!("operation {seq} was lost"))?;
        ensure!(*hash == operation.hash.to_string(), "operation {seq} is another one at the centre");
        let here =
            window.desk.outbox.verdict(seq).await?.with_context(|| format!("operation {seq}: no receipt"))?;
        ensure!(here == *verdict, "operation {seq}: {here:?} at the desk, {verdict:?} at the centre");
        let proof =
            window.desk.lists.queue.receipt_proof(seq).await?.with_context(|| format!("{seq}: no proof"))?;
        let receipts = proof.verify(&Trust::of(window.desk.identity().root.clone()))?;
        let proves =
            receipts.iter().any(|one| one.seq == seq && one.hash == operation.hash && one.verdict == here);
        ensure!(proves, "operation {seq}: its roll does not name it");
        settled.push((operation, here));
    }
    Ok(settled)
}

/// Returns all operations of the desk's current epoch, after checking their chain.
async fn operations(window: &Window) -> anyhow::Result<Vec<Operation>> {
    let log = window.log();
    let mut all: Vec<Operation> = Vec::new();
    while let Some(batch) = log.batch(all.len() as u64 + 1, BATCH_LIMIT).await? {
        batch.batch.check()?;
        all.extend(batch.batch.ops);
    }
    Ok(all)
}

/// Returns the centre's log of an enrolment: hash and verdict by sequence number. A missing or
/// repeated verdict is an error.
async fn rows(
    centre: &Centre,
    device: DeviceNumber,
    epoch: u32,
) -> anyhow::Result<BTreeMap<u64, (String, Verdict)>> {
    let statement = format!(
        "SELECT l.seq, encode(l.hash, 'hex'), r.verdict FROM op_log l
         LEFT JOIN op_result r ON r.device = l.device AND r.epoch = l.epoch AND r.seq = l.seq
         WHERE l.device = {device} AND l.epoch = {epoch} ORDER BY l.seq"
    );
    let mut rows = BTreeMap::new();
    for line in centre.postgres.query(&statement).await?.lines() {
        let mut fields = line.splitn(3, '|');
        let mut field = || fields.next().context("fewer columns than were asked for");
        let (seq, hash, verdict) = (field()?.parse()?, field()?.to_owned(), field()?);
        let verdict =
            serde_json::from_str(verdict).with_context(|| format!("verdict on {seq}: {verdict}"))?;
        ensure!(rows.insert(seq, (hash, verdict)).is_none(), "operation {seq} was decided twice");
    }
    Ok(rows)
}

/// Checks what must hold at the centre in any case: one live code per holder (L7), named by
/// `current_code`; one code per issue; nothing undecided.
///
/// # Errors
/// The first violation found.
pub async fn nobody_has_two(centre: &Centre) -> anyhow::Result<()> {
    for (what, statement) in [
        (
            "holders with two live codes",
            "SELECT count(*) FROM (SELECT FROM code WHERE state = 0 GROUP BY bucket, citizen_ref HAVING count(*) > 1) t",
        ),
        (
            "live codes that are not the current one",
            "SELECT count(*) FROM code c LEFT JOIN current_code n USING (bucket, citizen_ref, serial)
             WHERE c.state = 0 AND n.serial IS NULL",
        ),
        (
            "issues that made no code, or more than one",
            "SELECT abs((SELECT count(DISTINCT operation::json->>'op_id') FROM op_log WHERE operation::json->'body'->>'kind' = 'issue')
                        - (SELECT count(*) FROM code))",
        ),
        ("undecided operations", "SELECT (SELECT count(*) FROM op_log) - (SELECT count(*) FROM op_result)"),
    ] {
        let count = centre.count(statement).await?;
        ensure!(count == 0, "{count} {what}");
    }
    Ok(())
}
