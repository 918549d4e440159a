//! Test people and test data. All are synthetic, and nothing is stored.

pub(crate) mod collective;
pub(crate) mod han;
pub(crate) mod pdf;
pub(crate) mod return_report;

use std::io::{Cursor, Write};
use std::process::{Command, Output, Stdio};

use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, ImageEncoder, Rgb, RgbImage};
use jiff::civil::{Date, date};
use paper::receipt::{Receipt, Stage, Standing};
use paper::sheet::Sheet;

/// Pseudo-random numbers that are the same on every run (SplitMix64).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Returns a drawn portrait in the size of GA 461: head, hair and shoulders on white,
/// but nobody's face.
pub(crate) fn portrait(seed: u64) -> Vec<u8> {
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

/// Returns a payload of the usual length: 173 bytes of COSE make 260 characters of Base45.
pub(crate) fn payload(seed: u64) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut numbers = Numbers::new(seed);
    let body = (0..260).map(|_| char::from(ALPHABET[usize::try_from(numbers.below(45)).unwrap()]));
    "SSM1:".chars().chain(body).collect()
}

/// Date of all test papers.
pub(crate) const DAY: Date = date(2026, 1, 1);

/// Returns a sheet for a name. The other data is the same for all sheets.
pub(crate) fn sheet<'a>(name: &'a str, payload: &'a str, photo: Option<&'a [u8]>) -> Sheet<'a> {
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

/// Returns a receipt for a completed action. The other data is the same for all receipts.
pub(crate) fn receipt(action: &str, standing: Standing) -> Receipt<'_> {
    Receipt {
        stage: Stage::Completed,
        case_number: "3101012026010100134182070",
        action,
        masked_name: "李*",
        masked_number: "310***********1234",
        standing,
        valid_through: None,
        serial_short: None,
        done_at: DAY.at(9, 30, 0, 0),
        site: "黄浦区社区事务受理服务中心",
        window: "3号窗口",
        next_steps: &[],
        practice: false,
    }
}

/// Returns every kind of name that a sheet must take, each with a word for file names.
pub(crate) fn names() -> [(&'static str, String); 6] {
    let repeated = |text: &str, count: usize| text.chars().cycle().take(count).collect::<String>();
    [
        ("short", "张三丰".to_owned()),
        ("25-characters", repeated("欧阳慕容上官皇甫令狐", 25)),
        ("50-characters", repeated("诸葛司马东方西门南宫独孤", 50)),
        // One character of each extension from A to H.
        ("rare", "㛃𠮷𪜶𫝈𫢸𬺓𰀁𱍐".to_owned()),
        ("minority", "阿卜杜热依木·阿卜杜热合曼".to_owned()),
        ("english", "CHRISTOPHER ALEXANDER MONTGOMERY-WELLINGTON".to_owned()),
    ]
}

/// Runs a program of poppler, qpdf or zbar with `input`, and returns its output.
pub(crate) fn run(program: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} must be installed to test paper: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // A second thread writes the input. A program that answers before it has read everything
        // would block both sides.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    })
}

/// Draws one page with poppler, as grey pixels. `clip` is x, y, width and height in pixels.
pub(crate) fn draw_page(pdf: &[u8], page: usize, dots_per_inch: u32, clip: Option<[u32; 4]>) -> GrayImage {
    let number = page.to_string();
    let resolution = dots_per_inch.to_string();
    let mut arguments = vec!["-gray", "-r", &resolution, "-f", &number, "-l", &number];
    let clip = clip.map(|clip| clip.map(|part| part.to_string()));
    if let Some([x, y, width, height]) = &clip {
        arguments.extend(["-x", x, "-y", y, "-W", width, "-H", height]);
    }
    arguments.push("-");
    let drawn = run("pdftoppm", &arguments, pdf);
    assert!(drawn.status.success(), "pdftoppm: {}", String::from_utf8_lossy(&drawn.stderr));
    image::load_from_memory_with_format(&drawn.stdout, image::ImageFormat::Pnm).unwrap().to_luma8()
}

/// Checks with qpdf that the whole file can be read and every reference followed.
pub(crate) fn check_structure(pdf: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pdf).unwrap();
    let checked = run("qpdf", &["--check", file.path().to_str().unwrap()], &[]);
    assert!(checked.status.success(), "qpdf: {}", String::from_utf8_lossy(&checked.stderr));
}
