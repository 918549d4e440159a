//! References for test registrations (M7): short enough to be read out.

use hmac::{Hmac, KeyInit as _, Mac as _, digest::Key};
use rules::{At, life::Serial};
use sm3::Sm3;

/// Returns the keyed MAC for references. It is keyed once; every registration clones it.
pub(super) fn mac(key: &[u8; 32]) -> Hmac<Sm3> {
    // Zero padding of a short key, as HMAC specifies.
    let mut block = Key::<Hmac<Sm3>>::default();
    block[..key.len()].copy_from_slice(key);
    Hmac::new(&block)
}

/// Signs of a reference, without those that look alike: five bits each.
const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Returns the reference of a code for one day, 60 bits: the same at every scan of that day, and
/// nobody else can make it or read anything from it.
pub(super) fn of(registrations: &Hmac<Sm3>, serial: Serial, now: At) -> String {
    let mut mac = registrations.clone();
    mac.update(b"registration ");
    mac.update(&serial.0);
    mac.update(now.day().to_string().as_bytes());
    let tag = mac.finalize().into_bytes();
    let signs: Vec<char> = tag[..12].iter().map(|byte| char::from(SIGNS[usize::from(byte & 31)])).collect();
    let groups: Vec<String> = signs.chunks(4).map(|group| group.iter().collect()).collect();
    format!("HS-{}", groups.join("-"))
}
