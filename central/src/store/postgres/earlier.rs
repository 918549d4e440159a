//! Operations of a device's earlier enrolments, found by operation id.

use super::rows;
use crate::store::{Earlier, Item, Result};
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
    FROM unnest($1::integer[], $2::integer[], $3::uuid[]) AS w(device, epoch, op_id)
    JOIN earlier_op e ON e.device = w.device AND e.op_id = w.op_id AND e.epoch < w.epoch
    JOIN op_log l ON l.device = e.device AND l.epoch = e.epoch AND l.seq = e.seq
    JOIN op_result r ON r.bucket = l.bucket AND r.device = l.device AND r.epoch = l.epoch AND r.seq = l.seq";

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
    let (mut devices, mut epochs, mut ids) = (Vec::new(), Vec::new(), Vec::<Uuid>::new());
    for Item { operation, .. } in items.iter().filter(|item| item.operation.epoch > 1) {
        devices.push(rows::small(operation.device)?);
        epochs.push(rows::small(operation.epoch)?);
        ids.push(operation.op_id);
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<(String, String)> =
        sqlx::query_as(FIND).bind(&devices).bind(&epochs).bind(&ids).fetch_all(connection).await?;
    let read = |(operation, verdict): (String, String)| -> Result<Earlier> {
        let operation = rows::record(&operation, "operation")?;
        Ok(Earlier { operation, verdict: rows::record(&verdict, "verdict")? })
    };
    found.into_iter().map(read).collect()
}
