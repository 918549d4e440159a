//! Portal (一网通办) and kiosk (自助终端): the same rules as the counter, decided at once.
//!
//! Each call carries two credentials. The *client*, the program of kiosk or portal, sends a token
//! that [`client`] gives for an assertion under its own key. The *citizen* has a session, which
//! [`login`] opens after one of the three log-ins. Names and numbers travel in bodies only, never
//! in URLs.

pub(super) mod actions;
pub(super) mod card;
pub(super) mod client;
pub(super) mod login;
pub(super) mod report;
mod session;
pub(super) mod token;
mod visits;

use super::{answer::Answer, state::Centre};
use rules::wire::ProtocolError;
use utoipa::ToSchema;

/// Name of a channel in URLs.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "drawn for the document only")]
pub(super) enum ChannelName {
    /// 一网通办, the portal.
    Portal,
    /// 自助终端, the kiosk.
    Kiosk,
}

/// Returns the print fonts, or a refusal if they are not installed.
fn fonts(centre: &Centre) -> Answer<&paper::Fonts> {
    centre.fonts.as_ref().ok_or_else(|| ProtocolError::Unavailable.into())
}
