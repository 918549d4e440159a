//! Sessions of invented staff at an invented desk.

#![expect(clippy::unwrap_used, missing_docs, reason = "a fixture fails as the test does, by panicking")]

use crate::people;
use rules::{
    At, DeviceNumber, StaffNumber,
    authority::{SessionProof, SessionRef, SessionStatement, session::sign_newest},
    digest::Digest,
    keys::{Signed, Signer as _, SoftwareKey},
};
use uuid::Uuid;

/// A log-in at a desk, with the key that speaks for the person.
pub struct Session {
    pub statement: Signed<SessionStatement>,
    key: SoftwareKey,
    /// What the next operation names as the one before it.
    before: Digest,
}

impl Session {
    /// Logs a person in with their own key. Ids and keys follow from desk and number of the
    /// session.
    pub fn begin(
        staff: &StaffNumber,
        (device, epoch): (DeviceNumber, u32),
        nth: usize,
        (boot_id, at): (Uuid, At),
    ) -> Self {
        Self::begin_with(&people::key(staff), staff, (device, epoch), nth, (boot_id, at))
    }

    /// Logs a person in with a key that somebody says is theirs.
    pub fn begin_with(
        person: &SoftwareKey,
        staff: &StaffNumber,
        (device, epoch): (DeviceNumber, u32),
        nth: usize,
        (boot_id, at): (Uuid, At),
    ) -> Self {
        let Digest(mut secret) = Digest::of(format!("session {device} {epoch} {nth}").as_bytes());
        secret[0] = 1;
        let key = SoftwareKey::from_bytes(&secret).unwrap();
        let id = (u128::from(device.0) << 64) + (u128::from(epoch) << 32) + nth as u128;
        let statement = SessionStatement {
            id: Uuid::from_u128(id),
            staff: staff.clone(),
            device,
            epoch,
            session_key: key.public_key(),
            begun_at: at,
            boot_id,
            monotonic_ms: at.0,
            centre_time: None,
        };
        let before = statement.first_link();
        Self { statement: Signed::sign(statement, person).unwrap(), key, before }
    }

    pub fn id(&self) -> Uuid {
        self.statement.value.id
    }

    /// Returns whether it is this person's and lasts at this instant of the desk's clocks.
    pub fn is_for(&self, staff: &StaffNumber, boot_id: Uuid, monotonic_ms: i64) -> bool {
        let statement = &self.statement.value;
        statement.staff == *staff && statement.holds(boot_id, monotonic_ms)
    }

    /// Returns the place of the next operation.
    pub fn place(&self) -> SessionRef {
        SessionRef { id: self.id(), before: self.before.clone() }
    }

    /// Continues after an operation with this content.
    pub fn follow(&mut self, content: Digest) {
        self.before = content;
    }

    /// Proves the operations of a batch whose newest has this content.
    pub fn proof(&self, newest: &Digest) -> SessionProof {
        SessionProof {
            statement: self.statement.clone(),
            signature: sign_newest(self.id(), newest, &self.key).unwrap(),
        }
    }
}
