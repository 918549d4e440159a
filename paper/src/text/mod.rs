//! Sets text: turns characters into glyphs, measures lines and breaks them.

mod name;
mod wrap;

use std::collections::HashMap;

use rules::person::{code_point_text, is_variation_selector};
use skrifa::GlyphId16;

use crate::fonts::{Chosen, Faces, Weight};

pub(crate) use name::{NameBox, SetName, ends_part_of_name, ends_part_of_place, set_name};
pub(crate) use wrap::wrap_evenly;

/// A glyph with the text it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    /// Index of the font in the list of faces.
    pub(crate) font: usize,
    pub(crate) glyph: GlyphId16,
    /// Whether it must be thickened, because its font has no bold.
    pub(crate) thicken: bool,
    /// Advance width, in thousandths of an em.
    pub(crate) advance: f32,
    pub(crate) character: char,
    /// Variation selector that followed the character.
    pub(crate) selector: Option<char>,
}

/// Turns characters into glyphs, with a cache for the time one document is made.
pub(crate) struct Typesetter<'f> {
    pub(crate) faces: Faces<'f>,
    known: HashMap<(bool, char), Option<(Chosen, f32)>>,
}

impl<'f> Typesetter<'f> {
    pub(crate) fn new(faces: Faces<'f>) -> Self {
        Self { faces, known: HashMap::with_capacity(256) }
    }

    /// Returns the glyphs of `text`.
    ///
    /// A character that no font has is written as its code point, `〔U+E816〕`; it is never dropped
    /// and never a box (rule N3). Names with such characters are refused earlier (rule N5).
    pub(crate) fn shape(&mut self, text: &str, weight: Weight) -> Vec<Placed> {
        let mut line = Vec::with_capacity(text.len());
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let selector = characters.next_if(|&next| is_variation_selector(next));
            match self.place(character, selector, weight) {
                Some(placed) => line.push(placed),
                None => {
                    let named = format!("〔{}〕", code_point_text(character));
                    line.extend(named.chars().filter_map(|letter| self.place(letter, None, weight)));
                }
            }
        }
        line
    }

    /// Returns the width of `text`, in ems.
    pub(crate) fn width(&mut self, text: &str, weight: Weight) -> f32 {
        width_of(&self.shape(text, weight))
    }

    fn place(&mut self, character: char, selector: Option<char>, weight: Weight) -> Option<Placed> {
        let (chosen, advance) = if selector.is_some() {
            let chosen = self.faces.choose(weight, character, selector)?;
            (chosen, self.faces.advance(chosen.font, chosen.glyph))
        } else {
            let faces = &self.faces;
            let known = self.known.entry((weight == Weight::Bold, character)).or_insert_with(|| {
                let chosen = faces.choose(weight, character, None)?;
                Some((chosen, faces.advance(chosen.font, chosen.glyph)))
            });
            (*known)?
        };
        let Chosen { font, glyph, thicken } = chosen;
        Some(Placed { font, glyph, thicken, advance, character, selector })
    }
}

/// Returns the width of a set line, in ems.
pub(crate) fn width_of(line: &[Placed]) -> f32 {
    line.iter().map(|placed| placed.advance).sum::<f32>() / 1000.0
}
