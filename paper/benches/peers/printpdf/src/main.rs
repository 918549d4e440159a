//! Draws the benchmark's sheet with printpdf, without its layout engine.
//!
//! Fonts are mapped once and kept between files. For each file they are cut to subsets and given to
//! printpdf with the glyph and width of each character.

use std::collections::BTreeMap;

use printpdf::{
    Color, CurTransMat, DictItem, ExternalStream, ExternalXObject, FontId, FontMetrics, FontType, Greyscale,
    LinePoint, Mm, Op, PaintMode, ParsedFont, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Point,
    Polygon, PolygonRing, Pt, Px, TextItem, WindingOrder, XObjectTransform,
};
use shared::{Drawing, FONTS, map, measure, quarter};
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId};

#[path = "../../shared.rs"]
mod shared;

const PAGE_HEIGHT: f32 = 841.89;

/// A font of the page, kept in memory as long as the program runs.
struct Font {
    data: &'static [u8],
    index: u32,
    face: Face<'static>,
}

fn main() {
    measure(open_fonts, write);
}

fn open_fonts() -> Vec<Font> {
    FONTS
        .into_iter()
        .map(|(file, index)| {
            let data: &'static [u8] = Box::leak(Box::new(map(file)));
            Font { data, index, face: Face::parse(data, index).expect("the file is a font") }
        })
        .collect()
}

fn write(fonts: &Vec<Font>, drawings: &[Drawing], per_page: usize) -> Vec<u8> {
    let mut document = PdfDocument::new("离线随申码");
    let ids: Vec<Option<FontId>> = fonts
        .iter()
        .enumerate()
        .map(|(index, font)| Some(document.add_font(&subset(font, index, drawings)?)))
        .collect();
    let pages = drawings
        .chunks(per_page)
        .map(|group| {
            let mut ops = Vec::new();
            for (cell, drawing) in group.iter().enumerate() {
                ops.push(Op::SaveGraphicsState);
                if per_page > 1 {
                    let (x, y) = quarter(cell);
                    let matrix = CurTransMat::Raw([0.5, 0.0, 0.0, 0.5, x, PAGE_HEIGHT / 2.0 - y]);
                    ops.push(Op::SetTransformationMatrix { matrix });
                }
                draw(&mut document, &mut ops, drawing, &ids);
                ops.push(Op::RestoreGraphicsState);
            }
            PdfPage::new(Mm(210.0), Mm(297.0), ops)
        })
        .collect();
    document.with_pages(pages);
    document.save(&PdfSaveOptions { image_optimization: None, ..PdfSaveOptions::default() }, &mut Vec::new())
}

/// Returns the part of a font that these drawings use; `None` if they do not use it.
fn subset(font: &Font, index: usize, drawings: &[Drawing]) -> Option<ParsedFont> {
    let texts = drawings.iter().flat_map(|drawing| &drawing.texts).filter(|text| text.font() == index);
    let mut remapper = GlyphRemapper::new();
    let (mut glyphs, mut widths) = (BTreeMap::new(), BTreeMap::new());
    widths.insert(0, font.face.glyph_hor_advance(GlyphId(0)).unwrap_or(0));
    for character in texts.flat_map(|text| text.text.chars()) {
        let Some(glyph) = font.face.glyph_index(character) else { continue };
        let new = remapper.remap(glyph.0);
        glyphs.insert(u32::from(character), new);
        widths.insert(new, font.face.glyph_hor_advance(glyph).unwrap_or(0));
    }
    if glyphs.is_empty() {
        return None;
    }
    let bytes = subsetter::subset(font.data, font.index, &remapper).expect("the font can be cut to a subset");
    let metrics = FontMetrics { ascent: font.face.ascender(), descent: font.face.descender() };
    let name = Some(format!("Font{index}"));
    let mut parsed =
        ParsedFont::with_glyph_data(bytes, 0, name, glyphs, widths, font.face.units_per_em(), metrics);
    if font.face.tables().cff.is_some() {
        parsed.font_type = FontType::OpenTypeCFF(());
    }
    Some(parsed)
}

fn draw(document: &mut PdfDocument, ops: &mut Vec<Op>, drawing: &Drawing, fonts: &[Option<FontId>]) {
    let grey = |percent: f32| Op::SetFillColor { col: Color::Greyscale(Greyscale::new(percent, None)) };
    ops.push(grey(0.0));
    let bars = drawing.bars.iter().map(|&[x, y, width, height]| ring(x, y, width, height)).collect();
    ops.push(fill(bars));
    ops.push(Op::StartTextSection);
    for text in &drawing.texts {
        let Some(font) = fonts[text.font()].clone() else { continue };
        ops.push(grey(if text.white { 1.0 } else { 0.0 }));
        ops.push(Op::SetFont { font: PdfFontHandle::External(font), size: Pt(text.size) });
        let matrix = printpdf::TextMatrix::Raw([1.0, 0.0, 0.0, 1.0, text.x, PAGE_HEIGHT - text.y]);
        ops.push(Op::SetTextMatrix { matrix });
        ops.push(Op::ShowText { items: vec![TextItem::Text(text.text.clone())] });
    }
    ops.push(Op::EndTextSection);
    ops.push(grey(0.0));
    let [x, y, module] = drawing.symbol;
    let runs = drawing.runs.iter().map(|&[column, row, length]| {
        let (left, top) = (x + f32::from(column) * module, y + f32::from(row) * module);
        ring(left, top, f32::from(length) * module, module)
    });
    ops.push(fill(runs.collect()));
    let [x, y, width, height] = drawing.photo;
    let id = document.add_xobject(&photo(&drawing.jpeg));
    ops.push(Op::SaveGraphicsState);
    let matrix = CurTransMat::Raw([width, 0.0, 0.0, height, x, PAGE_HEIGHT - y - height]);
    ops.push(Op::SetTransformationMatrix { matrix });
    let transform = XObjectTransform {
        scale_x: Some(1.0 / 358.0),
        scale_y: Some(1.0 / 441.0),
        dpi: Some(72.0),
        ..Default::default()
    };
    ops.push(Op::UseXobject { id, transform });
    ops.push(Op::RestoreGraphicsState);
}

fn fill(rings: Vec<PolygonRing>) -> Op {
    Op::DrawPolygon {
        polygon: Polygon { rings, mode: PaintMode::Fill, winding_order: WindingOrder::NonZero },
    }
}

fn ring(x: f32, y: f32, width: f32, height: f32) -> PolygonRing {
    let corner = |x: f32, y: f32| LinePoint { p: Point { x: Pt(x), y: Pt(PAGE_HEIGHT - y) }, bezier: false };
    PolygonRing {
        points: vec![
            corner(x, y),
            corner(x + width, y),
            corner(x + width, y + height),
            corner(x, y + height),
        ],
    }
}

/// Returns the JPEG as an image object, unchanged.
fn photo(jpeg: &[u8]) -> ExternalXObject {
    let name = |name: &str| DictItem::Name(name.as_bytes().to_vec());
    let dict = BTreeMap::from([
        ("Type".to_owned(), name("XObject")),
        ("Subtype".to_owned(), name("Image")),
        ("Width".to_owned(), DictItem::Int(358)),
        ("Height".to_owned(), DictItem::Int(441)),
        ("ColorSpace".to_owned(), name("DeviceRGB")),
        ("BitsPerComponent".to_owned(), DictItem::Int(8)),
        ("Filter".to_owned(), name("DCTDecode")),
    ]);
    let stream = ExternalStream { dict, content: jpeg.to_vec(), compress: false };
    ExternalXObject { stream, width: Some(Px(358)), height: Some(Px(441)), dpi: Some(72.0) }
}
