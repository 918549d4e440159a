//! Log-in tokens of the city's log-in service (随申办, 亲属码, 一网通办), used once (N-3).

use super::super::{answer::Answer, state::Centre};
use crate::{clock, store::postgres::ChannelClient};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{
    Sensitive,
    keys::PublicKey,
    wire::{LOGIN_TOKEN_PREFIX, LoginClaims},
};

/// Longest validity of a log-in token, in milliseconds.
const LONGEST_MS: i64 = 5 * 60 * 1000;
/// Owner of used tokens' nonces: one service for all clients.
const NONCES: &str = "login";

/// Uses up a token that the log-in service signed for this client. Returns `None` if it is not one,
/// has expired, or was used before.
pub(super) async fn redeem(
    centre: &Centre,
    client: &ChannelClient,
    token: &Sensitive<String>,
) -> Answer<Option<LoginClaims>> {
    let now = clock::now();
    let Some(claims) = check(centre, &client.name, token) else { return Ok(None) };
    let is_new = centre.store.use_nonce(NONCES, claims.nonce, now, claims.expires_at).await?;
    Ok(is_new.then_some(claims))
}

/// Returns the claims of a token that the log-in service signed for this client and that counts
/// now. Whether it was used before is the caller's to ask.
pub(in super::super) fn check(
    centre: &Centre,
    client: &str,
    token: &Sensitive<String>,
) -> Option<LoginClaims> {
    let now = clock::now();
    read(&centre.config.login_keys, token.expose())
        .filter(|claims| now < claims.expires_at && claims.expires_at.since_ms(now) <= LONGEST_MS)
        .filter(|claims| claims.client == client)
}

/// Decodes claims that one of `keys` signed.
fn read(keys: &[PublicKey], token: &str) -> Option<LoginClaims> {
    let (text, signature) = token.split_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let signed = format!("{LOGIN_TOKEN_PREFIX}{text}");
    keys.iter().find(|key| key.verify(signed.as_bytes(), &signature).is_ok())?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}
