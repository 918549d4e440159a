//! Finding the offline code (离线码) in a picture of a sheet.

use super::{Picture, resize};
use image::RgbImage;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Sizes (long side, pixels) at which the picture is searched: large symbols of a noisy photograph
/// are found better in a smaller copy, small symbols of a scanned page only in a larger one.
const SIDES_PX: [u32; 3] = [1_000, 2_000, 4_000];

/// The text of the first symbol that can be read; `None` when there is none.
pub fn find_symbol(picture: &Picture) -> Option<String> {
    let mut tried = None;
    for side in SIDES_PX {
        let copy = resize::within(picture.full(), side).ok()?;
        if tried == Some(copy.dimensions()) {
            break;
        }
        tried = Some(copy.dimensions());
        if let Some(text) = read(&copy) {
            return Some(text);
        }
    }
    None
}

fn read(image: &RgbImage) -> Option<String> {
    // The decoder asserts what a symbol must be; a picture made to break that must not end the case
    // in hand.
    catch_unwind(AssertUnwindSafe(|| {
        let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(
            image.width() as usize,
            image.height() as usize,
            |x, y| {
                let [red, green, blue] = image.get_pixel(x as u32, y as u32).0;
                // green counts twice, as the eye does; exactness does not matter for black on white
                ((u16::from(red) + 2 * u16::from(green) + u16::from(blue)) / 4) as u8
            },
        );
        prepared.detect_grids().iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
    }))
    .unwrap_or(None)
}
