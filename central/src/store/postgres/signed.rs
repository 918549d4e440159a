//! Accounts, invitations and channel clients count only as the centre signed or sealed them: who
//! can write to the database grants nobody a role or a key.

use super::rows;
use crate::{audit::AuditKey, store::Result};
use rules::{
    At, SiteCode,
    account::ActivationCode,
    authority::StaffRecord,
    correction::Digest,
    issuing::{Issuable, Issued, Trust},
    wire::ChannelKey,
};
use serde::Serialize;
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

    fn hold<T: Issuable>(&self, text: &str, record: &Issued<T>) -> bool {
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

/// Reads a channel client's certificate from its row. Returns `None` if the centre did not sign it
/// for the client of this name, as [`staff_record`] does.
pub(super) fn channel_key(
    name: &str,
    text: &str,
    signatures: Option<&Signatures>,
) -> Result<Option<Issued<ChannelKey>>> {
    let certificate: Issued<ChannelKey> = rows::record(text, "certificate")?;
    let is_signed = signatures.is_none_or(|signatures| signatures.hold(text, &certificate));
    if is_signed && certificate.value.client == name {
        return Ok(Some(certificate));
    }
    tracing::error!(name, "a channel client in the database is not what the centre signed");
    Ok(None)
}

/// What is sealed of a row of `staff`: what gives somebody its account, and what keeps others from
/// it. The version binds it to the record, which is signed.
#[derive(Serialize)]
pub(super) struct SealedAccount<'a> {
    pub(super) number: &'a str,
    pub(super) version: u64,
    pub(super) totp_secret: Option<&'a str>,
    pub(super) code: Option<&'a ActivationCode>,
}

/// What is sealed of a row of `invitation`, with the site that its desk is to serve.
#[derive(Serialize)]
pub(super) struct SealedInvitation<'a> {
    pub(super) code_digest: &'a Digest,
    pub(super) device: i32,
    pub(super) site: &'a SiteCode,
    pub(super) expires_at: At,
}

/// What is sealed of a row of `channel_client` with an invitation.
#[derive(Serialize)]
pub(super) struct SealedClient<'a> {
    pub(super) name: &'a str,
    pub(super) channel: &'a str,
    pub(super) site: &'a str,
    pub(super) code_digest: &'a Digest,
    pub(super) expires_at: At,
}

/// Columns of a row that count only under the centre's seal.
pub(super) trait Sealed: Serialize + Sized {
    /// Name of the table.
    const TABLE: &'static str;

    /// Returns the seal to be stored; none without the key.
    fn seal(&self, key: Option<&AuditKey>) -> Option<Vec<u8>> {
        key.map(|key| key.seal_row(Self::TABLE, self).0.to_vec())
    }

    /// Returns whether a stored seal is the right one. A store that was given no key believes every
    /// row that it reads.
    fn is_under(&self, seal: Option<&[u8]>, key: Option<&AuditKey>) -> bool {
        self.seal(key).is_none_or(|right| seal == Some(&right[..]))
    }
}

impl Sealed for SealedAccount<'_> {
    const TABLE: &'static str = "staff";
}

impl Sealed for SealedInvitation<'_> {
    const TABLE: &'static str = "invitation";
}

impl Sealed for SealedClient<'_> {
    const TABLE: &'static str = "channel_client";
}
