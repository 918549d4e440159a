//! Sessions: from log-in to log-out, a key in memory speaks for a person (A3).
//!
//! The operations of a session form a chain of their own: each names the digest of the one before
//! it, and the session key signs the newest. The desk's chain may be written anew when a desk is
//! enrolled again; this one stays, because it covers neither epoch nor sequence number.

use crate::{
    DeviceNumber, StaffNumber,
    digest::Digest,
    hex,
    keys::{KeyError, KeyId, PublicKey, Signed, Signer},
    op::{Batch, Operation, canonical},
    time::At,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Longest session, in milliseconds: 10 hours, a working day with its breaks.
pub const SESSION_MS: i64 = 10 * 60 * 60 * 1000;

/// What a person signs at log-in: this key speaks for me at this desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionStatement {
    /// Identifier of the session.
    pub id: Uuid,
    /// Who logged in.
    pub staff: StaffNumber,
    /// Device number of the desk.
    pub device: DeviceNumber,
    /// Enrolment epoch of the desk at log-in.
    pub epoch: u32,
    /// Key that signs for the session. Its private half never leaves the desk's memory.
    pub session_key: PublicKey,
    /// Desk's instant of the log-in.
    pub begun_at: At,
    /// Boot that `monotonic_ms` belongs to.
    pub boot_id: Uuid,
    /// Monotonic clock at the log-in, in milliseconds since that boot.
    pub monotonic_ms: i64,
    /// Newest instant that the centre told this desk, if any.
    pub centre_time: Option<At>,
}

impl SessionStatement {
    /// Returns what the session's first operation names as the one before it.
    pub fn first_link(&self) -> Digest {
        Digest::of(&canonical(self))
    }

    /// Returns whether an instant of the desk's clocks lies within the session.
    ///
    /// Told by the monotonic clock, because the wall clock may be corrected in between.
    pub fn holds(&self, boot_id: Uuid, monotonic_ms: i64) -> bool {
        let age = monotonic_ms.saturating_sub(self.monotonic_ms);
        boot_id == self.boot_id && (0..=SESSION_MS).contains(&age)
    }
}

/// Proof that a session covers its operations in a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionProof {
    /// Statement of the session, signed by the person's own key.
    pub statement: Signed<SessionStatement>,
    /// Session key's signature, hex, over the newest of the session's operations in the batch, see
    /// [`sign_newest`].
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{128}$"))]
    pub signature: String,
}

/// Newest operation of a session, as the session key signs it.
#[derive(Serialize)]
struct Newest<'a> {
    session: Uuid,
    newest: &'a Digest,
}

/// Signs `newest`, the content digest of a session's newest operation, with the session key: hex.
///
/// # Errors
/// The [`KeyError`] that the signer returns.
pub fn sign_newest(session: Uuid, newest: &Digest, key: &dyn Signer) -> Result<String, KeyError> {
    Ok(hex::encode(&key.sign(&canonical(&Newest { session, newest }))?))
}

/// Reasons why nobody's word stands behind an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unproven {
    /// The batch has no proof of the operation's session.
    NoSession,
    /// The session's statement is not signed by the person it names, or is of another desk.
    Statement,
    /// The session key's signature does not cover the operation.
    Signature,
    /// The operation lies outside the ten hours of the session.
    Expired,
    /// It names another person than the session, and that person did not sign it.
    Operator,
    /// The signature of the person who consents is wrong.
    Consent,
}

impl Unproven {
    /// All reasons, in the order of their declaration.
    pub const ALL: [Self; 6] =
        [Self::NoSession, Self::Statement, Self::Signature, Self::Expired, Self::Operator, Self::Consent];

    /// Returns the stable code, as it is serialised.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoSession => "no_session",
            Self::Statement => "statement",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::Operator => "operator",
            Self::Consent => "consent",
        }
    }
}

/// Finds the operations of a batch that no session proves, with the reason of each.
///
/// `key` returns the public key of a person by its identifier, also one of earlier. It must answer
/// for every key the centre ever recorded for that person, and for no other.
pub fn unproven<'a>(
    batch: &Batch,
    proofs: &[SessionProof],
    key: impl Fn(&StaffNumber, KeyId) -> Option<&'a PublicKey>,
) -> BTreeMap<u64, Unproven> {
    let contents: Vec<Digest> = batch.ops.iter().map(Operation::content_digest).collect();
    unproven_at(batch, &contents, proofs, |who, id, _| key(who, id))
}

/// Works as [`unproven`], with the [`Operation::content_digest`] of each operation computed before,
/// and with the instant at which a key must have been the person's: the beginning of the session,
/// or for a consent the time of the operation.
///
/// Of several proofs of one session the first counts; one that no operation names is not looked at.
pub fn unproven_at<'a>(
    batch: &Batch,
    contents: &[Digest],
    proofs: &[SessionProof],
    key: impl Fn(&StaffNumber, KeyId, At) -> Option<&'a PublicKey>,
) -> BTreeMap<u64, Unproven> {
    let mut found = BTreeMap::new();
    let mut sessions: BTreeMap<Uuid, Vec<(&Operation, &Digest)>> = BTreeMap::new();
    for (operation, content) in batch.ops.iter().zip(contents) {
        sessions.entry(operation.session.id).or_default().push((operation, content));
    }
    for (id, done) in sessions {
        let proof = proofs.iter().find(|proof| proof.statement.value.id == id);
        let statement = match proof {
            Some(proof) if is_stated(proof, batch, &key) => Ok(&proof.statement.value),
            Some(_) => Err(Unproven::Statement),
            None => Err(Unproven::NoSession),
        };
        // From the newest back: what is before a broken link is not covered.
        let mut after: Option<&Operation> = None;
        let mut is_covered = true;
        for (operation, content) in done.into_iter().rev() {
            let reason = match (statement, proof) {
                (Ok(statement), Some(proof)) => {
                    is_covered &= match after {
                        None => is_signed(proof, content),
                        Some(after) => after.session.before == *content,
                    };
                    after = Some(operation);
                    if is_covered {
                        not_theirs(operation, statement, &key)
                    } else {
                        Some(Unproven::Signature)
                    }
                }
                (Err(reason), _) => Some(reason),
                (Ok(_), None) => Some(Unproven::NoSession),
            };
            if let Some(reason) = reason {
                found.insert(operation.seq, reason);
            }
        }
    }
    found
}

/// Returns whether a session's statement is of this desk, and signed by the person it names.
fn is_stated<'a>(
    proof: &SessionProof,
    batch: &Batch,
    key: impl Fn(&StaffNumber, KeyId, At) -> Option<&'a PublicKey>,
) -> bool {
    let statement = &proof.statement.value;
    statement.device == batch.device
        && statement.epoch <= batch.epoch
        && key(&statement.staff, proof.statement.key_id, statement.begun_at)
            .is_some_and(|key| proof.statement.verify(key).is_ok())
}

fn is_signed(proof: &SessionProof, newest: &Digest) -> bool {
    let statement = &proof.statement.value;
    let signed = canonical(&Newest { session: statement.id, newest });
    hex::decode_array::<64>(&proof.signature)
        .is_some_and(|signature| statement.session_key.verify(&signed, &signature).is_ok())
}

/// Returns why an operation that the session key signed is not its operator's, if so.
fn not_theirs<'a>(
    operation: &Operation,
    statement: &SessionStatement,
    key: impl Fn(&StaffNumber, KeyId, At) -> Option<&'a PublicKey>,
) -> Option<Unproven> {
    if !statement.holds(operation.boot_id, operation.monotonic_ms) {
        return Some(Unproven::Expired);
    }
    if let Some(confirmation) = operation.confirmation() {
        let key = key(&confirmation.supervisor, confirmation.key_id, operation.business_at());
        if key.is_none_or(|key| confirmation.verify(operation, key).is_err()) {
            return Some(Unproven::Consent);
        }
    }
    match &operation.consent {
        Some(consent) => {
            let key = key(&operation.operator, consent.key_id, operation.business_at());
            let is_given = key.is_some_and(|key| consent.verify(operation, key).is_ok());
            (!is_given).then_some(Unproven::Consent)
        }
        None => (operation.operator != statement.staff).then_some(Unproven::Operator),
    }
}
