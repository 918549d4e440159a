//! Bearer tokens: claims under a MAC, so that every server process can verify them
//! without the database.

use super::{answer::Refused, state::Centre};
use axum::{extract::FromRequestParts, http::request::Parts};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rules::{
    At, StaffNumber,
    permission::{Duty, permit},
    wire::ProtocolError,
};
use serde::{Deserialize, Serialize};
use sm3::Sm3;
use std::sync::Arc;

/// Validity of a device token, in milliseconds.
pub(super) const DEVICE_TOKEN_MS: i64 = 10 * 60 * 1000;
/// Validity of an operator's session, in milliseconds: a working day.
pub(super) const OPERATOR_TOKEN_MS: i64 = 10 * 60 * 60 * 1000;

/// Content of a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TokenClaims {
    pub(super) device: u32,
    pub(super) epoch: u32,
    pub(super) site: String,
    pub(super) operator: Option<StaffNumber>,
    pub(super) expires_at: At,
}

fn mac(key: &[u8; 32], text: &str) -> Option<Hmac<Sm3>> {
    let mut mac = Hmac::<Sm3>::new_from_slice(key).ok()?;
    mac.update(b"bearer ");
    mac.update(text.as_bytes());
    Some(mac)
}

/// Encodes and authenticates a token.
pub(super) fn write(key: &[u8; 32], claims: &TokenClaims) -> Option<String> {
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).ok()?);
    let tag = mac(key, &text)?.finalize().into_bytes();
    Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag)))
}

/// Decodes a token that is authentic and not expired.
pub(super) fn read(key: &[u8; 32], token: &str, now: At) -> Option<TokenClaims> {
    let (text, tag) = token.split_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    mac(key, text)?.verify_slice(&tag).ok()?;
    let claims: TokenClaims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    (now < claims.expires_at).then_some(claims)
}

/// Returns the text after `Authorization: Bearer`.
pub(super) fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(axum::http::header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")
}

/// A desk authenticated by its token and within its rate limit.
pub(super) struct Device(pub(super) TokenClaims);

impl FromRequestParts<Arc<Centre>> for Device {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let claims = bearer(parts)
            .and_then(|token| read(&centre.keys.token, token, crate::clock::now()))
            .ok_or(ProtocolError::Unauthenticated)?;
        centre.limits.device(claims.device)?;
        Ok(Self(claims))
    }
}

/// An authenticated desk or operator that may see the registry.
pub(super) struct Viewer(pub(super) TokenClaims);

impl FromRequestParts<Arc<Centre>> for Viewer {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let Device(claims) = Device::from_request_parts(parts, centre).await?;
        match &claims.operator {
            Some(operator) => {
                centre.limits.operator(operator)?;
                check_duty(centre, operator, &claims.site, &[Duty::Serve]).await?;
            }
            None if centre.config.operator_required => return Err(ProtocolError::Forbidden.into()),
            None => {}
        }
        centre.check_in_service(claims.device, claims.epoch).await?;
        Ok(Self(claims))
    }
}

impl TokenClaims {
    /// Returns under whom look-ups are counted: the operator, or the desk where none is needed.
    pub(super) fn looker(&self) -> String {
        match &self.operator {
            Some(operator) => operator.as_str().to_owned(),
            None => format!("device {}", self.device),
        }
    }
}

/// An authenticated operator or desk that may read evidence: as a viewer, or as an auditor (N-2).
pub(super) struct Reader {
    pub(super) claims: TokenClaims,
    pub(super) is_auditor: bool,
}

impl FromRequestParts<Arc<Centre>> for Reader {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let Device(claims) = Device::from_request_parts(parts, centre).await?;
        let mut is_auditor = false;
        match &claims.operator {
            Some(operator) => {
                centre.limits.operator(operator)?;
                let held = check_duty(centre, operator, &claims.site, &[Duty::Serve, Duty::Audit]).await?;
                is_auditor = held == Duty::Audit;
            }
            None if centre.config.operator_required => return Err(ProtocolError::Forbidden.into()),
            None => {}
        }
        centre.check_in_service(claims.device, claims.epoch).await?;
        Ok(Self { claims, is_auditor })
    }
}

/// S5: checks the account as it is now, since a token outlives changes: it is enabled, belongs to
/// this site and has one of the duties. Returns the first it has.
async fn check_duty(
    centre: &Centre,
    operator: &StaffNumber,
    site: &str,
    duties: &[Duty],
) -> Result<Duty, Refused> {
    let account = centre.store.account(operator).await?.ok_or(ProtocolError::Forbidden)?;
    let works = account.staff.active && account.disabled_at.is_none() && account.site == site;
    let held = duties.iter().find(|duty| permit(&account.staff.roles, **duty).is_ok());
    held.filter(|_| works).copied().ok_or_else(|| ProtocolError::Forbidden.into())
}

/// Checks that an operator may approve at their site, and is therefore a supervisor there.
pub(super) async fn check_supervisor(centre: &Centre, claims: &TokenClaims) -> Result<StaffNumber, Refused> {
    let operator = claims.operator.clone().ok_or(ProtocolError::Forbidden)?;
    check_duty(centre, &operator, &claims.site, &[Duty::Approve]).await?;
    Ok(operator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> TokenClaims {
        TokenClaims { device: 7, epoch: 1, site: "310101".to_owned(), operator: None, expires_at: At(1_000) }
    }

    #[test]
    fn a_token_is_accepted_until_it_expires() {
        let token = write(&[1; 32], &claims()).unwrap();
        assert_eq!(read(&[1; 32], &token, At(999)).unwrap().device, 7);
        assert!(read(&[1; 32], &token, At(1_000)).is_none());
    }

    #[test]
    fn a_token_with_another_key_or_an_altered_claim_is_refused() {
        let token = write(&[1; 32], &claims()).unwrap();
        assert!(read(&[2; 32], &token, At(0)).is_none());
        let (_, tag) = token.split_once('.').unwrap();
        let other = serde_json::to_vec(&TokenClaims { device: 8, ..claims() }).unwrap();
        let forged = format!("{}.{tag}", URL_SAFE_NO_PAD.encode(other));
        assert!(read(&[1; 32], &forged, At(0)).is_none());
    }
}
