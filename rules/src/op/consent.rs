//! A person's own signature under one act (A4). Making it asks for the password again.

use super::{OpBody, Operation, canonical};
use crate::{
    DeviceNumber, StaffNumber,
    correction::CorrectionCommand,
    digest::Digest,
    hex,
    keys::{KeyError, KeyId, PublicKey, Signer},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Signature of an operation's operator over exactly what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consent {
    /// Raw signature r‖s, 128 hex digits.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{128}$"))]
    pub signature: String,
    /// Identifier of the person's key.
    pub key_id: KeyId,
}

/// What a consent is about, as the person signs it. `body` is SM3 over canonical CBOR of the act.
#[derive(Serialize)]
struct Act<'a> {
    op_id: Uuid,
    device: DeviceNumber,
    session: Uuid,
    operator: &'a StaffNumber,
    body: Digest,
}

impl Consent {
    /// Signs an act with the key of the person who does it.
    ///
    /// # Errors
    /// The [`KeyError`] that the signer returns.
    pub fn sign(
        (op_id, device, session): (Uuid, DeviceNumber, Uuid),
        operator: &StaffNumber,
        body: &OpBody,
        key: &dyn Signer,
    ) -> Result<Self, KeyError> {
        let act = Act { op_id, device, session, operator, body: Digest::of(&canonical(body)) };
        Ok(Self { signature: hex::encode(&key.sign(&canonical(&act))?), key_id: key.key_id() })
    }

    /// Checks that `key` signed this operation's act.
    ///
    /// # Errors
    /// [`KeyError::Signature`] if it did not.
    pub fn verify(&self, operation: &Operation, key: &PublicKey) -> Result<(), KeyError> {
        let act = Act {
            op_id: operation.op_id,
            device: operation.device,
            session: operation.session.id,
            operator: &operation.operator,
            body: Digest::of(&canonical(&operation.body)),
        };
        let signature = hex::decode_array::<64>(&self.signature).ok_or(KeyError::Signature)?;
        key.verify(&canonical(&act), &signature)
    }
}

impl OpBody {
    /// Returns whether the act needs its operator's own signature: approving and voiding do.
    pub const fn needs_consent(&self) -> bool {
        match self {
            Self::Void { .. } => true,
            Self::CorrectionCommanded { command, .. } => {
                matches!(**command, CorrectionCommand::Approve { .. })
            }
            Self::Issue { .. }
            | Self::ReportLoss { .. }
            | Self::Reprint { .. }
            | Self::Printed { .. }
            | Self::CorrectionOpened { .. }
            | Self::EscalationDismissed { .. } => false,
        }
    }
}
