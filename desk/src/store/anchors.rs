//! What this desk knows its centre by: revoked issuing keys and the authorities of its TLS
//! certificate, in their newest state.

use super::{Connection, trust};
use crate::{error::DeskError, identity::Identity};
use rules::{
    issuing::{Issued, Trust},
    keys::PublicKey,
    sealing,
    wire::TrustAnchors,
};

/// The list in [`trust`].
const ANCHORS: &str = "anchors";

pub(crate) async fn get(connection: &mut Connection) -> Result<Option<Issued<TrustAnchors>>, DeskError> {
    trust::get(connection, ANCHORS).await
}

pub(crate) async fn put(
    connection: &mut Connection,
    anchors: &Issued<TrustAnchors>,
) -> Result<(), DeskError> {
    trust::put(connection, ANCHORS, anchors.value.version, anchors, anchors.value.made_at).await
}

/// Returns what the centre's signatures are verified with.
pub(crate) async fn trust(connection: &mut Connection, identity: &Identity) -> Result<Trust, DeskError> {
    let mut trust = Trust::of(identity.root.clone());
    if let Some(revoked) = get(connection).await?.and_then(|anchors| anchors.value.revoked) {
        // Signed by the root when it was kept; a list of another root counts for nothing.
        let _ = trust.take(&revoked);
    }
    Ok(trust)
}

/// Returns the key of the centre to which this desk seals (C3): the newest it was told.
///
/// # Errors
/// [`DeskError::SealingKeyRevoked`] if the root took that key back.
pub(crate) async fn sealing_key(
    connection: &mut Connection,
    identity: &Identity,
    trust: &Trust,
) -> Result<PublicKey, DeskError> {
    let told = get(connection).await?.map(|anchors| anchors.value.sealing);
    let record = told.unwrap_or_else(|| identity.sealing.clone());
    let key = sealing::sealing_key(&record, trust, identity.class());
    key.cloned().map_err(|_| DeskError::SealingKeyRevoked)
}
