//! Hostile files, and the way from a picture to a photo.

use super::{Crop, EVIDENCE_SIDE_PX, MOST_BYTES, Photo, Picture, PictureError, drawn, find_symbol};
use image::{ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;
use rules::photo::{FILE_BYTES, HEIGHT_PX, Measure, WIDTH_PX, falls_short, judge};

const WHOLE: Crop = Crop { angle: 0.0, x: 0.0, y: 0.0, width: 716.0 };

fn picture(image: RgbImage) -> Picture {
    Picture::from_pixels(image.width(), image.height(), image.into_raw()).expect("a small picture")
}

fn pixels(photo: &Photo) -> RgbImage {
    image::load_from_memory(&photo.jpeg).expect("our own file").into_rgb8()
}

fn failing(photo: &Photo) -> Vec<Measure> {
    judge(&photo.figures)
        .into_iter()
        .filter(|judgement| !judgement.is_good())
        .map(|judgement| judgement.measure)
        .collect()
}

#[test]
fn jpeg_png_and_bmp_are_taken_by_content() {
    let drawn = drawn::portrait(120, 160);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp] {
        let opened = Picture::open(&drawn::file(&drawn, format)).expect("a good file");
        assert_eq!((opened.width(), opened.height()), (120, 160));
    }
}

#[test]
fn s12_other_types_are_refused() {
    let not_pictures: [&[u8]; 9] = [
        b"",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"%PDF-1.7\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><img src=x onerror=alert(1)></html>",
        b"PK\x03\x04",
        b"MZ\x90\0",
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b"II*\0\x08\0\0\0",
    ];
    for bytes in not_pictures {
        assert_eq!(Picture::open(bytes).err(), Some(PictureError::NotAPicture), "{bytes:?}");
    }
    assert_eq!(Picture::open(&vec![0; MOST_BYTES + 1]).err(), Some(PictureError::TooManyBytes));
}

/// A file whose header says 50,000 × 50,000.
fn huge(format: ImageFormat) -> Vec<u8> {
    let mut bytes = drawn::file(&RgbImage::new(8, 8), format);
    match format {
        ImageFormat::Png => {
            bytes[16..24].copy_from_slice(&[0, 0, 0xC3, 0x50, 0, 0, 0xC3, 0x50]);
            let sum = crc32(&bytes[12..29]);
            bytes[29..33].copy_from_slice(&sum.to_be_bytes());
        }
        ImageFormat::Bmp => {
            bytes[18..22].copy_from_slice(&50_000_u32.to_le_bytes());
            bytes[22..26].copy_from_slice(&50_000_u32.to_le_bytes());
        }
        _ => {
            let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a baseline frame");
            bytes[frame + 5..frame + 9].copy_from_slice(&[0xC3, 0x50, 0xC3, 0x50]);
        }
    }
    bytes
}

/// CRC-32 of ISO 3309, which PNG has.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 },
        )
    })
}

#[test]
fn s12_a_header_of_50_000_by_50_000_is_refused() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp] {
        let error = Picture::open(&huge(format)).expect_err("too large");
        assert!(matches!(error, PictureError::Dimensions { .. }), "{format:?}: {error}");
    }
}

#[test]
fn s12_a_cut_off_file_is_refused_wherever_it_is_cut() {
    let drawn = drawn::portrait(80, 100);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp] {
        let whole = drawn::file(&drawn, format);
        // Behind the last pixel there may be an end marker or padding; a file without them is whole
        // for some formats.
        let matters = if format == ImageFormat::Jpeg { whole.len() } else { whole.len() - 16 };
        for length in (0..matters).step_by(41).chain([matters - 1]) {
            assert!(
                Picture::open(&whole[..length]).is_err(),
                "{format:?} cut to {length} of {}",
                whole.len()
            );
        }
    }
}

#[test]
fn s12_nothing_of_a_polyglot_comes_out_again() {
    let mut polyglot = drawn::file(&drawn::portrait(716, 882), ImageFormat::Jpeg);
    polyglot.extend(b"<script>alert(1)</script>PK\x03\x04payload");
    let opened = Picture::open(&polyglot).expect("the picture in front is a good one");
    let contains = |file: &[u8], needle: &[u8]| file.windows(needle.len()).any(|window| window == needle);
    let photo = opened.crop(&WHOLE).expect("within");
    for file in [photo.jpeg, opened.preview(300).expect("small"), opened.evidence().expect("page")] {
        assert!(!contains(&file, b"script") && !contains(&file, b"PK\x03\x04"));
    }
}

#[test]
fn exif_turns_the_picture_and_is_dropped() {
    let mut lying = RgbImage::from_pixel(60, 40, Rgb([255, 255, 255]));
    for x in 0..12 {
        for y in 0..8 {
            lying.put_pixel(x, y, Rgb([0, 0, 0]));
        }
    }
    let dark = |picture: &Picture, x, y| picture.full().get_pixel(x, y).0[0] < 100;
    let upright = Picture::open(&drawn::held(&lying, 6)).expect("a good file");
    assert_eq!((upright.width(), upright.height()), (40, 60), "held upright: turned clockwise");
    assert!(dark(&upright, 36, 4) && !dark(&upright, 4, 4));
    let upside_down = Picture::open(&drawn::held(&lying, 3)).expect("a good file");
    assert!(dark(&upside_down, 55, 36));
    let written = upright.evidence().expect("page");
    assert!(!written.windows(4).any(|window| window == b"Exif" || window == b"CAME"));
}

#[test]
fn transparent_pictures_lie_on_white() {
    let clear = image::RgbaImage::from_pixel(4, 4, image::Rgba([0, 0, 0, 0]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(clear).write_to(&mut bytes, ImageFormat::Png).expect("written");
    let opened = Picture::open(bytes.get_ref()).expect("a good file");
    assert_eq!(opened.full().get_pixel(0, 0), &Rgb([255; 3]));
}

#[test]
fn a_photo_is_what_ga_461_asks_for() {
    for (width, height) in [(358, 441), (716, 882), (1_500, 2_000)] {
        let photo = picture(drawn::portrait(width, height))
            .crop(&Crop { width: f64::from(width), ..WHOLE })
            .expect("within");
        let made = pixels(&photo);
        assert_eq!(made.dimensions(), (WIDTH_PX, HEIGHT_PX));
        assert!(FILE_BYTES.contains(&(photo.jpeg.len() as u64)), "{} bytes", photo.jpeg.len());
        let density = [0x01, 0x5E, 0x01, 0x5E];
        assert_eq!(
            (&photo.jpeg[6..11], photo.jpeg[13], &photo.jpeg[14..18]),
            (&b"JFIF\0"[..], 1, &density[..]),
            "350 dpi"
        );
        assert!(
            !falls_short(&photo.figures),
            "{:?} of {width} × {height}: {:?}",
            failing(&photo),
            photo.figures
        );
    }
}

#[test]
fn a_photo_of_the_right_size_keeps_its_pixels() {
    let drawn = drawn::portrait(WIDTH_PX, HEIGHT_PX);
    let cut = super::crop::cut(&picture(drawn.clone()), &Crop { width: f64::from(WIDTH_PX), ..WHOLE })
        .expect("within");
    assert!(cut.image == drawn, "cut without turning or scaling is a copy");
}

#[test]
fn outside_of_the_picture_is_white() {
    let black = picture(RgbImage::new(716, 882));
    let photo = black.crop(&Crop { x: -358.0, y: -441.0, ..WHOLE }).expect("touches");
    let made = pixels(&photo);
    assert!(made.get_pixel(20, 20).0[0] > 250 && made.get_pixel(340, 420).0[0] < 5);
    for quarter in 0..4 {
        let turned = black.crop(&Crop { angle: 45.0 + 90.0 * f64::from(quarter), ..WHOLE }).expect("touches");
        assert!(pixels(&turned).get_pixel(3, 3).0[0] > 250, "the corner of a turned picture is empty");
    }
}

#[test]
fn a_quarter_turn_clockwise() {
    let mut drawn = RgbImage::from_pixel(441, 358, Rgb([255; 3]));
    for (x, y) in (0..60).flat_map(|x| (0..60).map(move |y| (x, y))) {
        drawn.put_pixel(x, y, Rgb([0; 3]));
    }
    let photo = picture(drawn).crop(&Crop { angle: 90.0, width: 358.0, ..WHOLE }).expect("within");
    let made = pixels(&photo);
    assert!(made.get_pixel(330, 30).0[0] < 60, "top left goes to top right");
    assert!(made.get_pixel(30, 30).0[0] > 200 && made.get_pixel(30, 410).0[0] > 200);
}

#[test]
fn each_figure_sees_its_fault() {
    let good = drawn::portrait(716, 882);
    let altered = |change: &dyn Fn(&mut RgbImage)| {
        let mut image = good.clone();
        change(&mut image);
        failing(&picture(image).crop(&WHOLE).expect("within"))
    };
    let scale = |image: &mut RgbImage, from: u8, part: f32| {
        image.iter_mut().for_each(|value| {
            *value = (f32::from(from) + (f32::from(*value) - f32::from(from)) * part) as u8
        });
    };
    assert_eq!(altered(&|_| ()), []);
    assert!(altered(&|image| *image = image::imageops::blur(image, 6.0)).contains(&Measure::Sharpness));
    assert!(altered(&|image| scale(image, 0, 0.3)).contains(&Measure::Exposure));
    assert!(altered(&|image| scale(image, 200, 0.2)).contains(&Measure::Contrast));
    assert!(altered(&|image| *image = drawn::before_a_dirty_wall(716, 882)).contains(&Measure::Background));
    assert!(
        altered(&|image| *image = RgbImage::from_pixel(716, 882, Rgb([128; 3]))).contains(&Measure::Bytes)
    );
    let small = picture(drawn::portrait(102, 126)).crop(&Crop { width: 102.0, ..WHOLE }).expect("within");
    assert!(failing(&small).contains(&Measure::Size), "the chip's picture blown up is still small");
    let wide = picture(drawn::portrait(500, 441)).figures(20_000);
    assert!(
        judge(&wide).iter().any(|judgement| judgement.measure == Measure::Aspect && !judgement.is_good())
    );
}

#[test]
fn frames_that_make_no_sense_are_refused() {
    let opened = picture(drawn::portrait(100, 100));
    let nan = f64::NAN;
    for (angle, x, y, width) in [
        (0.0, 0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0, -5.0),
        (nan, 0.0, 0.0, 50.0),
        (0.0, nan, 0.0, 50.0),
        (0.0, 0.0, f64::INFINITY, 50.0),
        (0.0, 0.0, 0.0, 1e9),
        (0.0, 100.0, 0.0, 50.0),
        (0.0, -50.0, 0.0, 50.0),
    ] {
        assert_eq!(opened.crop(&Crop { angle, x, y, width }).err(), Some(PictureError::CropInvalid));
    }
}

#[test]
fn previews_and_pages_are_small_enough() {
    let opened = picture(RgbImage::new(2_400, 1_800));
    let size = |file: Vec<u8>| {
        image::load_from_memory(&file).map(|image| (image.width(), image.height())).expect("our own file")
    };
    assert_eq!(size(opened.preview(800).expect("small")), (800, 600));
    assert_eq!(size(opened.evidence().expect("page")), (EVIDENCE_SIDE_PX, 1_500));
    assert_eq!(size(picture(RgbImage::new(10, 10_000)).preview(100).expect("small")), (1, 100));
}

#[test]
fn a_symbol_is_found_in_a_picture_of_a_sheet() {
    let text = "SUISHEN1:6BFOXN*TS0BI$ZDYSHTRIH";
    let symbol = qrcode::QrCode::new(text).expect("fits");
    let modules = Vec::from_iter(symbol.to_colors().chunks(symbol.width()).map(<[_]>::to_vec));
    for (width, height) in [(800, 600), (1_400, 2_000)] {
        let mut sheet = RgbImage::from_pixel(width, height, Rgb([245; 3]));
        for (x, y) in (0..4 * symbol.width()).flat_map(|x| (0..4 * symbol.width()).map(move |y| (x, y))) {
            let ink = modules[y / 4][x / 4].select(0, 255);
            sheet.put_pixel(x as u32 + 200, y as u32 + 150, Rgb([ink; 3]));
        }
        let opened = Picture::open(&drawn::file(&sheet, ImageFormat::Png)).expect("a good file");
        assert_eq!(find_symbol(&opened).as_deref(), Some(text), "{width} × {height}");
    }
    assert_eq!(find_symbol(&picture(drawn::portrait(400, 500))), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn s12_damaged_files_are_errors_or_pictures(
        format in prop::sample::select(vec![ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = drawn::file(&drawn::portrait(48, 60), format);
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(opened) = Picture::open(&bytes) {
            prop_assert!(u64::from(opened.width()) * u64::from(opened.height()) <= super::MOST_PIXELS);
        }
    }

    #[test]
    fn s12_bytes_behind_a_signature(signature in 0..3_usize, rest in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let signature: &[u8] = [&b"\xFF\xD8\xFF"[..], b"\x89PNG\r\n\x1A\n", b"BM"][signature];
        let _ = Picture::open(&[signature, &rest].concat());
    }

    #[test]
    fn s12_noise_is_not_a_symbol(seed in any::<u64>(), side in 20_u32..200) {
        let mut state = seed | 1;
        let noise = RgbImage::from_fn(side, side, |_, _| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            Rgb([if state & 1 == 0 { 0 } else { 255 }; 3])
        });
        prop_assert_eq!(find_symbol(&picture(noise)), None);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_frame_gives_a_photo_or_a_refusal(angle in -720.0..720.0_f64, x in -200.0..200.0_f64, y in -200.0..200.0_f64, width in 0.5..400.0_f64) {
        if let Ok(photo) = picture(drawn::portrait(90, 110)).crop(&Crop { angle, x, y, width }) {
            prop_assert_eq!(pixels(&photo).dimensions(), (WIDTH_PX, HEIGHT_PX));
        }
    }
}
