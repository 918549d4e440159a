//! Pictures and scans, each sealed by itself and named by the SM3 of its plaintext (S3).

use super::{Connection, Store, to_column};
use crate::error::DeskError;
use rules::{At, correction::Digest};

/// Largest picture or scan a desk keeps, bytes; the centre takes no larger one.
pub const LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// A blob with its media type.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob {
    /// The plaintext.
    pub bytes: Vec<u8>,
    /// `image/jpeg` …
    pub media_type: String,
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// Where a blob came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlobOrigin {
    /// Made here: the centre must get it.
    Desk,
    /// Fetched from the centre.
    Centre,
}

impl Store {
    /// Seals and keeps a blob. The same bytes twice are kept once, and their retention time begins
    /// again.
    ///
    /// # Errors
    /// Returns [`DeskError::BlobTooLarge`] if it is larger than a desk keeps, and a database error
    /// if the store fails.
    pub(crate) async fn put_blob(
        &self,
        connection: &mut Connection,
        blob: &Blob,
        origin: BlobOrigin,
        at: At,
    ) -> Result<Digest, DeskError> {
        if blob.bytes.len() > LIMIT_BYTES {
            return Err(DeskError::BlobTooLarge);
        }
        let digest = Digest::of(&blob.bytes);
        let sealed = self.cipher().seal(digest.to_string().as_bytes(), &blob.bytes)?;
        let word = if origin == BlobOrigin::Desk { "desk" } else { "centre" };
        sqlx::query(
            "INSERT INTO blob (digest, sealed, media_type, length, origin, uploaded, complete, stored_at)
             VALUES (?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT (digest) DO UPDATE SET stored_at = excluded.stored_at",
        )
        .bind(digest.to_string())
        .bind(sealed)
        .bind(&blob.media_type)
        .bind(i64::try_from(blob.bytes.len()).map_err(|_| DeskError::BlobTooLarge)?)
        .bind(word)
        .bind(origin == BlobOrigin::Centre)
        .bind(at.0)
        .execute(connection)
        .await?;
        Ok(digest)
    }

    /// Opens a blob; `None` if it is not here.
    ///
    /// # Errors
    /// Returns [`DeskError::BlobDamaged`] if it was altered, and a database error if the store
    /// fails.
    pub(crate) async fn blob(
        &self,
        connection: &mut Connection,
        digest: &Digest,
    ) -> Result<Option<Blob>, DeskError> {
        let row: Option<(Vec<u8>, String)> =
            sqlx::query_as("SELECT sealed, media_type FROM blob WHERE digest = ?")
                .bind(digest.to_string())
                .fetch_optional(connection)
                .await?;
        let Some((sealed, media_type)) = row else { return Ok(None) };
        let bytes = self.cipher().open(digest.to_string().as_bytes(), &sealed)?.to_vec();
        if Digest::of(&bytes) == *digest {
            Ok(Some(Blob { bytes, media_type }))
        } else {
            Err(DeskError::BlobDamaged)
        }
    }
}

/// Returns the oldest blob that is not complete at the centre, and how many bytes it has of it.
pub(crate) async fn next_upload(connection: &mut Connection) -> Result<Option<(Digest, u64)>, DeskError> {
    let row: Option<(String, i64)> =
        sqlx::query_as("SELECT digest, uploaded FROM blob WHERE complete = 0 ORDER BY stored_at LIMIT 1")
            .fetch_optional(connection)
            .await?;
    row.map(|(digest, uploaded)| Ok((super::parse_column(&digest)?, super::from_column(uploaded)?)))
        .transpose()
}

/// Returns whether the blob is complete at the centre.
pub(crate) async fn is_uploaded(connection: &mut Connection, digest: &Digest) -> Result<bool, DeskError> {
    let row: Option<(bool,)> = sqlx::query_as("SELECT complete FROM blob WHERE digest = ?")
        .bind(digest.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some_and(|(complete,)| complete))
}

/// Returns all blobs that are not complete at the centre, oldest first.
pub(crate) async fn to_upload(connection: &mut Connection) -> Result<Vec<Digest>, DeskError> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT digest FROM blob WHERE complete = 0 ORDER BY stored_at")
            .fetch_all(connection)
            .await?;
    rows.iter().map(|(digest,)| super::parse_column(digest)).collect()
}

/// Offers all blobs again, for the centre may have lost them: it is asked for each, and gets what
/// it says it has not.
pub(crate) async fn offer_again(connection: &mut Connection) -> Result<(), DeskError> {
    sqlx::query("UPDATE blob SET complete = 0, uploaded = length WHERE complete = 1 AND origin = 'desk'")
        .execute(connection)
        .await?;
    Ok(())
}

/// Records how far the upload is.
pub(crate) async fn put_uploaded(
    connection: &mut Connection,
    digest: &Digest,
    uploaded: u64,
    complete: bool,
) -> Result<(), DeskError> {
    sqlx::query("UPDATE blob SET uploaded = ?, complete = ? WHERE digest = ?")
        .bind(to_column(uploaded)?)
        .bind(complete)
        .bind(digest.to_string())
        .execute(connection)
        .await?;
    Ok(())
}
