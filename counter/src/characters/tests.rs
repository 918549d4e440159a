//! Characters that people are really called by, found every way there is.

use super::{MOST_FOUND, Query, describe, find, index};
use proptest::prelude::*;

fn finds(query: &Query<'_>, wanted: char) -> bool {
    find(query).contains(&wanted)
}

#[test]
fn every_unified_ideograph_of_unicode_15_is_there_once() {
    let mut all: Vec<char> = index::all().collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!((all.len(), index::len()), (97_058, 97_058));
    assert!(index::RADICALS.counts().iter().all(|count| *count > 0), "each is filed under a radical");
}

#[test]
fn covers_what_the_documentation_says() {
    let more_than =
        |lists: &index::Lists, least: u8| lists.counts().iter().filter(|count| **count > least).count();
    let (with_parts, with_reading) = (more_than(&index::COMPONENTS, 1), more_than(&index::READINGS, 0));
    assert!((76_000..80_000).contains(&with_parts), "{with_parts}");
    assert!((41_000..42_000).contains(&with_reading), "{with_reading}");
}

#[test]
fn by_code_point() {
    for text in ["U+20087", "u+20087", "20087", " U+20087 ", "𠂇"] {
        assert_eq!(find(&Query::CodePoint(text)), ['𠂇'], "{text}");
    }
    for text in ["", "U+", "U+110000", "U+D800", "U+0009", "zhang", "U+1F600"] {
        assert!(find(&Query::CodePoint(text)).is_empty(), "{text}");
    }
}

#[test]
fn n3_private_use_characters_of_old_records_are_found_by_code_point() {
    assert_eq!(find(&Query::CodePoint("U+E863")), ['\u{E863}']);
}

#[test]
fn by_components() {
    let table = [
        ("龙天", '䶮'),
        ("⿱龙天", '䶮'),
        ("⿰木坚", '㭴'),
        ("木木木", '森'),
        ("金金金", '鑫'),
        ("水工", '江'),
        ("氵工", '江'),
        ("⺡工", '江'),
        ("讠也", '\u{2B359}'),
        ("言也", '\u{2B359}'),
    ];
    for (parts, wanted) in table {
        assert!(finds(&Query::Components(parts), wanted), "{parts} {wanted}");
    }
    assert!(!finds(&Query::Components("木木木"), '林'), "two trees are not three");
    assert!(find(&Query::Components("")).is_empty());
    assert!(find(&Query::Components("⿰⿱")).is_empty());
    assert!(find(&Query::Components("abc")).is_empty());
}

#[test]
fn by_radical_and_strokes() {
    assert!(finds(&Query::Radical { radical: 57, strokes: Some(4) }, '张'));
    assert!(
        finds(&Query::Radical { radical: 212, strokes: Some(0) }, '龙'),
        "a simplified radical is the same radical"
    );
    assert!(finds(&Query::Radical { radical: 4, strokes: Some(1) }, '𠂇'));
    assert!(find(&Query::Radical { radical: 0, strokes: None }).is_empty());
    assert!(find(&Query::Radical { radical: 215, strokes: None }).is_empty());
    assert!(find(&Query::Radical { radical: 57, strokes: Some(255) }).is_empty());
}

#[test]
fn by_reading() {
    assert!(finds(&Query::Reading("zhang"), '张'));
    assert!(finds(&Query::Reading("zhang1"), '张'));
    assert!(!finds(&Query::Reading("zhang4"), '张'));
    assert!(finds(&Query::Reading("lv"), '吕'));
    assert!(finds(&Query::Reading("yǎn"), '䶮'));
    assert!(find(&Query::Reading("xyz")).is_empty());
}

#[test]
fn common_characters_come_first() {
    assert_eq!(find(&Query::Reading("de")).first(), Some(&'的'));
    assert_eq!(find(&Query::Components("女子")).first(), Some(&'好'));
    assert_eq!(find(&Query::Radical { radical: 85, strokes: None }).len(), MOST_FOUND);
}

#[test]
fn describes() {
    let known = describe('张').expect("in the index");
    assert_eq!((known.code_point.as_str(), known.strokes), ("U+5F20", 7));
    assert_eq!(known.radicals, [(57, 4)]);
    assert_eq!(known.readings.first(), Some(&"zhāng"));
    assert_eq!(known.components.first_chunk(), Some(&['弓', '长']));
    assert_eq!(describe('A'), None);
    assert_eq!(describe('\u{E863}'), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn s12_any_text_is_an_answer(text in any::<String>(), radical: u8, strokes: Option<u8>) {
        let queries = [Query::CodePoint(&text), Query::Components(&text), Query::Reading(&text), Query::Radical { radical, strokes }];
        for query in queries {
            prop_assert!(find(&query).len() <= MOST_FOUND);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_character_is_found_by_all_it_is_described_with(at in 0..97_058_usize) {
        let character = index::all().nth(at).expect("in range");
        let known = describe(character).expect("in the index");
        prop_assert_eq!(find(&Query::CodePoint(&known.code_point)), [character]);
        let parts: String = known.components.iter().take(16).collect();
        let found = find(&Query::Components(&parts));
        prop_assert!(parts.is_empty() || found.len() == MOST_FOUND || found.contains(&character));
        for reading in known.readings {
            let found = find(&Query::Reading(reading));
            prop_assert!(found.len() == MOST_FOUND || found.contains(&character), "{}", reading);
        }
    }
}
