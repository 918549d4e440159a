//! Clients of the channels: enrolment, tokens for assertions, and who calls (N-3).

use super::{
    super::{
        answer::{Answer, Refused, SmallBody},
        assertion::{Assertion, accept_once},
        caller::bearer,
        sealed, secret_digest,
        state::Centre,
    },
    ChannelName, visits,
};
use crate::{clock, store::postgres::ChannelClient};
use axum::{
    Json,
    extract::{ConnectInfo, FromRequestParts, OriginalUri, State},
    http::request::Parts,
};
use rules::{
    At, Sensitive,
    keys::KeyId,
    wire::{
        ChannelAssertion, ChannelAuthRequest, ChannelEnrolRequest, ChannelEnrolResponse, ProtocolError,
        TokenResponse,
    },
};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, sync::Arc};

/// Validity of a client's token, in milliseconds.
const TOKEN_MS: i64 = 10 * 60 * 1000;
const PURPOSE: &str = "channel client";

/// Content of a client's token.
#[derive(Serialize, Deserialize)]
struct TokenClaims {
    client: String,
    /// Key it was given for: a token ends when its client enrols again.
    key_id: KeyId,
    expires_at: At,
}

/// Takes up an invitation: the client gets a certificate for its key.
#[utoipa::path(post, path = "/v1/channels/{channel}/enrol", tag = "channels", params(("channel" = inline(ChannelName), Path)), request_body = ChannelEnrolRequest, operation_id = "enrol_client",
    responses((status = 200, body = ChannelEnrolResponse), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn enrol(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    SmallBody(request): SmallBody<ChannelEnrolRequest>,
) -> Answer<Json<ChannelEnrolResponse>> {
    centre.limits.door(address.ip())?;
    let now = clock::now();
    let digest = secret_digest(request.code.expose());
    let certify = |key| centre.keys.sign(key, "certificate");
    let (store, class) = (&centre.store, centre.keys.class);
    let accepted = store.accept_channel_invitation(&digest, &request.public_key, class, now, certify).await?;
    let certificate = accepted.ok_or(ProtocolError::EnrolmentCode)?;
    tracing::info!(
        client = certificate.value.client,
        site = certificate.value.site.as_str(),
        "channel client enrolled"
    );
    Ok(Json(ChannelEnrolResponse { certificate, root: centre.keys.trust.root().clone(), server_time: now }))
}

/// Issues a token to a client that proves possession of its key. An assertion is accepted once, and
/// only around its own time.
#[utoipa::path(post, path = "/v1/channels/{channel}/auth", tag = "channels", params(("channel" = inline(ChannelName), Path)), request_body = ChannelAuthRequest, operation_id = "authenticate_client",
    responses((status = 200, body = TokenResponse), super::super::responses::ChannelCall, super::super::responses::AnyCall))]
pub(in super::super) async fn authenticate(
    State(centre): State<Arc<Centre>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    OriginalUri(uri): OriginalUri,
    SmallBody(request): SmallBody<ChannelAuthRequest>,
) -> Answer<Json<TokenResponse>> {
    let now = clock::now();
    let assertion = Assertion::<ChannelAssertion>::read(&request.assertion)?;
    let ChannelAssertion { issued_at, nonce, .. } = assertion.claims;
    // Limited by address until the caller is proven: naming a client must not use up its rate.
    centre.limits.assertion(address.ip())?;
    let client = centre.store.channel_client(&assertion.claims.client).await?;
    let client = client.ok_or(ProtocolError::Unauthenticated)?;
    let proven = client.public_key.verify(assertion.signed(), &assertion.signature()?);
    proven.map_err(|_| ProtocolError::Unauthenticated)?;
    centre.limits.channel(&client.name)?;
    check(&centre, &client, uri.path(), now).await?;
    accept_once(&centre, &format!("client {}", client.name), (issued_at, nonce), now).await?;
    let expires_at = now.plus_ms(TOKEN_MS);
    let claims = TokenClaims { key_id: client.public_key.key_id(), client: client.name, expires_at };
    let token = sealed::seal(&*centre.keys.token, PURPOSE, &claims).ok_or(ProtocolError::Unavailable)?;
    Ok(Json(TokenResponse { token: Sensitive::new(token), expires_at, server_time: now }))
}

/// Checks that a proven client is in service and calls its own channel.
async fn check(centre: &Centre, client: &ChannelClient, path: &str, now: At) -> Answer<()> {
    if client.revoked_at.is_some() || client.not_after < now {
        visits::warn(centre, client, "out_of_service").await?;
        return Err(ProtocolError::Revoked.into());
    }
    if path.split('/').nth(3) != Some(client.channel.name()) {
        return Err(ProtocolError::Forbidden.into());
    }
    Ok(())
}

/// A client authenticated by its token, at its own channel's URL and within its rate limit. It is
/// looked up at every call, so that a revocation counts at once.
pub(in super::super) struct Client(pub(super) ChannelClient);

impl FromRequestParts<Arc<Centre>> for Client {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let now = clock::now();
        let claims = bearer(parts)
            .and_then(|token| sealed::open::<TokenClaims>(&*centre.keys.token, PURPOSE, token))
            .filter(|claims| now < claims.expires_at)
            .ok_or(ProtocolError::Unauthenticated)?;
        centre.limits.channel(&claims.client)?;
        let client = centre.store.channel_client(&claims.client).await?;
        let client = client.filter(|client| client.public_key.key_id() == claims.key_id);
        let client = client.ok_or(ProtocolError::Unauthenticated)?;
        // The original path: a nested router cuts its prefix off.
        let path = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.path(), |uri| uri.path());
        check(centre, &client, path, now).await?;
        Ok(Self(client))
    }
}
