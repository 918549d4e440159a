//! Conversion between domain values and column values.

pub(super) use crate::store::audit_events::day_number;
use crate::store::{Result, StoreError};
use rules::{
    Day, DeviceNumber, SiteCode,
    correction::Digest,
    keys::{KeyId, PublicKey, RawSignature},
    life::{CodeState, Serial},
    op::CitizenRef,
};
use serde::{Serialize, de::DeserializeOwned};

/// Converts a number yyyymmdd to a day.
pub(super) fn day(number: i32) -> Result<Day> {
    let part = |value: i32| i8::try_from(value).ok();
    let year = i16::try_from(number / 10_000).ok();
    let parts = year.zip(part(number / 100 % 100)).zip(part(number % 100));
    parts.and_then(|((year, month), day)| Day::new(year, month, day).ok()).ok_or(StoreError::Corrupt("day"))
}

/// Converts a device number or epoch to a column value.
pub(super) fn small(number: impl Into<u32>) -> Result<i32> {
    i32::try_from(number.into()).map_err(|_| StoreError::Range("device or epoch"))
}

/// Converts a column value to a device number.
pub(super) fn device(number: i32) -> Result<DeviceNumber> {
    unsigned(number).map(DeviceNumber)
}

/// Converts a column value to an epoch.
pub(super) fn unsigned(number: i32) -> Result<u32> {
    u32::try_from(number).map_err(|_| StoreError::Corrupt("device or epoch"))
}

/// Converts a sequence number, version or cursor to a column value.
pub(super) fn large(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| StoreError::Range("seq"))
}

/// Converts a column value to a sequence number, version or cursor.
pub(super) fn unsigned_large(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt("seq"))
}

/// Converts a column value to the code of a site.
pub(super) fn site(text: &str) -> Result<SiteCode> {
    text.parse().map_err(|_| StoreError::Corrupt("site"))
}

/// Converts 32 bytes to a digest.
pub(super) fn digest(bytes: &[u8]) -> Result<Digest> {
    bytes.try_into().map(Digest).map_err(|_| StoreError::Corrupt("digest"))
}

/// Converts 32 bytes to a citizen reference.
pub(super) fn reference(bytes: &[u8]) -> Result<CitizenRef> {
    bytes.try_into().map(CitizenRef).map_err(|_| StoreError::Corrupt("citizen reference"))
}

/// Converts 65 bytes to a public key.
pub(super) fn public_key(bytes: &[u8]) -> Result<PublicKey> {
    PublicKey::from_bytes(bytes).map_err(|_| StoreError::Corrupt("public key"))
}

/// Converts 8 bytes to a key id.
pub(super) fn key_id(bytes: &[u8]) -> Result<KeyId> {
    bytes.try_into().map(KeyId).map_err(|_| StoreError::Corrupt("key id"))
}

/// Converts 64 bytes to a signature.
pub(super) fn signature(bytes: &[u8]) -> Result<RawSignature> {
    bytes.try_into().map(RawSignature).map_err(|_| StoreError::Corrupt("signature"))
}

/// Converts 20 bytes to a serial.
pub(super) fn serial(bytes: &[u8]) -> Result<Serial> {
    bytes.try_into().map(Serial).map_err(|_| StoreError::Corrupt("serial"))
}

/// Converts the state of a code to its column value.
pub(super) const fn state_number(state: CodeState) -> i16 {
    match state {
        CodeState::Live => 0,
        CodeState::Lost => 1,
        CodeState::Superseded => 2,
        CodeState::Voided => 3,
    }
}

/// Converts a column value to the state of a code.
pub(super) fn state(number: i16) -> Result<CodeState> {
    match number {
        0 => Ok(CodeState::Live),
        1 => Ok(CodeState::Lost),
        2 => Ok(CodeState::Superseded),
        3 => Ok(CodeState::Voided),
        _ => Err(StoreError::Corrupt("code state")),
    }
}

/// Serialises a record as JSON text.
pub(super) fn text<T: Serialize>(record: &T) -> Result<String> {
    serde_json::to_string(record).map_err(|_| StoreError::Range("record"))
}

/// Parses a record from JSON text.
pub(super) fn record<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(what))
}

/// Returns the plain name of a unit variant.
pub(super) fn word<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(_) | Err(_) => Err(StoreError::Range("word")),
    }
}

/// Reads a unit variant from its plain name.
pub(super) fn of_word<T: DeserializeOwned>(word: String, what: &'static str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(|_| StoreError::Corrupt(what))
}
