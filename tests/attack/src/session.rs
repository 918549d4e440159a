//! A session: a person's key says that another key speaks for them.

use crate::{
    cbor,
    key::{Key, digest},
    thief::{Thief, now_ms},
};
use anyhow::Context as _;
use serde_json::{Value, json};
use uuid::Uuid;

/// A session, and what was done in it.
pub struct Session {
    key: Key,
    statement: Value,
    signed: Value,
    newest: String,
}

impl Session {
    /// Begins a session of a person at the thief's desk.
    ///
    /// # Errors
    /// If the secret of the session key is none.
    pub fn begin(thief: &Thief, (person, staff): (&Key, &str), secret: &[u8]) -> anyhow::Result<Self> {
        let key = Key::new(secret)?;
        let statement = json!({
            "id": Uuid::now_v7(), "staff": staff, "device": thief.device, "epoch": thief.epoch,
            "session_key": key.public(), "begun_at": now_ms(), "boot_id": Uuid::nil(),
            "monotonic_ms": 1_000_000, "centre_time": null,
        });
        let (signed, newest) = (person.signed(&statement), digest(&cbor::of(&statement)));
        Ok(Self { key, statement, signed, newest })
    }

    /// Returns an operation of the session, as the thief pushes it.
    ///
    /// # Errors
    /// Never, with a statement that names who it is of.
    pub fn operation(&mut self, thief: &Thief, citizen: &str, body: Value) -> anyhow::Result<Value> {
        let staff = self.statement["staff"].as_str().context("staff")?;
        let session = json!({ "id": self.statement["id"], "before": self.newest });
        let operation = thief.operation(staff, citizen, &session, body);
        let mut content = operation.clone();
        content["version"] = json!(1);
        content["device"] = json!(thief.device);
        self.newest = digest(&cbor::of(&content));
        Ok(operation)
    }

    /// Returns the proofs for a push that ends with the newest operation.
    #[must_use]
    pub fn proofs(&self) -> Value {
        let newest = json!({ "session": self.statement["id"], "newest": self.newest });
        json!([{ "statement": self.signed, "signature": self.key.sign(&cbor::of(&newest)) }])
    }
}
