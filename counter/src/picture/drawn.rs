//! Pictures drawn for the tests: nobody's face.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// A head and shoulders before a white wall, with hair, eyes and mouth, so that there is something
/// to be sharp.
pub(super) fn portrait(width: u32, height: u32) -> RgbImage {
    let within = |x: f64, y: f64, cx: f64, cy: f64, rx: f64, ry: f64| {
        ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) <= 1.0
    };
    RgbImage::from_fn(width, height, |column, row| {
        let (x, y) = (f64::from(column) / f64::from(width), f64::from(row) / f64::from(height));
        let grain = ((column * 7919) ^ (row * 104_729)) % 37;
        let shade = |base: u32| u8::try_from((base + grain).min(255)).unwrap_or(255);
        let eyes = within(x, y, 0.4, 0.45, 0.04, 0.02) || within(x, y, 0.6, 0.45, 0.04, 0.02);
        let mouth = within(x, y, 0.5, 0.68, 0.09, 0.02);
        let face = within(x, y, 0.5, 0.45, 0.28, 0.38);
        let hair = within(x, y, 0.5, 0.33, 0.31, 0.3) && y < 0.27;
        let shoulders = within(x, y, 0.5, 1.05, 0.55, 0.25);
        match () {
            () if eyes || hair => Rgb([shade(20), shade(20), shade(25)]),
            () if mouth => Rgb([shade(150), shade(70), shade(70)]),
            () if face => Rgb([shade(205), shade(165), shade(140)]),
            () if shoulders => Rgb([shade(40), shade(60), shade(110)]),
            () => Rgb([252, 252, 252]),
        }
    })
}

/// The file of a picture.
pub(super) fn file(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image.clone()).write_to(&mut bytes, format).expect("a picture in memory is written");
    bytes.into_inner()
}

/// A JPEG file with an EXIF segment that says how the camera was held and what it is called.
pub(super) fn held(image: &RgbImage, orientation: u8) -> Vec<u8> {
    let jpeg = file(image, ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"CAMERA-OWNER-SECRET");
    let length = u16::try_from(exif.len() + 2).expect("short");
    [&jpeg[..2], &[0xFF, 0xE1], &length.to_be_bytes(), &exif, &jpeg[2..]].concat()
}

/// A portrait grown over with a grey wedge: the background is not uniform.
pub(super) fn before_a_dirty_wall(width: u32, height: u32) -> RgbImage {
    let mut image = portrait(width, height);
    for (column, _, pixel) in image.enumerate_pixels_mut() {
        if pixel.0[0] == 252 {
            let grey = u8::try_from(120 + 130 * column / width).unwrap_or(255);
            *pixel = Rgb([grey; 3]);
        }
    }
    image
}
