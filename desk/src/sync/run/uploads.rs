//! Uploads blobs piece by piece, and the batches of other desks.

use super::Driver;
use crate::{
    centre::Upload,
    error::DeskError,
    store,
    sync::{
        CallError, SyncEvent,
        machine::{Answer, RequestFailure},
    },
};
use rules::{
    At,
    op::Batch,
    wire::{ProtocolError, PushRequest},
};

/// Piece of a blob sent at a time, bytes: small enough that an operation does not wait behind it on
/// a slow line.
const PIECE_BYTES: usize = 256 * 1024;

impl Driver<'_> {
    pub(super) async fn upload(&self, now: At) -> Result<Answer, RequestFailure> {
        // A blob that cannot be read stays; the screens are told, and the next turn tries again.
        let broken = |error: DeskError| {
            self.tell_store_failed(&error);
            RequestFailure::Busy { retry_after_ms: None }
        };
        let core = self.core;
        let mut read = core.store.read().await.map_err(broken)?;
        let Some((digest, sent)) = store::blob::next_upload(&mut read).await.map_err(broken)? else {
            return Ok(Answer::Blob { completed: false, more: false });
        };
        let blob = core.store.blob(&mut read, &digest).await.map_err(broken)?;
        let blob = blob.ok_or(DeskError::BlobUnknown).map_err(broken)?;
        drop(read);
        let total = blob.bytes.len();
        let start = usize::try_from(sent).unwrap_or(total).min(total);
        let piece = &blob.bytes[start..total.min(start + PIECE_BYTES)];
        let place = (start as u64, total as u64);
        let upload = match core.centre.put_blob(&digest, &blob.media_type, place, piece, now).await {
            // The desk's quota is used. Blobs wait for the next one, and hold nothing else up.
            Err(CallError::Refused(ProtocolError::Refused { code })) => {
                tracing::warn!(%code, "an upload is refused by the centre");
                return Ok(Answer::Blob { completed: false, more: false });
            }
            answer => answer?,
        };
        let (uploaded, completed) = match upload {
            Upload::Complete => (place.1, true),
            Upload::From(next) => (next, false),
        };
        let mut write = core.store.write().await.map_err(broken)?;
        store::blob::put_uploaded(&mut write, &digest, uploaded, completed).await.map_err(broken)?;
        let more = store::blob::next_upload(&mut write).await.map_err(broken)?.is_some();
        write.commit().await.map_err(broken)?;
        Ok(Answer::Blob { completed, more })
    }

    pub(super) async fn relay(&self, now: At) -> Result<Answer, RequestFailure> {
        let broken = |error: DeskError| {
            self.tell_store_failed(&error);
            RequestFailure::Busy { retry_after_ms: None }
        };
        let mut read = self.core.store.read().await.map_err(broken)?;
        let Some(request) = store::transfer::next(&mut read).await.map_err(broken)? else {
            return Ok(Answer::Relay { more: false });
        };
        drop(read);
        // What the centre decides goes to the desk whose operations they are.
        let outcome = self.core.centre.push_signed(&request, now).await;
        let mut write = self.core.store.write().await.map_err(broken)?;
        match outcome {
            Ok(_) => store::transfer::remove(&mut write, &request).await.map_err(broken)?,
            Err(CallError::Refused(why)) if is_about_the_batch(&why) => {
                self.refuse_transferred(&mut write, &request, &why).await.map_err(broken)?;
            }
            Err(error) => return Err(error.into()),
        }
        write.commit().await.map_err(broken)?;
        Ok(Answer::Relay { more: true })
    }

    /// Marks a batch as refused: it is passed over and shown until somebody brings it again.
    async fn refuse_transferred(
        &self,
        write: &mut store::Connection,
        request: &PushRequest,
        why: &ProtocolError,
    ) -> Result<(), DeskError> {
        let Batch { device, epoch, first_seq, .. } = request.batch;
        store::transfer::refuse(&mut *write, request, why).await?;
        let code = DeskError::from(CallError::Refused(why.clone())).code();
        tracing::warn!(device, epoch, first_seq, code, "a relayed batch is refused by the centre");
        let detail = format!("device {device} epoch {epoch} from {first_seq}: refused by the centre");
        let entry = store::audit::Entry::of_program(store::audit::Event::QueueImported, code, &detail);
        store::audit::append(write, &self.core.clock.read(), &entry).await?;
        self.core.sync.announce(SyncEvent::ImportRefused { device, epoch, first_seq });
        Ok(())
    }
}

/// Returns whether a refusal of a relayed batch is about that batch and will be the same next time.
const fn is_about_the_batch(why: &ProtocolError) -> bool {
    matches!(
        why,
        ProtocolError::Fenced { .. }
            | ProtocolError::Quarantined
            | ProtocolError::Revoked
            | ProtocolError::Gap { .. }
            | ProtocolError::Malformed
            | ProtocolError::TooLarge
    )
}
