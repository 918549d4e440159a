//! N2–N5: reading, checking and comparing names.

use crate::support::name;
use proptest::prelude::*;
use rules::{
    Refusal,
    person::{
        Name, NameDifference, NameError, code_point_text, is_name_character, is_private_use, map_private_use,
        parse_code_point, unprintable,
    },
};

fn normalised(text: &str) -> String {
    name(text).expose().to_owned()
}

/// Returns a name as it arrives in a message, not normalised.
fn stored(text: &str) -> Name {
    serde_json::from_value(text.into()).unwrap()
}

#[test]
fn n2_a_name_has_one_to_fifty_code_points() {
    assert_eq!(Name::read(""), Err(NameError::Empty));
    assert_eq!(Name::read(" \u{3000}\n"), Err(NameError::Empty));
    assert!(Name::read(&"𠮷".repeat(50)).is_ok());
    assert_eq!(Name::read(&"𠮷".repeat(51)), Err(NameError::TooLong(51)));
    assert!(Name::read("张").is_ok());
}

#[test]
fn n2_every_extension_of_the_amended_standard_is_allowed() {
    for (first, last) in [
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0x20000, 0x2A6DF),
        (0x2A700, 0x2B739),
        (0x2B740, 0x2B81D),
        (0x2B820, 0x2CEA1),
        (0x2CEB0, 0x2EBE0),
        (0x2EBF0, 0x2EE5D),
        (0x30000, 0x3134A),
        (0x31350, 0x323AF),
    ] {
        for code in [first, first + 1, (first + last) / 2, last] {
            assert!(is_name_character(char::from_u32(code).unwrap()), "{code:04X}");
        }
    }
    for unified in "﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧﨨﨩〇".chars() {
        assert!(is_name_character(unified), "{unified}");
    }
}

#[test]
fn n2_letters_of_minority_and_foreign_names_are_allowed() {
    for text in [
        "O’NEIL",
        "赵Ｃ",
        "⺁⽊⿕",
        "MARIE-CLAIRE O'NEIL",
        "SAMPLE, TESTINA",
        "José Núñez",
        "ئابدۇقادىر",
        "བསྟན་འཛིན",
        "ᠪᠠᠲᠤ",
        "ꆈꌠ",
        "김철수",
        "ᥘᥣᥭ",
        "ᦟᦲᧉ",
        "ᨩᩣ᩠ᨿ",
        "ꓡꓲꓢꓴ",
        "𖼀𖽑",
        "Иванов",
    ] {
        assert!(Name::read(text).is_ok(), "{text}: {:?}", Name::read(text));
    }
}

#[test]
fn n2_characters_that_are_not_letters_are_refused_with_their_position() {
    for (text, position, character) in [
        ("张3", 2, '3'),
        ("张\u{200B}三", 2, '\u{200B}'),
        ("\u{FEFF}张", 1, '\u{FEFF}'),
        ("张（三", 2, '（'),
        ("<b>", 1, '<'),
        ("张\u{1F600}", 2, '\u{1F600}'),
        ("张\u{FFFD}", 2, '\u{FFFD}'),
        ("张\u{0}", 2, '\u{0}'),
        ("\u{FE00}张", 1, '\u{FE00}'),
        ("阿·\u{E0100}提", 3, '\u{E0100}'),
        ("葛\u{E0100}\u{FE00}城", 3, '\u{FE00}'),
        ("葛\u{E0100}\u{E0100}", 3, '\u{E0100}'),
        ("\u{202E}张", 1, '\u{202E}'),
    ] {
        assert_eq!(Name::read(text), Err(NameError::NotInRepertoire { position, character }), "{text:?}");
    }
    // The error text may end up in a log, so it must not contain the character.
    let error = Name::read("张3").unwrap_err();
    assert_eq!(error.to_string(), "position 2: not a character of names");
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn n2_every_fault_has_a_sentence_for_the_clerk() {
    assert_eq!(Refusal::from(NameError::Empty), Refusal::NameEmpty);
    assert_eq!(Refusal::from(NameError::TooLong(51)), Refusal::NameTooLong);
    let character = NameError::NotInRepertoire { position: 1, character: '3' };
    assert_eq!(Refusal::from(character), Refusal::NameCharacter);
}

#[test]
fn n2_all_separators_become_one_and_the_original_text_is_kept() {
    for separator in ['\u{B7}', '\u{2022}', '\u{30FB}', '\u{FF0E}', '\u{2027}', '.'] {
        let text = format!("阿依古{separator}热合曼");
        let reading = Name::read(&text).unwrap();
        assert_eq!(reading.name.expose(), "阿依古\u{B7}热合曼");
        assert_eq!(reading.as_read.expose(), &text);
        assert!(stored(&text).compares_equal(&reading.name));
    }
    assert!(!name("阿依古·热合曼").compares_equal(&name("阿依古热合曼")));
    assert!(!name("阿依古").compares_equal(&name("阿依古·")));
}

#[test]
fn n2_a_full_stop_after_a_latin_initial_stays() {
    assert_eq!(normalised("JOHN F. KENNEDY"), "JOHN F. KENNEDY");
    assert_eq!(normalised("阿卜杜.买买提"), "阿卜杜·买买提");
    assert!(stored("JOHN F. KENNEDY").compares_equal(&stored("JOHN F· KENNEDY")));
}

#[test]
fn n2_white_space_is_normalised() {
    assert_eq!(normalised("  张三\u{3000}\u{3000}"), "张三");
    assert_eq!(normalised("JOHN\u{A0} \t SMITH"), "JOHN SMITH");
}

#[test]
fn n2_a_stored_name_is_checked_but_not_changed() {
    assert_eq!(stored("阿.提").expose(), "阿.提");
    assert_eq!(stored("阿.提").check(), Err(NameError::NotInRepertoire { position: 2, character: '.' }));
    assert_eq!(stored("张三 ").check(), Err(NameError::NotInRepertoire { position: 3, character: ' ' }));
    assert_eq!(stored("张3").check(), Err(NameError::NotInRepertoire { position: 2, character: '3' }));
    assert_eq!(stored("").check(), Err(NameError::Empty));
    assert_eq!(stored(&"张".repeat(51)).check(), Err(NameError::TooLong(51)));
    assert_eq!(
        stored("\u{E863}").check(),
        Err(NameError::NotInRepertoire { position: 1, character: '\u{E863}' })
    );
    assert_eq!(name("阿·提").check(), Ok(()));
}

#[test]
fn n3_the_published_mapping_is_applied() {
    let table = [
        (0xE78D, 0xFE10),
        (0xE78E, 0xFE12),
        (0xE78F, 0xFE11),
        (0xE790, 0xFE13),
        (0xE791, 0xFE14),
        (0xE792, 0xFE15),
        (0xE793, 0xFE16),
        (0xE794, 0xFE17),
        (0xE795, 0xFE18),
        (0xE796, 0xFE19),
        (0xE81E, 0x9FB4),
        (0xE826, 0x9FB5),
        (0xE82B, 0x9FB6),
        (0xE82C, 0x9FB7),
        (0xE832, 0x9FB8),
        (0xE843, 0x9FB9),
        (0xE854, 0x9FBA),
        (0xE864, 0x9FBB),
        (0xE816, 0x20087),
        (0xE817, 0x20089),
        (0xE818, 0x200CC),
        (0xE831, 0x215D7),
        (0xE83B, 0x2298F),
        (0xE855, 0x241FE),
        (0xE863, 0x4DAE),
    ];
    let character = |code| char::from_u32(code).unwrap();
    for (private, standard) in table {
        assert_eq!(map_private_use(character(private)), character(standard), "{private:04X}");
        let reading = Name::read(&format!("张{}", character(private))).unwrap();
        assert_eq!(reading.name.expose(), format!("张{}", character(standard)));
        assert!(reading.unmapped.is_empty());
    }
    let mapped =
        (0xE000..=0xF8FF).filter(|code| map_private_use(character(*code)) != character(*code)).count();
    assert_eq!(mapped, table.len());
    assert_eq!(map_private_use('张'), '张');
}

#[test]
fn n3_an_unmapped_character_is_kept_reported_and_never_printed() {
    let reading = Name::read("张\u{E000}\u{F0001}").unwrap();
    assert_eq!(reading.unmapped, ['\u{E000}', '\u{F0001}']);
    assert_eq!(reading.name.expose(), "张\u{E000}\u{F0001}");
    assert_eq!(reading.name.unmapped(), reading.unmapped);
    assert_eq!(reading.name.check_printable(|_| true), Err(Refusal::NameUnmapped));
    assert_eq!(reading.name.check_mapped(), Err(Refusal::NameUnmapped));
    assert_eq!(name("张三").check_mapped(), Ok(()));
    assert_eq!(reading.name.code_points()[1], ('\u{E000}', "U+E000".to_owned()));
    for edge in ['\u{E000}', '\u{F8FF}', '\u{F0000}', '\u{FFFFD}', '\u{100000}', '\u{10FFFD}'] {
        assert!(is_private_use(edge));
    }
    for edge in ['\u{D7FF}', '\u{F900}', '\u{EFFFF}', '\u{FFFFE}', '\u{10FFFE}'] {
        assert!(!is_private_use(edge));
    }
}

#[test]
fn n4_a_name_that_fills_the_field_may_be_cut_off() {
    let may_be_cut = |units| Name::read_from_chip("阿卜杜热合曼", units).unwrap().may_be_cut;
    assert_eq!([14, 15, 16].map(may_be_cut), [false, true, true]);
    assert!(!Name::read("阿卜杜热合曼").unwrap().may_be_cut);
    assert_eq!(Name::read_from_chip("", 15), Err(NameError::Empty));
}

#[test]
fn n4_a_cut_off_name_is_the_beginning_of_the_whole() {
    let cut = name("阿卜杜热合曼江·买买提依明吐");
    let whole = name("阿卜杜热合曼江·买买提依明吐尔逊");
    assert!(cut.is_cut_from(&whole));
    assert!(!whole.is_cut_from(&whole));
    assert!(!whole.is_cut_from(&cut));
    assert!(!name("卜杜").is_cut_from(&whole));
}

/// Returns the part of a name that a chip keeps: 15 UTF-16 code units, no half character,
/// padded with spaces.
fn cut_by_chip(whole: &str) -> Name {
    let mut units = 0;
    let kept = whole.chars().take_while(|c| {
        units += c.len_utf16();
        units <= 15
    });
    stored(kept.collect::<String>().trim_end())
}

#[test]
fn n4_a_name_is_cut_off_where_the_field_has_no_room() {
    let cut = |chip: &str, whole: &str| stored(chip).was_cut_for_want_of_room(&stored(whole));
    assert!(cut("阿卜杜热合曼江·买买提依明吐尔", "阿卜杜热合曼江·买买提依明吐尔逊"));
    assert!(
        !cut("阿卜杜热合曼江·买买提依明吐", "阿卜杜热合曼江·买买提依明吐尔"),
        "there was room for one more"
    );
    assert!(!cut("阿卜杜热合曼江·买买提依明吐尔", "阿卜杜热合曼江·买买提依明吐逊尔"), "not its beginning");
    // A character of two code units does not fit into one.
    assert!(cut(&"𠮷".repeat(7), &"𠮷".repeat(8)));
    assert!(!cut(&"𠮷".repeat(7), &("𠮷".repeat(7) + "吉")));
    assert!(!cut(&"𠮷".repeat(6), &"𠮷".repeat(7)));
    // A space at the cut is lost in the padding.
    assert!(cut("MARY ELIZABETH", "MARY ELIZABETH SMITH"));
    assert!(!cut("MARY ELIZABET", "MARY ELIZABET SMITH".trim_end_matches("MITH")));
}

#[test]
fn n5_a_character_without_a_glyph_prevents_printing() {
    let wanted = name("张𱍐三𰻝");
    let has_glyph = |c: char| u32::from(c) < 0x30000;
    assert_eq!(unprintable(wanted.expose(), has_glyph), ['𱍐', '𰻝']);
    assert_eq!(
        unprintable("𱍐 𱍐\u{E000}\u{FE00}", has_glyph),
        ['𱍐', '\u{E000}'],
        "each once; private use always"
    );
    assert_eq!(wanted.check_printable(has_glyph), Err(Refusal::NameNotPrintable));
    assert_eq!(wanted.check_printable(|_| true), Ok(()));
    assert_eq!(name("JOHN SMITH").check_printable(|c| c != ' '), Ok(()));
    assert_eq!(name("葛\u{E0100}城").check_printable(|c| u32::from(c) < 0xE0000), Ok(()));
}

#[test]
fn n2_code_points_are_formatted_and_parsed_in_unicode_notation() {
    for (text, character) in
        [("U+5F20", '张'), ("u+20087", '\u{20087}'), (" 20087 ", '\u{20087}'), ("U+10FFFD", '\u{10FFFD}')]
    {
        assert_eq!(parse_code_point(text), Some(character));
    }
    assert_eq!(code_point_text('·'), "U+00B7");
    assert_eq!(code_point_text('\u{20087}'), "U+20087");
    for text in ["", "U+", "U+5F2", "U+110000", "U+D800", "U+0020087", "+5F20", "张", "U+U+5F20", "U+5F 20"]
    {
        assert_eq!(parse_code_point(text), None, "{text}");
    }
}

#[test]
fn n2_differences_are_minimal_and_in_order() {
    let differences = |before: &str, after: &str| stored(before).differences(&stored(after));
    let changed = |position, before, after| NameDifference { position, before, after };
    assert_eq!(differences("张三", "张三"), []);
    assert_eq!(differences("张三", "张山"), [changed(2, Some('三'), Some('山'))]);
    assert_eq!(differences("张三", "张三丰"), [changed(3, None, Some('丰'))]);
    assert_eq!(differences("张三丰", "三丰"), [changed(1, Some('张'), None)]);
    assert_eq!(differences("阿依.提", "阿依·提"), [changed(3, Some('.'), Some('·'))]);
    assert_eq!(
        differences("甲乙丙丁", "乙丙戊丁"),
        [changed(1, Some('甲'), None), changed(4, None, Some('戊'))]
    );
    assert_eq!(differences("", "张"), [changed(1, None, Some('张'))]);
}

#[test]
fn n2_records_longer_than_the_limit_are_compared_too() {
    let (before, after) = ("张".repeat(80), "张".repeat(79) + "三");
    let found = stored(&before).differences(&stored(&after));
    assert_eq!(found, [NameDifference { position: 80, before: Some('张'), after: Some('三') }]);
    assert_eq!(
        stored(&"张".repeat(5000)).differences(&stored(&"三".repeat(5000))).len(),
        100,
        "and no further"
    );
}

/// Returns the textbook edit distance, computed forwards and independently of the path search.
fn edit_distance(before: &[char], after: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=after.len()).collect();
    for (i, a) in before.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in after.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(a != b)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[after.len()]
}

proptest! {
    #[test]
    fn n4_every_name_that_a_chip_cuts_off_is_recognised(whole in "[甲乙𠮷A-C]{1,12}( ?[甲乙𠮷A-C]){0,12}") {
        let chip = cut_by_chip(&whole);
        let fits = whole.encode_utf16().count() <= 15;
        prop_assert_eq!(chip.was_cut_for_want_of_room(&stored(&whole)), !fits);
        prop_assert_eq!(chip.is_cut_from(&stored(&whole)), !fits);
    }

    #[test]
    fn n2_reading_is_idempotent(text in "[\\u{4E00}-\\u{4E20}a-c.·•\\u{3000} \\u{E816}\\u{E000}\\u{E0100}]{0,60}") {
        if let Ok(reading) = Name::read(&text) {
            let again = Name::read(reading.name.expose()).unwrap();
            prop_assert_eq!(&again.name, &reading.name);
            prop_assert_eq!(reading.name.check(), Ok(()));
            prop_assert!(reading.name.compares_equal(&stored(&text.split_whitespace().collect::<Vec<_>>().join(" "))));
        }
    }

    #[test]
    fn n2_no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = Name::read(&text).map(|reading| (reading.name.masked(), reading.name.code_points()));
        let _ = stored(&text).check();
        let _ = parse_code_point(&text);
    }

    #[test]
    fn n2_differences_match_the_edit_distance_and_turn_one_name_into_the_other(
        before in "[甲乙丙丁]{0,12}", after in "[甲乙丙丁]{0,12}",
    ) {
        let found = stored(&before).differences(&stored(&after));
        let (before, after): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
        prop_assert_eq!(found.len(), edit_distance(&before, &after));
        let mut made = Vec::new();
        let mut next = 1;
        for difference in found {
            made.extend_from_slice(&before[next - 1..difference.position - 1]);
            made.extend(difference.after);
            next = difference.position + usize::from(difference.before.is_some());
            prop_assert_eq!(difference.before, difference.before.and(before.get(difference.position - 1).copied()));
        }
        made.extend_from_slice(&before[next - 1..]);
        prop_assert_eq!(made, after);
    }
}
