//! Paper sizes by their standard names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Largest difference between two sizes of the same paper, in hundredths of a millimetre. Sizes
/// named in inches and in millimetres are rounded differently.
const TOLERANCE: u32 = 50;
const HUNDREDTHS_PER_MILLIMETRE: f64 = 100.0;
const HUNDREDTHS_PER_INCH: f64 = 2540.0;

/// Paper size by its standard name (PWG 5101.1), such as `iso_a4_210x297mm`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Media(String);

impl Media {
    /// Returns A4, for sheets and reports.
    #[must_use]
    pub fn a4() -> Self {
        Self("iso_a4_210x297mm".to_owned())
    }

    /// Returns A5, for receipts.
    #[must_use]
    pub fn a5() -> Self {
        Self("iso_a5_148x210mm".to_owned())
    }

    /// Returns the size with this standard name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Returns the standard name of the size.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Returns whether a printer that lists these names accepts this size: by name, by dimensions,
    /// or within its range of custom sizes.
    pub(crate) fn is_among(&self, names: &[String]) -> bool {
        names.contains(&self.0) || self.size().is_some_and(|size| size_is_among(size, names))
    }

    /// Parses width and height, in hundredths of a millimetre, from the end of the name.
    fn size(&self) -> Option<(u32, u32)> {
        size_of(&self.0)
    }
}

impl fmt::Display for Media {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn size_is_among(size: (u32, u32), names: &[String]) -> bool {
    let same = |name: &String| {
        !is_range(name)
            && size_of(name).is_some_and(|other| {
                size.0.abs_diff(other.0) <= TOLERANCE && size.1.abs_diff(other.1) <= TOLERANCE
            })
    };
    names.iter().any(same) || is_within_custom_range(size, names)
}

fn is_range(name: &str) -> bool {
    name.starts_with("custom_min_") || name.starts_with("custom_max_")
}

fn is_within_custom_range(size: (u32, u32), names: &[String]) -> bool {
    let bound = |prefix| names.iter().find(|name| name.starts_with(prefix)).and_then(|name| size_of(name));
    match (bound("custom_min_"), bound("custom_max_")) {
        (Some(least), Some(most)) => {
            (least.0..=most.0).contains(&size.0) && (least.1..=most.1).contains(&size.1)
        }
        _ => false,
    }
}

fn size_of(name: &str) -> Option<(u32, u32)> {
    let last = name.rsplit('_').next()?;
    let (numbers, unit) = match last.strip_suffix("mm") {
        Some(numbers) => (numbers, HUNDREDTHS_PER_MILLIMETRE),
        None => (last.strip_suffix("in")?, HUNDREDTHS_PER_INCH),
    };
    let (width, height) = numbers.split_once('x')?;
    Some((hundredths(width, unit)?, hundredths(height, unit)?))
}

fn hundredths(number: &str, unit: f64) -> Option<u32> {
    let value = number.parse::<f64>().ok()? * unit;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie within the range of u32"
    )]
    (0.0..=f64::from(u32::MAX)).contains(&value).then(|| value.round() as u32)
}
