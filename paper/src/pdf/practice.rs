//! Draws the practice mark over a page.

use std::fmt::Write;

use lopdf::ObjectId;
use printpdf::{ExtendedGraphicsStateId, Op, PaintMode};
use skrifa::outline::OutlinePen;

use super::document::{Document, MULTIPLY};
use super::page::{Area, Page, drawing};
use super::{millimetres, rounded};
use crate::fonts::Weight;
use crate::text::width_of;

const WORDS: &str = "演练";
/// Rotation of the practice mark, in degrees.
const TURN: f32 = 30.0;
/// Grey of the practice mark on white paper: seen at once, while the symbol below stays readable.
const GREY: f32 = 0.82;

impl Page<'_, '_> {
    /// Draws 演练 over everything in staggered rows, so that no cut or folded part is without it.
    ///
    /// The words are shapes that darken what lies under them. They cover photo and symbol, leave
    /// both readable, and do not get into copied text.
    pub(crate) fn practice_mark(&mut self, area: Area, size: f32) {
        let mark = self.document.practice_mark(size);
        let (across, down) = (millimetres(size) * 2.7, millimetres(size) * 1.5);
        let (sine, cosine) = TURN.to_radians().sin_cos();
        self.artifact(|page| {
            page.ops.push(Op::SaveGraphicsState);
            page.rectangle(area, PaintMode::Clip);
            page.ops.push(Op::LoadGraphicsState { gs: ExtendedGraphicsStateId(MULTIPLY.to_owned()) });
            page.set_fill(GREY);
            let (mut y, mut offset) = (down / 2.0, 0.0);
            while y < area.height + down {
                let mut x = offset;
                while x < area.width + across {
                    let middle = (page.x(area.x + x), page.y(area.y + y));
                    page.show(mark, [cosine, sine, -sine, cosine, middle.0, middle.1].map(rounded));
                    x += across;
                }
                y += down;
                offset = across / 2.0 - offset;
            }
            page.ops.push(Op::RestoreGraphicsState);
        });
    }
}

impl Document<'_> {
    /// Returns the drawing of the mark, around (0, 0). It is written once for all pages.
    fn practice_mark(&mut self, size: f32) -> ObjectId {
        if let Some((own, id)) = self.practice_mark
            && own.to_bits() == size.to_bits()
        {
            return id;
        }
        let line = self.typesetter.shape(WORDS, Weight::Bold);
        let mut path = String::with_capacity(4096);
        let mut pen = -width_of(&line) * size / 2.0;
        for placed in &line {
            if let Some(face) = self.typesetter.faces.faces.get(placed.font) {
                let scale = size / f32::from(face.metrics.units_per_em);
                face.draw(
                    placed.glyph,
                    &mut Path { path: &mut path, scale, x: pen, y: -0.38 * size, last: (0.0, 0.0) },
                );
            }
            pen += placed.advance * size / 1000.0;
        }
        path.push('f');
        let id = self.add(drawing(path.into_bytes(), [-2.0 * size, -size, 2.0 * size, size]));
        self.practice_mark = Some((size, id));
        id
    }
}

/// Writes a glyph's outline as path operators.
struct Path<'p> {
    path: &'p mut String,
    scale: f32,
    x: f32,
    y: f32,
    last: (f32, f32),
}

impl Path<'_> {
    /// Appends an operator with its points. Writing to a `String` cannot fail.
    fn push(&mut self, operator: char, points: &[(f32, f32)]) {
        for (x, y) in points {
            let (x, y) = (rounded(self.x + x * self.scale), rounded(self.y + y * self.scale));
            let _infallible = write!(self.path, "{x} {y} ");
        }
        let _infallible = writeln!(self.path, "{operator}");
    }
}

impl OutlinePen for Path<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.last = (x, y);
        self.push('m', &[(x, y)]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.last = (x, y);
        self.push('l', &[(x, y)]);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (x0, y0) = self.last;
        let third = |end: f32, control: f32| end + (control - end) * 2.0 / 3.0;
        self.curve_to(third(x0, x1), third(y0, y1), third(x, x1), third(y, y1), x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.last = (x, y);
        self.push('c', &[(x1, y1), (x2, y2), (x, y)]);
    }
    fn close(&mut self) {
        self.push('h', &[]);
    }
}
