//! Archives of the operations' log: one file for each month of receipt, with a manifest that the
//! centre signs.
//!
//! The file has a line of JSON for each batch and each operation, by desk and enrolment, compressed
//! with gzip. Digests are over the lines, so the same month gives the same digests each time.

mod file;
mod month;

pub use file::{ArchiveError, ArchiveFile, ArchiveWriter, read_manifest, write_manifest};
pub use month::Month;

use rules::{
    At, DeviceNumber,
    audit::TreeHead,
    digest::Digest,
    issuing::{Issuable, Purpose},
    op::{Operation, canonical},
};
use serde::{Deserialize, Serialize};
use sm3::{Digest as _, Sm3};
use uuid::Uuid;

/// What the centre signs of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveManifest {
    /// Counts and digests of the file.
    pub contents: ArchiveContents,
    /// Head of the audit log that has the leaves of its batches.
    pub head: TreeHead,
}

impl Issuable for ArchiveManifest {
    const PURPOSE: Purpose = Purpose::Audit;
}

/// Contents of an archive in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveContents {
    /// Month in which everything in it was received.
    pub month: Month,
    /// Number of operations.
    pub operations: u64,
    /// Number of batches that they came in.
    pub batches: u64,
    /// When the first operation was received; 0 if there is none.
    pub first: At,
    /// When the last one was.
    pub last: At,
    /// Digest of all lines.
    pub lines: Digest,
    /// Digest of what stays of the operations in the database, see [`OperationMark`].
    pub marks: Digest,
}

/// A line of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveLine {
    /// What proves a batch.
    Batch(ArchivedBatch),
    /// An operation, as the log had it.
    Operation(ArchivedOperation),
}

impl ArchiveLine {
    /// Returns the desk and enrolment that the line is of.
    #[must_use]
    pub const fn desk(&self) -> (DeviceNumber, u32) {
        match self {
            Self::Batch(batch) => (batch.device, batch.epoch),
            Self::Operation(operation) => (operation.device, operation.epoch),
        }
    }
}

/// A row of `batch_proof`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedBatch {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Epoch of its enrolment.
    pub epoch: u32,
    /// First sequence number that the desk signed.
    pub first_seq: u64,
    /// Last sequence number.
    pub last_seq: u64,
    /// When it was received.
    pub received_at: At,
    /// Signature of the desk, hex.
    pub signature: String,
    /// Signatures of its sessions, as the row has them.
    pub sessions: String,
}

/// A row of `op_log`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedOperation {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Epoch of its enrolment.
    pub epoch: u32,
    /// Sequence number of the row.
    pub seq: u64,
    /// Bucket of the row.
    pub bucket: i16,
    /// Citizen reference of the row, hex.
    pub citizen: String,
    /// Hash of the row.
    pub hash: Digest,
    /// When it was received.
    pub received_at: At,
    /// Why no session proves it, if so (A3).
    pub unproven: Option<String>,
    /// The operation as text.
    pub operation: String,
}

/// What stays of an operation in the database when its month is gone: a row of `archived_op`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperationMark {
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Epoch of its enrolment.
    pub epoch: u32,
    /// Sequence number of the operation.
    pub seq: u64,
    /// Bucket that its verdict is under.
    pub bucket: i16,
    /// When it was received.
    pub received_at: At,
    /// Hash of the operation.
    pub hash: Digest,
    /// Its identifier, and the digest of what it did; `None` for one that cannot be read.
    pub deed: Option<(Uuid, Digest)>,
}

impl OperationMark {
    /// Makes the mark of an operation.
    #[must_use]
    pub fn of(row: &ArchivedOperation) -> Self {
        let ArchivedOperation { device, epoch, seq, bucket, received_at, ref hash, .. } = *row;
        let deed = serde_json::from_str::<Operation>(&row.operation).ok().map(|operation| operation.deed());
        let deed = deed.map(|deed| (deed.op_id, deed.digest));
        Self { device, epoch, seq, bucket, received_at, hash: hash.clone(), deed }
    }
}

/// Digest over marks, in the order of device, epoch and sequence number.
#[derive(Clone, Default)]
pub struct MarksDigest(Sm3);

impl MarksDigest {
    /// Takes the next mark.
    pub fn take(&mut self, mark: &OperationMark) {
        self.0.update(canonical(mark));
    }

    /// Returns the digest of all that were taken.
    #[must_use]
    pub fn end(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl std::fmt::Debug for MarksDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MarksDigest")
    }
}
