//! Where the wrapping key is: sealed by the TPM, in the session's keyring, or in a file.

use super::{Key, VaultSettings, settings::KeyFile, tpm, write_durably};
use crate::error::DeskError;
use rules::window::KeyProtection;
use secret_service::{EncryptionType, SecretService};
use std::{
    collections::HashMap, fs, io, io::Write, os::unix::fs::PermissionsExt, path::Path, time::Duration,
};
use zeroize::Zeroizing;

pub(super) const KEY_FILE: &str = "vault.key";
/// The key as the TPM sealed it.
pub(super) const TPM_FILE: &str = "vault.tpm";
/// A keyring that takes longer to answer at the first start is treated as absent.
const KEYRING_ANSWER: Duration = Duration::from_secs(2);
/// Unlocking may ask a person for a password.
const KEYRING_UNLOCK: Duration = Duration::from_secs(60);

/// Returns whether the session has a keyring that is open and can be used now.
async fn keyring_answers() -> bool {
    // Without a bus the library would try well-known sockets first and wait for them.
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_none() {
        return false;
    }
    let unlocked = async {
        let service = SecretService::connect(EncryptionType::Dh).await?;
        let unlocked = !service.get_default_collection().await?.is_locked().await?;
        Ok::<_, secret_service::Error>(unlocked)
    };
    matches!(tokio::time::timeout(KEYRING_ANSWER, unlocked).await, Ok(Ok(true)))
}

fn attributes(folder: &str) -> HashMap<&str, &str> {
    HashMap::from([("application", "suishen-counter"), ("folder", folder)])
}

fn name_of(folder: &Path) -> Result<String, DeskError> {
    Ok(folder.canonicalize()?.to_string_lossy().into_owned())
}

/// Chooses what holds the key of a new vault: the best there is.
pub(super) async fn choose(settings: &VaultSettings) -> Result<KeyProtection, DeskError> {
    if settings.tcti().is_some() {
        Ok(KeyProtection::Tpm)
    } else if keyring_answers().await {
        Ok(KeyProtection::Keyring)
    } else if settings.key_file == KeyFile::Refused {
        Err(DeskError::KeyUnprotected)
    } else {
        Ok(KeyProtection::KeyFile)
    }
}

/// Keeps a new wrapping key.
pub(super) async fn keep(
    protection: KeyProtection,
    settings: &VaultSettings,
    folder: &Path,
    key: &Key,
) -> Result<(), DeskError> {
    match protection {
        KeyProtection::Tpm => {
            let tcti = settings.tcti().ok_or(DeskError::TpmUnavailable)?;
            let sealed = serde_json::to_vec_pretty(&tpm::seal(&tcti, key).await?);
            write_durably(&folder.join(TPM_FILE), &sealed.map_err(|_| DeskError::VaultDamaged)?)
        }
        KeyProtection::KeyFile => {
            let mut file = private_file::create(&folder.join(KEY_FILE))?;
            file.write_all(key.as_slice())?;
            file.sync_all()?;
            Ok(())
        }
        KeyProtection::Keyring => {
            let name = name_of(folder)?;
            let kept = async {
                let service = SecretService::connect(EncryptionType::Dh).await?;
                let collection = service.get_default_collection().await?;
                let title = "suishen-counter";
                let media = "application/octet-stream";
                // Replaces what an abandoned first start may have left: there is no vault that
                // needs it.
                collection.create_item(title, attributes(&name), key.as_slice(), true, media).await?;
                Ok::<_, secret_service::Error>(())
            };
            match tokio::time::timeout(KEYRING_UNLOCK, kept).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(DeskError::KeyMissing),
            }
        }
    }
}

/// Fetches the wrapping key.
pub(super) async fn fetch(
    protection: KeyProtection,
    settings: &VaultSettings,
    folder: &Path,
) -> Result<Key, DeskError> {
    match protection {
        KeyProtection::Tpm => {
            let bytes = fs::read(folder.join(TPM_FILE)).map_err(missing)?;
            let sealed = serde_json::from_slice(&bytes).map_err(|_| DeskError::VaultDamaged)?;
            let tcti = settings.tcti().ok_or(DeskError::TpmUnavailable)?;
            tpm::open(&tcti, sealed).await
        }
        KeyProtection::KeyFile if settings.key_file == KeyFile::Refused => Err(DeskError::KeyUnprotected),
        KeyProtection::KeyFile => read_key_file(&folder.join(KEY_FILE)),
        KeyProtection::Keyring => {
            let name = name_of(folder)?;
            let found = async {
                let service = SecretService::connect(EncryptionType::Dh).await?;
                let items = service.search_items(attributes(&name)).await?;
                let item = match (items.unlocked.into_iter().next(), items.locked.into_iter().next()) {
                    (Some(item), _) => item,
                    (None, Some(item)) => {
                        item.unlock().await?;
                        item
                    }
                    (None, None) => return Ok(None),
                };
                item.get_secret().await.map(|secret| Some(Zeroizing::new(secret)))
            };
            match tokio::time::timeout(KEYRING_UNLOCK, found).await {
                Ok(Ok(Some(secret))) => as_key(&secret),
                Ok(Ok(None) | Err(_)) | Err(_) => Err(DeskError::KeyMissing),
            }
        }
    }
}

fn missing(error: io::Error) -> DeskError {
    match error.kind() {
        io::ErrorKind::NotFound => DeskError::KeyMissing,
        _ => error.into(),
    }
}

fn read_key_file(path: &Path) -> Result<Key, DeskError> {
    if fs::metadata(path).map_err(missing)?.permissions().mode() & 0o077 != 0 {
        return Err(DeskError::KeyExposed);
    }
    as_key(&Zeroizing::new(fs::read(path).map_err(missing)?))
}

fn as_key(bytes: &[u8]) -> Result<Key, DeskError> {
    bytes.try_into().map(Zeroizing::new).map_err(|_| DeskError::KeyWrong)
}
