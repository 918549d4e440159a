//! The benchmark's sheet drawn with krilla: fonts mapped once and kept between files, as its documentation advises.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use memmap2::Mmap;
use serde::Deserialize;

#[derive(Deserialize)]
struct Drawing {
    texts: Vec<Text>,
    bars: Vec<[f32; 4]>,
    photo: [f32; 4],
    photo_file: String,
    runs: Vec<[u16; 3]>,
    symbol: [f32; 3],
    #[serde(skip)]
    jpeg: Arc<Vec<u8>>,
}

#[derive(Deserialize)]
struct Text {
    x: f32,
    y: f32,
    size: f32,
    font: String,
    white: bool,
    text: String,
}

fn main() {
    let folder = std::env::args().nth(1).expect("the folder with the content");
    let folder = Path::new(&folder);
    let json = std::fs::read(folder.join("drawings.json")).expect("the drawings");
    let mut drawings: Vec<Drawing> = serde_json::from_slice(&json).expect("drawings are JSON");
    for drawing in &mut drawings {
        drawing.jpeg = Arc::new(std::fs::read(folder.join(&drawing.photo_file)).expect("the photo"));
    }
    let before = peak_mb();
    let (mut times, mut four_up, mut bytes) = (Vec::new(), Vec::new(), 0);
    let mut fonts = Vec::new();
    for drawing in drawings[..200].chunks(1) {
        let started = Instant::now();
        if fonts.is_empty() {
            fonts = open_fonts();
        }
        bytes = write(drawing, 1, &fonts).len();
        times.push(milliseconds(started));
    }
    for group in drawings[200..440].chunks(4) {
        let started = Instant::now();
        write(group, 4, &fonts);
        four_up.push(milliseconds(started));
    }
    let peak = peak_mb() - before;
    let started = Instant::now();
    write(&drawings, 1, &fonts);
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

fn open_fonts() -> Vec<Font> {
    let noto = "/usr/share/fonts/opentype/noto/NotoSansCJK-";
    let hana = "/usr/share/fonts/truetype/hanazono/HanaMin";
    // Face 2 of the collection is the SC one.
    [(noto, "Regular.ttc", 2), (noto, "Bold.ttc", 2), (hana, "A.ttf", 0), (hana, "B.ttf", 0)]
        .into_iter()
        .map(|(folder, file, index)| {
            let file = File::open(format!("{folder}{file}")).expect("the font is installed");
            // SAFETY: a system font nobody writes to while the benchmark runs.
            let map = unsafe { Mmap::map(&file) }.expect("the font can be mapped");
            let data: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(map);
            Font::new(data.into(), index).expect("the font is one")
        })
        .collect()
}

fn write(drawings: &[Drawing], per_page: usize, fonts: &[Font]) -> Vec<u8> {
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title("离线随申码".to_owned()).language("zh-CN".to_owned()));
    for group in drawings.chunks(per_page) {
        let size = PageSettings::from_wh(595.276, 841.89).expect("A4 is a size");
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for (cell, drawing) in group.iter().enumerate() {
            if per_page > 1 {
                let (x, y) = ((cell % 2) as f32 * 297.638, (cell / 2) as f32 * 420.945);
                surface.push_transform(&Transform::from_row(0.5, 0.0, 0.0, 0.5, x, y));
            }
            draw(&mut surface, drawing, fonts);
            if per_page > 1 {
                surface.pop();
            }
        }
        surface.finish();
        page.finish();
    }
    document.finish().expect("krilla writes the document")
}

fn draw(surface: &mut Surface<'_>, drawing: &Drawing, fonts: &[Font]) {
    let fill = |grey: u8| Fill {
        paint: rgb::Color::new(grey, grey, grey).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    };
    surface.set_fill(Some(fill(0)));
    for &[x, y, width, height] in &drawing.bars {
        let mut path = PathBuilder::new();
        path.push_rect(Rect::from_xywh(x, y, width, height).expect("a bar has a size"));
        surface.draw_path(&path.finish().expect("a bar is a path"));
    }
    for text in &drawing.texts {
        surface.set_fill(Some(fill(if text.white { 255 } else { 0 })));
        let font = match text.font.as_str() {
            "regular" => &fonts[0],
            "bold" => &fonts[1],
            "hana_a" => &fonts[2],
            _ => &fonts[3],
        };
        let place = Point::from_xy(text.x, text.y);
        surface.draw_text(place, font.clone(), text.size, &text.text, false, TextDirection::LeftToRight);
    }
    let [x, y, module] = drawing.symbol;
    let mut path = PathBuilder::new();
    for &[column, row, length] in &drawing.runs {
        let (left, top) = (x + f32::from(column) * module, y + f32::from(row) * module);
        let run = Rect::from_xywh(left, top, f32::from(length) * module, module);
        path.push_rect(run.expect("a run has a size"));
    }
    surface.set_fill(Some(fill(0)));
    surface.draw_path(&path.finish().expect("a symbol is a path"));
    let [x, y, width, height] = drawing.photo;
    let photo = Image::from_jpeg(drawing.jpeg.clone().into(), true).expect("the photo is a JPEG");
    surface.push_transform(&Transform::from_translate(x, y));
    surface.draw_image(photo, Size::from_wh(width, height).expect("a photo has a size"));
    surface.pop();
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
