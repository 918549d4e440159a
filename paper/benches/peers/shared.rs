//! Shared by the Rust writers of the benchmark: reading the content, timing and reporting.

use std::path::Path;
use std::time::Instant;

use serde::Deserialize;

/// One sheet as a list of drawing commands. Lengths are points, and y counts from the top.
#[derive(Deserialize)]
pub struct Drawing {
    pub texts: Vec<Text>,
    pub bars: Vec<[f32; 4]>,
    pub photo: [f32; 4],
    photo_file: String,
    pub outlines: Vec<Vec<[u16; 2]>>,
    pub symbol: [f32; 3],
    #[serde(skip)]
    pub jpeg: std::sync::Arc<Vec<u8>>,
}

#[derive(Deserialize)]
pub struct Text {
    pub x: f32,
    pub y: f32,
    pub size: f32,
    font: String,
    pub white: bool,
    pub text: String,
}

impl Text {
    /// Returns the index of the font in [`FONTS`].
    pub fn font(&self) -> usize {
        match self.font.as_str() {
            "regular" => 0,
            "bold" => 1,
            "hana_a" => 2,
            _ => 3,
        }
    }
}

/// Font files, each with the index of its face. Face 2 of the collection is the SC one.
pub const FONTS: [(&str, u32); 4] = [
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2),
    ("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf", 0),
    ("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf", 0),
];

/// Maps a font file into memory.
pub fn map(file: &str) -> memmap2::Mmap {
    let file = std::fs::File::open(file).expect("the font is installed");
    // SAFETY: nobody writes to a system font while the benchmark runs.
    unsafe { memmap2::Mmap::map(&file) }.expect("the font can be mapped")
}

/// Returns the corner of sheet `cell` on a page of four, at half its size.
pub fn quarter(cell: usize) -> (f32, f32) {
    ((cell % 2) as f32 * 297.638, (cell / 2) as f32 * 420.945)
}

/// Times `write(fonts, drawings, per_page)` and prints the figures as the last line.
///
/// Opening the fonts counts as part of the first file.
pub fn measure<F>(open: impl Fn() -> F, write: impl Fn(&F, &[Drawing], usize) -> Vec<u8>) {
    let folder = std::env::args().nth(1).expect("the first argument is the folder with the content");
    let folder = Path::new(&folder);
    let json = std::fs::read(folder.join("drawings.json")).expect("the folder contains the drawings");
    let mut drawings: Vec<Drawing> = serde_json::from_slice(&json).expect("the drawings are valid JSON");
    for drawing in &mut drawings {
        drawing.jpeg =
            std::fs::read(folder.join(&drawing.photo_file)).expect("the folder contains the photo").into();
    }
    if let Some(file) = std::env::args().nth(2) {
        std::fs::write(file, write(&open(), &drawings[..1], 1)).expect("the sample can be written");
        return;
    }
    let before = peak_mb();
    let (mut times, mut four_up, mut bytes) = (Vec::new(), Vec::new(), 0);
    let mut fonts = None;
    for drawing in drawings[..200].chunks(1) {
        let started = Instant::now();
        bytes = write(fonts.get_or_insert_with(&open), drawing, 1).len();
        times.push(milliseconds(started));
    }
    let fonts = fonts.expect("at least one sheet was made");
    for group in drawings[200..440].chunks(4) {
        let started = Instant::now();
        write(&fonts, group, 4);
        four_up.push(milliseconds(started));
    }
    let peak = peak_mb() - before;
    let started = Instant::now();
    write(&fonts, &drawings, 1);
    let batch = milliseconds(started);
    println!(
        "{}",
        serde_json::json!({
            "first_ms": times[0],
            "median_ms": median(times.split_off(20)),
            "bytes": bytes,
            "four_up_ms": median(four_up),
            "batch_pages": drawings.len(),
            "batch_ms": batch,
            "peak_mb": peak,
            "batch_peak_mb": peak_mb() - before,
        })
    );
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
