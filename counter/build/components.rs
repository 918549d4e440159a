//! What characters are made of (部件). Unihan itself does not say; three sources together do:
//!
//! - `data/cjk-decomp.txt`, a graphical analysis of the characters of Unicode 6 (up to Extension
//!   D),
//! - the ideographic description sequences (IDS) that `USourceData.txt` gives with submissions,
//!   some of them in Extension E and later,
//! - the radical each character is filed under, for all of them.

use super::unihan::{Characters, code_point};
use std::{collections::HashMap, path::Path};

/// Parts of parts are followed so deep. The deepest real chain is about half of this; an endless
/// one must end somewhere.
const DEEPEST: usize = 24;
/// A list of parts is cut here; the count is stored in one byte.
const MOST_PARTS: usize = 255;

/// Fills in [`super::unihan::Character::components`].
pub(crate) fn add(characters: &mut Characters, analysis: &Path, folder: &Path) -> Result<(), String> {
    let analysis = super::read_table(analysis)?;
    let described = super::read_table(&folder.join("USourceData.txt"))?;
    let equivalents: HashMap<char, char> = equivalents(folder)?.into_iter().collect();
    let radicals = radical_characters(folder)?;

    let mut parts: HashMap<String, Vec<String>> = described.lines().filter_map(described_parts).collect();
    parts.extend(analysis.lines().filter_map(analysed_parts));
    for (character, entry) in characters.iter_mut() {
        let mut found = Vec::new();
        collect(&character.to_string(), &parts, DEEPEST, &mut found);
        let folded = |part: char| *equivalents.get(&part).unwrap_or(&part);
        entry.components = found.into_iter().map(folded).filter(|part| part != character).collect();
        let filed_under = entry.radicals.iter().map(|(radical, _)| radical.to_string());
        let simplified = entry.simplified_radical.map(|radical| format!("{radical}'"));
        for radical in filed_under.chain(simplified).filter_map(|number| radicals.get(&number)) {
            if radical != character && !entry.components.contains(radical) {
                entry.components.push(*radical);
            }
        }
        entry.components.truncate(MOST_PARTS);
    }
    Ok(())
}

/// Radicals of the radical blocks, and the characters they stand for (⺡ and 氵).
pub(crate) fn equivalents(folder: &Path) -> Result<Vec<(char, char)>, String> {
    let table = super::read_table(&folder.join("EquivalentUnifiedIdeograph.txt"))?;
    let mut found = Vec::new();
    for line in table.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let Some((from, to)) = line.split_once(';') else { continue };
        let (first, last) = from.trim().split_once("..").unwrap_or((from.trim(), from.trim()));
        if let (Some(first), Some(last), Some(to)) =
            (hexadecimal(first), hexadecimal(last), hexadecimal(to.trim()))
        {
            found.extend((first..=last).map(|from| (from, to)));
        }
    }
    Ok(found)
}

fn hexadecimal(text: &str) -> Option<char> {
    code_point(&format!("U+{text}"))
}

/// `85` → 水, `149'` → 讠
fn radical_characters(folder: &Path) -> Result<HashMap<String, char>, String> {
    let table = super::read_table(&folder.join("CJKRadicals.txt"))?;
    let line = |line: &str| {
        let mut fields = line.split(';').map(str::trim);
        let number = fields.next()?.to_owned();
        Some((number, hexadecimal(fields.nth(1)?)?))
    };
    Ok(table.lines().filter(|line| !line.starts_with('#')).filter_map(line).collect())
}

/// `江:a(氵,工)`; numbers stand for shapes that have no code point and have their own line.
fn analysed_parts(line: &str) -> Option<(String, Vec<String>)> {
    let (whole, rest) = line.split_once(':')?;
    let (how, parts) = rest.trim_end().strip_suffix(')')?.split_once('(')?;
    let parts = parts.split(',').filter(|part| !part.is_empty());
    let repeated = parts.flat_map(|part| std::iter::repeat_n(part.to_owned(), times(how)));
    Some((whole.to_owned(), repeated.collect()))
}

/// How often a part stands in the whole: `ra` beside itself (林), `r3tr` three in a triangle (森),
/// `r4sq` four in a square; turned over (`rot`, `refh`, `refv`) it is there once.
fn times(how: &str) -> usize {
    match how.as_bytes() {
        [b'r', b'o', b't', ..] | [b'r', b'e', b'f', ..] => 1,
        [b'r', digit @ b'3'..=b'5', ..] => usize::from(digit - b'0'),
        [b'r', ..] => 2,
        _ => 1,
    }
}

/// The third field is the character, the sixth its description: `⿰木坚`.
fn described_parts(line: &str) -> Option<(String, Vec<String>)> {
    let mut fields = line.split(';');
    let whole = code_point(fields.nth(2)?)?;
    let description = fields.nth(2)?;
    let parts: Vec<String> = description.chars().filter(|part| is_part(*part)).map(String::from).collect();
    (!parts.is_empty()).then(|| (whole.to_string(), parts))
}

/// Ideographs and radicals; not the description characters, not the single strokes.
fn is_part(part: char) -> bool {
    matches!(part, '\u{2E80}'..='\u{2FD5}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn collect(whole: &str, parts: &HashMap<String, Vec<String>>, depth: usize, found: &mut Vec<char>) {
    let direct = parts.get(whole).map(Vec::as_slice).unwrap_or_default();
    if depth == 0 || found.len() > MOST_PARTS {
        return;
    }
    found.extend(direct.iter().filter_map(|part| single(part)).filter(|part| is_part(*part)));
    for part in direct.iter().filter(|part| part.as_str() != whole) {
        collect(part, parts, depth - 1, found);
    }
}

fn single(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}
