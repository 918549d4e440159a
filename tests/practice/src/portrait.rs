//! Drawn portraits: no face in this repository was ever anybody's.

use image::{ImageEncoder as _, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

use crate::citizen::{Citizen, Sex};

/// GA 461-2004: width and height in pixels.
const SIZE: (u32, u32) = (358, 441);
const BACKGROUND: Rgb<u8> = Rgb([245, 247, 250]);

/// A drawn portrait in the size of a certificate photo, as JPEG. Everybody wears clothes of a colour of their own.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn jpeg(citizen: &Citizen) -> Result<Vec<u8>, image::ImageError> {
    let picture = drawing(citizen);
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 92).write_image(
        picture.as_raw(),
        SIZE.0,
        SIZE.1,
        image::ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}

fn drawing(citizen: &Citizen) -> RgbImage {
    let seed =
        citizen.number.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let choose = |shift: u32, colours: &[[u8; 3]]| Rgb(colours[(seed >> shift) as usize % colours.len()]);
    let skin = choose(3, &[[236, 205, 178], [226, 188, 158], [243, 217, 194]]);
    // Whoever shows the rule on age (E2) looks it.
    const GREY_HAIR_BORN_BEFORE: i16 = 1970;
    let hair = if citizen.birth.year() < GREY_HAIR_BORN_BEFORE {
        choose(9, &[[178, 176, 174], [148, 146, 144], [205, 203, 200]])
    } else {
        choose(9, &[[48, 42, 40], [70, 58, 50], [34, 30, 32]])
    };
    let [.., red, green, blue] = seed.wrapping_mul(0x9E37_79B1).to_be_bytes();
    let clothes = Rgb([red, green, blue].map(|part| 44 + part / 3)); // dark enough against the background
    let ink = Rgb([70, 52, 46]);

    let mut picture = RgbImage::from_pixel(SIZE.0, SIZE.1, BACKGROUND);
    ellipse(&mut picture, (179.0, 470.0), (165.0, 150.0), clothes);
    ellipse(&mut picture, (179.0, 330.0), (44.0, 62.0), skin);
    let hair_length = if citizen.sex == Sex::Female { 168.0 } else { 112.0 };
    ellipse(&mut picture, (179.0, 176.0), (122.0, hair_length), hair);
    ellipse(&mut picture, (179.0, 205.0), (102.0, 126.0), skin);
    for side in [-1.0, 1.0] {
        ellipse(&mut picture, (179.0 + side * 42.0, 190.0), (13.0, 7.0), ink);
        ellipse(&mut picture, (179.0 + side * 42.0, 166.0), (22.0, 4.0), hair);
    }
    ellipse(&mut picture, (179.0, 228.0), (8.0, 14.0), Rgb(skin.0.map(|part| part.saturating_sub(24))));
    ellipse(&mut picture, (179.0, 272.0), (30.0, 7.0), Rgb([176, 96, 92]));
    picture
}

fn ellipse(picture: &mut RgbImage, centre: (f64, f64), radius: (f64, f64), colour: Rgb<u8>) {
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
    fn portraits_have_the_standards_size_and_differ() {
        // The numbers, and with them the colours, change with the day.
        for today in [today_in_shanghai(), jiff::civil::date(2026, 11, 23), jiff::civil::date(2028, 2, 29)] {
            let portraits: Vec<Vec<u8>> =
                population(today).iter().map(|citizen| jpeg(citizen).unwrap()).collect();
            for portrait in &portraits {
                let picture = image::load_from_memory(portrait).unwrap();
                assert_eq!((picture.width(), picture.height()), SIZE);
            }
            for (index, portrait) in portraits.iter().enumerate() {
                assert!(!portraits[index + 1..].contains(portrait), "two alike on {today}");
            }
        }
    }
}
