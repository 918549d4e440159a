//! Draws the benchmark's sheet with krilla, tagged. Fonts are mapped once and kept between files,
//! as its documentation advises. krilla compresses at level 6 and offers no other.

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
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag, Tag, TagGroup, TagKind, TagTree};
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
    let mut tags = TagTree::new();
    for group in drawings.chunks(per_page) {
        let size = PageSettings::from_wh(595.276, 841.89).expect("A4 is a valid page size");
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for (cell, drawing) in group.iter().enumerate() {
            if per_page > 1 {
                let (x, y) = quarter(cell);
                surface.push_transform(&Transform::from_row(0.5, 0.0, 0.0, 0.5, x, y));
            }
            draw(&mut surface, drawing, fonts, &mut tags);
            if per_page > 1 {
                surface.pop();
            }
        }
        surface.finish();
        page.finish();
    }
    document.set_tag_tree(tags);
    document.finish().expect("krilla can write the document")
}

/// Draws a piece and tags it.
fn tagged(
    surface: &mut Surface<'_>,
    tags: &mut TagTree,
    (content, tag): (ContentTag<'_>, impl Into<TagKind>),
    draw: impl FnOnce(&mut Surface<'_>),
) {
    let id = surface.start_tagged(content);
    draw(surface);
    surface.end_tagged();
    tags.push(TagGroup::with_children(tag, vec![id.into()]));
}

fn figure(words: &str) -> (ContentTag<'static>, TagKind) {
    (ContentTag::Other, Tag::Figure(Some(words.to_owned())).into())
}

fn draw(surface: &mut Surface<'_>, drawing: &Drawing, fonts: &[Font], tags: &mut TagTree) {
    let fill = |grey: u8, rule: FillRule| Fill {
        paint: rgb::Color::new(grey, grey, grey).into(),
        opacity: NormalizedF32::ONE,
        rule,
    };
    surface.start_tagged(ContentTag::Artifact(Artifact::new(ArtifactType::Layout, None)));
    surface.set_fill(Some(fill(0, FillRule::NonZero)));
    for &[x, y, width, height] in &drawing.bars {
        let mut path = PathBuilder::new();
        path.push_rect(Rect::from_xywh(x, y, width, height).expect("a bar is not empty"));
        surface.draw_path(&path.finish().expect("a bar is a valid path"));
    }
    surface.end_tagged();
    for text in &drawing.texts {
        tagged(surface, tags, (ContentTag::Span(SpanTag::empty()), Tag::P), |surface| {
            surface.set_fill(Some(fill(if text.white { 255 } else { 0 }, FillRule::NonZero)));
            let place = Point::from_xy(text.x, text.y);
            let font = fonts[text.font()].clone();
            surface.draw_text(place, font, text.size, &text.text, false, TextDirection::LeftToRight);
        });
    }
    tagged(surface, tags, figure("离线随申码二维码"), |surface| {
        let [x, y, module] = drawing.symbol;
        let mut path = PathBuilder::new();
        for outline in &drawing.outlines {
            for (index, &[column, row]) in outline.iter().enumerate() {
                let corner = (x + f32::from(column) * module, y + f32::from(row) * module);
                if index == 0 { path.move_to(corner.0, corner.1) } else { path.line_to(corner.0, corner.1) }
            }
            path.close();
        }
        surface.set_fill(Some(fill(0, FillRule::EvenOdd)));
        surface.draw_path(&path.finish().expect("a symbol is a valid path"));
    });
    tagged(surface, tags, figure("本人照片"), |surface| {
        let [x, y, width, height] = drawing.photo;
        let photo = Image::from_jpeg(drawing.jpeg.clone().into(), true).expect("the photo is a JPEG");
        surface.push_transform(&Transform::from_translate(x, y));
        surface.draw_image(photo, Size::from_wh(width, height).expect("a photo is not empty"));
        surface.pop();
    });
}
