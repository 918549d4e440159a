//! Limits of a certificate photo (GA 461-2004), and when it needs the clerk's reason.
//!
//! The crate that holds the pixels measures them; only the limits are here.

use crate::Refusal;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Width of the finished photo, in pixels.
pub const WIDTH_PX: u32 = 358;
/// Height of the finished photo, in pixels.
pub const HEIGHT_PX: u32 = 441;
/// Resolution of the print, in dots per inch.
pub const RESOLUTION_DPI: u16 = 350;
/// Size of the JPEG file, in bytes. The standard says 14–40 kB; both 1000 and 1024 pass
/// as a thousand.
pub const FILE_BYTES: RangeInclusive<u64> = 14_000..=40 * 1024;

/// Size of the finished photo and guide lines of the crop tool, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Guides {
    /// Width of the photo, in pixels.
    pub width: u32,
    /// Height of the photo, in pixels.
    pub height: u32,
    /// Smallest width of the face.
    pub face_least: u32,
    /// Largest width of the face.
    pub face_most: u32,
    /// Smallest distance of the hairline from the top.
    pub hairline_least: u32,
    /// Largest distance of the hairline from the top.
    pub hairline_most: u32,
    /// Largest distance of the eyes from the top: 207 above the bottom.
    pub eyes_lowest: u32,
}

/// Guides of GA 461-2004: face 207 ± 14 wide, hairline 7–21 from the top, eyes 207
/// above the bottom.
pub const GUIDES: Guides = Guides {
    width: WIDTH_PX,
    height: HEIGHT_PX,
    face_least: 207 - 14,
    face_most: 207 + 14,
    hairline_least: 7,
    hairline_most: 21,
    eyes_lowest: HEIGHT_PX - 207,
};

/// Smallest variance of the Laplacian (8-bit grey, standard size). Below it, a face looks
/// soft in print.
const SHARPNESS_LEAST: f64 = 100.0;
/// Range of the mean grey (0–255). Darker photos lose the eyes; brighter ones lose the face's edge
/// against the white background.
const EXPOSURE: (f64, f64) = (80.0, 225.0);
/// Smallest standard deviation of grey (0–255). Below it, the picture looks foggy.
const CONTRAST_LEAST: f64 = 25.0;
/// Largest standard deviation of grey (0–255) in the upper corners. Above it, the
/// background is uneven.
const BACKGROUND_MOST: f64 = 12.0;
/// Ratio of width to height. A larger deviation makes the face look stretched.
const ASPECT: f64 = WIDTH_PX as f64 / HEIGHT_PX as f64;
const ASPECT_TOLERANCE: f64 = 0.01;

/// Figures measured on the finished photo.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoFigures {
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// Variance of the Laplacian of the grey picture (0–255).
    pub sharpness: f64,
    /// Mean grey value (0–255).
    pub exposure: f64,
    /// Standard deviation of grey (0–255).
    pub contrast: f64,
    /// Standard deviation of grey (0–255) in the upper corners.
    pub background: f64,
}

/// Property of a photo that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Pixels in relation to the standard (尺寸); 1 or more is good.
    Size,
    /// File size in bytes (文件大小).
    Bytes,
    /// Sharpness of the picture (清晰度).
    Sharpness,
    /// Exposure of the picture (曝光).
    Exposure,
    /// Contrast of the picture (对比度).
    Contrast,
    /// Uniformity of the background (背景均匀度).
    Background,
    /// Ratio of width to height (宽高比).
    Aspect,
}

/// A measured figure with its limits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct Judgement {
    /// Property that was measured.
    pub measure: Measure,
    /// Value of the figure.
    pub value: f64,
    /// Lower limit, included, if any.
    pub at_least: Option<f64>,
    /// Upper limit, included, if any.
    pub at_most: Option<f64>,
}

impl Judgement {
    /// Returns whether the figure is within its limits. NaN and infinity are not.
    pub fn is_good(&self) -> bool {
        let above = self.at_least.is_none_or(|limit| self.value >= limit);
        let below = self.at_most.is_none_or(|limit| self.value <= limit);
        above && below && self.value.is_finite()
    }
}

/// Returns every figure with its limits, in display order.
pub fn judge(figures: &PhotoFigures) -> [Judgement; 7] {
    let judgement = |measure, value, at_least, at_most| Judgement { measure, value, at_least, at_most };
    let pixels = f64::from(figures.width_px) * f64::from(figures.height_px);
    let standard = f64::from(WIDTH_PX) * f64::from(HEIGHT_PX);
    let (least, most) = (*FILE_BYTES.start() as f64, *FILE_BYTES.end() as f64);
    let aspect = f64::from(figures.width_px) / f64::from(figures.height_px);
    [
        judgement(Measure::Size, pixels / standard, Some(1.0), None),
        judgement(Measure::Bytes, figures.bytes as f64, Some(least), Some(most)),
        judgement(Measure::Sharpness, figures.sharpness, Some(SHARPNESS_LEAST), None),
        judgement(Measure::Exposure, figures.exposure, Some(EXPOSURE.0), Some(EXPOSURE.1)),
        judgement(Measure::Contrast, figures.contrast, Some(CONTRAST_LEAST), None),
        judgement(Measure::Background, figures.background, None, Some(BACKGROUND_MOST)),
        judgement(Measure::Aspect, aspect, Some(ASPECT - ASPECT_TOLERANCE), Some(ASPECT + ASPECT_TOLERANCE)),
    ]
}

/// Returns whether a figure is outside its limits.
///
/// The clerk must then say why the photo is used, and the approver is told.
pub fn falls_short(figures: &PhotoFigures) -> bool {
    !judge(figures).iter().all(Judgement::is_good)
}

/// Checks that a photo below the limits has a reason, and that a given reason is not blank.
///
/// # Errors
/// [`Refusal::PhotoReasonNeeded`] if the reason is missing or blank.
pub fn check_reason(falls_short: bool, reason: Option<&str>) -> Result<(), Refusal> {
    let is_said = match reason {
        Some(text) => !text.trim().is_empty(),
        None => !falls_short,
    };
    if is_said { Ok(()) } else { Err(Refusal::PhotoReasonNeeded) }
}
