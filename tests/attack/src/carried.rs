//! Reads a transfer file: what lies open in it, and what a key opens.

use crate::{
    folder::unseal,
    key::{Key, hex},
};
use anyhow::{Context as _, ensure};
use sm2::pke::DecryptingKey;

/// Version, key identifier, device and epoch.
const HEADER: usize = 17;
/// Point, digest and key of the SM2 encryption.
const WRAPPED: usize = 65 + 32 + 32;

/// Returns the sealed parts of a file.
///
/// # Errors
/// If it is no whole file.
pub fn parts(file: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
    let rest = file.strip_prefix(b"SSCARRY2").context("magic")?;
    let (_, rest) = counted(rest)?;
    let mut rest = rest.get(64..).context("signature")?;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (part, after) = counted(rest)?;
        parts.push(part.to_vec());
        rest = after;
    }
    Ok(parts)
}

fn counted(bytes: &[u8]) -> anyhow::Result<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>().context("length")?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length))?).context("cut")
}

/// Opens a part with a private key, 32 bytes.
///
/// # Errors
/// If it is sealed to another key.
pub fn open(part: &[u8], secret: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (head, sealed) = part.split_at_checked(HEADER + WRAPPED).context("cut")?;
    ensure!(head[0] == 1, "version");
    let key = DecryptingKey::from_slice(secret).ok().context("no key")?;
    let content_key = key.decrypt(&head[HEADER..]).ok().context("does not open")?;
    unseal(&content_key, head, sealed)
}

/// Returns the key that a part says it is sealed to, hex.
#[must_use]
pub fn sealed_to(part: &[u8]) -> String {
    hex(&part[1..9])
}

/// Returns the identifier of a private key, hex.
///
/// # Errors
/// If the bytes are none.
pub fn key_id(secret: &[u8]) -> anyhow::Result<String> {
    Ok(hex(&Key::new(secret)?.id()))
}
