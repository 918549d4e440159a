//! Draws the benchmark's sheet with printpdf as its documentation shows, without its layout engine.
//!
//! Fonts are mapped once and kept between files. For each file they are cut to subsets and given to
//! printpdf with the glyph and width of each character. Pieces are marked for tags; printpdf has no
//! structure tree. Streams are compressed at the levels that `paper` uses, not at printpdf's own.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use printpdf::{
    Color, CurTransMat, DictItem, ExternalStream, ExternalXObject, FontId, FontMetrics, FontType, Greyscale,
    LinePoint, Mm, Op, PaintMode, ParsedFont, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Point,
    Polygon, PolygonRing, Pt, TextItem, WindingOrder, XObjectTransform,
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
    let mut document = document.to_lopdf_document(&PdfSaveOptions::default(), &mut Vec::new());
    for object in document.objects.values_mut() {
        let lopdf::Object::Stream(stream) = object else { continue };
        if !stream.dict.has(b"Filter") {
            let level = if stream.dict.has(b"Length1") || stream.dict.has(b"Subtype") { 1 } else { 3 };
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
            encoder.write_all(&stream.content).expect("a vector can be written");
            stream.dict.set("Filter", "FlateDecode");
            stream.set_content(encoder.finish().expect("a vector can be written"));
        }
    }
    let mut file = Vec::new();
    document.save_to(&mut file).expect("a vector can be written");
    file
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

/// Marks a piece for tags.
fn tagged(ops: &mut Vec<Op>, tag: &str, id: &mut i64, draw: impl FnOnce(&mut Vec<Op>)) {
    let map = BTreeMap::from([("MCID".to_owned(), DictItem::Int(*id))]);
    *id += 1;
    let properties = DictItem::Dict { map };
    ops.push(Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties });
    draw(ops);
    ops.push(Op::EndMarkedContent);
}

fn draw(document: &mut PdfDocument, ops: &mut Vec<Op>, drawing: &Drawing, fonts: &[Option<FontId>]) {
    let mut id = 0;
    let grey = |percent: f32| Op::SetFillColor { col: Color::Greyscale(Greyscale::new(percent, None)) };
    ops.push(Op::BeginMarkedContent { tag: "Artifact".to_owned() });
    ops.push(grey(0.0));
    let rings = drawing.bars.iter().map(|&[x, y, width, height]| ring(x, y, width, height)).collect();
    let polygon = Polygon { rings, mode: PaintMode::Fill, winding_order: WindingOrder::NonZero };
    ops.push(Op::DrawPolygon { polygon });
    ops.push(Op::EndMarkedContent);
    for text in &drawing.texts {
        let Some(font) = fonts[text.font()].clone() else { continue };
        tagged(ops, "P", &mut id, |ops| {
            ops.push(Op::StartTextSection);
            ops.push(grey(if text.white { 1.0 } else { 0.0 }));
            ops.push(Op::SetFont { font: PdfFontHandle::External(font), size: Pt(text.size) });
            let matrix = printpdf::TextMatrix::Raw([1.0, 0.0, 0.0, 1.0, text.x, PAGE_HEIGHT - text.y]);
            ops.push(Op::SetTextMatrix { matrix });
            ops.push(Op::ShowText { items: vec![TextItem::Text(text.text.clone())] });
            ops.push(Op::EndTextSection);
        });
    }
    tagged(ops, "Figure", &mut id, |ops| {
        let [x, y, module] = drawing.symbol;
        ops.push(grey(0.0));
        show(document, ops, symbol(drawing), [module, 0.0, 0.0, -module, x, PAGE_HEIGHT - y]);
    });
    tagged(ops, "Figure", &mut id, |ops| {
        let [x, y, width, height] = drawing.photo;
        show(document, ops, photo(&drawing.jpeg), [width, 0.0, 0.0, height, x, PAGE_HEIGHT - y - height]);
    });
}

fn show(document: &mut PdfDocument, ops: &mut Vec<Op>, object: ExternalXObject, matrix: [f32; 6]) {
    let id = document.add_xobject(&object);
    let transform = XObjectTransform { no_auto_scale: true, ..Default::default() };
    ops.push(Op::SaveGraphicsState);
    ops.push(Op::SetTransformationMatrix { matrix: CurTransMat::Raw(matrix) });
    ops.push(Op::UseXobject { id, transform });
    ops.push(Op::RestoreGraphicsState);
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

fn name(name: &str) -> DictItem {
    DictItem::Name(name.as_bytes().to_vec())
}

fn object<const N: usize>(entries: [(&str, DictItem); N], content: Vec<u8>) -> ExternalXObject {
    let dict = entries.map(|(key, value)| (key.to_owned(), value)).into();
    let stream = ExternalStream { dict, content, compress: true };
    ExternalXObject { stream, width: None, height: None, dpi: None }
}

/// Returns the symbol as a form object in units of a module.
fn symbol(drawing: &Drawing) -> ExternalXObject {
    let mut path = String::new();
    for outline in &drawing.outlines {
        for (index, [column, row]) in outline.iter().enumerate() {
            let operator = if index == 0 { 'm' } else { 'l' };
            path.push_str(&format!("{column} {row} {operator}\n"));
        }
    }
    path.push_str("f*");
    let side = drawing.outlines.iter().flatten().flatten().max().copied().unwrap_or(0);
    let side = DictItem::Int(i64::from(side));
    let bounds = DictItem::Array(vec![DictItem::Int(0), DictItem::Int(0), side.clone(), side]);
    object([("Type", name("XObject")), ("Subtype", name("Form")), ("BBox", bounds)], path.into_bytes())
}

/// Returns the JPEG as an image object, unchanged.
fn photo(jpeg: &[u8]) -> ExternalXObject {
    let entries = [
        ("Type", name("XObject")),
        ("Subtype", name("Image")),
        ("Width", DictItem::Int(358)),
        ("Height", DictItem::Int(441)),
        ("ColorSpace", name("DeviceRGB")),
        ("BitsPerComponent", DictItem::Int(8)),
        ("Filter", name("DCTDecode")),
    ];
    object(entries, jpeg.to_vec())
}
