//! The fonts on paper: which font draws which character.
//!
//! Noto Sans CJK SC comes first; a character it lacks is taken from the next font that has it: Hanazono A, Hanazono
//! B, BabelStone Han. The choice is made for each character alone, so one rare character never changes the look
//! of the rest of a name. No font is shipped: they are system packages, memory-mapped where they lie.

mod installed;
mod outline;

use std::path::Path;
use std::sync::Arc;

use installed::FontFile;
use rules::person::{is_private_use, unprintable};
use ttf_parser::{Face, GlyphId};

use crate::error::PaperError;

/// The weight a text is set in. The fallback fonts have one weight; bold text in them is thickened when it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// The fonts of this computer, opened once and shared: cloning costs one reference count.
#[derive(Clone)]
pub struct Fonts {
    files: Arc<[FontFile]>,
    absent: Arc<[&'static str]>,
}

/// One character as it will print: what the page shows beside a code point.
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    /// Outline as SVG path data, y pointing down, baseline at y = 0, in font units.
    pub svg_path: String,
    /// Advance width in font units.
    pub width: u16,
    /// Font units in one em.
    pub units_per_em: u16,
    /// Name of the font the glyph comes from.
    pub font_name: &'static str,
}

impl Fonts {
    /// Maps the installed fonts.
    ///
    /// # Errors
    /// [`PaperError::FontMissing`] names the Debian package of a font every sheet needs;
    /// [`PaperError::FontUnusable`] a damaged file. BabelStone Han is not needed for the characters of GB 18030-2022
    /// without its amendment; when it is not there, [`Fonts::absent_packages`] says so.
    pub fn open() -> Result<Self, PaperError> {
        Self::open_in(&[Path::new("/usr/share/fonts"), Path::new("/usr/local/share/fonts")])
    }

    /// Maps the fonts found below the given folders, the first that has a font wins.
    ///
    /// # Errors
    /// As [`Fonts::open`].
    pub fn open_in(roots: &[&Path]) -> Result<Self, PaperError> {
        let (files, absent) = installed::open(roots)?;
        Ok(Self { files: files.into(), absent: absent.into() })
    }

    /// Debian packages that would add rare characters but are not installed.
    #[must_use]
    pub fn absent_packages(&self) -> &[&'static str] {
        &self.absent
    }

    /// The characters of `text` that cannot be printed with the installed fonts, each once, in order of appearance
    /// (rules N3 and N5: asked before anything is issued).
    #[must_use]
    pub fn missing(&self, text: &str) -> Vec<char> {
        self.faces().map_or_else(|_| text.chars().collect(), |faces| faces.missing(text))
    }

    /// How `character` will look on paper, or nothing when no font has it.
    #[must_use]
    pub fn glyph(&self, character: char) -> Option<Glyph> {
        let faces = self.faces().ok()?;
        let drawn = faces.choose(Weight::Regular, character, None)?;
        let face = faces.faces.get(drawn.font)?;
        Some(Glyph {
            svg_path: outline::svg_path(face, drawn.glyph),
            width: face.glyph_hor_advance(drawn.glyph).unwrap_or(0),
            units_per_em: face.units_per_em(),
            font_name: faces.files.get(drawn.font)?.spec.name,
        })
    }

    /// Reads the fonts' tables of contents. Cheap (microseconds), so done for each document instead of kept.
    pub(crate) fn faces(&self) -> Result<Faces<'_>, PaperError> {
        let faces = self.files.iter().map(FontFile::face).collect::<Result<Vec<_>, _>>()?;
        Ok(Faces { faces, files: &self.files })
    }
}

/// The parsed fonts while one document is made.
pub(crate) struct Faces<'f> {
    pub(crate) faces: Vec<Face<'f>>,
    pub(crate) files: &'f [FontFile],
}

/// The font and glyph chosen for one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Index into [`Faces::faces`].
    pub(crate) font: usize,
    pub(crate) glyph: GlyphId,
    /// A bold text in a font that has no bold.
    pub(crate) thicken: bool,
}

impl Faces<'_> {
    /// The first font of the weight's chain that draws `character`, with the variation `selector` asks for where
    /// the font has it (Unicode: a selector the font does not know is ignored).
    ///
    /// Private-use characters have none, although BabelStone Han and Hanazono draw some: what a font of this computer
    /// puts there is not what the card's maker meant (rule N3).
    pub(crate) fn choose(&self, weight: Weight, character: char, selector: Option<char>) -> Option<Chosen> {
        if is_private_use(character) {
            return None;
        }
        self.faces.iter().zip(self.files).enumerate().find_map(|(font, (face, file))| {
            if file.spec.weight.is_some_and(|own| own != weight) {
                return None;
            }
            let varied = selector.and_then(|selector| face.glyph_variation_index(character, selector));
            let glyph = varied.or_else(|| face.glyph_index(character))?;
            let thicken = weight == Weight::Bold && file.spec.weight.is_none();
            (glyph.0 != 0 && is_drawn(face, glyph, character)).then_some(Chosen { font, glyph, thicken })
        })
    }

    /// See [`Fonts::missing`].
    pub(crate) fn missing(&self, text: &str) -> Vec<char> {
        unprintable(text, |character| self.choose(Weight::Bold, character, None).is_some())
    }

    /// Advance of a glyph in thousandths of an em, the unit of PDF.
    pub(crate) fn advance(&self, font: usize, glyph: GlyphId) -> f32 {
        let Some(face) = self.faces.get(font) else { return 0.0 };
        let advance = face.glyph_hor_advance(glyph).unwrap_or(0);
        f32::from(advance) * 1000.0 / f32::from(face.units_per_em())
    }
}

/// Some fonts map characters to an empty glyph; only spaces may be empty, anything else would be lost on paper.
fn is_drawn(face: &Face<'_>, glyph: GlyphId, character: char) -> bool {
    character.is_whitespace() || has_outline(face, glyph)
}

/// Whether a glyph has ink. Noto's outlines are CFF: an empty one is 'endchar' alone, with or without a width.
fn has_outline(face: &Face<'_>, glyph: GlyphId) -> bool {
    struct Ink(bool);
    impl ttf_parser::OutlineBuilder for Ink {
        fn move_to(&mut self, _: f32, _: f32) {}
        fn line_to(&mut self, _: f32, _: f32) {
            self.0 = true;
        }
        fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {
            self.0 = true;
        }
        fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {
            self.0 = true;
        }
        fn close(&mut self) {}
    }
    let mut ink = Ink(false);
    let _bounds = face.outline_glyph(glyph, &mut ink);
    ink.0
}
