//! Reads one face of a font file: its characters, widths and outlines.

use skrifa::charmap::{Charmap, MapVariant};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::Metrics;
use skrifa::outline::{DrawSettings, OutlineGlyphCollection, OutlinePen};
use skrifa::raw::tables::hmtx::Hmtx;
use skrifa::raw::{ReadError, TableProvider};
use skrifa::{FontRef, GlyphId, GlyphId16, MetadataProvider};

/// A parsed face. Parsing reads only the heads of tables.
pub(crate) struct Face<'f> {
    characters: Charmap<'f>,
    widths: Hmtx<'f>,
    outlines: OutlineGlyphCollection<'f>,
    pub(crate) metrics: Metrics,
    /// Weight from 1 to 1000; 400 is regular.
    pub(crate) weight: u16,
}

impl<'f> Face<'f> {
    pub(super) fn parse(data: &'f [u8], index: u32) -> Result<Self, ReadError> {
        let font = FontRef::from_index(data, index)?;
        font.head()?;
        Ok(Self {
            characters: font.charmap(),
            widths: font.hmtx()?,
            outlines: font.outline_glyphs(),
            metrics: font.metrics(Size::unscaled(), LocationRef::default()),
            weight: font.os2().map_or(0, |table| table.us_weight_class()),
        })
    }

    /// Returns the glyph of a character. A selector that the font does not know is ignored.
    pub(super) fn glyph(&self, character: char, selector: Option<char>) -> Option<GlyphId16> {
        let varied = selector.and_then(|selector| self.characters.map_variant(character, selector));
        let glyph = match varied {
            Some(MapVariant::Variant(glyph)) => glyph,
            Some(MapVariant::UseDefault) | None => self.characters.map(character)?,
        };
        GlyphId16::try_from(glyph).ok()
    }

    /// Returns the advance width of a glyph, in font units.
    pub(crate) fn width(&self, glyph: GlyphId16) -> u16 {
        self.widths.advance(GlyphId::from(glyph)).unwrap_or(0)
    }

    /// Draws the outline of a glyph in font units. A glyph that is damaged is drawn in part.
    pub(crate) fn draw(&self, glyph: GlyphId16, pen: &mut impl OutlinePen) {
        if let Some(outline) = self.outlines.get(glyph.into()) {
            let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
            let _damaged = outline.draw(settings, pen);
        }
    }

    /// Returns whether a glyph has ink. In Noto's CFF outlines, an empty glyph is a lone `endchar`,
    /// with or without a width.
    pub(super) fn has_outline(&self, glyph: GlyphId16) -> bool {
        struct Ink(bool);
        impl OutlinePen for Ink {
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
        self.draw(glyph, &mut ink);
        ink.0
    }
}
