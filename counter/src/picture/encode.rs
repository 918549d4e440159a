//! Writing JPEG files.

use super::PictureError;
use image::{
    ExtendedColorType, RgbImage,
    codecs::jpeg::{JpegEncoder, PixelDensity},
};
use rules::photo::{FILE_BYTES, RESOLUTION_DPI};

/// Good enough for the screen, small enough for one frame in a blink.
pub(super) const PREVIEW_QUALITY: u8 = 80;
/// Small print of a scanned page stays sharp.
pub(super) const EVIDENCE_QUALITY: u8 = 85;
/// Tried first: a portrait before a plain background comes out at 20–30 kB.
const FIRST_QUALITY: u8 = 92;
/// Below it a photo shows blocks; it is written larger than the standard's limit instead, and
/// measured so.
const LEAST_QUALITY: u8 = 40;

/// A JPEG file of this quality (1–100).
pub(super) fn jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, quality);
    encoder.set_pixel_density(PixelDensity::dpi(RESOLUTION_DPI));
    encoder
        .encode(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .map_err(|_| PictureError::Damaged)?;
    Ok(file)
}

/// The best quality whose file is within the standard's size. A picture so plain that it stays
/// below the lower limit even at the best quality is written at that; the figures then say that it
/// falls short.
pub(super) fn photo(image: &RgbImage) -> Result<Vec<u8>, PictureError> {
    let fits = |file: &Vec<u8>| file.len() as u64 <= *FILE_BYTES.end();
    let (mut low, mut high) = (LEAST_QUALITY, 100);
    let mut best = None;
    let mut quality = FIRST_QUALITY;
    while low <= high {
        let file = jpeg(image, quality)?;
        if fits(&file) {
            low = quality + 1;
            best = Some(file);
        } else {
            high = quality - 1;
        }
        quality = low.midpoint(high);
    }
    match best {
        Some(file) => Ok(file),
        None => jpeg(image, LEAST_QUALITY),
    }
}
