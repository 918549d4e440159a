//! A person's key: its public half in a record that the centre signs, its private half wrapped
//! under the password (A1).

use crate::{
    Sensitive, SiteCode, StaffNumber, hex,
    issuing::{Issuable, Issued, Purpose, Trust},
    keys::{PublicKey, Signer as _, SoftwareKey},
    permission::Role,
    time::At,
};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};

/// Memory of one key derivation, in KiB. Whoever copies a wrapped key can guess passwords without a
/// limit, so a guess must be dear; a log-in may take half a second.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 2;
/// Largest cost that is accepted from a message, so that a forged one cannot stall a desk.
const MEMORY_KIB_LIMIT: u32 = 4 * MEMORY_KIB;
const PASSES_LIMIT: u32 = 5 * PASSES;

const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
/// Nonce, secret scalar and tag.
const SEALED_BYTES: usize = NONCE_BYTES + 32 + 16;

/// Account of a member of staff, as the centre signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffRecord {
    /// Staff number (工号), unique in the system.
    pub number: StaffNumber,
    /// Name shown on screen.
    pub name: Sensitive<String>,
    /// Site the account belongs to, six digits.
    pub site: SiteCode,
    /// Roles of the account.
    pub roles: Vec<Role>,
    /// Key that verifies what this person signs.
    pub public_key: PublicKey,
    /// Whether the account may be used.
    pub active: bool,
    /// Instant from which this version holds. The version before it holds until then.
    pub from: At,
    /// Version, which increases with every change.
    pub version: u64,
}

impl Issuable for StaffRecord {
    const PURPOSE: Purpose = Purpose::Accounts;
}

/// What a desk keeps of a person who logged in there: enough to let them in without the centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Credential {
    /// Record of the account, signed by the centre.
    pub record: Issued<StaffRecord>,
    /// Private key that belongs to the record's public key.
    pub wrapped_key: WrappedKey,
}

/// Private SM2 key, sealed by XChaCha20-Poly1305 under Argon2id of the password. The staff number
/// is authenticated with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WrappedKey {
    /// Memory of the derivation, in KiB.
    pub memory_kib: u32,
    /// Passes of the derivation; always one lane.
    pub passes: u32,
    /// Salt, 16 bytes, hex.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{32}$"))]
    pub salt: String,
    /// Nonce (24 bytes), then secret scalar and tag (48 bytes), hex.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{144}$"))]
    pub sealed: String,
}

/// Reasons why a wrapped key does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnwrapError {
    /// The password is wrong, or the key was wrapped for another account or altered; they cannot be
    /// told apart.
    #[error("password does not open the key")]
    Password,
    /// It is no wrapped key, or asks for a cost beyond the limits.
    #[error("wrapped key is malformed")]
    Malformed,
}

impl WrappedKey {
    /// Wraps a secret scalar under a password. The caller draws `salt` and `nonce` at random.
    ///
    /// # Errors
    /// [`UnwrapError::Malformed`] if the secret is no key.
    pub fn wrap(
        secret: &[u8; 32],
        staff: &StaffNumber,
        password: &Sensitive<String>,
        salt: [u8; SALT_BYTES],
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Self, UnwrapError> {
        Self::wrap_for(secret, staff.as_str(), password, salt, nonce)
    }

    /// Works as [`Self::wrap`], for an owner without a staff number: the root key, or an
    /// administrator.
    ///
    /// # Errors
    /// [`UnwrapError::Malformed`] if the secret is no key.
    pub fn wrap_for(
        secret: &[u8; 32],
        owner: &str,
        password: &Sensitive<String>,
        salt: [u8; SALT_BYTES],
        nonce: [u8; NONCE_BYTES],
    ) -> Result<Self, UnwrapError> {
        SoftwareKey::from_bytes(secret).map_err(|_| UnwrapError::Malformed)?;
        let payload = Payload { msg: secret, aad: owner.as_bytes() };
        let sealed = cipher(MEMORY_KIB, PASSES, password, &salt)?
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| UnwrapError::Malformed)?;
        Ok(Self {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt: hex::encode(&salt),
            sealed: hex::encode(&[nonce.as_slice(), &sealed].concat()),
        })
    }

    /// Returns a wrapped key that no password opens. Opening it takes as long as opening a real
    /// one, so that an unknown staff number cannot be told from a wrong password.
    pub fn of_nobody() -> Self {
        Self {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt: "0".repeat(2 * SALT_BYTES),
            sealed: "0".repeat(2 * SEALED_BYTES),
        }
    }

    /// Returns whether it may be kept for a person: well-formed, and no cheaper to guess than one
    /// that [`Self::wrap`] makes.
    pub fn is_keepable(&self) -> bool {
        (MEMORY_KIB..=MEMORY_KIB_LIMIT).contains(&self.memory_kib)
            && (PASSES..=PASSES_LIMIT).contains(&self.passes)
            && hex::decode_array::<SALT_BYTES>(&self.salt).is_some()
            && hex::decode_array::<SEALED_BYTES>(&self.sealed).is_some()
    }

    /// Opens the key: the password check.
    ///
    /// Takes a tenth of a second or more and [`Self::memory_kib`] of memory, on purpose.
    ///
    /// # Errors
    /// The [`UnwrapError`] that says why it stays shut.
    pub fn open(
        &self,
        staff: &StaffNumber,
        password: &Sensitive<String>,
    ) -> Result<SoftwareKey, UnwrapError> {
        self.open_for(staff.as_str(), password)
    }

    /// Opens a key that [`Self::wrap_for`] wrapped.
    ///
    /// # Errors
    /// The [`UnwrapError`] that says why it stays shut.
    pub fn open_for(&self, owner: &str, password: &Sensitive<String>) -> Result<SoftwareKey, UnwrapError> {
        if self.memory_kib > MEMORY_KIB_LIMIT || self.passes > PASSES_LIMIT {
            return Err(UnwrapError::Malformed);
        }
        let salt = hex::decode_array::<SALT_BYTES>(&self.salt).ok_or(UnwrapError::Malformed)?;
        let sealed = hex::decode_array::<SEALED_BYTES>(&self.sealed).ok_or(UnwrapError::Malformed)?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(UnwrapError::Malformed)?;
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        let secret = cipher(self.memory_kib, self.passes, password, &salt)?
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| UnwrapError::Password)?;
        let secret = zeroize::Zeroizing::new(secret);
        let bytes = secret.as_slice().try_into().map_err(|_| UnwrapError::Malformed)?;
        SoftwareKey::from_bytes(bytes).map_err(|_| UnwrapError::Malformed)
    }
}

impl Credential {
    /// Opens the person's key after checking that the centre signed the record and that the key is
    /// the record's.
    ///
    /// # Errors
    /// [`UnwrapError::Malformed`] for a record that the centre did not sign or that names another
    /// key, and the errors of [`WrappedKey::open`].
    pub fn open(&self, trust: &Trust, password: &Sensitive<String>) -> Result<SoftwareKey, UnwrapError> {
        let record = self.record.verify(trust).map_err(|_| UnwrapError::Malformed)?;
        let key = self.wrapped_key.open(&record.number, password)?;
        if key.public_key() == record.public_key { Ok(key) } else { Err(UnwrapError::Malformed) }
    }
}

fn cipher(
    memory_kib: u32,
    passes: u32,
    password: &Sensitive<String>,
    salt: &[u8],
) -> Result<XChaCha20Poly1305, UnwrapError> {
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(|_| UnwrapError::Malformed)?;
    let mut key = zeroize::Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.expose().as_bytes(), salt, key.as_mut())
        .map_err(|_| UnwrapError::Malformed)?;
    Ok(XChaCha20Poly1305::new(&(*key).into()))
}
