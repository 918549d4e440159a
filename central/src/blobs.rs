//! BlobContent storage of evidence and photos.
//!
//! Blobs are addressed by the SM3 of their plaintext, encrypted at rest (S3) and
//! uploaded in pieces.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use object_store::{
    ObjectStore, ObjectStoreExt as _, aws::AmazonS3Builder, local::LocalFileSystem, path::Path as ObjectPath,
};
use rules::correction::Digest;
use std::{
    fs::{File, Metadata},
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Largest blob, in bytes; a scanned card or household book page has a few hundred kB.
pub const LARGEST_BYTES: u64 = 8 * 1024 * 1024;
const NONCE_BYTES: usize = 24;
/// Bytes that sealing adds: the nonce and the Poly1305 tag.
const SEAL_BYTES: u64 = NONCE_BYTES as u64 + 16;

/// Reason why a blob cannot be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// No blob has this digest.
    #[error("no such blob")]
    NotFound,
    /// The bytes do not match the digest.
    #[error("digest differs")]
    Digest,
    /// The piece does not continue the upload; the value is the offset to resume from.
    #[error("upload stands at {0}")]
    Offset(u64),
    /// The blob exceeds [`LARGEST_BYTES`] or its announced size.
    #[error("too large")]
    TooLarge,
    /// The object store or file system failed.
    #[error("blob store: {0}")]
    Store(String),
}

/// Encrypted blob store, with the unfinished uploads of this process.
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// Where they lie, if it is on this machine.
    kept: Option<PathBuf>,
    incoming: PathBuf,
    cipher: XChaCha20Poly1305,
}

/// A decrypted blob as it is served.
#[derive(Clone, PartialEq, Eq)]
pub struct BlobContent {
    /// Media type named by the uploader, such as `image/jpeg`.
    pub media_type: String,
    /// Decrypted content of the blob.
    pub bytes: Vec<u8>,
}

impl BlobContent {
    /// Returns the plaintext to seal: one length byte, the media type, the bytes.
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
    /// Opens the blobs in `folder`, or with `bucket` in that S3 bucket.
    ///
    /// # Errors
    /// [`BlobError::Store`] if the folder cannot be created or S3 is not configured.
    pub fn open(folder: &Path, bucket: Option<&str>, key: &[u8; 32]) -> Result<Self, BlobError> {
        let incoming = folder.join("incoming");
        std::fs::create_dir_all(&incoming).map_err(failed)?;
        let (store, kept): (Arc<dyn ObjectStore>, _) = match bucket {
            None => {
                let kept = folder.join("kept");
                make_places(&kept).map_err(failed)?;
                // A desk forgets what it was told is kept: a power cut must not take it back.
                let store = LocalFileSystem::new_with_prefix(&kept).map_err(failed)?.with_fsync(true);
                (Arc::new(store), Some(kept))
            }
            Some(bucket) => (s3(bucket)?, None),
        };
        let cipher = XChaCha20Poly1305::new_from_slice(key).map_err(failed)?;
        Ok(Self { store, kept, incoming, cipher })
    }

    fn place(digest: &Digest) -> ObjectPath {
        let text = digest.to_string();
        let (folder, rest) = text.split_at(2);
        ObjectPath::from(format!("{folder}/{rest}"))
    }

    /// Returns whether a blob is stored completely. An object shorter than any seal was truncated
    /// by a disk fault and counts as absent, so that it can be uploaded again.
    ///
    /// # Errors
    /// [`BlobError::Store`] if the store fails.
    pub async fn exists(&self, digest: &Digest) -> Result<bool, BlobError> {
        match self.store.head(&Self::place(digest)).await {
            Ok(found) => Ok(found.size >= SEAL_BYTES),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// Whether a blob is complete and stays so after a power cut. It may be there while whoever put
    /// it still waits for the disk, or was told that the disk failed.
    ///
    /// # Errors
    /// When the store or the disk fails.
    pub async fn is_kept(&self, digest: &Digest) -> Result<bool, BlobError> {
        if !self.exists(digest).await? {
            return Ok(false);
        }
        let Some(kept) = &self.kept else { return Ok(true) };
        let path = kept.join(Self::place(digest).as_ref());
        tokio::task::spawn_blocking(move || {
            sync(&path)?;
            path.parent().map_or(Ok(()), sync)
        })
        .await
        .map_err(failed)?
        .map_err(failed)?;
        Ok(true)
    }

    /// Keeps a whole blob; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`BlobError::Digest`] if `bytes` do not match `digest`, [`BlobError::TooLarge`] if the media
    /// type exceeds 255 bytes, [`BlobError::Store`] if the store fails.
    pub async fn put(&self, digest: &Digest, media_type: &str, bytes: &[u8]) -> Result<(), BlobError> {
        if Digest::of(bytes) != *digest {
            return Err(BlobError::Digest);
        }
        let stored = self.seal(&digest.to_string(), &BlobContent::encode(media_type, bytes)?)?;
        self.store.put(&Self::place(digest), stored.into()).await.map_err(failed)?;
        Ok(())
    }

    /// Reads and decrypts a blob.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] if it is absent, [`BlobError::Digest`] if it was altered,
    /// [`BlobError::Store`] if the store fails.
    pub async fn get(&self, digest: &Digest) -> Result<BlobContent, BlobError> {
        let found = match self.store.get(&Self::place(digest)).await {
            Ok(found) => found.bytes().await.map_err(failed)?,
            Err(object_store::Error::NotFound { .. }) => return Err(BlobError::NotFound),
            Err(error) => return Err(failed(error)),
        };
        let content = self.open_sealed(&digest.to_string(), &found)?;
        BlobContent::decode(&content).ok_or(BlobError::Digest)
    }

    /// Returns how many plaintext bytes of an upload have arrived.
    #[must_use]
    pub fn received(&self, owner: u32, digest: &Digest) -> u64 {
        let folder = self.upload(owner, digest);
        let mut received = 0;
        // Each piece is named after its offset, where the pieces before it end.
        while let Ok(metadata) = std::fs::metadata(folder.join(received.to_string())) {
            let plain = metadata.len().saturating_sub(SEAL_BYTES);
            if plain == 0 {
                break;
            }
            received += plain;
        }
        received
    }

    /// Appends a piece to an upload; returns `true` when the upload is complete.
    ///
    /// Each desk has its own uploads, so that one cannot spoil another's. Pieces are sealed like
    /// whole blobs (S3).
    ///
    /// # Errors
    /// [`BlobError::Offset`] if the piece does not continue the upload, [`BlobError::TooLarge`] if
    /// it exceeds `total` or the limit, [`BlobError::Digest`] if the whole does not match,
    /// [`BlobError::Store`] if the store fails.
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
        let end = start.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if total > LARGEST_BYTES || end > total {
            return Err(BlobError::TooLarge);
        }
        if start != received {
            return Err(BlobError::Offset(received));
        }
        let folder = self.upload(owner, digest);
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let sealed = self.seal(&aad(digest, start), piece)?;
        write_whole(&folder.join(start.to_string()), &sealed).map_err(failed)?;
        if end < total {
            return Ok(false);
        }
        let kept = match self.joined(&folder, digest) {
            Ok(whole) => self.put(digest, media_type, &whole).await,
            Err(error) => Err(error),
        };
        // A wrong upload ends here too; the desk starts it again from the beginning.
        std::fs::remove_dir_all(&folder).map_err(failed)?;
        kept.map(|()| true)
    }

    /// Decrypts and joins all pieces of an upload.
    fn joined(&self, folder: &Path, digest: &Digest) -> Result<Vec<u8>, BlobError> {
        let mut whole = Vec::new();
        while let Ok(sealed) = std::fs::read(folder.join(whole.len().to_string())) {
            let piece = self.open_sealed(&aad(digest, whole.len()), &sealed)?;
            if piece.is_empty() {
                break;
            }
            whole.extend(piece);
        }
        Ok(whole)
    }

    /// Removes uploads not continued since `since`: their desk is gone, or continues
    /// at another process.
    ///
    /// # Errors
    /// [`BlobError::Store`] if the folder cannot be read or an entry not removed.
    pub fn forget_unfinished(&self, since: SystemTime) -> Result<(), BlobError> {
        for entry in std::fs::read_dir(&self.incoming).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let is_old = |metadata: &Metadata| metadata.modified().is_ok_and(|modified| modified < since);
            match entry.metadata() {
                Ok(metadata) if !is_old(&metadata) => {}
                Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(entry.path()).map_err(failed)?,
                Ok(_) => std::fs::remove_file(entry.path()).map_err(failed)?,
                // The upload was completed in the meantime.
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn upload(&self, owner: u32, digest: &Digest) -> PathBuf {
        self.incoming.join(format!("{digest}.{owner}"))
    }

    /// Encrypts `content`; returns the nonce followed by the ciphertext.
    fn seal(&self, aad: &str, content: &[u8]) -> Result<Vec<u8>, BlobError> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: content, aad: aad.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(failed)?;
        Ok([&nonce[..], &sealed].concat())
    }

    fn open_sealed(&self, aad: &str, stored: &[u8]) -> Result<Vec<u8>, BlobError> {
        let (nonce, sealed) = stored.split_first_chunk::<NONCE_BYTES>().ok_or(BlobError::Digest)?;
        let payload = Payload { msg: sealed, aad: aad.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| BlobError::Digest)
    }
}

/// Binds a piece to its upload and its offset, so that sealed pieces cannot be swapped.
fn aad(digest: &Digest, start: impl std::fmt::Display) -> String {
    format!("{digest}@{start}")
}

/// Makes the folders blobs lie in, two digits of their digests each. Made with its first blob, one
/// could be lost in a power cut with a blob that another upload had put there meanwhile.
fn make_places(kept: &Path) -> std::io::Result<()> {
    let missing = kept.ancestors().take_while(|folder| !folder.is_dir()).count();
    for first in 0..=u8::MAX {
        std::fs::create_dir_all(kept.join(format!("{first:02x}")))?;
    }
    // With those that were made for it, and the one that knows of them.
    kept.canonicalize()?.ancestors().take(missing.max(1) + 1).try_for_each(sync)
}

/// Waits until a file or folder is on the disk.
fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// There whole or not at all, also after a power cut.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let mut file = private_file::create(&new)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    std::fs::rename(new, path)
}

/// Opens an S3 bucket; address and credentials come from the environment (`AWS_…`).
fn s3(bucket: &str) -> Result<Arc<dyn ObjectStore>, BlobError> {
    // The provider is installed once per process; a second installation fails without harm.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = AmazonS3Builder::from_env().with_bucket_name(bucket).build().map_err(failed)?;
    Ok(Arc::new(store))
}

#[cfg(test)]
mod tests;
