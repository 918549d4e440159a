//! Files of keys: readable by their owner only, never overwritten.

use super::KeyFileError;
use rules::keys::SoftwareKey;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    io::{Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};
use zeroize::Zeroizing;

pub(super) type Secret = Zeroizing<[u8; 32]>;

fn at(path: &Path, source: std::io::Error) -> KeyFileError {
    match source.kind() {
        std::io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
        std::io::ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
        _ => KeyFileError::File { path: path.to_owned(), source },
    }
}

/// Creates a folder for its owner only, if there is none.
pub(super) fn folder(path: &Path) -> Result<(), KeyFileError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(path).map_err(|source| at(path, source))?;
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(path, private).map_err(|source| at(path, source))
}

/// Writes a new file.
pub(super) fn write(path: &Path, text: &[u8]) -> Result<(), KeyFileError> {
    let mut options = std::fs::OpenOptions::new();
    let mut file =
        options.write(true).create_new(true).mode(0o600).open(path).map_err(|source| at(path, source))?;
    file.write_all(text).and_then(|()| file.sync_all()).map_err(|source| at(path, source))
}

/// Writes a new file as JSON.
pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), KeyFileError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|_| KeyFileError::Malformed(path.to_owned()))?;
    text.push(b'\n');
    write(path, &text)
}

/// Writes a file as JSON in place of the one before, which stays whole until then.
pub(super) fn replace_json<T: Serialize>(path: &Path, value: &T) -> Result<(), KeyFileError> {
    let new = path.with_extension("new");
    remove(&new)?;
    write_json(&new, value)?;
    rename(&new, path)
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<(), KeyFileError> {
    std::fs::rename(from, to).map_err(|source| at(from, source))
}

/// Keeps a file under a second name too, if there is one, in place of what had that name before.
pub(super) fn keep(path: &Path, also: &Path) -> Result<(), KeyFileError> {
    let draft = also.with_extension("new");
    remove(&draft)?;
    match std::fs::hard_link(path, &draft) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(at(path, source)),
        Ok(()) => rename(&draft, also),
    }
}

/// Removes a file, if there is one.
pub(super) fn remove(path: &Path) -> Result<(), KeyFileError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(at(path, source)),
        _ => Ok(()),
    }
}

/// Reads a secret file.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let mut file = std::fs::File::open(path).map_err(|source| at(path, source))?;
    let mode = file.metadata().map_err(|source| at(path, source))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Readable(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(|source| at(path, source))?;
    Ok(text)
}

/// Reads a JSON file that anybody may read: it is signed or sealed. Removable media often know no
/// owners.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, KeyFileError> {
    let text = Zeroizing::new(std::fs::read(path).map_err(|source| at(path, source))?);
    serde_json::from_slice(&text).map_err(|_| KeyFileError::Malformed(path.to_owned()))
}

/// Draws a secret and writes it to a new file.
pub(super) fn draw(path: &Path, random: impl FnMut() -> [u8; 32]) -> Result<SoftwareKey, KeyFileError> {
    let (bytes, key) = SoftwareKey::draw(random);
    let text = Zeroizing::new(rules::hex::encode(&*bytes));
    write(path, text.as_bytes())?;
    Ok(key)
}

/// Reads a secret of 32 bytes.
pub(super) fn secret(path: &Path) -> Result<Secret, KeyFileError> {
    let text = read(path)?;
    let bytes = Zeroizing::new(rules::hex::decode(text.trim()).unwrap_or_default());
    let secret: [u8; 32] =
        bytes.as_slice().try_into().map_err(|_| KeyFileError::Malformed(path.to_owned()))?;
    Ok(Zeroizing::new(secret))
}
