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
        if let Some(blob) = self.core.store.blob(&mut read, digest).await? {
            return Ok(blob);
        }
        drop(read);
        let now = self.core.clock.read().at;
        let fetched = self.core.centre.get_blob(digest, self.session.token(), now).await;
        let blob = fetched.map_err(|_| DeskError::BlobUnknown)?;
        if Digest::of(&blob.bytes) != *digest {
            return Err(DeskError::BlobDamaged);
        }
        let mut write = self.core.store.write().await?;
        let at = self.core.clock.read().at;
        self.core.store.put_blob(&mut write, &blob, BlobOrigin::Centre, at).await?;
        write.commit().await?;
        Ok(blob)
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
