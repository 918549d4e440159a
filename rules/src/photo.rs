//! What a certificate photo must be (GA 461-2004) and from which figures on a photo needs the clerk's reason. The figures are measured where
//! pixels are; only their limits are here.

use crate::Refusal;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Width of the finished photo, pixels.
pub const WIDTH_PX: u32 = 358;
/// Height of the finished photo, pixels.
pub const HEIGHT_PX: u32 = 441;
/// Resolution, dots per inch.
pub const RESOLUTION_DPI: u16 = 350;
/// Size of the JPEG file, bytes. The standard says 14–40 kB and not which thousand: both readings pass.
pub const FILE_BYTES: RangeInclusive<u64> = 14_000..=40 * 1024;

/// The finished photo and the lines over it on the crop tool, pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Guides {
    /// Width of the photo.
    pub width: u32,
    /// Height of the photo.
    pub height: u32,
    /// Narrowest face.
    pub face_least: u32,
    /// Widest face.
    pub face_most: u32,
    /// Hairline, from the top, at least.
    pub hairline_least: u32,
    /// Hairline, from the top, at most.
    pub hairline_most: u32,
    /// Eyes, from the top, at most: 207 above the bottom.
    pub eyes_lowest: u32,
}

/// GA 461-2004: face 207 ± 14 wide, hairline 7–21 from the top, eyes at least 207 above the bottom.
pub const GUIDES: Guides = Guides {
    width: WIDTH_PX,
    height: HEIGHT_PX,
    face_least: 207 - 14,
    face_most: 207 + 14,
    hairline_least: 7,
    hairline_most: 21,
    eyes_lowest: HEIGHT_PX - 207,
};

/// Variance of the Laplacian of an 8-bit grey picture of the standard's size, below which a face looks soft in print.
const SHARPNESS_LEAST: f64 = 100.0;
/// Mean grey (0–255): darker loses the eyes, brighter the edge of the face against the white background.
const EXPOSURE: (f64, f64) = (80.0, 225.0);
/// Standard deviation of grey (0–255): below it the picture is fog.
const CONTRAST_LEAST: f64 = 25.0;
/// Standard deviation of grey (0–255) in the upper corners: above it the background is not uniform.
const BACKGROUND_MOST: f64 = 12.0;
/// Width by height, and how far it may be off before the face looks stretched.
const ASPECT: f64 = WIDTH_PX as f64 / HEIGHT_PX as f64;
const ASPECT_TOLERANCE: f64 = 0.01;

/// What is measured on the finished photo.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoFigures {
    /// Width, pixels.
    pub width_px: u32,
    /// Height, pixels.
    pub height_px: u32,
    /// Size of the file.
    pub bytes: u64,
    /// Variance of the Laplacian of the grey picture (0–255).
    pub sharpness: f64,
    /// Mean grey (0–255).
    pub exposure: f64,
    /// Standard deviation of grey (0–255).
    pub contrast: f64,
    /// Standard deviation of grey (0–255) in the upper corners.
    pub background: f64,
}

/// One measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 尺寸: share of the standard's pixels there are, 1 or more
    Size,
    /// 文件大小
    Bytes,
    /// 清晰度
    Sharpness,
    /// 曝光
    Exposure,
    /// 对比度
    Contrast,
    /// 背景均匀度
    Background,
    /// 宽高比
    Aspect,
}

/// A figure with its limits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct Judgement {
    /// Which.
    pub measure: Measure,
    /// The figure.
    pub value: f64,
    /// Lower limit.
    pub at_least: Option<f64>,
    /// Upper limit.
    pub at_most: Option<f64>,
}

impl Judgement {
    /// Within its limits. A figure that is not a number is not.
    pub fn is_good(&self) -> bool {
        let above = self.at_least.is_none_or(|limit| self.value >= limit);
        let below = self.at_most.is_none_or(|limit| self.value <= limit);
        above && below && self.value.is_finite()
    }
}

/// Every figure with its limits, in the order they are shown.
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

/// Whether any figure is outside: the clerk must say why the photo is used, and the approver is told.
pub fn falls_short(figures: &PhotoFigures) -> bool {
    !judge(figures).iter().all(Judgement::is_good)
}

/// A photo that falls short needs the clerk's reason, and any reason that is there says something.
///
/// # Errors
/// [`Refusal::PhotoReasonNeeded`].
pub fn check_reason(falls_short: bool, reason: Option<&str>) -> Result<(), Refusal> {
    let is_said = match reason {
        Some(text) => !text.trim().is_empty(),
        None => !falls_short,
    };
    if is_said { Ok(()) } else { Err(Refusal::PhotoReasonNeeded) }
}
