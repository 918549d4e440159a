//! Sessions of citizens at a channel.

use super::{
    super::{answer::Refused, sealed, state::Centre},
    client::Client,
};
use crate::{clock, store::postgres::ChannelClient};
use axum::{extract::FromRequestParts, http::request::Parts};
use rules::{At, op::CitizenRef, wire::ProtocolError};
use serde::{Deserialize, Serialize};
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

const PURPOSE: &str = "channel session";

pub(super) fn write(centre: &Centre, claims: &SessionClaims) -> Option<String> {
    sealed::seal(&*centre.keys.token, PURPOSE, claims)
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
            .and_then(|token| sealed::open::<SessionClaims>(&*centre.keys.token, PURPOSE, token))
            .filter(|claims| clock::now() < claims.expires_at && claims.client == client.name)
            .ok_or(ProtocolError::Unauthenticated)?;
        Ok(Self { client, claims })
    }
}
