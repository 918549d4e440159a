//! References for the test registration (M7).

use hmac::{Hmac, KeyInit as _, Mac as _, digest::Key};
use rules::{At, life::Serial};
use sm3::Sm3;

/// Returns the keyed MAC for [`registration_reference`]. It is keyed once; every scan clones it.
pub(super) fn registrations(key: &[u8; 32]) -> Hmac<Sm3> {
    // Zero padding of a short key, as HMAC specifies.
    let mut block = Key::<Hmac<Sm3>>::default();
    block[..key.len()].copy_from_slice(key);
    Hmac::new(&block)
}

/// M7: returns the reference that ties the code to this day's test registration. Nobody else can
/// make or read it.
pub(super) fn registration_reference(registrations: &Hmac<Sm3>, serial: Serial, now: At) -> String {
    let mut mac = registrations.clone();
    mac.update(b"registration ");
    mac.update(&serial.0);
    mac.update(now.day().to_string().as_bytes());
    let tag = mac.finalize().into_bytes();
    format!("HS-{}****", rules::hex::encode(&tag[..6]))
}
