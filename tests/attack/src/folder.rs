//! Opens a copied desk folder whose wrapping key lies beside it.

use crate::key::Key;
use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sm3::Sm3;
use std::{fs, path::Path};

/// What a thief finds in a folder without any password.
pub struct Folder {
    data_key: Vec<u8>,
    path: std::path::PathBuf,
}

impl Folder {
    /// Opens a folder in key-file mode.
    ///
    /// # Errors
    /// If the wrapping key is not there, or does not fit.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let header: Value = serde_json::from_slice(&fs::read(path.join("vault.json"))?)?;
        let wrapping = fs::read(path.join("vault.key")).context("the wrapping key is elsewhere")?;
        let wrapped = STANDARD.decode(header["wrapped_key"].as_str().context("wrapped_key")?)?;
        Ok(Self { data_key: unseal(&wrapping, b"vault.json", &wrapped)?, path: path.to_owned() })
    }

    /// Returns one of the sealed secrets.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn secret(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let sealed = fs::read(self.path.join("secrets").join(name))?;
        unseal(&self.derived("secrets"), name.as_bytes(), &sealed)
    }

    /// Returns the names of all sealed secrets.
    ///
    /// # Errors
    /// Any failure of the disk.
    pub fn secrets(&self) -> anyhow::Result<Vec<String>> {
        let names = fs::read_dir(self.path.join("secrets"))?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<std::io::Result<Vec<String>>>()?;
        Ok(names)
    }

    /// Returns the desk's own key.
    ///
    /// # Errors
    /// If there is none.
    pub fn desk_key(&self) -> anyhow::Result<Key> {
        Key::new(&self.secret("desk-key")?)
    }

    fn derived(&self, purpose: &str) -> Vec<u8> {
        let Ok(mut mac) = <Hmac<Sm3> as hmac::KeyInit>::new_from_slice(&self.data_key) else {
            return Vec::new();
        };
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}

pub(crate) fn unseal(key: &[u8], name: &[u8], sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<24>().context("too short")?;
    let cipher = XChaCha20Poly1305::new_from_slice(key).ok().context("no key")?;
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: name }).ok().context("does not open")
}
