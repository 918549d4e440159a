//! Making pictures smaller.

use super::PictureError;
use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::RgbImage;
use rules::photo::{HEIGHT_PX, WIDTH_PX};

/// The picture and smaller copies of it, each half as wide and high as the one before, the last not
/// below twice the photo.
pub(super) fn halved(image: RgbImage) -> Vec<RgbImage> {
    let mut levels = vec![image];
    while let Some(last) = levels.last()
        && last.width() >= 4 * WIDTH_PX
        && last.height() >= 4 * HEIGHT_PX
        && let Ok(half) = to(last, last.width() / 2, last.height() / 2, FilterType::Box)
    {
        levels.push(half);
    }
    levels
}

/// A copy with at most `side` pixels on its long side. A smaller picture stays as it is.
pub(super) fn within(image: &RgbImage, side: u32) -> Result<RgbImage, PictureError> {
    let (width, height) = image.dimensions();
    let long = width.max(height);
    if long <= side || side == 0 {
        return Ok(image.clone());
    }
    let scaled = |length: u32| {
        (u64::from(length) * u64::from(side)).div_ceil(u64::from(long)).try_into().unwrap_or(side)
    };
    to(image, scaled(width), scaled(height), FilterType::Lanczos3)
}

/// A copy of this size.
pub(super) fn to(
    image: &RgbImage,
    width: u32,
    height: u32,
    filter: FilterType,
) -> Result<RgbImage, PictureError> {
    let source = ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3)
        .map_err(|_| PictureError::Damaged)?;
    let mut target = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new().resize(&source, &mut target, &options).map_err(|_| PictureError::Damaged)?;
    RgbImage::from_raw(width, height, target.into_vec()).ok_or(PictureError::Damaged)
}
