//! Draws the benchmark's sheet with krilla. Fonts are mapped once and kept between files, as
//! its documentation advises.

use std::sync::Arc;

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
use shared::{Drawing, FONTS, map, measure, quarter};

#[path = "../../shared.rs"]
mod shared;

fn main() {
    measure(open_fonts, |fonts, drawings, per_page| write(drawings, per_page, fonts));
}

fn open_fonts() -> Vec<Font> {
    FONTS
        .into_iter()
        .map(|(file, index)| {
            let data: Arc<dyn AsRef<[u8]> + Send + Sync> = Arc::new(map(file));
            Font::new(data.into(), index).expect("the file is a font")
        })
        .collect()
}

fn write(drawings: &[Drawing], per_page: usize, fonts: &[Font]) -> Vec<u8> {
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title("离线随申码".to_owned()).language("zh-CN".to_owned()));
    for group in drawings.chunks(per_page) {
        let size = PageSettings::from_wh(595.276, 841.89).expect("A4 is a valid page size");
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for (cell, drawing) in group.iter().enumerate() {
            if per_page > 1 {
                let (x, y) = quarter(cell);
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
    document.finish().expect("krilla can write the document")
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
        path.push_rect(Rect::from_xywh(x, y, width, height).expect("a bar is not empty"));
        surface.draw_path(&path.finish().expect("a bar is a valid path"));
    }
    for text in &drawing.texts {
        surface.set_fill(Some(fill(if text.white { 255 } else { 0 })));
        let place = Point::from_xy(text.x, text.y);
        let font = fonts[text.font()].clone();
        surface.draw_text(place, font, text.size, &text.text, false, TextDirection::LeftToRight);
    }
    let [x, y, module] = drawing.symbol;
    let mut path = PathBuilder::new();
    for &[column, row, length] in &drawing.runs {
        let (left, top) = (x + f32::from(column) * module, y + f32::from(row) * module);
        let run = Rect::from_xywh(left, top, f32::from(length) * module, module);
        path.push_rect(run.expect("a run is not empty"));
    }
    surface.set_fill(Some(fill(0)));
    surface.draw_path(&path.finish().expect("a symbol is a valid path"));
    let [x, y, width, height] = drawing.photo;
    let photo = Image::from_jpeg(drawing.jpeg.clone().into(), true).expect("the photo is a JPEG");
    surface.push_transform(&Transform::from_translate(x, y));
    surface.draw_image(photo, Size::from_wh(width, height).expect("a photo is not empty"));
    surface.pop();
}
