//! Content of the benchmark: an A4 sheet with another name, photo, serial and symbol on every page.

use std::collections::BTreeSet;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageEncoder, Rgb, RgbImage};
use jiff::civil::date;
use paper::Fonts;
use paper::sheet::Sheet;
use qrcode::{Color, EcLevel, QrCode};
use serde::Serialize;

/// Data of one sheet.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) masked_number: String,
    pub(crate) serial: String,
    pub(crate) payload: String,
    pub(crate) photo: Vec<u8>,
}

/// Returns person number `index`. Each name has a rare character from extensions B to F.
pub(crate) fn person(index: u32) -> Person {
    let coat = index.wrapping_mul(0x9E37_79B9).to_be_bytes();
    Person { photo: portrait([coat[0], coat[1], coat[2]]), ..person_without_photo(index) }
}

/// Returns person number `index` without a photo.
pub(crate) fn person_without_photo(index: u32) -> Person {
    let mut state = u64::from(index).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |limit: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state % u64::from(limit)).unwrap_or(0)
    };
    let character = |code_point: u32| char::from_u32(code_point).unwrap_or('一');
    let rare = match next(2) {
        0 => character(0x2_A700 + next(4000)),
        _ => character(0x2_B820 + next(5000)),
    };
    let name = [character(0x4E00 + next(20_000)), rare, character(0x4E00 + next(20_000))].iter().collect();
    let payload = payload(&mut next);
    Person {
        name,
        masked_number: format!("310***********{:04}", next(10_000)),
        serial: format!("{:08X}", next(u32::MAX)),
        payload,
        photo: Vec::new(),
    }
}

fn payload(next: &mut impl FnMut(u32) -> u32) -> String {
    const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let letters = (0..260).map(|_| char::from(ALPHABET[next(45) as usize]));
    "SSM1:".chars().chain(letters).collect()
}

fn portrait(coat: [u8; 3]) -> Vec<u8> {
    let picture = RgbImage::from_fn(358, 441, |x, y| {
        let (dx, dy) = ((x as f32 - 179.0) / 105.0, (y as f32 - 190.0) / 140.0);
        if dx * dx + dy * dy < 1.0 {
            Rgb([220, 180, (150 + x / 8).min(255) as u8])
        } else if y > 350 {
            Rgb(coat)
        } else {
            Rgb([255; 3])
        }
    });
    let mut jpeg = Cursor::new(Vec::new());
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, 90);
    encoder
        .write_image(&picture, 358, 441, image::ExtendedColorType::Rgb8)
        .expect("encoding a picture in memory succeeds");
    jpeg.into_inner()
}

/// Returns the data as a sheet of this crate.
pub(crate) fn sheet(person: &Person) -> Sheet<'_> {
    Sheet {
        name: &person.name,
        masked_number: &person.masked_number,
        applied_at: date(2026, 1, 1).at(9, 30, 0, 0),
        valid_through: date(2026, 6, 30),
        photo: Some(&person.photo),
        payload: &person.payload,
        serial_short: &person.serial,
        provisional: true,
        practice: false,
        site: "黄浦区社区事务受理服务中心",
    }
}

/// The same page as a list of drawing commands, for writers that do not know sheets.
///
/// They need not choose fonts or make the QR symbol. Lengths are points, and y counts from the top.
#[derive(Serialize)]
pub(crate) struct Drawing {
    pub(crate) texts: Vec<Text>,
    /// Filled bars, each as x, y, width and height.
    pub(crate) bars: Vec<[f32; 4]>,
    pub(crate) photo: [f32; 4],
    #[serde(skip)]
    pub(crate) jpeg: Vec<u8>,
    pub(crate) photo_file: String,
    /// Closed outlines of the dark modules, to be filled by the even-odd rule.
    pub(crate) outlines: Vec<Vec<[u16; 2]>>,
    pub(crate) modules: u16,
    /// Position of the symbol (x, y) and size of a module.
    pub(crate) symbol: [f32; 3],
}

/// A run of text in one font.
#[derive(Serialize)]
pub(crate) struct Text {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) size: f32,
    pub(crate) font: Font,
    pub(crate) white: bool,
    pub(crate) text: String,
}

/// Fonts of the page.
#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Font {
    Regular,
    Bold,
    HanaA,
    HanaB,
}

const MM: f32 = 72.0 / 25.4;

/// Texts that are the same on every sheet: x and baseline in millimetres, size in points.
const STATIC: [(f32, f32, f32, Font, &str); 16] = [
    (112.0, 27.0, 14.0, Font::Bold, "黄浦区社区事务受理服务中心"),
    (18.0, 45.0, 14.0, Font::Regular, "姓名"),
    (18.0, 180.0, 22.0, Font::Bold, "有效期至"),
    (54.0, 187.4, 46.0, Font::Bold, "2026年6月30日"),
    (18.0, 189.0, 14.0, Font::Regular, "当日24时止"),
    (18.0, 147.0, 14.0, Font::Regular, "身份证号"),
    (18.0, 157.0, 14.0, Font::Regular, "申领时间"),
    (42.0, 157.0, 18.0, Font::Regular, "2026-01-01 09:30"),
    (64.0, 97.2, 28.0, Font::Bold, "与身份证"),
    (64.0, 110.2, 28.0, Font::Bold, "同时出示"),
    (22.0, 207.4, 18.0, Font::Bold, "已登记，待确认：可先用，联网后自动确认。"),
    (18.0, 222.0, 18.0, Font::Regular, "1. 请随身携带本人身份证，与本码同时出示。"),
    (18.0, 232.0, 18.0, Font::Regular, "2. 本码不显示健康状态，由工作人员扫码核验。"),
    (18.0, 242.0, 18.0, Font::Regular, "3. 数字哨兵不识读本码，请在该处刷身份证。"),
    (18.0, 252.0, 18.0, Font::Regular, "4. 本码遗失，请立即挂失：到窗口办理或拨打12345。"),
    (18.0, 262.0, 18.0, Font::Regular, "5. 到期后本码失效，请携带身份证再次申领。"),
];

impl Drawing {
    /// Returns the drawing of one sheet.
    pub(crate) fn new(person: &Person, fonts: &Fonts) -> Self {
        let text = |x: f32, y: f32, size: f32, font: Font, text: &str| Text {
            x: x * MM,
            y: y * MM,
            size,
            font,
            white: false,
            text: text.to_owned(),
        };
        let mut texts: Vec<Text> =
            STATIC.iter().map(|&(x, y, size, font, words)| text(x, y, size, font, words)).collect();
        texts[0].white = true;
        texts.push(Text { white: true, ..text(22.8, 31.2, 46.0, Font::Bold, "离线随申码") });
        texts.push(text(18.0, 278.0, 22.0, Font::Bold, "咨询、挂失热线 12345"));
        texts.push(text(42.0, 147.0, 18.0, Font::Bold, &person.masked_number));
        texts.push(text(160.0, 277.0, 11.0, Font::Regular, &format!("码号 {}", person.serial)));
        for (index, character) in person.name.chars().enumerate() {
            let font = match fonts.glyph(character).map_or("", |glyph| glyph.font_name) {
                "Hanazono Mincho A" => Font::HanaA,
                "Hanazono Mincho B" => Font::HanaB,
                _ => Font::Bold,
            };
            let x = 18.0 + 25.4 * index as f32;
            texts.push(text(x, 72.6, 72.0, font, character.encode_utf8(&mut [0; 4])));
        }
        let code = QrCode::with_error_correction_level(&person.payload, EcLevel::M)
            .expect("the payload fits into a symbol");
        let side = code.width();
        let modules = u16::try_from(side).expect("a symbol has at most 177 modules");
        let module = 82.0 / f32::from(modules + 8);
        Self {
            texts,
            bars: vec![
                [18.0 * MM, 14.0 * MM, 174.0 * MM, 22.0 * MM],
                [18.0 * MM, 167.6 * MM, 174.0 * MM, 0.9 * MM],
                [18.0 * MM, 194.6 * MM, 174.0 * MM, 0.9 * MM],
            ],
            photo: [18.0 * MM, 88.0 * MM, 40.0 * MM, 49.3 * MM],
            jpeg: person.photo.clone(),
            photo_file: String::new(),
            outlines: outlines(&code.to_colors(), side),
            modules,
            symbol: [(192.0 - module * f32::from(modules)) * MM, 88.0 * MM, module * MM],
        }
    }
}

/// Traces the dark modules as the crate does, so that all writers have the same path to write.
fn outlines(colors: &[Color], side: usize) -> Vec<Vec<[u16; 2]>> {
    const STEPS: [(isize, isize); 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];
    let moved = |(x, y): (usize, usize), (dx, dy): (isize, isize)| {
        Some((x.checked_add_signed(dx)?, y.checked_add_signed(dy)?))
    };
    let dark = |at: Option<(usize, usize)>| {
        at.is_some_and(|(x, y)| x < side && y < side && colors[y * side + x] == Color::Dark)
    };
    // Edges run clockwise around each dark module, from its four corners.
    let mut edges = BTreeSet::new();
    for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))).filter(|&at| dark(Some(at))) {
        let corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)];
        for (direction, outward) in [(0, -1), (1, 0), (0, 1), (-1, 0)].into_iter().enumerate() {
            if !dark(moved((x, y), outward)) {
                let (x, y) = corners[direction];
                edges.insert((y, x, direction));
            }
        }
    }
    let short = |value: usize| u16::try_from(value).expect("a symbol has at most 177 modules");
    let mut outlines = Vec::new();
    while let Some((y, x, start)) = edges.pop_first() {
        let (mut at, mut direction) = ((x, y), start);
        let mut outline = vec![[short(x), short(y)]];
        loop {
            at = moved(at, STEPS[direction]).expect("edges stay on the symbol");
            let turns = [(direction + 1) % 4, direction, (direction + 3) % 4];
            let Some(next) = turns.into_iter().find(|&turn| edges.remove(&(at.1, at.0, turn))) else { break };
            if next != direction {
                outline.push([short(at.0), short(at.1)]);
            }
            direction = next;
        }
        outlines.push(outline);
    }
    outlines
}
