//! Finding characters (汉字) that no input method offers: by code point, by radical and strokes
//! (部首笔画), by components (部件), by reading (拼音). Over all 97,058 unified ideographs of Unicode 15.0;
//! Extension I (Unicode 15.1) is found by code point only.
//!
//! What each way covers: radical and strokes, every character. Components, the parts known for
//! about four characters of five (all of the basic block and Extensions A–D, some of E and later);
//! every character at least by the radical it is filed under. Readings, the 41,419 characters
//! Unihan gives one for.
//!
//! The index is made when the program is built (see `counter/build/`) and lies in it as plain
//! arrays, the most common character first. A search is one pass over them that stops at
//! [`MOST_FOUND`].

mod index;
mod reading;
#[cfg(test)]
mod tests;

use rules::person::{code_point_text, is_name_character, parse_code_point};

/// So many characters are shown for one search; more are not looked through by anybody.
pub const MOST_FOUND: usize = 200;

/// A search takes so many components; more say nothing more.
const MOST_COMPONENTS: usize = 16;

/// What to search by.
#[derive(Clone, PartialEq, Eq)]
pub enum Query<'a> {
    /// `U+20087`, `20087`, or the character itself.
    CodePoint(&'a str),
    /// Filed under this radical.
    Radical {
        /// Kangxi radical (康熙部首), 1–214.
        radical: u8,
        /// Strokes besides the radical.
        strokes: Option<u8>,
    },
    /// Made of all these, each as often as it is named: `龙天`, `木木木`, or a description (表意文字描述序列)
    /// like `⿰亻它`.
    Components(&'a str),
    /// Mandarin reading: `zhang` with any tone; `zhang1` or `zhāng` with this one.
    Reading(&'a str),
}

/// Characters that fit, the most common first, at most [`MOST_FOUND`].
pub fn find(query: &Query<'_>) -> Vec<char> {
    match query {
        Query::CodePoint(text) => by_code_point(text).into_iter().collect(),
        Query::Radical { radical, strokes } => by_radical(*radical, *strokes),
        Query::Components(text) => by_components(text),
        Query::Reading(text) => by_reading(text),
    }
}

/// What is known of a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// `U+9F98`
    pub code_point: String,
    /// Kangxi radicals it is filed under, each with the strokes besides it (negative where the
    /// character is less than its radical).
    pub radicals: Vec<(u8, i8)>,
    /// All strokes (总笔画).
    pub strokes: u8,
    /// Mandarin readings with tone marks, the usual one first.
    pub readings: Vec<&'static str>,
    /// Parts, the larger ones before their own parts.
    pub components: Vec<char>,
}

/// What the index says about a character; `None` when it is not a unified ideograph of Unicode
/// 15.0.
pub fn describe(character: char) -> Option<Description> {
    let at = index::position(character)?;
    Some(Description {
        code_point: code_point_text(character),
        radicals: index::RADICALS.get(at).map(index::radical).collect(),
        strokes: index::STROKES.get(at).copied().unwrap_or_default(),
        readings: index::READINGS.get(at).filter_map(index::syllable).collect(),
        components: index::COMPONENTS.get(at).filter_map(index::part).collect(),
    })
}

fn by_code_point(text: &str) -> Option<char> {
    let text = text.trim();
    let mut characters = text.chars();
    let itself = characters.next().filter(|_| characters.next().is_none());
    itself.or_else(|| parse_code_point(text)).filter(|found| is_name_character(*found))
}

fn by_radical(radical: u8, strokes: Option<u8>) -> Vec<char> {
    let fits = |filed: (u8, i8)| {
        filed.0 == radical && strokes.is_none_or(|strokes| i8::try_from(strokes) == Ok(filed.1))
    };
    index::matching(&index::RADICALS, |mut items| items.any(|item| fits(index::radical(item))))
}

fn by_components(text: &str) -> Vec<char> {
    let mut wanted: Vec<(u16, usize)> = Vec::new();
    let named =
        text.chars().filter(|part| !part.is_whitespace() && !is_description(*part)).take(MOST_COMPONENTS);
    for part in named.map(index::unified) {
        let Some(number) = index::part_number(part) else { return Vec::new() };
        match wanted.iter_mut().find(|(known, _)| *known == number) {
            Some((_, times)) => *times += 1,
            None => wanted.push((number, 1)),
        }
    }
    if wanted.is_empty() {
        return Vec::new();
    }
    index::matching(&index::COMPONENTS, |items| {
        wanted.iter().all(|(number, times)| items.clone().filter(|item| item == number).count() >= *times)
    })
}

/// The signs that say how parts are put together (⿰ left to right and so on): how is not asked,
/// only what of.
const fn is_description(part: char) -> bool {
    matches!(part, '\u{2FF0}'..='\u{2FFF}' | '\u{31EF}')
}

fn by_reading(text: &str) -> Vec<char> {
    let Some(wanted) = reading::Reading::parse(text) else { return Vec::new() };
    let syllables: Vec<u16> = index::syllables()
        .filter(|(_, syllable)| reading::Reading::parse(syllable).is_some_and(|known| wanted.covers(&known)))
        .map(|(number, _)| number)
        .collect();
    if syllables.is_empty() {
        return Vec::new();
    }
    index::matching(&index::READINGS, |mut items| items.any(|item| syllables.contains(&item)))
}
