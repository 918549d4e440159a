//! Receipts: the verdict on one operation, as delivered to its desk.

use rules::{
    At, DeviceNumber,
    correction::Digest,
    wire::{Receipt, Verdict},
};
use uuid::Uuid;

/// Returns the receipt id of an operation. It is derived from the hash, so that every delivery by
/// every process has the same id.
#[must_use]
pub fn receipt_id(hash: &Digest) -> Uuid {
    let Digest(bytes) = Digest::of(format!("receipt {hash}").as_bytes());
    let mut first = [0; 16];
    first.copy_from_slice(&bytes[..16]);
    uuid::Builder::from_custom_bytes(first).into_uuid()
}

/// Assembles the receipt of one operation.
#[must_use]
pub fn receipt(
    device: DeviceNumber,
    epoch: u32,
    seq: u64,
    hash: Digest,
    verdict: Verdict,
    decided_at: At,
) -> Receipt {
    Receipt { id: receipt_id(&hash), device, epoch, seq, hash, verdict, decided_at }
}
