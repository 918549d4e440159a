//! Evidence and photos: content-addressed by the SM3 of their plaintext, encrypted at rest (S3), uploaded in pieces.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use object_store::{ObjectStore, ObjectStoreExt as _, local::LocalFileSystem, path::Path as ObjectPath};
use rules::correction::Digest;
use std::{
    io::{Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Largest blob: a card scan or household book page is a few hundred kB.
pub const LARGEST_BYTES: u64 = 8 * 1024 * 1024;
const NONCE_BYTES: usize = 24;

/// Why a blob cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Not there.
    #[error("no such blob")]
    NotFound,
    /// The bytes are not the ones of the digest.
    #[error("digest differs")]
    Digest,
    /// The piece does not start where the upload stands: go on from here.
    #[error("upload stands at {0}")]
    Offset(u64),
    /// Too large.
    #[error("too large")]
    TooLarge,
    /// The store fails.
    #[error("blob store: {0}")]
    Store(String),
}

/// The blobs.
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    incoming: PathBuf,
    cipher: XChaCha20Poly1305,
}

fn failed(error: impl std::fmt::Display) -> BlobError {
    BlobError::Store(error.to_string())
}

impl Blobs {
    /// Blobs in a folder; with `bucket` in that bucket of an S3 service.
    ///
    /// # Errors
    /// When the folder cannot be made, or the service is not configured.
    pub fn open(folder: &Path, bucket: Option<&str>, key: &[u8; 32]) -> Result<Self, BlobError> {
        let incoming = folder.join("incoming");
        std::fs::create_dir_all(&incoming).map_err(failed)?;
        let store: Arc<dyn ObjectStore> = match bucket {
            None => {
                let kept = folder.join("kept");
                std::fs::create_dir_all(&kept).map_err(failed)?;
                Arc::new(LocalFileSystem::new_with_prefix(kept).map_err(failed)?)
            }
            Some(bucket) => s3(bucket)?,
        };
        let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(failed)?;
        Ok(Self { store, incoming, cipher })
    }

    fn place(digest: &Digest) -> ObjectPath {
        let (folder, rest) = digest.0.split_at(digest.0.len().min(2));
        ObjectPath::from(format!("{folder}/{rest}"))
    }

    /// Whether a blob is complete.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn exists(&self, digest: &Digest) -> Result<bool, BlobError> {
        match self.store.head(&Self::place(digest)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// Keeps a whole blob.
    ///
    /// # Errors
    /// When the digest differs or the store fails.
    pub async fn put(&self, digest: &Digest, bytes: &[u8]) -> Result<(), BlobError> {
        if Digest::of(bytes) != *digest {
            return Err(BlobError::Digest);
        }
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: bytes, aad: digest.0.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(failed)?;
        let mut stored = nonce.to_vec();
        stored.extend(sealed);
        self.store.put(&Self::place(digest), stored.into()).await.map_err(failed)?;
        Ok(())
    }

    /// A blob's plaintext.
    ///
    /// # Errors
    /// When it is not there, was altered, or the store fails.
    pub async fn get(&self, digest: &Digest) -> Result<Vec<u8>, BlobError> {
        let found = match self.store.get(&Self::place(digest)).await {
            Ok(found) => found.bytes().await.map_err(failed)?,
            Err(object_store::Error::NotFound { .. }) => return Err(BlobError::NotFound),
            Err(error) => return Err(failed(error)),
        };
        let (nonce, sealed) = found.split_first_chunk::<NONCE_BYTES>().ok_or(BlobError::Digest)?;
        let payload = Payload { msg: sealed, aad: digest.0.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| BlobError::Digest)
    }

    /// How much of an upload is there.
    #[must_use]
    pub fn received(&self, owner: u32, digest: &Digest) -> u64 {
        std::fs::metadata(self.part(owner, digest)).map_or(0, |metadata| metadata.len())
    }

    /// Takes a piece of an upload; `true` when it is complete. Each desk has its own uploads: one cannot spoil another's.
    ///
    /// # Errors
    /// When the piece does not follow what is there, the whole is wrong, or the store fails.
    pub async fn take(
        &self,
        owner: u32,
        digest: &Digest,
        start: u64,
        total: u64,
        piece: &[u8],
    ) -> Result<bool, BlobError> {
        let received = self.received(owner, digest);
        let end = start + u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if total > LARGEST_BYTES || end > total {
            return Err(BlobError::TooLarge);
        }
        if start != received {
            return Err(BlobError::Offset(received));
        }
        let path = self.part(owner, digest);
        append(&path, start, piece).map_err(failed)?;
        if end < total {
            return Ok(false);
        }
        let whole = std::fs::read(&path).map_err(failed)?;
        let kept = self.put(digest, &whole).await;
        // Right or wrong, this upload is over; a wrong one starts again.
        std::fs::remove_file(&path).map_err(failed)?;
        kept.map(|()| true)
    }

    fn part(&self, owner: u32, digest: &Digest) -> PathBuf {
        self.incoming.join(format!("{}.{owner}.part", digest.0))
    }
}

fn append(path: &Path, start: u64, piece: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.seek(std::io::SeekFrom::Start(start))?;
    file.write_all(piece)?;
    file.sync_data()
}

#[cfg(feature = "s3")]
fn s3(bucket: &str) -> Result<Arc<dyn ObjectStore>, BlobError> {
    let store = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(bucket).build().map_err(failed)?;
    Ok(Arc::new(store))
}

#[cfg(not(feature = "s3"))]
fn s3(_bucket: &str) -> Result<Arc<dyn ObjectStore>, BlobError> {
    Err(BlobError::Store("this program was built without feature s3".to_owned()))
}
