//! Decides which characters a name may have (N2).
//!
//! The table lists the letters and marks of GB 18030-2022 with amendment 1, by script. The standard
//! also has digits, symbols, controls and invisible joiners, which no name has.

use super::private_use::is_private_use;

/// Ranges of code points, both ends included, ascending and disjoint.
const RANGES: &[(u32, u32)] = &[
    (0x0020, 0x0020), // space, between the parts of an English name
    (0x0027, 0x0027), // apostrophe: O'NEIL
    (0x002C, 0x002E), // comma (SAMPLE, TESTINA), hyphen, full stop (J. or a separator)
    (0x0041, 0x005A), // Latin capitals
    (0x0061, 0x007A), // Latin small letters
    (0x00B7, 0x00B7), // separator of name parts
    (0x00C0, 0x00D6), // Latin-1 letters
    (0x00D8, 0x00F6),
    (0x00F8, 0x024F), // Latin Extended-A and -B (pinyin, Zhuang, foreign names)
    (0x0251, 0x0251), // ɑ and ɡ of pinyin
    (0x0261, 0x0261),
    (0x0300, 0x036F), // combining accents
    (0x0386, 0x0386), // Greek
    (0x0388, 0x03CE),
    (0x0400, 0x045F), // Cyrillic (Russian nationality, Kazakh and Mongol names)
    (0x0490, 0x04FF),
    (0x0620, 0x0652), // Arabic letters and vowel signs: Uyghur, Kazakh, Kirghiz
    (0x0670, 0x06D3),
    (0x06D5, 0x06D5),
    (0x0F00, 0x0F00), // Tibetan: letters, signs, syllable marks
    (0x0F0B, 0x0F0C),
    (0x0F35, 0x0F35),
    (0x0F37, 0x0F37),
    (0x0F39, 0x0F39),
    (0x0F3E, 0x0FBC),
    (0x1100, 0x11FF), // Hangul Jamo
    (0x180A, 0x180F), // Mongolian: nirugu, free variation selectors, vowel separator
    (0x1820, 0x18AA), // Mongolian, Todo, Sibe, Manchu
    (0x1950, 0x1974), // Tai Le (德宏傣文)
    (0x1980, 0x19C9), // New Tai Lue (西双版纳新傣文)
    (0x1A20, 0x1A7C), // Tai Tham (西双版纳老傣文)
    (0x1E00, 0x1EFF), // Latin Extended Additional
    (0x2019, 0x2019), // apostrophe of word processors
    (0x2022, 0x2022), // other separators; reading turns them into U+00B7
    (0x2027, 0x2027),
    (0x2E80, 0x2E99), // radicals: records hold them in place of look-alike ideographs
    (0x2E9B, 0x2EF3),
    (0x2F00, 0x2FD5),
    (0x3005, 0x3005), // 々
    (0x3007, 0x3007), // 〇
    (0x3041, 0x3096), // Kana
    (0x30A1, 0x30FE), // Kana, with the separator U+30FB
    (0x3105, 0x312F), // Bopomofo
    (0x3131, 0x318E), // Hangul compatibility Jamo
    (0x3400, 0x4DBF), // CJK Extension A
    (0x4E00, 0x9FFF), // CJK, the whole block since amendment 1
    (0xA000, 0xA48C), // Yi syllables
    (0xA4D0, 0xA4FD), // Lisu
    (0xAC00, 0xD7A3), // Hangul syllables
    (0xF92C, 0xF92C), // compatibility ideographs that GBK took over
    (0xF979, 0xF979),
    (0xF995, 0xF995),
    (0xF9E7, 0xF9E7),
    (0xF9F1, 0xF9F1),
    (0xFA0C, 0xFA0F), // the twelve unified ideographs of that block
    (0xFA11, 0xFA11),
    (0xFA13, 0xFA14),
    (0xFA18, 0xFA18),
    (0xFA1F, 0xFA21),
    (0xFA23, 0xFA24),
    (0xFA27, 0xFA29),
    (0xFB50, 0xFBB1), // Arabic presentation forms of old Uyghur data
    (0xFBD3, 0xFBFF),
    (0xFE00, 0xFE0F), // variation selectors, after a character
    (0xFE10, 0xFE19), // vertical forms: old private-use data maps to them (N3)
    (0xFE70, 0xFE74),
    (0xFE76, 0xFEFC),
    (0xFF0E, 0xFF0E), // separator
    (0xFF21, 0xFF3A), // full-width Latin letters of Chinese input methods
    (0xFF41, 0xFF5A),
    (0x11660, 0x1166C), // Mongolian birgas
    (0x16F00, 0x16F4A), // Miao (滇东北苗文)
    (0x16F4F, 0x16F87),
    (0x16F8F, 0x16F9F),
    (0x20000, 0x2A6DF), // CJK Extension B
    (0x2A700, 0x2B739), // C
    (0x2B740, 0x2B81D), // D
    (0x2B820, 0x2CEA1), // E
    (0x2CEB0, 0x2EBE0), // F
    (0x2EBF0, 0x2EE5D), // I
    (0x30000, 0x3134A), // G
    (0x31350, 0x323AF), // H
    (0xE0100, 0xE01EF), // ideographic variation selectors
];

/// Returns whether `c` may stand in a name (N2).
///
/// Private-use characters may, because old data holds them. Refusing or dropping them would hide
/// the fault (N3).
pub fn is_name_character(c: char) -> bool {
    let code = u32::from(c);
    let within = |(first, last): &(u32, u32)| match () {
        () if code < *first => std::cmp::Ordering::Greater,
        () if code > *last => std::cmp::Ordering::Less,
        () => std::cmp::Ordering::Equal,
    };
    is_private_use(c) || RANGES.binary_search_by(within).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{RANGES, is_name_character};

    #[test]
    fn n2_the_table_is_ascending_and_disjoint() {
        assert!(RANGES.iter().all(|(first, last)| first <= last));
        assert!(RANGES.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }

    #[test]
    fn n2_both_ends_of_each_range_are_allowed_and_gaps_are_not() {
        let character = |code| char::from_u32(code).unwrap();
        for (first, last) in RANGES {
            assert!(
                is_name_character(character(*first)) && is_name_character(character(*last)),
                "{first:04X}"
            );
        }
        for pair in RANGES.windows(2).filter(|pair| pair[0].1 + 1 < pair[1].0) {
            let between = pair[0].1 + 1;
            if let Some(c) = char::from_u32(between).filter(|c| !super::is_private_use(*c)) {
                assert!(!is_name_character(c), "{between:04X}");
            }
        }
    }
}
