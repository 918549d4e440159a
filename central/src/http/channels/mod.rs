//! Portal (一网通办) and kiosk (自助终端): the same rules as the counter, decided at once.
//!
//! Two things are shown with each call. The *client* (the kiosk's or portal's program) shows its API key. The *citizen* at it is known
//! by a session, which [`login`] gives after one of the three log-ins. Names and numbers go in bodies only, never in addresses.

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

/// The program at the other end, by its API key; of the channel in the address; within its rate.
pub(super) struct Client(pub(super) ChannelClient);

impl FromRequestParts<Arc<Centre>> for Client {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, centre: &Arc<Centre>) -> Result<Self, Refused> {
        let key = bearer(parts).ok_or(ProtocolError::Unauthenticated)?;
        // By address until it is known whose key it is: a wrong one costs a statement too.
        if let Some(ConnectInfo(address)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
            centre.limits.anybody(address.ip())?;
        }
        let client = centre.store.channel_client(&secret_digest(key)).await?;
        let client = client.ok_or(ProtocolError::Unauthenticated)?;
        centre.limits.channel(&client.name)?;
        // The path as sent: inside a nested router the prefix is cut off.
        let path = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.path(), |uri| uri.path());
        if path.split('/').nth(3) != Some(name(client.channel)) {
            return Err(ProtocolError::Forbidden.into());
        }
        Ok(Self(client))
    }
}

/// A channel's name in addresses.
pub(super) const fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Portal => "portal",
        Channel::Kiosk => "kiosk",
        Channel::Counter => "counter",
    }
}

fn unavailable<T>(_: T) -> Refused {
    ProtocolError::Unavailable.into()
}

/// Shorthand for what needs the fonts.
fn fonts(centre: &Centre) -> Answer<&paper::Fonts> {
    centre.fonts.as_ref().ok_or_else(|| ProtocolError::Unavailable.into())
}
