//! Who calls: the bearer token of a desk or its operator, and what its duties let it ask.

use super::{answer::Refused, sealed, state::Centre};
use axum::{extract::FromRequestParts, http::request::Parts};
use rules::{
    At, DeviceNumber, Refusal, SiteCode, StaffNumber,
    authority::StaffRecord,
    issuing::Issued,
    keys::KeyId,
    permission::{Duty, permit},
    wire::ProtocolError,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const PURPOSE: &str = "bearer";
/// Validity of a device token, in milliseconds.
pub(super) const DEVICE_TOKEN_MS: i64 = 10 * 60 * 1000;
/// Validity of an operator's session, in milliseconds: a working day.
pub(super) const OPERATOR_TOKEN_MS: i64 = 10 * 60 * 60 * 1000;

/// Content of a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TokenClaims {
    pub(super) device: DeviceNumber,
    pub(super) epoch: u32,
    pub(super) site: SiteCode,
    pub(super) operator: Option<OperatorClaim>,
    pub(super) expires_at: At,
}

/// The operator of a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OperatorClaim {
    pub(super) number: StaffNumber,
    /// Key at log-in. A changed password changes the key, which ends the token (A6).
    pub(super) key: KeyId,
    /// Whether the token permits changing the password and nothing else (A7).
    pub(super) must_change_password: bool,
}

impl TokenClaims {
    /// Returns the operator's staff number, for the audit log.
    pub(super) fn staff(&self) -> Option<StaffNumber> {
        self.operator.as_ref().map(|operator| operator.number.clone())
    }

    /// Returns the operator's staff number as a log line shows it.
    pub(super) fn operator(&self) -> Option<&str> {
        self.operator.as_ref().map(|operator| operator.number.as_str())
    }

    /// Returns under whom look-ups are counted: the operator, or the desk where none is needed.
    pub(super) fn looker(&self) -> String {
        self.operator().map_or_else(|| format!("device {}", self.device), str::to_owned)
    }
}

/// Encodes and authenticates a token.
pub(super) fn write(key: &[u8; 32], claims: &TokenClaims) -> Option<String> {
    sealed::seal(key, PURPOSE, claims)
}

/// Decodes a token that is authentic and not expired.
pub(super) fn read(key: &[u8; 32], token: &str, now: At) -> Option<TokenClaims> {
    sealed::open(key, PURPOSE, token).filter(|claims: &TokenClaims| now < claims.expires_at)
}

/// Returns the text after `Authorization: Bearer`.
pub(super) fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(axum::http::header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")
}

/// Reads the token of a request, within the rate of its desk. An operator's counts while the
/// account works and has the key of the log-in, whatever the token says.
async fn authenticate(
    parts: &Parts,
    centre: &Centre,
) -> Result<(TokenClaims, Option<Issued<StaffRecord>>), Refused> {
    let claims = bearer(parts)
        .and_then(|token| read(&centre.keys.token, token, crate::clock::now()))
        .ok_or(ProtocolError::Unauthenticated)?;
    centre.limits.device(claims.device)?;
    let Some(operator) = &claims.operator else { return Ok((claims, None)) };
    let account = centre.store.account(&operator.number).await?.ok_or(ProtocolError::Unauthenticated)?;
    let record = account.record;
    if record.value.public_key.key_id() != operator.key {
        return Err(ProtocolError::Unauthenticated.into());
    }
    if !record.value.active || record.value.site != claims.site {
        return Err(ProtocolError::Forbidden.into());
    }
    Ok((claims, Some(record)))
}

/// A desk authenticated by its token and within its rate limit.
pub(super) struct Device(pub(super) TokenClaims);

impl FromRequestParts<Arc<Centre>> for Device {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let (claims, _) = authenticate(parts, centre).await?;
        may_work(&claims)?;
        Ok(Self(claims))
    }
}

/// A7: a token from a log-in with an outdated password permits changing it only.
fn may_work(claims: &TokenClaims) -> Result<(), Refused> {
    if claims.operator.as_ref().is_some_and(|operator| operator.must_change_password) {
        return Err(ProtocolError::Refused { code: Refusal::PasswordTooOld }.into());
    }
    Ok(())
}

/// A logged-in operator, perhaps with an outdated password.
pub(super) struct Owner {
    pub(super) claims: TokenClaims,
    pub(super) operator: OperatorClaim,
}

impl FromRequestParts<Arc<Centre>> for Owner {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let (claims, _) = authenticate(parts, centre).await?;
        let operator = claims.operator.clone().ok_or(ProtocolError::Forbidden)?;
        centre.limits.operator(&operator.number)?;
        centre.check_in_service(claims.device, claims.epoch).await?;
        Ok(Self { claims, operator })
    }
}

/// An authenticated desk or operator that may see the registry.
pub(super) struct Viewer(pub(super) TokenClaims);

impl FromRequestParts<Arc<Centre>> for Viewer {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let (claims, _) = on_duty(parts, centre, &[Duty::Serve]).await?;
        Ok(Self(claims))
    }
}

/// An authenticated desk or operator that may read evidence: as a viewer, or as an auditor (N-2).
pub(super) struct Reader {
    pub(super) claims: TokenClaims,
    pub(super) is_auditor: bool,
}

impl FromRequestParts<Arc<Centre>> for Reader {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let (claims, held) = on_duty(parts, centre, &[Duty::Serve, Duty::Audit]).await?;
        Ok(Self { claims, is_auditor: held.is_some_and(|(_, duty)| duty == Duty::Audit) })
    }
}

/// A logged-in operator who may approve at their site, and is therefore a supervisor there.
pub(super) struct Supervisor {
    pub(super) claims: TokenClaims,
    pub(super) number: StaffNumber,
}

impl FromRequestParts<Arc<Centre>> for Supervisor {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let (claims, record) = person_on_duty(parts, centre, Duty::Approve).await?;
        Ok(Self { number: record.number, claims })
    }
}

/// A logged-in operator who may see the board of their site: a supervisor there now.
pub(super) struct BoardReader(pub(super) TokenClaims);

impl FromRequestParts<Arc<Centre>> for BoardReader {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let (claims, _) = person_on_duty(parts, centre, Duty::Board).await?;
        Ok(Self(claims))
    }
}

/// A logged-in security administrator of the desk's site.
pub(super) struct SiteAdministrator {
    pub(super) claims: TokenClaims,
    pub(super) record: StaffRecord,
}

impl FromRequestParts<Arc<Centre>> for SiteAdministrator {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let (claims, record) = person_on_duty(parts, centre, Duty::ManageAccounts).await?;
        Ok(Self { claims, record })
    }
}

/// Authenticates an operator who has the duty, also where the settings need no operator.
async fn person_on_duty(
    parts: &Parts,
    centre: &Centre,
    duty: Duty,
) -> Result<(TokenClaims, StaffRecord), Refused> {
    let (claims, held) = on_duty(parts, centre, &[duty]).await?;
    let (record, _) = held.ok_or(ProtocolError::Forbidden)?;
    Ok((claims, record))
}

/// Authenticates an operator who has one of the duties, or a desk in service where no operator is
/// needed. Returns the operator with the first duty they have.
async fn on_duty(
    parts: &Parts,
    centre: &Centre,
    duties: &[Duty],
) -> Result<(TokenClaims, Option<(StaffRecord, Duty)>), Refused> {
    let (claims, record) = authenticate(parts, centre).await?;
    may_work(&claims)?;
    let held = match record {
        Some(record) => {
            let record = record.value;
            centre.limits.operator(&record.number)?;
            let duty = check_duty(&record, duties)?;
            Some((record, duty))
        }
        None if centre.config.operator_required => return Err(ProtocolError::Forbidden.into()),
        None => None,
    };
    centre.check_in_service(claims.device, claims.epoch).await?;
    Ok((claims, held))
}

/// S5: checks the account as it is now, since a token outlives changes of roles.
fn check_duty(record: &StaffRecord, duties: &[Duty]) -> Result<Duty, ProtocolError> {
    let held = duties.iter().find(|duty| permit(&record.roles, **duty).is_ok());
    held.copied().ok_or(ProtocolError::Forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    fn claims() -> TokenClaims {
        TokenClaims {
            device: DeviceNumber(7),
            epoch: 1,
            site: "310101".parse().unwrap(),
            operator: None,
            expires_at: At(1_000),
        }
    }

    #[test]
    fn a_token_is_accepted_until_it_expires() {
        let token = write(&[1; 32], &claims()).unwrap();
        assert_eq!(read(&[1; 32], &token, At(999)).unwrap().device, DeviceNumber(7));
        assert!(read(&[1; 32], &token, At(1_000)).is_none());
    }

    #[test]
    fn a_token_with_another_key_or_an_altered_claim_is_refused() {
        let token = write(&[1; 32], &claims()).unwrap();
        assert!(read(&[2; 32], &token, At(0)).is_none());
        let (_, tag) = token.split_once('.').unwrap();
        let other = serde_json::to_vec(&TokenClaims { device: DeviceNumber(8), ..claims() }).unwrap();
        let forged = format!("{}.{tag}", URL_SAFE_NO_PAD.encode(other));
        assert!(read(&[1; 32], &forged, At(0)).is_none());
    }
}
