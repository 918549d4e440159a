//! Portal (一网通办) and kiosk (自助终端): the same rules as the counter, decided at once.
//!
//! Each call carries two credentials. The *client*, the program of kiosk or portal, sends its API
//! key. The *citizen* has a session, which [`login`] opens after one of the three log-ins. Names
//! and numbers travel in bodies only, never in URLs.

pub(super) mod actions;
pub(super) mod login;
mod session;
pub(super) mod types;

use super::{
    answer::{Answer, Refused},
    state::Centre,
    token::bearer,
};
use crate::{http::secret_digest, store::postgres::ChannelClient};
use axum::{
    extract::{ConnectInfo, FromRequestParts, OriginalUri},
    http::request::Parts,
};
use rules::wire::{Channel, ProtocolError};
use std::{net::SocketAddr, sync::Arc};

/// A client authenticated by its API key, at its own channel's URL and within its rate limit.
pub(super) struct Client(pub(super) ChannelClient);

impl FromRequestParts<Arc<Centre>> for Client {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let key = bearer(parts).ok_or(ProtocolError::Unauthenticated)?;
        // Limited by address until the key is known: looking up a wrong key costs a statement too.
        if let Some(ConnectInfo(address)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            centre.limits.anybody(address.ip())?;
        }
        let client = centre.store.channel_client(&secret_digest(key)).await?;
        let client = client.ok_or(ProtocolError::Unauthenticated)?;
        centre.limits.channel(&client.name)?;
        // The original path: a nested router cuts its prefix off.
        let path = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.path(), |uri| uri.path());
        if path.split('/').nth(3) != Some(name(client.channel)) {
            return Err(ProtocolError::Forbidden.into());
        }
        Ok(Self(client))
    }
}

/// Returns the name of a channel in URLs.
pub(super) const fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Portal => "portal",
        Channel::Kiosk => "kiosk",
        Channel::Counter => "counter",
    }
}

/// Returns the print fonts, or a refusal if they are not installed.
fn fonts(centre: &Centre) -> Answer<&paper::Fonts> {
    centre.fonts.as_ref().ok_or_else(|| ProtocolError::Unavailable.into())
}
