//! Converts a glyph's outline into SVG path data.

use std::fmt::Write;

use skrifa::GlyphId16;
use skrifa::outline::OutlinePen;

use super::Face;

/// Returns the SVG path data of a glyph in font units, y pointing down; empty for a space.
pub(crate) fn svg_path(face: &Face<'_>, glyph: GlyphId16) -> String {
    let mut path = SvgPath(String::new());
    face.draw(glyph, &mut path);
    path.0
}

struct SvgPath(String);

impl SvgPath {
    /// Appends a path command and its points. Writing to a `String` cannot fail.
    fn push(&mut self, command: char, points: &[(f32, f32)]) {
        self.0.push(command);
        for (index, (x, y)) in points.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            let _infallible = write!(self.0, "{separator}{x} {}", -y);
        }
    }
}

impl OutlinePen for SvgPath {
    fn move_to(&mut self, x: f32, y: f32) {
        self.push('M', &[(x, y)]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.push('L', &[(x, y)]);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.push('Q', &[(x1, y1), (x, y)]);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.push('C', &[(x1, y1), (x2, y2), (x, y)]);
    }
    fn close(&mut self) {
        self.0.push('Z');
    }
}
