//! Which blobs are here complete, as deciding needs it.

use super::{Write, rows};
use crate::store::Result;
use rules::{DeviceNumber, digest::Digest};
use sqlx::{PgConnection, PgPool};
use std::collections::HashSet;

pub(super) async fn note(pool: &PgPool, digest: &Digest, device: DeviceNumber) -> Result<()> {
    let mut write = Write::begin(pool).await?;
    sqlx::query("INSERT INTO blob (digest) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(&digest.0[..])
        .execute(&mut *write)
        .await?;
    sqlx::query("UPDATE apply_head SET waits_until = 0 WHERE device = $1 AND waits_until > 0")
        .bind(rows::small(device)?)
        .execute(&mut *write)
        .await?;
    write.commit().await
}

/// Returns those of `digests` that are here.
pub(super) async fn present(
    connection: &mut PgConnection,
    digests: &HashSet<Digest>,
) -> Result<HashSet<Digest>> {
    if digests.is_empty() {
        return Ok(HashSet::new());
    }
    let wanted: Vec<&[u8]> = digests.iter().map(|digest| &digest.0[..]).collect();
    let found: Vec<Vec<u8>> = sqlx::query_scalar("SELECT digest FROM blob WHERE digest = ANY($1)")
        .bind(&wanted)
        .fetch_all(connection)
        .await?;
    found.iter().map(|bytes| rows::digest(bytes)).collect()
}
