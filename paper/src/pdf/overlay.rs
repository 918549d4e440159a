//! Draws the practice mark over a page.

use pdf_writer::Content;
use ttf_parser::OutlineBuilder;

use super::document::MULTIPLY;
use super::page::{Area, Page};
use super::{millimetres, points, rounded};
use crate::fonts::Weight;
use crate::text::width_of;

/// Rotation of the practice mark, in degrees.
const PRACTICE_TURN: f32 = 30.0;
/// Grey of the practice mark on white paper: seen at once, while the symbol below stays readable.
const PRACTICE_GREY: f32 = 0.82;

impl Page<'_, '_> {
    /// Draws only inside an area.
    fn clipped(&mut self, area: Area, draw: impl FnOnce(&mut Self)) {
        let (x, y) = (self.x(area.x), self.y(area.bottom()));
        self.content
            .save_state()
            .rect(x, y, points(area.width), points(area.height))
            .clip_nonzero()
            .end_path();
        draw(self);
        self.content.restore_state();
    }

    /// Draws 演练 over everything in staggered rows, so that no cut or folded part is without it.
    pub(crate) fn practice_mark(&mut self, area: Area, size: f32) {
        let (across, down) = (millimetres(size) * 2.7, millimetres(size) * 1.5);
        self.artifact(|page| {
            page.clipped(area, |page| {
                let (mut y, mut offset) = (down / 2.0, 0.0);
                while y < area.height + down {
                    let mut x = offset;
                    while x < area.width + across {
                        page.overlay("演练", (area.x + x, area.y + y), size, PRACTICE_TURN, PRACTICE_GREY);
                        x += across;
                    }
                    y += down;
                    offset = across / 2.0 - offset;
                }
            });
        });
    }

    /// Draws words over the page, turned by `degrees` around the point `middle`.
    ///
    /// They are drawn as shapes that darken what lies under them. They cover photo and symbol,
    /// leave both readable, and do not get into copied text.
    fn overlay(&mut self, words: &str, middle: (f32, f32), size: f32, degrees: f32, grey: f32) {
        let line = self.document.typesetter.shape(words, Weight::Bold);
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let place = [cosine, sine, -sine, cosine, self.x(middle.0), self.y(middle.1)];
        self.content.save_state().set_parameters(MULTIPLY).set_fill_gray(grey).transform(place.map(rounded));
        let mut pen = -width_of(&line) * size / 2.0;
        for placed in &line {
            if let Some(face) = self.document.typesetter.faces.faces.get(placed.font) {
                let scale = size / f32::from(face.units_per_em());
                let mut path =
                    Path { content: &mut self.content, scale, x: pen, y: -0.38 * size, last: (0.0, 0.0) };
                let _bounds = face.outline_glyph(placed.glyph, &mut path);
            }
            pen += placed.advance * size / 1000.0;
        }
        self.content.fill_nonzero().restore_state();
    }
}

/// Writes a glyph's outline as path operators.
struct Path<'c> {
    content: &'c mut Content,
    scale: f32,
    x: f32,
    y: f32,
    last: (f32, f32),
}

impl Path<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (rounded(self.x + x * self.scale), rounded(self.y + y * self.scale))
    }
}

impl OutlineBuilder for Path<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.last = (x, y);
        let (x, y) = self.at(x, y);
        self.content.move_to(x, y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.last = (x, y);
        let (x, y) = self.at(x, y);
        self.content.line_to(x, y);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (x0, y0) = self.last;
        let third = |end: f32, control: f32| end + (control - end) * 2.0 / 3.0;
        self.curve_to(third(x0, x1), third(y0, y1), third(x, x1), third(y, y1), x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.last = (x, y);
        let (first, second, end) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.content.cubic_to(first.0, first.1, second.0, second.1, end.0, end.1);
    }
    fn close(&mut self) {
        self.content.close_path();
    }
}
