//! Parts of other desks' outboxes that came in a file and wait to be handed on, sealed to the
//! centre: this desk cannot read them (C3).

use super::{Connection, from_column, from_json, to_column, to_json};
use crate::error::DeskError;
use rules::{
    At, DeviceNumber, correction::Digest, keys::DeskKey, transfer::TransferFile, wire::ProtocolError,
};
use sqlx::FromRow;

/// A batch the centre refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedBatch {
    /// Device it comes from.
    pub device: DeviceNumber,
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

/// A part of another desk's outbox that waits to be handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WaitingPart {
    /// What it is, as far as that can be known here.
    pub(crate) place: Place,
    /// The part, sealed to the centre.
    pub(crate) sealed: Vec<u8>,
}

/// What a waiting part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Operations of a desk.
    Operations {
        /// Number of the device that made them.
        device: DeviceNumber,
        /// Enrolment epoch.
        epoch: u32,
        /// Seq of the first.
        first: u64,
        /// Seq of the last.
        last: u64,
    },
    /// A picture or scan, by the digest of the sealed part.
    Blob(String),
}

/// Keeps the parts of a file. Of two batches that begin at the same operation the longer stays,
/// whichever file came last; one that was refused is tried again, for somebody brought it again.
/// Returns how many operations the file holds.
pub(crate) async fn put(connection: &mut Connection, file: &TransferFile, at: At) -> Result<u64, DeskError> {
    let DeskKey { device, epoch, .. } = file.manifest.certificate.value;
    let mut count = 0_u64;
    for (label, sealed) in file.manifest.parts.iter().zip(&file.parts) {
        let Some((first, last)) = label.operations else {
            put_blob(&mut *connection, &label.digest, sealed, at).await?;
            continue;
        };
        count = last.saturating_sub(first).saturating_add(1).saturating_add(count);
        sqlx::query(
            "INSERT INTO transferred_batch (device, epoch, first_seq, last_seq, sealed, taken_in_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (device, epoch, first_seq) DO UPDATE SET
                 sealed = CASE WHEN excluded.last_seq > last_seq THEN excluded.sealed ELSE sealed END,
                 last_seq = max(last_seq, excluded.last_seq), refused = NULL",
        )
        .bind(device.0)
        .bind(epoch)
        .bind(to_column(first)?)
        .bind(to_column(last)?)
        .bind(sealed)
        .bind(at.0)
        .execute(&mut *connection)
        .await?;
    }
    Ok(count)
}

async fn put_blob(
    connection: &mut Connection,
    digest: &Digest,
    sealed: &[u8],
    at: At,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO transferred_blob (digest, sealed, taken_in_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(digest.to_string())
    .bind(sealed)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the next part to hand on: each desk's operations in the order of its chain, without
/// those that were refused, and then pictures and scans.
pub(crate) async fn next(connection: &mut Connection) -> Result<Option<WaitingPart>, DeskError> {
    let batch: Option<BatchRow> = sqlx::query_as(
        "SELECT device, epoch, first_seq, last_seq, sealed FROM transferred_batch WHERE refused IS NULL
         ORDER BY device, epoch, first_seq LIMIT 1",
    )
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(batch) = batch {
        return batch.read().map(Some);
    }
    let blob: Option<(String, Vec<u8>)> =
        sqlx::query_as("SELECT digest, sealed FROM transferred_blob ORDER BY taken_in_at, digest LIMIT 1")
            .fetch_optional(connection)
            .await?;
    Ok(blob.map(|(digest, sealed)| WaitingPart { place: Place::Blob(digest), sealed }))
}

#[derive(FromRow)]
struct BatchRow {
    #[sqlx(try_from = "u32")]
    device: DeviceNumber,
    epoch: u32,
    first_seq: i64,
    last_seq: i64,
    sealed: Vec<u8>,
}

impl BatchRow {
    fn read(self) -> Result<WaitingPart, DeskError> {
        let Self { device, epoch, first_seq, last_seq, sealed } = self;
        let (first, last) = (from_column(first_seq)?, from_column(last_seq)?);
        Ok(WaitingPart { place: Place::Operations { device, epoch, first, last }, sealed })
    }
}

/// Removes a part that the centre has. A longer batch that came meanwhile stays.
pub(crate) async fn remove(connection: &mut Connection, place: &Place) -> Result<(), DeskError> {
    let statement = match place {
        Place::Operations { .. } => {
            "DELETE FROM transferred_batch WHERE device = ? AND epoch = ? AND first_seq = ? AND last_seq = ?"
        }
        Place::Blob(_) => "DELETE FROM transferred_blob WHERE digest = ?",
    };
    let query = sqlx::query(statement);
    let query = match place {
        Place::Operations { device, epoch, first, last } => {
            query.bind(device.0).bind(epoch).bind(to_column(*first)?).bind(to_column(*last)?)
        }
        Place::Blob(digest) => query.bind(digest),
    };
    query.execute(connection).await?;
    Ok(())
}

/// Marks a part that the centre refused. Operations stay, and others go before them; a picture or
/// scan goes, for its own desk still has it.
pub(crate) async fn refuse(
    connection: &mut Connection,
    place: &Place,
    why: &ProtocolError,
) -> Result<(), DeskError> {
    let Place::Operations { device, epoch, first, last } = place else {
        return remove(connection, place).await;
    };
    sqlx::query(
        "UPDATE transferred_batch SET refused = ? WHERE device = ? AND epoch = ? AND first_seq = ? AND last_seq = ?",
    )
    .bind(to_json(why)?)
    .bind(device.0)
    .bind(epoch)
    .bind(to_column(*first)?)
    .bind(to_column(*last)?)
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
    #[sqlx(try_from = "u32")]
    device: DeviceNumber,
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
mod tests;
