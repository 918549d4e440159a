//! Claims under a MAC, so that every server process can verify them without the database. Each kind
//! has its purpose, and one is not good for another.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Serialize, de::DeserializeOwned};
use sm3::Sm3;

/// Encodes claims and authenticates them under a key, for one purpose.
pub(super) fn seal<T: Serialize>(key: &[u8], purpose: &str, claims: &T) -> Option<String> {
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).ok()?);
    let tag = mac(key, purpose, &text)?.finalize().into_bytes();
    Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag)))
}

/// Decodes claims whose MAC matches key and purpose.
pub(super) fn open<T: DeserializeOwned>(key: &[u8], purpose: &str, token: &str) -> Option<T> {
    let (text, tag) = token.split_once('.')?;
    mac(key, purpose, text)?.verify_slice(&URL_SAFE_NO_PAD.decode(tag).ok()?).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

fn mac(key: &[u8], purpose: &str, text: &str) -> Option<Hmac<Sm3>> {
    let mut mac = Hmac::<Sm3>::new_from_slice(key).ok()?;
    mac.update(purpose.as_bytes());
    mac.update(b" ");
    mac.update(text.as_bytes());
    Some(mac)
}
