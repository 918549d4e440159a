//! Chooses the installed font that draws each character.
//!
//! Noto Sans CJK SC comes first. A character it lacks is taken from the next font that has it:
//! Hanazono A, Hanazono B, BabelStone Han. Each character is chosen on its own, so one rare
//! character does not change the look of the rest of a name. No font is shipped: fonts are system
//! packages, mapped from where they are installed.

mod face;
mod installed;
mod outline;

use std::path::Path;
use std::sync::Arc;

pub(crate) use face::Face;
use installed::FontFile;
use rules::person::{is_private_use, unprintable};
use skrifa::GlyphId16;

use crate::error::PaperError;

/// Weight of a text. Fallback fonts have one weight, so bold text in them is thickened when drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// The fonts of this computer, opened once and shared. Cloning only counts a reference.
#[derive(Clone)]
pub struct Fonts {
    files: Arc<[FontFile]>,
    absent: Arc<[&'static str]>,
}

/// One character as it will print, for display beside its code point.
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    /// Outline as SVG path data in font units. y points down, and the baseline is y = 0.
    pub svg_path: String,
    /// Advance width, in font units.
    pub width: u16,
    /// Number of font units in one em.
    pub units_per_em: u16,
    /// Name of the font that the glyph comes from.
    pub font_name: &'static str,
}

impl Fonts {
    /// Maps the installed fonts into memory.
    ///
    /// BabelStone Han is optional, because GB 18030-2022 without its amendment does not need it.
    /// [`Fonts::absent_packages`] tells whether it is absent.
    ///
    /// # Errors
    /// [`PaperError::FontMissing`] with the Debian package of a required font, or
    /// [`PaperError::FontUnusable`] for a damaged file.
    pub fn open() -> Result<Self, PaperError> {
        Self::open_in(&[Path::new("/usr/share/fonts"), Path::new("/usr/local/share/fonts")])
    }

    /// Maps the fonts found below the given folders. The first folder that has a font wins.
    ///
    /// # Errors
    /// The errors of [`Fonts::open`].
    pub fn open_in(roots: &[&Path]) -> Result<Self, PaperError> {
        let (files, absent) = installed::open(roots)?;
        Ok(Self { files: files.into(), absent: absent.into() })
    }

    /// Returns the Debian packages that would add rare characters but are not installed.
    #[must_use]
    pub fn absent_packages(&self) -> &[&'static str] {
        &self.absent
    }

    /// Returns the characters of `text` that the installed fonts cannot print, each once
    /// and in order.
    ///
    /// Called before anything is issued (rules N3 and N5).
    #[must_use]
    pub fn missing(&self, text: &str) -> Vec<char> {
        self.faces().map_or_else(|_| text.chars().collect(), |faces| faces.missing(text))
    }

    /// Returns how `character` will look on paper; `None` if no font has it.
    #[must_use]
    pub fn glyph(&self, character: char) -> Option<Glyph> {
        let faces = self.faces().ok()?;
        let drawn = faces.choose(Weight::Regular, character, None)?;
        let face = faces.faces.get(drawn.font)?;
        Some(Glyph {
            svg_path: outline::svg_path(face, drawn.glyph),
            width: face.width(drawn.glyph),
            units_per_em: face.metrics.units_per_em,
            font_name: faces.files.get(drawn.font)?.spec.name,
        })
    }

    /// Parses the tables of all fonts. This takes microseconds, so it is repeated
    /// for each document.
    pub(crate) fn faces(&self) -> Result<Faces<'_>, PaperError> {
        let faces = self.files.iter().map(FontFile::face).collect::<Result<Vec<_>, _>>()?;
        Ok(Faces { faces, files: &self.files })
    }
}

/// Parsed fonts, for the time one document is made.
pub(crate) struct Faces<'f> {
    pub(crate) faces: Vec<Face<'f>>,
    pub(crate) files: &'f [FontFile],
}

/// Font and glyph chosen for one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Index of the font in [`Faces::faces`].
    pub(crate) font: usize,
    pub(crate) glyph: GlyphId16,
    /// Whether bold text must be thickened, because the font has no bold.
    pub(crate) thicken: bool,
}

impl Faces<'_> {
    /// Returns the first font that serves `weight` and draws `character`.
    ///
    /// `selector` asks for a variation. As Unicode says, a selector that the font does not know is
    /// ignored. Private-use characters are never drawn, although BabelStone Han and Hanazono have
    /// glyphs for some: those are not what the card's maker meant (rule N3).
    pub(crate) fn choose(&self, weight: Weight, character: char, selector: Option<char>) -> Option<Chosen> {
        if is_private_use(character) {
            return None;
        }
        self.faces.iter().zip(self.files).enumerate().find_map(|(font, (face, file))| {
            if file.spec.weight.is_some_and(|own| own != weight) {
                return None;
            }
            let glyph = face.glyph(character, selector)?;
            let thicken = weight == Weight::Bold && file.spec.weight.is_none();
            (glyph != GlyphId16::NOTDEF && is_drawn(file, face, glyph, character)).then_some(Chosen {
                font,
                glyph,
                thicken,
            })
        })
    }

    /// Returns the characters that cannot be printed, as [`Fonts::missing`] does.
    pub(crate) fn missing(&self, text: &str) -> Vec<char> {
        unprintable(text, |character| self.choose(Weight::Bold, character, None).is_some())
    }

    /// Returns the advance of a glyph in thousandths of an em, as PDF measures it.
    pub(crate) fn advance(&self, font: usize, glyph: GlyphId16) -> f32 {
        let Some(face) = self.faces.get(font) else { return 0.0 };
        f32::from(face.width(glyph)) * 1000.0 / f32::from(face.metrics.units_per_em)
    }

    /// Returns the advance of a glyph in font units.
    pub(crate) fn units(&self, font: usize, glyph: GlyphId16) -> u16 {
        self.faces.get(font).map_or(0, |face| face.width(glyph))
    }
}

/// Returns whether the glyph shows the character. Some fonts map characters to empty glyphs, which
/// only spaces may have.
fn is_drawn(file: &FontFile, face: &Face<'_>, glyph: GlyphId16, character: char) -> bool {
    character.is_whitespace() || file.has_ink(face, glyph)
}
