//! Draws on a page. Positions are millimetres from the top left corner of the drawing area, type
//! sizes are points.

use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Filter, Name, Rect, Ref, Str, TextStr};

use super::document::{Document, MULTIPLY};
use super::tags::Role;
use super::{Photo, deflated, millimetres, points, rounded};
use crate::code::Symbol;
use crate::fonts::Weight;
use crate::text::{Placed, width_of};

/// The symbol's outline makes up most of a page. Higher levels gain a few per cent for
/// twice the time.
const CONTENT_COMPRESSION: u32 = 3;
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
    pub(super) content: Content,
    pub(super) photos: Vec<Ref>,
    /// Width and height, in millimetres.
    pub(super) size: (f32, f32),
    origin: (f32, f32),
    /// Whether the current text is already spelt out as a whole for copying. Such spans must not be
    /// nested, because readers would forget the outer one.
    spelt_out: bool,
}

impl<'f> Document<'f> {
    /// Draws a page of the given size in millimetres.
    pub(crate) fn page(&mut self, width: f32, height: f32, draw: impl FnOnce(&mut Page<'_, 'f>)) {
        self.tags.page();
        let index = i32::try_from(self.pages.len()).unwrap_or(i32::MAX);
        let mut page = Page::new(self, (width, height));
        draw(&mut page);
        let Page { content, photos, .. } = page;

        let (id, stream) = (self.next.bump(), self.next.bump());
        self.pages.push(id);
        let data = deflated(&content.finish(), CONTENT_COMPRESSION);
        self.pdf.stream(stream, &data).filter(Filter::FlateDecode);
        let mut page = self.pdf.page(id);
        page.parent(self.page_tree).contents(stream).struct_parents(index);
        page.media_box(Rect::new(0.0, 0.0, points(width), points(height)));
        let mut resources = page.resources();
        resources.pair(Name(b"Font"), self.font_resources);
        resources.ext_g_states().pair(MULTIPLY, self.multiply);
        let mut images = resources.x_objects();
        for (index, &photo) in photos.iter().enumerate() {
            images.pair(Name(format!("P{index}").as_bytes()), photo);
        }
    }
}

impl<'d, 'f> Page<'d, 'f> {
    pub(super) fn new(document: &'d mut Document<'f>, size: (f32, f32)) -> Self {
        Self {
            document,
            content: Content::with_capacity(8192),
            photos: Vec::new(),
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

    /// Draws a picture and tags it with an alternative text.
    pub(crate) fn figure(&mut self, words: &'static str, draw: impl FnOnce(&mut Self)) {
        self.marked(Role::Figure, Some(words), draw);
    }

    fn marked(&mut self, role: Role, words: Option<&'static str>, draw: impl FnOnce(&mut Self)) {
        self.document.tags.open(role, words);
        let id = self.document.tags.content();
        let name = role.name();
        self.content.begin_marked_content_with_properties(name).properties().identify(id);
        draw(self);
        self.content.end_marked_content();
        self.document.tags.close();
    }

    /// Groups tagged pieces, such as rows into a table.
    pub(crate) fn group(&mut self, role: Role, draw: impl FnOnce(&mut Self)) {
        self.document.tags.open(role, None);
        draw(self);
        self.document.tags.close();
    }

    /// Draws decoration without a role: lines, boxes, the practice mark.
    pub(crate) fn artifact(&mut self, draw: impl FnOnce(&mut Self)) {
        self.content.begin_marked_content(Name(b"Artifact"));
        draw(self);
        self.content.end_marked_content();
    }

    /// Sets one line that starts at `x`, and returns its width in millimetres.
    pub(crate) fn text(&mut self, x: f32, baseline: f32, text: &str, style: Style) -> f32 {
        let line = self.document.typesetter.shape(text, style.weight);
        self.show(x, baseline, &line, style);
        millimetres(width_of(&line) * style.size)
    }

    /// Sets one line that ends at `right`.
    pub(crate) fn text_right(&mut self, right: f32, baseline: f32, text: &str, style: Style) {
        let line = self.document.typesetter.shape(text, style.weight);
        self.show(right - millimetres(width_of(&line) * style.size), baseline, &line, style);
    }

    /// Sets one line centred on `middle`.
    pub(crate) fn text_centred(&mut self, middle: f32, baseline: f32, text: &str, style: Style) {
        let line = self.document.typesetter.shape(text, style.weight);
        self.show(middle - millimetres(width_of(&line) * style.size) / 2.0, baseline, &line, style);
    }

    /// Sets several lines that are one text and are copied as one.
    pub(crate) fn broken_text(&mut self, x: f32, baseline: f32, leading: f32, lines: &[&str], style: Style) {
        let whole: String = lines.concat();
        let broken = lines.len() > 1;
        if broken {
            let mut span = self.content.begin_marked_content_with_properties(Name(b"Span"));
            span.properties().actual_text(TextStr(&whole));
            drop(span);
            self.spelt_out = true;
        }
        let mut line_baseline = baseline;
        for line in lines {
            self.text(x, line_baseline, line, style);
            line_baseline += leading;
        }
        if broken {
            self.spelt_out = false;
            self.content.end_marked_content();
        }
    }

    fn show(&mut self, x: f32, baseline: f32, line: &[Placed], style: Style) {
        let place = [1.0, 0.0, 0.0, 1.0, self.x(x), self.y(baseline)];
        self.content.begin_text();
        self.content.set_fill_gray(style.grey);
        self.content.set_text_matrix(place);
        let mut run = Run::default();
        for placed in line {
            if run.font != Some((placed.font, placed.thicken)) {
                run.flush(&mut self.content);
                run.font = Some((placed.font, placed.thicken));
                self.set_font(placed, style);
            }
            let shown = self.document.take(placed);
            if shown.ambiguous && !self.spelt_out {
                run.flush(&mut self.content);
                let meant: String = std::iter::once(placed.character).chain(placed.selector).collect();
                let mut span = self.content.begin_marked_content_with_properties(Name(b"Span"));
                span.properties().actual_text(TextStr(&meant));
                drop(span);
                self.content.show(Str(&shown.cid.to_be_bytes()));
                self.content.end_marked_content();
            } else {
                run.codes.extend(shown.cid.to_be_bytes());
            }
        }
        run.flush(&mut self.content);
        self.content.end_text();
    }

    fn set_font(&mut self, placed: &Placed, style: Style) {
        let name = format!("F{}", placed.font);
        self.content.set_font(Name(name.as_bytes()), style.size);
        if placed.thicken {
            self.content.set_stroke_gray(style.grey);
            self.content.set_line_width(rounded(style.size * THICKEN_EM));
            self.content.set_text_rendering_mode(TextRenderingMode::FillStroke);
        } else {
            self.content.set_text_rendering_mode(TextRenderingMode::Fill);
        }
    }

    /// Fills a rectangle with a grey value.
    pub(crate) fn fill(&mut self, area: Area, grey: f32) {
        let (x, y) = (self.x(area.x), self.y(area.bottom()));
        self.content.set_fill_gray(grey);
        self.content.rect(x, y, points(area.width), points(area.height)).fill_nonzero();
    }

    /// Draws the outline of a rectangle, `line` millimetres thick.
    pub(crate) fn outline(&mut self, area: Area, line: f32) {
        let (x, y) = (self.x(area.x), self.y(area.bottom()));
        self.content.set_stroke_gray(0.0).set_line_width(points(line)).set_dash_pattern([], 0.0);
        self.content.rect(x, y, points(area.width), points(area.height)).stroke();
    }

    /// Draws a straight line, `line` millimetres thick, with dashes of `dash` millimetres if given.
    pub(crate) fn rule(&mut self, from: (f32, f32), to: (f32, f32), line: f32, dash: Option<f32>) {
        let (from, to) = ((self.x(from.0), self.y(from.1)), (self.x(to.0), self.y(to.1)));
        self.content.set_stroke_gray(0.0).set_line_width(points(line));
        self.content.set_dash_pattern(dash.map(points), 0.0);
        self.content.move_to(from.0, from.1).line_to(to.0, to.1).stroke();
    }

    /// Draws a symbol so that it fills a square with its quiet zone. The square is
    /// painted white first.
    pub(crate) fn symbol(&mut self, symbol: &Symbol, x: f32, y: f32, square: f32) {
        let module = symbol.module_mm(square);
        let quiet = module * 4.0;
        self.fill(Area::new(x, y, square, square), 1.0);
        let step = points(module);
        let place = [step, 0.0, 0.0, -step, self.x(x + quiet), self.y(y + quiet)];
        self.content.save_state().set_fill_gray(0.0).transform(place);
        for outline in symbol.outlines() {
            let mut corners = outline.into_iter().map(|(x, y)| (f32::from(x), f32::from(y)));
            if let Some((x, y)) = corners.next() {
                self.content.move_to(x, y);
            }
            for (x, y) in corners {
                self.content.line_to(x, y);
            }
            self.content.close_path();
        }
        self.content.fill_even_odd().restore_state();
    }

    /// Draws a photo into a box: whole, undistorted and centred.
    pub(crate) fn photo(&mut self, photo: Photo<'_>, area: Area) {
        let (width, height) = (f32::from(photo.width), f32::from(photo.height));
        let scale = (area.width / width).min(area.height / height);
        let (width, height) = (width * scale, height * scale);
        let left = self.x(area.x + (area.width - width) / 2.0);
        let bottom = self.y(area.y + (area.height + height) / 2.0);
        let name = format!("P{}", self.photos.len());
        let id = self.document.photo(photo);
        self.photos.push(id);
        self.content.save_state().transform([points(width), 0.0, 0.0, points(height), left, bottom]);
        self.content.x_object(Name(name.as_bytes())).restore_state();
    }
}

/// Glyphs of one font that are shown together.
#[derive(Default)]
struct Run {
    font: Option<(usize, bool)>,
    codes: Vec<u8>,
}

impl Run {
    fn flush(&mut self, content: &mut Content) {
        if !self.codes.is_empty() {
            content.show(Str(&self.codes));
            self.codes.clear();
        }
    }
}
