//! Batches of other desks that came in a file and wait to be handed on.

use super::{Connection, from_column, from_json, to_column, to_json};
use crate::error::DeskError;
use rules::{
    At,
    wire::{ProtocolError, PushRequest},
};
use sqlx::FromRow;

/// A batch the centre refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedBatch {
    /// Device it comes from.
    pub device: u32,
    /// Enrolment epoch of the desk that made the batch.
    pub epoch: u32,
    /// Seq of its first operation.
    pub first_seq: u64,
    /// Seq of its last operation.
    pub last_seq: u64,
    /// The centre's reason.
    pub why: ProtocolError,
    /// When it was imported.
    pub taken_in_at: At,
}

fn last_seq(request: &PushRequest) -> u64 {
    request.batch.ops.last().map_or(request.batch.first_seq, |operation| operation.seq)
}

/// Keeps a batch. Of two that begin at the same operation the longer stays, whichever file came
/// last; one that was refused is tried again, for somebody brought it again.
pub(crate) async fn put(connection: &mut Connection, request: &PushRequest, at: At) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO transferred_batch (device, epoch, first_seq, last_seq, request, taken_in_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (device, epoch, first_seq) DO UPDATE SET
             request = CASE WHEN excluded.last_seq > last_seq THEN excluded.request ELSE request END,
             last_seq = max(last_seq, excluded.last_seq), refused = NULL",
    )
    .bind(request.batch.device)
    .bind(request.batch.epoch)
    .bind(to_column(request.batch.first_seq)?)
    .bind(to_column(last_seq(request))?)
    .bind(to_json(request)?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the next batch to hand on: each desk's in the order of its chain, without those that
/// were refused.
pub(crate) async fn next(connection: &mut Connection) -> Result<Option<PushRequest>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT request FROM transferred_batch WHERE refused IS NULL ORDER BY device, epoch, first_seq LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    row.map(|(request,)| from_json(&request)).transpose()
}

/// Removes a batch that the centre has. A longer one that came meanwhile stays.
pub(crate) async fn remove(connection: &mut Connection, request: &PushRequest) -> Result<(), DeskError> {
    sqlx::query(
        "DELETE FROM transferred_batch WHERE device = ? AND epoch = ? AND first_seq = ? AND last_seq = ?",
    )
    .bind(request.batch.device)
    .bind(request.batch.epoch)
    .bind(to_column(request.batch.first_seq)?)
    .bind(to_column(last_seq(request))?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks a batch that the centre refused. It stays, and others go before it.
pub(crate) async fn refuse(
    connection: &mut Connection,
    request: &PushRequest,
    why: &ProtocolError,
) -> Result<(), DeskError> {
    sqlx::query(
        "UPDATE transferred_batch SET refused = ? WHERE device = ? AND epoch = ? AND first_seq = ? AND last_seq = ?",
    )
    .bind(to_json(why)?)
    .bind(request.batch.device)
    .bind(request.batch.epoch)
    .bind(to_column(request.batch.first_seq)?)
    .bind(to_column(last_seq(request))?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the batches that the centre refused.
pub(crate) async fn all_refused(connection: &mut Connection) -> Result<Vec<RefusedBatch>, DeskError> {
    let rows: Vec<RefusedRow> = sqlx::query_as(
        "SELECT device, epoch, first_seq, last_seq, refused, taken_in_at FROM transferred_batch WHERE refused IS NOT NULL
         ORDER BY device, epoch, first_seq",
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(RefusedRow::read).collect()
}

#[derive(FromRow)]
struct RefusedRow {
    device: u32,
    epoch: u32,
    first_seq: i64,
    last_seq: i64,
    refused: String,
    taken_in_at: i64,
}

impl RefusedRow {
    fn read(self) -> Result<RefusedBatch, DeskError> {
        Ok(RefusedBatch {
            device: self.device,
            epoch: self.epoch,
            first_seq: from_column(self.first_seq)?,
            last_seq: from_column(self.last_seq)?,
            why: from_json(&self.refused)?,
            taken_in_at: At(self.taken_in_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{store::Store, vault::Vault};
    use rules::op::{Batch, genesis};

    /// Makes a batch of device 7 in which only the numbers count.
    fn batch(first_seq: u64, last_seq: u64) -> PushRequest {
        let operation = |seq| {
            let mut operation = crate::store::operation::blank(7, 1);
            operation.seq = seq;
            operation
        };
        let ops = (first_seq..=last_seq).map(operation).collect();
        let batch = Batch { device: 7, epoch: 1, first_seq, prev_hash: genesis(), ops };
        PushRequest { batch, signature: String::new(), sessions: Vec::new() }
    }

    #[tokio::test]
    async fn the_longer_batch_stays_and_what_is_refused_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
        let store = Store::open(&vault).await.unwrap();
        let mut write = store.write().await.unwrap();
        let (short, long, next_one) = (batch(1, 3), batch(1, 5), batch(6, 6));
        for request in [&short, &next_one] {
            put(&mut write, request, At(1)).await.unwrap();
        }
        assert_eq!(next(&mut write).await.unwrap(), Some(short.clone()));
        // A newer file comes while the short one is on its way, and then the older file once more.
        put(&mut write, &long, At(2)).await.unwrap();
        put(&mut write, &short, At(3)).await.unwrap();
        remove(&mut write, &short).await.unwrap();
        assert_eq!(next(&mut write).await.unwrap(), Some(long.clone()));
        refuse(&mut write, &long, &ProtocolError::Quarantined).await.unwrap();
        assert_eq!(next(&mut write).await.unwrap(), Some(next_one.clone()));
        remove(&mut write, &next_one).await.unwrap();
        assert_eq!(next(&mut write).await.unwrap(), None);
        let shown = all_refused(&mut write).await.unwrap();
        assert_eq!((shown[0].first_seq, shown[0].last_seq), (1, 5));
        assert_eq!(shown[0].why, ProtocolError::Quarantined);
        // Brought again, it is tried again.
        put(&mut write, &long, At(4)).await.unwrap();
        assert_eq!(next(&mut write).await.unwrap(), Some(long));
        assert_eq!(all_refused(&mut write).await.unwrap(), []);
    }
}
