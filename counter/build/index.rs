//! Writes the index: plain arrays in order of commonness, so that a search is one pass that stops
//! when it has enough.

use super::unihan::{Character, Characters};
use std::{collections::BTreeMap, path::Path};

/// Lists of small numbers: how many each character has, and all of them in a row.
#[derive(Default)]
struct Lists {
    counts: Vec<u8>,
    items: Vec<u8>,
}

impl Lists {
    fn push(&mut self, items: impl ExactSizeIterator<Item = u16>) -> Result<(), String> {
        self.counts.push(u8::try_from(items.len()).map_err(|_| "a list of more than 255 items")?);
        self.items.extend(items.flat_map(u16::to_le_bytes));
        Ok(())
    }

    fn write(&self, out: &Path, name: &str) -> Result<(), String> {
        write_file(out, &format!("{name}.counts"), &self.counts)?;
        write_file(out, &format!("{name}.items"), &self.items)
    }
}

/// Words and the numbers that stand for them.
#[derive(Default)]
struct Words<W: Ord>(BTreeMap<W, u16>);

impl<W: Ord + Clone> Words<W> {
    fn collect(words: impl Iterator<Item = W>) -> Result<Self, String> {
        let mut numbered = BTreeMap::from_iter(words.map(|word| (word, 0)));
        for (number, value) in numbered.values_mut().enumerate() {
            *value = u16::try_from(number).map_err(|_| "more than 65,536 different words")?;
        }
        Ok(Self(numbered))
    }

    fn number(&self, word: &W) -> u16 {
        self.0.get(word).copied().unwrap_or(u16::MAX)
    }
}

/// Writes every array of the index into `out`.
pub(crate) fn write(characters: &Characters, equivalents: &[(char, char)], out: &Path) -> Result<(), String> {
    let mut ordered: Vec<(&char, &Character)> = characters.iter().collect();
    ordered.sort_by_key(|(character, entry)| (entry.rarity(), **character));
    let entries = || ordered.iter().map(|(_, entry)| *entry);

    let syllables = Words::collect(entries().flat_map(|entry| entry.readings.iter().cloned()))?;
    let parts = Words::collect(entries().flat_map(|entry| entry.components.iter().copied()))?;
    let (mut radicals, mut readings, mut components) = (Lists::default(), Lists::default(), Lists::default());
    for entry in entries() {
        radicals.push(
            entry
                .radicals
                .iter()
                .map(|(radical, strokes)| u16::from_be_bytes([*radical, strokes.to_ne_bytes()[0]])),
        )?;
        readings.push(entry.readings.iter().map(|reading| syllables.number(reading)))?;
        components.push(entry.components.iter().map(|part| parts.number(part)))?;
    }
    let code_points: Vec<u8> =
        ordered.iter().flat_map(|(character, _)| u32::from(**character).to_le_bytes()).collect();
    write_file(out, "code_points", &code_points)?;
    write_file(out, "strokes", &Vec::from_iter(entries().map(|entry| entry.strokes)))?;
    radicals.write(out, "radicals")?;
    readings.write(out, "readings")?;
    components.write(out, "components")?;
    write_file(
        out,
        "syllables",
        Vec::from_iter(syllables.0.keys().map(String::as_str)).join("\n").as_bytes(),
    )?;
    write_file(out, "parts", String::from_iter(parts.0.keys()).as_bytes())?;
    let pairs: String = equivalents.iter().flat_map(|(from, to)| [*from, *to]).collect();
    write_file(out, "equivalents", pairs.as_bytes())
}

fn write_file(out: &Path, name: &str, bytes: &[u8]) -> Result<(), String> {
    let path = out.join(format!("characters.{name}"));
    std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}
