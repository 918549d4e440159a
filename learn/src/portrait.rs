//! Drawn pictures, so that no real face or document is in this repository.

use image::{ExtendedColorType, ImageEncoder as _, Rgb, RgbImage, codecs::jpeg::JpegEncoder, imageops};

use crate::citizen::{Citizen, RegisteredPhoto, Sex};

/// Width and height of a certificate photo in pixels (GA 461-2004).
const SIZE: (u32, u32) = (358, 441);
/// Width and height of the desk camera's pictures, in pixels.
const CAMERA: (u32, u32) = (1280, 960);
const BACKGROUND: Rgb<u8> = Rgb([245, 247, 250]);

/// Returns a drawn portrait in the size of a certificate photo, with clothes in a colour
/// of its own.
#[must_use]
pub fn portrait(citizen: &Citizen) -> RgbImage {
    drawing(citizen, SIZE, 1.0)
}

/// Returns the portrait that the registry has of a citizen, right or wrong.
#[must_use]
pub fn registered(citizen: &Citizen, somebody_else: &Citizen) -> RgbImage {
    match citizen.registered_photo {
        RegisteredPhoto::Good => portrait(citizen),
        RegisteredPhoto::Blurred => imageops::blur(&portrait(citizen), 9.0),
        RegisteredPhoto::SomebodyElses => portrait(somebody_else),
    }
}

/// Returns the camera's view of a citizen who sits before it; the head fills a certificate photo.
#[must_use]
pub fn before_the_camera(citizen: &Citizen) -> RgbImage {
    drawing(citizen, CAMERA, f64::from(CAMERA.1) / f64::from(SIZE.1))
}

/// Returns the camera's view of a document: a heading, lines of writing and a small portrait.
#[must_use]
pub fn document(citizen: &Citizen) -> RgbImage {
    let mut picture = RgbImage::from_pixel(CAMERA.0, CAMERA.1, Rgb([96, 92, 88]));
    let mut fill = |(x, y): (u32, u32), (width, height): (u32, u32), colour: [u8; 3]| {
        for row in y..y + height {
            for column in x..x + width {
                picture.put_pixel(column, row, Rgb(colour));
            }
        }
    };
    fill((140, 120), (1000, 720), [250, 248, 242]);
    fill((200, 180), (460, 46), [70, 70, 74]);
    for line in 0..8_u32 {
        fill((200, 290 + line * 60), (540 - line % 3 * 90, 18), [140, 138, 134]);
    }
    let photo = imageops::resize(&portrait(citizen), 286, 352, imageops::FilterType::Triangle);
    imageops::replace(&mut picture, &photo, 800, 200);
    picture
}

/// Encodes a picture as JPEG.
///
/// # Errors
/// [`image::ImageError`] if the encoder fails.
pub fn jpeg(picture: &RgbImage) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 92).write_image(
        picture.as_raw(),
        picture.width(),
        picture.height(),
        ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}

/// Draws the citizen in the middle of a picture of `size`, `scale` times as large as on
/// a certificate photo.
fn drawing(citizen: &Citizen, size: (u32, u32), scale: f64) -> RgbImage {
    let seed =
        citizen.number.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let choose = |shift: u32, colours: &[[u8; 3]]| Rgb(colours[(seed >> shift) as usize % colours.len()]);
    let skin = choose(3, &[[236, 205, 178], [226, 188, 158], [243, 217, 194]]);
    // Citizens eligible by age (E2) look their age.
    const GREY_HAIR_BORN_BEFORE: i16 = 1970;
    let hair = if citizen.birth.year() < GREY_HAIR_BORN_BEFORE {
        choose(9, &[[178, 176, 174], [148, 146, 144], [205, 203, 200]])
    } else {
        choose(9, &[[48, 42, 40], [70, 58, 50], [34, 30, 32]])
    };
    let [.., red, green, blue] = seed.wrapping_mul(0x9E37_79B1).to_be_bytes();
    let clothes = Rgb([red, green, blue].map(|part| 44 + part / 3)); // dark enough against the background
    let ink = Rgb([70, 52, 46]);

    let mut picture = RgbImage::from_pixel(size.0, size.1, BACKGROUND);
    let left = (f64::from(size.0) - f64::from(SIZE.0) * scale) / 2.0;
    let mut ellipse = |centre: (f64, f64), radius: (f64, f64), colour: Rgb<u8>| {
        let centre = (centre.0 * scale + left, centre.1 * scale);
        fill_ellipse(&mut picture, centre, (radius.0 * scale, radius.1 * scale), colour);
    };
    let hair_length = if citizen.sex == Sex::Female { 178.0 } else { 112.0 };
    ellipse((179.0, 176.0), (124.0, hair_length), hair);
    // Neck and shoulders are drawn over the hair, so that it falls behind them.
    ellipse((179.0, 470.0), (165.0, 150.0), clothes);
    ellipse((179.0, 318.0), (46.0, 66.0), skin);
    ellipse((179.0, 205.0), (102.0, 126.0), skin);
    for side in [-1.0, 1.0] {
        ellipse((179.0 + side * 42.0, 190.0), (13.0, 7.0), ink);
        ellipse((179.0 + side * 42.0, 166.0), (22.0, 4.0), hair);
    }
    ellipse((179.0, 228.0), (8.0, 14.0), Rgb(skin.0.map(|part| part.saturating_sub(24))));
    ellipse((179.0, 272.0), (30.0, 7.0), Rgb([176, 96, 92]));
    picture
}

fn fill_ellipse(picture: &mut RgbImage, centre: (f64, f64), radius: (f64, f64), colour: Rgb<u8>) {
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let across = (f64::from(x) - centre.0) / radius.0;
        let down = (f64::from(y) - centre.1) / radius.1;
        if across * across + down * down <= 1.0 {
            *pixel = colour;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citizen::{population, today_in_shanghai};

    #[test]
    fn portraits_have_the_standard_size_and_differ() {
        // The numbers, and with them the colours, depend on the day.
        for today in [today_in_shanghai(), jiff::civil::date(2026, 11, 23), jiff::civil::date(2028, 2, 29)] {
            let portraits: Vec<RgbImage> = population(today).iter().map(portrait).collect();
            for (index, portrait) in portraits.iter().enumerate() {
                assert_eq!(portrait.dimensions(), SIZE);
                assert!(!portraits[index + 1..].contains(portrait), "two alike on {today}");
            }
        }
    }

    #[test]
    fn registry_photos_are_wrong_exactly_where_declared() {
        let population = population(today_in_shanghai());
        for citizen in &population {
            let is_good = registered(citizen, &population[0]) == portrait(citizen);
            assert_eq!(is_good, citizen.registered_photo == RegisteredPhoto::Good, "{}", citizen.key);
        }
    }
}
