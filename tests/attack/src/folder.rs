//! Opens a copied desk folder whose wrapping key lies beside it.

use crate::key::{Key, hex};
use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sm3::Sm3;
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};
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
        self.secret_of(&self.path, name)
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

    /// Opens the database and returns every row of every table as text, with the table's name.
    ///
    /// # Errors
    /// If the database does not open with this folder's key.
    pub async fn rows(&self) -> anyhow::Result<Vec<(String, String)>> {
        self.rows_of(&self.path).await
    }

    /// Works as [`Self::rows`], on the database of another folder.
    ///
    /// # Errors
    /// If that database does not open with this folder's key.
    pub async fn rows_of(&self, folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
        let key = format!("\"x'{}'\"", hex(&self.derived("database")));
        let options = SqliteConnectOptions::new().filename(folder.join("desk.db")).pragma("key", key);
        let mut database = options.connect().await?;
        let tables: Vec<(String,)> = sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'table'")
            .fetch_all(&mut database)
            .await?;
        let mut rows = Vec::new();
        for (table,) in tables {
            let columns: Vec<(String,)> = sqlx::query_as("SELECT name FROM pragma_table_xinfo(?)")
                .bind(&table)
                .fetch_all(&mut database)
                .await?;
            let quoted: Vec<String> =
                columns.iter().map(|(name,)| format!("'{name}=' || quote(\"{name}\")")).collect();
            let statement = format!("SELECT {} FROM \"{table}\"", quoted.join(" || ' ' || "));
            let found: Vec<(String,)> = sqlx::query_as(&statement).fetch_all(&mut database).await?;
            rows.extend(found.into_iter().map(|(row,)| (table.clone(), row)));
        }
        database.close().await?;
        Ok(rows)
    }

    /// Opens a piece of evidence or a photo with this folder's key.
    ///
    /// # Errors
    /// If it was sealed with another key.
    pub fn blob(&self, digest: &str, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        unseal(&self.derived("blob"), digest.as_bytes(), sealed)
    }

    /// Returns the reference under which this desk files the person with a number, hex.
    #[must_use]
    pub fn reference(&self, number: &str) -> String {
        hex(&mac(&self.derived("citizen references"), number))
    }

    /// Opens a secret of another folder with the keys of this one.
    ///
    /// # Errors
    /// If it was sealed with another key.
    pub fn secret_of(&self, folder: &Path, name: &str) -> anyhow::Result<Vec<u8>> {
        let sealed = fs::read(folder.join("secrets").join(name))?;
        unseal(&self.derived("secrets"), name.as_bytes(), &sealed)
    }

    fn derived(&self, purpose: &str) -> Vec<u8> {
        mac(&self.data_key, purpose)
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let Ok(mut mac) = <Hmac<Sm3> as hmac::KeyInit>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn unseal(key: &[u8], name: &[u8], sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<24>().context("too short")?;
    let cipher = XChaCha20Poly1305::new_from_slice(key).ok().context("no key")?;
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: name }).ok().context("does not open")
}
