//! Test people and test data: all synthetic, nothing stored.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageEncoder, Rgb, RgbImage};
use jiff::civil::{Date, date};
use paper::sheet::Sheet;

/// Numbers that look random and are the same on every run (SplitMix64).
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// A drawn portrait of the size GA 461 asks for: head, hair, shoulders on white; nobody's face.
pub fn portrait(seed: u64) -> Vec<u8> {
    const WIDTH: u32 = 358;
    const HEIGHT: u32 = 441;
    let mut numbers = Numbers::new(seed);
    let mut tone = |from: u64, span: u64| u8::try_from(from + numbers.below(span)).unwrap();
    let skin = [tone(205, 40), tone(165, 40), tone(140, 40)];
    let coat = [tone(40, 90), tone(60, 90), tone(90, 90)];
    let hair = tone(30, 120);
    let inside = |x: f32, y: f32, cx: f32, cy: f32, rx: f32, ry: f32| {
        ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) <= 1.0
    };
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let eye = inside(x, y, 139.0, 215.0, 12.0, 7.0) || inside(x, y, 219.0, 215.0, 12.0, 7.0);
        let mouth = inside(x, y, 179.0, 290.0, 30.0, 6.0);
        let face = inside(x, y, 179.0, 215.0, 98.0, 130.0);
        let head = inside(x, y, 179.0, 180.0, 112.0, 145.0);
        if eye || mouth {
            Rgb([60, 40, 40])
        } else if face && y > 120.0 {
            Rgb(skin.map(|part| part.saturating_sub(((x - 179.0).abs() / 8.0) as u8)))
        } else if head && y < 230.0 {
            Rgb([hair; 3])
        } else if inside(x, y, 179.0, 520.0, 190.0, 170.0) {
            Rgb(coat)
        } else if inside(x, y, 179.0, 350.0, 50.0, 60.0) {
            Rgb(skin)
        } else {
            Rgb([255, 255, 255])
        }
    });
    let mut jpeg = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, 85);
    encoder.write_image(&picture, WIDTH, HEIGHT, image::ExtendedColorType::Rgb8).unwrap();
    jpeg.into_inner()
}

/// A payload of the length real ones have: 173 bytes of COSE make 260 characters of Base45.
pub fn payload(seed: u64) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut numbers = Numbers::new(seed);
    let body = (0..260).map(|_| char::from(ALPHABET[usize::try_from(numbers.below(45)).unwrap()]));
    "SSM1:".chars().chain(body).collect()
}

/// The day all test papers are of.
pub const DAY: Date = date(2026, 1, 1);

/// A sheet for a name; the other data is the same for all.
pub fn sheet<'a>(name: &'a str, payload: &'a str, photo: Option<&'a [u8]>) -> Sheet<'a> {
    Sheet {
        name,
        masked_number: "310***********1234",
        applied_at: DAY.at(9, 30, 0, 0),
        valid_through: date(2026, 6, 30),
        photo,
        payload,
        serial_short: "7K2M-09QX",
        provisional: false,
        practice: false,
        site: "黄浦区社区事务受理服务中心",
    }
}
