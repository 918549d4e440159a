//! The secrets of the centre: files of 32 bytes in hexadecimal, readable by the
//! service's user only.

use crate::store::StoreError;
use rules::keys::{Class, KeyError, Signed, SoftwareKey};
use serde::Serialize;
use std::{
    io::{Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

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
    /// The number is not a valid SM2 private key.
    #[error("key: {0}")]
    Key(#[from] KeyError),
}

type Secret = Zeroizing<[u8; 32]>;

/// Keys the centre signs, indexes and encrypts with.
pub struct Keys {
    /// Class of all codes signed here: practice or live.
    pub class: Class,
    /// Signs desk certificates, receipts and lists. Production puts a certified module behind
    /// the same trait.
    pub root: Arc<SoftwareKey>,
    /// Signs the codes of portal and kiosk (device number 0).
    pub codes: Arc<SoftwareKey>,
    /// HMAC key of the citizen references.
    pub index: Secret,
    /// Authenticates bearer tokens and registration references.
    pub token: Secret,
    /// Encrypts evidence and photos at rest.
    pub blob: Secret,
}

impl Keys {
    /// Signs a value with the root key, for the store to keep; `what` names it in an error.
    ///
    /// # Errors
    /// [`StoreError::Range`] if the signing module does not answer.
    pub fn sign<T: Serialize>(&self, value: T, what: &'static str) -> Result<Signed<T>, StoreError> {
        Signed::sign(value, &*self.root).map_err(|_| StoreError::Range(what))
    }
}

const CLASS_FILE: &str = "class";
const SECRETS: [&str; 5] = ["root.key", "codes.key", "index.key", "token.key", "blob.key"];

/// Creates all secrets in `folder`.
///
/// # Errors
/// [`KeyFileError::Exists`] if one of the files exists already, [`KeyFileError::File`] if the
/// folder cannot be written.
pub fn init(folder: &Path, class: Class, mut random: impl FnMut() -> [u8; 32]) -> Result<(), KeyFileError> {
    std::fs::create_dir_all(folder).map_err(|source| at(folder, source))?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
        .map_err(|source| at(folder, source))?;
    let name = match class {
        Class::Practice => "practice",
        Class::Live => "live",
    };
    write(&folder.join(CLASS_FILE), name.as_bytes())?;
    for secret in SECRETS {
        let (bytes, _) = SoftwareKey::draw(&mut random);
        let text = Zeroizing::new(rules::hex::encode(&*bytes));
        write(&folder.join(secret), text.as_bytes())?;
    }
    Ok(())
}

/// Reads all secrets from `folder`.
///
/// # Errors
/// [`KeyFileError::File`] if one is missing, [`KeyFileError::Readable`] if other users may read it,
/// [`KeyFileError::Malformed`] or [`KeyFileError::Key`] if its content is not a secret.
pub fn load(folder: &Path) -> Result<Keys, KeyFileError> {
    let path = folder.join(CLASS_FILE);
    let class = match read(&path)?.trim() {
        "practice" => Class::Practice,
        "live" => Class::Live,
        _ => return Err(KeyFileError::Malformed(path)),
    };
    let [root, codes, index, token, blob] = SECRETS;
    Ok(Keys {
        class,
        root: Arc::new(SoftwareKey::from_bytes(&*secret(&folder.join(root))?)?),
        codes: Arc::new(SoftwareKey::from_bytes(&*secret(&folder.join(codes))?)?),
        index: secret(&folder.join(index))?,
        token: secret(&folder.join(token))?,
        blob: secret(&folder.join(blob))?,
    })
}

fn at(path: &Path, source: std::io::Error) -> KeyFileError {
    if source.kind() == std::io::ErrorKind::AlreadyExists {
        return KeyFileError::Exists(path.to_owned());
    }
    KeyFileError::File { path: path.to_owned(), source }
}

fn write(path: &Path, text: &[u8]) -> Result<(), KeyFileError> {
    let mut options = std::fs::OpenOptions::new();
    let mut file =
        options.write(true).create_new(true).mode(0o600).open(path).map_err(|source| at(path, source))?;
    file.write_all(text).and_then(|()| file.sync_all()).map_err(|source| at(path, source))
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let mut file = std::fs::File::open(path).map_err(|source| at(path, source))?;
    let mode = file.metadata().map_err(|source| at(path, source))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Readable(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(|source| at(path, source))?;
    Ok(text)
}

fn secret(path: &Path) -> Result<Secret, KeyFileError> {
    let text = read(path)?;
    let bytes = Zeroizing::new(rules::hex::decode(text.trim()).unwrap_or_default());
    let secret: [u8; 32] =
        bytes.as_slice().try_into().map_err(|_| KeyFileError::Malformed(path.to_owned()))?;
    Ok(Zeroizing::new(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> impl FnMut() -> [u8; 32] {
        let mut next = 0;
        move || {
            next += 1;
            [next; 32]
        }
    }

    #[test]
    fn init_writes_keys_that_load_reads_and_never_overwrites() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        init(folder.path(), Class::Practice, random())?;
        let keys = load(folder.path())?;
        assert_eq!(keys.class, Class::Practice);
        assert_eq!(*keys.index, [3; 32]);
        assert!(matches!(init(folder.path(), Class::Live, random()), Err(KeyFileError::Exists(_))));
        Ok(())
    }

    #[test]
    fn a_key_that_other_users_may_read_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        init(folder.path(), Class::Live, random())?;
        let root = folder.path().join("root.key");
        std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o644))?;
        assert!(matches!(load(folder.path()), Err(KeyFileError::Readable(path)) if path == root));
        Ok(())
    }
}
