//! The tables of Unihan: which characters there are, their radicals, strokes, readings, and how
//! common they are.

use bzip2::read::BzDecoder;
use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

/// One character (汉字) and what the tables say about it.
#[derive(Default)]
pub(crate) struct Character {
    /// Kangxi radical (部首, 1–214) and the strokes besides it; some characters are filed under
    /// several.
    pub(crate) radicals: Vec<(u8, i8)>,
    /// The radical is written in its simplified form (讠 for 言).
    pub(crate) simplified_radical: Option<u8>,
    /// All strokes (总笔画).
    pub(crate) strokes: u8,
    /// Mandarin readings with tone marks, the usual one first.
    pub(crate) readings: Vec<String>,
    /// Parts, parts of parts and so on; a part that is there twice is named twice.
    pub(crate) components: Vec<char>,
    /// How often it was met in modern running text.
    met: u32,
    /// Number in the table of standard characters (通用规范汉字表): 3,500 most used, 3,000 for printing,
    /// 1,605 of names and places.
    standard: Option<u32>,
    /// In the core set that every system should have.
    core: bool,
    /// Another writing of a unified character, kept only for round trips.
    compatibility: bool,
}

/// Every unified character by code point.
pub(crate) type Characters = BTreeMap<char, Character>;

impl Character {
    /// Sorts the most common first.
    pub(crate) fn rarity(&self) -> (u32, u32, bool) {
        (u32::MAX - self.met, self.standard.unwrap_or(u32::MAX), !self.core)
    }

    fn learn(&mut self, property: &str, value: &str) {
        match property {
            "kRSUnicode" => self.radicals = value.split(' ').filter_map(radical).collect(),
            "kTotalStrokes" => self.strokes = first(value).parse().unwrap_or(0),
            "kCompatibilityVariant" => self.compatibility = true,
            "kUnihanCore2020" | "kIICore" => self.core = true,
            "kTGH" => self.standard = value.split_once(':').and_then(|(_, number)| number.parse().ok()),
            // zhāng(785) zhàng(3): a reading and how often it was counted
            "kHanyuPinlu" => {
                let counts = value.split(['(', ')']).skip(1).step_by(2);
                self.met = counts.filter_map(|count| count.parse::<u32>().ok()).sum();
                self.add_readings(value.split(' ').map(|part| part.split('(').next().unwrap_or_default()));
            }
            "kMandarin" => {
                let known = std::mem::take(&mut self.readings);
                self.add_readings(value.split(' '));
                self.add_readings(known.iter().map(String::as_str));
            }
            // 10003.020,21021.040:zuǒ,zuò: places in the dictionary, then the readings
            "kHanyuPinyin" | "kXHC1983" | "kTGHZ2013" => {
                let readings = value.split(' ').filter_map(|part| part.split_once(':'));
                self.add_readings(readings.flat_map(|(_, readings)| readings.split(',')));
            }
            _ => {}
        }
        if property == "kRSUnicode" && first(value).contains('\'') {
            self.simplified_radical = self.radicals.first().map(|(radical, _)| *radical);
        }
    }

    fn add_readings<'a>(&mut self, readings: impl Iterator<Item = &'a str>) {
        for reading in readings.filter(|reading| !reading.is_empty()) {
            if !self.readings.iter().any(|known| known == reading) {
                self.readings.push(reading.to_owned());
            }
        }
    }
}

/// Reads the tables of `folder`.
pub(crate) fn read(folder: &Path) -> Result<Characters, String> {
    let mut characters = Characters::new();
    for table in ["IRGSources", "DictionaryLikeData", "OtherMappings", "Readings"] {
        let path = folder.join(format!("Unihan_{table}.txt.bz2"));
        println!("cargo::rerun-if-changed={}", path.display());
        let file = File::open(&path).map_err(|error| super::missing(&path, &error))?;
        let mut text = String::new();
        BzDecoder::new(file).read_to_string(&mut text).map_err(|error| super::missing(&path, &error))?;
        for line in text.lines() {
            let mut fields = line.splitn(3, '\t');
            if let (Some(code), Some(property), Some(value)) = (fields.next(), fields.next(), fields.next())
                && let Some(character) = code_point(code)
            {
                characters.entry(character).or_default().learn(property, value);
            }
        }
    }
    characters.retain(|_, character| !character.compatibility && !character.radicals.is_empty());
    Ok(characters)
}

/// `U+4E00`
pub(crate) fn code_point(text: &str) -> Option<char> {
    u32::from_str_radix(text.strip_prefix("U+")?, 16).ok().and_then(char::from_u32)
}

/// `149'.5`: a radical, apostrophes when it is written in another form, the strokes besides it (−1
/// where the character is less than its radical).
fn radical(text: &str) -> Option<(u8, i8)> {
    let (radical, strokes) = text.split_once('.')?;
    Some((radical.trim_end_matches('\'').parse().ok()?, strokes.parse().ok()?))
}

fn first(value: &str) -> &str {
    value.split(' ').next().unwrap_or_default()
}
