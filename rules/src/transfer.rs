//! The file of an offline transfer (离线数据导出文件), which only the centre can open (C3).
//!
//! During a long outage, the file carries a desk's outbox by hand to another desk or to the centre.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `SSCARRY2` |
//! | 4 | length of the manifest, big-endian |
//! | … | canonical CBOR of [`Manifest`] |
//! | 64 | signature of the desk over everything before |
//! | each part: 4 | length of the part, big-endian |
//! | each part: … | canonical CBOR of a [`Part`], sealed to the centre ([`crate::sealing`]) |
//!
//! The manifest names no person. With it a desk that carries the file checks whose it is and that
//! it is whole, and hands each part on as it is. Batches inside are the requests the desk would
//! push itself, so importing the file twice, or from anywhere, has the effect of one push.

use crate::{
    DeviceNumber,
    canonical_cbor::canonical,
    correction::Digest,
    failure::DeskFailure,
    issuing::{Issued, Trust},
    keys::{DeskKey, KeyId, PublicKey, Signer},
    sealing::{OpeningKey, SealError, SealedHeader, seal},
    time::At,
    wire::PushRequest,
};
use serde::{Deserialize, Serialize};
use sm2::elliptic_curve::rand_core::TryCryptoRng;

const MAGIC: &[u8; 8] = b"SSCARRY2";
const SIGNATURE_BYTES: usize = 64;

/// Largest file that is read, in bytes. A writer leaves blobs out to stay below it; they are sent
/// later, once the desk is online.
pub const LIMIT_BYTES: usize = 256 * 1024 * 1024;
/// Largest manifest that is read, in bytes: tens of thousands of parts.
const MANIFEST_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// What a transfer file says of itself without a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Certificate of the desk the file comes from.
    pub certificate: Issued<DeskKey>,
    /// Key of the centre that the parts are sealed to.
    pub sealing_key: KeyId,
    /// When the file was written, by the desk's clock.
    pub made_at: At,
    /// The parts, in the order of the file.
    pub parts: Vec<PartLabel>,
}

/// What is known of a part without opening it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartLabel {
    /// SM3 digest of the sealed part.
    pub digest: Digest,
    /// First and last sequence number of the operations in it; `None` for a picture or scan.
    pub operations: Option<(u64, u64)>,
}

/// Part of an outbox, as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A batch of operations, signed by its desk.
    Operations(Box<PushRequest>),
    /// A picture or scan that the centre does not have yet.
    Blob(TransferBlob),
}

/// A picture or scan that evidence refers to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferBlob {
    /// SM3 digest of `bytes`.
    pub digest: Digest,
    /// Media type, such as `image/jpeg`.
    pub media_type: String,
    /// Content of the picture or scan.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for TransferBlob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TransferBlob({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

impl Part {
    fn operations(&self) -> Option<(u64, u64)> {
        let Self::Operations(request) = self else { return None };
        let batch = &request.batch;
        Some((batch.first_seq, batch.ops.last().map_or(batch.first_seq, |last| last.seq)))
    }

    /// Seals the part of a desk, given as device and epoch, to the centre's key.
    ///
    /// # Errors
    /// [`TransferError::TooLarge`] if it cannot be sealed.
    pub fn seal<R: TryCryptoRng>(
        &self,
        to: &PublicKey,
        desk: (DeviceNumber, u32),
        random: &mut R,
    ) -> Result<Vec<u8>, TransferError> {
        seal(to, desk, &canonical(self), random).map_err(|_| TransferError::TooLarge)
    }

    /// Opens a sealed part with the key it is sealed to, if that is among `keys`. The caller still
    /// has to verify what is inside.
    ///
    /// # Errors
    /// [`TransferError::AnotherKey`] if it is sealed to another key, [`TransferError::Damaged`] if
    /// it is altered, cut or no part, or says another desk outside than inside.
    pub fn open(sealed: &[u8], keys: &[OpeningKey]) -> Result<Self, TransferError> {
        let header = SealedHeader::read(sealed).map_err(|_| TransferError::Damaged)?;
        let key = keys.iter().find(|key| key.key_id() == header.key_id).ok_or(TransferError::AnotherKey)?;
        let (_, plain) = key.open(sealed).map_err(|_: SealError| TransferError::Damaged)?;
        let part: Self = ciborium::from_reader(plain.as_slice()).map_err(|_| TransferError::Damaged)?;
        match &part {
            Self::Operations(request)
                if (request.batch.device, request.batch.epoch) != (header.device, header.epoch) =>
            {
                Err(TransferError::Damaged)
            }
            Self::Blob(blob) if Digest::of(&blob.bytes) != blob.digest => Err(TransferError::Damaged),
            _ => Ok(part),
        }
    }
}

/// Reasons why a transfer file cannot be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// The file is larger than [`LIMIT_BYTES`], or a part too large to seal.
    #[error("transfer file too large")]
    TooLarge,
    /// The file is not a transfer file of this version, is cut, or was changed.
    #[error("transfer file is damaged")]
    Damaged,
    /// It is of another centre or class.
    #[error("transfer file is not of this centre")]
    Foreign,
    /// It is sealed to a key that the centre does not have, or has no more.
    #[error("transfer file is sealed to another key")]
    AnotherKey,
}

impl TransferError {
    /// Returns the entry of the catalogue.
    pub const fn failure(self) -> DeskFailure {
        match self {
            Self::TooLarge | Self::Damaged => DeskFailure::TransferDamaged,
            Self::Foreign => DeskFailure::TransferForeign,
            Self::AnotherKey => DeskFailure::TransferAnotherKey,
        }
    }
}

/// A transfer file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferFile {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The sealed parts.
    pub parts: Vec<Vec<u8>>,
    /// The bytes up to the signature, and the signature.
    head: Vec<u8>,
    signature: [u8; SIGNATURE_BYTES],
}

impl TransferFile {
    /// Seals the parts of an outbox to the centre's key, and signs the manifest with the desk's.
    ///
    /// # Errors
    /// [`TransferError::TooLarge`] if a part cannot be sealed or the desk's key does not sign.
    pub fn seal<R: TryCryptoRng>(
        parts: &[Part],
        (certificate, desk): (Issued<DeskKey>, &dyn Signer),
        to: &PublicKey,
        made_at: At,
        random: &mut R,
    ) -> Result<Self, TransferError> {
        let author = (certificate.value.device, certificate.value.epoch);
        let mut labels = Vec::with_capacity(parts.len());
        let mut sealed = Vec::with_capacity(parts.len());
        for part in parts {
            let bytes = part.seal(to, author, random)?;
            labels.push(PartLabel { digest: Digest::of(&bytes), operations: part.operations() });
            sealed.push(bytes);
        }
        let manifest = Manifest { certificate, sealing_key: to.key_id(), made_at, parts: labels };
        let text = canonical(&manifest);
        if text.len() > MANIFEST_LIMIT_BYTES {
            return Err(TransferError::TooLarge);
        }
        let head = [MAGIC.as_slice(), &length(&text)?, &text].concat();
        let signature = desk.sign(&head).map_err(|_| TransferError::TooLarge)?;
        Ok(Self { manifest, parts: sealed, head, signature })
    }

    /// Returns the bytes of the file.
    ///
    /// # Errors
    /// [`TransferError::TooLarge`] if there are more than [`LIMIT_BYTES`].
    pub fn encode(&self) -> Result<Vec<u8>, TransferError> {
        let mut file = [self.head.as_slice(), &self.signature].concat();
        for part in &self.parts {
            file.extend(length(part)?);
            file.extend(part);
        }
        if file.len() > LIMIT_BYTES { Err(TransferError::TooLarge) } else { Ok(file) }
    }

    /// Reads a file. [`Self::verify`] says whether to believe it.
    ///
    /// # Errors
    /// [`TransferError::TooLarge`] for a file over [`LIMIT_BYTES`], [`TransferError::Damaged`] for
    /// anything else that is not a whole file of this version.
    pub fn read(file: &[u8]) -> Result<Self, TransferError> {
        if file.len() > LIMIT_BYTES {
            return Err(TransferError::TooLarge);
        }
        let rest = file.strip_prefix(MAGIC).ok_or(TransferError::Damaged)?;
        let (text, rest) = counted(rest)?;
        if text.len() > MANIFEST_LIMIT_BYTES {
            return Err(TransferError::TooLarge);
        }
        let manifest: Manifest = ciborium::from_reader(text).map_err(|_| TransferError::Damaged)?;
        let head = file[..MAGIC.len() + 4 + text.len()].to_vec();
        let (signature, mut rest) =
            rest.split_first_chunk::<SIGNATURE_BYTES>().ok_or(TransferError::Damaged)?;
        let mut parts = Vec::with_capacity(manifest.parts.len().min(rest.len()));
        while !rest.is_empty() {
            let (part, after) = counted(rest)?;
            parts.push(part.to_vec());
            rest = after;
        }
        Ok(Self { manifest, parts, head, signature: *signature })
    }

    /// Returns the key of the desk whose file this is, if a desk of this centre signed it, and if
    /// every part is there as it was then.
    ///
    /// # Errors
    /// [`TransferError::Foreign`] if the certificate is not of this centre,
    /// [`TransferError::Damaged`] if the file was cut or changed.
    pub fn verify(&self, trust: &Trust) -> Result<&DeskKey, TransferError> {
        let key = self.manifest.certificate.verify(trust).map_err(|_| TransferError::Foreign)?;
        key.public_key.verify(&self.head, &self.signature).map_err(|_| TransferError::Damaged)?;
        if self.parts.len() != self.manifest.parts.len() {
            return Err(TransferError::Damaged);
        }
        let author = SealedHeader { key_id: self.manifest.sealing_key, device: key.device, epoch: key.epoch };
        for (part, label) in self.parts.iter().zip(&self.manifest.parts) {
            if Digest::of(part) != label.digest || SealedHeader::read(part) != Ok(author) {
                return Err(TransferError::Damaged);
            }
        }
        Ok(key)
    }
}

fn length(bytes: &[u8]) -> Result<[u8; 4], TransferError> {
    u32::try_from(bytes.len()).map(u32::to_be_bytes).map_err(|_| TransferError::TooLarge)
}

/// Splits bytes after their length off.
fn counted(bytes: &[u8]) -> Result<(&[u8], &[u8]), TransferError> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(TransferError::Damaged)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| TransferError::Damaged)?;
    rest.split_at_checked(length).ok_or(TransferError::Damaged)
}
