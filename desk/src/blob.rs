//! Photos and scanned evidence: kept here, fetched from the centre, uploaded when the line allows.

use crate::{
    core::Core,
    error::DeskError,
    session::Sessions,
    store::{
        self,
        blob::{Blob, BlobOrigin},
    },
};
use rules::correction::Digest;
use std::sync::Arc;

/// Component for photos and scanned evidence.
#[derive(Clone)]
pub struct Blobs {
    core: Arc<Core>,
    session: Arc<Sessions>,
}

impl Blobs {
    pub(crate) fn new(core: Arc<Core>, session: Arc<Sessions>) -> Self {
        Self { core, session }
    }

    /// Returns a blob of this desk, or fetches it from the centre and keeps it.
    ///
    /// # Errors
    /// Returns [`DeskError::BlobUnknown`] if it is not here and the centre does not give it,
    /// [`DeskError::BlobDamaged`] if the centre's bytes do not match the digest, and a database
    /// error if the store fails.
    pub async fn get(&self, digest: &Digest) -> Result<Blob, DeskError> {
        let mut read = self.core.store.read().await?;
        if let Some(blob) = self.core.blob(&mut read, digest).await? {
            return Ok(blob);
        }
        drop(read);
        let blob = match self.ask_centre(digest).await {
            Ok(blob) => blob,
            Err(DeskError::BlobDamaged) => return Err(DeskError::BlobDamaged),
            Err(_) => return Err(DeskError::BlobUnknown),
        };
        let mut write = self.core.store.write().await?;
        let at = self.core.clock.read().at;
        self.core.store.put_blob(&mut write, &blob, BlobOrigin::Centre, at).await?;
        write.commit().await?;
        Ok(blob)
    }

    /// Returns a blob of this desk, or fetches it from the centre without keeping it.
    ///
    /// # Errors
    /// Returns [`DeskError::CentreUnreachable`] and other trouble with the line or the centre,
    /// [`DeskError::BlobDamaged`] if the centre's bytes do not match the digest, and a database
    /// error if the store fails.
    pub(crate) async fn fetch(&self, digest: &Digest) -> Result<Blob, DeskError> {
        let here = self.core.blob(&mut *self.core.store.read().await?, digest).await?;
        match here {
            Some(blob) => Ok(blob),
            None => self.ask_centre(digest).await,
        }
    }

    async fn ask_centre(&self, digest: &Digest) -> Result<Blob, DeskError> {
        let now = self.core.clock.read().at;
        let blob = self.core.centre.get_blob(digest, self.session.token(), now).await?;
        if Digest::of(&blob.bytes) == *digest { Ok(blob) } else { Err(DeskError::BlobDamaged) }
    }

    /// Keeps a blob made here; it is uploaded when the line allows.
    ///
    /// # Errors
    /// Returns [`DeskError::BlobTooLarge`] for more bytes than the centre takes, and a database
    /// error if the store fails.
    pub async fn keep(&self, blob: &Blob) -> Result<Digest, DeskError> {
        let mut write = self.core.store.write().await?;
        let at = self.core.clock.read().at;
        let digest = self.core.store.put_blob(&mut write, blob, BlobOrigin::Desk, at).await?;
        self.core.commit(write).await?;
        Ok(digest)
    }

    /// Returns whether a blob is complete at the centre.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn is_uploaded(&self, digest: &Digest) -> Result<bool, DeskError> {
        store::blob::is_uploaded(&mut *self.core.store.read().await?, digest).await
    }
}
