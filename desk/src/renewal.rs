//! Renewal of this desk's key (B4): asked for at contact, signed by the present one, and taken up
//! once every verifier can know it. Nobody types a code.

use crate::{
    centre::CallError,
    core::Core,
    desk_key::CertifiedKey,
    enrolment::{self, NEXT_DESK_KEY, SecretKey},
    error::DeskError,
    store::{
        self,
        audit::{self, Entry, Event},
    },
};
use rules::{
    At,
    issuing::Issued,
    keys::{DeskKey, Signer as _},
    policy::KEY_RENEWAL_MS,
    wire::{ProtocolError, RenewRequest},
};

/// Asks for the next key when the present one ends soon and there is none yet.
///
/// A lost answer does no harm: the next attempt sends the same key, and the centre answers with the
/// same certificate.
///
/// # Errors
/// Returns the error of the call, [`DeskError::CertificateInvalid`] if the answer does not verify,
/// and errors of store and vault.
pub(crate) async fn ask(core: &Core, now: At) -> Result<(), DeskError> {
    let present = core.signing.key();
    if now < present.key().not_after.plus_ms(-KEY_RENEWAL_MS) || present.has_ended(now) {
        return Ok(());
    }
    let identity = store::identity::get(&mut *core.store.read().await?).await?;
    let mut identity = identity.ok_or(DeskError::NotEnrolled)?;
    if identity.next_certificate.is_some() {
        return Ok(());
    }
    let (_, next) = next_key(core, present.key())?;
    let desk = (present.key().device, present.key().epoch);
    let request = RenewRequest::sign(desk, &*present.signer, &next).map_err(|_| DeskError::KeyWrong)?;
    let response = match core.centre.renew(&request, now).await {
        Err(CallError::Refused(ProtocolError::Forbidden)) => {
            // It may be the key that the centre does not want, from an enrolment that is over.
            let (secret, _) = enrolment::new_key();
            core.secrets.keep(NEXT_DESK_KEY, secret.as_slice())?;
            return Err(DeskError::CentreRefused("renewal"));
        }
        answer => answer?,
    };
    let certified = response.certificate.verify(&core.trust()).map_err(|_| DeskError::CertificateInvalid)?;
    if certified.public_key != next.public_key()
        || (certified.device, certified.epoch) != desk
        || certified.class != present.key().class
    {
        return Err(DeskError::CertificateInvalid);
    }
    let certified = certified.clone();
    identity.next_certificate = Some(response.certificate);
    let mut write = core.store.write().await?;
    store::identity::put(&mut write, &identity).await?;
    write.commit().await?;
    core.signing.expect(&certified);
    tracing::info!("the next key is certified");
    Ok(())
}

/// Returns the next key: the one that waits for its certificate, or a new one.
fn next_key(core: &Core, present: &DeskKey) -> Result<SecretKey, DeskError> {
    match enrolment::key(&core.secrets, NEXT_DESK_KEY)? {
        Some((secret, key)) if key.public_key() != present.public_key => Ok((secret, key)),
        _ => {
            let (secret, key) = enrolment::new_key();
            core.secrets.keep(NEXT_DESK_KEY, secret.as_slice())?;
            Ok((secret, key))
        }
    }
}

/// Takes the next key up once it is in force. From then on everything is signed with it. Needs no
/// line.
///
/// # Errors
/// Returns [`DeskError::KeyWrong`] if the vault does not have the key, and errors of store and
/// vault.
pub(crate) async fn take_up(core: &Core) -> Result<(), DeskError> {
    let reading = core.clock.read();
    let identity = store::identity::get(&mut *core.store.read().await?).await?;
    let Some(mut identity) = identity else { return Ok(()) };
    let is_due = |next: &Issued<DeskKey>| next.value.not_before <= reading.at;
    let Some(next) = identity.next_certificate.take_if(|next| is_due(next)) else { return Ok(()) };
    let signer = enrolment::signer_of(&core.secrets, &next.value)?;
    let earlier = std::mem::replace(&mut identity.certificate, next);
    identity.earlier_certificates.push(earlier);
    let mut write = core.store.write().await?;
    store::identity::put(&mut write, &identity).await?;
    let detail = identity.certificate.value.public_key.key_id().to_string();
    let entry = Entry::of_program(Event::KeyRenewed, "ok", &detail);
    audit::append(&mut write, &reading, &entry).await?;
    write.commit().await?;
    core.signing.take_up(CertifiedKey { signer, certificate: identity.certificate });
    // Whichever place it is read from at the next start, its own name is one of them.
    if let Some((secret, _)) = enrolment::key(&core.secrets, NEXT_DESK_KEY)? {
        core.secrets.keep(enrolment::DESK_KEY, secret.as_slice())?;
    }
    Ok(())
}
