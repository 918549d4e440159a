//! The vault (密钥库): one data key per desk, from which every other key at rest is derived (S2, S3).
//!
//! The data key is wrapped by a key that the machine's TPM 2.0 seals where there is one, that lies
//! in the session's keyring (Secret Service) where there is one of these, and otherwise, only where
//! `desk.toml` allows it, in a file for the service user alone (C1). The vault's file says which of
//! them it is, so that a TPM or keyring that is missing today is an error and not a reason to start
//! afresh.
//!
//! | file | what |
//! |---|---|
//! | `vault.json` | what protects the key, the wrapped data key, whether a database was ever made |
//! | `vault.tpm` | the wrapping key as the TPM sealed it (only with a TPM) |
//! | `vault.key` | the wrapping key, 32 bytes, mode 0600 (only with a key file) |
//! | `secrets/NAME` | sealed under a derived key: the desk's SM2 secret key, the index key |

mod seal;
mod settings;
mod tpm;
mod wrap;

pub use rules::window::KeyProtection;
pub use seal::{Cipher, XChaCha};
pub use settings::{KeyFile, VaultSettings};

use crate::error::DeskError;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use rules::keys::Class;
use serde::{Deserialize, Serialize};
use sm3::Sm3;
use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

/// The database, beside the vault.
pub const DATABASE_FILE: &str = "desk.db";
const HEADER_FILE: &str = "vault.json";
const FORMAT: u32 = 1;

/// 32 secret bytes, gone from memory when dropped.
pub type Key = Zeroizing<[u8; 32]>;

#[derive(Clone, Serialize, Deserialize)]
struct Header {
    format: u32,
    protection: KeyProtection,
    /// Base64 of the data key sealed by the wrapping key.
    wrapped_key: String,
    /// Once true, a missing database file is a loss and not a first start.
    database_made: bool,
}

/// An open vault.
pub struct Vault {
    folder: PathBuf,
    protection: KeyProtection,
    key_file: KeyFile,
    data_key: Key,
}

impl Vault {
    /// Opens the vault in `folder`, or makes one where there is neither vault nor database. A new
    /// one is protected by the best that settings and machine have.
    ///
    /// # Errors
    /// Returns [`DeskError::KeyUnprotected`] if only a key file is left and the settings refuse it;
    /// [`DeskError::TpmUnavailable`] or [`DeskError::TpmOther`] if the TPM cannot be used, or is
    /// not the one that sealed the key; [`DeskError::KeyMissing`], [`DeskError::KeyWrong`] or
    /// [`DeskError::KeyExposed`] if the wrapping key is gone, does not fit, or can be read by
    /// others; [`DeskError::VaultDamaged`] if the vault cannot be understood;
    /// [`DeskError::DatabaseMissing`] if its database is gone; and errors of the disk. Nothing is
    /// changed on disk then.
    pub async fn open_or_create(folder: &Path, settings: &VaultSettings) -> Result<Self, DeskError> {
        match Self::header(folder)? {
            Some(header) => Self::open(folder, &header, settings).await,
            None => Self::create(folder, wrap::choose(settings).await?, settings).await,
        }
    }

    /// Opens like [`Self::open_or_create`], with the key file even where a TPM or keyring answers:
    /// for tests.
    ///
    /// # Errors
    /// Returns the errors of [`Vault::open_or_create`].
    pub async fn open_or_create_with_key_file(folder: &Path) -> Result<Self, DeskError> {
        let settings = VaultSettings { tpm: None, key_file: KeyFile::Allowed };
        match Self::header(folder)? {
            Some(header) => Self::open(folder, &header, &settings).await,
            None => Self::create(folder, KeyProtection::KeyFile, &settings).await,
        }
    }

    /// Returns whether a desk of this class may work with this vault (C1, S11).
    ///
    /// # Errors
    /// Returns [`DeskError::KeyUnprotected`] for a live desk whose key lies in a file that the
    /// settings allow for practice only.
    pub(crate) fn permits(&self, class: Class) -> Result<(), DeskError> {
        match (self.protection, self.key_file, class) {
            (KeyProtection::Tpm | KeyProtection::Keyring, ..)
            | (_, KeyFile::Allowed, _)
            | (_, KeyFile::Practice, Class::Practice) => Ok(()),
            _ => Err(DeskError::KeyUnprotected),
        }
    }

    fn header(folder: &Path) -> Result<Option<Header>, DeskError> {
        match fs::read(folder.join(HEADER_FILE)) {
            Ok(bytes) => {
                let header: Header = serde_json::from_slice(&bytes).map_err(|_| DeskError::VaultDamaged)?;
                if header.format == FORMAT { Ok(Some(header)) } else { Err(DeskError::DatabaseNewer) }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn create(
        folder: &Path,
        protection: KeyProtection,
        settings: &VaultSettings,
    ) -> Result<Self, DeskError> {
        fs::create_dir_all(folder)?;
        if folder.join(DATABASE_FILE).exists() {
            return Err(DeskError::KeyMissing);
        }
        // Drawn twice on purpose: the wrapping key can be changed later without sealing anything
        // again.
        let wrapping_key = Zeroizing::new(rand::random::<[u8; 32]>());
        let data_key = Zeroizing::new(rand::random::<[u8; 32]>());
        wrap::keep(protection, settings, folder, &wrapping_key).await?;
        let wrapped = XChaCha::new(&wrapping_key).seal(HEADER_FILE.as_bytes(), data_key.as_slice())?;
        let vault = Self { folder: folder.to_owned(), protection, key_file: settings.key_file, data_key };
        vault.write_header(&BASE64.encode(wrapped), false)?;
        Ok(vault)
    }

    async fn open(folder: &Path, header: &Header, settings: &VaultSettings) -> Result<Self, DeskError> {
        let wrapping_key = wrap::fetch(header.protection, settings, folder).await?;
        let wrapped = BASE64.decode(&header.wrapped_key).map_err(|_| DeskError::VaultDamaged)?;
        let plain = XChaCha::new(&wrapping_key)
            .open(HEADER_FILE.as_bytes(), &wrapped)
            .map_err(|_| DeskError::KeyWrong)?;
        let data_key = plain.as_slice().try_into().map_err(|_| DeskError::VaultDamaged)?;
        let vault = Self {
            folder: folder.to_owned(),
            protection: header.protection,
            key_file: settings.key_file,
            data_key: Zeroizing::new(data_key),
        };
        if header.database_made && !vault.database_path().exists() {
            return Err(DeskError::DatabaseMissing);
        }
        Ok(vault)
    }

    /// Notes that the database exists: from now on a missing file is an error.
    pub(crate) fn database_was_made(&self) -> Result<(), DeskError> {
        let header = Self::header(&self.folder)?.ok_or(DeskError::KeyMissing)?;
        if header.database_made { Ok(()) } else { self.write_header(&header.wrapped_key, true) }
    }

    fn write_header(&self, wrapped_key: &str, database_made: bool) -> Result<(), DeskError> {
        let header = Header {
            format: FORMAT,
            protection: self.protection,
            wrapped_key: wrapped_key.to_owned(),
            database_made,
        };
        let bytes = serde_json::to_vec_pretty(&header).map_err(|_| DeskError::VaultDamaged)?;
        write_durably(&self.folder.join(HEADER_FILE), &bytes)
    }

    /// Returns what protects the key that wraps the data key.
    pub const fn protection(&self) -> KeyProtection {
        self.protection
    }

    /// Returns the folder of this desk's data.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the database file.
    pub fn database_path(&self) -> PathBuf {
        self.folder.join(DATABASE_FILE)
    }

    /// Derives a key for one purpose. One HMAC-SM3 under a uniformly random key is a key derivation
    /// in itself; different labels give independent keys.
    pub(crate) fn derive(&self, purpose: &str) -> Key {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac = Hmac::<Sm3>::new_from_slice(self.data_key.as_slice()).expect("any key length");
        mac.update(purpose.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    /// Returns SQLCipher's raw key, as its pragma wants it.
    pub(crate) fn database_key(&self) -> Zeroizing<String> {
        use std::fmt::Write;
        let key = self.derive("database");
        let mut text = Zeroizing::new(String::with_capacity(72));
        text.push_str("\"x'");
        for byte in key.iter() {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.push_str("'\"");
        text
    }

    /// Seals pictures and scans (S3).
    pub(crate) fn blob_cipher(&self) -> Arc<dyn Cipher> {
        Arc::new(XChaCha::new(&self.derive("blob")))
    }

    /// Keeps a secret, sealed. It is durable when this returns.
    ///
    /// # Errors
    /// Returns an error of the disk.
    pub fn keep_secret(&self, name: &'static str, secret: &[u8]) -> Result<(), DeskError> {
        self.secrets().keep(name, secret)
    }

    /// Returns a secret kept earlier; `None` if there never was one.
    ///
    /// # Errors
    /// Returns [`DeskError::VaultDamaged`] if it was altered, and errors of the disk.
    pub fn secret(&self, name: &'static str) -> Result<Option<Zeroizing<Vec<u8>>>, DeskError> {
        self.secrets().get(name)
    }

    /// Returns access to the secrets alone, for a desk at work.
    pub(crate) fn secrets(&self) -> SecretFiles {
        SecretFiles { folder: self.folder.join("secrets"), key: self.derive("secrets") }
    }
}

/// The sealed secrets of a vault.
pub(crate) struct SecretFiles {
    folder: PathBuf,
    key: Key,
}

impl SecretFiles {
    /// Keeps a secret, sealed. It is durable when this returns.
    pub(crate) fn keep(&self, name: &'static str, secret: &[u8]) -> Result<(), DeskError> {
        fs::create_dir_all(&self.folder)?;
        let sealed = XChaCha::new(&self.key).seal(name.as_bytes(), secret)?;
        write_durably(&self.folder.join(name), &sealed)
    }

    /// Returns a secret kept earlier; `None` if there never was one.
    pub(crate) fn get(&self, name: &'static str) -> Result<Option<Zeroizing<Vec<u8>>>, DeskError> {
        match fs::read(self.folder.join(name)) {
            Ok(sealed) => XChaCha::new(&self.key)
                .open(name.as_bytes(), &sealed)
                .map(Some)
                .map_err(|_| DeskError::VaultDamaged),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("protection", &self.protection).finish_non_exhaustive()
    }
}

/// Writes a whole file or leaves the old one: new file, fsync, rename, fsync of the folder.
fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), DeskError> {
    let folder = path.parent().ok_or(DeskError::VaultDamaged)?;
    let draft = path.with_extension("new");
    let mut file = private_file::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&draft, path)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    async fn vault(folder: &Path) -> Result<Vault, DeskError> {
        Vault::open_or_create_with_key_file(folder).await
    }

    #[tokio::test]
    async fn s2_a_vault_opens_again_with_the_same_keys() {
        let folder = tempfile::tempdir().unwrap();
        let first = vault(folder.path()).await.unwrap();
        first.keep_secret("desk", b"secret").unwrap();
        let second = vault(folder.path()).await.unwrap();
        assert_eq!(first.database_key(), second.database_key());
        assert_eq!(second.secret("desk").unwrap().unwrap().as_slice(), b"secret");
        assert!(second.secret("other").unwrap().is_none());
        assert_ne!(first.derive("blob").as_slice(), first.derive("database").as_slice());
        let on_disk = fs::read(folder.path().join("secrets/desk")).unwrap();
        assert!(!on_disk.windows(6).any(|w| w == b"secret"));
    }

    #[tokio::test]
    async fn s2_a_missing_key_is_an_error_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        vault(folder.path()).await.unwrap();
        let header = fs::read(folder.path().join(HEADER_FILE)).unwrap();
        fs::remove_file(folder.path().join(wrap::KEY_FILE)).unwrap();
        assert_eq!(vault(folder.path()).await.unwrap_err().code(), "key_missing");
        assert_eq!(fs::read(folder.path().join(HEADER_FILE)).unwrap(), header);
        assert!(!folder.path().join(wrap::KEY_FILE).exists());
    }

    #[tokio::test]
    async fn s2_a_wrong_key_is_an_error() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        vault(one.path()).await.unwrap();
        vault(other.path()).await.unwrap();
        fs::copy(other.path().join(wrap::KEY_FILE), one.path().join(wrap::KEY_FILE)).unwrap();
        assert_eq!(vault(one.path()).await.unwrap_err().code(), "key_wrong");
    }

    #[tokio::test]
    async fn s2_a_key_file_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        vault(folder.path()).await.unwrap();
        let path = folder.path().join(wrap::KEY_FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(vault(folder.path()).await.unwrap_err().code(), "key_exposed");
    }

    #[tokio::test]
    async fn s2_no_new_vault_beside_an_old_database_and_no_new_database_beside_an_old_vault() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(DATABASE_FILE), b"something").unwrap();
        assert_eq!(vault(folder.path()).await.unwrap_err().code(), "key_missing");
        fs::remove_file(folder.path().join(DATABASE_FILE)).unwrap();
        vault(folder.path()).await.unwrap().database_was_made().unwrap();
        assert_eq!(vault(folder.path()).await.unwrap_err().code(), "database_missing");
    }
}
