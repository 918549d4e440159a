//! Cutting the photo out of the picture: turned by any angle, white where the picture does not
//! reach.

use super::{Picture, PictureError, resize};
use fast_image_resize::FilterType;
use image::{Rgb, RgbImage};
use rules::photo::{HEIGHT_PX, WIDTH_PX};

const WHITE: Rgb<u8> = Rgb([255; 3]);
/// The turned picture is sampled at most so much finer than the photo before it is brought to size.
const FINER: f64 = 2.0;

/// Which part of the picture becomes the photo. Lengths are pixels of the picture; the place is
/// measured in the smallest upright rectangle that holds the turned picture, from its top left
/// corner. The height follows from the standard, 441 / 358 of the width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crop {
    /// Clockwise, degrees.
    pub angle: f64,
    /// Left edge; may be negative.
    pub x: f64,
    /// Top edge; may be negative.
    pub y: f64,
    /// Width in pixels; the height follows from the ratio of the standard.
    pub width: f64,
}

/// What was cut out.
pub(super) struct Cut {
    /// The photo.
    pub(super) image: RgbImage,
    /// Pixels of the picture it was made of, width.
    pub(super) seen_width: u32,
    /// And height.
    pub(super) seen_height: u32,
}

impl Crop {
    fn height(&self) -> f64 {
        self.width * f64::from(HEIGHT_PX) / f64::from(WIDTH_PX)
    }

    /// A frame that is a number, has a size, and touches the rectangle of the turned picture.
    fn check(&self, (width, height): (f64, f64)) -> Result<(), PictureError> {
        let is_number = [self.angle, self.x, self.y, self.width].iter().all(|value| value.is_finite());
        let has_size = (1.0..=4.0 * width.max(height)).contains(&self.width);
        let touches =
            self.x < width && self.y < height && self.x + self.width > 0.0 && self.y + self.height() > 0.0;
        if is_number && has_size && touches { Ok(()) } else { Err(PictureError::CropInvalid) }
    }
}

/// Cuts the photo out.
pub(super) fn cut(picture: &Picture, crop: &Crop) -> Result<Cut, PictureError> {
    let size = (f64::from(picture.width()), f64::from(picture.height()));
    // A whole number of turns more or less is the same; sin and cos of huge numbers are noise.
    let angle = (crop.angle % 360.0).to_radians();
    let (sin, cos) = angle.sin_cos();
    let turned = (size.0 * cos.abs() + size.1 * sin.abs(), size.0 * sin.abs() + size.1 * cos.abs());
    crop.check(turned)?;

    let wanted = FINER * f64::from(WIDTH_PX);
    let level =
        picture.levels.iter().rev().find(|level| crop.width * f64::from(level.width()) / size.0 >= wanted);
    let level = level.unwrap_or(picture.full());
    let (scale_x, scale_y) = (f64::from(level.width()) / size.0, f64::from(level.height()) / size.1);

    let width = (crop.width * scale_x).ceil().clamp(f64::from(WIDTH_PX), wanted);
    let height = (width * f64::from(HEIGHT_PX) / f64::from(WIDTH_PX)).round();
    let step = (crop.width / width, crop.height() / height);
    let sampled = RgbImage::from_fn(width as u32, height as u32, |column, row| {
        // from the middle of this pixel to the turned picture, its middle, back by the angle, to
        // the level
        let x = crop.x + (f64::from(column) + 0.5) * step.0 - turned.0 / 2.0;
        let y = crop.y + (f64::from(row) + 0.5) * step.1 - turned.1 / 2.0;
        let (x, y) = (x * cos + y * sin + size.0 / 2.0, y * cos - x * sin + size.1 / 2.0);
        sample(level, x * scale_x - 0.5, y * scale_y - 0.5)
    });
    let image = if sampled.dimensions() == (WIDTH_PX, HEIGHT_PX) {
        sampled
    } else {
        resize::to(&sampled, WIDTH_PX, HEIGHT_PX, FilterType::Lanczos3)?
    };
    Ok(Cut { image, seen_width: crop.width.round() as u32, seen_height: crop.height().round() as u32 })
}

/// Between four pixels, by their distance. Eight bits of fraction: whole pixels stay exact.
fn sample(image: &RgbImage, x: f64, y: f64) -> Rgb<u8> {
    const ONE: i64 = 1 << 8;
    let (x, y) = ((x * ONE as f64).round() as i64, (y * ONE as f64).round() as i64);
    let (left, top) = (x.div_euclid(ONE), y.div_euclid(ONE));
    let (right_part, bottom_part) = (x.rem_euclid(ONE), y.rem_euclid(ONE));
    let pixel = |x: i64, y: i64| -> Rgb<u8> {
        let place = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        place.and_then(|(x, y)| image.get_pixel_checked(x, y)).copied().unwrap_or(WHITE)
    };
    if right_part == 0 && bottom_part == 0 {
        return pixel(left, top);
    }
    let corners = [pixel(left, top), pixel(left + 1, top), pixel(left, top + 1), pixel(left + 1, top + 1)];
    let parts = [
        (ONE - right_part) * (ONE - bottom_part),
        right_part * (ONE - bottom_part),
        (ONE - right_part) * bottom_part,
        right_part * bottom_part,
    ];
    let mut mixed = [0; 3];
    for (channel, mixed) in mixed.iter_mut().enumerate() {
        let sum: i64 =
            corners.iter().zip(parts).map(|(corner, part)| i64::from(corner.0[channel]) * part).sum();
        *mixed = u8::try_from((sum + ONE * ONE / 2) / (ONE * ONE)).unwrap_or(u8::MAX);
    }
    Rgb(mixed)
}
