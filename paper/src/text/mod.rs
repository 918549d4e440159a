//! Setting text: characters to glyphs, measuring, breaking.

mod name;
mod wrap;

use std::collections::HashMap;

use rules::person::{code_point_text, is_variation_selector};
use ttf_parser::GlyphId;

use crate::fonts::{Chosen, Faces, Weight};

pub(crate) use name::{NameBox, SetName, ends_part_of_name, ends_part_of_place, set_name};
pub(crate) use wrap::wrap_evenly;

/// A glyph in its place in the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    /// Index of the font.
    pub(crate) font: usize,
    pub(crate) glyph: GlyphId,
    /// Whether it is to be thickened, bold being asked of a font that has none.
    pub(crate) thicken: bool,
    /// Thousandths of an em.
    pub(crate) advance: f32,
    pub(crate) character: char,
    /// The variation selector that followed the character.
    pub(crate) selector: Option<char>,
}

/// Turns characters into glyphs, remembering what it has looked up while one document is made.
pub(crate) struct Typesetter<'f> {
    pub(crate) faces: Faces<'f>,
    known: HashMap<(bool, char), Option<(Chosen, f32)>>,
}

impl<'f> Typesetter<'f> {
    pub(crate) fn new(faces: Faces<'f>) -> Self {
        Self { faces, known: HashMap::with_capacity(256) }
    }

    /// The glyphs of `text`. A character no font has is written as its code point, `〔U+E816〕`: never dropped, never
    /// a box (rule N3). Names are refused before they come here (rule N5).
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

    /// Width of `text` in ems.
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

/// Width of a set line in ems.
pub(crate) fn width_of(line: &[Placed]) -> f32 {
    line.iter().map(|placed| placed.advance).sum::<f32>() / 1000.0
}
