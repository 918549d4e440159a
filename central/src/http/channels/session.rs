//! Sessions of citizens at a channel: claims under a MAC, as in desk tokens but not
//! interchangeable with them.

use super::{
    super::{answer::Refused, state::Centre},
    client::Client,
};
use crate::{clock, store::postgres::ChannelClient};
use axum::{extract::FromRequestParts, http::request::Parts};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rules::{At, op::CitizenRef, wire::ProtocolError};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sm3::Sm3;
use std::sync::Arc;

/// Validity of a session, in milliseconds; short, because kiosk users walk away.
pub(super) const SESSION_MS: i64 = 10 * 60 * 1000;

/// Content of a session token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SessionClaims {
    /// The citizen who logged in.
    pub(super) acting: CitizenRef,
    /// The holder whose code is handled.
    pub(super) holder: CitizenRef,
    /// Name of the client the session belongs to.
    pub(super) client: String,
    pub(super) expires_at: At,
}

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

const PURPOSE: &str = "channel session";

pub(super) fn write(centre: &Centre, claims: &SessionClaims) -> Option<String> {
    seal(&*centre.keys.token, PURPOSE, claims)
}

/// A citizen with a valid session at a client.
pub(in super::super) struct CitizenSession {
    pub(super) client: ChannelClient,
    pub(super) claims: SessionClaims,
}

impl FromRequestParts<Arc<Centre>> for CitizenSession {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let Client(client) = Client::from_request_parts(parts, centre).await?;
        let token = parts.headers.get("x-session").and_then(|value| value.to_str().ok());
        let claims = token
            .and_then(|token| open::<SessionClaims>(&*centre.keys.token, PURPOSE, token))
            .filter(|claims| clock::now() < claims.expires_at && claims.client == client.name)
            .ok_or(ProtocolError::Unauthenticated)?;
        Ok(Self { client, claims })
    }
}
