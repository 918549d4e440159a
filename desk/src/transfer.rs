//! Offline transfer of the outbox (离线数据导出、导入) when an outage is long: to a file that the
//! centre alone can open (C3), and from one at another desk, which hands it on unread. The effect
//! is that of one push, however often it arrives and by whichever way.

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        self, anchors,
        audit::{self, Event},
        blob::Blob,
        transfer::RefusedBatch,
    },
    sync::log::{DatabaseLog, Log as _},
};
use rules::{
    correction::Digest,
    op::BATCH_LIMIT,
    permission::Duty,
    transfer::{LIMIT_BYTES, Part, TransferBlob, TransferError, TransferFile},
};
use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Blobs fill at most a quarter of the file: it must fit into the memory of any desk.
const BLOBS_LIMIT_BYTES: usize = LIMIT_BYTES / 4;

/// Component for the offline transfer of the outbox.
pub struct Transfer {
    core: Arc<Core>,
}

impl Transfer {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Writes everything without a receipt to a file in `folder`, sealed to the centre, and returns
    /// its path. The queue stays: the centre knows what it has had.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it,
    /// [`DeskError::SealingKeyRevoked`] if the desk knows no key to seal to, and an error of the
    /// database or the file.
    pub async fn export(&self, operator: &Operator, folder: &Path) -> Result<PathBuf, DeskError> {
        operator.may(Duty::TransferQueue)?;
        let key = self.core.signing.key();
        let name = format!(
            "queue-{}-{:03}-{}.sstransfer",
            key.key().site,
            self.core.identity.desk_number,
            self.core.clock.read().at.seconds()
        );
        let file = self.sealed().await?;
        let path = folder.join(name);
        fs::create_dir_all(folder)?;
        let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        out.write_all(&file)?;
        out.sync_all()?;
        let detail = Digest::of(&file).to_string();
        self.core.note(&operator.entry(Event::QueueExported, None, &detail)).await?;
        Ok(path)
    }

    /// Returns the bytes of a file with the whole outbox.
    async fn sealed(&self) -> Result<Vec<u8>, DeskError> {
        let key = self.core.signing.key();
        let to = {
            let mut read = self.core.store.read().await?;
            anchors::sealing_key(&mut read, &self.core.identity, &self.core.trust()).await?
        };
        let mut parts = self.signed_batches().await?;
        parts.extend(self.blobs_to_send().await?);
        let at = self.core.clock.read().at;
        let sealing = move || {
            let desk = (key.certificate.clone(), &*key.signer);
            TransferFile::seal(&parts, desk, &to, at, &mut rand::rng())?.encode()
        };
        let sealed = tokio::task::spawn_blocking(sealing).await;
        Ok(sealed.map_err(|error| DeskError::Store(Box::new(error)))??)
    }

    async fn signed_batches(&self) -> Result<Vec<Part>, DeskError> {
        let key = self.core.signing.key();
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
            let signed = batch.sign(&*key.signer).map_err(|_| DeskError::KeyWrong)?;
            batches.push(Part::Operations(Box::new(signed)));
        }
    }

    async fn blobs_to_send(&self) -> Result<Vec<Part>, DeskError> {
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
            blobs.push(Part::Blob(TransferBlob { digest, media_type, bytes }));
        }
        Ok(blobs)
    }

    /// Takes a file of another desk in, unread; the centre gets it at the next synchronisation.
    /// Returns how many operations it holds. Taking the same file in twice changes nothing. A file
    /// that is refused is a line of the audit.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it,
    /// [`DeskError::Transfer`] if the file is damaged or of another centre or class, and an error
    /// of the database or the file.
    pub async fn import(&self, operator: &Operator, path: &Path) -> Result<u64, DeskError> {
        operator.may(Duty::TransferQueue)?;
        if fs::metadata(path)?.len() > LIMIT_BYTES as u64 {
            return Err(TransferError::TooLarge.into());
        }
        let bytes = fs::read(path)?;
        let detail = Digest::of(&bytes).to_string();
        let file = match self.check(&bytes) {
            Ok(file) => file,
            Err(error) => {
                let refused = operator.entry(Event::QueueImported, None, &detail);
                let refused = audit::Entry { outcome: error.failure().code(), ..refused };
                self.core.note(&refused).await?;
                return Err(error.into());
            }
        };
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        let count = store::transfer::put(&mut write, &file, reading.at).await?;
        audit::append(&mut write, &reading, &operator.entry(Event::QueueImported, None, &detail)).await?;
        self.core.commit(write).await?;
        Ok(count)
    }

    fn check(&self, bytes: &[u8]) -> Result<TransferFile, TransferError> {
        let file = TransferFile::read(bytes)?;
        let key = file.verify(&self.core.trust())?;
        if key.class == self.core.identity.class() { Ok(file) } else { Err(TransferError::Foreign) }
    }

    /// Returns the batches of other desks that came in a file and that the centre refused.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn refused(&self) -> Result<Vec<RefusedBatch>, DeskError> {
        store::transfer::all_refused(&mut *self.core.store.read().await?).await
    }
}
