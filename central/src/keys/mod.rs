//! The secrets of the centre, in a folder that the service's user alone may read.
//!
//! | file | what it holds |
//! |---|---|
//! | `class` | `practice` or `live` |
//! | `root.pub` | public half of the root key; its private half is never on this machine |
//! | `issuing/NAME.key`, `…/NAME.json` | an issuing key, and its record as the root signed it |
//! | `issuing/NAME.next.key` | the key that takes over at the next `keys install` |
//! | `issuing/sealing.before.key` | the sealing key before, which opens what desks sealed to it |
//! | `revoked.json` | issuing keys and administrators that the root took back |
//! | `index.key`, `token.key`, `blob.key` | secrets that sign nothing |
//!
//! [`ceremony`] makes and exchanges them.

pub mod ceremony;
mod files;

use crate::{clock, store::StoreError};
use files::Secret;
use rules::{
    At,
    issuing::{Issuable, Issued, Issuer, Issuers, IssuingKey, Purpose, RevokedIssuers, Trust},
    keys::{Class, KeyError, PublicKey, Signed, Signer, SoftwareKey},
    sealing::OpeningKey,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Reason why the secrets cannot be created or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file system refused the access.
    #[error("{path}: {source}")]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// Users other than the owner may read the file.
    #[error("{0}: readable by others; chmod 0600")]
    Readable(PathBuf),
    /// The content is not what the file should hold.
    #[error("{0}: not a key file")]
    Malformed(PathBuf),
    /// The file exists already; keys are never overwritten.
    #[error("{0}: exists already")]
    Exists(PathBuf),
    /// There is no such file.
    #[error("{0}: there is no such file")]
    Missing(PathBuf),
    /// The number is not a valid SM2 private key.
    #[error("key: {0}")]
    Key(#[from] KeyError),
    /// There is no issuing key for this purpose yet.
    #[error(
        "there is no issuing key for {0}: `keys request` draws it, `keys sign` on the root's machine signs it, `keys install` takes it up"
    )]
    NoIssuer(Purpose),
    /// An issuing key is not in force.
    #[error(
        "the issuing key for {0} is in force from {from} to {to} only: `keys rotate {0}` draws the next one, for the root to sign",
        from = .1.day(), to = .2.day()
    )]
    NotInForce(Purpose, At, At),
    /// The root that the folder knows did not sign it, or for another class.
    #[error("{0}: not signed by the root of this centre")]
    AnotherRoot(PathBuf),
    /// A file answers another request than the one that waits.
    #[error("the key for {0} is another one than this machine asked for")]
    AnotherRequest(Purpose),
    /// The passphrase does not open the file.
    #[error("{0}: the passphrase does not open it")]
    Passphrase(PathBuf),
    /// The passphrase is too easy to guess.
    #[error("the passphrase has fewer than {0} characters")]
    ShortPassphrase(usize),
    /// Practice and live never mix.
    #[error("practice and live never mix")]
    Class,
    /// `--class` is needed once, when a folder is made.
    #[error("say --class live or --class practice: this folder has no secrets yet")]
    NoClass,
}

/// Keys the centre signs, indexes and encrypts with.
pub struct Keys {
    /// Class of all codes signed here: practice or live.
    pub class: Class,
    /// What this centre's signatures are verified with.
    pub trust: Trust,
    /// Issuing keys and administrators that the root took back, as it signed them.
    pub revoked: Option<Signed<RevokedIssuers>>,
    /// Signs certificates, accounts, receipts, lists and heads. Production puts a certified module
    /// behind the same trait.
    pub issuers: Issuers,
    /// Signs the codes of portal and kiosk (device number 0).
    pub codes: Arc<dyn Signer>,
    /// Opens what desks seal to this centre (C3).
    pub sealing: Sealing,
    /// HMAC key of the citizen references.
    pub index: Secret,
    /// Authenticates bearer tokens and registration references.
    pub token: Secret,
    /// Encrypts evidence and photos at rest.
    pub blob: Secret,
}

/// The sealing key, to which desks seal what the centre alone may read (C3).
pub struct Sealing {
    /// Its record, as the root signed it, for desks.
    pub record: Signed<IssuingKey>,
    /// Its private half, and that of the key before: a desk without a line knows no newer one.
    pub opening: Vec<OpeningKey>,
}

impl Keys {
    /// Signs a value with the issuing key for it, for the store to keep; `what` names it in an
    /// error.
    ///
    /// # Errors
    /// [`StoreError::Range`] if the signing module does not answer or the key is not in force.
    pub fn sign<T: Issuable>(&self, value: T, what: &'static str) -> Result<Issued<T>, StoreError> {
        self.issuers.sign(value, clock::now()).map_err(|error| {
            tracing::error!(%error, what, "not signed");
            StoreError::Range(what)
        })
    }

    /// Checks that every issuing key is in force.
    ///
    /// # Errors
    /// [`KeyFileError::NotInForce`] for the first that is not.
    pub fn check(&self, now: At) -> Result<(), KeyFileError> {
        match self.records().find(|record| !record.is_in_force(now)) {
            Some(IssuingKey { purpose, from, to, .. }) => Err(KeyFileError::NotInForce(*purpose, *from, *to)),
            None => Ok(()),
        }
    }

    /// Returns the records of the issuing keys.
    pub fn records(&self) -> impl Iterator<Item = &IssuingKey> {
        self.issuers.records().map(|record| &record.value)
    }
}

const CLASS: &str = "class";
const ROOT: &str = "root.pub";
const REVOKED: &str = "revoked.json";
const SECRETS: [&str; 3] = ["index.key", "token.key", "blob.key"];

fn issuing(folder: &Path) -> PathBuf {
    folder.join("issuing")
}

fn key_file(folder: &Path, purpose: Purpose) -> PathBuf {
    issuing(folder).join(format!("{purpose}.key"))
}

fn record_file(folder: &Path, purpose: Purpose) -> PathBuf {
    issuing(folder).join(format!("{purpose}.json"))
}

fn next_key_file(folder: &Path, purpose: Purpose) -> PathBuf {
    issuing(folder).join(format!("{purpose}.next.key"))
}

fn before_key_file(folder: &Path, purpose: Purpose) -> PathBuf {
    issuing(folder).join(format!("{purpose}.before.key"))
}

/// Reads all secrets from `folder`, and checks that the root signed the issuing keys. Whether they
/// are in force is [`Keys::check`]'s to say.
///
/// # Errors
/// [`KeyFileError::Missing`] or [`KeyFileError::NoIssuer`] if one is missing,
/// [`KeyFileError::Readable`] if other users may read it, [`KeyFileError::AnotherRoot`] if the root
/// did not sign it, [`KeyFileError::Malformed`] or [`KeyFileError::Key`] if its content is not a
/// secret.
pub fn load(folder: &Path) -> Result<Keys, KeyFileError> {
    let class = class(folder)?;
    let mut trust = Trust::of(root(folder)?);
    let revoked = revoked(folder)?;
    if let Some(revoked) = &revoked {
        trust.take(revoked).map_err(|_| KeyFileError::AnotherRoot(folder.join(REVOKED)))?;
    }
    let mut issuers = Vec::new();
    for purpose in Purpose::ALL {
        issuers.push(issuer(folder, purpose, class, &trust)?);
    }
    let missing = || KeyFileError::Missing(issuing(folder));
    let issuers = Issuers::new(issuers).ok_or_else(missing)?;
    let codes = Arc::clone(&issuers.get(Purpose::Codes).ok_or_else(missing)?.key);
    let sealing = sealing(folder, issuers.get(Purpose::Sealing).ok_or_else(missing)?)?;
    let [index, token, blob] = SECRETS.map(|name| files::secret(&folder.join(name)));
    Ok(Keys { class, trust, revoked, issuers, codes, sealing, index: index?, token: token?, blob: blob? })
}

fn sealing(folder: &Path, issuer: &Issuer) -> Result<Sealing, KeyFileError> {
    let mut opening = vec![OpeningKey::from_bytes(&*files::secret(&key_file(folder, Purpose::Sealing))?)?];
    match files::secret(&before_key_file(folder, Purpose::Sealing)) {
        Err(KeyFileError::Missing(_)) => {}
        before => opening.push(OpeningKey::from_bytes(&*before?)?),
    }
    Ok(Sealing { record: issuer.record.clone(), opening })
}

fn class(folder: &Path) -> Result<Class, KeyFileError> {
    let path = folder.join(CLASS);
    match files::read(&path)?.trim() {
        "practice" => Ok(Class::Practice),
        "live" => Ok(Class::Live),
        _ => Err(KeyFileError::Malformed(path)),
    }
}

fn root(folder: &Path) -> Result<PublicKey, KeyFileError> {
    let path = folder.join(ROOT);
    let text = match files::read(&path) {
        Err(KeyFileError::Missing(_)) => return Err(KeyFileError::NoIssuer(Purpose::Certificates)),
        text => text?,
    };
    PublicKey::try_from(text.trim().to_owned()).map_err(|_| KeyFileError::Malformed(path))
}

fn revoked(folder: &Path) -> Result<Option<Signed<RevokedIssuers>>, KeyFileError> {
    match files::read_json(&folder.join(REVOKED)) {
        Err(KeyFileError::Missing(_)) => Ok(None),
        revoked => revoked.map(Some),
    }
}

fn issuer(folder: &Path, purpose: Purpose, class: Class, trust: &Trust) -> Result<Issuer, KeyFileError> {
    let path = record_file(folder, purpose);
    let record: Signed<IssuingKey> = match files::read_json(&path) {
        Err(KeyFileError::Missing(_)) => return Err(KeyFileError::NoIssuer(purpose)),
        record => record?,
    };
    let key_path = key_file(folder, purpose);
    let key = SoftwareKey::from_bytes(&*files::secret(&key_path)?)?;
    let is_signed =
        record.verify(trust.root()).is_ok_and(|record| record.purpose == purpose && record.class == class);
    if !is_signed {
        return Err(KeyFileError::AnotherRoot(path));
    }
    if record.value.public_key != key.public_key() {
        return Err(KeyFileError::Malformed(key_path));
    }
    Ok(Issuer { key: Arc::new(key), record })
}

#[cfg(test)]
mod tests;
