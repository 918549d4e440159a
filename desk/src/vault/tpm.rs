//! The wrapping key sealed by the machine's TPM 2.0 (C1).
//!
//! It is sealed under the storage root key, a primary key that the TPM derives from its own seed
//! and never shows. There is no PCR policy; docs/adr/0012 says why.

use super::Key;
use crate::error::DeskError;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};
use std::{str::FromStr, time::Duration};
use tss_esapi::{
    Context, TctiNameConf,
    attributes::{ObjectAttributesBuilder, SessionAttributesBuilder},
    constants::SessionType,
    handles::KeyHandle,
    interface_types::{
        algorithm::{HashingAlgorithm, PublicAlgorithm},
        ecc::EccCurve,
        resource_handles::Hierarchy,
    },
    structures::{
        EccPoint, KeyedHashScheme, Private, Public, PublicBuilder, PublicEccParametersBuilder,
        PublicKeyedHashParameters, SensitiveData, SymmetricDefinition, SymmetricDefinitionObject,
    },
    traits::{Marshall, UnMarshall},
};
use zeroize::Zeroizing;

/// A TPM works for a second at most; one that takes longer is treated as absent.
const TPM_ANSWER: Duration = Duration::from_secs(30);

/// A key that only one TPM opens. `vault.tpm` holds it; all its parts are Base64.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SealedKey {
    /// Name of the storage root key that it lies under: says which TPM.
    parent: String,
    public: String,
    private: String,
}

/// Seals a key.
///
/// # Errors
/// Returns [`DeskError::TpmUnavailable`] if the TPM does not answer or refuses.
pub(super) async fn seal(tcti: &str, key: &Key) -> Result<SealedKey, DeskError> {
    let key = key.clone();
    at_tpm(tcti, move |tpm| tpm.seal(&key)).await
}

/// Opens a sealed key.
///
/// # Errors
/// Returns [`DeskError::TpmOther`] if another TPM sealed it, [`DeskError::VaultDamaged`] if it was
/// altered, and [`DeskError::TpmUnavailable`] if the TPM does not answer or refuses.
pub(super) async fn open(tcti: &str, sealed: SealedKey) -> Result<Key, DeskError> {
    at_tpm(tcti, move |tpm| tpm.open(&sealed)).await
}

/// Why a TPM did not do what was asked.
enum Failed {
    Tpm(tss_esapi::Error),
    Other,
    Damaged,
}

impl From<tss_esapi::Error> for Failed {
    fn from(error: tss_esapi::Error) -> Self {
        Self::Tpm(error)
    }
}

/// Works with the TPM on a thread that may wait.
async fn at_tpm<T: Send + 'static>(
    tcti: &str,
    work: impl FnOnce(&mut Tpm) -> Result<T, Failed> + Send + 'static,
) -> Result<T, DeskError> {
    let tcti = tcti.to_owned();
    let done = tokio::task::spawn_blocking(move || work(&mut Tpm::open_at(&tcti)?));
    match tokio::time::timeout(TPM_ANSWER, done).await {
        Ok(Ok(Ok(done))) => Ok(done),
        Ok(Ok(Err(Failed::Other))) => Err(DeskError::TpmOther),
        Ok(Ok(Err(Failed::Damaged))) => Err(DeskError::VaultDamaged),
        Ok(Ok(Err(Failed::Tpm(error)))) => {
            tracing::error!(%error, "the TPM cannot be used");
            Err(DeskError::TpmUnavailable)
        }
        Ok(Err(_)) | Err(_) => Err(DeskError::TpmUnavailable),
    }
}

/// A TPM with its storage root key at hand. What it holds for us is flushed on drop.
struct Tpm {
    context: Context,
    root: KeyHandle,
}

impl Tpm {
    /// Connects, makes the storage root key, and encrypts whatever secret passes between program
    /// and TPM from then on.
    fn open_at(tcti: &str) -> Result<Self, Failed> {
        let mut context = Context::new(TctiNameConf::from_str(tcti)?)?;
        let template = root_template()?;
        let made = context.execute_with_nullauth_session(|context| {
            context.create_primary(Hierarchy::Owner, template, None, None, None, None)
        })?;
        let root = made.key_handle;
        let (aes, sha) = (SymmetricDefinition::AES_128_CFB, HashingAlgorithm::Sha256);
        // Salted with the root key: somebody who listens on the bus learns nothing.
        let session = context.start_auth_session(Some(root), None, None, SessionType::Hmac, aes, sha)?;
        if let Some(session) = session {
            let (attributes, mask) =
                SessionAttributesBuilder::new().with_decrypt(true).with_encrypt(true).build();
            context.tr_sess_set_attributes(session, attributes, mask)?;
        }
        context.set_sessions((session, None, None));
        Ok(Self { context, root })
    }

    fn seal(&mut self, key: &Key) -> Result<SealedKey, Failed> {
        let secret = SensitiveData::try_from(key.as_slice())?;
        let made = self.context.create(self.root, sealed_template()?, None, Some(secret), None, None)?;
        Ok(SealedKey {
            parent: self.root_name()?,
            public: BASE64.encode(made.out_public.marshall()?),
            private: BASE64.encode(made.out_private.value()),
        })
    }

    fn open(&mut self, sealed: &SealedKey) -> Result<Key, Failed> {
        if self.root_name()? != sealed.parent {
            return Err(Failed::Other);
        }
        let bytes = |text: &str| BASE64.decode(text).map_err(|_| Failed::Damaged);
        let private = Private::try_from(bytes(&sealed.private)?).map_err(|_| Failed::Damaged)?;
        let public = Public::unmarshall(&bytes(&sealed.public)?).map_err(|_| Failed::Damaged)?;
        let loaded = self.context.load(self.root, private, public).map_err(|_| Failed::Damaged)?;
        let secret = self.context.unseal(loaded.into())?;
        secret.value().try_into().map(Zeroizing::new).map_err(|_| Failed::Damaged)
    }

    fn root_name(&mut self) -> Result<String, Failed> {
        Ok(BASE64.encode(self.context.tr_get_name(self.root.into())?.value()))
    }
}

/// The storage root key of the TCG's provisioning guidance: ECC P-256 with AES-128. The same seed
/// and template give the same key at every start.
fn root_template() -> Result<Public, tss_esapi::Error> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_sensitive_data_origin(true)
        .with_user_with_auth(true)
        .with_no_da(true)
        .with_restricted(true)
        .with_decrypt(true)
        .build()?;
    let aes = SymmetricDefinitionObject::AES_128_CFB;
    let curve = PublicEccParametersBuilder::new_restricted_decryption_key(aes, EccCurve::NistP256);
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::Ecc)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_ecc_parameters(curve.build()?)
        .with_ecc_unique_identifier(EccPoint::default())
        .build()
}

/// A secret that stays in this TPM, without a password: a window starts with nobody to type one.
fn sealed_template() -> Result<Public, tss_esapi::Error> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_user_with_auth(true)
        .with_no_da(true)
        .build()?;
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::KeyedHash)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_keyed_hash_parameters(PublicKeyedHashParameters::new(KeyedHashScheme::Null))
        .with_keyed_hash_unique_identifier(tss_esapi::structures::Digest::default())
        .build()
}
