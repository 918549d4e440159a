//! Names character by character, as they will print.

use crate::{
    characters,
    core::Core,
    view::{CharacterQuery, CharacterView, DifferenceView, Failure, GlyphView, NameView, NamesView},
};
use paper::Fonts;
use rules::person::{Name, code_point_text, is_name_character, is_private_use};
use std::sync::Arc;

/// Names and characters as they will print.
pub struct Names {
    core: Arc<Core>,
}

impl Names {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Finds characters by code point, radical, components or reading.
    ///
    /// # Errors
    /// Not logged in, or no fonts.
    pub async fn find_characters(&self, query: CharacterQuery) -> Result<Vec<CharacterView>, Failure> {
        self.core.desk()?.session.operator()?;
        let fonts = self.core.fonts()?;
        let found = match &query {
            CharacterQuery::CodePoint { text } => characters::find(&characters::Query::CodePoint(text)),
            CharacterQuery::Radical { radical, strokes } => {
                characters::find(&characters::Query::Radical { radical: *radical, strokes: *strokes })
            }
            CharacterQuery::Components { text } => characters::find(&characters::Query::Components(text)),
            CharacterQuery::Reading { text } => characters::find(&characters::Query::Reading(text)),
        };
        Ok(found.into_iter().map(|character| character_view(fonts, character)).collect())
    }
}

pub(crate) fn name_view(fonts: &Fonts, text: &str) -> NameView {
    NameView {
        text: text.to_owned(),
        characters: text.chars().map(|character| character_view(fonts, character)).collect(),
    }
}

/// Returns the names before, after and on the chip, with their differences.
pub(crate) fn names_view(
    fonts: &Fonts,
    before: &Name,
    after: Option<&Name>,
    chip: Option<&Name>,
) -> NamesView {
    let differences = after.map(|after| before.differences(after)).unwrap_or_default();
    NamesView {
        before: name_view(fonts, before.expose()),
        after: after.map(|name| name_view(fonts, name.expose())),
        chip: chip.map(|name| name_view(fonts, name.expose())),
        differences: differences
            .into_iter()
            .map(|difference| DifferenceView {
                position: u16::try_from(difference.position).unwrap_or(u16::MAX),
                before: difference.before.map(|character| character_view(fonts, character)),
                after: difference.after.map(|character| character_view(fonts, character)),
            })
            .collect(),
        chip_is_prefix: matches!((chip, after), (Some(chip), Some(after)) if chip.is_cut_from(after)),
        equals_chip: matches!((chip, after), (Some(chip), Some(after)) if chip == after),
    }
}

fn character_view(fonts: &Fonts, character: char) -> CharacterView {
    CharacterView {
        character: character.to_string(),
        code_point: code_point_text(character),
        glyph: fonts.glyph(character).map(|glyph| GlyphView {
            path: glyph.svg_path,
            width: glyph.width,
            units_per_em: glyph.units_per_em,
        }),
        outside_repertoire: !is_name_character(character) && !is_private_use(character),
        private_use: is_private_use(character),
    }
}
