//! Names: normalising, checking and comparing them (N2–N5).

use super::{
    mask_name,
    private_use::{is_private_use, map_private_use},
    repertoire::is_name_character,
};
use crate::{Refusal, Sensitive, policy::NAME_MAX_CODE_POINTS};
use serde::{Deserialize, Serialize};

/// Separator between the parts of a name (间隔号), after normalising.
const SEPARATOR: char = '\u{00B7}';

/// Length of the chip's name field, in UTF-16 code units (N4).
pub const CHIP_FIELD_UNITS: u16 = 15;

/// A name. `Debug` redacts it.
///
/// [`Name::read`] normalises it (N2). A name from a message or a database row is kept
/// unchanged, so that a faulty record stays visible and can be corrected. [`Name::check`] tells
/// whether it is valid.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Sensitive<String>);

/// Result of reading a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameReading {
    /// Text exactly as it was read.
    pub as_read: Sensitive<String>,
    /// Normalised name: separator U+00B7, private-use characters mapped, trimmed.
    pub name: Name,
    /// Private-use characters without a mapping, in order (N3).
    pub unmapped: Vec<char>,
    /// Whether it fills the chip's field and may be cut off (N4).
    pub may_be_cut: bool,
}

/// Faults in a name. Positions count code points from 1.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty or white space.
    #[error("empty")]
    Empty,
    /// The name is longer than N2 allows.
    #[error("{0} code points")]
    TooLong(usize),
    /// The character is not a letter or mark of GB 18030-2022. `Display` and `Debug` omit it,
    /// because it is part of a name.
    #[error("position {position}: not a character of names")]
    NotInRepertoire {
        /// Position of the character, from 1.
        position: usize,
        /// The character that is not allowed.
        character: char,
    },
}

/// As `Display`: a character of somebody's name must not reach a log.
impl std::fmt::Debug for NameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl From<NameError> for Refusal {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Empty => Self::NameEmpty,
            NameError::TooLong(_) => Self::NameTooLong,
            NameError::NotInRepertoire { .. } => Self::NameCharacter,
        }
    }
}

/// One place where two names differ. `None` on one side means that the character is only
/// in the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NameDifference {
    /// Position in the first name, from 1. For an insertion, the position of the
    /// character after it.
    pub position: usize,
    /// Character in the first name.
    pub before: Option<char>,
    /// Character in the second name.
    pub after: Option<char>,
}

impl std::fmt::Debug for NameDifference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "difference at {}", self.position)
    }
}

/// Returns whether `c` separates the parts of a name. All separators compare equal (N2).
pub const fn is_separator(c: char) -> bool {
    matches!(c, SEPARATOR | '\u{2022}' | '\u{30FB}' | '\u{FF0E}' | '\u{2027}' | '.')
}

/// Returns whether `c` is a variation selector.
///
/// A selector belongs to the character before it and is never counted, hidden or printed alone.
pub const fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{180B}'..='\u{180D}' | '\u{180F}')
}

impl Name {
    /// Reads a name from text (N2, N3).
    ///
    /// Surrounding white space is dropped, inner white space becomes one space, separators become
    /// U+00B7, and private-use characters are mapped. A full stop after a Latin letter stays,
    /// because it ends an initial there.
    ///
    /// # Errors
    /// [`NameError::Empty`], [`NameError::TooLong`], or [`NameError::NotInRepertoire`] for the
    /// first character that names cannot have.
    pub fn read(text: &str) -> Result<NameReading, NameError> {
        let name = Self(Sensitive::new(normalise(text)));
        check_characters(name.expose())?;
        let unmapped = name.unmapped();
        Ok(NameReading { as_read: Sensitive::new(text.to_owned()), name, unmapped, may_be_cut: false })
    }

    /// Reads a name from the chip's field. `units` is the number of UTF-16 code units used, at
    /// most 15 (N4).
    ///
    /// # Errors
    /// The errors of [`Self::read`].
    pub fn read_from_chip(text: &str, units: u16) -> Result<NameReading, NameError> {
        Ok(NameReading { may_be_cut: units >= CHIP_FIELD_UNITS, ..Self::read(text)? })
    }

    /// Checks that [`Self::read`] would leave it unchanged: normalised, not too long,
    /// every character allowed.
    ///
    /// # Errors
    /// The [`NameError`] of the first fault. A separator or space in another form counts as a
    /// character that is not allowed.
    pub fn check(&self) -> Result<(), NameError> {
        let name = self.expose();
        check_characters(name)?;
        let normalised = normalise(name);
        match name
            .chars()
            .zip(normalised.chars().chain(['\0']))
            .enumerate()
            .find(|(_, (is, should))| is != should)
        {
            Some((at, (character, _))) => Err(NameError::NotInRepertoire { position: at + 1, character }),
            None => Ok(()),
        }
    }

    /// Returns the name in clear. Never log it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Returns the name masked for display (M2).
    pub fn masked(&self) -> String {
        mask_name(self.expose())
    }

    /// Returns the private-use characters without a published mapping, in order (N3).
    ///
    /// A name with such a character must be corrected before it is printed.
    pub fn unmapped(&self) -> Vec<char> {
        self.expose().chars().filter(|c| is_private_use(*c)).collect()
    }

    /// Checks that every character is a standard one (N3). Called before anything is issued.
    ///
    /// # Errors
    /// [`Refusal::NameUnmapped`] if one is not; the name must be corrected first.
    pub fn check_mapped(&self) -> Result<(), Refusal> {
        if self.unmapped().is_empty() { Ok(()) } else { Err(Refusal::NameUnmapped) }
    }

    /// Checks that a sheet can be printed with this name (N3, N5). Called before
    /// anything is issued.
    ///
    /// # Errors
    /// [`Refusal::NameUnmapped`] for an unmapped character, [`Refusal::NameNotPrintable`] for one
    /// without a glyph.
    pub fn check_printable(&self, has_glyph: impl Fn(char) -> bool) -> Result<(), Refusal> {
        self.check_mapped()?;
        if unprintable(self.expose(), has_glyph).is_empty() { Ok(()) } else { Err(Refusal::NameNotPrintable) }
    }

    /// Returns each character with its code point (`U+5F20`), for the screen that compares names.
    pub fn code_points(&self) -> Vec<(char, String)> {
        self.expose().chars().map(|c| (c, code_point_text(c))).collect()
    }

    /// Returns whether the names are equal when all separators, and both forms of a private-use
    /// character, count as one (N2).
    pub fn compares_equal(&self, other: &Self) -> bool {
        folded(self.expose()).eq(folded(other.expose()))
    }

    /// Returns whether `self` is a proper beginning of `whole` (N4).
    pub fn is_cut_from(&self, whole: &Self) -> bool {
        let mut rest = folded(whole.expose());
        folded(self.expose()).all(|c| rest.next() == Some(c)) && rest.next().is_some()
    }

    /// Returns whether the chip's name `self` is `whole`, cut off for lack of room (N4).
    ///
    /// A character of two UTF-16 code units does not fit if one is left. A space at the cut is lost
    /// too, because the field is padded with spaces.
    pub fn was_cut_for_want_of_room(&self, whole: &Self) -> bool {
        if !self.is_cut_from(whole) {
            return false;
        }
        let used = self.expose().encode_utf16().count();
        let mut needed = 0;
        for c in whole.expose().chars().skip(self.expose().chars().count()) {
            needed += c.len_utf16();
            if c != ' ' {
                break;
            }
        }
        used + needed > usize::from(CHIP_FIELD_UNITS)
    }

    /// Returns where the two names differ, with the fewest changes, from left to right.
    pub fn differences(&self, other: &Self) -> Vec<NameDifference> {
        differences(&Vec::from_iter(self.expose().chars()), &Vec::from_iter(other.expose().chars()))
    }
}

/// Returns the characters that no font can print, each once, in order (N5). `has_glyph` answers
/// for one character.
///
/// Spaces need no glyph, and a variation selector without one leaves the plain character. A
/// private-use character never prints, whatever a font draws for it: another font would draw
/// something else (N3).
pub fn unprintable(text: &str, has_glyph: impl Fn(char) -> bool) -> Vec<char> {
    let mut found = Vec::new();
    for c in text.chars().filter(|c| *c != ' ' && !is_variation_selector(*c)) {
        if (is_private_use(c) || !has_glyph(c)) && !found.contains(&c) {
            found.push(c);
        }
    }
    found
}

/// Formats a code point as Unicode does: `U+20087`, with at least four hex digits.
pub fn code_point_text(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// Parses `U+20087`, `u+20087` or `20087` into its character.
pub fn parse_code_point(text: &str) -> Option<char> {
    let text = text.trim();
    let digits = text.strip_prefix("U+").or_else(|| text.strip_prefix("u+")).unwrap_or(text);
    let is_hexadecimal = (4..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_hexadecimal.then(|| u32::from_str_radix(digits, 16).ok()).flatten().and_then(char::from_u32)
}

fn normalise(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            name.push(' ');
        }
        for c in word.chars().map(map_private_use) {
            let ends_initial = c == '.' && name.ends_with(|before: char| before.is_ascii_alphabetic());
            name.push(if is_separator(c) && !ends_initial { SEPARATOR } else { c });
        }
    }
    name
}

fn check_characters(name: &str) -> Result<(), NameError> {
    let length = name.chars().count();
    if length == 0 {
        return Err(NameError::Empty);
    }
    if length > NAME_MAX_CODE_POINTS {
        return Err(NameError::TooLong(length));
    }
    let mut before = ' ';
    for (at, character) in name.chars().enumerate() {
        // One selector chooses the form. A second has nothing to choose, and no sheet
        // could print it.
        let chooses_nothing = is_variation_selector(character)
            && (matches!(before, ' ' | SEPARATOR) || is_variation_selector(before));
        if !is_name_character(character) || chooses_nothing {
            return Err(NameError::NotInRepertoire { position: at + 1, character });
        }
        before = character;
    }
    Ok(())
}

fn folded(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().map(|c| if is_separator(c) { SEPARATOR } else { map_private_use(c) })
}

/// Computes the edit distance and keeps the path.
fn differences(before: &[char], after: &[char]) -> Vec<NameDifference> {
    let (before, after) = (&before[..before.len().min(LIMIT)], &after[..after.len().min(LIMIT)]);
    let width = after.len() + 1;
    let mut cost = vec![0_u16; (before.len() + 1) * width];
    for i in (0..=before.len()).rev() {
        for j in (0..=after.len()).rev() {
            cost[i * width + j] = match (before.get(i), after.get(j)) {
                (None, None) => 0,
                (None, Some(_)) => cost[i * width + j + 1] + 1,
                (Some(_), None) => cost[(i + 1) * width + j] + 1,
                (Some(a), Some(b)) if a == b => cost[(i + 1) * width + j + 1],
                (Some(_), Some(_)) => {
                    let changed = cost[(i + 1) * width + j + 1];
                    changed.min(cost[i * width + j + 1]).min(cost[(i + 1) * width + j]) + 1
                }
            };
        }
    }
    walk(before, after, &cost)
}

/// Names have at most 50 code points (N2). Longer ones from older records are compared up
/// to this length.
const LIMIT: usize = 2 * NAME_MAX_CODE_POINTS;

/// Follows the cheapest path. A changed character wins over a removal plus insertion of equal cost.
fn walk(before: &[char], after: &[char], cost: &[u16]) -> Vec<NameDifference> {
    let at = |i: usize, j: usize| cost[i * (after.len() + 1) + j];
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < before.len() || j < after.len() {
        let position = i + 1;
        match (before.get(i), after.get(j)) {
            (Some(a), Some(b)) if a == b => (i, j) = (i + 1, j + 1),
            (Some(a), Some(b)) if at(i + 1, j + 1) + 1 == at(i, j) => {
                found.push(NameDifference { position, before: Some(*a), after: Some(*b) });
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), _) if j == after.len() || at(i + 1, j) + 1 == at(i, j) => {
                found.push(NameDifference { position, before: Some(*a), after: None });
                i += 1;
            }
            (_, inserted) => {
                found.push(NameDifference { position, before: None, after: inserted.copied() });
                j += 1;
            }
        }
    }
    found
}
