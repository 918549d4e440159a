//! Breaks running text into lines.

use unicode_linebreak::{BreakOpportunity, linebreaks};

use super::Typesetter;
use crate::fonts::Weight;

/// Wraps text like [`wrap`], but moves characters down to a last line that would have only one.
pub(crate) fn wrap_evenly<'t>(
    typesetter: &mut Typesetter<'_>,
    text: &'t str,
    weight: Weight,
    width: f32,
) -> Vec<&'t str> {
    let is_even = |lines: &[&str]| {
        let last = lines.last().map_or(0, |line| line.chars().filter(|c| c.is_alphanumeric()).count());
        lines.len() < 2 || last > 1
    };
    let lines = wrap(typesetter, text, weight, width);
    if is_even(&lines) || text.contains('\n') {
        return lines;
    }
    let mut narrower = width - 0.5;
    while narrower > width / 2.0 {
        let better = wrap(typesetter, text, weight, narrower);
        if better.len() > lines.len() {
            break;
        }
        if is_even(&better) {
            return better;
        }
        narrower -= 0.5;
    }
    lines
}

/// The lines of `text` no wider than `width` ems, broken where Unicode (UAX 14) allows it: between
/// Han characters, never before a closing mark or inside a number. A piece wider than a line is cut
/// after the last hyphen of a full line, else at its end.
fn wrap<'t>(typesetter: &mut Typesetter<'_>, text: &'t str, weight: Weight, width: f32) -> Vec<&'t str> {
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

/// Returns how many bytes of an unbreakable `text` fill a line, or `None` if it fits.
fn full_line(typesetter: &mut Typesetter<'_>, text: &str, weight: Weight, width: f32) -> Option<usize> {
    if typesetter.width(text, weight) <= width {
        return None;
    }
    let mut used = 0.0;
    for (offset, character) in text.char_indices() {
        used += typesetter.width(character.encode_utf8(&mut [0; 4]), weight);
        if used > width && offset > 0 {
            let hyphen = text.get(..offset).and_then(|full| full.rfind('-'));
            return Some(hyphen.map_or(offset, |hyphen| hyphen + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fonts::Fonts;

    fn lines(text: &str, width: f32) -> Vec<String> {
        let fonts = Fonts::open().unwrap();
        let mut typesetter = Typesetter::new(fonts.faces().unwrap());
        wrap(&mut typesetter, text, Weight::Regular, width).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn han_text_breaks_anywhere_except_before_a_closing_mark() {
        assert_eq!(lines("请到窗口办理，谢谢。", 6.0), ["请到窗口办", "理，谢谢。"]);
    }

    #[test]
    fn numbers_and_words_stay_whole() {
        assert_eq!(lines("编号 31010120260101 请保管", 8.9), ["编号", "31010120260101", "请保管"]);
    }

    #[test]
    fn text_wider_than_a_line_is_cut_without_loss() {
        let cut = lines(&"8".repeat(50), 10.0);
        assert!(cut.len() > 2);
        assert_eq!(cut.concat(), "8".repeat(50));
    }

    #[test]
    fn groups_of_digits_are_not_cut_inside_a_group() {
        let cut = lines("310101-20260101-001-341820-70", 12.5);
        assert_eq!(cut, ["310101-20260101-001-", "341820-70"]);
    }

    #[test]
    fn the_last_line_is_never_a_character_alone() {
        let fonts = Fonts::open().unwrap();
        let mut typesetter = Typesetter::new(fonts.faces().unwrap());
        let mut evenly = |text, width| wrap_evenly(&mut typesetter, text, Weight::Regular, width);
        assert_eq!(
            evenly("请当场核对离线随申码上的姓名、照片。", 16.0),
            ["请当场核对离线随申码上的姓名、", "照片。"]
        );
        assert_eq!(evenly("请当场核对离线随申码", 5.0), ["请当场核对", "离线随申码"]);
        assert_eq!(evenly("请当场核对", 9.0), ["请当场核对"]);
        assert_eq!(evenly("待主管审批", 4.0), ["待主管", "审批"]);
        assert_eq!(evenly("2025-12-30 11:05", 5.8), ["2025-12-30", "11:05"]);
        assert_eq!(evenly("甲乙丙\n丁", 2.0), ["甲乙", "丙", "丁"]);
    }

    #[test]
    fn line_breaks_in_the_text_are_kept() {
        assert_eq!(lines("甲\n乙", 9.0), ["甲", "乙"]);
    }
}
