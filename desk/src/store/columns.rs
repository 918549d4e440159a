//! Values as they are kept in columns.

use crate::error::DeskError;
use rules::At;
use serde::{Serialize, de::DeserializeOwned};

/// Writes a record as it is kept in a column.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, DeskError> {
    serde_json::to_string(value).map_err(|error| DeskError::Store(Box::new(error)))
}

/// Reads a record from a column. One that cannot be read was written by no version of this program.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, DeskError> {
    serde_json::from_str(text).map_err(|_| DeskError::DatabaseDamaged)
}

/// Returns the plain name that a unit variant serialises to (`live`, `apply`, …).
pub(crate) fn to_word<T: Serialize>(value: &T) -> Result<String, DeskError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(_) | Err(_) => Err(DeskError::DatabaseDamaged),
    }
}

/// Reads a unit variant from its plain name.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, DeskError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|_| DeskError::DatabaseDamaged)
}

/// Converts a 64-bit number to the signed integer that SQLite keeps.
pub(crate) fn to_column(value: u64) -> Result<i64, DeskError> {
    i64::try_from(value).map_err(|error| DeskError::Store(Box::new(error)))
}

/// Reads a 64-bit number from the signed integer that SQLite keeps.
pub(crate) fn from_column(value: i64) -> Result<u64, DeskError> {
    u64::try_from(value).map_err(|_| DeskError::DatabaseDamaged)
}

pub(crate) fn total(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Reads an instant from a column that may be empty.
pub(crate) fn instant(column: Option<i64>) -> Option<At> {
    column.map(At)
}

/// Reads a text column as the type it was written from.
///
/// # Errors
/// [`DeskError::DatabaseDamaged`] if the text is no such value.
pub(crate) fn parse_column<T: std::str::FromStr>(text: &str) -> Result<T, DeskError> {
    text.parse().map_err(|_| DeskError::DatabaseDamaged)
}
