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
pub(super) mod types;
mod visits;

use super::{answer::Answer, state::Centre};
use rules::wire::{Channel, ProtocolError};

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
