//! Seals of events and rows, so that only a program with the centre's secrets can write them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use rules::{audit::AuditLeaf, correction::Digest, op::canonical};
use serde::Serialize;
use sm3::Sm3;
use zeroize::Zeroizing;

/// Key that seals events on their way into the log and blinds digests of rows.
///
/// It is derived from a secret that is not in the database. Whoever can write rows cannot write the
/// event that would explain them.
#[derive(Clone)]
pub struct AuditKey(Zeroizing<[u8; 32]>);

impl AuditKey {
    /// Derives the key from the secret of tokens.
    #[must_use]
    pub fn derive(secret: &[u8; 32]) -> Self {
        Self(Zeroizing::new(mac(secret, b"audit key", &[])))
    }

    /// Returns the seal of an event.
    #[must_use]
    pub fn seal(&self, leaf: &AuditLeaf) -> Digest {
        Digest(mac(&self.0, b"event", &canonical(leaf)))
    }

    /// Returns the seal of a row of a table: of those columns by which somebody gets a key.
    #[must_use]
    pub fn seal_row(&self, table: &str, columns: &impl Serialize) -> Digest {
        Digest(mac(&self.0, b"sealed row", &canonical(&(table, columns))))
    }

    /// Returns a digest of a row that nobody can guess the row from.
    #[must_use]
    pub fn blind(&self, row: &str) -> Digest {
        Digest(mac(&self.0, b"row", row.as_bytes()))
    }
}

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditKey(***)")
    }
}

fn mac(key: &[u8; 32], purpose: &[u8], message: &[u8]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sm3>::new_from_slice(key) else {
        // HMAC takes keys of any length.
        return [0; 32];
    };
    mac.update(purpose);
    mac.update(&[0]);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::At;
    use uuid::Uuid;

    #[test]
    fn d2_a_seal_depends_on_key_and_event() {
        let leaf = |body: &str| AuditLeaf {
            id: Uuid::from_u128(1),
            at: At(1),
            kind: "account".to_owned(),
            body: body.to_owned(),
        };
        let (key, other) = (AuditKey::derive(&[1; 32]), AuditKey::derive(&[2; 32]));
        assert_eq!(key.seal(&leaf("{}")), key.seal(&leaf("{}")));
        assert_ne!(key.seal(&leaf("{}")), key.seal(&leaf("{\"roles\":1}")));
        assert_ne!(key.seal(&leaf("{}")), other.seal(&leaf("{}")));
        assert_ne!(key.blind("row"), other.blind("row"));
        assert_ne!(key.seal_row("staff", &"row"), other.seal_row("staff", &"row"));
        assert_ne!(key.seal_row("staff", &"row"), key.seal_row("invitation", &"row"));
    }
}
