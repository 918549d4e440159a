//! Enrolment (登记) of a desk: a one-time code becomes a certificate signed by the centre's root key
//! (S7).

use crate::{
    centre::Centre,
    clock::{Clock, TrustedClock},
    error::DeskError,
    identity::Identity,
    store::{self, Store, audit},
    vault::Vault,
};
use rules::{
    At, Sensitive, StaffNumber,
    keys::{Signer, SoftwareKey},
    wire::EnrolRequest,
};
use std::{path::Path, sync::Arc};
use zeroize::Zeroizing;

/// The vault's name for the desk's SM2 secret key.
const DESK_KEY: &str = "desk-key";
/// The same while the centre has not answered yet.
const NEW_DESK_KEY: &str = "desk-key-new";
/// The vault's name for the centre's index key.
const INDEX_KEY: &str = "index-key";

/// The two secrets of an enrolled desk.
pub(crate) struct Secrets {
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) index_key: Zeroizing<[u8; 32]>,
}

/// Opens the secrets and checks that they are those of the certificate.
pub(crate) fn secrets(vault: &Vault, identity: &Identity) -> Result<Secrets, DeskError> {
    let signer = match key(vault, DESK_KEY)? {
        Some(signer) if signer.public_key() == identity.desk_key().public_key => signer,
        // The program ended between keeping the certificate and renaming the key.
        _ => match key(vault, NEW_DESK_KEY)? {
            Some(signer) if signer.public_key() == identity.desk_key().public_key => signer,
            _ => return Err(DeskError::KeyWrong),
        },
    };
    let index_key = vault.secret(INDEX_KEY)?.ok_or(DeskError::KeyMissing)?;
    let index_key = index_key.as_slice().try_into().map_err(|_| DeskError::VaultDamaged)?;
    Ok(Secrets { signer: Arc::new(signer), index_key: Zeroizing::new(index_key) })
}

fn key(vault: &Vault, name: &'static str) -> Result<Option<SoftwareKey>, DeskError> {
    let Some(secret) = vault.secret(name)? else { return Ok(None) };
    let bytes: Zeroizing<[u8; 32]> =
        Zeroizing::new(secret.as_slice().try_into().map_err(|_| DeskError::VaultDamaged)?);
    SoftwareKey::from_bytes(&bytes).map(Some).map_err(|_| DeskError::VaultDamaged)
}

/// Draws a new key. A draw that is no scalar of the curve (once in 2^32) is repeated.
fn new_key() -> (Zeroizing<[u8; 32]>, SoftwareKey) {
    loop {
        let secret = Zeroizing::new(rand::random::<[u8; 32]>());
        if let Ok(key) = SoftwareKey::from_bytes(&secret) {
            return (secret, key);
        }
    }
}

/// Enrols this desk, or enrols it again (a new epoch, which fences the old one).
///
/// `ca_file` holds the authority of the centre's TLS certificate; without one only a centre on this
/// machine's loopback is talked to, as behind the site's own gateway.
///
/// # Errors
/// Returns [`DeskError::EnrolmentCode`] if the centre refuses the code,
/// [`DeskError::CertificateInvalid`] if its certificate does not verify,
/// [`DeskError::EnrolledElsewhere`] if the folder belongs to another root key or class (S11),
/// [`DeskError::EnrolledForAnother`] if it belongs to another window, and an error of the network
/// or the disk. On error nothing of the new enrolment is kept.
pub async fn enrol(
    vault: &Vault,
    store: &Store,
    clock: Arc<dyn Clock>,
    centre_url: &str,
    ca_file: Option<&Path>,
    code: &Sensitive<String>,
) -> Result<Identity, DeskError> {
    let centre_ca = ca_file.map(std::fs::read_to_string).transpose()?;
    let (secret, signer) = new_key();
    vault.keep_secret(NEW_DESK_KEY, secret.as_slice())?;
    let request = EnrolRequest {
        code: code.clone(),
        public_key: signer.public_key(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let response = Centre::enrol(centre_url, centre_ca.as_deref(), &request).await?;
    let certified = response.certificate.verify(&response.root).map_err(|_| DeskError::CertificateInvalid)?;
    if certified.public_key != signer.public_key() {
        return Err(DeskError::CertificateInvalid);
    }
    let mut write = store.write().await?;
    let earlier = store::identity::get(&mut write).await?;
    let mut earlier_certificates = Vec::new();
    if let Some(old) = earlier {
        if old.root != response.root || old.class() != certified.class {
            return Err(DeskError::EnrolledElsewhere);
        }
        // Its chain is another device's, and nobody else can hand it in.
        if old.desk_key().device != certified.device {
            return Err(DeskError::EnrolledForAnother);
        }
        earlier_certificates = old.earlier_certificates;
        earlier_certificates.push(old.certificate);
    }
    let trusted = TrustedClock::new(clock, None, At(0));
    let contact = trusted.contact(response.server_time, 0);
    let identity = Identity {
        root: response.root,
        issuer: response.issuer,
        site_name: response.site_name,
        desk_number: response.desk_number,
        centre_url: centre_url.to_owned(),
        centre_ca,
        enrolled_at: contact.centre,
        certificate: response.certificate,
        earlier_certificates,
    };
    let index_key = rules::hex::decode_array::<32>(response.index_key.expose()).map(Zeroizing::new);
    let index_key = index_key.ok_or(DeskError::CertificateInvalid)?;
    vault.keep_secret(INDEX_KEY, index_key.as_slice())?;
    store::identity::put(&mut write, &identity).await?;
    store::sync_state::begin_epoch(&mut write).await?;
    store::tree_head::forget(&mut write).await?;
    store::sync_state::put_contact(&mut write, &contact).await?;
    store::outbox::hand_over(&mut write, identity.author(), &trusted.read()).await?;
    let detail = format!("device {} epoch {}", identity.desk_key().device, identity.desk_key().epoch);
    let entry = audit::Entry {
        operator: &StaffNumber::NOBODY,
        event: audit::Event::Enrolled,
        outcome: "ok",
        case_number: None,
        detail: &detail,
    };
    audit::append(&mut write, &trusted.read(), &entry).await?;
    write.commit().await?;
    vault.keep_secret(DESK_KEY, secret.as_slice())?;
    Ok(identity)
}
