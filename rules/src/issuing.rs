//! Issuing keys (F): the root key is never near a network. It signs a record for each key that the
//! centre signs with, and whatever the centre signs carries the record of its key.
//!
//! A verifier needs the root's public key and nothing else: old and new issuing keys stand side by
//! side, and what an old one signed stays good. [`Trust`] adds which keys the root took back.
//!
//! ```
//! use rules::{At, audit::TreeHead, digest::Digest, issuing::{Issuers, Trust}};
//! use rules::keys::{Class, Signer as _, SoftwareKey};
//!
//! let root = SoftwareKey::from_bytes(&[7; 32])?;
//! let mut next = 0;
//! let random = || { next += 1; [next; 32] };
//! let issuers = Issuers::draw(&root, Class::Practice, (At(0), At(1_000)), random)?;
//!
//! let head = TreeHead { size: 0, root: Digest::of(&[]), at: At(5) };
//! let issued = issuers.sign(head, At(5))?;
//! assert!(issued.verify(&Trust::of(root.public_key())).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{
    canonical_cbor::canonical,
    keys::{Class, DeskKey, KeyError, KeyId, KeyList, PublicKey, RawSignature, Signed, Signer, SoftwareKey},
    time::At,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// What an issuing key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Certificates of desks and channel clients.
    Certificates,
    /// Receipts of operations.
    Receipts,
    /// Lists for verifiers: keys, revocations, trust anchors.
    Lists,
    /// Records of accounts.
    Accounts,
    /// Heads of the audit log.
    Audit,
    /// Codes that portal and kiosk issue.
    Codes,
    /// What desks seal to the centre (C3). This key opens, and signs nothing.
    Sealing,
}

impl Purpose {
    /// All purposes; the centre has one key for each.
    pub const ALL: [Self; 7] = [
        Self::Certificates,
        Self::Receipts,
        Self::Lists,
        Self::Accounts,
        Self::Audit,
        Self::Codes,
        Self::Sealing,
    ];

    /// Returns the stable code, as it is serialised.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Certificates => "certificates",
            Self::Receipts => "receipts",
            Self::Lists => "lists",
            Self::Accounts => "accounts",
            Self::Audit => "audit",
            Self::Codes => "codes",
            Self::Sealing => "sealing",
        }
    }
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// Record of an issuing key, signed by the root key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuingKey {
    /// What the key is for.
    pub purpose: Purpose,
    /// Public half of the key.
    pub public_key: PublicKey,
    /// Class of the centre, practice or live.
    pub class: Class,
    /// First instant at which the key may be used.
    pub from: At,
    /// Last instant at which the key may be used. What it signed until then stays good.
    pub to: At,
}

impl IssuingKey {
    /// Returns whether the key may sign at an instant.
    pub fn is_in_force(&self, at: At) -> bool {
        self.from <= at && at <= self.to
    }
}

/// A type that the centre signs with an issuing key.
pub trait Issuable: Serialize {
    /// The purpose of that key.
    const PURPOSE: Purpose;
}

impl Issuable for DeskKey {
    const PURPOSE: Purpose = Purpose::Certificates;
}
impl Issuable for KeyList {
    const PURPOSE: Purpose = Purpose::Lists;
}

/// A value that the centre signed, with the record of the issuing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Issued<T> {
    /// The value that is signed.
    pub value: T,
    /// When it was signed.
    pub at: At,
    /// Signature over canonical CBOR of purpose, `at` and value.
    pub signature: RawSignature,
    /// The key that signed, as the root signed it.
    pub issuer: Box<Signed<IssuingKey>>,
}

/// Reasons why something is not the centre's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The root did not sign the record of the key.
    #[error("the issuing key is not signed by the root")]
    Issuer,
    /// The key is for something else.
    #[error("the issuing key is for another purpose")]
    Purpose,
    /// The key was not in force at the instant of the signature.
    #[error("the issuing key was not in force")]
    NotInForce,
    /// The root took the key back from before that instant.
    #[error("the issuing key is revoked")]
    Revoked,
    /// The signature is wrong.
    #[error("signature does not verify")]
    Signature,
}

impl<T: Issuable> Issued<T> {
    /// Returns the value if an issuing key of the root signed it, for this purpose and in its time.
    ///
    /// # Errors
    /// The [`IssueError`] that says why not.
    pub fn verify(&self, trust: &Trust) -> Result<&T, IssueError> {
        let issuer = self.issuer.verify(&trust.root).map_err(|_| IssueError::Issuer)?;
        if issuer.purpose != T::PURPOSE {
            return Err(IssueError::Purpose);
        }
        if !issuer.is_in_force(self.at) {
            return Err(IssueError::NotInForce);
        }
        if trust.has_revoked(issuer.public_key.key_id(), self.at) {
            return Err(IssueError::Revoked);
        }
        let signed = signed_bytes(self.at, &self.value);
        issuer.public_key.verify(&signed, &self.signature.0).map_err(|_| IssueError::Signature)?;
        Ok(&self.value)
    }
}

fn signed_bytes<T: Issuable>(at: At, value: &T) -> Vec<u8> {
    canonical(&(T::PURPOSE, at, value))
}

/// Issuing key that the root took back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevokedIssuer {
    /// Identifier of the key.
    pub key_id: KeyId,
    /// What it signed at this instant or later does not count.
    pub since: At,
}

/// All issuing keys that the root took back, signed by the root key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevokedIssuers {
    /// Version of the list; the higher one counts.
    pub version: u64,
    /// Class of the centre, practice or live.
    pub class: Class,
    /// Keys that count for nothing signed after their revocation.
    pub keys: Vec<RevokedIssuer>,
}

/// What a verifier trusts: the root key, less the issuing keys it took back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    root: PublicKey,
    revoked: Option<RevokedIssuers>,
}

impl Trust {
    /// Trusts every issuing key of this root.
    pub const fn of(root: PublicKey) -> Self {
        Self { root, revoked: None }
    }

    /// Returns the root key.
    pub const fn root(&self) -> &PublicKey {
        &self.root
    }

    /// Returns the version of the revoked issuing keys; 0 before the first.
    pub fn version(&self) -> u64 {
        self.revoked.as_ref().map_or(0, |revoked| revoked.version)
    }

    /// Takes a list of revoked issuing keys. Returns whether it is newer than the one held; only
    /// then it counts.
    ///
    /// # Errors
    /// [`IssueError::Issuer`] if the root did not sign it.
    pub fn take(&mut self, revoked: &Signed<RevokedIssuers>) -> Result<bool, IssueError> {
        let list = revoked.verify(&self.root).map_err(|_| IssueError::Issuer)?;
        let is_newer = list.version > self.version();
        if is_newer {
            self.revoked = Some(list.clone());
        }
        Ok(is_newer)
    }

    /// Returns whether the root took a key back from before this instant.
    pub fn has_revoked(&self, key_id: KeyId, at: At) -> bool {
        let revoked = self.revoked.iter().flat_map(|list| &list.keys);
        revoked.into_iter().any(|one| one.key_id == key_id && at >= one.since)
    }
}

/// An issuing key with its record.
#[derive(Clone)]
pub struct Issuer {
    /// Private key that the record is of.
    pub key: Arc<dyn Signer>,
    /// Its record, signed by the root.
    pub record: Signed<IssuingKey>,
}

/// The issuing keys of a centre, one for each purpose.
#[derive(Clone)]
pub struct Issuers(BTreeMap<Purpose, Issuer>);

impl Issuers {
    /// Makes a set of issuing keys. `None` if there is none for some purpose.
    pub fn new(issuers: impl IntoIterator<Item = Issuer>) -> Option<Self> {
        let keyed = issuers.into_iter().map(|issuer| (issuer.record.value.purpose, issuer));
        let issuers: BTreeMap<Purpose, Issuer> = keyed.collect();
        (issuers.len() == Purpose::ALL.len()).then_some(Self(issuers))
    }

    /// Draws a key for each purpose and signs their records with the root key at once, as a
    /// practice site does.
    ///
    /// # Errors
    /// The [`KeyError`] that the root's signer returns.
    pub fn draw(
        root: &dyn Signer,
        class: Class,
        (from, to): (At, At),
        mut random: impl FnMut() -> [u8; 32],
    ) -> Result<Self, KeyError> {
        let mut issuers = BTreeMap::new();
        for purpose in Purpose::ALL {
            let (_, key) = SoftwareKey::draw(&mut random);
            let record = IssuingKey { purpose, public_key: key.public_key(), class, from, to };
            let issuer = Issuer { key: Arc::new(key), record: Signed::sign(record, root)? };
            issuers.insert(purpose, issuer);
        }
        Ok(Self(issuers))
    }

    /// Returns the key for a purpose.
    pub fn get(&self, purpose: Purpose) -> Option<&Issuer> {
        self.0.get(&purpose)
    }

    /// Returns the records of all keys.
    pub fn records(&self) -> impl Iterator<Item = &Signed<IssuingKey>> {
        self.0.values().map(|issuer| &issuer.record)
    }

    /// Signs a value with the key for its purpose.
    ///
    /// # Errors
    /// [`KeyError::NotInForce`] if that key may not sign at this instant, and the [`KeyError`] that
    /// the signer returns.
    pub fn sign<T: Issuable>(&self, value: T, at: At) -> Result<Issued<T>, KeyError> {
        let issuer = self.get(T::PURPOSE).ok_or(KeyError::Unavailable)?;
        if !issuer.record.value.is_in_force(at) {
            return Err(KeyError::NotInForce);
        }
        let signature = RawSignature(issuer.key.sign(&signed_bytes(at, &value))?);
        Ok(Issued { value, at, signature, issuer: Box::new(issuer.record.clone()) })
    }
}
