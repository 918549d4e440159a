//! Evidence and photos: content-addressed by the SM3 of their plaintext, encrypted at rest (S3), uploaded in pieces.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use object_store::{
    ObjectStore, ObjectStoreExt as _, aws::AmazonS3Builder, local::LocalFileSystem, path::Path as ObjectPath,
};
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

/// A blob as it is given back.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob {
    /// `image/jpeg` …, as its uploader said.
    pub media_type: String,
    /// Plaintext.
    pub bytes: Vec<u8>,
}

impl Blob {
    /// What is encrypted: one byte of length, the media type, the bytes.
    fn encode(media_type: &str, bytes: &[u8]) -> Result<Vec<u8>, BlobError> {
        let length = u8::try_from(media_type.len()).map_err(|_| BlobError::TooLarge)?;
        let mut content = vec![length];
        content.extend(media_type.as_bytes());
        content.extend(bytes);
        Ok(content)
    }

    fn decode(content: &[u8]) -> Option<Self> {
        let (length, rest) = content.split_first()?;
        let (media_type, bytes) = rest.split_at_checked(usize::from(*length))?;
        Some(Self { media_type: String::from_utf8(media_type.to_vec()).ok()?, bytes: bytes.to_vec() })
    }
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
    pub async fn put(&self, digest: &Digest, media_type: &str, bytes: &[u8]) -> Result<(), BlobError> {
        if Digest::of(bytes) != *digest {
            return Err(BlobError::Digest);
        }
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let content = Blob::encode(media_type, bytes)?;
        let payload = Payload { msg: &content, aad: digest.0.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(failed)?;
        let mut stored = nonce.to_vec();
        stored.extend(sealed);
        self.store.put(&Self::place(digest), stored.into()).await.map_err(failed)?;
        Ok(())
    }

    /// A blob.
    ///
    /// # Errors
    /// When it is not there, was altered, or the store fails.
    pub async fn get(&self, digest: &Digest) -> Result<Blob, BlobError> {
        let found = match self.store.get(&Self::place(digest)).await {
            Ok(found) => found.bytes().await.map_err(failed)?,
            Err(object_store::Error::NotFound { .. }) => return Err(BlobError::NotFound),
            Err(error) => return Err(failed(error)),
        };
        let (nonce, sealed) = found.split_first_chunk::<NONCE_BYTES>().ok_or(BlobError::Digest)?;
        let payload = Payload { msg: sealed, aad: digest.0.as_bytes() };
        let content = self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| BlobError::Digest)?;
        Blob::decode(&content).ok_or(BlobError::Digest)
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
        media_type: &str,
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
        let kept = self.put(digest, media_type, &whole).await;
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

/// Address and credentials come from the environment (`AWS_…`), as every S3 program takes them.
fn s3(bucket: &str) -> Result<Arc<dyn ObjectStore>, BlobError> {
    // The provider is chosen once per process; a second choice of the same one changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = AmazonS3Builder::from_env().with_bucket_name(bucket).build().map_err(failed)?;
    Ok(Arc::new(store))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: u32 = 7;

    #[tokio::test]
    async fn s3_what_is_kept_is_encrypted_and_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), None, &[9; 32]).unwrap();
        let digest = Digest::of(b"a household book");
        blobs.put(&digest, "image/png", b"a household book").await.unwrap();
        let found = blobs.get(&digest).await.unwrap();
        assert_eq!(
            (found.media_type.as_str(), found.bytes.as_slice()),
            ("image/png", &b"a household book"[..])
        );
        let (first, rest) = digest.0.split_at(2);
        let kept = std::fs::read(folder.path().join("kept").join(first).join(rest)).unwrap();
        assert!(!kept.windows(9).any(|window| window == b"household"));
        let other = Blobs::open(folder.path(), None, &[8; 32]).unwrap();
        assert!(matches!(other.get(&digest).await, Err(BlobError::Digest)));
    }

    #[tokio::test]
    async fn an_upload_goes_on_where_it_stands_and_a_wrong_one_starts_again() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), None, &[9; 32]).unwrap();
        let digest = Digest::of(b"0123456789");
        assert!(!blobs.take(OWNER, &digest, "image/jpeg", 0, 10, b"0123").await.unwrap());
        let repeated = blobs.take(OWNER, &digest, "image/jpeg", 0, 10, b"0123").await;
        assert!(matches!(repeated, Err(BlobError::Offset(4))));
        assert!(blobs.take(OWNER, &digest, "image/jpeg", 4, 10, b"456789").await.unwrap());
        assert_eq!(blobs.get(&digest).await.unwrap().bytes, b"0123456789");
        let other = Digest::of(b"other");
        assert!(matches!(
            blobs.take(OWNER, &other, "image/jpeg", 0, 5, b"wrong").await,
            Err(BlobError::Digest)
        ));
        assert_eq!(blobs.received(OWNER, &other), 0);
        assert!(matches!(blobs.get(&other).await, Err(BlobError::NotFound)));
    }
}
