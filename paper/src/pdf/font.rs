//! Embeds each font as a subset, addressed by glyph, with a map back to Unicode in every plane.

use std::collections::{BTreeMap, HashMap};

use lopdf::{Object, ObjectId};
use printpdf::{
    Codepoint, FontId, FontMetrics, Op, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfFontMetricsStub,
    Pt, TextItem,
};
use skrifa::GlyphId16;
use subsetter::GlyphRemapper;

use super::File;
use super::translate::translated;
use crate::error::PaperError;
use crate::fonts::Faces;
use crate::text::Placed;

/// Font programs hardly shrink at higher levels, which take several times as long.
const FONT_COMPRESSION: u32 = 1;

/// Glyphs of one font that a document uses.
pub(super) struct UsedFont {
    /// Index of the font in the list of faces.
    font: usize,
    remapper: GlyphRemapper,
    /// Width in font units, and the text it stands for, by glyph number in the subset.
    glyphs: Vec<(u16, Option<Text>)>,
}

/// A character with its variation selector, if any.
type Text = (char, Option<char>);

/// A glyph as the page writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) cid: u16,
    /// Whether the glyph already stands for another text in this document, so that the page must
    /// add the text. A radical shares its glyph with the character it looks like.
    pub(super) ambiguous: bool,
}

impl UsedFont {
    fn new(font: usize, faces: &Faces<'_>) -> Self {
        let missing_glyph = (faces.units(font, GlyphId16::NOTDEF), None);
        Self { font, remapper: GlyphRemapper::new(), glyphs: vec![missing_glyph] }
    }

    /// Adds a glyph to the subset.
    pub(super) fn take(&mut self, placed: &Placed, faces: &Faces<'_>) -> Shown {
        let cid = self.remapper.remap(placed.glyph.to_u16());
        let text = (placed.character, placed.selector);
        match self.glyphs.get(usize::from(cid)) {
            Some((_, owner)) => Shown { cid, ambiguous: *owner != Some(text) },
            None => {
                self.glyphs.push((faces.units(self.font, placed.glyph), Some(text)));
                Shown { cid, ambiguous: false }
            }
        }
    }

    /// Returns the name of the font on the pages.
    pub(super) fn name(&self) -> String {
        font_name(self.font)
    }

    /// Writes the objects of the font, and returns the id of the first.
    pub(super) fn write(&self, file: &mut File<'_>, faces: &Faces<'_>) -> Result<ObjectId, PaperError> {
        let (Some(own), Some(face)) = (faces.files.get(self.font), faces.faces.get(self.font)) else {
            return Err(PaperError::Empty);
        };
        let damaged = |reason: String| PaperError::Subset { font: own.spec.name, reason };
        let subset = subsetter::subset(own.data(), own.index, &self.remapper)
            .map_err(|error| damaged(error.to_string()))?;
        let metrics = &face.metrics;
        let bounds = metrics.bounds.unwrap_or_default();
        let mut parsed = ParsedFont::with_glyph_data(
            subset,
            0,
            Some(format!("{}+{}", self.tag(), own.spec.postscript_name)),
            BTreeMap::new(),
            (0..).zip(self.glyphs.iter().map(|&(width, _)| width)).collect(),
            metrics.units_per_em,
            FontMetrics { ascent: metrics.ascent as i16, descent: metrics.descent as i16 },
        );
        parsed.pdf_font_metrics = PdfFontMetricsStub {
            units_per_em: metrics.units_per_em,
            x_min: bounds.x_min as i16,
            y_min: bounds.y_min as i16,
            x_max: bounds.x_max as i16,
            y_max: bounds.y_max as i16,
            us_weight_class: face.weight,
            ..PdfFontMetricsStub::default()
        };
        let mut pdf = PdfDocument::default();
        pdf.resources.fonts.map.insert(FontId(self.name()), PdfFont::new(parsed));
        let (mut document, warnings) = translated(pdf, self.all_glyphs());
        if let Some(warning) = warnings.into_iter().next() {
            return Err(damaged(warning));
        }
        let page = document.page_iter().next().unwrap_or_default();
        let fonts = document.get_page_fonts(page).unwrap_or_default();
        let Some(font) = fonts.into_values().next().cloned() else {
            return Err(damaged("printpdf left it out".to_owned()));
        };
        Ok(file.adopt(&mut document, Object::Dictionary(font), FONT_COMPRESSION))
    }

    /// Shows every glyph once. printpdf takes the texts of glyphs from where they are shown.
    fn all_glyphs(&self) -> Vec<Op> {
        let glyphs = (0..).zip(&self.glyphs).filter_map(|(cid, &(_, text))| {
            let (character, selector) = text?;
            Some(Codepoint::with_cid(cid, 0.0, std::iter::once(character).chain(selector).collect()))
        });
        let font = PdfFontHandle::External(FontId(self.name()));
        vec![
            Op::StartTextSection,
            Op::SetFont { font, size: Pt(1.0) },
            Op::ShowText { items: vec![TextItem::GlyphIds(glyphs.collect())] },
            Op::EndTextSection,
        ]
    }

    /// Returns six letters that name the subset. The same glyphs always give the same letters.
    fn tag(&self) -> String {
        // FNV-1a spreads well and, unlike the standard library's hasher, is the same
        // on every computer.
        let mut hash = self.remapper.remapped_gids().fold(0xCBF2_9CE4_8422_2325_u64, |hash, glyph| {
            (hash ^ u64::from(glyph)).wrapping_mul(0x0100_0000_01B3)
        });
        let mut tag = String::with_capacity(6);
        for _ in 0..6 {
            let letter = u8::try_from(hash % 26).unwrap_or(0);
            tag.push(char::from(b'A' + letter));
            hash /= 26;
        }
        tag
    }
}

/// Returns the name of a font on the pages.
///
/// Names like `F1` would mean one of the fonts that every reader has, in printpdf's eyes.
pub(super) fn font_name(font: usize) -> String {
    format!("Font{font}")
}

/// Fonts that one document uses, by font index.
#[derive(Default)]
pub(super) struct UsedFonts {
    used: Vec<UsedFont>,
    index: HashMap<usize, usize>,
}

impl UsedFonts {
    /// Returns the document's subset of a font, and starts it on first use.
    pub(super) fn of(&mut self, font: usize, faces: &Faces<'_>) -> &mut UsedFont {
        let index = *self.index.entry(font).or_insert_with(|| {
            self.used.push(UsedFont::new(font, faces));
            self.used.len() - 1
        });
        &mut self.used[index]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &UsedFont> {
        self.used.iter()
    }
}
