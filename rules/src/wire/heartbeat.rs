//! What a desk says of itself at every contact, for whoever keeps 3,000 of them at work.

use crate::{
    keys::Class,
    numbers::StaffNumber,
    program::ProgramVersion,
    time::At,
    window::{DeviceKind, KeyProtection},
};
use serde::{Deserialize, Deserializer, Serialize, de::IgnoredAny};
use std::fmt;

/// State of a desk. It is shown in the list of desks and decides nothing but which version of the
/// program is at work there (L13). It says nothing about citizens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heartbeat {
    /// Version of the desk's program.
    pub program: ProgramVersion,
    /// Practice or live.
    pub class: Class,
    /// What protects the desk's keys at rest (C1).
    pub protection: KeyProtection,
    /// Devices in trouble, one for each kind at most.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<DeviceTrouble>, max_items = 4))]
    pub troubles: DeviceTroubles,
    /// Who is logged in, with the screen locked or not.
    pub staff: Option<StaffNumber>,
    /// Conflicts that nobody has dealt with.
    pub conflicts: u32,
    /// Operations without a receipt.
    pub waiting: u32,
    /// When the oldest of them was made.
    pub oldest_waiting: Option<At>,
    /// The desk's wall clock minus the centre's time at the last contact, in milliseconds (L10).
    pub clock_ahead_ms: i64,
    /// Free bytes on the disk of the desk's folder; `None` if the system does not say.
    pub disk_free: Option<u64>,
    /// End of the last key that the desk was given (B4).
    pub keys_end: At,
}

/// Reads a heartbeat. One that this program cannot read is as none: a desk logs in whatever a newer
/// program of its says of itself.
pub(super) fn readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Heartbeat>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Readable {
        Known(Box<Heartbeat>),
        Other(IgnoredAny),
    }
    Ok(match Readable::deserialize(deserializer)? {
        Readable::Known(heartbeat) => Some(*heartbeat),
        Readable::Other(IgnoredAny) => None,
    })
}

/// A device that is not ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceTrouble {
    /// Kind of the device.
    pub device: DeviceKind,
    /// What is wrong, as in the catalogue of failures.
    pub failure: FailureName,
}

/// Code of an entry in the catalogue of failures, perhaps of a newer program's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FailureName(String);

/// Most letters of a failure's code.
const NAME_LETTERS: usize = 48;

/// The text is no code of a failure, or too many devices are in trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not what a desk says of a device")]
pub struct NotATrouble;

impl TryFrom<String> for FailureName {
    type Error = NotATrouble;

    fn try_from(text: String) -> Result<Self, NotATrouble> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = (1..=NAME_LETTERS).contains(&text.len()) && text.bytes().all(is_name);
        if fits { Ok(Self(text)) } else { Err(NotATrouble) }
    }
}

impl From<FailureName> for String {
    fn from(name: FailureName) -> Self {
        name.0
    }
}

impl fmt::Display for FailureName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FailureName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Devices in trouble, at most as many as there are kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<DeviceTrouble>", into = "Vec<DeviceTrouble>")]
pub struct DeviceTroubles(Vec<DeviceTrouble>);

/// Kinds of devices at a desk.
const KINDS: usize = 4;

impl DeviceTroubles {
    /// Returns the devices.
    pub fn as_slice(&self) -> &[DeviceTrouble] {
        &self.0
    }
}

impl TryFrom<Vec<DeviceTrouble>> for DeviceTroubles {
    type Error = NotATrouble;

    fn try_from(troubles: Vec<DeviceTrouble>) -> Result<Self, NotATrouble> {
        if troubles.len() <= KINDS { Ok(Self(troubles)) } else { Err(NotATrouble) }
    }
}

impl From<DeviceTroubles> for Vec<DeviceTrouble> {
    fn from(troubles: DeviceTroubles) -> Self {
        troubles.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_desk_says_of_its_devices_has_a_limited_size_and_no_signs_for_a_terminal() {
        let name = |text: &str| FailureName::try_from(text.to_owned());
        assert_eq!(name("printer_out_of_paper").unwrap().to_string(), "printer_out_of_paper");
        for text in ["", "冯长寿", "a\tb", "\u{1b}[31m", "Printer", &"a".repeat(49)] {
            assert_eq!(name(text), Err(NotATrouble), "{text:?}");
        }
        let one = DeviceTrouble { device: DeviceKind::Printer, failure: name("no_printer").unwrap() };
        assert!(DeviceTroubles::try_from(vec![one.clone(); 4]).is_ok());
        assert_eq!(DeviceTroubles::try_from(vec![one; 5]), Err(NotATrouble));
    }
}
