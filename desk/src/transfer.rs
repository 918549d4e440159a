//! Offline transfer of the outbox (离线数据导出、导入) when an outage is long: to an encrypted file, and
//! from one at another desk, which hands it on to the centre. The effect is that of one push,
//! however often it arrives and by whichever way.

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        self,
        audit::{self, Event},
        blob::{Blob, BlobOrigin},
        transfer::RefusedBatch,
    },
    sync::log::{DatabaseLog, Log as _},
};
use rules::{
    Sensitive,
    correction::Digest,
    keys::Signer,
    op::BATCH_LIMIT,
    permission::Duty,
    transfer::{LIMIT_BYTES, TransferBlob, TransferError, TransferFile, open, seal},
    wire::PushRequest,
};
use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Blobs fill at most a quarter of the file: it must open in the memory of any desk.
const BLOBS_LIMIT_BYTES: usize = LIMIT_BYTES / 4;

impl From<TransferError> for DeskError {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Passphrase => Self::TransferPassphrase,
            TransferError::Locked => Self::TransferLocked,
            TransferError::TooLarge | TransferError::Foreign | TransferError::Damaged => {
                Self::TransferDamaged
            }
        }
    }
}

/// Component for the offline transfer of the outbox.
pub struct Transfer {
    core: Arc<Core>,
}

impl Transfer {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Writes everything without a receipt to an encrypted file in `folder` and returns its path.
    /// The queue stays: the centre knows what it has had.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it,
    /// [`DeskError::TransferPassphrase`] if the passphrase is too short, and an error of the
    /// database or the file.
    pub async fn export(
        &self,
        operator: &Operator,
        folder: &Path,
        passphrase: &Sensitive<String>,
    ) -> Result<PathBuf, DeskError> {
        operator.may(Duty::TransferQueue)?;
        let key = self.core.signing.key();
        let queue = TransferFile {
            certificate: key.certificate.clone(),
            batches: self.signed_batches(&*key.signer).await?,
            blobs: self.blobs_to_send().await?,
        };
        let phrase = passphrase.clone();
        let (salt, nonce) = (rand::random(), rand::random());
        let sealing = tokio::task::spawn_blocking(move || seal(&queue, phrase.expose(), salt, nonce));
        let file = sealing.await.map_err(|error| DeskError::Store(Box::new(error)))??;
        let at = self.core.clock.read().at;
        let name = format!(
            "queue-{}-{:03}-{}.sstransfer",
            key.key().site,
            self.core.identity.desk_number,
            at.seconds()
        );
        let path = folder.join(name);
        fs::create_dir_all(folder)?;
        let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        out.write_all(&file)?;
        out.sync_all()?;
        let detail = Digest::of(&file).to_string();
        self.core.note(&operator.entry(Event::QueueExported, None, &detail)).await?;
        Ok(path)
    }

    async fn signed_batches(&self, signer: &dyn Signer) -> Result<Vec<PushRequest>, DeskError> {
        let log = DatabaseLog::of(&self.core);
        let mut next = log.position().await?.decided_through + 1;
        let mut batches = Vec::new();
        loop {
            let Some(batch) = log.batch(next, BATCH_LIMIT).await? else {
                // The centre has given its receipt for what retention has removed.
                let Some(emptied) = log.emptied_through(next).await? else { return Ok(batches) };
                next = emptied + 1;
                continue;
            };
            next += batch.batch.ops.len() as u64;
            let signed = batch.sign(signer);
            batches.push(signed.map_err(|_| DeskError::KeyWrong)?);
        }
    }

    async fn blobs_to_send(&self) -> Result<Vec<TransferBlob>, DeskError> {
        let mut read = self.core.store.read().await?;
        let mut blobs = Vec::new();
        let mut room = BLOBS_LIMIT_BYTES;
        for digest in store::blob::to_upload(&mut read).await? {
            let Some(Blob { bytes, media_type }) = self.core.store.blob(&mut read, &digest).await? else {
                continue;
            };
            match room.checked_sub(bytes.len()) {
                Some(left) => room = left,
                None => break,
            }
            blobs.push(TransferBlob { digest, media_type, bytes });
        }
        Ok(blobs)
    }

    /// Takes a file of another desk in; the centre gets it at the next synchronisation. Returns how
    /// many operations it holds. Taking the same file in twice changes nothing.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it,
    /// [`DeskError::TransferDamaged`] if it is no such file, [`DeskError::TransferLocked`] if the
    /// passphrase is wrong, [`DeskError::TransferForeign`] if certificate, chain or signature do
    /// not verify, and an error of the database or the file.
    pub async fn import(
        &self,
        operator: &Operator,
        path: &Path,
        passphrase: &Sensitive<String>,
    ) -> Result<u32, DeskError> {
        operator.may(Duty::TransferQueue)?;
        if fs::metadata(path)?.len() > LIMIT_BYTES as u64 {
            return Err(DeskError::TransferDamaged);
        }
        let file = fs::read(path)?;
        let detail = Digest::of(&file).to_string();
        let phrase = passphrase.clone();
        let opening = tokio::task::spawn_blocking(move || open(&file, phrase.expose()));
        let queue = opening.await.map_err(|error| DeskError::Store(Box::new(error)))??;
        self.check(&queue)?;
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        let mut count = 0;
        for request in &queue.batches {
            store::transfer::put(&mut write, request, reading.at).await?;
            count += u32::try_from(request.batch.ops.len()).unwrap_or(u32::MAX);
        }
        for TransferBlob { bytes, media_type, .. } in queue.blobs {
            let blob = Blob { bytes, media_type };
            self.core.store.put_blob(&mut write, &blob, BlobOrigin::Desk, reading.at).await?;
        }
        audit::append(&mut write, &reading, &operator.entry(Event::QueueImported, None, &detail)).await?;
        self.core.commit(write).await?;
        Ok(count)
    }

    /// Checks a file as the centre would check that desk's own push.
    fn check(&self, queue: &TransferFile) -> Result<(), DeskError> {
        let key = queue.certificate.verify(&self.core.trust()).map_err(|_| DeskError::TransferForeign)?;
        if key.class != self.core.identity.class() {
            return Err(DeskError::TransferForeign);
        }
        for PushRequest { batch, signature, .. } in &queue.batches {
            let signature = rules::hex::decode(signature).ok_or(DeskError::TransferForeign)?;
            let signed = key.public_key.verify(&batch.signed_bytes(), &signature);
            signed.map_err(|_| DeskError::TransferForeign)?;
            batch.check().map_err(|_| DeskError::TransferForeign)?;
            if (batch.device, batch.epoch) != (key.device, key.epoch) {
                return Err(DeskError::TransferForeign);
            }
        }
        for blob in &queue.blobs {
            if Digest::of(&blob.bytes) != blob.digest {
                return Err(DeskError::TransferForeign);
            }
        }
        Ok(())
    }

    /// Returns the batches of other desks that came in a file and that the centre refused.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn refused(&self) -> Result<Vec<RefusedBatch>, DeskError> {
        store::transfer::all_refused(&mut *self.core.store.read().await?).await
    }
}
