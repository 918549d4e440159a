//! Names: every character prints and is copied from the PDF unchanged.

use std::collections::HashSet;

use crate::support::{self, Numbers, han};
use paper::sheet::{SheetLayout, render};
use paper::{Fonts, PaperError};

#[test]
fn n2_all_87887_han_characters_of_gb18030_2022_level_3_have_a_glyph() {
    let fonts = Fonts::open().unwrap();
    let characters = han::characters();
    assert_eq!(characters.len(), han::COUNT);
    assert_eq!(characters.iter().collect::<HashSet<_>>().len(), han::COUNT, "each counted once");
    let text: String = characters.iter().collect();
    assert_eq!(fonts.missing(&text), Vec::<char>::new());
}

/// Returns 2,000 names: every Han character of the standard once, then names of other kinds.
fn two_thousand_names() -> Vec<String> {
    let characters = han::characters();
    let mut names: Vec<String> = characters.chunks(50).map(|chunk| chunk.iter().collect()).collect();
    let mut numbers = Numbers::new(7);
    let fonts = Fonts::open().unwrap();
    let printable = |range: std::ops::RangeInclusive<u32>| -> Vec<char> {
        let assigned: String = range.filter_map(char::from_u32).collect();
        let missing: HashSet<char> = fonts.missing(&assigned).into_iter().collect();
        assigned.chars().filter(|character| !missing.contains(character)).collect()
    };
    let later: Vec<char> = [0x30000..=0x3134A, 0x31350..=0x323AF].into_iter().flat_map(printable).collect();
    // Each of these shares its glyph with a unified ideograph and must not turn into it.
    let doubles: Vec<char> = [0x2F00..=0x2FD5, 0xF900..=0xFA6D].into_iter().flat_map(printable).collect();
    assert!(later.len() > 1000 && doubles.len() > 500, "{} and {}", later.len(), doubles.len());
    let mut pick = |from: &[char], count: usize| -> String {
        (0..count).map(|_| from[usize::try_from(numbers.next() % from.len() as u64).unwrap()]).collect()
    };
    let letters: Vec<char> = ('A'..='Z').collect();
    while names.len() < 2000 {
        names.push(match names.len() % 6 {
            0 => format!("{}·{}", pick(&characters, 7), pick(&characters, 11)),
            1 => format!("{}, {} {}", pick(&letters, 9), pick(&letters, 12), pick(&letters, 8)),
            2 => pick(&later, 3),
            3 => pick(&doubles, 4) + &pick(&characters, 2),
            4 => pick(&characters, 3),
            // A name with a variation selector: 葛 in the form used in 葛城.
            _ => format!("葛\u{E0100}{}葛", pick(&characters, 1)),
        });
    }
    names
}

#[test]
fn n2_two_thousand_names_are_copied_unchanged() {
    let fonts = Fonts::open().unwrap();
    let payload = support::payload(1);
    let names = two_thousand_names();
    let mut wrong = Vec::new();
    for group in names.chunks(400) {
        let sheets: Vec<_> = group.iter().map(|name| support::sheet(name, &payload, None)).collect();
        let pdf = render(&fonts, &sheets, SheetLayout::A4FourUp).unwrap();
        support::check_structure(&pdf);
        let copied = support::run("pdftotext", &["-", "-"], &pdf);
        let copied = String::from_utf8(copied.stdout).unwrap();
        let lines: HashSet<&str> = copied.lines().map(|line| line.trim_matches('\u{c}')).collect();
        wrong.extend(group.iter().filter(|name| !lines.contains(name.as_str())).cloned());
    }
    assert!(wrong.is_empty(), "{} names changed, the first: {}", wrong.len(), wrong[0]);
}

#[test]
fn n5_a_character_without_a_font_is_named_and_prevents_printing() {
    let fonts = Fonts::open().unwrap();
    // Private-use characters of old cards never print, although BabelStone Han draws U+E000 and
    // Hanazono U+F137 (N3). Neither does an unassigned character.
    assert_eq!(fonts.missing("\u{E000}\u{F137}\u{F0000}"), ['\u{E000}', '\u{F137}', '\u{F0000}']);
    assert_eq!(fonts.glyph('\u{E000}'), None);
    let name = "张\u{E815}\u{3FFFD}三";
    assert_eq!(fonts.missing(name), ['\u{E815}', '\u{3FFFD}']);
    let payload = support::payload(1);
    for layout in SheetLayout::ALL {
        let refused = render(&fonts, &[support::sheet(name, &payload, None)], layout).unwrap_err();
        assert!(matches!(&refused, PaperError::Unprintable(missing) if missing.len() == 2));
        assert!(refused.to_string().contains("U+E815, U+3FFFD"), "{refused}");
    }
}

#[test]
fn n2_an_empty_name_is_refused() {
    let fonts = Fonts::open().unwrap();
    let payload = support::payload(1);
    let refused = render(&fonts, &[support::sheet(" ", &payload, None)], SheetLayout::A4).unwrap_err();
    assert!(matches!(refused, PaperError::EmptyName));
}

#[test]
fn a_glyph_shown_on_screen_comes_from_the_font_that_prints_it() {
    let fonts = Fonts::open().unwrap();
    let common = fonts.glyph('张').unwrap();
    assert_eq!((common.font_name, common.units_per_em, common.width), ("Noto Sans CJK SC", 1000, 1000));
    assert!(common.svg_path.starts_with('M') && common.svg_path.ends_with('Z'));
    let rare = fonts.glyph('\u{2EBE0}').unwrap();
    assert!(rare.font_name.starts_with("Hanazono"), "{}", rare.font_name);
    assert_eq!(fonts.glyph('\u{E815}'), None);
}
