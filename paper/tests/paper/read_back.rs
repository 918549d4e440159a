//! Reads every sheet back with zbar, a decoder that is not part of this project.
//!
//! The tests render 600 sheets in the four layouts, drawn by poppler at 200 and 300 dots per
//! inch. A third picture is a bad copy of the second: tilted by 2°, out of focus, low in
//! contrast and speckled. The smallest symbol is read in black dots alone, as a laser printer
//! with 600 dots per inch puts it on paper.

use crate::support::{self, Numbers};
use image::{GrayImage, Luma};
use paper::Fonts;
use paper::sheet::{Sheet, SheetLayout, render};

const TILT_DEGREES: f32 = 2.0;
const BLUR_SIGMA_PIXELS: f32 = 1.3;
/// Grey levels of black and white in the bad copy.
const CONTRAST: (f32, f32) = (80.0, 190.0);
/// Speckle of paper and toner, before the lens: largest change of the grey level
/// in either direction.
const SPECKLE: f32 = 40.0;
/// Noise of the sensor, after the lens. It is small, because zbar reads single lines of
/// pixels without smoothing.
const SENSOR_NOISE: f32 = 4.0;

/// Places of a layout's symbols, in millimetres: corner of the first sheet, step to the next sheet,
/// and the part of a sheet that is cut out around its symbol.
struct Place {
    layout: SheetLayout,
    corner: (f32, f32),
    step: (f32, f32),
    columns: usize,
    part: [f32; 4],
}

const A4: Place = Place {
    layout: SheetLayout::A4,
    corner: (0.0, 0.0),
    step: (210.0, 297.0),
    columns: 1,
    part: [106.0, 78.0, 100.0, 96.0],
};
const FOUR_UP: Place = Place {
    layout: SheetLayout::A4FourUp,
    corner: (0.0, 0.0),
    step: (105.0, 148.5),
    columns: 2,
    part: [52.0, 40.0, 53.0, 50.0],
};
const EIGHT_UP: Place = Place {
    layout: SheetLayout::A4EightUp,
    corner: (0.0, 0.0),
    step: (105.0, 74.25),
    columns: 2,
    part: [59.0, 23.0, 46.0, 46.0],
};
const CARD: Place = Place {
    layout: SheetLayout::Card,
    corner: (19.4, 40.5),
    step: (85.6, 54.0),
    columns: 2,
    part: [46.0, 16.0, 40.0, 38.0],
};

#[test]
fn a4_sheets_can_be_read_back() {
    read_back(&A4, 60);
}

#[test]
fn four_up_sheets_can_be_read_back() {
    read_back(&FOUR_UP, 200);
}

#[test]
fn eight_up_sheets_can_be_read_back() {
    read_back(&EIGHT_UP, 120);
}

#[test]
fn cards_can_be_read_back() {
    read_back(&CARD, 240);
}

/// Longest payload that fits on a card. Its modules are the smallest that are ever printed.
const LONGEST_ON_A_CARD: usize = 483;

#[test]
fn the_smallest_symbol_can_be_read_back_from_black_dots_at_600_dpi() {
    let fonts = Fonts::open().unwrap();
    let payloads: Vec<String> = (0..8)
        .map(|seed| {
            let long = support::payload(seed) + &support::payload(seed + 100);
            long.chars().take(LONGEST_ON_A_CARD).collect()
        })
        .collect();
    let sheets: Vec<Sheet<'_>> =
        payloads.iter().map(|payload| support::sheet("李四", payload, None)).collect();
    let pdf = render(&fonts, &sheets, SheetLayout::Card).unwrap();
    let drawn = support::draw_page(&pdf, 1, 600, None);
    for (index, payload) in payloads.iter().enumerate() {
        let dots = black_dots(&cut_out(&drawn, &CARD, index, 600));
        assert_eq!(read(&dots), *payload, "card {index}");
        assert_eq!(read(&with_dot_gain(&dots)), *payload, "card {index} with dot gain");
    }
}

/// Returns the picture in black and white, as a laser printer puts dots.
fn black_dots(picture: &GrayImage) -> GrayImage {
    let mut dots = picture.clone();
    dots.pixels_mut().for_each(|pixel| pixel.0[0] = if pixel.0[0] < 128 { 0 } else { 255 });
    dots
}

/// Returns the picture with every black dot spread to its neighbours, as toner spreads.
fn with_dot_gain(dots: &GrayImage) -> GrayImage {
    let (width, height) = dots.dimensions();
    GrayImage::from_fn(width, height, |x, y| {
        let neighbours = [(0, 1), (2, 1), (1, 0), (1, 2), (1, 1)];
        let black = neighbours.into_iter().any(|(dx, dy)| {
            let place = ((x + dx).checked_sub(1), (y + dy).checked_sub(1));
            let (Some(x), Some(y)) = place else { return false };
            x < width && y < height && dots.get_pixel(x, y).0[0] == 0
        });
        Luma([if black { 0 } else { 255 }])
    })
}

fn read_back(place: &Place, count: u64) {
    let fonts = Fonts::open().unwrap();
    let photo = support::portrait(1);
    let names = support::names();
    let payloads: Vec<String> = (0..count).map(support::payload).collect();
    let sheets: Vec<Sheet<'_>> = payloads
        .iter()
        .enumerate()
        .map(|(index, payload)| Sheet {
            practice: index % 8 == 7,
            provisional: index % 3 == 0,
            ..support::sheet(&names[index % names.len()].1, payload, (index % 2 == 0).then_some(&photo))
        })
        .collect();

    let mut unread = Vec::new();
    let mut numbers = Numbers::new(count);
    for (page, group) in sheets.chunks(place.layout.per_page()).enumerate() {
        let pdf = render(&fonts, group, place.layout).unwrap();
        for resolution in [200, 300] {
            let clip = (place.columns == 1).then(|| pixels(place.part, resolution));
            let drawn = support::draw_page(&pdf, 1, resolution, clip);
            for (index, sheet) in group.iter().enumerate() {
                let clean =
                    if clip.is_some() { drawn.clone() } else { cut_out(&drawn, place, index, resolution) };
                let mut check = |kind: &str, picture: &GrayImage| {
                    if read(picture) != sheet.payload {
                        unread.push(format!("page {page} sheet {index} at {resolution} dpi, {kind}"));
                    }
                };
                check("clean", &clean);
                if resolution == 300 {
                    check("spoilt", &spoil(&clean, &mut numbers));
                }
            }
        }
    }
    assert!(unread.is_empty(), "{} not read: {unread:#?}", unread.len());
}

fn pixels(millimetres: [f32; 4], resolution: u32) -> [u32; 4] {
    millimetres.map(|part| (part * resolution as f32 / 25.4).round() as u32)
}

fn cut_out(page: &GrayImage, place: &Place, index: usize, resolution: u32) -> GrayImage {
    let [x, y, width, height] = place.part;
    let column = (index % place.columns) as f32;
    let row = (index / place.columns) as f32;
    let left = place.corner.0 + place.step.0 * column + x;
    let top = place.corner.1 + place.step.1 * row + y;
    let [x, y, width, height] = pixels([left, top, width, height], resolution);
    image::imageops::crop_imm(page, x, y, width.min(page.width() - x), height.min(page.height() - y))
        .to_image()
}

/// Returns a bad copy: tilted to either side, out of focus, low in contrast and speckled.
fn spoil(picture: &GrayImage, numbers: &mut Numbers) -> GrayImage {
    let side = if numbers.below(2) == 0 { 1.0 } else { -1.0 };
    let mut noise = |amount: f32| (numbers.below(2001) as f32 / 1000.0 - 1.0) * amount;
    let mut copy = tilted(picture, side * TILT_DEGREES);
    for pixel in copy.pixels_mut() {
        let value = f32::from(pixel.0[0]) / 255.0;
        pixel.0[0] = (CONTRAST.0 + value * (CONTRAST.1 - CONTRAST.0) + noise(SPECKLE)) as u8;
    }
    let mut copy = image::imageops::fast_blur(&copy, BLUR_SIGMA_PIXELS);
    for pixel in copy.pixels_mut() {
        pixel.0[0] = (f32::from(pixel.0[0]) + noise(SENSOR_NOISE)) as u8;
    }
    copy
}

/// Returns the picture turned around its centre. Each pixel is mixed from its four neighbours; new
/// area is white.
fn tilted(picture: &GrayImage, degrees: f32) -> GrayImage {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let (width, height) = picture.dimensions();
    let middle = (width as f32 / 2.0, height as f32 / 2.0);
    let at = |x: i64, y: i64| -> f32 {
        let inside = x >= 0 && y >= 0 && x < i64::from(width) && y < i64::from(height);
        if inside { f32::from(picture.get_pixel(x as u32, y as u32).0[0]) } else { 255.0 }
    };
    GrayImage::from_fn(width, height, |x, y| {
        let (dx, dy) = (x as f32 - middle.0, y as f32 - middle.1);
        let (x, y) = (middle.0 + dx * cosine - dy * sine, middle.1 + dx * sine + dy * cosine);
        let (left, top) = (x.floor() as i64, y.floor() as i64);
        let (right, below) = (x - x.floor(), y - y.floor());
        let upper = at(left, top) * (1.0 - right) + at(left + 1, top) * right;
        let lower = at(left, top + 1) * (1.0 - right) + at(left + 1, top + 1) * right;
        Luma([(upper * (1.0 - below) + lower * below) as u8])
    })
}

/// Returns the text that zbar reads in a picture.
pub(crate) fn read(picture: &GrayImage) -> String {
    let mut graymap = format!("P5 {} {} 255\n", picture.width(), picture.height()).into_bytes();
    graymap.extend_from_slice(picture.as_raw());
    let answer = support::run(
        "zbarimg",
        &["-q", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", "pgm:-"],
        &graymap,
    );
    String::from_utf8_lossy(&answer.stdout).trim_end_matches('\n').to_owned()
}
