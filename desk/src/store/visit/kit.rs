//! What is taken along: views and photos, each sealed under the kit's key.

use crate::{
    clock::Reading,
    error::DeskError,
    store::{Connection, Store, blob::Blob, citizen::Cached, from_json, to_json, to_word},
    vault::{Cipher, Key, XChaCha},
};
use rules::{At, Refusal, digest::Digest, op::CitizenRef, visit, wire::CitizenView};
use sqlx::FromRow;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What the vault calls the kit's key.
const KEY_NAME: &str = "visit";

/// An open kit.
pub(crate) struct Kit {
    id: Uuid,
    cipher: XChaCha,
}

impl Kit {
    /// Draws the key of a kit and keeps it sealed; a kit that has one keeps it.
    pub(crate) async fn make(
        store: &Store,
        connection: &mut Connection,
        id: Uuid,
    ) -> Result<Self, DeskError> {
        let held: Option<Option<Vec<u8>>> = sqlx::query_scalar("SELECT sealed_key FROM visit WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&mut *connection)
            .await?;
        if let Some(sealed) = held.flatten() {
            return Self::open(store, id, &sealed);
        }
        let key: Key = Zeroizing::new(rand::random());
        let sealed = store.cipher().seal(&key_name(id), key.as_slice())?;
        sqlx::query("UPDATE visit SET sealed_key = ? WHERE id = ?")
            .bind(sealed)
            .bind(id.to_string())
            .execute(connection)
            .await?;
        Ok(Self { id, cipher: XChaCha::new(&key) })
    }

    fn open(store: &Store, id: Uuid, sealed: &[u8]) -> Result<Self, DeskError> {
        let key = store.cipher().open(&key_name(id), sealed)?;
        let key: Key = Zeroizing::new(key.as_slice().try_into().map_err(|_| DeskError::VaultDamaged)?);
        Ok(Self { id, cipher: XChaCha::new(&key) })
    }

    /// Opens the kit that is out, if it can be read now (V3).
    async fn readable(
        store: &Store,
        connection: &mut Connection,
        now: &Reading,
    ) -> Result<Option<Self>, DeskError> {
        let row: Option<KitRow> = sqlx::query_as(
            "SELECT id, sealed_key, ends_at FROM visit
             WHERE state IN ('fetching', 'out') AND sealed_key IS NOT NULL AND ends_at IS NOT NULL",
        )
        .fetch_optional(connection)
        .await?;
        let Some(KitRow { id, sealed_key, ends_at }) = row else { return Ok(None) };
        if !visit::is_readable(At(ends_at), now.at_least(), now.set_back) {
            return Ok(None);
        }
        let id = id.parse().map_err(|_| DeskError::DatabaseDamaged)?;
        Self::open(store, id, &sealed_key).map(Some)
    }

    /// Keeps the view of somebody on the list.
    pub(crate) async fn keep_view(
        &self,
        connection: &mut Connection,
        citizen_ref: &CitizenRef,
        view: &CitizenView,
    ) -> Result<(), DeskError> {
        let plain = Zeroizing::new(to_json(view)?);
        let sealed = self.cipher.seal(self.name(citizen_ref).as_bytes(), plain.as_bytes())?;
        sqlx::query(
            "UPDATE visit_person SET sealed_view = ?3, photo = ?4, masked_name = ?5, number = NULL, refusal = NULL, in_kit = 1
             WHERE visit = ?1 AND citizen_ref = ?2",
        )
        .bind(self.id.to_string())
        .bind(citizen_ref.to_string())
        .bind(sealed)
        .bind(view.photo.as_ref().map(ToString::to_string))
        .bind(view.name.masked())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Writes down why the centre gave nothing.
    pub(crate) async fn keep_refusal(
        &self,
        connection: &mut Connection,
        citizen_ref: &CitizenRef,
        refusal: Refusal,
    ) -> Result<(), DeskError> {
        sqlx::query("UPDATE visit_person SET refusal = ? WHERE visit = ? AND citizen_ref = ?")
            .bind(to_word(&refusal)?)
            .bind(self.id.to_string())
            .bind(citizen_ref.to_string())
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Keeps a photo, for everybody whose it is.
    pub(crate) async fn keep_photo(
        &self,
        connection: &mut Connection,
        digest: &Digest,
        photo: &Blob,
    ) -> Result<(), DeskError> {
        let plain = Zeroizing::new([photo.media_type.as_bytes(), b"\n", photo.bytes.as_slice()].concat());
        let sealed = self.cipher.seal(self.name(digest).as_bytes(), &plain)?;
        sqlx::query("UPDATE visit_person SET sealed_photo = ? WHERE visit = ? AND photo = ?")
            .bind(sealed)
            .bind(self.id.to_string())
            .bind(digest.to_string())
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Binds what is sealed to its kit and place.
    fn name(&self, of: impl std::fmt::Display) -> String {
        format!("{KEY_NAME}/{}/{of}", self.id)
    }
}

#[derive(FromRow)]
struct KitRow {
    id: String,
    sealed_key: Vec<u8>,
    ends_at: i64,
}

fn key_name(id: Uuid) -> Vec<u8> {
    format!("{KEY_NAME}/{id}").into_bytes()
}

/// Returns the view of a citizen from the kit that is out, while it can be read.
pub(crate) async fn view(
    store: &Store,
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    now: &Reading,
) -> Result<Option<Cached>, DeskError> {
    let row: Option<(Vec<u8>, i64)> = sqlx::query_as(
        "SELECT p.sealed_view, v.taken_at FROM visit_person p JOIN visit v ON v.id = p.visit
         WHERE p.citizen_ref = ? AND p.sealed_view IS NOT NULL AND v.taken_at IS NOT NULL",
    )
    .bind(citizen_ref.to_string())
    .fetch_optional(&mut *connection)
    .await?;
    let Some((sealed, taken_at)) = row else { return Ok(None) };
    let Some(kit) = Kit::readable(store, connection, now).await? else { return Ok(None) };
    let plain = kit.cipher.open(kit.name(citizen_ref).as_bytes(), &sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|_| DeskError::DatabaseDamaged)?;
    Ok(Some(Cached { view: from_json(text)?, fetched_at: At(taken_at) }))
}

/// Returns a photo from the kit that is out, while it can be read.
pub(crate) async fn photo(
    store: &Store,
    connection: &mut Connection,
    digest: &Digest,
    now: &Reading,
) -> Result<Option<Blob>, DeskError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as(
        "SELECT sealed_photo FROM visit_person WHERE photo = ? AND sealed_photo IS NOT NULL LIMIT 1",
    )
    .bind(digest.to_string())
    .fetch_optional(&mut *connection)
    .await?;
    let Some((sealed,)) = row else { return Ok(None) };
    let Some(kit) = Kit::readable(store, connection, now).await? else { return Ok(None) };
    let plain = kit.cipher.open(kit.name(digest).as_bytes(), &sealed)?;
    let end = plain.iter().position(|byte| *byte == b'\n').ok_or(DeskError::BlobDamaged)?;
    let (media_type, bytes) = plain.split_at(end);
    let media_type = String::from_utf8_lossy(media_type).into_owned();
    let bytes = bytes.get(1..).unwrap_or_default().to_vec();
    if Digest::of(&bytes) == *digest {
        Ok(Some(Blob { bytes, media_type }))
    } else {
        Err(DeskError::BlobDamaged)
    }
}
