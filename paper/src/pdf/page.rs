//! Draws on a page. Positions are millimetres from the top left corner of the drawing area, type
//! sizes are points.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Object, ObjectId, Stream, dictionary, text_string};
use printpdf::{
    Codepoint, Color, CurTransMat, DictItem, FontId, Greyscale, Line, LineDashPattern, LinePoint, Op,
    PaintMode, PdfFontHandle, Point, Pt, Rect, TextItem, TextMatrix, TextRenderingMode, XObjectId,
    XObjectTransform,
};

use super::document::{CONTENT_COMPRESSION, Document};
use super::file::compressed;
use super::font::font_name;
use super::tags::{Picture, Role};
use super::translate::content_stream;
use super::{Photo, millimetres, points, rounded};
use crate::code::{QUIET_ZONE_MODULES, Symbol};
use crate::error::PaperError;
use crate::fonts::Weight;
use crate::text::{Placed, width_of};

/// Width, in ems, of the outline that thickens a fallback font for bold text.
const THICKEN_EM: f32 = 0.036;

/// Appearance of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    /// Type size in points.
    pub(crate) size: f32,
    pub(crate) weight: Weight,
    /// Grey value from 0 (black) to 1 (white).
    pub(crate) grey: f32,
}

impl Style {
    pub(crate) const fn regular(size: f32) -> Self {
        Self { size, weight: Weight::Regular, grey: 0.0 }
    }

    pub(crate) const fn bold(size: f32) -> Self {
        Self { size, weight: Weight::Bold, grey: 0.0 }
    }

    pub(crate) const fn white(self) -> Self {
        Self { grey: 1.0, ..self }
    }

    /// Returns the baseline, in millimetres, that centres a line of Han characters in the `height`
    /// that begins at `top`.
    ///
    /// Their ink reaches from 0.08 em below the baseline to 0.84 em above it.
    pub(crate) fn centred(&self, top: f32, height: f32) -> f32 {
        top + height / 2.0 + millimetres(self.size) * 0.38
    }
}

/// A rectangle in millimetres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

impl Area {
    pub(crate) const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    pub(crate) fn right(&self) -> f32 {
        self.x + self.width
    }

    pub(crate) fn bottom(&self) -> f32 {
        self.y + self.height
    }
}

/// A page while it is being drawn.
pub(crate) struct Page<'d, 'f> {
    pub(crate) document: &'d mut Document<'f>,
    pub(super) ops: Vec<Op>,
    /// Pictures and drawings that the page shows.
    pub(super) objects: Vec<ObjectId>,
    /// Width and height, in millimetres.
    pub(super) size: (f32, f32),
    origin: (f32, f32),
    /// Whether the current text is already spelt out as a whole for copying. Such spans must not be
    /// nested, because readers would forget the outer one.
    spelt_out: bool,
}

impl<'f> Document<'f> {
    /// Draws a page of the given size in millimetres and writes it.
    pub(crate) fn page(
        &mut self,
        width: f32,
        height: f32,
        draw: impl FnOnce(&mut Page<'_, 'f>),
    ) -> Result<(), PaperError> {
        let mut page = Page::new(self, (width, height));
        draw(&mut page);
        let Page { ops, objects, .. } = page;

        let content = self.file.add(compressed(content_stream(ops), CONTENT_COMPRESSION));
        let id = self.file.reserve();
        let number = self.tags.finish_page(&mut self.file, id);
        let drawings =
            objects.iter().enumerate().map(|(index, &id)| (object_name(index), Object::Reference(id)));
        self.file.write(
            id,
            dictionary! {
                "Type" => "Page",
                "Parent" => self.page_tree,
                "MediaBox" => vec![0.into(), 0.into(), points(width).into(), points(height).into()],
                "Contents" => content,
                "StructParents" => number,
                // The order of the structure tree, although no page has anything to tab through.
                "Tabs" => "S",
                "Resources" => dictionary! {
                    "Font" => self.font_names,
                    "ExtGState" => self.graphics_states,
                    "XObject" => drawings.collect::<Dictionary>(),
                },
            },
        );
        self.pages.push(id);
        self.file.check().map_err(PaperError::Write)
    }
}

impl<'d, 'f> Page<'d, 'f> {
    pub(super) fn new(document: &'d mut Document<'f>, size: (f32, f32)) -> Self {
        Self {
            document,
            ops: Vec::with_capacity(256),
            objects: Vec::new(),
            size,
            origin: (0.0, 0.0),
            spelt_out: false,
        }
    }

    /// Moves the corner that positions are counted from.
    pub(crate) fn set_origin(&mut self, x: f32, y: f32) {
        self.origin = (x, y);
    }

    pub(super) fn x(&self, x: f32) -> f32 {
        points(self.origin.0 + x)
    }

    pub(super) fn y(&self, y: f32) -> f32 {
        points(self.size.1 - self.origin.1 - y)
    }

    /// Draws a piece of the page and tags it with its role.
    pub(crate) fn tagged(&mut self, role: Role, draw: impl FnOnce(&mut Self)) {
        self.marked(role, None, draw);
    }

    /// Draws a picture into an area and tags it with an alternative text.
    pub(crate) fn figure(&mut self, words: &'static str, area: Area, draw: impl FnOnce(&mut Self)) {
        let corners = [self.x(area.x), self.y(area.bottom()), self.x(area.right()), self.y(area.y)];
        self.marked(Role::Figure, Some((words, corners)), draw);
    }

    fn marked(&mut self, role: Role, picture: Option<Picture>, draw: impl FnOnce(&mut Self)) {
        self.document.tags.open(role, picture);
        let id = self.document.tags.content();
        self.begin(role.name(), "MCID", DictItem::Int(id));
        draw(self);
        self.ops.push(Op::EndMarkedContent);
        self.document.tags.close();
    }

    /// Begins marked content with one property.
    fn begin(&mut self, tag: &str, key: &str, value: DictItem) {
        let properties = DictItem::Dict { map: BTreeMap::from([(key.to_owned(), value)]) };
        self.ops.push(Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties });
    }

    /// Begins a piece that is copied as `text`.
    fn begin_spelt_out(&mut self, text: &str) {
        self.begin("Span", "ActualText", DictItem::from_lopdf(&text_string(text)));
    }

    /// Groups tagged pieces, such as rows into a table.
    pub(crate) fn group(&mut self, role: Role, draw: impl FnOnce(&mut Self)) {
        self.document.tags.open(role, None);
        draw(self);
        self.document.tags.close();
    }

    /// Draws decoration without a role: lines, boxes, the practice mark.
    pub(crate) fn artifact(&mut self, draw: impl FnOnce(&mut Self)) {
        self.ops.push(Op::BeginMarkedContent { tag: "Artifact".to_owned() });
        draw(self);
        self.ops.push(Op::EndMarkedContent);
    }

    /// Sets one line that starts at `x`, and returns its width in millimetres.
    pub(crate) fn text(&mut self, x: f32, baseline: f32, text: &str, style: Style) -> f32 {
        let line = self.document.typesetter.shape(text, style.weight);
        self.show_line(x, baseline, &line, style);
        millimetres(width_of(&line) * style.size)
    }

    /// Sets one line that ends at `right`.
    pub(crate) fn text_right(&mut self, right: f32, baseline: f32, text: &str, style: Style) {
        let line = self.document.typesetter.shape(text, style.weight);
        self.show_line(right - millimetres(width_of(&line) * style.size), baseline, &line, style);
    }

    /// Sets one line centred on `middle`.
    pub(crate) fn text_centred(&mut self, middle: f32, baseline: f32, text: &str, style: Style) {
        let line = self.document.typesetter.shape(text, style.weight);
        self.show_line(middle - millimetres(width_of(&line) * style.size) / 2.0, baseline, &line, style);
    }

    /// Sets several lines that are one text and are copied as one.
    pub(crate) fn broken_text(&mut self, x: f32, baseline: f32, leading: f32, lines: &[&str], style: Style) {
        let whole: String = lines.concat();
        let broken = lines.len() > 1;
        if broken {
            self.begin_spelt_out(&whole);
            self.spelt_out = true;
        }
        let mut line_baseline = baseline;
        for line in lines {
            self.text(x, line_baseline, line, style);
            line_baseline += leading;
        }
        if broken {
            self.spelt_out = false;
            self.ops.push(Op::EndMarkedContent);
        }
    }

    fn show_line(&mut self, x: f32, baseline: f32, line: &[Placed], style: Style) {
        let place = [1.0, 0.0, 0.0, 1.0, self.x(x), self.y(baseline)];
        self.ops.push(Op::StartTextSection);
        self.set_fill(style.grey);
        self.ops.push(Op::SetTextMatrix { matrix: TextMatrix::Raw(place) });
        let mut font = None;
        let mut run = Vec::new();
        for placed in line {
            if font != Some((placed.font, placed.thicken)) {
                self.show_glyphs(&mut run);
                font = Some((placed.font, placed.thicken));
                self.set_font(placed, style);
            }
            let shown = self.document.take(placed);
            let spelt_out = shown.ambiguous && !self.spelt_out;
            if spelt_out {
                self.show_glyphs(&mut run);
                let meant: String = std::iter::once(placed.character).chain(placed.selector).collect();
                self.begin_spelt_out(&meant);
            }
            run.push(Codepoint::new(shown.cid, 0.0));
            if spelt_out {
                self.show_glyphs(&mut run);
                self.ops.push(Op::EndMarkedContent);
            }
        }
        self.show_glyphs(&mut run);
        self.ops.push(Op::EndTextSection);
    }

    /// Shows the glyphs collected in `run`, which are of one font.
    fn show_glyphs(&mut self, run: &mut Vec<Codepoint>) {
        if !run.is_empty() {
            self.ops.push(Op::ShowText { items: vec![TextItem::GlyphIds(std::mem::take(run))] });
        }
    }

    fn set_font(&mut self, placed: &Placed, style: Style) {
        let font = PdfFontHandle::External(FontId(font_name(placed.font)));
        self.ops.push(Op::SetFont { font, size: Pt(style.size) });
        let mode = if placed.thicken {
            self.set_stroke(style.grey, rounded(style.size * THICKEN_EM));
            TextRenderingMode::FillStroke
        } else {
            TextRenderingMode::Fill
        };
        self.ops.push(Op::SetTextRenderingMode { mode });
    }

    pub(super) fn set_fill(&mut self, grey: f32) {
        self.ops.push(Op::SetFillColor { col: Color::Greyscale(Greyscale::new(grey, None)) });
    }

    /// Sets grey value and thickness of lines. The thickness is in points.
    fn set_stroke(&mut self, grey: f32, thickness: f32) {
        self.ops.push(Op::SetOutlineColor { col: Color::Greyscale(Greyscale::new(grey, None)) });
        self.ops.push(Op::SetOutlineThickness { pt: Pt(thickness) });
    }

    pub(super) fn rectangle(&mut self, area: Area, mode: PaintMode) {
        let (x, y) = (self.x(area.x), self.y(area.bottom()));
        let mut rectangle = Rect::from_xywh(Pt(x), Pt(y), Pt(points(area.width)), Pt(points(area.height)));
        rectangle.mode = Some(mode);
        self.ops.push(Op::DrawRectangle { rectangle });
    }

    /// Fills a rectangle with a grey value.
    pub(crate) fn fill(&mut self, area: Area, grey: f32) {
        self.set_fill(grey);
        self.rectangle(area, PaintMode::Fill);
    }

    /// Draws the outline of a rectangle, `line` millimetres thick.
    pub(crate) fn outline(&mut self, area: Area, line: f32) {
        self.set_stroke(0.0, points(line));
        self.ops.push(Op::SetLineDashPattern { dash: LineDashPattern::default() });
        self.rectangle(area, PaintMode::Stroke);
    }

    /// Draws a straight line, `line` millimetres thick, with dashes of `dash` millimetres if given.
    pub(crate) fn rule(&mut self, from: (f32, f32), to: (f32, f32), line: f32, dash: Option<f32>) {
        let ends = [from, to].map(|(x, y)| {
            let p = Point { x: Pt(self.x(x)), y: Pt(self.y(y)) };
            LinePoint { p, bezier: false }
        });
        self.set_stroke(0.0, points(line));
        let pattern = dash.map(points).into_iter().collect();
        self.ops.push(Op::SetLineDashPattern { dash: LineDashPattern { offset: 0.0, pattern } });
        self.ops.push(Op::DrawLine { line: Line { points: ends.into(), is_closed: false } });
    }

    /// Draws a symbol so that it fills a square with its quiet zone. The square is
    /// painted white first.
    pub(crate) fn symbol(&mut self, symbol: &Symbol, x: f32, y: f32, square: f32) {
        let module = symbol.module_mm(square);
        let quiet = module * QUIET_ZONE_MODULES as f32;
        self.fill(Area::new(x, y, square, square), 1.0);
        self.set_fill(0.0);
        let side = symbol.side as f32;
        let symbol = self.document.add(drawing(symbol.path(), [0.0, 0.0, side, side]));
        let step = points(module);
        self.show(symbol, [step, 0.0, 0.0, -step, self.x(x + quiet), self.y(y + quiet)]);
    }

    /// Draws a photo into a box: whole, undistorted and centred.
    pub(crate) fn photo(&mut self, photo: Photo<'_>, area: Area) {
        let (width, height) = (f32::from(photo.width), f32::from(photo.height));
        let scale = (area.width / width).min(area.height / height);
        let (width, height) = (width * scale, height * scale);
        let left = self.x(area.x + (area.width - width) / 2.0);
        let bottom = self.y(area.y + (area.height + height) / 2.0);
        let photo = self.document.add(photo.object());
        self.show(photo, [points(width), 0.0, 0.0, points(height), left, bottom]);
    }

    /// Shows a picture or drawing of the document, transformed by `matrix`.
    pub(super) fn show(&mut self, object: ObjectId, matrix: [f32; 6]) {
        let index = self.objects.iter().position(|&own| own == object).unwrap_or(self.objects.len());
        if index == self.objects.len() {
            self.objects.push(object);
        }
        let transform = XObjectTransform { no_auto_scale: true, ..XObjectTransform::default() };
        self.ops.push(Op::SaveGraphicsState);
        self.ops.push(Op::SetTransformationMatrix { matrix: CurTransMat::Raw(matrix) });
        self.ops.push(Op::UseXobject { id: XObjectId(object_name(index)), transform });
        self.ops.push(Op::RestoreGraphicsState);
    }
}

/// Returns path operators as a drawing that pages can show. `bounds` are its corners.
pub(super) fn drawing(path: Vec<u8>, bounds: [f32; 4]) -> Stream {
    let bounds: Vec<Object> = bounds.into_iter().map(Object::Real).collect();
    Stream::new(dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => bounds }, path)
}

/// Returns the name under which a page shows its drawing number `index`.
fn object_name(index: usize) -> String {
    format!("X{index}")
}
