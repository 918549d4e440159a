//! The key ceremony (F): the root's machine has no network, and only files go back and forth.
//!
//! 1. [`RootFile::make`] makes the root key, on removable media, sealed under a passphrase.
//! 2. [`request`] draws issuing keys on the service's machine and writes what the root is to sign.
//! 3. [`Root::grant`] signs a record for each.
//! 4. [`install`] takes them up on the service's machine.

use super::{
    KeyFileError, REVOKED, ROOT, SECRETS, before_key_file, class, files, issuing, key_file, next_key_file,
    record_file, revoked, root,
};
use crate::administrator::{Administrator, AdministratorKind, CredentialFile};
use rules::{
    At, Sensitive, StaffNumber,
    authority::WrappedKey,
    issuing::{IssuingKey, Purpose, RevokedIssuer, RevokedIssuers, Trust},
    keys::{Class, KeyId, PublicKey, Signed, Signer as _, SoftwareKey},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Shortest passphrase of root key and credentials, in characters. Whoever copies a file may guess
/// without a limit.
pub const PASSPHRASE_MIN: usize = 12;
/// Passphrase of everything that `keys practice` makes.
pub const PRACTICE_PASSPHRASE: &str = "practice site";
/// Folder of what `keys practice` makes beside the secrets: root key and credentials.
pub const PRACTICE: &str = "practice";
/// Days an issuing key or a credential is in force without `--days`.
pub const DAYS: u16 = 365;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Time by which records begin before they are signed: the two machines' clocks differ.
const LEEWAY_MS: i64 = DAY_MS;
/// What the root key's seal is bound to.
const ROOT_OWNER: &str = "root key";

/// File of the root key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootFile {
    class: Class,
    public_key: PublicKey,
    /// Private half, under the passphrase.
    sealed: WrappedKey,
}

/// Issuing key as the service's machine asks the root for it, signed by the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestedKey {
    /// What it is to sign.
    pub purpose: Purpose,
    /// Class of the centre.
    pub class: Class,
    /// The public half.
    pub public_key: PublicKey,
}

/// File from the service's machine to the root's machine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// The keys to be signed.
    pub keys: Vec<Signed<RequestedKey>>,
}

/// File from the root's machine to the service's machine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Class of the root.
    pub class: Class,
    /// Public half of the root key.
    pub root: PublicKey,
    /// Records of issuing keys.
    pub records: Vec<Signed<IssuingKey>>,
    /// Everything the root took back so far.
    pub revoked: Option<Signed<RevokedIssuers>>,
}

/// The root key, opened.
pub struct Root {
    class: Class,
    key: SoftwareKey,
    /// The list of what was taken back, beside the root key.
    revoked_file: PathBuf,
}

impl RootFile {
    /// Makes a root key and writes it to `file`. Returns its public half.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`] if there is such a file, [`KeyFileError::ShortPassphrase`] if the
    /// passphrase is short.
    pub fn make(
        file: &Path,
        class: Class,
        passphrase: &Sensitive<String>,
    ) -> Result<PublicKey, KeyFileError> {
        check_passphrase(passphrase)?;
        let (secret, key) = SoftwareKey::draw(rand::random);
        let sealed = WrappedKey::wrap_for(&secret, ROOT_OWNER, passphrase, rand::random(), rand::random())
            .map_err(|_| KeyFileError::Malformed(file.to_owned()))?;
        let public_key = key.public_key();
        files::write_json(file, &Self { class, public_key: public_key.clone(), sealed })?;
        Ok(public_key)
    }

    /// Opens a root key.
    ///
    /// # Errors
    /// [`KeyFileError::Passphrase`] if the passphrase is wrong, and the errors of reading.
    pub fn open(file: &Path, passphrase: &Sensitive<String>) -> Result<Root, KeyFileError> {
        let root: Self = files::read_json(file)?;
        let key = root.sealed.open_for(ROOT_OWNER, passphrase);
        let key = key.map_err(|_| KeyFileError::Passphrase(file.to_owned()))?;
        if key.public_key() != root.public_key {
            return Err(KeyFileError::Malformed(file.to_owned()));
        }
        Ok(Root { class: root.class, key, revoked_file: file.with_file_name(REVOKED) })
    }
}

impl Root {
    /// Signs the records of requested keys, in force for `days` days.
    ///
    /// # Errors
    /// [`KeyFileError::Class`] for keys of another class, [`KeyFileError::Key`] if a request is not
    /// signed by its own key.
    pub fn grant(&self, request: &KeyRequest, days: u16, now: At) -> Result<Grant, KeyFileError> {
        let mut records = Vec::new();
        for requested in &request.keys {
            let RequestedKey { purpose, class, public_key } =
                requested.verify(&requested.value.public_key)?.clone();
            if class != self.class {
                return Err(KeyFileError::Class);
            }
            let (from, to) = window(days, now);
            let record = IssuingKey { purpose, public_key, class, from, to };
            records.push(Signed::sign(record, &self.key)?);
        }
        self.file(records)
    }

    /// Takes an issuing key or an administrator's credential back, for good: what it signed at
    /// `since` or later does not count.
    ///
    /// # Errors
    /// [`KeyFileError`] if the list beside the root key cannot be read or written.
    pub fn revoke(&self, key_id: KeyId, since: At) -> Result<Grant, KeyFileError> {
        let mut list = match self.revoked()? {
            Some(list) => list.value,
            None => RevokedIssuers { version: 0, class: self.class, keys: Vec::new() },
        };
        list.version += 1;
        list.keys.push(RevokedIssuer { key_id, since });
        files::replace_json(&self.revoked_file, &Signed::sign(list, &self.key)?)?;
        self.file(Vec::new())
    }

    /// Makes the sealed credential of an administrator.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`] if there is such a file, [`KeyFileError::ShortPassphrase`] if the
    /// passphrase is short.
    pub fn make_administrator(
        &self,
        file: &Path,
        (staff, kind): (StaffNumber, AdministratorKind),
        passphrase: &Sensitive<String>,
        (days, now): (u16, At),
    ) -> Result<KeyId, KeyFileError> {
        check_passphrase(passphrase)?;
        let (secret, key) = SoftwareKey::draw(rand::random);
        let sealed = WrappedKey::wrap(&secret, &staff, passphrase, rand::random(), rand::random())
            .map_err(|_| KeyFileError::Malformed(file.to_owned()))?;
        let (from, to) = window(days, now);
        let (class, public_key) = (self.class, key.public_key());
        let administrator = Administrator { staff, kind, class, public_key, from, to };
        let record = Signed::sign(administrator, &self.key)?;
        files::write_json(file, &CredentialFile { record, sealed })?;
        Ok(key.key_id())
    }

    fn revoked(&self) -> Result<Option<Signed<RevokedIssuers>>, KeyFileError> {
        match files::read_json::<Signed<RevokedIssuers>>(&self.revoked_file) {
            Err(KeyFileError::Missing(_)) => Ok(None),
            Ok(list) if list.verify(&self.key.public_key()).is_err() => {
                Err(KeyFileError::AnotherRoot(self.revoked_file.clone()))
            }
            list => list.map(Some),
        }
    }

    fn file(&self, records: Vec<Signed<IssuingKey>>) -> Result<Grant, KeyFileError> {
        let (class, root) = (self.class, self.key.public_key());
        Ok(Grant { class, root, records, revoked: self.revoked()? })
    }
}

fn window(days: u16, now: At) -> (At, At) {
    (now.plus_ms(-LEEWAY_MS), now.plus_ms(i64::from(days) * DAY_MS))
}

fn check_passphrase(passphrase: &Sensitive<String>) -> Result<(), KeyFileError> {
    let is_long = passphrase.expose().chars().count() >= PASSPHRASE_MIN;
    if is_long { Ok(()) } else { Err(KeyFileError::ShortPassphrase(PASSPHRASE_MIN)) }
}

/// Draws the next issuing keys in `folder`, and the secrets that no root signs if they are missing.
/// Returns what the root is to sign. A key that waits already is asked for again.
///
/// # Errors
/// [`KeyFileError::NoClass`] if the folder is new and no class is given, [`KeyFileError::Class`] if
/// it is of another one, and the errors of writing.
pub fn request(
    folder: &Path,
    wanted: Option<Class>,
    purposes: &[Purpose],
) -> Result<KeyRequest, KeyFileError> {
    files::folder(folder)?;
    files::folder(&issuing(folder))?;
    let class = match (class(folder), wanted) {
        (Err(KeyFileError::Missing(path)), Some(wanted)) => {
            let name = match wanted {
                Class::Practice => "practice",
                Class::Live => "live",
            };
            files::write(&path, name.as_bytes())?;
            wanted
        }
        (Err(KeyFileError::Missing(_)), None) => return Err(KeyFileError::NoClass),
        (Ok(class), wanted) if wanted.is_some_and(|wanted| wanted != class) => {
            return Err(KeyFileError::Class);
        }
        (class, _) => class?,
    };
    for name in SECRETS {
        let path = folder.join(name);
        if !path.exists() {
            files::draw(&path, rand::random)?;
        }
    }
    let mut keys = Vec::new();
    for purpose in purposes {
        let path = next_key_file(folder, *purpose);
        let key = match files::secret(&path) {
            Err(KeyFileError::Missing(_)) => files::draw(&path, rand::random)?,
            secret => SoftwareKey::from_bytes(&*secret?)?,
        };
        let requested = RequestedKey { purpose: *purpose, class, public_key: key.public_key() };
        keys.push(Signed::sign(requested, &key)?);
    }
    Ok(KeyRequest { keys })
}

/// Takes up what the root signed: records of the keys that were requested, and the list of what was
/// taken back. The first file says which root this centre has; later ones must be of the same.
/// Installing a file again changes nothing.
///
/// # Errors
/// [`KeyFileError::AnotherRoot`] if another root signed it, [`KeyFileError::AnotherRequest`] if it
/// is not for the keys that wait, and the errors of writing. Nothing is taken up then.
pub fn install(folder: &Path, file: &Path) -> Result<Grant, KeyFileError> {
    let grant: Grant = files::read_json(file)?;
    let foreign = || KeyFileError::AnotherRoot(file.to_owned());
    if class(folder)? != grant.class {
        return Err(KeyFileError::Class);
    }
    let is_first = match root(folder) {
        Ok(known) if known == grant.root => false,
        Ok(_) => return Err(foreign()),
        Err(KeyFileError::NoIssuer(_)) => true,
        Err(error) => return Err(error),
    };
    let mut trust = Trust::of(grant.root.clone());
    if let Some(known) = revoked(folder)? {
        trust.take(&known).map_err(|_| foreign())?;
    }
    let mut is_newer = false;
    if let Some(list) = &grant.revoked {
        is_newer = trust.take(list).map_err(|_| foreign())?;
    }
    for record in &grant.records {
        let record = record.verify(&grant.root).map_err(|_| foreign())?;
        if record.class != grant.class {
            return Err(KeyFileError::Class);
        }
        if waiting(folder, record)?.is_none() && !is_installed(folder, record) {
            return Err(KeyFileError::AnotherRequest(record.purpose));
        }
    }
    if is_first {
        let text = String::from(grant.root.clone());
        files::write(&folder.join(ROOT), text.as_bytes())?;
    }
    if let Some(list) = grant.revoked.as_ref().filter(|_| is_newer) {
        files::replace_json(&folder.join(REVOKED), list)?;
    }
    for record in &grant.records {
        if let Some(next) = waiting(folder, &record.value)? {
            let purpose = record.value.purpose;
            // The key goes last: until then the next attempt finds it waiting.
            files::replace_json(&record_file(folder, purpose), record)?;
            if purpose == Purpose::Sealing {
                files::keep(&key_file(folder, purpose), &before_key_file(folder, purpose))?;
            }
            files::rename(&next, &key_file(folder, purpose))?;
        }
    }
    Ok(grant)
}

/// Returns the file of the key that waits for this record.
fn waiting(folder: &Path, record: &IssuingKey) -> Result<Option<PathBuf>, KeyFileError> {
    let path = next_key_file(folder, record.purpose);
    match files::secret(&path) {
        Err(KeyFileError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
        Ok(secret) => {
            let is_its = SoftwareKey::from_bytes(&secret)?.public_key() == record.public_key;
            Ok(is_its.then_some(path))
        }
    }
}

fn is_installed(folder: &Path, record: &IssuingKey) -> bool {
    let key = files::secret(&key_file(folder, record.purpose)).ok();
    let key = key.and_then(|secret| SoftwareKey::from_bytes(&secret).ok());
    key.is_some_and(|key| key.public_key() == record.public_key)
}

/// Makes everything that a practice site needs in one step: root key, issuing keys, and a
/// credential of each kind, in the folder [`PRACTICE`] under [`PRACTICE_PASSPHRASE`].
///
/// # Errors
/// [`KeyFileError::Exists`] if it was done before, and the errors of writing.
pub fn practice(folder: &Path, now: At) -> Result<PublicKey, KeyFileError> {
    let request = request(folder, Some(Class::Practice), &Purpose::ALL)?;
    let beside = folder.join(PRACTICE);
    files::folder(&beside)?;
    let passphrase = Sensitive::new(PRACTICE_PASSPHRASE.to_owned());
    let root_file = beside.join("root.json");
    RootFile::make(&root_file, Class::Practice, &passphrase)?;
    let root = RootFile::open(&root_file, &passphrase)?;
    let granted = beside.join("granted.json");
    files::write_json(&granted, &root.grant(&request, DAYS, now)?)?;
    let grant = install(folder, &granted)?;
    for kind in AdministratorKind::ALL {
        let staff = kind.practice_number();
        let file = beside.join(kind.file());
        root.make_administrator(&file, (staff, kind), &passphrase, (DAYS, now))?;
    }
    Ok(grant.root)
}

/// Writes a file of the ceremony.
///
/// # Errors
/// [`KeyFileError::Exists`] if there is such a file, and the errors of writing.
pub fn write<T: Serialize>(file: &Path, value: &T) -> Result<(), KeyFileError> {
    files::write_json(file, value)
}

/// Reads a file of the ceremony.
///
/// # Errors
/// [`KeyFileError::Malformed`] if it is none, and the errors of reading.
pub fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, KeyFileError> {
    files::read_json(file)
}
