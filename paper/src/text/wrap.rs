//! Breaking running text into lines.

use unicode_linebreak::{BreakOpportunity, linebreaks};

use super::Typesetter;
use crate::fonts::Weight;

/// The lines of `text` no wider than `width` ems, broken where Unicode (UAX 14) allows it: between Han characters,
/// never before a closing mark or inside a number. A piece wider than a line is cut where the line is full.
pub(crate) fn wrap<'t>(
    typesetter: &mut Typesetter<'_>,
    text: &'t str,
    weight: Weight,
    width: f32,
) -> Vec<&'t str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut end = 0;
    for (offset, opportunity) in linebreaks(text) {
        if end > start && typesetter.width(piece(text, start, offset), weight) > width {
            lines.push(piece(text, start, end));
            start = end;
        }
        while let Some(cut) = full_line(typesetter, piece(text, start, offset), weight, width) {
            lines.push(piece(text, start, start + cut));
            start += cut;
        }
        end = offset;
        if opportunity == BreakOpportunity::Mandatory {
            lines.push(piece(text, start, end));
            start = end;
        }
    }
    lines
}

fn piece(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or("").trim_end()
}

/// How many bytes of an unbreakable `text` fill a line, if it is too wide for one.
fn full_line(typesetter: &mut Typesetter<'_>, text: &str, weight: Weight, width: f32) -> Option<usize> {
    if typesetter.width(text, weight) <= width {
        return None;
    }
    let mut used = 0.0;
    for (offset, character) in text.char_indices() {
        used += typesetter.width(character.encode_utf8(&mut [0; 4]), weight);
        if used > width && offset > 0 {
            return Some(offset);
        }
    }
    None
}
