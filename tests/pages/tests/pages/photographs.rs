//! Sheets as a phone photographs them: from the side, in bad light, out of focus, moved, folded.
//!
//! Every number comes from the seed, so that a picture can be made again.

use image::{GrayImage, Luma, codecs::jpeg::JpegEncoder, imageops};
use paper::{
    Fonts,
    sheet::{Sheet, SheetLayout, render},
};
use std::{path::Path, process::Command};

/// The frame that the page takes from a camera.
const FRAME: (u32, u32) = (1280, 960);
/// Distance of the lens from its sensor, in pixels: a view of 60° across the frame.
const FOCAL: f32 = 1108.0;
const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
/// Length of a symbol's text behind its prefix.
const PAYLOAD: usize = 260;
const TABLE_GREY: f32 = 0.55;

/// Size of a sheet and place of its symbol, in millimetres.
struct Place {
    layout: SheetLayout,
    corner: (f32, f32),
    size: (f32, f32),
    /// Middle of the symbol.
    middle: (f32, f32),
    side: f32,
}

const PLACES: [Place; 4] = [
    Place {
        layout: SheetLayout::A4,
        corner: (0.0, 0.0),
        size: (210.0, 297.0),
        middle: (156.0, 124.0),
        side: 72.0,
    },
    Place {
        layout: SheetLayout::A4FourUp,
        corner: (0.0, 0.0),
        size: (105.0, 148.5),
        middle: (78.2, 64.8),
        side: 37.7,
    },
    Place {
        layout: SheetLayout::A4EightUp,
        corner: (0.0, 0.0),
        size: (105.0, 74.25),
        middle: (82.0, 45.5),
        side: 36.0,
    },
    Place {
        layout: SheetLayout::Card,
        corner: (19.4, 40.5),
        size: (85.6, 54.0),
        middle: (69.0, 36.4),
        side: 27.2,
    },
];

/// A picture and what stands in its symbol.
pub(crate) struct Photograph {
    pub(crate) text: String,
    pub(crate) jpeg: Vec<u8>,
}

/// Takes the picture with this number.
pub(crate) fn take(fonts: &Fonts, number: u64, folder: &Path) -> Photograph {
    let mut chance = Chance(number);
    let body = (0..PAYLOAD).map(|_| char::from(ALPHABET[usize::try_from(chance.next() % 45).unwrap()]));
    let text: String = "SSM1:".chars().chain(body).collect();
    let place = &PLACES[usize::try_from(number % 4).unwrap()];
    let view = View::by(&mut chance);
    let scale = 1.4 * view.side / place.side;
    let sheet = drawn(fonts, &text, place, scale, &folder.join(format!("photographed-{number}.pdf")));
    let mut picture = view.of(&sheet, place, scale, &mut chance);
    picture = moved(&picture, view.bad, &mut chance);
    picture = imageops::fast_blur(&picture, chance.between(0.5, 0.6 + 1.6 * view.bad));
    let noise = chance.between(2.0, 3.0 + 9.0 * view.bad);
    for pixel in picture.pixels_mut() {
        pixel.0[0] = (f32::from(pixel.0[0]) + chance.between(-noise, noise)) as u8;
    }
    let mut jpeg = Vec::new();
    let quality = chance.between(92.0 - 45.0 * view.bad, 93.0) as u8;
    JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(&picture).unwrap();
    Photograph { text, jpeg }
}

/// Draws the sheet with poppler, at `scale` pixels a millimetre.
fn drawn(fonts: &Fonts, text: &str, place: &Place, scale: f32, file: &Path) -> GrayImage {
    let sheet = Sheet {
        name: "张三丰",
        masked_number: "310***********1234",
        applied_at: jiff::civil::date(2026, 1, 1).at(9, 30, 0, 0),
        valid_through: jiff::civil::date(2026, 6, 30),
        photo: None,
        payload: text,
        serial_short: "7K2M-09QX",
        provisional: false,
        practice: false,
        site: "黄浦区社区事务受理服务中心",
    };
    std::fs::write(file, render(fonts, &[sheet], place.layout).unwrap()).unwrap();
    let pixels = |millimetres: f32| ((millimetres * scale).round() as u32).to_string();
    let mut pdftoppm = Command::new("pdftoppm");
    pdftoppm.args(["-gray", "-singlefile", "-r", &(scale * 25.4).to_string()]);
    pdftoppm.args(["-x", &pixels(place.corner.0), "-y", &pixels(place.corner.1)]);
    pdftoppm.args(["-W", &pixels(place.size.0), "-H", &pixels(place.size.1)]).arg(file);
    let drawn = pdftoppm.output().unwrap();
    assert!(drawn.status.success(), "pdftoppm: {}", String::from_utf8_lossy(&drawn.stderr));
    image::load_from_memory_with_format(&drawn.stdout, image::ImageFormat::Pnm).unwrap().to_luma8()
}

/// Where the camera is, and how bad everything is, from 0 to 1.
struct View {
    bad: f32,
    /// Side of the symbol, in pixels, if it were seen from straight above.
    side: f32,
    /// Middle of the symbol in the frame.
    at: (f32, f32),
    /// Axes of the sheet as the camera sees them: right, down, and into the table.
    axes: [[f32; 3]; 3],
}

impl View {
    fn by(chance: &mut Chance) -> Self {
        let bad = chance.between(0.0, 1.0);
        let side = chance.between(420.0 - 260.0 * bad, 560.0 - 200.0 * bad);
        let room = |length: u32| (length as f32 - side).max(0.0) / 2.0;
        let at = (
            FRAME.0 as f32 / 2.0 + chance.between(-0.9, 0.9) * room(FRAME.0),
            FRAME.1 as f32 / 2.0 + chance.between(-0.9, 0.9) * room(FRAME.1),
        );
        // Most people hold a sheet upright; some show it from the other side.
        let turned = chance.between(-25.0, 25.0) + 90.0 * (chance.next() % 4) as f32 * f32::from(bad > 0.5);
        let tilt = 10.0 + 30.0 * bad;
        let axes = axes(turned, chance.between(-tilt, tilt), chance.between(-tilt, tilt));
        Self { bad, side, at, axes }
    }

    /// Returns what falls onto the sensor: the sheet in its light, on a table.
    fn of(&self, sheet: &GrayImage, place: &Place, scale: f32, chance: &mut Chance) -> GrayImage {
        let light = Light::by(self, chance);
        let away = FOCAL * place.side / self.side;
        let [right, down, into] = self.axes;
        GrayImage::from_fn(FRAME.0, FRAME.1, |x, y| {
            let ray = [(x as f32 - self.at.0) / FOCAL, (y as f32 - self.at.1) / FOCAL, 1.0];
            let reached = away * into[2] / dot(into, ray);
            let from_middle = [ray[0] * reached, ray[1] * reached, reached - away];
            let place = (
                (place.middle.0 + dot(right, from_middle)) * scale,
                (place.middle.1 + dot(down, from_middle)) * scale,
            );
            let ink = between_pixels(sheet, place).unwrap_or(TABLE_GREY);
            Luma([light.grey(ink, x as f32, y as f32, chance) as u8])
        })
    }
}

/// Returns the axes of a sheet that is turned in its plane and tilted about both its sides.
fn axes(turned: f32, pitch: f32, yaw: f32) -> [[f32; 3]; 3] {
    let (turned, pitch, yaw) = (turned.to_radians(), pitch.to_radians(), yaw.to_radians());
    let tilted = |[x, y]: [f32; 2]| {
        let (y, z) = (y * pitch.cos(), y * pitch.sin());
        [x * yaw.cos() + z * yaw.sin(), y, z * yaw.cos() - x * yaw.sin()]
    };
    let right = tilted([turned.cos(), turned.sin()]);
    let down = tilted([-turned.sin(), turned.cos()]);
    let into = [
        right[1] * down[2] - right[2] * down[1],
        right[2] * down[0] - right[0] * down[2],
        right[0] * down[1] - right[1] * down[0],
    ];
    [right, down, into]
}

fn dot(one: [f32; 3], other: [f32; 3]) -> f32 {
    one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
}

/// Mixes the four pixels around a place, from 0 for black to 1; `None` beside the sheet.
fn between_pixels(sheet: &GrayImage, (x, y): (f32, f32)) -> Option<f32> {
    let (width, height) = sheet.dimensions();
    let is_inside = x >= 0.0 && y >= 0.0 && x < (width - 1) as f32 && y < (height - 1) as f32;
    if !is_inside {
        return None;
    }
    let (left, top) = (x as u32, y as u32);
    let (right, below) = (x - left as f32, y - top as f32);
    let at = |dx, dy| f32::from(sheet.get_pixel(left + dx, top + dy).0[0]) / 255.0;
    let upper = at(0, 0) * (1.0 - right) + at(1, 0) * right;
    let lower = at(0, 1) * (1.0 - right) + at(1, 1) * right;
    Some(upper * (1.0 - below) + lower * below)
}

/// How the sheet is lit, and what lies on it.
struct Light {
    black: f32,
    white: f32,
    /// Fall of the light across the frame.
    slope: (f32, f32),
    /// Edge of a shadow: its direction, its place and what it leaves of the light.
    shadow: ((f32, f32), f32, f32),
    /// Reflection of a lamp: its middle, its radius and its strength.
    lamp: ((f32, f32), f32, f32),
    speckle: f32,
}

impl Light {
    fn by(view: &View, chance: &mut Chance) -> Self {
        let bad = view.bad;
        let way = chance.between(0.0, 360.0).to_radians();
        let near = |chance: &mut Chance, middle: f32| middle + chance.between(-0.8, 0.8) * view.side;
        let shaded = chance.next().is_multiple_of(2);
        let shines = chance.next().is_multiple_of(4);
        Self {
            black: chance.between(10.0, 20.0 + 60.0 * bad),
            white: chance.between(245.0 - 75.0 * bad, 250.0),
            slope: (chance.between(-0.3, 0.3) * bad, chance.between(-0.3, 0.3) * bad),
            shadow: (
                (way.cos(), way.sin()),
                chance.between(-0.4, 0.4) * view.side,
                if shaded { 1.0 - 0.5 * bad } else { 1.0 },
            ),
            lamp: (
                (near(chance, view.at.0), near(chance, view.at.1)),
                chance.between(20.0, 20.0 + 60.0 * bad),
                if shines { 160.0 * bad } else { 0.0 },
            ),
            speckle: 40.0 * bad,
        }
        .around(view.at)
    }

    /// Moves the shadow's edge to the symbol.
    fn around(mut self, (x, y): (f32, f32)) -> Self {
        let ((across, along), place, _) = &mut self.shadow;
        *place += *across * x + *along * y;
        self
    }

    fn grey(&self, ink: f32, x: f32, y: f32, chance: &mut Chance) -> f32 {
        const EDGE_PIXELS: f32 = 12.0;
        let slope =
            1.0 + self.slope.0 * (x / FRAME.0 as f32 - 0.5) + self.slope.1 * (y / FRAME.1 as f32 - 0.5);
        let ((across, along), place, left) = self.shadow;
        let behind = ((across * x + along * y - place) / EDGE_PIXELS).clamp(0.0, 1.0);
        let ((lamp_x, lamp_y), radius, strength) = self.lamp;
        let far = ((x - lamp_x).powi(2) + (y - lamp_y).powi(2)) / radius.powi(2);
        let lamp = if far < 9.0 { strength * (-far).exp() } else { 0.0 };
        let lit = (self.black + ink * (self.white - self.black)) * slope * (1.0 - behind * (1.0 - left));
        lit + lamp + chance.between(-self.speckle, self.speckle)
    }
}

/// Returns the picture as a hand that moved took it: every pixel is the mean of those on a short
/// way.
fn moved(picture: &GrayImage, bad: f32, chance: &mut Chance) -> GrayImage {
    let (length, way) = (chance.between(0.0, 5.0 * bad), chance.between(0.0, 180.0).to_radians());
    let steps = 1 + length.round() as i64;
    let (width, height) = picture.dimensions();
    let offsets: Vec<(i64, i64)> = (0..steps)
        .map(|step| step as f32 - (steps - 1) as f32 / 2.0)
        .map(|step| ((step * way.cos()).round() as i64, (step * way.sin()).round() as i64))
        .collect();
    GrayImage::from_fn(width, height, |x, y| {
        let at = |dx: i64, dy: i64| {
            let x = (i64::from(x) + dx).clamp(0, i64::from(width) - 1);
            let y = (i64::from(y) + dy).clamp(0, i64::from(height) - 1);
            u32::from(picture.get_pixel(x as u32, y as u32).0[0])
        };
        let sum: u32 = offsets.iter().map(|(dx, dy)| at(*dx, *dy)).sum();
        Luma([(sum / steps as u32) as u8])
    })
}

/// Pseudo-random numbers that are the same on every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn between(&mut self, least: f32, most: f32) -> f32 {
        let share = (self.next() >> 40) as f32 / (1_u32 << 24) as f32;
        least + share * (most - least)
    }
}
