//! Enrolment (登记) of a desk: a one-time code becomes a certificate signed by the centre (S7).

use crate::{
    centre::Centre,
    clock::{Clock, TrustedClock},
    error::DeskError,
    identity::Identity,
    store::{self, Store, audit},
    vault::{SecretFiles, Vault},
};
use rules::{
    At, Sensitive,
    keys::{DeskKey, Signer, SoftwareKey},
    sealing::sealing_key,
    wire::EnrolRequest,
};
use std::{path::Path, sync::Arc};
use zeroize::Zeroizing;

/// The vault's name for the desk's SM2 secret key.
pub(crate) const DESK_KEY: &str = "desk-key";
/// The same while the centre has not answered yet.
const NEW_DESK_KEY: &str = "desk-key-new";
/// The vault's name for the next secret key, from before the centre certifies it (B4).
pub(crate) const NEXT_DESK_KEY: &str = "desk-key-next";

/// Returns the key that a certificate is for.
///
/// The program may have ended between keeping a certificate and renaming its key, so it may be in
/// any of the three places.
pub(crate) fn signer_of(secrets: &SecretFiles, certified: &DeskKey) -> Result<Arc<dyn Signer>, DeskError> {
    for name in [DESK_KEY, NEW_DESK_KEY, NEXT_DESK_KEY] {
        match key(secrets, name)? {
            Some((_, signer)) if signer.public_key() == certified.public_key => return Ok(Arc::new(signer)),
            _ => {}
        }
    }
    Err(DeskError::KeyWrong)
}

/// A secret key, with its bytes.
pub(crate) type SecretKey = (Zeroizing<[u8; 32]>, SoftwareKey);

/// Reads a secret key; `None` if there never was one of this name.
pub(crate) fn key(secrets: &SecretFiles, name: &'static str) -> Result<Option<SecretKey>, DeskError> {
    let Some(secret) = secrets.get(name)? else { return Ok(None) };
    let bytes: Zeroizing<[u8; 32]> =
        Zeroizing::new(secret.as_slice().try_into().map_err(|_| DeskError::VaultDamaged)?);
    SoftwareKey::from_bytes(&bytes).map(|key| Some((bytes, key))).map_err(|_| DeskError::VaultDamaged)
}

/// Draws a new key.
pub(crate) fn new_key() -> SecretKey {
    SoftwareKey::draw(rand::random)
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
/// [`DeskError::EnrolledForAnother`] if it belongs to another window,
/// [`DeskError::KeyUnprotected`] if the vault is protected too little for a live desk (C1), and an
/// error of the network or the disk. On error nothing of the new enrolment is kept.
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
        protection: vault.protection(),
    };
    let response = Centre::enrol(centre_url, centre_ca.as_deref(), &request).await?;
    let certified =
        response.certificate.verify(&response.trust()).map_err(|_| DeskError::CertificateInvalid)?;
    let is_sealed_to = sealing_key(&response.sealing, &response.trust(), certified.class).is_ok();
    if certified.public_key != signer.public_key() || !is_sealed_to {
        return Err(DeskError::CertificateInvalid);
    }
    vault.permits(certified.class)?;
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
        sealing: response.sealing,
        issuer: response.issuer,
        site_name: response.site_name,
        desk_number: response.desk_number,
        centre_url: centre_url.to_owned(),
        centre_ca,
        enrolled_at: contact.centre,
        certificate: response.certificate,
        next_certificate: None,
        earlier_certificates,
    };
    store::identity::put(&mut write, &identity).await?;
    store::sync_state::begin_epoch(&mut write).await?;
    store::tree_head::forget(&mut write).await?;
    store::sync_state::put_contact(&mut write, &contact).await?;
    store::outbox::hand_over(&mut write, identity.author(), &trusted.read()).await?;
    let detail = format!("device {} epoch {}", identity.desk_key().device, identity.desk_key().epoch);
    let entry = audit::Entry::of_program(audit::Event::Enrolled, "ok", &detail);
    audit::append(&mut write, &trusted.read(), &entry).await?;
    write.commit().await?;
    vault.keep_secret(DESK_KEY, secret.as_slice())?;
    Ok(identity)
}
