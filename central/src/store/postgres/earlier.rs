//! Operations that a desk may send once more, found by operation id: all of its earlier
//! enrolments, and of the present one those that would count each time.

use super::rows;
use crate::store::{DoneOnce, Earlier, Item, Result, StoreError};
use rules::op::{Operation, OperationDeed};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// Notes the operations of earlier enrolments. The first with an id counts, because later ones got
/// its verdict. The id is cut out of the text: parsing JSON would fail on a NUL escape.
const NOTE: &str = "
    INSERT INTO earlier_op (device, op_id, epoch, seq)
    SELECT device, op_id, epoch, seq
    FROM (SELECT device, substring(operation from '\"op_id\":\"([0-9a-f-]{36})\"')::uuid AS op_id, epoch, seq
          FROM op_log WHERE device = $1 AND epoch < $2
          UNION ALL
          SELECT device, op_id, epoch, seq FROM archived_op
          WHERE device = $1 AND epoch < $2 AND op_id IS NOT NULL) l
    ORDER BY epoch, seq
    ON CONFLICT DO NOTHING";

/// Without the log: few operations were there before, and for those [`READ`] looks through all its
/// months.
const FIND: &str = "
    SELECT DISTINCT e.device, e.epoch, e.seq
    FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::uuid[]) AS w(device, epoch, seq, op_id)
    JOIN earlier_op e ON e.device = w.device AND e.op_id = w.op_id AND (e.epoch, e.seq) < (w.epoch, w.seq)";

const READ: &str = "
    SELECT l.device, l.epoch, l.seq, l.operation, l.op_id, l.deed, r.verdict
    FROM unnest($1::integer[], $2::integer[], $3::bigint[]) AS w(device, epoch, seq),
    LATERAL (SELECT o.device, o.epoch, o.seq, o.bucket, o.operation, NULL::uuid AS op_id, NULL::bytea AS deed
             FROM op_log o WHERE o.device = w.device AND o.epoch = w.epoch AND o.seq = w.seq
             UNION ALL
             SELECT a.device, a.epoch, a.seq, a.bucket, NULL, a.op_id, a.deed
             FROM archived_op a WHERE a.device = w.device AND a.epoch = w.epoch AND a.seq = w.seq) l
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
    let found: Vec<(i32, i32, i64)> = sqlx::query_as(FIND)
        .bind(&devices)
        .bind(&epochs)
        .bind(&seqs)
        .bind(&ids)
        .fetch_all(&mut *connection)
        .await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let devices: Vec<i32> = found.iter().map(|(device, ..)| *device).collect();
    let epochs: Vec<i32> = found.iter().map(|(_, epoch, _)| *epoch).collect();
    let seqs: Vec<i64> = found.iter().map(|(.., seq)| *seq).collect();
    let found: Vec<EarlierRow> =
        sqlx::query_as(READ).bind(&devices).bind(&epochs).bind(&seqs).fetch_all(connection).await?;
    found.into_iter().map(EarlierRow::read).collect()
}

/// An operation of the log, or what stays of it in `archived_op`.
#[derive(FromRow)]
struct EarlierRow {
    device: i32,
    epoch: i32,
    seq: i64,
    operation: Option<String>,
    op_id: Option<Uuid>,
    deed: Option<Vec<u8>>,
    verdict: String,
}

impl EarlierRow {
    fn read(self) -> Result<Earlier> {
        let deed = match (&self.operation, self.op_id, &self.deed) {
            (Some(text), ..) => rows::record::<Operation>(text, "operation")?.deed(),
            (None, Some(op_id), Some(deed)) => OperationDeed {
                op_id,
                device: rows::device(self.device)?,
                epoch: rows::unsigned(self.epoch)?,
                seq: rows::unsigned_large(self.seq)?,
                digest: rows::digest(deed)?,
            },
            _ => return Err(StoreError::Corrupt("archived operation")),
        };
        Ok(Earlier { deed, verdict: rows::record(&self.verdict, "verdict")? })
    }
}
