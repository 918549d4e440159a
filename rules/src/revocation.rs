//! The revocation filter: BinaryFuse16 over serials of lost, superseded and voided codes, signed and versioned.

use crate::{keys::Class, life::Serial, time::At};
use serde::{Deserialize, Serialize};

/// The filter with its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationFilter {
    /// Grows with every change.
    pub version: u64,
    /// When it was made.
    pub made_at: At,
    /// Practice or live.
    pub class: Class,
    /// How many serials are in it.
    pub entries: u64,
    /// The filter's bytes in this project's own stable layout; base64 on the wire.
    pub bytes: String,
}

impl RevocationFilter {
    /// Builds one. Serials are deduplicated; an empty set is a valid filter. The seed is an argument: same input, same bytes.
    pub fn build(
        _serials: &[Serial],
        _version: u64,
        _made_at: At,
        _class: Class,
    ) -> Result<Self, FilterError> {
        todo!()
    }
    /// Whether the serial is probably revoked (never wrong when `false`). Decode once via [`Self::open`] for many look-ups.
    pub fn open(&self) -> Result<OpenFilter, FilterError> {
        todo!()
    }
}

/// A decoded filter.
pub struct OpenFilter(xorf::BinaryFuse16);

impl OpenFilter {
    /// `true`: probably revoked, ask online. `false`: not revoked as of the filter's time.
    pub fn contains(&self, _serial: Serial) -> bool {
        todo!()
    }
}

/// A filter that cannot be built or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Construction did not converge.
    #[error("filter could not be built")]
    Build,
    /// Bytes are not a filter.
    #[error("filter is malformed")]
    Malformed,
}
