//! Uploads blobs piece by piece, and hands on what other desks sealed to the centre.

use super::Driver;
use crate::{
    centre::Upload,
    error::DeskError,
    store::{
        self,
        transfer::{Place, WaitingPart},
    },
    sync::{
        CallError, SyncEvent,
        machine::{Answer, RequestFailure},
    },
};
use rules::{At, wire::ProtocolError};

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
        let Some(WaitingPart { place, sealed }) = store::transfer::next(&mut read).await.map_err(broken)?
        else {
            return Ok(Answer::Relay { more: false });
        };
        drop(read);
        // What the centre decides goes to the desk whose operations they are.
        let outcome = self.core.centre.push_sealed(sealed, now).await;
        let mut write = self.core.store.write().await.map_err(broken)?;
        match outcome {
            Ok(_) => store::transfer::remove(&mut write, &place).await.map_err(broken)?,
            Err(CallError::Refused(why)) if is_about_the_part(&why) => {
                self.refuse_transferred(&mut write, &place, &why).await.map_err(broken)?;
            }
            Err(error) => return Err(error.into()),
        }
        write.commit().await.map_err(broken)?;
        Ok(Answer::Relay { more: true })
    }

    /// Marks a part as refused. Operations are passed over and shown until somebody brings them
    /// again.
    async fn refuse_transferred(
        &self,
        write: &mut store::Connection,
        place: &Place,
        why: &ProtocolError,
    ) -> Result<(), DeskError> {
        store::transfer::refuse(&mut *write, place, why).await?;
        let code = DeskError::from(CallError::Refused(why.clone())).code();
        let detail = match place {
            Place::Operations { device, epoch, first, .. } => {
                tracing::warn!(
                    device = device.0,
                    epoch,
                    first,
                    code,
                    "a relayed batch is refused by the centre"
                );
                format!("device {device} epoch {epoch} from {first}: refused by the centre")
            }
            Place::Blob(digest) => {
                tracing::warn!(digest, code, "a relayed scan is refused by the centre");
                format!("scan {digest}: refused by the centre")
            }
        };
        let entry = store::audit::Entry::of_program(store::audit::Event::QueueImported, code, &detail);
        store::audit::append(write, &self.core.clock.read(), &entry).await?;
        if let Place::Operations { device, epoch, first, .. } = *place {
            self.core.sync.announce(SyncEvent::ImportRefused { device, epoch, first_seq: first });
        }
        Ok(())
    }
}

/// Returns whether a refusal of a relayed part is about that part and will be the same next time.
const fn is_about_the_part(why: &ProtocolError) -> bool {
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
