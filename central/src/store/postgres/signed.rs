//! Accounts count only as the centre signed them: who can write to the database grants nobody a
//! role.

use super::rows;
use crate::store::Result;
use rules::{
    authority::StaffRecord,
    correction::Digest,
    issuing::{Issued, Trust},
};
use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

/// Most records remembered as good, 32 bytes each: all accounts of a city with their history.
const REMEMBERED: usize = 200_000;

/// Checks signatures of records, of each record once in a process.
#[derive(Debug)]
pub(super) struct Signatures {
    trust: Trust,
    good: Mutex<HashSet<Digest>>,
}

impl Signatures {
    pub(super) fn new(trust: Trust) -> Self {
        Self { trust, good: Mutex::default() }
    }

    fn hold(&self, text: &str, record: &Issued<StaffRecord>) -> bool {
        let digest = Digest::of(text.as_bytes());
        let good = || self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if good().contains(&digest) {
            return true;
        }
        if record.verify(&self.trust).is_err() {
            return false;
        }
        let mut good = good();
        if good.len() >= REMEMBERED {
            good.clear();
        }
        good.insert(digest);
        true
    }
}

/// Reads an account from its row. Returns `None` if the centre did not sign it; a store without
/// `signatures` takes every row at its word.
pub(super) fn staff_record(
    text: &str,
    signatures: Option<&Signatures>,
) -> Result<Option<Issued<StaffRecord>>> {
    let record: Issued<StaffRecord> = rows::record(text, "staff record")?;
    if signatures.is_none_or(|signatures| signatures.hold(text, &record)) {
        return Ok(Some(record));
    }
    tracing::error!(number = %record.value.number, "an account in the database was not signed by the centre");
    Ok(None)
}
