//! A supervisor's confirmation of what a clerk does on a document (I4).

use super::{OpBody, Operation, canonical};
use crate::{
    DeviceNumber, StaffNumber,
    digest::Digest,
    hex,
    keys::{KeyError, PublicKey, Signer},
    proof::{Confirmation, Proof},
};
use serde::Serialize;
use uuid::Uuid;

/// What a supervisor confirms. `body` and `proof` are SM3 over canonical CBOR, the proof without
/// the confirmation itself.
#[derive(Serialize)]
struct Confirmed<'a> {
    op_id: Uuid,
    device: DeviceNumber,
    session: Uuid,
    clerk: &'a StaffNumber,
    confirmed_by: &'a StaffNumber,
    body: Digest,
    proof: Digest,
}

/// Returns the digest of a proof as it was before anybody confirmed it.
fn unconfirmed(proof: &Proof) -> Digest {
    let mut proof = proof.clone();
    if let Proof::Document { confirmed, .. } = &mut proof {
        *confirmed = None;
    }
    Digest::of(&canonical(&proof))
}

impl Confirmation {
    /// Signs, with the key of a supervisor, what `clerk` does on a document.
    ///
    /// # Errors
    /// The [`KeyError`] that the signer returns.
    pub fn sign(
        (op_id, device, session): (Uuid, DeviceNumber, Uuid),
        (clerk, supervisor): (&StaffNumber, &StaffNumber),
        body: &OpBody,
        proof: &Proof,
        key: &dyn Signer,
    ) -> Result<Self, KeyError> {
        let confirmed = Confirmed {
            op_id,
            device,
            session,
            clerk,
            confirmed_by: supervisor,
            body: Digest::of(&canonical(body)),
            proof: unconfirmed(proof),
        };
        let signature = hex::encode(&key.sign(&canonical(&confirmed))?);
        Ok(Self { supervisor: supervisor.clone(), signature, key_id: key.key_id() })
    }

    /// Checks that `key` confirmed this operation.
    ///
    /// # Errors
    /// [`KeyError::Signature`] if it did not.
    pub fn verify(&self, operation: &Operation, key: &PublicKey) -> Result<(), KeyError> {
        let proof = operation.proof.as_deref().ok_or(KeyError::Signature)?;
        let confirmed = Confirmed {
            op_id: operation.op_id,
            device: operation.device,
            session: operation.session.id,
            clerk: &operation.operator,
            confirmed_by: &self.supervisor,
            body: Digest::of(&canonical(&operation.body)),
            proof: unconfirmed(proof),
        };
        let signature = hex::decode_array::<64>(&self.signature).ok_or(KeyError::Signature)?;
        key.verify(&canonical(&confirmed), &signature)
    }
}

impl Operation {
    /// Returns the supervisor's confirmation that it carries, if any.
    pub fn confirmation(&self) -> Option<&Confirmation> {
        self.proof.as_deref().and_then(Proof::confirmation)
    }
}
