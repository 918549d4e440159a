//! The arrays the build wrote (`counter/build/index.rs`), read where they lie.

use super::MOST_FOUND;
use std::sync::LazyLock;

macro_rules! table {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/characters.", $name))
    };
}
macro_rules! text {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/characters.", $name))
    };
}

const CODE_POINTS: &[[u8; 4]] = table!("code_points").as_chunks().0;
/// All strokes of each character.
pub(super) const STROKES: &[u8] = table!("strokes");
/// Radical in the high byte, further strokes in the low one.
pub(super) const RADICALS: Lists = Lists::new(table!("radicals.counts"), table!("radicals.items"));
/// Numbers of syllables.
pub(super) const READINGS: Lists = Lists::new(table!("readings.counts"), table!("readings.items"));
/// Numbers of parts.
pub(super) const COMPONENTS: Lists = Lists::new(table!("components.counts"), table!("components.items"));

static SYLLABLES: LazyLock<Vec<&'static str>> = LazyLock::new(|| text!("syllables").split('\n').collect());
/// Ascending.
static PARTS: LazyLock<Vec<char>> = LazyLock::new(|| text!("parts").chars().collect());
static EQUIVALENTS: LazyLock<Vec<char>> = LazyLock::new(|| text!("equivalents").chars().collect());

/// A list of small numbers for each character: how many, and all of them in a row.
pub(super) struct Lists {
    counts: &'static [u8],
    items: &'static [[u8; 2]],
}

impl Lists {
    const fn new(counts: &'static [u8], items: &'static [u8]) -> Self {
        Self { counts, items: items.as_chunks().0 }
    }

    /// How long each list is.
    #[cfg(test)]
    pub(super) const fn counts(&self) -> &'static [u8] {
        self.counts
    }

    /// The list at this position.
    pub(super) fn get(&self, at: usize) -> impl Iterator<Item = u16> + Clone {
        let start = self.counts.iter().take(at).map(|count| usize::from(*count)).sum();
        let count = self.counts.get(at).copied().map_or(0, usize::from);
        self.items.iter().skip(start).take(count).map(|item| u16::from_le_bytes(*item))
    }
}

/// The first characters whose list fits, in order of commonness.
pub(super) fn matching(
    lists: &Lists,
    fits: impl Fn(std::iter::Map<std::slice::Iter<'static, [u8; 2]>, fn(&[u8; 2]) -> u16>) -> bool,
) -> Vec<char> {
    let mut rest = lists.items;
    let mut found = Vec::new();
    for (at, count) in lists.counts.iter().enumerate() {
        let (items, after) = rest.split_at(usize::from(*count).min(rest.len()));
        rest = after;
        if fits(items.iter().map(|item| u16::from_le_bytes(*item))) {
            found.extend(character(at));
            if found.len() == MOST_FOUND {
                break;
            }
        }
    }
    found
}

fn character(at: usize) -> Option<char> {
    char::from_u32(u32::from_le_bytes(*CODE_POINTS.get(at)?))
}

/// Where a character stands in the order of commonness.
pub(super) fn position(wanted: char) -> Option<usize> {
    let wanted = u32::from(wanted).to_le_bytes();
    CODE_POINTS.iter().position(|code_point| *code_point == wanted)
}

/// A radical and the further strokes.
pub(super) const fn radical(item: u16) -> (u8, i8) {
    let [radical, strokes] = item.to_be_bytes();
    (radical, i8::from_ne_bytes([strokes]))
}

/// Every syllable with its number.
pub(super) fn syllables() -> impl Iterator<Item = (u16, &'static str)> {
    (0..).zip(SYLLABLES.iter().copied())
}

/// A syllable with its tone mark.
pub(super) fn syllable(number: u16) -> Option<&'static str> {
    SYLLABLES.get(usize::from(number)).copied()
}

/// Returns the component of this number.
pub(super) fn part(number: u16) -> Option<char> {
    PARTS.get(usize::from(number)).copied()
}

/// The number of a part; `None` when nothing is made of it.
pub(super) fn part_number(part: char) -> Option<u16> {
    PARTS.binary_search(&part).ok().and_then(|at| u16::try_from(at).ok())
}

/// ⺡ and ⽔ of the radical blocks as the characters 氵 and 水.
pub(super) fn unified(part: char) -> char {
    EQUIVALENTS.as_chunks().0.iter().find(|[from, _]| *from == part).map_or(part, |[_, to]| *to)
}

/// How many characters the index has.
#[cfg(test)]
pub(super) const fn len() -> usize {
    CODE_POINTS.len()
}

/// Every character in order.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = char> {
    (0..len()).filter_map(character)
}
