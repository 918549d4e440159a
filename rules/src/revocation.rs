//! The revocation filter: a signed, versioned BinaryFuse16 over the serials of lost, superseded
//! and voided codes.

use crate::{
    issuing::{Issuable, Purpose},
    keys::Class,
    life::Serial,
    time::At,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};
use xorf::{BinaryFuse16, Descriptor, Filter};

/// First bytes of the layout: name and version.
const MAGIC: &[u8; 5] = b"SSRF\x01";

/// Revocation filter with its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevocationFilter {
    /// Version, which increases with every change.
    pub version: u64,
    /// When the filter was made.
    pub made_at: At,
    /// Class of the codes in the filter.
    pub class: Class,
    /// Number of serials in the filter.
    pub entries: u64,
    /// Filter in this project's own stable layout, base64.
    pub bytes: String,
}

impl Issuable for RevocationFilter {
    const PURPOSE: Purpose = Purpose::Lists;
}

impl RevocationFilter {
    /// Builds a filter. Duplicate serials are dropped; an empty set is valid.
    ///
    /// The result is deterministic: construction tries a fixed list of seeds, and the order of the
    /// serials does not matter. The same set always gives the same bytes.
    ///
    /// # Errors
    /// [`FilterError::Build`] if no seed fits, which has a probability below 2⁻⁵⁰⁰.
    pub fn build(serials: &[Serial], version: u64, made_at: At, class: Class) -> Result<Self, FilterError> {
        let mut keys: Vec<u64> = serials.iter().copied().map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        let filter = BinaryFuse16::try_from(&keys).map_err(|_| FilterError::Build)?;
        let bytes = STANDARD.encode(layout(&filter));
        Ok(Self { version, made_at, class, entries: keys.len() as u64, bytes })
    }

    /// Decodes the filter for any number of look-ups.
    ///
    /// # Errors
    /// [`FilterError::Malformed`] if the bytes or a length are wrong. Look-ups in an open filter
    /// therefore cannot go out of bounds.
    pub fn open(&self) -> Result<OpenFilter, FilterError> {
        let bytes = STANDARD.decode(&self.bytes).map_err(|_| FilterError::Malformed)?;
        parse(&bytes).map(OpenFilter).ok_or(FilterError::Malformed)
    }
}

/// A decoded filter, ready for look-ups.
pub struct OpenFilter(BinaryFuse16);

impl std::fmt::Debug for OpenFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenFilter({} fingerprints)", self.0.len())
    }
}

impl OpenFilter {
    /// Returns `true` if the serial is probably revoked (wrong once in 65,536; ask online), and
    /// `false` if it was certainly not revoked when the filter was made.
    pub fn contains(&self, serial: Serial) -> bool {
        self.0.contains(&key(serial))
    }
}

/// Returns the filter key of a serial: the first 8 bytes of its SM3 digest, big-endian.
///
/// Hashing keeps device numbers and counters from clustering.
fn key(serial: Serial) -> u64 {
    let digest: [u8; 32] = Sm3::digest(serial.0).into();
    let [b0, b1, b2, b3, b4, b5, b6, b7, ..] = digest;
    u64::from_be_bytes([b0, b1, b2, b3, b4, b5, b6, b7])
}

/// Encodes the filter in the project's own layout, with all numbers big-endian.
///
/// The fields are magic and version (5), seed (8), segment length (4), length of all segments but
/// the last two (4), and fingerprints (2 each).
fn layout(filter: &BinaryFuse16) -> Vec<u8> {
    let Descriptor { seed, segment_length, segment_count_length, .. } = filter.descriptor;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&seed.to_be_bytes());
    bytes.extend_from_slice(&segment_length.to_be_bytes());
    bytes.extend_from_slice(&segment_count_length.to_be_bytes());
    bytes.extend(filter.fingerprints.iter().flat_map(|fingerprint| fingerprint.to_be_bytes()));
    bytes
}

fn parse(bytes: &[u8]) -> Option<BinaryFuse16> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (seed, rest) = rest.split_first_chunk::<8>()?;
    let (segment_length, rest) = rest.split_first_chunk::<4>()?;
    let (segment_count_length, rest) = rest.split_first_chunk::<4>()?;
    let segment_length = u32::from_be_bytes(*segment_length);
    let segment_count_length = u32::from_be_bytes(*segment_count_length);
    let (fingerprints, odd) = rest.as_chunks::<2>();
    // A look-up reads one fingerprint in each of three neighbouring segments of equal length 2ⁿ.
    // Other lengths would let it read out of bounds.
    let whole_segments =
        segment_length.is_power_of_two() && segment_count_length.is_multiple_of(segment_length);
    let expected = u64::from(segment_count_length) + 2 * u64::from(segment_length);
    if !odd.is_empty()
        || !whole_segments
        || segment_count_length == 0
        || fingerprints.len() as u64 != expected
    {
        return None;
    }
    Some(BinaryFuse16 {
        descriptor: Descriptor {
            seed: u64::from_be_bytes(*seed),
            segment_length,
            segment_length_mask: segment_length - 1,
            segment_count_length,
        },
        fingerprints: fingerprints.iter().map(|pair| u16::from_be_bytes(*pair)).collect(),
    })
}

/// Reasons why a filter cannot be built or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The construction did not converge.
    #[error("filter could not be built")]
    Build,
    /// The bytes are not a filter.
    #[error("filter is malformed")]
    Malformed,
}
