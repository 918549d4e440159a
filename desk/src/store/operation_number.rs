//! The number of an operation over all enrolments of a window.

use super::to_column;
use crate::error::DeskError;

/// Returns the number of an operation over all enrolments: `epoch << 32 | seq`.
pub(crate) fn number(epoch: u32, seq: u64) -> Result<i64, DeskError> {
    let seq = u32::try_from(seq).map_err(|error| DeskError::Store(Box::new(error)))?;
    to_column(u64::from(epoch) << 32 | u64::from(seq))
}

/// Returns the first and the last number an epoch can have.
pub(crate) fn numbers(epoch: u32) -> Result<(i64, i64), DeskError> {
    Ok((number(epoch, 0)?, number(epoch, u64::from(u32::MAX))?))
}
