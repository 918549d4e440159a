//! Operations that a desk may send once more, found by operation id: all of its earlier
//! enrolments, and of the present one those that would count each time.

use super::rows;
use crate::store::{DoneOnce, Earlier, Item, Result};
use sqlx::PgConnection;
use uuid::Uuid;

/// Notes the operations of earlier enrolments. The first with an id counts, because later ones got
/// its verdict. The id is cut out of the text: parsing JSON would fail on a NUL escape.
const NOTE: &str = "
    INSERT INTO earlier_op (device, op_id, epoch, seq)
    SELECT device, substring(operation from '\"op_id\":\"([0-9a-f-]{36})\"')::uuid, epoch, seq
    FROM op_log WHERE device = $1 AND epoch < $2
    ORDER BY epoch, seq
    ON CONFLICT DO NOTHING";

const FIND: &str = "
    SELECT l.operation, r.verdict
    FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::uuid[]) AS w(device, epoch, seq, op_id)
    JOIN earlier_op e ON e.device = w.device AND e.op_id = w.op_id AND (e.epoch, e.seq) < (w.epoch, w.seq)
    JOIN op_log l ON l.device = e.device AND l.epoch = e.epoch AND l.seq = e.seq
    JOIN op_result r ON r.bucket = l.bucket AND r.device = l.device AND r.epoch = l.epoch AND r.seq = l.seq";

const PUT: &str = "
    INSERT INTO earlier_op (device, op_id, epoch, seq)
    SELECT * FROM unnest($1::integer[], $2::uuid[], $3::integer[], $4::bigint[])
    ON CONFLICT DO NOTHING";

/// Notes operations that were decided now and must not be done once more.
pub(super) async fn put(connection: &mut PgConnection, done: &[DoneOnce]) -> Result<()> {
    if done.is_empty() {
        return Ok(());
    }
    let (mut devices, mut ids, mut epochs, mut seqs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for DoneOnce { device, op_id, epoch, seq } in done {
        devices.push(rows::small(*device)?);
        ids.push(*op_id);
        epochs.push(rows::small(*epoch)?);
        seqs.push(rows::large(*seq)?);
    }
    sqlx::query(PUT).bind(&devices).bind(&ids).bind(&epochs).bind(&seqs).execute(connection).await?;
    Ok(())
}

/// Notes earlier operations of one desk if nothing of this enrolment is decided yet. By then all
/// earlier enrolments are decided and closed.
pub(super) async fn note_of(
    connection: &mut PgConnection,
    device: i32,
    epoch: i32,
    applied_through: i64,
) -> Result<()> {
    if epoch > 1 && applied_through == 0 {
        sqlx::query(NOTE).bind(device).bind(epoch).execute(connection).await?;
    }
    Ok(())
}

/// Returns the earlier operations with the device and id of one of `items`.
pub(super) async fn of(connection: &mut PgConnection, items: &[Item]) -> Result<Vec<Earlier>> {
    let (mut devices, mut epochs, mut seqs, mut ids) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::<Uuid>::new());
    let may_repeat = |item: &&Item| item.operation.epoch > 1 || item.operation.counts_each_time();
    for Item { operation, .. } in items.iter().filter(may_repeat) {
        devices.push(rows::small(operation.device)?);
        epochs.push(rows::small(operation.epoch)?);
        seqs.push(rows::large(operation.seq)?);
        ids.push(operation.op_id);
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<(String, String)> = sqlx::query_as(FIND)
        .bind(&devices)
        .bind(&epochs)
        .bind(&seqs)
        .bind(&ids)
        .fetch_all(connection)
        .await?;
    let read = |(operation, verdict): (String, String)| -> Result<Earlier> {
        let operation = rows::record(&operation, "operation")?;
        Ok(Earlier { operation, verdict: rows::record(&verdict, "verdict")? })
    };
    found.into_iter().map(read).collect()
}
