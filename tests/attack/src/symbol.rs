//! Mints symbols: COSE_Sign1 over claims, Base45, prefix.

use crate::{
    cbor,
    key::{Key, digest, hex},
};
use serde_json::{Value, json};

/// What a symbol says.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Short name of the centre.
    pub issuer: String,
    /// Instant of the issue, seconds.
    pub issued: i64,
    /// End of validity, seconds.
    pub expires: i64,
    /// Serial, 16 bytes.
    pub serial: Vec<u8>,
    /// Masked name and masked number.
    pub holder: [String; 2],
    /// 1 live, 2 practice.
    pub class: i64,
}

impl Symbol {
    /// Returns the text of the symbol, signed by `key`.
    #[must_use]
    pub fn text(&self, key: &Key) -> String {
        self.signed(key).0
    }

    /// Returns the text of the symbol, signed by `key`, and what an issue says of it.
    #[must_use]
    pub fn signed(&self, key: &Key) -> (String, Value) {
        let header = cbor::map(vec![
            (cbor::integer(1), cbor::integer(-65_537)),
            (cbor::integer(4), cbor::bytes(&key.id())),
        ]);
        let holder = cbor::list(&self.holder.clone().map(|text| cbor::text(&text)));
        let claims = cbor::map(vec![
            (cbor::integer(1), cbor::text(&self.issuer)),
            (cbor::integer(4), cbor::integer(self.expires)),
            (cbor::integer(6), cbor::integer(self.issued)),
            (cbor::integer(7), cbor::bytes(&self.serial)),
            (cbor::integer(-65_538), holder),
            (cbor::integer(-65_539), cbor::integer(self.class)),
        ]);
        let signed = cbor::list(&[
            cbor::text("Signature1"),
            cbor::bytes(&header),
            cbor::bytes(b""),
            cbor::bytes(&claims),
        ]);
        let signature = key.sign_bytes(&signed);
        let message = cbor::list(&[
            cbor::bytes(&header),
            cbor::map(Vec::new()),
            cbor::bytes(&claims),
            cbor::bytes(&signature),
        ]);
        // Tag 18 is COSE_Sign1.
        let tagged = [vec![0xd2], message].concat();
        let said = json!({
            "claims": digest(&claims), "key_id": hex(&key.id()), "signature": hex(&signature),
        });
        (format!("SSM1:{}", base45::encode(tagged)), said)
    }
}
