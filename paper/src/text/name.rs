//! Fits a name into its area: first in smaller sizes, then on two lines, and never clipped.

use rules::person::{is_separator, is_variation_selector};

use super::{Typesetter, width_of};
use crate::fonts::Weight;

/// Line distance of a two-line name, in ems.
const LEADING_EM: f32 = 1.16;
/// Height of one line, in ems: that of the ideographic em box.
const LINE_EM: f32 = 1.0;

/// Area for a name and the sizes allowed in it.
pub(crate) struct NameBox {
    /// Width in points.
    pub(crate) width: f32,
    /// Height in points.
    pub(crate) height: f32,
    /// Type sizes in points for one line, largest first.
    pub(crate) single: &'static [f32],
    /// Type sizes in points for two lines, largest first.
    pub(crate) double: &'static [f32],
    /// Tells after which characters to break into two lines.
    pub(crate) ends_part: fn(char) -> bool,
}

/// Returns whether the character ends a part of a person's name: a separator (rule N2) or a space.
pub(crate) fn ends_part_of_name(character: char) -> bool {
    is_separator(character) || character.is_whitespace()
}

/// Returns whether the character ends a part of a site's name: a city, district, town or street.
pub(crate) fn ends_part_of_place(character: char) -> bool {
    ends_part_of_name(character) || matches!(character, '市' | '区' | '县' | '镇' | '乡' | '道')
}

/// A name that was fitted.
#[derive(Debug, PartialEq)]
pub(crate) struct SetName<'t> {
    /// Type size in points.
    pub(crate) size: f32,
    /// One or two lines; joined, they are the name, byte for byte.
    pub(crate) lines: Vec<&'t str>,
    /// Distance of two baselines, in points.
    pub(crate) leading: f32,
}

/// Fits `name` into its area.
///
/// It is set on one line in the largest size that fits. Otherwise it is set on two lines, broken
/// after the part that ends nearest the middle, or anywhere. If no size step is small enough, it is
/// as small as needed.
pub(crate) fn set_name<'t>(typesetter: &mut Typesetter<'_>, name: &'t str, room: &NameBox) -> SetName<'t> {
    let width = typesetter.width(name, Weight::Bold);
    let fits_single = |size: f32| width * size <= room.width && LINE_EM * size <= room.height;
    if let Some(&size) = room.single.iter().find(|&&size| fits_single(size)) {
        return SetName { size, lines: vec![name], leading: size * LEADING_EM };
    }

    let breaks = [break_after_part(typesetter, name, room), break_in_middle(typesetter, name)];
    for split in breaks.into_iter().flatten() {
        let (first, second) = name.split_at(split);
        let widest = typesetter.width(first, Weight::Bold).max(typesetter.width(second, Weight::Bold));
        let fits = |size: f32| widest * size <= room.width && (LEADING_EM + LINE_EM) * size <= room.height;
        if let Some(&size) = room.double.iter().find(|&&size| fits(size)) {
            return SetName { size, lines: vec![first, second], leading: size * LEADING_EM };
        }
    }
    as_small_as_needed(typesetter, name, width, room)
}

/// Sets the name in the exact size that fits. This happens only with glyphs wider than
/// any Han character.
fn as_small_as_needed<'t>(
    typesetter: &mut Typesetter<'_>,
    name: &'t str,
    width: f32,
    room: &NameBox,
) -> SetName<'t> {
    let Some(split) = break_in_middle(typesetter, name) else {
        let size = (room.width / width).min(room.height / LINE_EM);
        return SetName { size, lines: vec![name], leading: size * LEADING_EM };
    };
    let (first, second) = name.split_at(split);
    let widest = typesetter.width(first, Weight::Bold).max(typesetter.width(second, Weight::Bold));
    let size = (room.width / widest).min(room.height / (LEADING_EM + LINE_EM));
    SetName { size, lines: vec![first, second], leading: size * LEADING_EM }
}

/// Returns the byte offset after the part whose end leaves the two lines most equal in width.
fn break_after_part(typesetter: &mut Typesetter<'_>, name: &str, room: &NameBox) -> Option<usize> {
    let offsets = name.char_indices().filter(|&(_, character)| (room.ends_part)(character));
    let candidates: Vec<usize> = offsets.map(|(offset, character)| offset + character.len_utf8()).collect();
    most_even(typesetter, name, &candidates)
}

/// Returns the byte offset nearest the middle, never before a variation selector.
fn break_in_middle(typesetter: &mut Typesetter<'_>, name: &str) -> Option<usize> {
    let candidates: Vec<usize> = name
        .char_indices()
        .filter(|&(_, character)| !is_variation_selector(character))
        .map(|(offset, _)| offset)
        .collect();
    most_even(typesetter, name, &candidates)
}

fn most_even(typesetter: &mut Typesetter<'_>, name: &str, candidates: &[usize]) -> Option<usize> {
    let whole = typesetter.width(name, Weight::Bold);
    let uneven = |split: usize, typesetter: &mut Typesetter<'_>| {
        let first = name.get(..split).map_or(0.0, |line| width_of(&typesetter.shape(line, Weight::Bold)));
        (whole - 2.0 * first).abs()
    };
    let inner = candidates.iter().copied().filter(|&split| split > 0 && split < name.len());
    let mut best: Option<(f32, usize)> = None;
    for split in inner {
        let distance = uneven(split, typesetter);
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, split));
        }
    }
    best.map(|(_, split)| split)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fonts::Fonts;

    const ROOM: NameBox = NameBox {
        width: 480.0,
        height: 90.0,
        single: &[72.0, 36.0],
        double: &[36.0, 18.0],
        ends_part: ends_part_of_name,
    };

    fn fitted<R>(name: &str, check: impl FnOnce(&SetName<'_>, &mut Typesetter<'_>) -> R) -> R {
        fitted_in(&ROOM, name, check)
    }

    fn fitted_in<R>(
        room: &NameBox,
        name: &str,
        check: impl FnOnce(&SetName<'_>, &mut Typesetter<'_>) -> R,
    ) -> R {
        let fonts = Fonts::open().unwrap();
        let mut typesetter = Typesetter::new(fonts.faces().unwrap());
        let set = set_name(&mut typesetter, name, room);
        check(&set, &mut typesetter)
    }

    #[test]
    fn n2_every_length_from_1_to_50_fits_and_is_complete() {
        for pattern in ["张", "W", "欧阳·", "MARY ANN ", "𠮷", "⸺", "i"] {
            for length in 1..=50 {
                let name: String = pattern.chars().cycle().take(length).collect();
                fitted(&name, |set, typesetter| {
                    assert_eq!(set.lines.concat(), name);
                    assert!(set.lines.len() <= 2);
                    let below = set.leading * (set.lines.len() - 1) as f32;
                    assert!(below + set.size <= ROOM.height + 0.01, "{name} is {} high", below + set.size);
                    for line in &set.lines {
                        let width = typesetter.width(line.trim_end(), Weight::Bold) * set.size;
                        assert!(width <= ROOM.width + 0.01, "{name} is {width} wide");
                    }
                });
            }
        }
    }

    #[test]
    fn a_name_is_set_in_the_largest_size_that_fits() {
        let step = |name: &str| fitted(name, |set, _| (set.size.to_bits(), set.lines.len()));
        assert_eq!(step("张三丰"), (72.0_f32.to_bits(), 1));
        assert_eq!(step("一二三四五六七"), (36.0_f32.to_bits(), 1));
        assert_eq!(step(&"张".repeat(14)), (36.0_f32.to_bits(), 2));
        assert_eq!(step(&"张".repeat(50)), (18.0_f32.to_bits(), 2));
    }

    #[test]
    fn minority_names_break_after_the_separator_nearest_the_middle() {
        fitted("买买提·阿卜杜热依木江·阿卜杜热合曼吐尔逊", |set, _| {
            assert_eq!(set.lines, ["买买提·阿卜杜热依木江·", "阿卜杜热合曼吐尔逊"]);
        });
    }

    #[test]
    fn english_names_break_between_words() {
        fitted("CHRISTOPHER ALEXANDER MONTGOMERY-WELLINGTON", |set, _| {
            assert_eq!(set.lines, ["CHRISTOPHER ALEXANDER ", "MONTGOMERY-WELLINGTON"]);
        });
    }

    #[test]
    fn site_names_break_after_the_district_or_town() {
        let room = NameBox { ends_part: ends_part_of_place, single: &[72.0], ..ROOM };
        fitted_in(&room, "浦东新区惠南镇社区事务受理服务中心", |set, _| {
            assert_eq!(set.lines, ["浦东新区惠南镇社区", "事务受理服务中心"]);
        });
    }

    #[test]
    fn a_variation_selector_stays_with_its_character() {
        let name = "葛\u{E0100}".repeat(25);
        fitted(&name, |set, _| {
            assert!(set.lines.iter().all(|line| !line.starts_with(is_variation_selector)), "{:?}", set.lines);
        });
    }
}
